"""Looking at run state: what lives, how far work has come, how fast things were started."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.snapshot import Snapshot
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.store.rig import Rig
from gtlib.system import process

if TYPE_CHECKING:  # it loads libgit2, which commands that only look need not
    from gtlib.store.town import Town

MINUTE = 60.0


def is_alive(run: Run) -> bool:
    """Whether the process of that run state still runs."""
    return run.proc is not None and not run.ended and process.alive(run.proc)


def steps_over(snapshot: Snapshot, hook: Hook) -> int:
    """How many steps of the hook's molecule are over."""
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    return progress(Flow(snapshot, molecule))[0] if molecule else 0


def tip(town: Town, snapshot: Snapshot, agent: Agent, hook: Hook | None) -> str:
    """The commit of the hook's branch; empty when there is none."""
    config = snapshot.rig(agent.rig) if hook is not None and hook.branch else None
    rig = Rig(town.root, config) if config is not None else None
    return rig.branches(hook.branch).get(hook.branch, "") if rig is not None and hook is not None else ""


def too_fast(local: Path, per_minute: int) -> str:
    """Why no session may start in this minute; empty when one may. UserError when that can't be told."""
    recent = _recent(local)
    if len(recent) < per_minute:
        return ""
    return f"{len(recent)} sessions started in the last minute, as many as limits.spawns_per_minute allows"


def note_spawn(local: Path) -> None:
    """Write down that a session starts now: before it does, so that a crash can't make it free."""
    path = runs.folder(local) / "spawns"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode([*_recent(local), time.time()]))


def _recent(local: Path) -> list[float]:
    path = runs.folder(local) / "spawns"
    try:
        times = msgspec.json.decode(path.read_bytes() or b"[]", type=list[float])
    except FileNotFoundError:
        return []
    except msgspec.DecodeError as error:
        raise UserError(f"{path} can't be read: {error}", "remove it") from error
    now = time.time()
    # A time to come is a clock that was set back since.
    return [each for each in times if now - MINUTE < each <= now]
