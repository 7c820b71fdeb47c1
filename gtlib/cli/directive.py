"""`gt directive ...`: what the person says to a role, beside its prompt."""

from __future__ import annotations

import os

from gtlib import output
from gtlib.actions.prime import ROLES
from gtlib.actions.prime import directives
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UserError
from gtlib.output import count

ROLE = f"one of {', '.join(ROLES)}"
RIG = "what is said in that rig"


@command("directive list", "directive", help={"rig": "with that rig's"}, example="gt directive list")
def list_(*, rig: str = "", json: bool = False) -> None:
    """List the directives: files with what is said to a role in this town, or in one rig."""
    where = here()
    rigs = [_rig(where, rig)] if rig else ["", *(each.name for each in where.snapshot().rigs())]
    every = (found for role in ROLES for each in rigs for found in _of(where, role, each))
    found = sorted(set(every))
    if json:
        output.json_out([{"role": role, "path": path, "text": text} for path, role, text in found])
        return
    if not found:
        output.line("nothing is said to any role beside its prompt")
        output.next_steps(["gt directive edit polecat"])
        return
    rows = [(path, role, count(len(text.splitlines()), "line")) for path, role, text in found]
    output.table(("file", "role", "says"), rows)


@command("directive show", help={"role": ROLE, "rig": RIG}, example="gt directive show polecat")
def show(role: str, *, rig: str = "", json: bool = False) -> None:
    """Print what is said to a role."""
    where = here()
    found = directives(where.root, choice("ROLE", role, ROLES), _rig(where, rig))
    if json:
        output.json_out([{"role": role, "path": path, "text": text} for path, text in found])
        return
    if not found:
        raise UserError(f"nothing is said to a {role}", f"gt directive edit {role}")
    for path, text in found:
        output.line(f"# {path}")
        output.line(text.rstrip("\n"))


@command(
    "directive edit", help={"role": ROLE, "rig": RIG}, example="gt directive edit polecat --rig myproject"
)
def edit(role: str, *, rig: str = "", json: bool = False) -> None:
    """Write in an editor what is said to a role in the town, or in one rig."""
    from gtlib.actions.directive_edit import directive_edit  # libgit2, which looks need not
    from gtlib.store.town import Town

    where = here()
    chosen = choice("ROLE", role, ROLES)
    written = directive_edit(
        Town.open(where.root),
        chosen,
        _rig(where, rig) if rig else "",
        where.actor,
        os.environ,
        lambda copy: output.progress(f"your text of before, from {copy}"),
    )
    if json:
        output.json_out({"path": written.path, "changed": written.changed})
        return
    output.line(f"wrote {written.path}" if written.changed else f"{written.path} is as it was")
    output.next_steps([f"gt directive show {chosen}{f' --rig {rig}' if rig else ''}"])


def _rig(where: Here, rig: str) -> str:
    return rig_here(where, where.snapshot(), rig)


def _of(where: Here, role: str, rig: str) -> list[tuple[str, str, str]]:
    return [(path, role, text) for path, text in directives(where.root, role, rig)]
