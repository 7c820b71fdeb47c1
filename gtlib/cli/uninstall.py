"""`gt uninstall`: a repository of files again, and nothing else."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from gtlib import output
from gtlib.actions.uninstall import Removal
from gtlib.actions.uninstall import uninstall
from gtlib.cli.command import command
from gtlib.store.town import Town


@command(
    "uninstall", help={"yes": "do it; without, it is only shown"}, short={"yes": "y"}, example="gt uninstall"
)
def uninstall_(*, yes: bool = False, json: bool = False) -> None:
    """Take our git hooks and git settings out of the town and its rigs; files and history stay."""
    town = Town.find(Path.cwd())
    found = uninstall(town, dry=not yes)
    if json:
        output.json_out({"path": str(town.root), "done": yes, **msgspec.to_builtins(found)})
        return
    if found.nothing:
        output.line(f"nothing of gt is set up in {town.root}; its files are all there")
    else:
        _show(found, done=yes)
    if yes or found.nothing:
        output.next_steps([f"gt install {shlex.quote(str(town.root))}"])
    else:
        output.next_steps(["gt uninstall --yes"])


def _show(found: Removal, *, done: bool) -> None:
    would = "" if done else "would be "
    if found.running:
        output.line(f"{would}ended: {', '.join(found.running)}")
    for whose, names in found.hooks.items():
        output.line(f"{would}taken out of {whose}: the git hooks {', '.join(names)}")
    for whose, names in found.restored.items():
        output.line(f"{would}put back in {whose}: {', '.join(names)}, as before gt")
    if found.settings:
        output.line(f"{would}unset in git's local configuration: {', '.join(found.settings)}")
    output.line(f"{'left' if done else 'left alone'}: every file, all of history, worktrees and branches")
