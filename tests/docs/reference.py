"""docs/reference.md and the list of modules in docs/architecture.md, made from the code."""

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from gtlib.cli import registry
from gtlib.cli import shapes
from gtlib.cli.command import Command
from gtlib.cli.registry import Found
from gtlib.cli.registry import Program
from gtlib.cli.usage import help_text
from gtlib.model.bead import Bead
from gtlib.model.bead import Comment
from gtlib.model.bead import Edge
from gtlib.model.codec import Record
from gtlib.model.convoy import Convoy
from gtlib.model.interchange import line_of
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.schemas import KINDS
from gtlib.model.schemas import Kind
from gtlib.model.snapshot import Snapshot
from tests.support import ROOT

HEAD = """\
# Reference

Made from the code by `inv docs`; do not edit.

`gt group command`, `gt group.command` and, with flags, `inv group.command` are one command. Flags stand anywhere; `--` ends them.
Every command has `--json`: one document on stdout, errors as JSON on stderr. Exit codes: 0, 1 for what a person can mend, 2 for words that
are no command, 3 for a bug (a log says more), 130 for an interrupt.
"""
BD_HEAD = """\
## bd

`bd` speaks of beads; `bd X` is `gt bead X`. It has `bd formula`, `bd cook` and `bd mol` too, which are those of `gt`.
"""
KEYS_HEAD = """\
## Keys

What stands in the files of a town: in the front matter by key, below it by heading. For each key of a file: the key in the interchange
format of beads (JSON lines), and the key that `--json` prints. A key that is not listed is kept, and printed and exported under its own name.
"""
Shape = Callable[[Any], dict[str, Any]]
BEGIN, END = "<!-- made by inv docs -->\n", "<!-- end -->\n"
SAMPLES: dict[str, Any] = {
    "comments": (Comment(id="c1", author="ada", created="then", text="so"),),
    "edges": (Edge(to="gt-x", type="follows"),),
    "timeout": "30m",
    "imported": '{"description":null}',
}


def reference() -> str:
    """The whole of docs/reference.md."""
    blocks = [HEAD, "## gt\n", *_commands(registry.GT, beside="bead"), BD_HEAD]
    return "\n".join([*blocks, *_commands(registry.BD, only="bead"), KEYS_HEAD, *_tables()])


def with_modules(text: str) -> str:
    """docs/architecture.md with its list of modules as the code has it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_modules()}\n{END}{after}"


def _commands(program: Program, *, beside: str = "", only: str = "") -> Iterator[str]:
    for command in sorted(registry.every(program), key=lambda command: command.names[0]):
        group = command.names[0][0]
        if group != beside and (not only or group == only):
            yield _command(program, command)


def _command(program: Program, command: Command) -> str:
    names = [name[1:] if program.home == name[0] else name for name in command.names]
    others = ", ".join(f"`{program.name} {' '.join(name)}`" for name in names[1:])
    # Under the full name of a group's default, help would list the whole group.
    text = help_text(program, Found(command, names[0], ()))
    also = f"Also {others}.\n\n" if others else ""
    return f"### {program.name} {' '.join(names[0])}\n\n{also}```text\n{text}\n```\n"


def _tables() -> Iterator[str]:
    for kind in KINDS.values():
        if kind.name != "outbox":  # the same as mail
            yield f"### {kind.name}\n\n" + "\n".join(_table(kind)) + "\n"


def _table(kind: Kind) -> Iterator[str]:
    columns: dict[str, Shape] = {}
    if kind.struct is Bead:
        columns = {"interchange": line_of, "`--json`": _row}
    elif kind.struct in _SHAPES:
        columns = {"`--json`": _SHAPES[kind.struct]}
    yield f"| {' | '.join(['in the file', *columns])} |"
    yield f"|{'---|' * (1 + len(columns))}"
    for where, attr in _places(kind):
        keys = [_shown(kind.struct, attr, shape) for shape in columns.values()]
        yield f"| {' | '.join([where, *keys])} |"


def _places(kind: Kind) -> Iterator[tuple[str, str]]:
    """Where in the file each field stands."""
    codec = kind.codec
    for field in codec.fields:
        record = getattr(field.read, "__self__", None)
        inner = ", ".join(f"`{each.key}`" for each in record.fields) if isinstance(record, Record) else ""
        yield f"`{field.key}`" + (f": {inner}" if inner else ""), field.name
    for part in codec.body.parts if codec.body else ():
        yield f"`## {part.heading}`" if part.heading else "the text", part.attr


def _shown(struct: type[msgspec.Struct], attr: str, shape: Shape) -> str:
    """The keys that change when the field does: found by trying."""
    plain = msgspec.to_builtins(shape(_empty(struct)))
    full = msgspec.to_builtins(shape(replace(_empty(struct), **{attr: _sample(struct, attr)})))
    keys = [key for key in full if full[key] != plain.get(key)]
    for edge in full.get("dependencies", ()) if "dependencies" in keys else ():
        return f"`dependencies`, type `{edge['type']}`" + "".join(f", `{k}`" for k in keys if k == "parent")
    return ", ".join(f"`{key}`" for key in keys) or "-"


def _empty(struct: type[msgspec.Struct]) -> Any:
    given: dict[str, Any] = {}
    for field in msgspec.structs.fields(struct):
        if field.required:
            given[field.name] = "gt-none"
    return struct(**given)


def _sample(struct: type[msgspec.Struct], attr: str) -> Any:
    if attr in SAMPLES:
        return SAMPLES[attr]
    if attr == "steps":
        return (Step(id="one", title="One"),)
    kind = str(next(field.type for field in msgspec.structs.fields(struct) if field.name == attr))
    for word, value in (("tuple", ("gt-x",)), ("dict", {"key": "x"}), ("int", 3), ("bool", True)):
        if word in kind:
            return value
    return "gt-x"


def _row(bead: Bead) -> dict[str, Any]:
    # a bead without a time of its last change gets one from others of its fields
    dated = replace(bead, updated=bead.updated or "gt-none")
    shape = shapes.Neighbours(Snapshot.of({})).row(dated)
    return {key: value for key, value in shape.items() if not key.endswith("_count")}


_SHAPES: dict[type[msgspec.Struct], Shape] = {
    Bead: line_of,
    Molecule: lambda item: shapes.molecule(Snapshot.of({}), item),
    Convoy: lambda item: shapes.convoy(Snapshot.of({}), item),
    Message: lambda item: shapes.message(item, "mayor", read=False),
    MergeRequest: lambda item: {key: getattr(item, key) for key in item.__struct_fields__},
}


def _modules() -> str:
    rings: dict[str, list[str]] = {}
    for path in sorted((ROOT / "gtlib").rglob("*.py")):
        if path.name in ("__init__.py", "__main__.py"):
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        ring = name.split(".")[1] if name.count(".") > 1 else ""
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rings.setdefault(ring, []).append(f"| `{name.removeprefix('gtlib.')}` | {doc.splitlines()[0]} |")
    order = ["", "model", "rules", "system", "store", "runtimes", "actions", "deacon", "cli"]
    titles = {"": "leaves and entrances"}
    return "\n".join(
        f"### {titles.get(ring, ring)}\n\n| module | is |\n|---|---|\n" + "\n".join(rings[ring]) + "\n"
        for ring in sorted(rings, key=order.index)
    )
