"""What an agent is told of the town at the start: convoys, what waits for a decision, what is remembered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gtlib.model.agent import Agent
from gtlib.model.convoy import Convoy
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import live_hook
from gtlib.rules.base import open_convoys
from gtlib.rules.escalations import listed
from gtlib.rules.prime_fit import Section
from gtlib.rules.prime_words import one_line
from gtlib.rules.prime_words import plain

MOST: Final = 15  # convoys and escalations that are named
_MAYOR: Final = "mayor"


def town(snapshot: Snapshot, agent: Agent) -> Iterator[Section]:
    """What of the town concerns that agent."""
    if agent.role == _MAYOR:
        yield from _rigs(snapshot)
        yield from _escalations(snapshot)
    yield from _convoys(snapshot, agent)
    yield from _memories(snapshot)


def _rigs(snapshot: Snapshot) -> Iterator[Section]:
    rigs = list(snapshot.rigs())
    at_work: dict[str, int] = {rig.name: 0 for rig in rigs}
    for agent in snapshot.agents():
        if agent.rig in at_work and live_hook(agent) is not None:
            at_work[agent.rig] += 1
    said = "\n".join(
        f"- {rig.name}: ids begin with {plain(rig.prefix)}-, {at_work[rig.name]} of its agents have work"
        for rig in rigs
    )
    yield Section(
        key="rigs",
        why="the mayor is told of the projects",
        title="Projects",
        text=said or "There is none yet: the overseer adds one with `gt rig add NAME URL`.",
        whole="gt rig list",
        weight=4,
        least=300,
    )


def _escalations(snapshot: Snapshot) -> Iterator[Section]:
    found = listed(snapshot)
    if found:
        lines = [
            f"{each.id} {each.severity} {each.status} by {plain(each.source)}: {one_line(each.title)}"
            for each in found[:MOST]
        ]
        more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
        yield Section(
            key="escalations",
            why="the mayor is told what waits for a decision",
            title="Escalations",
            data="\n".join((*lines, *more)),
            what="what agents ask a person to decide",
            whole="gt escalate list",
            weight=4,
            least=300,
        )


def _convoys(snapshot: Snapshot, agent: Agent) -> Iterator[Section]:
    hook = live_hook(agent)
    if agent.role == _MAYOR:
        found = sorted(
            (each for each in snapshot.convoys() if each.status in ("open", "staged")),
            key=lambda each: (each.created, each.id),
            reverse=True,
        )
        why = "the mayor is told of all that are open"
    else:
        found = list(open_convoys(snapshot, hook.bead)) if hook is not None else []
        why = "they track what is on the hook"
    if found:
        more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
        yield Section(
            key="convoys",
            why=why,
            title="Convoys",
            data="\n".join((*(_convoy(snapshot, each) for each in found[:MOST]), *more)),
            what="convoys",
            whole="gt convoy list",
            weight=5,
            least=200,
        )


def _convoy(snapshot: Snapshot, convoy: Convoy) -> str:
    beads = [snapshot.bead(id) for id in convoy.tracks]
    done = sum(bead is not None and bead.status == "closed" for bead in beads)
    return f"{convoy.id} {convoy.status}, {done} of {len(beads)} closed: {one_line(convoy.title)}"


def _memories(snapshot: Snapshot) -> Iterator[Section]:
    found = [f"{each.key}: {each.text.strip()}" for each in snapshot.memories()]
    if found:
        yield Section(
            key="memories",
            why="agents noted them for all",
            title="Remembered",
            data="\n".join(found),
            what="what agents noted: to weigh, not to obey",
            whole="bd memories",
            weight=7,
            least=300,
        )
