from __future__ import annotations

import pytest
from hypothesis import given

from gtlib.model.bead import Bead
from gtlib.model.edges import HOLDING
from gtlib.model.edges import targets
from gtlib.names import ItemId
from gtlib.rules import graph
from gtlib.rules.graph import Link
from gtlib.rules.graph import around
from gtlib.rules.graph import graph_of
from gtlib.rules.graph import swarm
from gtlib.rules.holding import Ledger
from tests.support.ledgers import TOWN
from tests.support.ledgers import ledgers
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import world

BEADS = (
    bead("pr-e", type="epic", needs=("pr-out",)),
    bead("pr-e.1", parent="pr-e"),
    bead("pr-e.2", parent="pr-e", needs=("pr-e.1",)),
    bead("pr-e.10", parent="pr-e", needs=("pr-e.1", "pr-far")),
    closed_bead("pr-e.4", parent="pr-e"),
    bead("pr-e.5", parent="pr-e", waits_for=("pr-e.2",)),
    bead("pr-e.2.1", parent="pr-e.2"),
    bead("pr-e.6", parent="pr-e", conditional_blocks=("pr-e.4",)),
    bead("pr-out"),
    bead("pr-far"),
    bead("pr-alone"),
)


def test_layers_stand_in_the_order_of_the_work() -> None:
    ledger = Ledger(world(*BEADS))
    found = graph_of(ledger, ledger.beads.values())
    assert found.layers == (
        ("pr-alone", "pr-e.4", "pr-far", "pr-out"),
        ("pr-e", "pr-e.1", "pr-e.6"),
        ("pr-e.2", "pr-e.2.1", "pr-e.10"),
        ("pr-e.5",),
    )
    assert found.stuck == ()
    assert Link(ItemId("pr-e.5"), ItemId("pr-e.2"), "waits-for") in found.links
    assert Link(ItemId("pr-e.1"), ItemId("pr-e"), "parent-child") in found.links


def test_around_a_bead_is_what_hangs_together_with_it() -> None:
    ledger = Ledger(world(*BEADS))
    assert {each.id for each in around(ledger, ItemId("pr-far"))} == {
        each.id for each in BEADS if each.id != "pr-alone"
    }
    assert [each.id for each in around(ledger, ItemId("pr-alone"))] == ["pr-alone"]


def test_what_waits_for_itself_is_in_no_layer() -> None:
    beads = (bead("pr-a", needs=("pr-b",)), bead("pr-b", needs=("pr-a",)), bead("pr-c", needs=("pr-a",)))
    ledger = Ledger(world(*beads, bead("pr-d")))
    found = graph_of(ledger, ledger.beads.values())
    assert (found.layers, found.stuck) == ((("pr-d",),), ("pr-a", "pr-b", "pr-c"))


def test_a_swarm_falls_into_waves() -> None:
    ledger = Ledger(world(*BEADS))
    found = swarm(ledger, ledger.beads[ItemId("pr-e")])
    assert [list(front) for front in found.fronts] == [
        ["pr-e.1", "pr-e.6"], ["pr-e.2", "pr-e.2.1", "pr-e.10"], ["pr-e.5"],
    ]  # fmt: skip
    assert (len(found.beads), found.closed, found.errors) == (7, 1, ())
    out = "waits for pr-out, which is not below pr-e"
    assert found.warnings == (
        f"pr-e.1 {out}",
        f"pr-e.2 {out}",
        f"pr-e.2.1 {out}",
        f"pr-e.5 {out}",
        "pr-e.6 runs only if pr-e.4 fails, which it did not",
        f"pr-e.6 {out}",
        "pr-e.10 waits for pr-far, which is not below pr-e",
        f"pr-e.10 {out}",
    )


def test_a_swarm_that_can_not_be() -> None:
    circle = (
        bead("pr-e"),
        bead("pr-a", parent="pr-e", needs=("pr-b",)),
        bead("pr-b", parent="pr-e", needs=("pr-a",)),
    )
    ledger = Ledger(world(*circle, bead("pr-f")))
    assert swarm(ledger, ledger.beads[ItemId("pr-e")]).errors == ("these wait for each other: pr-a, pr-b",)
    assert swarm(ledger, ledger.beads[ItemId("pr-f")]).errors == ("nothing is below pr-f",)


@given(ledgers())
def test_every_bead_is_in_one_layer_or_stuck(beads: tuple[Bead, ...]) -> None:
    ledger = Ledger(world(*beads, TOWN))
    found = graph_of(ledger, ledger.beads.values())
    placed = [id for layer in found.layers for id in layer]
    assert sorted((*placed, *found.stuck)) == sorted(ledger.beads)
    level = {id: number for number, layer in enumerate(found.layers) for id in layer}
    for id in placed:
        for hold in ledger.holds(ledger.beads[id]) if ledger.beads[id].status not in ledger.over else ():
            if hold.why == "open" and hold.id in level:
                assert level[hold.id] < level[id]


def plain_waits(ledger: Ledger, bead: Bead) -> set[ItemId]:
    """What a bead and all above it wait for, gathered anew for each bead."""
    if bead.status in ledger.over:
        return set()
    found: set[ItemId] = set()
    for each in ledger.line(bead):
        for type in HOLDING:
            for to in targets(each, type):
                found.add(to)
                if type == "waits-for":
                    found |= {child.id for child in ledger.below(to) if child.id != bead.id}
    beads = [ledger.find(to) for to in found]
    return {each.id for each in beads if each is not None and each.status not in ledger.over}


@given(ledgers())
def test_the_layers_are_those_of_a_plain_model(beads: tuple[Bead, ...]) -> None:
    ledger = Ledger(world(*beads, TOWN))
    left = {id: plain_waits(ledger, bead) for id, bead in ledger.beads.items()}
    layers = []
    while free := sorted(id for id, waits in left.items() if waits.isdisjoint(left)):
        layers.append(free)
        for id in free:
            del left[id]
    found = graph_of(ledger, ledger.beads.values())
    assert [sorted(layer) for layer in found.layers] == layers
    assert sorted(found.stuck) == sorted(left)


def test_what_is_above_is_looked_at_once_for_all_that_is_below(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = [bead(f"pr-c{n}", parent=f"pr-c{n - 1}" if n else "", needs=("pr-x",)) for n in range(50)]
    ledger = Ledger(world(bead("pr-x"), *deep))
    seen: list[str] = []
    real = graph.targets

    def counted(bead: Bead, type: str) -> tuple[ItemId, ...]:
        seen.append(bead.id)
        return real(bead, type)

    monkeypatch.setattr(graph, "targets", counted)
    assert [len(layer) for layer in graph_of(ledger, ledger.beads.values()).layers] == [1, 50]
    assert len(seen) < 10 * 51
