"""When an agent that sits idle is told to look: mail, a nudge, or work that nobody does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from msgspec import Struct

from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.carry_on import ready_for
from gtlib.rules.flow import Flow
from gtlib.rules.stop import why_not
from gtlib.rules.unread import URGENT
from gtlib.rules.unread import unread

MUTED = "muted"
AGAIN_SECONDS = 60.0
MOST_RINGS = 3
# A program that has just started shows an empty prompt too, and one that stops may go on by itself.
START_SECONDS = 10.0
WORK_SECONDS = 20.0


class Ring(Struct, frozen=True):
    """What an idle agent is told for. `key` stays the same as long as it is for the same things."""

    kind: Literal["mail", "nudge", "work"]
    key: str
    words: str


def why_ring(
    snapshot: Snapshot, agent: Agent, shown: Collection[str], nudges: Collection[str]
) -> Ring | None:
    """Why an agent that has stopped is to be told to look; None when it may rest.

    `shown` is the mail that it has seen already, `nudges` those that wait.
    """
    if nudges:
        return Ring("nudge", f"nudge {max(nudges)}", "Look: a nudge waits for you.")
    waiting = [
        message.id
        for _, message in unread(snapshot, agent.address)
        if message.id not in shown
        and not message.quiet
        and (message.priority == URGENT or agent.notify != MUTED)
    ]
    if waiting:
        return Ring("mail", f"mail {max(waiting)} {len(waiting)}", "Look: you have mail (gt mail inbox).")
    hook = live_hook(agent)
    if hook is None or not why_not(snapshot, agent.address, mark=""):
        return None
    step = next_words(snapshot, hook.molecule, agent)
    return (
        Ring("work", f"work {hook.bead} {step}", f"There is work on your hook: {step}. Go on (gt hook).")
        if step
        else None
    )


def quiet_before(ring: Ring, turns: int) -> float:
    """How many seconds the agent must have been silent before it is told; `turns` it was at work."""
    if ring.kind == "work":
        return WORK_SECONDS
    return 0.0 if turns else START_SECONDS


def next_words(snapshot: Snapshot, molecule: ItemId, agent: Agent) -> str:
    """What is to be done next of the molecule, in our own words; empty when that waits for something."""
    found = snapshot.molecule(molecule) if molecule else None
    if found is None:
        return "the bead"
    flow = Flow(snapshot, found)
    if flow.is_complete():
        return "hand it in with gt done"
    step = next(iter(ready_for(flow, agent.address)), None)
    return f"step {step.id}" if step is not None else ""
