"""End an agent's session, and start the next one."""

from __future__ import annotations

from gtlib.actions import session
from gtlib.actions.session import Started
from gtlib.actions.settle import settle
from gtlib.actions.sling import check_runtime
from gtlib.actions.transition import transition
from gtlib.names import Address
from gtlib.rules import sessions
from gtlib.rules.base import live_hook
from gtlib.rules.base import require_agent
from gtlib.runtimes import runs
from gtlib.store.town import Town


def restart(
    town: Town, address: Address, actor: str, now: str, runtime: str = "", *, resume: bool = False
) -> Started:
    """The next session begins anew, or (`resume`) with the history of the one that is ended.

    `runtime` is the program from now on. UserError, and nothing is ended, where none could be started: for an
    unknown agent or runtime, and where nothing is on a hook that wants a session.
    """
    snapshot = town.snapshot()
    check_runtime(runtime, snapshot)
    agent = require_agent(snapshot, address)
    run = runs.read(town.local, address)
    hooked = live_hook(agent) is not None
    if hooked:  # first: as soon as the session is over the deacon may start the next one
        transition(town, lambda current: sessions.plan_resume(current, address, runtime), actor)
    if hooked or agent.role in session.BARE:
        session.stop(town, address, "stopped" if resume else sessions.RESTARTED, again=True)
        settle(town, now)
    # Who has no work was started as somebody asked, so the next one is too.
    again = run.runtime if run is not None and run.session and not hooked else ""
    return session.start(town, address, actor, now, "" if hooked else runtime or again)
