from __future__ import annotations

import pytest
from hypothesis import given

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.end_bead import guard_close
from gtlib.rules.end_bead import set_free
from gtlib.rules.holding import Ledger
from tests.support.ledgers import TOWN
from tests.support.ledgers import is_ready
from tests.support.ledgers import ledgers
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import world


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (bead("pr-x"), ""),
        (bead("pr-x", needs=("pr-done", "pr-gone")), ""),
        (bead("pr-x", needs=("pr-open",)), "pr-x waits for pr-open"),
        (bead("pr-x", parent="pr-waits"), "pr-x waits for pr-open"),
        (bead("pr-x", conditional_blocks=("pr-open",)), "pr-x waits for pr-open"),
        (bead("pr-x", conditional_blocks=("pr-done",)), ""),
        (bead("pr-x", waits_for=("pr-open",)), "pr-x waits for pr-open"),
    ],
)
def test_what_waits_is_not_closed(found: Bead, said: str) -> None:
    town = world(
        found, bead("pr-open"), closed_bead("pr-done"), bead("pr-waits", type="epic", needs=("pr-open",))
    )
    if not said:
        guard_close(town, found, NOW, "mayor")
        return
    with pytest.raises(UserError) as refusal:
        guard_close(town, found, NOW, "mayor")
    assert str(refusal.value) == f"{said}; to close it all the same: --force"


@given(ledgers())
def test_what_a_close_sets_free_is_what_waited_and_is_ready(beads: tuple[Bead, ...]) -> None:
    town = world(*beads, TOWN)
    known = {each.id: each for each in beads}
    gone = beads[0]

    def line(bead: Bead) -> set[ItemId]:
        found = {bead.id}
        while bead.parent in known and bead.parent not in found:
            bead = known[bead.parent]
            found.add(bead.id)
        return found

    waited = {
        each.id
        for each in beads
        if gone.id in (*each.needs, *each.conditional_blocks, *each.waits_for)
        or (gone.parent and gone.parent in each.waits_for)
    }
    model = [
        each for each in beads if each.id != gone.id and line(each) & waited and is_ready(town, each.id, NOW)
    ]
    assert list(set_free(town, [gone.id], NOW)) == model


def test_one_look_at_all_beads_answers_for_all_that_is_set_free(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = [bead(f"pr-c{n}", parent=f"pr-c{n - 1}" if n else "pr-top") for n in range(50)]
    town = world(closed_bead("pr-x"), bead("pr-top", needs=("pr-x",)), *deep)
    looks: list[str] = []
    real = Ledger.__init__

    def counted(self: Ledger, snapshot: Snapshot) -> None:
        looks.append("")
        real(self, snapshot)

    monkeypatch.setattr(Ledger, "__init__", counted)
    assert len(set_free(town, [ItemId("pr-x")], NOW)) == 51
    assert len(looks) == 1
