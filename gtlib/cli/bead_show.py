"""`bd show`: beads whole, or what stands around them."""

from __future__ import annotations

from collections.abc import Callable

from gtlib import output
from gtlib.cli.bead_rows import bead_line
from gtlib.cli.bead_text import refs as refs_of
from gtlib.cli.bead_text import show_bead
from gtlib.cli.bead_text import show_refs
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import need_ids
from gtlib.cli.shapes import Neighbours
from gtlib.cli.wanted import AT
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.edges import targets
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import live_hook
from gtlib.rules.filters import when
from gtlib.rules.find import find_bead
from gtlib.rules.ready import naturally


@command(
    "bead show",
    "bead view",
    help={
        "ids": "the beads, archived ones too",
        "short": "one line for each",
        "long": "every field that has a value",
        "children": "what is below them",
        "refs": "what leads to them or names them",
        "thread": "the conversation that they are in",
        "current": "what you are at: the bead on your hook, else the one in progress that changed last",
        "at": AT,
        "as_of": "the same as --at",
        "include_dependents": "with what needs them; it is always shown",
        "include_comments": "with their comments; they are always shown",
    },
    example="bd show gt-abc12",
)
def show(
    *ids: str,
    short: bool = False,
    long: bool = False,
    children: bool = False,
    refs: bool = False,
    thread: bool = False,
    current: bool = False,
    at: str | None = None,
    as_of: str | None = None,
    include_dependents: bool = False,
    include_comments: bool = False,
    json: bool = False,
) -> None:
    """Show beads whole: text, comments, what they need and what needs them."""
    named = {"short": short, "long": long, "children": children, "refs": refs, "thread": thread}
    given = [f"--{name}" for name, on in named.items() if on]
    if at is not None and as_of is not None:
        given = ["--at", "--as-of"]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} contradict each other", "give one of them")
    if current and ids:
        raise UsageError("--current and ids contradict each other", "give one of them")
    if not current:
        need_ids(ids, "bd show gt-abc12")
    where = here()
    snapshot = where.snapshot(as_of if at is None else at)
    if current:
        beads = [_current(where, snapshot)]
    else:
        found = [find_bead(snapshot, text) for text in ids]
        beads = list({bead.id: bead for bead in found}.values())
    style = given[0].removeprefix("--") if given else "whole"
    (_print_json if json else _print)(snapshot, [snapshot.dated(bead) for bead in beads], style)
    mention_mail(where, snapshot)


def _current(where: Here, snapshot: Snapshot) -> Bead:
    agent = snapshot.agent(Address(where.agent or where.actor))
    hook = live_hook(agent) if agent else None
    if hook is not None:
        return find_bead(snapshot, hook.bead)
    who = agent.address if agent else where.actor
    mine = [bead for bead in snapshot.beads() if bead.status == "in_progress" and bead.assignee == who]
    if not mine:
        raise UserError(f"{who} has no bead in progress", "take one: bd ready")
    return max(mine, key=lambda bead: (when(snapshot.updated(bead)), bead.id))


def _print(snapshot: Snapshot, beads: list[Bead], style: str) -> None:
    near = Neighbours(snapshot)
    for number, bead in enumerate(beads):
        if number and style != "short":
            output.line("")
        if style == "short":
            output.line(bead_line(bead))
        elif style == "refs":
            show_refs(near, bead)
        elif style in ("children", "thread"):
            _print_list(near, bead, style)
        else:
            show_bead(snapshot, near, bead, long=style == "long")


def _print_list(near: Neighbours, bead: Bead, style: str) -> None:
    output.line(bead_line(bead))
    found = _AROUND[style](near, bead)
    for each in found:
        if style == "thread":
            output.line(f"  {bead_line(each)}" + (f" (from {each.sender})" if each.sender else ""))
        else:
            output.line(f"  {bead_line(each)}")
    if not found:
        output.line("  no children")


def _print_json(snapshot: Snapshot, beads: list[Bead], style: str) -> None:
    near = Neighbours(snapshot)
    if style in ("children", "thread"):
        around = _AROUND[style]
        output.json_out({bead.id: [near.row(each) for each in around(near, bead)] for bead in beads})
    elif style == "refs":
        output.json_out(
            {
                bead.id: [{**near.row(each), "dependency_type": type} for each, type in refs_of(near, bead)]
                for bead in beads
            }
        )
    elif style == "short":
        output.json_out([near.row(bead) for bead in beads])
    else:
        output.json_out([near.details(bead) for bead in beads])


def _children(near: Neighbours, bead: Bead) -> list[Bead]:
    return naturally(near.ledger.below(bead.id))


def _thread(near: Neighbours, bead: Bead) -> list[Bead]:
    """The messages that a bead's conversation has, from the first on."""
    first, seen = bead, {bead.id}
    while above := next(
        (each for to in targets(first, "replies-to") if (each := near.ledger.find(to))), None
    ):
        if above.id in seen:
            break
        seen.add(above.id)
        first = above
    found, stack = {first.id: first}, [first]
    while stack:
        for each, type in near.into.get(stack.pop().id, ()):
            if type == "replies-to" and each.id not in found:
                found[each.id] = each
                stack.append(each)
    return sorted(found.values(), key=lambda each: (when(each.created), each.id))


_AROUND: dict[str, Callable[[Neighbours, Bead], list[Bead]]] = {"children": _children, "thread": _thread}
