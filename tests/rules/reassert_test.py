from __future__ import annotations

import pytest

from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.names import ItemId
from gtlib.rules.reassert import reassert
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
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

X = "beads/pr-x.md"
TOAST = "agents/proj/polecats/toast.md"


@pytest.mark.parametrize("state", ["created", "active", "suspended", "completed"])
def test_a_bead_on_a_live_hook_says_so(state: str) -> None:
    town = world(bead("pr-x"), polecat("toast", hook("pr-x", state=state)))
    edit = reassert(town, NOW)
    assert put(edit) == {X: hooked("pr-x")}
    assert edit is not None
    assert reassert(town.with_edit(edit), NOW) is None


@pytest.mark.parametrize(
    "found",
    [
        hooked("pr-x"),
        hooked("pr-x", status="in_progress"),
        hooked("pr-x", status="blocked"),
        hooked("pr-x", status="deferred"),
    ],
)
def test_other_states_that_a_person_gave_stay(found: kinds.Item) -> None:
    assert reassert(world(found, polecat("toast", hook("pr-x"))), NOW) is None


@pytest.mark.parametrize(
    ("found", "agents", "freed"),
    [
        (hooked("pr-x"), [polecat("toast")], True),
        (hooked("pr-x"), [polecat("toast", hook("pr-x", state="archived"))], True),
        (hooked("pr-x"), [polecat("toast", hook("pr-y"))], True),
        # the agent's file was deleted
        (hooked("pr-x"), [], True),
        (bead("pr-x", status="hooked"), [], True),
        (bead("pr-x", status="hooked", updated="2026-01-05T10:00:00Z"), [], False),
        # not an agent of this town
        (bead("pr-x", status="hooked", assignee="elsewhere/polecats/toast"), [], False),
        (bead("pr-x", status="hooked", assignee="overseer"), [], False),
        (bead("pr-x", status="open", assignee="proj/polecats/toast"), [polecat("toast")], False),
        (hooked("pr-x", status="in_progress"), [polecat("toast")], False),
        (closed_bead("pr-x", assignee="proj/polecats/toast"), [polecat("toast")], False),
    ],
)
def test_hooked_on_no_hook_is_free(found: kinds.Item, agents: list[kinds.Item], freed: bool) -> None:
    town = world(found, *agents)
    assert put(reassert(town, NOW)) == ({X: bead("pr-x")} if freed else {})


def test_an_agent_whose_file_never_parsed_keeps_its_bead() -> None:
    assert reassert(world(hooked("pr-x"), files={TOAST: "---\naddress: [\n---\n"}), NOW) is None


def test_a_freed_bead_frees_its_molecule() -> None:
    mine = molecule("pr-mol-a", step("a"), bead="pr-x", assignee="proj/polecats/toast")
    found = put(reassert(world(hooked("pr-x"), polecat("toast"), mine), NOW))
    assert found["molecules/pr-mol-a.md"].assignee == ""


@pytest.mark.parametrize(
    ("named", "keeper", "other"),
    [("nux", "nux", "toast"), ("gone", "nux", "toast"), ("toast", "toast", "nux")],
)
def test_one_keeps_the_bead_and_the_others_are_told(named: str, keeper: str, other: str) -> None:
    """The one that the bead names, else the first by name: no clock decides."""
    town = world(
        hooked("pr-x", named),
        polecat("toast", hook("pr-x", since="2026-11-20T06:00:00Z")),
        polecat("nux", hook("pr-x", "nux", since="2026-11-20T07:00:00Z")),
        crew("max", hook("pr-y", since="2026-11-20T05:00:00Z", queue=("pr-x",))),
    )
    edit = reassert(town, NOW)
    assert edit is not None
    found = put(edit)
    after = town.with_edit(edit)
    assert found[f"agents/proj/polecats/{other}.md"].hook.state == "archived"
    assert found["agents/proj/crew/max.md"].hook.queue == ()
    assert f"agents/proj/polecats/{keeper}.md" not in found
    assert after.bead(ItemId("pr-x")) == hooked("pr-x", keeper)
    subject = f"pr-x is on the hook of proj/polecats/{keeper}"
    assert letters(edit) == {f"proj/polecats/{other}": subject, "proj/crew/max": subject}
    assert reassert(after, NOW) is None


def test_a_persons_close_is_obeyed() -> None:
    town = world(
        bead("pr-x", status="closed"),
        polecat("toast", hook("pr-x", state="completed")),
        request("pr-mr-a", "pr-x"),
    )
    edit = reassert(town, NOW)
    found = put(edit)
    assert found[X] == hooked("pr-x", status="closed", closed=NOW, close_reason="by hand")
    assert found[TOAST].hook == hook("pr-x", state="archived")
    assert (found["merges/pr-mr-a.md"].status, found["merges/pr-mr-a.md"].reason) == (
        "superseded",
        "bead closed: by hand",
    )
    assert edit is not None
    assert reassert(town.with_edit(edit), NOW) is None


def test_the_next_of_the_queue_comes_up() -> None:
    town = world(
        closed_bead("pr-x"),
        hooked("pr-y", assignee="proj/crew/max"),
        crew("max", hook("pr-x", branch="crew/max", queue=("pr-y",))),
        molecule("pr-mol-a", step("a"), bead="pr-y", assignee="proj/crew/max"),
    )
    found = put(reassert(town, NOW))["agents/proj/crew/max.md"].hook
    assert (found.bead, found.molecule, found.state, found.since) == ("pr-y", "pr-mol-a", "created", NOW)


def test_what_follows_from_a_hook_written_by_hand_is_filled_in() -> None:
    work = molecule("pr-mol-a", step("one"), bead=ItemId("pr-x"), assignee="proj/polecats/toast")
    by_hand = polecat("toast", Hook(bead=ItemId("pr-x")), host="", runtime="manual")
    town = world(bead("pr-x"), work, by_hand)
    edit = reassert(town, NOW)
    full = hook("pr-x", state="created", molecule=ItemId("pr-mol-a"), since=NOW)
    assert put(edit) == {X: hooked("pr-x"), TOAST: polecat("toast", full, runtime="manual")}
    assert edit is not None
    assert reassert(town.with_edit(edit), NOW) is None

    own = Hook(bead=ItemId("pr-x"), branch="polecat/toast/mine", since=NOW)
    edit = reassert(world(bead("pr-x"), polecat("toast", own)), NOW)
    full = hook("pr-x", state="created", branch="polecat/toast/mine", since=NOW)
    assert put(edit)[TOAST] == polecat("toast", full)


@pytest.mark.parametrize(
    "agent",
    [
        polecat("toast", Hook(bead=ItemId("pr-gone"))),
        polecat("toast", Hook(bead=ItemId("pr-x"), state="archived")),
        polecat("toast", Hook(bead=ItemId("pr-x")), address="other/polecats/toast", rig="other"),
    ],
)
def test_no_hook_is_filled_in_that_holds_no_work_of_a_rig(agent: Agent) -> None:
    edit = reassert(world(bead("pr-x"), agent), NOW)
    assert not any(path.startswith("agents/") for path in put(edit))


def test_what_landed_stays_landed() -> None:
    town = world(closed_bead("pr-x"), request("pr-mr-a", "pr-x", applied=True, status="ready"))
    assert put(reassert(town, NOW))["merges/pr-mr-a.md"].status == "landed"


def test_a_bead_that_a_person_reopened_after_landing_stays_open() -> None:
    landed = request("pr-mr-a", "pr-x", applied=True, status="landed")
    assert (
        reassert(world(bead("pr-x"), landed, polecat("toast", hook("pr-x", state="archived"))), NOW) is None
    )
