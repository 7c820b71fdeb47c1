"""`bd dep add`, `remove`, `relate` and their other names: how beads hang together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gtlib import output
from gtlib.actions.depend import depend
from gtlib.actions.undepend import undepend
from gtlib.cli.argv import nearest
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.rules.dependencies import BOTH_WAYS
from gtlib.rules.dependencies import Dependency
from gtlib.rules.dependencies import Wanted
from gtlib.store.town import Town

SAYS = {
    "blocks": "{0} waits for {1}",
    "conditional-blocks": "{0} runs only if {1} fails",
    "waits-for": "{0} waits for what is below {1}",
    "parent-child": "{0} is a part of {1}",
    "related": "{0} is related to {1}",
    "relates-to": "{0} and {1} are related",
}
COMMANDS = ("add", "cycles", "list", "relate", "remove", "tree", "unrelate")
HELP = {
    "id": "the bead that depends",
    "need": "what it depends on",
    "type": "blocks, related, discovered-from, ... or a word of your own",
}


@command(
    "bead dep",
    help={
        "id": "the bead that others wait for",
        "more": "nothing: others wait for one bead at a time",
        "blocks": "the bead that waits for it",
    },
    example="bd dep gt-def34 --blocks gt-abc12",
)
def dep(id: str = "", *more: str, blocks: str = "", json: bool = False) -> None:
    """Let another bead wait for this one."""
    if not id or not blocks or more:
        what = f"bd dep has no command {id!r}" if id and not blocks else "one bead and --blocks are needed"
        raise UsageError(what, nearest(id, COMMANDS, f"one of: {', '.join(COMMANDS)}, or ID --blocks OTHER"))
    _draw([Wanted(blocks, id)], json=json)


@command(
    "bead dep add",
    "bead link",
    short={"type": "t"},
    help={
        **HELP,
        "file": "a file with lines of JSON, {from, to, type}; - is standard input",
        "no_cycle_check": "do not look for deadlocks; bd dep cycles does",
    },
    spellings={"blocked-by": "need", "depends-on": "need"},
    example="bd dep add gt-abc12 gt-def34",
)
def dep_add(
    id: str = "",
    need: str = "",
    *,
    type: str = "blocks",
    file: str = "",
    no_cycle_check: bool = False,
    json: bool = False,
) -> None:
    """Let one bead wait for another, or hang together with it in another way."""
    if not file:
        if not id or not need:
            raise UsageError(
                "two beads are needed", "bd dep add gt-abc12 gt-def34: the first waits for the second"
            )
        _draw([Wanted(id, need, type)], json=json, check=not no_cycle_check)
        return
    if id:
        raise UsageError(f"{id} and --file are given", "give one of them")
    made = _depend(_lines(text_from("--file", None, file) or "", file), check=not no_cycle_check)
    new = [each for each in made if each.changed]
    if json:
        shapes = [_shape(each) for each in made]
        output.json_out(
            {"status": "added" if new else "unchanged", "count": len(new), "dependencies": shapes}
        )
        return
    output.line(f"added {output.count(len(new), 'dependency').replace('dependencys', 'dependencies')}")
    if len(new) < len(made):
        output.line(f"there already: {len(made) - len(new)}")
    output.next_steps(["bd dep cycles", "bd ready"])


@command(
    "bead dep remove",
    "bead dep rm",
    "bead unlink",
    short={"type": "t"},
    help={**HELP, "type": "only an edge of this type"},
    spellings={"blocked-by": "need", "depends-on": "need"},
    example="bd dep remove gt-abc12 gt-def34",
)
def dep_remove(id: str, need: str, *, type: str = "", json: bool = False) -> None:
    """Let one bead no longer depend on another."""
    _take_out(id, need, type, json)


@command(
    "bead relate",
    "bead dep relate",
    help={"id": "a bead", "other": "another"},
    example="bd relate gt-abc12 gt-def34",
)
def relate(id: str, other: str, *, json: bool = False) -> None:
    """Say that two beads have to do with each other; nobody waits."""
    _draw([Wanted(id, other, BOTH_WAYS)], json=json)


@command(
    "bead unrelate",
    "bead dep unrelate",
    help={"id": "a bead", "other": "another"},
    example="bd unrelate gt-abc12 gt-def34",
)
def unrelate(id: str, other: str, *, json: bool = False) -> None:
    """Two beads have nothing to do with each other any more."""
    _take_out(id, other, BOTH_WAYS, json)


def said(found: Dependency) -> str:
    """An edge in words."""
    return SAYS.get(found.type, "{0} {2} {1}").format(found.bead, found.to, found.type)


def _draw(wanted: Sequence[Wanted], *, json: bool, check: bool = True) -> None:
    (made,) = _depend(wanted, check=check)
    if json:
        output.json_out({"status": "added" if made.changed else "unchanged", **_shape(made)})
        return
    output.line(said(made) if made.changed else f"no change: {said(made)} already")
    output.next_steps([f"bd show {made.bead}", "bd ready"])


def _depend(wanted: Sequence[Wanted], *, check: bool) -> tuple[Dependency, ...]:
    where = here()
    return depend(Town.open(where.root), wanted, where.actor, check=check)


def _take_out(id: str, to: str, type: str, json: bool) -> None:
    where = here()
    gone = undepend(Town.open(where.root), id, to, type, where.actor)
    if json:
        output.json_out({"status": "removed", **_shape(gone)})
        return
    output.line(f"no longer: {said(gone)}")
    output.next_steps([f"bd show {gone.bead}", "bd ready"])


def _shape(found: Dependency) -> dict[str, str]:
    return {"issue_id": found.bead, "depends_on_id": found.to, "type": found.type}


def _lines(text: str, file: str) -> list[Wanted]:
    """The edges that lines of JSON say. UserError, with the line, for what is no edge."""
    found = []
    name = "standard input" if file == "-" else file
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            row: Any = msgspec.json.decode(line)
        except msgspec.DecodeError as problem:
            raise UserError(f"{where}: no JSON ({problem})", "one object a line: {from, to, type}") from None
        keys = {key: row.get(key, "") for key in ("from", "to", "type")} if isinstance(row, dict) else {}
        if (
            not keys
            or not all(isinstance(value, str) for value in keys.values())
            or not keys["from"]
            or not keys["to"]
        ):
            raise UserError(f"{where}: no edge", "one object a line: {from, to, type}")
        found.append(Wanted(keys["from"], keys["to"], keys["type"] or "blocks", where))
    return found
