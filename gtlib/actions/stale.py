"""Locks that killed git programs left behind: named, and moved aside when nobody can hold them."""

from __future__ import annotations

import time
from pathlib import Path

from gtlib.actions import running
from gtlib.errors import UserError
from gtlib.runtimes import runs
from gtlib.store.indexlock import IndexLock
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from gtlib.system import process

OLD_SECONDS = 600.0


def clear(town: Town) -> tuple[str, ...]:
    """Move aside the town's stale locks and those in worktrees where no session works; what was done."""
    lines = []
    while True:
        path, why_not = town_lock(town)
        if path is None or why_not:
            break
        aside = town.local / "stale" / f"{path.stat().st_mtime_ns}-{path.name}"
        aside.parent.mkdir(exist_ok=True)
        path.rename(aside)
        lines.append(f"moved aside a stale lock of git: {aside}")
    return (*lines, *_worktrees(town))


def town_lock(town: Town) -> tuple[Path | None, str]:
    """A lock of git on the town's index or branch, and why it must stay (empty: nobody holds it)."""
    path = town.git_dir / "index.lock" if IndexLock(town.git_dir).foreign() else town.branch_lock()
    if path is None:
        return None, ""
    try:
        written = path.stat().st_mtime
    except FileNotFoundError:
        return None, ""
    pids = process.git_at_work(town.root)
    if pids:
        return path, f"git works in the town (pid {', '.join(map(str, pids))})"
    if time.time() - written < OLD_SECONDS and written >= _boot():
        return path, f"it is younger than {OLD_SECONDS / 60:.0f} minutes"
    return path, ""


def _worktrees(town: Town) -> list[str]:
    lines = []
    snapshot = town.snapshot()
    for agent in snapshot.agents():
        config = snapshot.rig(agent.rig) if agent.rig else None
        path = town.root / agent.address
        if config is None or agent.host != town.host or not (path / ".git").exists():
            continue
        try:
            run = runs.read(town.local, agent.address)
            if run is None or not running.is_alive(run):
                moved = Rig(town.root, config).unlock_stale(path)
                lines += [f"{agent.address}: moved aside a stale lock of git: {each}" for each in moved]
        except UserError as error:
            lines.append(f"{agent.address}: {error}")
    return lines


def _boot() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() - time.clock_gettime(clock) if clock is not None else 0.0
