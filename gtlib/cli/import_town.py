"""`gt import-town`: a Gas Town installation becomes a town."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from gtlib import output
from gtlib.actions.import_town import MovedIn
from gtlib.actions.import_town import import_town
from gtlib.actions.who import speaker
from gtlib.cli.command import command
from gtlib.errors import UserError
from gtlib.store.roots import find_root


@command(
    "import-town",
    help={
        "path": "the top folder of the installation; nothing in it changes",
        "to": "the town, which is made when there is none (default: the one you stand in)",
        "clone": "also clone the rigs, and make the crew's worktrees",
        "dry_run": "only say what would be done",
    },
    example="gt import-town ~/gt --to ~/town",
)
def import_town_(
    path: str, *, to: str = "", clone: bool = False, dry_run: bool = False, json: bool = False
) -> int:
    """Take in a Gas Town installation: its rigs, beads, mail, agents, settings and formulas."""
    target = Path(to) if to else _town_here()
    actor = "" if to else str(speaker(target, Path.cwd(), os.environ))
    with output.counting("lines read") as told:
        done = import_town(Path(path), target, dry_run=dry_run, clone=clone, actor=actor, on_line=told)
    if json:
        output.json_out(done)
        return 1 if done.refused else 0
    _show(done)
    again = ["gt", "import-town", path, *(["--to", to] if to else []), *(["--clone"] if clone else [])]
    output.next_steps([shlex.join(again)] if dry_run else [f"cd {done.town}", *done.todo, "gt status"])
    return 1 if done.refused else 0


def _town_here() -> Path:
    try:
        return find_root(Path.cwd())
    except UserError as error:
        raise UserError(error.what, "stand in a town, or name one that is to be made: --to FOLDER") from None


def _show(done: MovedIn) -> None:
    would = "would be " if done.dry_run else ""
    output.line(f"{done.name or 'the installation'} → {done.town}{' (nothing is changed)' if would else ''}")
    beads = ((done.created, "new"), (done.updated, "newer"), (done.unchanged, "known"))
    rows = [
        ("rigs", ", ".join(done.rigs)),
        ("beads", ", ".join(f"{number} {what}" for number, what in beads if number)),
        ("deleted", f"{done.tombstones} kept in the archive" if done.tombstones else ""),
        ("memories", str(done.memories or "")),
        ("mail", output.count(len(done.mail), "message") if done.mail else ""),
        ("agents", ", ".join(done.agents)),
        ("convoys", ", ".join(done.convoys)),
        ("files", ", ".join(done.files)),
    ]
    output.table(("what", f"{would}taken"), [row for row in rows if row[1]])
    if done.hooked:
        output.line(f"{output.count(done.hooked, 'bead')} on hooks of agents there: bd list --status hooked")
    for each in done.left:
        output.progress(f"not taken: {each.path}: {each.reason}")
