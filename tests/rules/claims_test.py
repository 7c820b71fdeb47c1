from __future__ import annotations

from typing import Any

import pytest

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.snapshot import Snapshot
from gtlib.rules.claims import Claim
from gtlib.rules.claims import plan_step
from gtlib.rules.claims import serve
from gtlib.rules.close import plan_close
from tests.support.world import BASE
from tests.support.world import COMMIT
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import hook
from tests.support.world import hooked
from tests.support.world import letters
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import request
from tests.support.world import step
from tests.support.world import world

TOAST = "proj/polecats/toast"
MOL = "molecules/pr-mol-a.md"


def at_work(*more: kinds.Item, **keys: Any) -> Snapshot:
    mine = molecule(
        "pr-mol-a", step("a"), step("b", "open", "a"), **{"bead": "pr-x", "assignee": TOAST, **keys}
    )
    return world(hooked("pr-x"), polecat("toast", hook("pr-x", molecule="pr-mol-a")), mine, *more)


def claim(kind: Any, value: str, agent: str = TOAST, **keys: Any) -> Claim:
    given = {"commit": COMMIT, "key": f"k {kind} {value}", "rig": "proj", "base": BASE, "target": "main"}
    return Claim(kind=kind, value=value, agent=agent, **{**given, **keys})


def states(edit: Any) -> dict[str, str]:
    return {each.id: each.state for each in put(edit)[MOL].steps}


def test_steps_are_ticked_oldest_first_with_evidence() -> None:
    edit = serve(at_work(), [claim("step", "a"), claim("step", "pr-mol-a.b", commit="d" * 40)], NOW)
    assert edit is not None
    assert states(edit) == {"a": "done", "b": "done"}
    assert put(edit)[MOL].evidence == {"a": COMMIT, "b": "d" * 40}
    assert edit.subject == "step: pr-mol-a a done (and 1 more)"
    assert [value for key, value in edit.trailers if key == "Claim"] == ["k step a", "k step pr-mol-a.b"]
    assert edit.actor == TOAST


@pytest.mark.parametrize(
    ("value", "agent", "why"),
    [
        ("b", TOAST, "b is not ready: it needs a"),
        ("zzz", TOAST, "pr-mol-a has no step 'zzz'"),
        ("pr-mol-a.a", "proj/polecats/nux", f"pr-mol-a belongs to {TOAST}"),
        ("a", "proj/polecats/nux", "proj/polecats/nux has no molecule on the hook"),
        ("a", "overseer", "overseer has no molecule on the hook"),
    ],
)
def test_refused_claims_are_mailed_back_and_count_as_served(value: str, agent: str, why: str) -> None:
    town = at_work(polecat("nux"))
    edit = serve(town, [claim("step", value, agent)], NOW)
    assert edit is not None
    assert put(edit) == {}
    assert letters(edit) == {agent: f"Refused: Step: {value}"}
    ((_, message),) = town.with_edit(edit).mail(agent, "new")
    assert f"Refused: {why}\n" in message.body
    assert ("Claim", f"k step {value}") in edit.trailers


def test_what_is_done_asks_nothing() -> None:
    town = world(
        polecat("toast", hook("pr-x", molecule="pr-mol-a")),
        molecule("pr-mol-a", step("a", "done"), step("b", "done"), assignee=TOAST, evidence={"a": COMMIT}),
    )
    assert serve(town, [claim("step", "a")], NOW) is None
    # done by a tick: the commit that says so becomes the evidence
    assert put(serve(town, [claim("step", "b")], NOW))[MOL].evidence == {"a": COMMIT, "b": COMMIT}


def test_the_overseer_counts_whatever_the_needs() -> None:
    assert states(serve(at_work(), [claim("step", "pr-mol-a.b", "overseer")], NOW))["b"] == "done"


def test_plan_step_for_commands() -> None:
    town = at_work()
    edit = plan_step(town, "a", TOAST, "", NOW)
    assert edit is not None
    assert (states(edit)["a"], put(edit)[MOL].evidence) == ("done", {})
    assert plan_step(town.with_edit(edit), "a", TOAST, "", NOW) is None
    with pytest.raises(UserError, match="is not ready"):
        plan_step(town, "b", TOAST, "", NOW)


def test_done_submits_and_with_open_steps_does_not() -> None:
    town = world(hooked("pr-x"), polecat("toast", hook("pr-x")))
    found = put(serve(town, [claim("done", "pr-x")], NOW))
    assert found["agents/proj/polecats/toast.md"].hook.state == "completed"
    assert [item.source_commit for path, item in found.items() if path.startswith("merges/")] == [COMMIT]
    assert letters(serve(at_work(), [claim("done", "pr-x")], NOW)) == {TOAST: "Refused: Done: pr-x"}
    assert letters(serve(town, [claim("done", "pr-y")], NOW)) == {TOAST: "Refused: Done: pr-y"}


def test_step_and_done_in_one_go() -> None:
    claims = [claim("step", "a"), claim("step", "b"), claim("done", "pr-x")]
    found = put(serve(at_work(), claims, NOW))
    assert found["agents/proj/polecats/toast.md"].hook.state == "completed"


def test_closes_waits_for_landing_in_a_rig_and_closes_in_the_town() -> None:
    town = world(bead("pr-y"), polecat("toast"))
    assert serve(town, [claim("closes", "pr-y"), claim("bead", "pr-y")], NOW) is None
    found = put(serve(town, [claim("closes", "pr-y", rig="")], NOW))["beads/pr-y.md"]
    assert (found.status, found.closed, found.close_reason) == ("closed", NOW, f"Closes: {COMMIT}")


def test_an_agents_close_of_what_is_to_land_becomes_a_submit() -> None:
    town = world(hooked("pr-x"), polecat("toast", hook("pr-x")), polecat("nux"))
    found = put(serve(town, [claim("closes", "pr-x", rig="", source="d" * 40)], NOW))
    assert "beads/pr-x.md" not in found
    assert [item.source_commit for path, item in found.items() if path.startswith("merges/")] == ["d" * 40]
    assert letters(serve(town, [claim("closes", "pr-x", rig="")], NOW)) == {TOAST: "Refused: Closes: pr-x"}
    other = claim("closes", "pr-x", "proj/polecats/nux", rig="", source="d" * 40)
    assert letters(serve(town, [other], NOW)) == {"proj/polecats/nux": "Refused: Closes: pr-x"}


def test_a_persons_close_is_obeyed_and_the_branch_kept() -> None:
    town = world(hooked("pr-x"), polecat("toast", hook("pr-x")), request("pr-mr-a", "pr-x"))
    found = put(serve(town, [claim("closes", "pr-x", "overseer", rig="")], NOW))
    assert found["beads/pr-x.md"].close_reason == "by hand"
    assert found["merges/pr-mr-a.md"].status == "superseded"
    assert found["agents/proj/polecats/toast.md"].hook == hook("pr-x", state="archived")


def test_plan_close() -> None:
    town = world(bead("pr-a"), closed_bead("pr-b"), hooked("pr-x"), polecat("toast", hook("pr-x")))
    assert plan_close(town, "pr-b", "overseer", "", NOW) is None
    assert put(plan_close(town, "pr-a", TOAST, "no need", NOW))["beads/pr-a.md"].close_reason == "no need"
    with pytest.raises(UserError) as error:
        plan_close(town, "pr-x", TOAST, "", NOW)
    assert error.value.hint == "gt done submits it"
    with pytest.raises(UserError, match="no bead pr-zzz"):
        plan_close(town, "pr-zzz", TOAST, "", NOW)
