"""`gt install`: a town to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

from gtlib import output
from gtlib.actions.install import has_identity
from gtlib.actions.install import install as install_town
from gtlib.cli.command import command
from gtlib.errors import UserError
from gtlib.store.roots import is_clone
from gtlib.store.roots import is_town
from gtlib.store.town import Town

IDENTIFY = "git config --global user.name 'Your Name' && git config --global user.email you@example.com"


@command(
    "install",
    short={"name": "n"},
    help={
        "path": "the folder (default: this one)",
        "git": "a town is always a git repository; for those who type it",
        "name": "what the town is called (default: as the folder)",
        "owner": "the overseer's mail address (default: that of git)",
    },
    example="gt install ~/gt --git",
)
def install(
    path: str = ".", *, git: bool = False, name: str = "", owner: str = "", json: bool = False
) -> None:
    """Make a town, or put right what is missing in one."""
    if not path.strip():
        raise UserError("the path is empty", "name the folder, or leave it out for this one")
    root = Path(path).expanduser().absolute()
    before, clone = is_town(root), is_clone(root)
    town = install_town(root, name, owner)
    config = town.snapshot().town
    if json:
        output.json_out(
            {"path": str(town.root), "name": config.name, "owner": config.overseer, "created": not before}
        )
        return
    done = "whole" if before else "made"
    output.line(f"✓ repository {town.root} on branch {town.branch.removeprefix('refs/heads/')}")
    output.line("✓ local git config and .gitattributes")
    if clone:
        output.line(f"✓ this clone of the town {config.name!r} is set up on this machine, {town.host}")
    else:
        output.line(f"✓ town {config.name!r} {done}: town.yaml, settings, agents overseer, mayor, deacon")
    output.line("✓ git hooks: commits are noticed")
    if not has_identity(town):
        output.line(f"! plain git commit needs to know who you are: {IDENTIFY}")
    output.line()
    output.line("Next steps:")
    for number, step in enumerate(_in_clone(town) if clone else _in_town(town), 1):
        output.line(f"  {number}. {step}")


def _in_town(town: Town) -> tuple[str, ...]:
    return (
        f"cd {shlex.quote(str(town.root))}",
        "gt rig add myproject URL-or-PATH      add a project",
        "gt crew add yourname --rig myproject  a worktree of your own",
        "bd create 'What is wanted' --rig myproject",
        "gt sling BEAD myproject               put it on an agent's hook",
        "gt up                                 start the deacon, which runs the agents",
    )


def _in_clone(town: Town) -> tuple[str, ...]:
    snapshot = town.snapshot()
    rigs = [f"gt rig add {rig.name} {shlex.quote(rig.url)}" for rig in snapshot.rigs()]
    return (
        f"cd {shlex.quote(str(town.root))}",
        "bd ready                              what can be taken up",
        *(f"{rig:<38}its project on this machine" for rig in rigs),
        "git pull, git push                    all that goes between machines",
        "gt up                                 start the deacon, which runs the agents of this machine",
    )
