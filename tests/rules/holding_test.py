from __future__ import annotations

import json

import pytest
from hypothesis import given

from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.bead import Edge
from gtlib.model.escalation import Escalation
from gtlib.names import ItemId
from gtlib.rules.holding import FAILURE
from gtlib.rules.holding import Ledger
from gtlib.rules.holding import failed
from gtlib.rules.ready import blocked
from gtlib.rules.ready import blockers
from tests.support.ledgers import TOWN
from tests.support.ledgers import is_kept
from tests.support.ledgers import ledgers
from tests.support.ledgers import model_blocked
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import convoy
from tests.support.world import molecule
from tests.support.world import request
from tests.support.world import rig
from tests.support.world import step
from tests.support.world import world

BAD = {"beads/pr-bad.md": "---\nid: [\n---\n", "molecules/pr-mol-bad.md": "---\nid: [\n---\n"}


def fan_in(gate: str = "", spawner: str = "pr-s", via: str = "") -> Bead:
    """A bead that waits for the children of a spawner."""
    to = ItemId(via or spawner)
    said = f'{{"gate":"{gate}","spawner_id":"{spawner}"}}'
    edges = (Edge(to=to, type="waits-for", metadata=said),) if gate else ()
    return bead("pr-x", waits_for=(to,), edges=edges)


def said(found: Bead, *others: kinds.Item) -> list[str]:
    """What holds `found` up, in words."""
    town = world(found, *others, rig("other", "ot"), TOWN, files=BAD)
    single = Ledger(town)
    whole = Ledger(town)
    assert len(whole.beads) == len([each for each in (found, *others) if isinstance(each, Bead)])
    holds = single.holds(found)
    assert holds == whole.holds(found) and whole.is_held(found) == single.is_held(found) == bool(holds)
    assert blockers(town, found) == tuple(hold.id for hold in holds)
    return [hold.said for hold in holds]


@pytest.mark.parametrize(
    ("target", "holds"),
    [
        (bead("pr-t"), True),
        (bead("pr-t", status="in_progress"), True),
        (bead("pr-t", status="deferred", defer="2030-01-01"), True),
        (bead("pr-t", status="blocked"), True),
        (bead("pr-t", status="in_review"), True),
        (bead("pr-t", status="on_hold"), True),
        (bead("pr-t", status="nobody_knows"), True),
        (bead("pr-t", type="gate"), True),
        (closed_bead("pr-t"), False),
        (bead("pr-t", status="dropped"), False),
        (bead("pr-t", status="pinned"), False),
    ],
)
def test_blocks_counts_whatever_is_not_over(target: Bead, holds: bool) -> None:
    assert said(bead("pr-x", needs=("pr-t",)), target) == (["waits for pr-t"] if holds else [])


@pytest.mark.parametrize(
    ("id", "item", "holds"),
    [
        ("pr-mol-a", molecule("pr-mol-a", step("s")), True),
        ("pr-mol-a", molecule("pr-mol-a", step("s", "done"), status="closed"), False),
        ("hq-cv-a", convoy("hq-cv-a"), True),
        ("hq-cv-a", convoy("hq-cv-a", status="closed"), False),
        ("pr-mr-a", request("pr-mr-a", "pr-b"), True),
        ("pr-mr-a", request("pr-mr-a", "pr-b", status="landed"), False),
        ("hq-esc-a", Escalation(id=ItemId("hq-esc-a"), title="E"), True),
        ("hq-esc-a", Escalation(id=ItemId("hq-esc-a"), title="E", status="closed"), False),
    ],
)
def test_other_items_hold_up_too(id: str, item: kinds.Item, holds: bool) -> None:
    assert said(bead("pr-x", needs=(id,)), item) == ([f"waits for {id}"] if holds else [])


def test_a_file_that_never_parsed_holds_up_and_what_is_not_there_does_not() -> None:
    assert said(bead("pr-x", needs=("pr-bad", "pr-gone", "pr-mol-bad"))) == [
        "waits for pr-bad, whose file does not parse",
        "waits for pr-mol-bad, whose file does not parse",
    ]
    gone = {"conditional_blocks": ("pr-gone",), "waits_for": ("pr-gone",)}
    assert said(bead("pr-x", **gone)) == []
    assert said(bead("pr-x", conditional_blocks=("pr-bad",), waits_for=("pr-mol-bad",))) == [
        "waits for pr-bad, whose file does not parse",
        "waits for pr-mol-bad, whose file does not parse",
    ]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (bead("pr-t"), ["runs only if pr-t fails"]),
        (bead("pr-t", status="pinned"), ["runs only if pr-t fails"]),
        (closed_bead("pr-t", close_reason="done"), ["runs only if pr-t fails, which it did not"]),
        (closed_bead("pr-t"), ["runs only if pr-t fails, which it did not"]),
        (closed_bead("pr-t", close_reason="Tests FAILED twice"), []),
        (bead("pr-t", status="dropped", close_reason="Cancelled by ada"), []),
    ],
)
def test_conditional_blocks_is_for_the_case_of_failure(target: Bead, why: list[str]) -> None:
    assert said(bead("pr-x", conditional_blocks=("pr-t",)), target) == why


@pytest.mark.parametrize("word", FAILURE)
def test_words_of_failure(word: str) -> None:
    assert failed(f"it was {word.upper()}!")
    assert not failed("fixed in 1.4")


def test_a_molecule_with_a_failed_step_failed() -> None:
    waits = bead("pr-x", conditional_blocks=("pr-mol-a",))
    assert said(waits, molecule("pr-mol-a", step("s"))) == ["runs only if pr-mol-a fails"]
    assert said(waits, molecule("pr-mol-a", step("s", "failed"), status="closed")) == []
    poured = molecule(
        "pr-mol-a", status="closed", poured=True, reasons={"s": "it broke"}, recipe='```json\n{"id":"s"}\n```'
    )
    assert said(waits, poured, bead("pr-mol-a.s", status="blocked")) == []
    done = molecule("pr-mol-a", step("s", "done"), status="closed")
    assert said(waits, done) == ["runs only if pr-mol-a fails, which it did not"]


NONE_YET = ["waits for what is below pr-s, which has nothing below it yet"]
SOME = ["waits for what is below pr-s"]
OPEN, CLOSED = bead("pr-s"), closed_bead("pr-s")
KID, DONE, PINNED = bead("pr-k", parent="pr-s"), closed_bead("pr-d", parent="pr-s"), bead(
    "pr-p", parent="pr-s", status="pinned"
)  # fmt: skip
EVENT = closed_bead("pr-v", parent="pr-s", type="event")


@pytest.mark.parametrize(
    ("gate", "others", "why"),
    [
        ("", (OPEN,), NONE_YET),
        ("", (OPEN, EVENT), NONE_YET),
        ("", (CLOSED,), []),
        ("", (OPEN, KID), SOME),
        ("", (CLOSED, KID), SOME),
        ("", (OPEN, KID, DONE), SOME),
        ("", (OPEN, DONE, PINNED), []),
        ("", (KID,), SOME),
        ("any-children", (OPEN,), NONE_YET),
        ("any-children", (CLOSED,), []),
        ("any-children", (OPEN, KID), SOME),
        ("any-children", (OPEN, KID, PINNED), SOME),
        ("any-children", (OPEN, KID, DONE), []),
        ("any-children", (), []),
    ],
)
def test_waits_for_is_a_fan_in(gate: str, others: tuple[Bead, ...], why: list[str]) -> None:
    assert said(fan_in(gate), *others) == why
    assert said(fan_in(gate or "all-children", via="pr-c"), bead("pr-c"), *others) == why


def test_a_fan_in_is_not_one_of_the_children_it_waits_for() -> None:
    assert said(bead("pr-x", parent="pr-s", waits_for=("pr-s",)), OPEN, DONE) == []
    assert said(bead("pr-x", parent="pr-s", waits_for=("pr-s",)), OPEN, KID) == SOME


def test_details_that_no_tracker_writes_mean_all_children() -> None:
    for text in ("[]", "{", "null", '{"gate":3}', '{"gate":"all","spawner_id":""}'):
        edge = Edge(to="pr-s", type="waits-for", metadata=text)
        assert said(bead("pr-x", waits_for=("pr-s",), edges=(edge,)), OPEN, KID, DONE) == SOME


@pytest.mark.parametrize("spawner", ["external:", "external:x", "../town", "pr-gone", " ", "a\nb"])
def test_a_spawner_that_is_none_holds_nothing_up(spawner: str) -> None:
    edge = Edge(to="pr-s", type="waits-for", metadata=json.dumps({"spawner_id": spawner}))
    assert said(bead("pr-x", waits_for=("pr-s",), edges=(edge,)), OPEN) == []


def test_external_waits_for_what_the_project_provides() -> None:
    waits = bead("pr-x", needs=("external:other:login",))
    held = ["waits for external:other:login"]
    provider = {"labels": ("provides:login",)}
    assert said(waits) == held
    assert said(waits, bead("ot-a", **provider)) == held
    assert said(waits, closed_bead("pr-a", **provider)) == held
    assert said(waits, closed_bead("ot-a", labels=("provides:logout",))) == held
    assert said(waits, closed_bead("ot-a", **provider)) == []
    assert said(bead("pr-x", needs=("external:hq:login",)), closed_bead("hq-a", **provider)) == []
    assert said(bead("pr-x", needs=("external:gt:login",)), closed_bead("hq-a", **provider)) == []
    assert said(bead("pr-x", needs=("external:nobody:login",))) == []
    assert said(bead("pr-x", waits_for=("external:other:login",))) == held
    cond = bead("pr-x", conditional_blocks=("external:other:login",))
    assert said(cond) == ["runs only if external:other:login fails"]


def test_what_is_archived_is_over() -> None:
    line = (
        '{"id":"pr-old","title":"Old","status":"closed","priority":2,"issue_type":"task","close_reason":"%s",'
        '"created_at":"2026-01-01T08:00:00Z","updated_at":"2026-01-02T08:00:00Z",'
        '"closed_at":"2026-01-02T08:00:00Z","dependencies":[{"issue_id":"pr-old","depends_on_id":"pr-s",'
        '"type":"parent-child","created_at":"2026-01-01T08:00:00Z"}]}\n'
    )

    def held(found: Bead, reason: str = "done", *others: Bead) -> list[str]:
        town = world(found, *others, files={"archive/2026-01.jsonl": line % reason})
        return [hold.said for hold in Ledger(town).holds(found)]

    assert held(bead("pr-x", needs=("pr-old",))) == []
    cond = bead("pr-x", conditional_blocks=("pr-old",))
    assert held(cond) == ["runs only if pr-old fails, which it did not"]
    assert held(cond, "failed") == []
    for gate in ("", "any-children"):
        assert held(fan_in(gate), "done", OPEN) == []
    assert held(fan_in("any-children"), "done", OPEN, KID) == []
    assert held(fan_in(), "done", OPEN, KID) == SOME


def test_waiting_flows_down_through_parents_that_are_not_over() -> None:
    top = bead("pr-top", needs=("pr-t",))
    child = bead("pr-x", parent="pr-mid", needs=("pr-u",))
    others = (bead("pr-t"), bead("pr-u"), top)
    assert said(child, bead("pr-mid", parent="pr-top"), *others) == ["waits for pr-u", "waits for pr-t"]
    assert said(child, bead("pr-mid", parent="pr-top", status="deferred"), *others) == [
        "waits for pr-u", "waits for pr-t",
    ]  # fmt: skip
    assert said(child, closed_bead("pr-mid", parent="pr-top"), *others) == ["waits for pr-u"]
    assert said(bead("pr-x", parent="pr-mid"), bead("pr-mid")) == []


def test_a_line_of_a_thousand_parents_and_parents_in_a_circle() -> None:
    line = [bead(f"pr-{n}", parent=f"pr-{n + 1}") for n in range(1000)]
    assert said(line[0], *line[1:], bead("pr-1000", needs=("pr-t",)), bead("pr-t")) == ["waits for pr-t"]
    circle = [bead(f"pr-{n}", parent=f"pr-{(n + 1) % 3}") for n in range(3)]
    assert said(circle[0], *circle[1:]) == []
    assert said(circle[0], circle[1], bead("pr-2", parent="pr-0", needs=("pr-t",)), bead("pr-t")) == [
        "waits for pr-t"
    ]


@given(ledgers())
def test_holds_are_what_a_plain_model_says(beads: tuple[Bead, ...]) -> None:
    town = world(*beads, TOWN)
    ledger, model = Ledger(town), model_blocked(beads)
    assert {id: ledger.is_held(bead) for id, bead in ledger.beads.items()} == model
    assert {bead.id: bool(blockers(town, bead)) for bead in beads} == model
    shown = {
        bead.id
        for bead in beads
        if model[bead.id]
        and bead.status not in ("closed", "dropped", "pinned")
        and not (bead.pinned or bead.ephemeral or is_kept(bead, {each.id: each for each in beads}))
    }
    assert {bead.id: ids for bead, ids in blocked(town)} == {
        bead.id: blockers(town, bead) for bead in beads if bead.id in shown
    }
