from __future__ import annotations

from gtlib.model.agent import Agent
from gtlib.rules.dispatch import Wanted
from gtlib.rules.dispatch import wanted
from tests.support.world import HOST
from tests.support.world import closed_bead
from tests.support.world import crew
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import polecat
from tests.support.world import request
from tests.support.world import world


def kinds_of(*agents: Agent) -> list[tuple[str, str]]:
    town = world(hooked("pr-x"), closed_bead("pr-y"), *agents)
    return [(each.kind, each.address) for each in wanted(town, HOST)]


def test_a_hook_wants_worktree_and_session() -> None:
    town = world(hooked("pr-x"), polecat("toast", hook("pr-x", molecule="pr-mol-a"), runtime="shell"))
    about = {
        "rig": "proj",
        "address": "proj/polecats/toast",
        "bead": "pr-x",
        "molecule": "pr-mol-a",
        "branch": "polecat/toast/pr-x",
        "worktree": "proj/polecats/toast",
        "runtime": "shell",
    }
    assert wanted(town, HOST) == (Wanted(kind="worktree", **about), Wanted(kind="session", **about))


def test_who_wants_what() -> None:
    name = "proj/polecats/toast"
    both = [("worktree", name), ("session", name)]
    assert kinds_of(polecat("toast", hook("pr-x", state="created"))) == both
    assert kinds_of(polecat("toast", hook("pr-x", state="suspended"))) == both[:1]
    assert kinds_of(polecat("toast", hook("pr-x", state="completed"))) == both[:1]
    assert kinds_of(polecat("toast", hook("pr-x", state="archived"))) == []
    assert kinds_of(polecat("toast", hook("pr-x"), runtime="manual")) == both[:1]
    assert kinds_of(polecat("toast", hook("pr-x"), host="there")) == []
    assert kinds_of(polecat("toast", hook("pr-x"), rig="gone")) == []
    assert kinds_of(polecat("toast", hook("pr-y"))) == both[:1]
    assert kinds_of(polecat("toast", hook("pr-gone"))) == both[:1]
    assert kinds_of(polecat("toast")) == []
    assert kinds_of(crew("max", hook("pr-x"))) == [("worktree", "proj/crew/max")]
    assert kinds_of(crew("max", hook("pr-x"), runtime="claude"))[1:] == [("session", "proj/crew/max")]


def test_a_refinery_runs_at_home_for_rigs_with_something_ready() -> None:
    town = world(request("pr-mr-a", "pr-x"), request("pr-mr-b", "pr-x", rig="other"))
    assert wanted(town, HOST) == (Wanted(kind="merge", rig="proj"),)
    assert wanted(town, "there") == ()
    assert wanted(world(request("pr-mr-a", "pr-x", status="rework")), HOST) == ()
