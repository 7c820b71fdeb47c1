from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.registry import run
from gtlib.rules.submit import plan_submit
from tests.support.world import BASE
from tests.support.world import COMMIT
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import closed_bead
from tests.support.world import committed
from tests.support.world import convoy
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import request
from tests.support.world import step
from tests.support.world import world

TOAST = Address("proj/polecats/toast")


def submit(snapshot: Snapshot, commit: str = COMMIT, now: str = NOW) -> Edit | None:
    return plan_submit(snapshot, TOAST, commit, BASE, "main", now)


def test_makes_a_request_and_completes_the_hook() -> None:
    town = world(hooked("pr-x"), polecat("toast", hook("pr-x")), convoy("hq-cv-aaaaa", "pr-x"))
    edit = submit(town)
    found = put(edit)
    (path,) = [path for path in found if path.startswith("merges/pr-mr-")]
    id = path[len("merges/") : -len(".md")]
    assert found[path] == request(id, "pr-x", convoy="hq-cv-aaaaa", created=NOW)
    assert found["agents/proj/polecats/toast.md"].hook == hook("pr-x", state="completed")
    assert edit is not None
    after = committed(town, edit)
    assert after.bead("pr-x") == hooked("pr-x")
    assert run(after, NOW) is None
    assert submit(after, now=LATER) is None


def test_a_new_commit_supersedes_the_older_request_and_keeps_the_count() -> None:
    town = world(
        hooked("pr-x"),
        polecat("toast", hook("pr-x")),
        request("pr-mr-old", "pr-x", status="rework", attempts=2),
    )
    found = put(submit(town, "d" * 40))
    assert found["merges/pr-mr-old.md"].status == "superseded"
    (new,) = [item for path, item in found.items() if path.startswith("merges/") and "old" not in path]
    assert (new.status, new.attempts, new.source_commit) == ("ready", 2, "d" * 40)


def test_the_same_commit_again_after_rework_is_ready_again() -> None:
    town = world(hooked("pr-x"), polecat("toast", hook("pr-x")))
    (made,) = [item for path, item in put(submit(town)).items() if path.startswith("merges/")]
    back = request(made.id, "pr-x", status="rework", attempts=1, log="it broke", created=NOW)
    found = put(submit(world(hooked("pr-x"), polecat("toast", hook("pr-x")), back)))
    again = found[f"merges/{made.id}.md"]
    assert (again.status, again.attempts, again.reason) == ("ready", 1, "")


@pytest.mark.parametrize(
    ("snapshot", "what"),
    [
        (world(), "no agent proj/polecats/toast"),
        (world(polecat("toast")), "nothing is on the hook of proj/polecats/toast"),
        (world(polecat("toast", hook("pr-x", state="archived"))), "nothing is on the hook"),
        (world(closed_bead("pr-x"), polecat("toast", hook("pr-x"))), "pr-x is closed"),
        (
            world(
                hooked("pr-x"),
                polecat("toast", hook("pr-x", molecule="pr-mol-a")),
                molecule("pr-mol-a", step("a", "done"), step("b"), step("c", "failed")),
            ),
            "pr-mol-a has 2 open steps: b, c",
        ),
    ],
)
def test_refusals(snapshot: Snapshot, what: str) -> None:
    with pytest.raises(UserError) as error:
        submit(snapshot)
    assert error.value.what.startswith(what)


def test_no_commit_of_its_own() -> None:
    with pytest.raises(UserError, match="has no commit of its own"):
        submit(world(hooked("pr-x"), polecat("toast", hook("pr-x"))), BASE)
