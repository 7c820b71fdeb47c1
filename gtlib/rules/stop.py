"""Whether an agent's program may stop: not while there is work on the hook that it can go on with."""

from __future__ import annotations

from typing import Final

from gtlib.framing import explain
from gtlib.framing import frame
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import live_hook
from gtlib.rules.carry_on import whose
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.references import escalations
from gtlib.rules.steps import how_far

MOST: Final = 5  # refusals in a row that bring no progress; programs would go on refusing for ever
TEXT_CHARS: Final = 1500
_AT_WORK: Final = ("hooked", "in_progress", "open")
_STUCK: Final = (
    "If only a person can help: gt escalate. If your context is full: gt handoff. Then you may stop."
)


def why_not(snapshot: Snapshot, address: Address, mark: str, session: str = "") -> str:
    """Why the program of that agent may not stop now, with what it has to do; empty when it may.

    It may when nothing is on the hook, or what is there is suspended, handed in or over, waits for something
    else, or for a person who was asked; and when `session` was ended, as after a handoff.
    """
    agent = snapshot.agent(address)
    hook = live_hook(agent) if agent is not None else None
    if agent is None or hook is None or hook.state not in AT_WORK or _is_ended(agent, session):
        return ""
    bead = snapshot.bead(hook.bead)
    if bead is None or bead.status not in _AT_WORK or _is_asked(snapshot, address, hook):
        return ""
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is None:
        what = f"{hook.bead} is on your hook and is not handed in. `gt hook` shows it."
        return f"{what} Do it, commit it, then hand it in with `gt done`. {_STUCK}"
    flow = Flow(snapshot, molecule)
    step = next((each for each in flow.each_ready() if whose(flow, each) in ("", address)), None)
    if step is not None:
        return _step(flow, step, mark)
    if all(flow.state(id) in OVER for id in flow.ids):
        what = f"All steps of {hook.bead} are over, but it is not handed in."
        return f"{what} Commit what is left, then run `gt done`. {_STUCK}"
    return ""  # it waits: a gate, a condition, another agent, a failed step


def standing(snapshot: Snapshot, address: Address, tip: str) -> str:
    """Where the work stands, so that progress is seen: the hook, the steps that are over, the branch."""
    agent = snapshot.agent(address)
    hook = (agent.hook if agent is not None else None) or Hook()
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    over = ""
    if molecule is not None:
        flow = Flow(snapshot, molecule)
        over = str(sum(flow.state(id) != "open" for id in flow.ids))
    return " ".join((hook.bead, hook.state, hook.since, over, tip))


def reached(stood: str) -> tuple[str, int]:
    """What `standing` said of the assignment, and how many steps were over: what no commit changes."""
    bead, _, since, over, _ = stood.split(" ")
    return f"{bead} {since}".strip(), int(over or 0)


def _step(flow: Flow, step: Step, mark: str) -> str:
    text = f"{step.title}\n\n{step.text}".strip()
    cut = text if len(text) <= TEXT_CHARS else f"{text[:TEXT_CHARS]} ..."
    return (
        f"There is work on your hook: step {step.id} of {flow.molecule.id} is open ({how_far(flow)}).\n\n"
        f"{explain(mark)}\n\n{frame(f'step {step.id}', cut, mark)}\n\n"
        f'Do it, then say so in a commit: git commit -m "what and why" --trailer "Step: {step.id}". '
        f"`gt mol current` shows the step after it; after the last one hand in with `gt done`. {_STUCK}"
    )


def _is_ended(agent: Agent, session: str) -> bool:
    return any(each.id == session and each.ended for each in agent.sessions)


def _is_asked(snapshot: Snapshot, address: Address, hook: Hook) -> bool:
    """Whether a person was asked by the agent about its work, and has not answered."""
    return any(
        each.status != "closed"
        and each.source == address
        and (hook.bead in each.related or (not each.related and each.created >= hook.since))
        for each in escalations(snapshot)
    )
