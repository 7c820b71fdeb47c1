"""What an agent has done, by how it ended."""

from __future__ import annotations

from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.model.bead import Bead
from gtlib.model.merge import MergeRequest
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.cv import Work
from gtlib.rules.cv import cv
from tests.support.world import world

TOAST = Address("proj/polecats/toast")
NUX = "proj/polecats/nux"


def session(id: str, bead: str, began: str, ended: str, outcome: str) -> Session:
    day = "2026-11-20T"
    return Session(
        id=id,
        runtime="claude",
        started=f"{day}{began}Z",
        ended=f"{day}{ended}Z",
        bead=ItemId(bead),
        outcome=outcome,
    )


def bead(id: str, **fields: str) -> Bead:
    return Bead(id=ItemId(id), title=f"Title of {id}", **fields)  # type: ignore[arg-type]


def request(id: str, bead: str, agent: str = TOAST, **fields: object) -> MergeRequest:
    return MergeRequest(id=ItemId(id), rig="proj", bead=ItemId(bead), agent=agent, **fields)  # type: ignore[arg-type]


def test_nobody_has_done_nothing() -> None:
    found = cv(world(), Agent(address=TOAST))
    assert (found.sessions, found.issues_completed, found.first_pass_rate, found.avg_completion_minutes) == (
        0,
        0,
        None,
        None,
    )
    assert (found.recent_work, found.last_active) == ((), "")


def test_work_by_how_it_ended() -> None:
    agent = Agent(
        address=TOAST,
        formerly=(NUX,),
        hook=Hook(state="active", bead=ItemId("pr-now1")),
        sessions=(
            session("s-1", "pr-done1", "08:00:00", "08:10:00", "died"),
            session("s-2", "pr-done1", "08:10:00", "08:30:00", "submitted"),
            session("s-3", "pr-fail1", "09:00:00", "09:05:00", "failed: no idea"),
            session("s-4", "pr-left1", "10:00:00", "10:05:00", "stopped"),
            session("s-5", "pr-now1", "11:00:00", "11:05:00", "handoff"),
        ),
    )
    town = world(
        agent,
        bead("pr-done1", status="closed", type="bug"),
        bead("pr-old1", status="closed"),
        bead("pr-fail1"),
        bead("pr-left1"),
        bead("pr-now1", status="hooked"),
        bead("pr-hand1", status="closed", assignee=TOAST),
        request("pr-mr-1", "pr-done1", status="landed", created="2026-11-20T08:30:00Z", attempts=1),
        request("pr-mr-2", "pr-old1", NUX, status="landed", created="2026-11-19T08:30:00Z"),
        request("pr-mr-3", "pr-rej1", status="rejected", created="2026-11-18T08:30:00Z"),
        request("pr-mr-4", "pr-other1", "proj/polecats/slit", status="landed"),
    )

    found = cv(town, agent)

    assert {work.bead: work.outcome for work in found.recent_work} == {
        "pr-now1": "at work", "pr-left1": "abandoned", "pr-fail1": "failed", "pr-done1": "completed",
        "pr-old1": "completed", "pr-rej1": "failed", "pr-hand1": "completed",
    }  # fmt: skip
    assert (found.issues_completed, found.issues_failed, found.issues_abandoned) == (3, 2, 1)
    assert (found.first_pass_rate, found.avg_completion_minutes) == (0.5, 30.0)
    assert found.work_types == {"bug": 1, "task": 5}
    assert found.last_active == "2026-11-20T11:05:00Z"
    assert found.recent_work[3] == Work(
        bead="pr-done1",
        title="Title of pr-done1",
        type="bug",
        outcome="completed",
        ended="2026-11-20T08:30:00Z",
        minutes=30.0,
    )
