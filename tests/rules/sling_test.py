from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import agent_name
from gtlib.rules.close import plan_close
from gtlib.rules.dispatch import wanted
from gtlib.rules.namepool import THEMES
from gtlib.rules.namepool import next_name
from gtlib.rules.pour import Poured
from gtlib.rules.registry import run
from gtlib.rules.sling import plan_sling
from gtlib.rules.sling import plan_unsling
from gtlib.rules.terms import Terms
from gtlib.rules.terms import held_back
from gtlib.rules.terms import noted
from gtlib.rules.terms import noted_alone
from gtlib.rules.terms import of_bead
from gtlib.rules.terms import terms_of
from tests.support.world import HOST
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


def build(found: Bead, agent: Agent) -> Poured:
    given = {"title": found.title, "vars": {"issue": found.id}, "bead": found.id, "assignee": agent.address}
    return Poured(molecule("pr-mol-aaaaa", step("work"), **given))


def sling(snapshot: Snapshot, id: str = "pr-x", target: str = "proj", **keys: Any) -> Edit | None:
    return plan_sling(
        snapshot, id, target, **{"molecule": build, "now": NOW, "actor": "overseer", "host": HOST, **keys}
    )


def test_one_edit_makes_convoy_polecat_hook_and_molecule() -> None:
    town = world(bead("pr-x"))
    edit = sling(town, agent_runtime="shell", pool=("toast",))
    found = put(edit)
    assert found["beads/pr-x.md"] == hooked("pr-x")
    assert found["agents/proj/polecats/toast.md"] == polecat(
        "toast",
        Hook(
            state="created",
            bead="pr-x",
            molecule="pr-mol-aaaaa",
            branch="polecat/toast/pr-x",
            worktree="proj/polecats/toast",
            since=NOW,
        ),
        runtime="shell",
    )
    poured = found["molecules/pr-mol-aaaaa.md"]
    assert (poured.bead, poured.assignee) == ("pr-x", "proj/polecats/toast")
    assert poured.vars == {"issue": "pr-x"}
    (made,) = [item for path, item in found.items() if path.startswith("convoys/")]
    assert (made.title, made.tracks, made.owner, made.status) == (
        "Work: Do pr-x",
        ("pr-x",),
        "overseer",
        "open",
    )
    assert edit is not None
    assert edit.subject == "sling: pr-x to proj/polecats/toast"
    assert (edit.actor, len(found)) == ("overseer", 4)
    after = committed(town, edit)
    assert run(after, NOW) is None
    assert sling(after) is None
    assert sling(after, target="proj/toast") is None


def test_a_convoy_that_tracks_it_is_enough_and_none_is_made_when_unwanted() -> None:
    town = world(bead("pr-x"), bead("pr-y"), convoy("hq-cv-aaaaa", "pr-x"))
    assert not [path for path in put(sling(town)) if path.startswith("convoys/")]
    assert not [path for path in put(sling(town, "pr-y", convoy=False)) if path.startswith("convoys/")]


def test_a_free_polecat_of_this_host_is_used_first() -> None:
    town = world(
        bead("pr-x"),
        polecat("busy", hook("pr-y", "busy")),
        polecat("far", host="there"),
        polecat("free", hook("pr-z", "free", state="archived")),
        polecat("nux"),
    )
    assert "agents/proj/polecats/free.md" in put(sling(town))


def test_who_had_it_before_goes_on_with_the_molecule() -> None:
    before = molecule("pr-mol-bbbbb", step("a", "done"), step("b"), bead="pr-x")
    town = world(
        bead("pr-x"),
        before,
        polecat("ace"),
        polecat("nux", hook("pr-x", "nux", state="archived", molecule="pr-mol-bbbbb")),
    )
    found = put(sling(town))
    assert found["molecules/pr-mol-bbbbb.md"] == replace(before, assignee="proj/polecats/nux")
    assert found["agents/proj/polecats/nux.md"].hook.molecule == "pr-mol-bbbbb"
    # another one has not the commits of the steps that are done, and begins anew
    found = put(sling(town, target="proj/ace"))
    assert found["molecules/pr-mol-bbbbb.md"].status == "closed"
    assert found["agents/proj/polecats/ace.md"].hook.molecule == "pr-mol-aaaaa"


def test_crew_queue_what_comes_while_they_work() -> None:
    town = world(bead("pr-x"), hooked("pr-y"), crew("max", hook("pr-y", branch="crew/max")))
    edit = sling(town, target="proj/crew/max")
    found = put(edit)
    assert found["agents/proj/crew/max.md"].hook.queue == ("pr-x",)
    assert found["agents/proj/crew/max.md"].hook.bead == "pr-y"
    assert found["beads/pr-x.md"].assignee == "proj/crew/max"
    assert edit is not None
    after = committed(town, edit)
    assert sling(after, target="proj/max") is None
    off = plan_unsling(after, "pr-y", LATER, "overseer")
    now_on = put(off)["agents/proj/crew/max.md"].hook
    assert (now_on.bead, now_on.molecule, now_on.queue, now_on.state, now_on.branch) == (
        "pr-x",
        "pr-mol-aaaaa",
        (),
        "created",
        "crew/max",
    )


@pytest.mark.parametrize(
    ("id", "target", "what", "hint"),
    [
        ("pr-xx", "proj", "no bead pr-xx", "did you mean"),
        ("zz-qqqqqqq", "proj", "no bead zz-qqqqqqq", "bd list"),
        ("pr-bad", "proj", "beads/pr-bad.md does not parse", "mend"),
        ("pr-x", "prjo", "no rig 'prjo'", "did you mean proj"),
        ("pr-x", "proj/crew/nobody", "no agent proj/crew/nobody", "gt crew add nobody --rig proj"),
        ("pr-x", "proj/new", "'new' is reserved", ""),
        ("pr-x", "proj/polecats/far", "proj/polecats/far lives on there, this is here", ""),
        ("pr-x", "proj/busy", "proj/polecats/busy is busy with pr-y", "gt sling to proj takes a free one"),
        ("pr-y", "proj/toast", "pr-y is on the hook of proj/polecats/busy", "gt unsling pr-y"),
        ("pr-closed", "proj", "pr-closed is closed", ""),
        ("pr-epic", "proj", "pr-epic is of type epic", ""),
        ("pr-deferred", "proj", "pr-deferred is deferred", ""),
        ("pr-later", "proj", "pr-later is deferred until 2026-12-01", ""),
        ("pr-taken", "proj", "pr-taken is being worked on by ada", ""),
        ("pr-waits", "proj", "pr-waits waits for pr-x", "close them first"),
        ("pr-else", "proj", "pr-else runs only if pr-closed fails, which it did not", "close it, or sling"),
    ],
)
def test_what_stands_in_the_way(id: str, target: str, what: str, hint: str) -> None:
    town = world(
        bead("pr-x"),
        hooked("pr-y", "busy"),
        polecat("busy", hook("pr-y", "busy")),
        polecat("far", host="there"),
        closed_bead("pr-closed"),
        bead("pr-epic", type="epic"),
        bead("pr-deferred", status="deferred"),
        bead("pr-later", defer="2026-12-01"),
        bead("pr-taken", status="in_progress", assignee="ada"),
        bead("pr-waits", needs=("pr-x",)),
        bead("pr-else", conditional_blocks=("pr-closed",)),
        files={"beads/pr-bad.md": "---\nid: [\n---\n"},
    )
    with pytest.raises(UserError) as error:
        sling(town, id, target)
    assert error.value.what.startswith(what)
    assert error.value.hint.startswith(hint)


@pytest.mark.parametrize("id", ["pr-deferred", "pr-taken", "pr-waits"])
def test_force_takes_what_waits(id: str) -> None:
    town = world(
        bead("pr-x"),
        bead("pr-deferred", status="deferred"),
        bead("pr-taken", status="in_progress", assignee="ada"),
        bead("pr-waits", needs=("pr-x",)),
    )
    assert put(sling(town, id, force=True))[f"beads/{id}.md"].status == "hooked"


def test_what_was_put_off_until_today_can_be_slung() -> None:
    town = world(bead("pr-x", status="deferred", defer="2026-11-19"))
    assert put(sling(town))["beads/pr-x.md"].status == "hooked"


def test_a_bead_of_another_prefix_and_a_new_named_polecat() -> None:
    found = put(sling(world(bead("hq-x")), "hq-x", "proj/nux"))
    assert found["agents/proj/polecats/nux.md"].hook.bead == "hq-x"


def test_unsling_keeps_branch_and_molecule() -> None:
    town = world(
        hooked("pr-x"),
        polecat("toast", hook("pr-x", molecule="pr-mol-aaaaa")),
        molecule("pr-mol-aaaaa", step("a"), bead="pr-x", assignee="proj/polecats/toast"),
        request("pr-mr-aaaaa", "pr-x"),
    )
    edit = plan_unsling(town, "pr-x", NOW, "overseer")
    found = put(edit)
    assert found["beads/pr-x.md"] == bead("pr-x")
    assert found["agents/proj/polecats/toast.md"].hook == hook(
        "pr-x", state="archived", molecule="pr-mol-aaaaa"
    )
    assert found["molecules/pr-mol-aaaaa.md"].assignee == ""
    assert found["merges/pr-mr-aaaaa.md"].status == "superseded"
    assert run(town.with_edit(edit), NOW) is None
    with pytest.raises(UserError, match="is on no hook"):
        plan_unsling(town.with_edit(edit), "pr-x", NOW, "overseer")


def test_unsling_of_a_bead_that_was_removed() -> None:
    town = world(polecat("toast", hook("pr-x")))
    found = put(plan_unsling(town, "pr-x", NOW, "overseer"))
    assert list(found) == ["agents/proj/polecats/toast.md"]
    assert found["agents/proj/polecats/toast.md"].hook == hook("pr-x", state="archived")
    with pytest.raises(UserError, match="no bead pr-z"):
        plan_unsling(town, "pr-z", NOW, "overseer")


def test_pool() -> None:
    assert {len(names) for names in THEMES.values()} == {50}
    every = [name for names in THEMES.values() for name in names]
    assert [agent_name(name) for name in every] == every and len(set(every)) == len(every)
    assert next_name({"a"}, ("a", "b")) == "b"
    assert next_name({"a", "b", "a2"}, ("a", "b")) == "b2"
    assert next_name((), ("witness", "a")) == "a"


DOG = Address("deacon/dogs/rex")


def dog(on: Hook | None = None) -> Agent:
    return Agent(address=DOG, host=HOST, hook=on)


def test_who_has_no_worktree_gets_neither_branch_nor_formula() -> None:
    town = world(bead("pr-x"), dog())
    found = put(sling(town, target="dog:", molecule=None))
    assert found["agents/deacon/dogs/rex.md"].hook == Hook(state="created", bead="pr-x", since=NOW)
    edit = sling(town, target="dog:", molecule=None)
    assert run(committed(town, edit), NOW) is None
    assert [(each.kind, each.address) for each in wanted(committed(town, edit), HOST)] == [("session", DOG)]


def test_a_chore_that_a_person_hooks_by_hand_is_completed() -> None:
    town = world(bead("pr-x"), dog(Hook(state="created", bead="pr-x")), molecule("pr-mol-aaaaa", bead="pr-x"))
    town = town.with_edit(Edit(subject="", put=(replace(dog(Hook(bead="pr-x")), host=""),)))
    found = put(run(town, NOW))
    assert found["agents/deacon/dogs/rex.md"].host == HOST
    assert found["beads/pr-x.md"].assignee == DOG


def test_an_agent_without_a_worktree_closes_its_bead_and_no_other_does() -> None:
    town = world(
        replace(hooked("pr-x"), assignee=DOG),
        dog(Hook(state="active", bead="pr-x", since=NOW)),
        molecule("pr-mol-aaaaa", step("a"), bead="pr-x", assignee=DOG),
    )
    edit = plan_close(town, "pr-x", DOG, "swept", LATER)
    found = put(edit)
    assert (found["beads/pr-x.md"].status, found["beads/pr-x.md"].close_reason) == ("closed", "swept")
    assert found["molecules/pr-mol-aaaaa.md"].status == "closed"
    assert found["agents/deacon/dogs/rex.md"].hook.state == "archived"
    assert run(town.with_edit(edit), LATER) is None
    assert plan_close(town, "pr-x", "mayor", "", LATER) is not None
    with pytest.raises(UserError, match="closes when its work has landed"):
        plan_close(town, "pr-x", "proj/polecats/toast", "", LATER)


def test_what_a_dead_agent_holds_is_taken_and_what_was_handed_in_is_not() -> None:
    town = world(
        hooked("pr-x"), polecat("toast", hook("pr-x")), polecat("nux"), request("pr-mr-aaaaa", "pr-x")
    )
    with pytest.raises(UserError, match="pr-x is on the hook of proj/polecats/toast"):
        sling(town, target="proj/nux")
    edit = sling(town, target="proj/nux", is_dead=lambda agent: agent.address == "proj/polecats/toast")
    found = put(edit)
    assert found["agents/proj/polecats/toast.md"].hook.state == "archived"
    assert found["agents/proj/polecats/nux.md"].hook.bead == "pr-x"
    assert found["merges/pr-mr-aaaaa.md"].status == "superseded"
    assert letters(edit) == {"proj/polecats/toast": "pr-x is taken over"}
    assert run(committed(town, edit), NOW) is None


@pytest.mark.parametrize("title", ["--help", "-n", "--force"])
def test_a_title_that_looks_like_a_flag(title: str) -> None:
    town = world(bead("pr-x", title=title))
    with pytest.raises(UserError, match="looks like a flag"):
        sling(town)
    assert sling(town, force=True) is not None


def test_terms_are_kept_and_read_back() -> None:
    whole = Terms(
        args="x\n\ny: z", merge="local", no_merge=True, review_only=True, base_branch="v2", ralph=True
    )
    work = bead("pr-x", extra={"mine": "1"})
    town = world(noted_alone(work, whole), noted(molecule("pr-mol-aaaaa"), whole))
    assert terms_of(town, "pr-x", "") == whole
    assert terms_of(town, "pr-x", "pr-mol-aaaaa") == whole
    there = town.bead("pr-x")
    assert there is not None and noted_alone(there, Terms()) == work
    # what a hand wrote wrongly is none
    assert of_bead(bead("pr-x", extra={"slung": {"no_merge": "perhaps"}})) == Terms()
    assert of_bead(bead("pr-x", extra={"slung": "much"})) == Terms()


@pytest.mark.parametrize(
    ("own", "convoys", "why"),
    [
        (Terms(), "", ""),
        (Terms(), "mr", ""),
        (Terms(), "local", "the convoy hq-cv-aaaaa says merge: local"),
        (Terms(), "pr", "the convoy hq-cv-aaaaa says merge: pr"),
        (Terms(merge="direct"), "local", ""),
        (Terms(merge="local"), "mr", "slung with --merge local"),
        (Terms(no_merge=True), "mr", "slung with --no-merge"),
    ],
)
def test_what_waits_for_a_person(own: Terms, convoys: str, why: str) -> None:
    town = world(noted_alone(bead("pr-x"), own), convoy("hq-cv-aaaaa", "pr-x", merge=convoys))
    assert held_back(town, "pr-x", "") == why
