from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Session
from gtlib.rules.landing import plan_blocked
from gtlib.rules.landing import plan_conflict
from gtlib.rules.landing import plan_landed
from gtlib.rules.landing import plan_retry
from gtlib.rules.landing import plan_rework
from gtlib.rules.queue import queue
from gtlib.rules.queue import score
from gtlib.rules.registry import run
from gtlib.rules.registry import with_rules
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import convoy
from tests.support.world import crew
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import letters
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import request
from tests.support.world import step
from tests.support.world import world

LANDED = "a" * 40
TOAST = "agents/proj/polecats/toast.md"


def submitted(**keys: Any) -> list[kinds.Item]:
    """A bead that waits in the queue, and all that hangs on it."""
    done = molecule("pr-mol-a", step("a", "done"), bead="pr-x", status="closed", closed=NOW)
    return [
        hooked("pr-x"),
        polecat("toast", hook("pr-x", state="completed", molecule="pr-mol-a"), **keys),
        done,
        convoy("hq-cv-aaaaa", "pr-x", owner="overseer"),
        request("pr-mr-a", "pr-x", convoy="hq-cv-aaaaa"),
    ]


def test_landed_is_one_edit_with_all_that_follows() -> None:
    town = world(*submitted(), request("pr-mr-b", "pr-x", status="rework"))
    edit = with_rules(town, plan_landed(town, "pr-mr-a", LANDED, LANDED, NOW), NOW)
    assert edit is not None
    found = put(edit)
    assert found["merges/pr-mr-a.md"] == request(
        "pr-mr-a",
        "pr-x",
        status="landed",
        landed_commit=LANDED,
        evidence=LANDED,
        applied=True,
        convoy="hq-cv-aaaaa",
    )
    assert found["merges/pr-mr-b.md"].status == "superseded"
    assert found["beads/pr-x.md"] == hooked(
        "pr-x", status="closed", closed=NOW, evidence=LANDED, close_reason="Landed in aaaaaaaaaaaa on main"
    )
    assert found[TOAST].hook.state == "archived"
    assert found["convoys/hq-cv-aaaaa.md"].status == "closed"
    assert letters(edit) == {"overseer": "Convoy landed: Convoy hq-cv-aaaaa"}
    assert edit.subject == "land: pr-mr-a pr-x on main"
    assert ("Change", "convoy: hq-cv-aaaaa landed, 1 of 1") in edit.trailers
    after = committed(town, edit)
    assert run(after, LATER) is None
    assert plan_landed(after, "pr-mr-a", LANDED, LANDED, LATER) is None


def test_closes_of_the_commit_and_what_somebody_else_works_on() -> None:
    town = world(*submitted(), bead("pr-y"), hooked("pr-z", "nux"), polecat("nux", hook("pr-z", "nux")))
    edit = plan_landed(town, "pr-mr-a", LANDED, LANDED, NOW, closes=("pr-y", "pr-z", "pr-gone", "pr-x"))
    found = put(edit)
    assert found["beads/pr-y.md"].status == "closed"
    assert "beads/pr-z.md" not in found
    assert letters(edit) == {"overseer": "Not closed: pr-z"}


def test_a_molecule_with_open_steps_stays_closed_after_landing() -> None:
    items = [each for each in submitted() if kinds.path_of(each) != "molecules/pr-mol-a.md"]
    town = world(*items, molecule("pr-mol-a", step("a"), bead="pr-x"))
    edit = plan_landed(town, "pr-mr-a", LANDED, LANDED, NOW)
    assert edit is not None
    after = committed(town, edit)
    assert after.molecule("pr-mol-a").status == "closed"
    run_after = run(after, NOW)
    assert "molecules/pr-mol-a.md" not in put(run_after)


def test_landing_takes_up_the_next_of_the_queue() -> None:
    person = crew("max", hook("pr-x", state="completed", branch="crew/max", queue=("pr-y",)))
    mine = request("pr-mr-a", "pr-x", agent="proj/crew/max", branch="crew/max")
    town = world(hooked("pr-x"), hooked("pr-y"), person, mine)
    found = put(plan_landed(town, "pr-mr-a", LANDED, LANDED, NOW))["agents/proj/crew/max.md"].hook
    assert (found.bead, found.state, found.queue) == ("pr-y", "created", ())


def test_what_a_person_closed_keeps_their_reason() -> None:
    town = world(
        closed_bead("pr-x", close_reason="by hand"),
        polecat("toast"),
        request("pr-mr-a", "pr-x", status="superseded"),
    )
    found = put(plan_landed(town, "pr-mr-a", LANDED, LANDED, NOW))
    assert (found["beads/pr-x.md"].close_reason, found["beads/pr-x.md"].evidence) == ("by hand", LANDED)


@pytest.mark.parametrize(
    ("runtime", "attempts", "state", "told"),
    [
        ("claude", 0, "active", {"proj/polecats/toast"}),
        ("", 1, "active", {"proj/polecats/toast"}),
        ("claude", 2, "suspended", {"proj/polecats/toast", "overseer"}),
        ("shell", 0, "suspended", {"proj/polecats/toast", "overseer"}),
    ],
)
def test_rework_goes_back_with_what_is_needed(
    runtime: str, attempts: int, state: str, told: set[str]
) -> None:
    *rest, mr = submitted(runtime=runtime)
    town = world(*rest, replace(mr, attempts=attempts))
    edit = plan_rework(
        town, "pr-mr-a", "test", "make test", "boom\n```\n", "git worktree add x; make test", NOW
    )
    found = put(edit)["merges/pr-mr-a.md"]
    assert (found.status, found.attempts, found.reason) == (
        "rework",
        attempts + 1,
        "gate test failed: make test",
    )
    assert found.log == "boom\n```\n"
    assert put(edit)[TOAST].hook == hook("pr-x", state=state, molecule="pr-mol-a")
    assert letters(edit) == dict.fromkeys(told, "FIX_NEEDED pr-x")
    after = committed(town, edit)
    ((_, message),) = after.mail("proj/polecats/toast", "new")
    assert message.body.rstrip() == (
        "Branch: polecat/toast/pr-x\nIssue: pr-x\nPolecat: proj/polecats/toast\nRig: proj\nTarget: main\n"
        f"Failed-At: {NOW}\nFailure-Type: tests\nMR-Bead-ID: pr-mr-a\nAttempt-Number: {attempts + 1}\n"
        "Error: the gate 'test' failed\nCommand: make test\nReproduce: git worktree add x; make test\n\n"
        "````\nboom\n```\n````"
    )
    assert run(after, NOW) is None


def test_what_the_shell_ran_is_not_tried_again_as_it_is() -> None:
    """Whatever the agent's file says: the last session shows what did the work."""
    sessions = (Session(id="s1", runtime="shell", started=NOW),)
    town = world(*submitted(sessions=sessions))
    edit = plan_conflict(town, "pr-mr-a", ("a.py",), LANDED, "git merge origin/main", NOW)
    assert put(edit)[TOAST].hook.state == "suspended"
    assert letters(edit) == dict.fromkeys(("proj/polecats/toast", "overseer"), "FIX_NEEDED pr-x")


def test_conflict_names_the_paths() -> None:
    edit = plan_conflict(
        world(*submitted()), "pr-mr-a", ("a.py", "b.py"), LANDED, "git merge origin/main", NOW
    )
    found = put(edit)["merges/pr-mr-a.md"]
    assert (found.status, found.reason) == ("conflict", "conflicts in a.py, b.py")


def test_blocked_says_so_once() -> None:
    town = world(*submitted())
    edit = plan_blocked(town, "pr-mr-a", "the checkout is dirty", NOW)
    assert edit is not None
    assert letters(edit) == {"overseer": "Landing waits: pr-x"}
    ((_, letter),) = edit.files
    assert letter.endswith(
        "can't land on main:\n\nthe checkout is dirty\n\n"
        "If it does not go on by itself once that is mended: gt mq retry pr-mr-a\n"
    )
    after = committed(town, edit)
    assert plan_blocked(after, "pr-mr-a", "the checkout is dirty", LATER) is None
    assert queue(after, "proj", NOW) == []
    again = plan_retry(after, "pr-mr-a", "deacon")
    assert again is not None
    wanted = request("pr-mr-a", "pr-x", convoy="hq-cv-aaaaa")
    assert queue(after.with_edit(again), "proj", NOW) == [wanted]


def test_retry_refuses_what_is_over() -> None:
    with pytest.raises(UserError, match="pr-mr-b is superseded"):
        plan_retry(world(request("pr-mr-b", "pr-x", status="superseded")), "pr-mr-b", "overseer")
    with pytest.raises(UserError, match="no merge request pr-mr-c"):
        plan_landed(world(), "pr-mr-c", LANDED, LANDED, NOW)


def test_score() -> None:
    found = request("pr-mr-a", "pr-x", convoy="hq-cv-aaaaa", attempts=1, created="2026-11-20T06:00:00Z")
    town = world(
        bead("pr-x", priority=1), found, convoy("hq-cv-aaaaa", "pr-x", created="2026-11-20T05:00:00Z")
    )
    assert score(town, found, NOW) == 1000 + 10 * 3 + 100 * 3 - 50 + 2
    assert score(town, replace(found, attempts=9), NOW) == 1000 + 30 + 300 - 300 + 2


def test_queue_order_and_what_is_in_it() -> None:
    town = world(
        bead("pr-a"),
        bead("pr-b", priority=0),
        bead("pr-c"),
        closed_bead("pr-d"),
        request("pr-mr-a", "pr-a"),
        request("pr-mr-b", "pr-b", status="testing"),
        request("pr-mr-c", "pr-c", status="rework"),
        request("pr-mr-d", "pr-d"),
        request("pr-mr-e", "pr-a", rig="other"),
        request("pr-mr-f", "pr-a", applied=True),
    )
    assert [each.id for each in queue(town, "proj", NOW)] == ["pr-mr-b", "pr-mr-a"]
