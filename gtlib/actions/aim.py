"""Whom a person or agent means who slings: itself, where no target is named; a rig's crew by one word."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gtlib.actions.sling import rig_of
from gtlib.actions.where import rig_here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.agent import of_address
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.target import CREW

# Who may have work slung to them by themselves.
_SELVES = frozenset({"mayor", "crew", "dog"})


def aim(
    snapshot: Snapshot,
    root: Path,
    cwd: Path,
    bead: Bead | None,
    target: str,
    crew: str,
    actor: str,
    stands: str,
) -> str:
    """The target in full. Empty: the rig of the bead is meant, because who speaks has no hook for work.

    `.` and nothing are the agent that speaks, or in whose worktree (`stands`) the overseer is. The word
    `crew`, and the name in `crew`, are of the rig that is named, else the bead's, else where `cwd` lies.
    `bead` is None for what is none yet. UserError when no agent, or no rig, can be meant.
    """
    if crew:
        if target and snapshot.rig(target.strip("/")) is None:
            raise UsageError(
                f"--crew {crew} is of a rig, and {target} is none", f"gt sling BEAD RIG --crew {crew}"
            )
        return f"{target.strip('/') or _rig(snapshot, root, cwd, bead)}/crew/{crew}"
    if target.strip().rstrip("/") == CREW:
        return f"{_rig(snapshot, root, cwd, bead)}/{CREW}"
    if target not in ("", "."):
        return target
    me = stands if actor == OVERSEER else actor
    if of_address(me)[1] in _SELVES:
        return me
    if target:
        raise UserError(f"{me or actor} has no hook that work could be slung to", "name a rig, or RIG/NAME")
    return ""


def refuse_polecat(actor: str, environ: Mapping[str, str]) -> None:
    """UserError for a polecat, which has one thing to do. What a step runs the formula wants."""
    if of_address(actor)[1] == "polecat" and not environ.get("GT_STEP"):
        raise UserError(
            f"{actor} is a polecat, and polecats don't sling",
            'file it with bd create "title", and tell the mayor: gt mail send mayor',
        )


def _rig(snapshot: Snapshot, root: Path, cwd: Path, bead: Bead | None) -> str:
    if bead is not None:
        return rig_of(snapshot, bead, root, cwd).name
    found = rig_here(snapshot, root, cwd)
    only = found or next(iter(snapshot.rigs()), None)
    if only is None or (found is None and len(list(snapshot.rigs())) > 1):
        raise UserError("no rig is named", "name it: gt sling FORMULA RIG/crew/NAME")
    return only.name
