"""Hand a session's work to a fresh one of the same agent: the note is saved first, or nothing happens."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions import running
from gtlib.actions.send import send
from gtlib.actions.session_spec import folder_of
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import handoff_note
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import holds
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.rules.find import find_bead
from gtlib.rules.post import Letter
from gtlib.rules.prime_mail import HANDOFF
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import git
from gtlib.system import process
from gtlib.system.process import Proc

COOLDOWN_SECONDS = 120.0
MODULE = "gtlib.actions.successor"
_MARK = ".handoff"  # its time is that of the last hand-off, and it holds the helper's process


class Target(Struct, frozen=True):
    """Whose session is handed over, and (or "") the bead that goes onto the hook first."""

    address: Address
    bead: str = ""


class Handoff(Struct, frozen=True, kw_only=True):
    """What a hand-off is, or would be. `session` is the one that ends, empty when none runs here.

    `note` is the id of the message, empty before it is sent. `dirty` are files of the worktree that are not
    committed: they stay there. `how` is who starts the next session: gt, or a person.
    """

    address: str
    subject: str
    body: str
    session: str
    runtime: str
    mode: str
    how: str
    hook_bead: str
    dirty: tuple[str, ...]
    note: str = ""


def target(snapshot: Snapshot, actor: Address, standing: str, words: str) -> Target:
    """Whom `words` mean: an agent, or a bead for the actor's own hook; nothing: the actor.

    `standing` is the crew worktree that the overseer stands in, or "". UserError for nobody, and for somebody
    else's session, unless the overseer or the mayor asks.
    """
    me = Address(standing) if standing and actor == OVERSEER else actor
    named = look_up(known_addresses(snapshot), words) if words else None
    if named is not None and named != OVERSEER:
        if named != me and actor not in (OVERSEER, MAYOR):
            raise UserError(f"{named} is not you ({actor})", "hand off your own session: gt handoff")
        return Target(named)
    if me == OVERSEER:
        hint = (
            "say whose session: gt handoff mayor" if not words else f"gt sling {words} RIG puts it on a hook"
        )
        raise UserError("you are the overseer, who has no session", hint)
    return Target(me, find_bead(snapshot, words).id if words else "")


def look(town: Town, who: Target, said: str, body: str, *, git_check: bool = True) -> Handoff:
    """What a hand-off would be. UserError for who handed off a moment ago, or works on another host."""
    snapshot = town.snapshot()
    agent = require_agent(snapshot, who.address)
    if agent.host not in ("", town.host):
        raise UserError(f"{agent.address} works on {agent.host}, this is {town.host}", "hand off there")
    left = COOLDOWN_SECONDS - (time.time() - _last(town.local, who.address))
    if 0 < left <= COOLDOWN_SECONDS:
        what = f"{agent.address} handed off {COOLDOWN_SECONDS - left:.0f} s ago"
        raise UserError(what, f"work on with what the note says, or try again in {left:.0f} s")
    run = _live(town.local, who.address)
    hook = live_hook(agent)
    return Handoff(
        address=agent.address,
        subject=handoff_note.subject(snapshot, agent.address, said, who.bead),
        body=body,
        session=run.session if run else "",
        runtime=run.runtime if run else agent.runtime,
        mode=run.mode if run else "",
        how="gt" if run is not None and run.mode != "manual" else "a person",
        hook_bead=who.bead or (hook.bead if hook else ""),
        dirty=_dirty(folder_of(town, agent, hook)) if git_check and agent.rig else (),
    )


def handoff(town: Town, who: Target, planned: Handoff, actor: Address, cwd: Path) -> Handoff:
    """Hook the bead, save the note, and leave the rest to a helper that outlives this process.

    The helper ends the session as soon as this process has ended, and starts the next one, which is told
    the note. UserError, and no session is ended, when bead or note can't be saved.
    """
    if who.bead and who.bead not in holds(_agent(town, who.address)):
        sling(town, who.bead, who.address, Wish(), cwd, actor)
    letter = Letter(
        to=(who.address,), subject=planned.subject, body=planned.body, type=HANDOFF, priority=1, quiet=True
    )
    note = send(town, letter, actor)
    run = _live(town.local, who.address)
    if run is not None and run.mode != "manual":
        helper = _leave_to_helper(town, who.address, run, note.id)
        runs.path(town.local, who.address, _MARK).write_bytes(msgspec.json.encode(helper))
    return replace(planned, note=note.id)


def helpers(local: Path) -> tuple[Proc, ...]:
    """Those that are at work in the town with that local folder."""
    found = []
    for path in runs.folder(local).glob(f"*{_MARK}"):
        with contextlib.suppress(msgspec.DecodeError, FileNotFoundError):  # about to be written
            found.append(msgspec.json.decode(path.read_bytes(), type=Proc))
    return tuple(each for each in found if process.alive(each))


def _leave_to_helper(town: Town, address: Address, run: Run, note: str) -> Proc:
    me = process.current()
    # Without what names the session: its end would be the helper's own.
    env = dict.fromkeys(("GT_ROLE", "GT_BEAD", "GT_SESSION", "GT_NATIVE_SESSION", "TMUX", "TMUX_PANE"))
    asked = "" if run.bead else run.runtime
    words = (str(town.root), address, run.session, note, str(me.pid), me.started, asked)
    return process.spawn(process.python(MODULE, *words), town.root, env, runs.log(town.local, "handoff"))


def _agent(town: Town, address: Address) -> Agent:
    return require_agent(town.snapshot(), address)


def _live(local: Path, address: Address) -> Run | None:
    run = runs.read(local, address)
    return run if run is not None and running.is_alive(run) else None


def _last(local: Path, address: Address) -> float:
    try:
        return os.stat(runs.path(local, address, _MARK)).st_mtime
    except FileNotFoundError:
        return 0.0


def _dirty(folder: Path) -> tuple[str, ...]:
    """Files that are not committed; nothing where git can't tell, which ends no work."""
    if not (folder / ".git").exists():
        return ()
    done = git.run([*git.RIG_FLAGS, "status", "--porcelain", "-z", "--no-renames"], folder, check=False)
    return tuple(line[3:] for line in done.out.decode("utf-8", "replace").split("\0") if line)
