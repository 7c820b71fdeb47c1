"""What an agent has done: its work by how it ended, from its file, merge requests and beads."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from msgspec import Struct

from gtlib.model.agent import Agent
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import holds
from gtlib.rules.base import instant
from gtlib.rules.sessions import FAILED

RECENT = 10
LANDED = "landed"
Outcome = Literal["completed", "failed", "abandoned", "at work"]


class Work(Struct, frozen=True, kw_only=True):
    """One bead that the agent worked on. `minutes` from its first session to the hand-in that landed."""

    bead: str
    title: str
    type: str
    outcome: Outcome
    ended: str
    minutes: float | None = None


class CV(Struct, frozen=True, kw_only=True):
    """Rates and times are None where there is nothing to take them from. `sessions` are those of its file.

    `languages` counts files that its landed branches changed; `created` is when its file was made.
    """

    rig: str
    name: str
    address: str
    formerly: tuple[str, ...]
    created: str
    sessions: int
    issues_completed: int
    issues_failed: int
    issues_abandoned: int
    first_pass_rate: float | None
    avg_completion_minutes: float | None
    work_types: dict[str, int]
    languages: dict[str, int]
    last_active: str
    recent_work: tuple[Work, ...]


def cv(snapshot: Snapshot, agent: Agent) -> CV:
    """Without what only git knows: `created` and `languages` are empty."""
    done = landed(snapshot, agent)
    work = _work(snapshot, agent, done)
    by = Counter(each.outcome for each in work)
    minutes = [each.minutes for each in work if each.minutes is not None]
    sessions = agent.sessions
    return CV(
        rig=agent.rig,
        name=agent.address.rpartition("/")[2],
        address=agent.address,
        formerly=agent.formerly,
        created="",
        sessions=len(sessions),
        issues_completed=by["completed"],
        issues_failed=by["failed"],
        issues_abandoned=by["abandoned"],
        first_pass_rate=round(sum(each.attempts == 0 for each in done) / len(done), 3) if done else None,
        avg_completion_minutes=round(sum(minutes) / len(minutes), 1) if minutes else None,
        work_types=dict(sorted(Counter(each.type for each in work if each.type).items())),
        languages={},
        last_active=max((each.ended or each.started for each in sessions), default=""),
        recent_work=tuple(work[:RECENT]),
    )


def landed(snapshot: Snapshot, agent: Agent) -> list[MergeRequest]:
    """The agent's merge requests that have landed, the newest first."""
    names = (agent.address, *agent.formerly)
    found = [each for each in snapshot.merges() if each.status == LANDED and each.agent in names]
    return sorted(found, key=lambda each: (each.created, each.id), reverse=True)


def _work(snapshot: Snapshot, agent: Agent, done: list[MergeRequest]) -> list[Work]:
    """What it worked on, the last first."""
    names = (agent.address, *agent.formerly)
    ids = {each.bead for each in agent.sessions if each.bead} | {each.bead for each in done if each.bead}
    ids |= {each.bead for each in snapshot.merges() if each.agent in names and each.bead}
    ids |= {bead.id for bead in snapshot.beads() if bead.status == "closed" and bead.assignee in names}
    found = [_one(snapshot, agent, id, done) for id in ids]
    return sorted(found, key=lambda each: (each.ended, each.bead), reverse=True)


def _one(snapshot: Snapshot, agent: Agent, id: ItemId, done: list[MergeRequest]) -> Work:
    names = (agent.address, *agent.formerly)
    bead = snapshot.bead(id)
    sessions = [each for each in agent.sessions if each.bead == id]
    request = next((each for each in done if each.bead == id), None)
    began = instant(min((each.started for each in sessions if each.started), default=""))
    handed_in = instant(request.created) if request else None
    ended = max((each.ended for each in sessions), default="") or (request.created if request else "")
    outcome: Outcome = "abandoned"
    if request or (bead is not None and bead.status == "closed" and bead.assignee in names):
        outcome = "completed"
    elif id in holds(agent):
        outcome = "at work"
    elif any(each.outcome.startswith(FAILED.strip(": ")) for each in sessions) or any(
        each.bead == id and each.agent in names and each.status == "rejected" for each in snapshot.merges()
    ):
        outcome = "failed"
    return Work(
        bead=id,
        title=bead.title if bead else "",
        type=bead.type if bead else "",
        outcome=outcome,
        ended=ended,
        minutes=max(0.0, round((handed_in - began).total_seconds() / 60, 1)) if handed_in and began else None,
    )
