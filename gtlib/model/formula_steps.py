"""The reader of steps: those of a workflow, of a template, of a loop's body, of an advice, and children."""

from __future__ import annotations

import re
from posixpath import normpath
from typing import Any

from gtlib import names
from gtlib.errors import UserError
from gtlib.model import formula_keys as keys
from gtlib.model.formula_extras import contained
from gtlib.model.formula_extras import read_fan_out
from gtlib.model.formula_extras import read_gate
from gtlib.model.formula_extras import read_loop
from gtlib.model.formula_extras import read_retry
from gtlib.model.formula_extras import step_condition
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Loop
from gtlib.model.formula_source import PLACEHOLDER
from gtlib.model.formula_source import SLOT
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import did_you_mean
from gtlib.names import StepId

STEP_TYPES = ("task", "bug", "feature", "epic", "chore")
DEEPEST = 20  # levels of children and loops in each other

_READ = frozenset(keys.STEP_KEYS)
_KNOWN = _READ.union(keys.STEP_KEPT)
_WAITS = re.compile(r"(all-children|any-children|children-of\(\s*([^()]*?)\s*\))")
_WHO = re.compile(r"[^\s/]+(?:/[^\s/]+){0,2}")
_TRIED = ("retry", "ralph", "check", "on_fail", "on_complete")


def read_steps(tables: list[Table], slots: frozenset[str] = frozenset(), depth: int = 1) -> tuple[FStep, ...]:
    """The steps in these tables. `slots` are the names that may stand as `{name}` in their ids."""
    return tuple(_step(table, slots, depth) for table in tables)


def slot_id(table: Table, key: str, text: str, slots: frozenset[str] = frozenset()) -> StepId:
    """The id under `key`, checked as it will be when its slots are filled."""
    for slot in SLOT.findall(text):
        if slot not in slots:
            hint = did_you_mean(slot, slots, _slots_hint(slots))
            table.wrong(key, f"{table.label}: nothing is put in for {{{slot}}} here", hint)
            return StepId(text)
    sample = SLOT.sub("1", text)
    try:
        names.step_id(sample)
    except UserError as error:
        what = error.what.replace(repr(sample), repr(text))
        table.wrong(key, f"{table.label}: {what}", error.hint)
    return StepId(text)


def _slots_hint(slots: frozenset[str]) -> str:
    if not slots:
        return "write the id itself"
    return f"what can stand there: {', '.join(f'{{{slot}}}' for slot in sorted(slots))}"


def read_id(table: Table, slots: frozenset[str] = frozenset()) -> StepId:
    """The id of a step, leg or aspect; what is wrong with it is noted."""
    text = table.text("id")
    if not text:
        if not isinstance(table.values.get("id", ""), str):
            return StepId("")
        table.wrong("id", f"{table.label} has no id", 'write id = "a-short-name"')
        return StepId("")
    return slot_id(table, "id", text, slots)


def _step(table: Table, slots: frozenset[str], depth: int) -> FStep:
    table.unknown(_KNOWN)
    _check_together(table)
    values = table.values
    ident = read_id(table, slots)
    children = _children(table, slots, depth)
    loop = _loop(table, slots, depth)
    return FStep(
        id=ident,
        title=_title(table, ident),
        description=_description(table),
        notes=table.text("notes"),
        type="epic" if children else _type(table),
        priority=table.whole("priority", 2, 0, 4),
        labels=table.texts("labels"),
        metadata=table.words("metadata"),
        needs=_needs(table),
        waits_for=_waits_for(table),
        assignee=_assignee(table),
        agent=table.text("agent"),
        condition=step_condition(table),
        children=children,
        gate=read_gate(table),
        loop=loop,
        on_complete=read_fan_out(table),
        expand=_expand(table),
        expand_vars=table.words("expand_vars"),
        run=table.run(),
        timeout=_timeout(table),
        retry=read_retry(table),
        acceptance=_acceptance(table),
        path=table.source.path,
        line=table.begin(),
        extra={key: value for key, value in values.items() if key not in _READ},
    )


def _check_together(table: Table) -> None:
    """Refuse keys that would say something about a step which nobody does."""
    values = table.values
    if values.get("expand"):
        hint = "write it in the template of that formula"
        _refuse_together(table, "expand", ("run", *_TRIED, "children", "loop"), hint)
    for key in ("loop", "children"):
        if values.get(key) and not values.get("run"):
            _refuse_together(table, key, _TRIED, "write it in the inner steps")
    if isinstance(values.get("loop"), dict) and values["loop"].get("until"):
        hint = "write it in the body, or in a step that needs the loop"
        _refuse_together(table, "loop", ("run",), hint)


def _refuse_together(table: Table, key: str, others: tuple[str, ...], hint: str) -> None:
    for other in others:
        if table.values.get(other):
            what = f"{table.label} has `{key}` and `{other}`, and nobody does the step itself"
            table.wrong(other, what, hint)


def _title(table: Table, ident: str) -> str:
    title = table.text("title")
    if title.strip():
        return title
    if not table.values.get("expand") and isinstance(table.values.get("title", ""), str):
        table.wrong("title", f"{table.label} has no title", 'write title = "What is to be done"')
    return ident


def _type(table: Table) -> str:
    kind = table.text("type") or "task"
    if kind in STEP_TYPES:
        return kind
    table.warn("type", f'unknown type "{kind}" of {table.label}; it is taken as task')
    return "task"


def _description(table: Table) -> str:
    file = table.text("description_file")
    if not file:
        return table.text("description")
    if table.values.get("description"):
        what = f"{table.label} has `description` and `description_file`"
        table.wrong("description_file", what, "leave out one of the two")
        return ""
    if contained(file) is None:
        what = f'`description_file` of {table.label}, "{file}", leads out of the folder of the formula'
        table.wrong("description_file", what, "write a path below that folder")
        return ""
    if table.source.read is None:
        what = f"`description_file` of {table.label} cannot be read without the folder of the formula"
        table.wrong("description_file", what, "put the text into `description`")
        return ""
    try:
        return table.source.read(normpath(file))
    except UserError as error:
        table.wrong("description_file", f"`description_file` of {table.label}: {error.what}", error.hint)
        return ""


def _needs(table: Table) -> tuple[StepId, ...]:
    wanted = (*table.texts("needs"), *table.texts("depends_on"))
    return tuple(dict.fromkeys(StepId(text) for text in wanted))


def _waits_for(table: Table) -> str:
    text = table.text("waits_for").strip()
    if not text:
        return ""
    found = _WAITS.fullmatch(text)
    if not found:
        hint = "write all-children, any-children or children-of(step)"
        what = f'`waits_for` of {table.label}, "{text}", is nothing that can be waited for'
        table.wrong("waits_for", what, did_you_mean(text, ("all-children", "any-children"), hint))
        return ""
    if found[2] == "":
        what = f"`waits_for` of {table.label} names no step"
        table.wrong("waits_for", what, "write the id of the step: children-of(step)")
        return ""
    if found[2] is None and not _needs(table):
        table.warn("waits_for", f"{table.label} waits for the children of nothing; write children-of(step)")
    return f"children-of({found[2]})" if found[2] else found[1]


def _assignee(table: Table) -> str:
    text = table.text("assignee")
    if text and not _WHO.fullmatch(PLACEHOLDER.sub("x", text)):
        hint = "write <rig>/polecats/<name>, <rig>/crew/<name>, a role of the town, or one word for a person"
        table.wrong("assignee", f"`assignee` of {table.label}, {text!r}, is no address", hint)
    return text


def _expand(table: Table) -> str:
    name = table.formula("expand")
    if not name and table.values.get("expand_vars"):
        what = f"{table.label} has `expand_vars` and no `expand`"
        table.wrong("expand_vars", what, 'write expand = "formula" beside it')
    return name


def _timeout(table: Table) -> str:
    text = table.span("timeout")
    if text and table.values.get("run") is None:
        table.warn("timeout", f"`timeout` of {table.label} does nothing without `run`; leave it out")
    return text


def _acceptance(table: Table) -> str:
    if isinstance(table.values.get("acceptance"), list):
        return "\n".join(f"- {item}" for item in table.texts("acceptance"))
    return table.text("acceptance")


def _children(table: Table, slots: frozenset[str], depth: int) -> tuple[FStep, ...]:
    if not table.values.get("children") or table.values.get("loop"):
        return ()
    return _deeper(table, "children", slots, depth)


def _deeper(table: Table, key: str, slots: frozenset[str], depth: int) -> tuple[FStep, ...]:
    if depth >= DEEPEST:
        what = f"{table.label} holds steps more than {DEEPEST} levels deep"
        table.wrong(key, what, "write them higher up and join them with `needs`")
        return ()
    return read_steps(table.tables(key, "step"), slots, depth + 1)


def _loop(table: Table, slots: frozenset[str], depth: int) -> Loop | None:
    inner = table.table("loop", f"`loop` of {table.label}")
    if inner is None:
        return None
    places: list[tuple[Table, str]] = [
        (each, key)
        for each, key in ((inner, "body"), (inner, "children"), (table, "children"))
        if each.values.get(key)
    ]
    if not places:
        shown = ".".join(part for part in inner.where if isinstance(part, str))
        hint = f"write [[{shown}.body]] above each step that is repeated"
        inner.wrong("body", f"{inner.label} has no body", hint)
    for _, key in places[1:]:
        inner.wrong(key, f"{inner.label} has more than one body", "write all its steps in one of them")
    # The rounds of a loop with `until` are not known when ids are made.
    inside = slots if inner.values.get("until") else slots | {inner.text("var") or "i"}
    body: Any = _deeper(*places[0], inside, depth) if places else ()
    return read_loop(inner, body)
