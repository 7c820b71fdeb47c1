"""What the passing of time makes of a wisp, and what of it a bead keeps."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.molecule import Molecule
from gtlib.model.wisp_ends import Patrol
from gtlib.rules import mol_end
from gtlib.rules import patrols
from gtlib.rules import wisps
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import committed
from tests.support.world import molecule
from tests.support.world import polecat
from tests.support.world import put
from tests.support.world import step
from tests.support.world import world

ID = "pr-wisp-aaa11"


def wisp(hours: float = 0, *, closed: bool = False, **keys: Any) -> Molecule:
    """A wisp that was touched last so many hours before NOW."""
    day, hour = divmod(8 - int(hours), 24)
    touched = f"2026-11-{20 + day:02}T{hour:02}:00:00Z"
    extra = {"updated": touched, **keys.pop("extra", {})}
    ended = {"status": "closed", "closed": touched} if closed else {}
    return molecule(ID, step("look", "done"), step("sweep", "open", "look"), extra=extra, **{**ended, **keys})


@pytest.mark.parametrize(
    ("kind", "hours", "closed", "more", "fate"),
    [
        ("", 24, True, {}, "keep"),
        ("", 25, True, {}, "delete"),
        ("", 24, False, {}, "keep"),
        ("", 25, False, {}, "promote"),
        ("heartbeat", 7, True, {}, "delete"),
        ("ping", 5, True, {}, "keep"),
        ("ping", 7, False, {}, "promote"),
        ("patrol", 25, True, {}, "delete"),
        ("gc_report", 23, True, {}, "keep"),
        ("recovery", 25, True, {}, "keep"),
        ("error", 169, True, {}, "delete"),
        ("escalation", 169, False, {}, "promote"),
        ("of-my-own", 25, True, {}, "delete"),
        ("ping", 1, True, {"extra": {"keep": True}}, "promote"),
        ("ping", 7, True, {"extra": {"keep": "true"}}, "promote"),
        ("ping", 7, True, {"extra": {"labels": ["keep"]}}, "promote"),
        ("ping", 7, True, {"extra": {"notes": "look at this"}}, "promote"),
        ("ping", 7, True, {"outputs": "- look: {}"}, "promote"),
        ("ping", 5, False, {"extra": {"keep": True}}, "keep"),
    ],
)
def test_fate(kind: str, hours: int, closed: bool, more: dict[str, Any], fate: str) -> None:
    extra = {**({"wisp_type": kind} if kind else {}), **more.get("extra", {})}
    found = wisp(hours, closed=closed, **{**more, "extra": extra})
    assert wisps.verdict(found, NOW).fate == fate


def test_one_that_does_not_say_when_is_old() -> None:
    assert wisps.verdict(replace(wisp(closed=True), extra={}, closed="", created=""), NOW).fate == "delete"


def test_a_bead_keeps_what_a_wisp_held() -> None:
    gate = bead(f"{ID}.gate-sweep", type="gate")
    held = wisp(
        30, assignee="proj/polecats/toast", outputs="x", gates={"sweep": gate.id}, description="All of it."
    )
    town = world(polecat(), gate)
    made, edit = wisps.plan_promote(town, held, "overseer", NOW, "it found a bug")
    assert (made.id, made.title, made.type, made.status, made.assignee, made.ephemeral) == (
        "pr-aaa11", f"Molecule {ID}", "task", "open", "proj/polecats/toast", False,
    )  # fmt: skip
    assert (made.needs, made.created, made.metadata) == ((gate.id,), held.created, {"wisp": ID})
    assert made.description == (
        "All of it.\n\nSteps:\n\n- [x] **look** Step look\n\n- [ ] **sweep** Step sweep (needs: look)"
    )
    assert made.notes == "Outputs:\n\nx\n\nPromoted: it found a bug"
    after = committed(town, edit)
    assert wisps.plan_promote(after, held, "overseer", NOW) == (after.bead(made.id), None)


def test_an_id_that_is_taken_is_not_used() -> None:
    town = world(bead("pr-aaa11"))
    made, edit = wisps.plan_promote(town, wisp(30), "overseer", NOW)
    assert made.id != "pr-aaa11" and made.id.startswith("pr-")
    after = committed(town, edit)
    assert wisps.plan_promote(after, wisp(30), "overseer", NOW)[1] is None


def test_a_title_may_be_long_and_a_type_its_own() -> None:
    made = wisps.plan_promote(world(), wisp(title="x" * 900, extra={"type": "bug"}), "overseer", NOW)[0]
    assert (len(made.title), made.type) == (500, "bug")


def test_root_only_is_a_text_to_go_by() -> None:
    held = replace(wisp(), description="Go round.", recipe='```json\n{"id":"look"}\n```')
    held = replace(
        held, steps=(replace(held.steps[0], state="open", text="See:\n\n    gt status"), held.steps[1])
    )
    bare = wisps.root_only(held)
    assert (bare.steps, bare.recipe) == ((), "")
    assert bare.description == (
        "Go round.\n\n- [ ] **look** Step look\n\n  See:\n\n      gt status\n\n"
        "- [ ] **sweep** Step sweep (needs: look)"
    )
    assert wisps.checks(bare) == wisps.checks(held) == ("look", "sweep")


def test_what_is_said_of_steps() -> None:
    held = wisp()
    assert patrols.said_of_steps(held, "look:ok, sweep:SKIP") == {"look": "OK", "sweep": "SKIP"}
    assert patrols.said_of_steps(held, "") == {}
    for text, said in {
        "lok:OK": f"{ID} has no step 'lok'; did you mean look?",
        "look": "--steps 'look' says nothing; write STEP:OK or STEP:SKIP or STEP:FAIL",
        "look:perhaps": "--steps 'look:perhaps' says nothing; write STEP:OK or STEP:SKIP or STEP:FAIL",
    }.items():
        with pytest.raises(UserError) as refused:
            patrols.said_of_steps(held, text)
        assert str(refused.value) == said


def test_the_digest_of_a_day() -> None:
    lines = [
        Patrol(
            id="a",
            role="deacon",
            ended="2026-11-20T09:00:00Z",
            summary="two nudged",
            steps={"mail": "OK"},
            left=("look",),
        ),
        Patrol(id="b", role="deacon", ended="2026-11-20T08:00:00Z"),
        Patrol(id="c", role="proj/witness", ended="2026-11-20T08:30:00Z", summary="quiet"),
    ]
    assert patrols.digest_text(lines) == (
        "deacon:\n\n- 2026-11-20T08:00:00Z nothing said\n"
        "- 2026-11-20T09:00:00Z two nudged (mail OK, look ?)\n\n"
        "proj/witness:\n\n- 2026-11-20T08:30:00Z quiet"
    )
    assert patrols.digest_id(lines) == patrols.digest_id(lines[::-1]) != patrols.digest_id(lines[:2])


@pytest.mark.parametrize(
    ("role", "actor", "rig", "found"),
    [
        ("deacon", "overseer", "", "deacon"),
        ("", "mayor", "", "mayor"),
        ("witness", "overseer", "proj", "proj/witness"),
        ("proj/refinery", "overseer", "", "proj/refinery"),
        ("", "proj/witness", "", "proj/witness"),
        ("", "overseer", "", "whose patrol?; say it: --role mayor | deacon | witness | refinery"),
        ("witness", "overseer", "", "which rig's witness?; write --role RIG/witness, or stand in the rig's folder"),
        ("", "proj/polecats/toast", "", "proj/polecats/toast does not patrol; one of: mayor, deacon, witness, refinery"),
        ("deakon", "overseer", "", "deakon does not patrol; did you mean deacon?"),
    ],
)  # fmt: skip
def test_whose_round(role: str, actor: str, rig: str, found: str) -> None:
    town = world(polecat())
    try:
        assert patrols.whose(town, role, actor, rig) == found
    except UserError as refusal:
        assert str(refusal) == found


def test_who_may_end_it() -> None:
    town, held = world(polecat()), molecule(ID, created_by="overseer", assignee="proj/crew/max")
    for actor in ("overseer", "mayor", "deacon", "proj/crew/max"):
        mol_end.may_end(town, held, actor)
    with pytest.raises(UserError, match=f"{ID} belongs to proj/crew/max; end your own molecules"):
        mol_end.may_end(town, held, "proj/polecats/toast")


def test_squash_skips_what_is_open_and_again_after_a_reopen() -> None:
    held = molecule(
        "pr-mol-aaa11", step("look", "done"), step("sweep", "failed", "look"), evidence={"look": "c" * 40}
    )
    town = world(held)
    told, ids, edit = mol_end.plan_squash(town, held, "overseer", NOW)
    after = put(edit)["molecules/pr-mol-aaa11.md"]
    assert isinstance(after, Molecule) and told is not None and ids == ()
    assert (after.status, after.closed, [s.state for s in after.steps]) == (
        "closed",
        NOW,
        ["done", "skipped"],
    )
    assert (told.title, told.status, told.description) == (
        "Digest: Molecule pr-mol-aaa11", "closed",
        "pr-mol-aaa11, made of the formula polecat-work, from 2026-11-20T07:00:00Z, to 2026-11-20T08:00:00Z.\n\n"
        "1 of 2 steps done.\n\n- [x] look: Step look (cccccccccccc)\n- [!] sweep: Step sweep",
    )  # fmt: skip
    again, _, _ = mol_end.plan_squash(committed(town, edit), after, "overseer", NOW)
    assert again is not None and again.id != told.id
