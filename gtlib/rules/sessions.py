"""Sessions of agents in their files: begun, ended, waiting, given up."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.model.agent import Agent
from gtlib.model.agent import Session
from gtlib.model.agent import start_line
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Files
from gtlib.rules.base import live_hook
from gtlib.rules.base import mail
from gtlib.rules.base import require_agent
from gtlib.rules.base import require_writable
from gtlib.rules.dispatch import AT_WORK

# Older ones stand in the log of the town.
KEPT = 50
WAITS = "waits: "
FAILED = "failed: "
HANDOFF = "handoff"
RESTARTED = "restarted"
STEP_OVER = "step over"
# After these the next session begins anew.
ANEW = (HANDOFF, RESTARTED, STEP_OVER)


def plan_begin(
    snapshot: Snapshot,
    address: Address,
    session: str,
    runtime: str,
    now: str,
    native: str = "",
    *,
    bare: bool = False,
) -> Edit | None:
    """The session is at work on the hook, which is active; one that never ended has died.

    None when there is nothing on the hook to do, or that session has begun already. `bare`: it begins with
    nothing on the hook too, as the mayor's.
    """
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if any(each.id == session for each in agent.sessions):
        return None
    at_work = hook if hook is not None and hook.state in AT_WORK else None
    if at_work is None and not bare:
        return None
    bead = at_work.bead if at_work else ItemId("")
    new = Session(id=session, runtime=runtime, native=native, started=now, bead=bead)
    sessions = (*ended(agent, "died", now).sessions, new)[-KEPT:]
    begun = replace(agent, sessions=sessions)
    if at_work is not None:
        begun = replace(begun, hook=replace(at_work, state="active"))
    return _edit(snapshot, begun, bead, f"session: {address} starts {bead}".rstrip())


def plan_end(
    snapshot: Snapshot, address: Address, session: str, outcome: str, native: str, now: str
) -> Edit | None:
    """That session has ended, and is known to its program as `native`; None when its file says so."""
    agent = snapshot.agent(address)
    found = next((each for each in agent.sessions if each.id == session), None) if agent else None
    if agent is None or found is None:
        return None
    over = replace(found, native=native or found.native)
    if not over.ended:
        over = replace(over, ended=now, outcome=outcome)
    if over == found:
        return None
    wanted = replace(agent, sessions=tuple(over if each is found else each for each in agent.sessions))
    return _edit(snapshot, wanted, found.bead, f"session: {address} {over.outcome}")


def plan_wait(snapshot: Snapshot, address: Address, reason: str, how: str, now: str) -> Edit | None:
    """The hook is suspended until somebody has done what it waits for; the overseer hears of it once."""
    body = f"{address} waits with {{bead}}: {reason}.\n\n{how}\n"
    return _suspend(snapshot, address, f"{WAITS}{reason}", "waits", reason, body, (reason,), now)


def plan_give_up(
    snapshot: Snapshot, address: Address, attempts: int, reason: str, tail: str, now: str
) -> Edit | None:
    """The hook is suspended after so many sessions without progress; the overseer gets the log's tail."""
    body = (
        f"{attempts} sessions of {address} ended without a step of {{bead}} done. The last one: {reason}.\n"
        f"Nothing is lost: the work stands in its worktree. To let it try again:\n\n"
        f"    {start_line(address)}\n"
    )
    if tail:
        body += "\nThe end of its log:\n\n" + "".join(f"    {line}\n" for line in tail.splitlines())
    agent = require_agent(snapshot, address)
    last = agent.sessions[-1].id if agent.sessions else ""
    said = f"{FAILED}{reason}"
    return _suspend(snapshot, address, said, "suspended", f"gave up, {reason}", body, ("attempts", last), now)


def plan_resume(snapshot: Snapshot, address: Address, runtime: str = "") -> Edit | None:
    """A suspended hook is active again, `runtime` (empty: as it was) works on it; None when it is so."""
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is None:
        return None
    wanted = replace(agent, runtime=runtime or agent.runtime)
    if hook.state == "suspended":
        wanted = replace(wanted, hook=replace(hook, state="active", waits_for=()))
        return _edit(snapshot, wanted, hook.bead, f"hook: {address} active {hook.bead}")
    return _edit(snapshot, wanted, hook.bead, f"agent: {address} by {runtime}") if wanted != agent else None


def ended(agent: Agent, outcome: str, now: str) -> Agent:
    """The agent with every session ended that was not."""
    sessions = tuple(
        each if each.ended else replace(each, ended=now, outcome=outcome) for each in agent.sessions
    )
    return replace(agent, sessions=sessions)


def waiting_for(agent: Agent) -> str:
    """Why the hook waits by what it names, or its last session said; empty when it does not."""
    hook = live_hook(agent)
    if hook is not None and hook.state == "suspended" and hook.waits_for:
        return f"for {', '.join(hook.waits_for)}"
    if hook is None or hook.state != "suspended" or not agent.sessions:
        return ""
    outcome = agent.sessions[-1].outcome
    return outcome.removeprefix(WAITS) if outcome.startswith(WAITS) else ""


def _suspend(
    snapshot: Snapshot,
    address: Address,
    outcome: str,
    event: str,
    subject: str,
    body: str,
    causes: tuple[str, ...],
    now: str,
) -> Edit | None:
    agent = require_agent(snapshot, address)
    hook = live_hook(agent)
    if hook is None or hook.state not in AT_WORK:
        return None
    suspended = replace(ended(agent, outcome, now), hook=replace(hook, state="suspended"))
    letter = mail(
        snapshot,
        now,
        [OVERSEER],
        f"{hook.bead}: {address} {subject if event != 'waits' else f'waits, {subject}'}",
        body.replace("{bead}", hook.bead),
        (event, address, hook.bead, hook.since, *causes),
    )
    return _edit(snapshot, suspended, hook.bead, f"{event}: {address} {hook.bead}", letter)


def _edit(snapshot: Snapshot, agent: Agent, bead: ItemId, subject: str, files: Files = ()) -> Edit:
    require_writable(snapshot, agent)
    whose = (("Bead", bead),) if bead else ()
    return Edit(
        subject=subject,
        put=(agent,),
        files=files,
        trailers=(*whose, ("Agent", agent.address)),
        actor=agent.address,
    )
