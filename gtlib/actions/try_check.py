"""Run the check of a step for an agent who says that the step is done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib import clock
from gtlib.actions import trust
from gtlib.errors import UserError
from gtlib.model import cook
from gtlib.model.agent import Agent
from gtlib.model.cooked import CStep
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import live_hook
from gtlib.rules.flow import Flow
from gtlib.runtimes import runs
from gtlib.runtimes import shell
from gtlib.runtimes.base import Spec
from gtlib.store.town import Town


class Place(Struct, frozen=True):
    """Whose hook a molecule is on, and the folder in which its work stands."""

    agent: Agent
    folder: Path


def place_of(town: Town, snapshot: Snapshot, molecule: Molecule, *first: str) -> Place | None:
    """Where a molecule is worked on, those of `first` asked before others; None when it is on no hook."""
    asked = (snapshot.agent(Address(address)) for address in first if address)
    for agent in (*filter(None, asked), *snapshot.agents()):
        hook = live_hook(agent)
        if hook is not None and hook.molecule == molecule.id:
            folder = town.root / hook.worktree
            inside = folder.resolve().is_relative_to(town.root.resolve())  # the file may say anything
            return Place(agent, folder if inside else town.root / agent.address)
    return None


def try_check(
    town: Town, flow: Flow, how: CStep, place: Place, environ: Mapping[str, str] = os.environ
) -> shell.Ended:
    """Run the check of a step, which has one, where its work stands.

    UserError for a command that is not allowed on this machine, a folder that is not on it, and a program
    that is missing: that is no failure of the step.
    """
    assert how.check is not None
    molecule = flow.molecule
    if not trust.may_run(town.local, how.check):
        what = f"the check of step {how.id} is not allowed on this machine"
        path = trust.file_of(town.root, flow.snapshot, molecule, how.check)
        raise UserError(what, f"read it, then allow it with: gt allow {path}")
    if not place.folder.is_dir():
        what = f"the worktree of {place.agent.address} is not on this machine"
        raise UserError(what, "say it there, or make it again with: gt hooks repair")
    command = cook.program(how.check, molecule.vars, how.env)
    assert command is not None
    hook = live_hook(place.agent)
    assert hook is not None
    spec = Spec(
        town=town.root,
        address=place.agent.address,
        bead=hook.bead,
        session=environ.get("GT_SESSION", ""),
        worktree=place.folder,
        log=runs.log(town.local, f"{place.agent.address}.check"),
    )
    seconds = clock.nanoseconds(how.check_timeout) / 1e9 if how.check_timeout else shell.STEP_SECONDS
    ended = shell.run_step(command, how.id, spec, seconds, lambda proc: None)
    return shell.Ended(f"the check of {ended.complaint}", ended.tail) if ended.complaint else ended
