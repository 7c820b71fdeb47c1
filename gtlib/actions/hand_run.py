"""Sessions that a person started, in run state: written by the first word of their program's hooks.

So nobody starts a second one beside it. What this imports is loaded with every event of such a program.
"""

from __future__ import annotations

import os
import time
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from gtlib.actions.hook_whose import Whose
from gtlib.actions.hook_whose import note
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.runtimes import runs
from gtlib.runtimes.hookinput import Heard
from gtlib.runtimes.runs import Run
from gtlib.system import process
from gtlib.system import procinfo
from gtlib.system.process import Proc

MODE: Final = "manual"
LOCK_SECONDS: Final = 10.0
_HOOK: Final = "gtlib.runtimehook"
_SHELLS: Final = ("sh", "bash", "dash", "zsh", "ksh", "fish")


def hand_run(whose: Whose, event: str, heard: Heard) -> Whose:
    """Whose session it is, with its id with us; from now on it is known as one that runs.

    Not when another one runs there. What goes wrong is noted.
    """
    found = replace(whose, session=heard.native, by_hand=True)
    try:
        run = runs.read(whose.local, whose.address)
        if run is not None and _is_same(run, heard):
            return replace(found, session=run.session)
        proc = program()
        if proc is None:
            return found
        found = replace(found, session=_id(heard.native, proc))
        if run is not None and _is_taken(run, proc):
            return replace(found, beside=run.session)
        if event != "end":
            _record(found, event, heard, proc)
    except UserError as error:
        note(whose, f"{event}: {error}")
    return found


def program() -> Proc | None:
    """The program whose hook this process is: the nearest above it that is no shell for the hook itself."""
    for pid in procinfo.ancestors():
        words = procinfo.words(pid)
        shell = bool(words) and os.path.basename(words[0]) in _SHELLS
        if shell and any(_HOOK in word for word in words):
            continue
        seen = procinfo.see(pid)
        return Proc(pid, seen.started) if seen is not None and seen.live else None
    return None


def _id(native: str, proc: Proc) -> str:
    """Of one run of one history: who goes on with it tomorrow is another session."""
    return f"h-{sha256(f'{native} {proc.pid} {proc.started}'.encode()).hexdigest()[:8]}"


def _is_same(run: Run, heard: Heard) -> bool:
    return run.mode == MODE and run.native == heard.native and _lives(run)


def _is_taken(run: Run | None, proc: Proc) -> bool:
    """Whether another session runs there, or is being started; the same program may begin a new history."""
    if run is None or run.ended or not run.session:
        return False
    if run.proc is None:
        return True
    return _lives(run) and not (run.mode == MODE and run.proc == proc)


def _lives(run: Run) -> bool:
    return not run.ended and run.proc is not None and process.alive(run.proc)


def _record(whose: Whose, event: str, heard: Heard, proc: Proc) -> None:
    lock = FileLock(runs.folder(whose.local) / "spawn.lock")
    if not lock.acquire(LOCK_SECONDS):
        raise UserError("sessions are being started", "its next event says again that it runs")
    try:
        before = runs.read(whose.local, whose.address)
        if _is_taken(before, proc):
            return
        new = _new(whose, heard, proc, before)
        if new is None:
            return
        runs.write(whose.local, new)
    finally:
        lock.release()
    if event != "start":  # which says so itself, when it has told what there is to do
        from gtlib.actions.by_hand import begun  # opens libgit2, once for a session

        begun(whose.root, whose.address, whose.session, heard.native, new.runtime)


def _new(whose: Whose, heard: Heard, proc: Proc, before: Run | None) -> Run | None:
    """What is known of it now; None for who is no agent. The session before it is over, and counted."""
    from gtlib import clock  # these open libgit2, once for a session
    from gtlib.actions import running
    from gtlib.actions import settle
    from gtlib.rules.base import live_hook
    from gtlib.rules.dispatch import AT_WORK
    from gtlib.store.town import Town

    town = Town.open(whose.root)
    if before is not None and settle.is_over(before):
        settle.settle_one(town, before, clock.stamp(clock.now()))
        before = runs.read(whose.local, whose.address)
    snapshot = town.snapshot()
    agent = snapshot.agent(whose.address)
    if agent is None:
        return None
    hook = live_hook(agent)
    if hook is not None and hook.state not in AT_WORK:
        hook = None
    new = Run(
        address=whose.address, runtime=_runtime(heard, proc), mode=MODE, session=whose.session,
        native=heard.native, proc=proc, began=time.time(), log=str(runs.log(whose.local, whose.address)),
        ended=False, seen=snapshot.commit,
    )  # fmt: skip
    if hook is None:
        return new
    new = replace(new, bead=hook.bead, since=hook.since, done=running.steps_over(snapshot, hook))
    if before is not None and (before.bead, before.since) == (hook.bead, hook.since):
        new = replace(new, attempts=before.attempts, starts=before.starts)
    return new


def _runtime(heard: Heard, proc: Proc) -> str:
    """Which program it is, by its name; empty when nothing says so."""
    from gtlib.actions.costs import program_of
    from gtlib.runtimes.presets import presets
    from gtlib.runtimes.strangers import program_name

    named = program_of(heard.transcript) or program_name(procinfo.words(proc.pid))
    return named or (heard.format if heard.format in presets() and heard.format != "claude" else "")
