"""JSON Schemas (2020-12) of the files of a town, generated from the tables that read and write them.

What we write is valid by them. With what people write they are a little stricter than we are (a number in
quotes is read by us, and marked by an editor), and where a pattern can't say it, laxer (a 31st of June).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET
from msgspec import Struct

from gtlib import clock
from gtlib import names
from gtlib.errors import UserError
from gtlib.model import formula_keys
from gtlib.model import values
from gtlib.model.board import board_address
from gtlib.model.codec import Codec
from gtlib.model.codec import Field
from gtlib.model.codec import Record
from gtlib.model.descriptions import describe
from gtlib.model.schemas import KINDS
from gtlib.model.settings_schema import settings_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

# The kinds of file by the name of their schema; mail has one form wherever it lies.
FILES = (
    "bead",
    "molecule",
    "convoy",
    "merge",
    "escalation",
    "agent",
    "message",
    "board",
    "memory",
    "town",
    "rig",
)
NAMES = (*FILES, "formula", "settings")

_ID = r"[A-Za-z][A-Za-z0-9_-]*-[0-9A-Za-z]+(\.[0-9A-Za-z_-]+)*"
_PATTERNS: dict[Callable[..., Any], str] = {
    names.item_id: _ID,
    names.target: rf"(external:[^\s:]{{1,100}}:\S{{1,200}}|{_ID})",
    names.rig_name: "[A-Za-z][A-Za-z0-9_]{0,39}",
    names.address: "[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9_-]+){0,2}",
    board_address: r"(groups|lists|queues|channels|announces)/[A-Za-z0-9][A-Za-z0-9_-]{0,39}",
    names.memory_key: "[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
    clock.parse: r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d))?",
    clock.seconds: r"[0-9].*",
}
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_SIMPLE: dict[Callable[..., Any], Schema] = {
    values.text: _TEXT,
    values.word: {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"},
    values.title: {**_TEXT, "pattern": r"\S", "maxLength": 500},
    values.number: {"type": "number", "minimum": 0},
    values.flag: {"type": "boolean"},
    values.json_object: {"type": "object"},
}


def schema(name: str) -> Schema:
    """The schema of a kind of file: of its front matter, or all of it. UserError for what is no kind."""
    if name not in NAMES:
        raise UserError(f"there is no kind {name!r}", f"one of: {', '.join(NAMES)}")
    kind = "mail" if name == "message" else name
    if name in ("formula", "settings"):
        made = _formula() if name == "formula" else settings_schema()
    else:
        made = _codec(name, KINDS[kind].codec)
    return {"$schema": DIALECT, "$id": f"urn:gt:{name}", "title": f"{name} of a town", **made}


def every() -> Schema:
    """All of them in one document."""
    return {
        "$schema": DIALECT,
        "$id": "urn:gt:town-of-files",
        "$defs": {name: schema(name) for name in NAMES},
    }


def _codec(name: str, codec: Codec) -> Schema:
    made = _object(name, codec.struct, codec.fields, codec.required)
    for key in codec.body.keys if codec.body else ():
        made["properties"].setdefault(key, {"description": "text that cannot stand below the front matter"})
    return made


def _object(name: str, struct: type[Struct], fields: tuple[Field, ...], required: tuple[str, ...]) -> Schema:
    """A mapping with these keys. Others are kept as they are, so they are no error."""
    defaults = dict(
        zip(reversed(struct.__struct_fields__), reversed(struct.__struct_defaults__), strict=False)
    )
    properties = {}
    for field in fields:
        made = reader(field.read)
        if field.key not in required:
            made = _or_nothing(made)
        said = describe(name, field.key)
        default = defaults.get(field.name, UNSET)
        if isinstance(default, str | int | float) and default != "":
            made = {"default": default, **made}
        properties[field.key] = {"description": said, **made} if said else made
    found: Schema = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


def reader(read: Callable[[Any], Any]) -> Schema:
    """What a reader takes. LookupError for one that nobody has described."""
    if read in _SIMPLE:
        return dict(_SIMPLE[read])
    record = getattr(read, "__self__", None)
    if isinstance(record, Record):
        return _object(record.struct.__name__.lower(), record.struct, record.fields, record.required)
    how, of = vars(read)["made"]
    return _MAKERS[how](*of)


def _or_nothing(made: Schema) -> Schema:
    """A key without a value is as good as absent."""
    if "enum" in made:
        return {**made, "enum": [*made["enum"], None]}
    if "type" in made:
        types = made["type"] if isinstance(made["type"], list) else [made["type"]]
        return {**made, "type": [*types, "null"]}
    return {**made, "anyOf": [*made["anyOf"], {"type": "null"}]}


def _matching(check: Callable[[str], Any]) -> Schema:
    return {"type": "string", "pattern": f"^{_PATTERNS[check]}$"}


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def _integer(low: int, high: int | None) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": 10**15 - 1 if high is None else high}


def _many(read_one: Callable[[Any], Any]) -> Schema:
    one = reader(read_one)
    listed = {"type": "array", "items": one}
    # One value is a list of one, unless it has keys.
    return {"anyOf": [one, listed]} if one.get("type") != "object" else listed


def _filled(read_one: Callable[[Any], Any]) -> Schema:
    made = reader(read_one)
    return {**made, "minLength": 1} if "string" in made.get("type", ()) else made


def _mapping(read_one: Callable[[Any], Any], check_key: Callable[[str], object], most: int) -> Schema:
    made: Schema = {"type": "object", "additionalProperties": _or_nothing(reader(read_one))}
    if check_key is values.own_status:
        built_in = sorted(values.BUILT_IN_STATUSES)
        made["propertyNames"] = {"pattern": "^[a-z][a-z0-9_-]*$", "not": {"enum": built_in}}
    return {**made, "maxProperties": most} if most else made


def _either(*reads: Callable[[Any], Any]) -> Schema:
    return {"anyOf": [reader(read) for read in reads]}


_MAKERS: dict[Callable[..., Any], Callable[..., Schema]] = {
    values.matching: _matching,
    values.one_of: _one_of,
    values.integer: _integer,
    values.many: _many,
    values.filled: _filled,
    values.mapping: _mapping,
    values.either: _either,
}


def _formula() -> Schema:
    """A formula has a reader of its own; here is what its keys take."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    table, tables = {"type": "object"}, {"type": "array", "items": {"type": "object"}}
    step = {
        **dict.fromkeys(formula_keys.STEP_KEYS, text),
        **dict.fromkeys(("metadata", "gate", "loop", "on_complete", "expand_vars", "ralph"), table),
        "children": tables,
        "retry": {"anyOf": [{"type": "integer", "minimum": 1}, table]},
        "check": {"anyOf": [text, texts, table]},
        "priority": {"type": "integer", "minimum": 0, "maximum": 4, "default": 2},
        "type": {"default": "task", **text},
        "run": {"anyOf": [text, texts], "description": "an argument list, or a script for sh -c"},
        "acceptance": {"anyOf": [text, texts]},
        **dict.fromkeys(("labels", "needs", "depends_on"), texts),
    }
    titled = {
        "type": "object",
        "properties": step,
        "required": ["id"],
        "if": {"not": {"required": ["expand"]}},
        "then": {"required": ["title"]},
    }
    top: Schema = {
        **dict.fromkeys(formula_keys.FORMULA_KEYS, text),
        "formula": {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "description": "its name", **text},
        "version": {"type": "integer", "minimum": 0, "default": 1},
        "type": {"enum": ["workflow", "expansion", "aspect", "convoy"], "default": "workflow"},
        "vars": {"type": "object", "description": "a default, or a table that says more, by name"},
        "phase": {"enum": ["liquid", "vapor"]},
        **dict.fromkeys(("pour", "review_only"), {"type": "boolean", "default": False}),
        **dict.fromkeys(("compose", "inputs", "prompts", "output", "synthesis"), table),
        **dict.fromkeys(("pointcuts", "aspects", "legs"), tables),
        "advice": {"anyOf": [table, tables]},
        "extends": {"anyOf": [text, texts]},
        **dict.fromkeys(("steps", "template"), {"type": "array", "items": titled}),
    }
    return {"type": "object", "properties": top, "required": ["formula"]}
