"""When an agent that sits idle is told to look: mail, a nudge, or work that nobody does."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
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
# Less than the deacon waits between two looks, or every second look would come too early.
AGAIN_SECONDS = 55.0
MOST_RINGS = 3
# A program that has just started shows an empty prompt too, and one that stops may go on by itself.
START_SECONDS = 10.0
WORK_SECONDS = 20.0


class Ring(Struct, frozen=True):
    """What an idle agent is told for. `key` stays the same as long as it is for the same things."""

    kind: Literal["mail", "nudge", "work"]
    key: str
    words: str


class Rung(Struct, frozen=True):
    """How often it was told for one kind of reason, of the same things (`key`), and when last, in seconds."""

    key: str
    count: int
    at: float


def reasons(
    snapshot: Snapshot, agent: Agent, shown: Collection[str], nudges: Collection[str]
) -> tuple[Ring, ...]:
    """Why an agent that has stopped is to be told to look, one of a kind; none when it may rest.

    `shown` is the mail that it has seen already, `nudges` those that wait.
    """
    found = (_nudge(nudges), _mail(snapshot, agent, shown), _work(snapshot, agent))
    return tuple(ring for ring in found if ring is not None)


def next_ring(found: Sequence[Ring], rung: Mapping[str, Rung], now: float) -> Ring | None:
    """What it is told of now: of what it was not told too often or just now, the kind longest ago."""
    may = [each for each in found if not is_unheard(each, rung) and not is_fresh(each, rung, now)]
    return min(may, key=lambda each: rung[each.kind].at if each.kind in rung else 0.0, default=None)


def is_unheard(ring: Ring, rung: Mapping[str, Rung]) -> bool:
    """Whether it was told of that as often as it may be."""
    last = rung.get(ring.kind)
    return last is not None and last.key == ring.key and last.count >= MOST_RINGS


def is_fresh(ring: Ring, rung: Mapping[str, Rung], now: float) -> bool:
    """Whether it was told of that a moment ago."""
    last = rung.get(ring.kind)
    return last is not None and last.key == ring.key and now - last.at < AGAIN_SECONDS


def told(ring: Ring, rung: Mapping[str, Rung], now: float) -> dict[str, Rung]:
    """With one time more."""
    last = rung.get(ring.kind)
    count = last.count + 1 if last is not None and last.key == ring.key else 1
    return {**rung, ring.kind: Rung(ring.key, count, now)}


def _nudge(nudges: Collection[str]) -> Ring | None:
    return Ring("nudge", f"nudge {max(nudges)}", "Look: a nudge waits for you.") if nudges else None


def _mail(snapshot: Snapshot, agent: Agent, shown: Collection[str]) -> Ring | None:
    waiting = [
        message.id
        for _, message in unread(snapshot, agent.address)
        if message.id not in shown
        and not message.quiet
        and (message.priority == URGENT or agent.notify != MUTED)
    ]
    if not waiting:
        return None
    return Ring("mail", f"mail {max(waiting)} {len(waiting)}", "Look: you have mail (gt mail inbox).")


def _work(snapshot: Snapshot, agent: Agent) -> Ring | None:
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
