from __future__ import annotations

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib import clock
from gtlib.model.bead import Bead
from gtlib.names import ItemId
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import Ask
from gtlib.rules.ready import blocked
from gtlib.rules.ready import blockers
from gtlib.rules.ready import comparable
from gtlib.rules.ready import direct_blockers
from gtlib.rules.ready import in_order
from gtlib.rules.ready import missing
from gtlib.rules.ready import naturally
from gtlib.rules.ready import ready
from tests.support.ledgers import TOWN
from tests.support.ledgers import is_ready
from tests.support.ledgers import ledgers
from tests.support.ledgers import model_ready
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import rig
from tests.support.world import world

PAST, FUTURE = "2026-11-20T07:59:59Z", "2026-11-20T09:00:00Z"


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (bead("pr-x"), True),
        (bead("pr-x", status="in_progress"), False),
        (bead("pr-x", status="hooked"), False),
        (bead("pr-x", status="blocked"), False),
        (bead("pr-x", status="closed"), False),
        (bead("pr-x", status="pinned"), False),
        (bead("pr-x", status="tombstone"), False),
        (bead("pr-x", status="in_review"), True),
        (bead("pr-x", status="qa"), False),
        (bead("pr-x", status="on_hold"), False),
        (bead("pr-x", status="dropped"), False),
        (bead("pr-x", status="nobody_knows"), False),
        (bead("pr-x", type="epic"), True),
        *((bead("pr-x", type=each), False) for each in sorted(SYSTEM_TYPES)),
        (bead("pr-x", pinned=True), False),
        (bead("pr-x", template=True), False),
        (bead("pr-x", ephemeral=True), False),
        (bead("pr-wisp-x"), False),
        (bead("pr-x", needs=("pr-open",)), False),
        (bead("pr-x", needs=("pr-closed",)), True),
        (bead("pr-x", parent="pr-open"), True),
        (bead("pr-x", parent="pr-waits"), False),
        (bead("pr-x", parent="pr-below"), False),
        # a date in defer hides until then; deferred without a date is parked
        (bead("pr-x", defer=FUTURE), False),
        (bead("pr-x", defer=PAST), True),
        (bead("pr-x", defer="2026-11-20"), True),
        (bead("pr-x", defer="2026-11-21"), False),
        (bead("pr-x", defer="2026-11-20T10:00:00+03:00"), True),
        (bead("pr-x", status="deferred"), False),
        (bead("pr-x", status="deferred", defer=FUTURE), False),
        (bead("pr-x", status="deferred", defer=PAST), True),
        (bead("pr-x", status="on_hold", defer=PAST), False),
        # so does the date of the parent, one level down
        (bead("pr-x", parent="pr-sleeps"), False),
        (bead("pr-x", parent="pr-below-sleeps"), True),
        (bead("pr-x", parent="pr-parked"), True),
        (bead("pr-x", parent="pr-slept"), True),
        (bead("pr-x", parent="pr-ended"), True),
    ],
)
def test_what_is_ready(found: Bead, wanted: bool) -> None:
    town = world(
        found,
        TOWN,
        bead("pr-open"),
        closed_bead("pr-closed"),
        bead("pr-waits", needs=("pr-open",)),
        bead("pr-below", parent="pr-waits"),
        bead("pr-sleeps", defer="2026-12-01", status="deferred"),
        bead("pr-below-sleeps", parent="pr-sleeps"),
        bead("pr-parked", status="deferred"),
        bead("pr-slept", status="deferred", defer=PAST),
        closed_bead("pr-ended", defer="2026-12-01"),
    )
    assert (found.id in [each.id for each in ready(town, NOW)]) == wanted
    assert is_ready(town, found.id, NOW) == wanted


def test_more_is_ready_when_it_is_asked_for() -> None:
    town = world(
        bead("pr-gate", type="gate"),
        bead("pr-later", defer=FUTURE),
        bead("pr-parked", status="deferred"),
        bead("pr-held", status="deferred", needs=("pr-gate",)),
        bead("pr-kid", parent="pr-later"),
        bead("pr-wisp-a"),
        bead("pr-gone", ephemeral=True),
        bead("pr-task"),
    )

    def found(ask: Ask) -> list[str]:
        return [each.id for each in ready(town, NOW, ask)]

    assert found(Ask()) == ["pr-task"]
    assert found(Ask(types=frozenset({"gate"}))) == ["pr-gate"]
    assert found(Ask(types=frozenset({"bug"}))) == []
    assert found(Ask(deferred=True)) == ["pr-kid", "pr-later", "pr-parked", "pr-task"]
    assert found(Ask(ephemeral=True)) == ["pr-gone", "pr-task", "pr-wisp-a"]


@given(ledgers())
def test_ready_is_what_a_plain_model_says(beads: tuple[Bead, ...]) -> None:
    town = world(*beads, TOWN)
    model = model_ready(beads)
    assert sorted(each.id for each in ready(town, NOW)) == model
    assert sorted(each.id for each in beads if is_ready(town, each.id, NOW)) == model
    assert is_ready(town, ItemId("pr-nobody"), NOW) is False


def test_order_is_priority_then_newest_then_id() -> None:
    town = world(
        bead("pr-a", created="2026-11-19T08:00:00Z"),
        bead("pr-b", created="2026-11-19T08:00:00Z"),
        bead("pr-c", created="2026-11-19T10:00:00+01:00"),
        bead("pr-d", priority=0, created="2026-11-01T08:00:00Z"),
    )
    assert [each.id for each in ready(town, NOW)] == ["pr-d", "pr-c", "pr-a", "pr-b"]


def test_blocked_names_what_it_waits_for_parents_included() -> None:
    town = world(
        bead("pr-open"),
        bead("pr-epic", needs=("pr-open",)),
        bead("pr-x", parent="pr-epic", needs=("pr-y",)),
        bead("pr-y"),
    )
    assert {each.id: ids for each, ids in blocked(town)} == {
        "pr-epic": ("pr-open",),
        "pr-x": ("pr-y", "pr-open"),
    }
    assert blockers(town, bead("pr-x", parent="pr-epic", needs=("pr-y",))) == ("pr-y", "pr-open")


def test_blocked_by_names_the_parent_as_other_trackers_do() -> None:
    beads = (
        bead("pr-open"),
        bead("pr-epic", needs=("pr-open",)),
        bead("pr-x", parent="pr-epic", needs=("pr-y",)),
        bead("pr-z", parent="pr-x"),
        closed_bead("pr-over", needs=("pr-open",)),
        bead("pr-free", parent="pr-over"),
        bead("pr-y"),
    )
    ledger = Ledger(world(*beads))
    assert {each.id: direct_blockers(ledger, each) for each in beads[1:4] + beads[5:]} == {
        "pr-epic": ("pr-open",),
        "pr-x": ("pr-y", "pr-epic"),
        "pr-z": ("pr-x",),
        "pr-free": (),
        "pr-y": (),
    }


def test_cycles_by_hand_end() -> None:
    town = world(bead("pr-a", needs=("pr-b",), parent="pr-b"), bead("pr-b", needs=("pr-a",), parent="pr-a"))
    assert ready(town, NOW) == ()
    assert len(blocked(town)) == 2


def test_missing_is_reported() -> None:
    town = world(
        bead("pr-b"),
        bead("pr-a", needs=("pr-b", "pr-gone", "external:nobody:x", "external:other:x")),
        bead("pr-c", conditional_blocks=("pr-gone",), waits_for=("pr-lost", "pr-gone")),
        bead("pr-d", waits_for=("pr-unborn",)),
        bead("pr-e", parent="pr-unborn", related=("pr-gone",)),
        closed_bead("pr-f", needs=("pr-gone",)),
        rig("other", "ot"),
    )
    assert missing(town) == (
        ("pr-a", "external:nobody:x"),
        ("pr-a", "pr-gone"),
        ("pr-c", "pr-gone"),
        ("pr-c", "pr-lost"),
    )
    assert [each.id for each in ready(town, NOW)] == ["pr-b", "pr-c", "pr-e"]


def test_orders() -> None:
    beads = [
        bead("pr-new.10", created="2026-11-19T08:00:00Z", priority=1),
        bead("pr-new.9", created="2026-11-19T08:00:00Z", priority=1),
        bead("pr-newer", created="2026-11-19T10:00:00Z", priority=1),
        bead("pr-new0", created="2026-11-19T10:00:00Z", priority=0),
        bead("pr-old", created="2026-11-01T08:00:00Z", priority=3),
        bead("pr-older", created="2026-10-01T08:00:00+02:00", priority=0),
        bead("pr-edge", created="2026-11-18T08:00:00Z", priority=4),
    ]

    def order(sort: str) -> list[str]:
        return [each.id.removeprefix("pr-") for each in in_order(beads, sort, NOW)]

    assert order("priority") == ["new0", "older", "newer", "new.9", "new.10", "old", "edge"]
    assert order("oldest") == ["older", "old", "edge", "new.9", "new.10", "new0", "newer"]
    assert order("hybrid") == ["new0", "new.9", "new.10", "newer", "edge", "older", "old"]


def test_children_by_number() -> None:
    ids = ["gt-a.10", "gt-a.2", "gt-a", "gt-10", "gt-9", "gt-b", "gt-a.2.1", "gt-a.2.x", "gt-mol-b"]
    assert [each.id for each in naturally(map(bead, ids))] == [
        "gt-a", "gt-a.2", "gt-a.2.x", "gt-a.2.1", "gt-a.10", "gt-b", "gt-9", "gt-10", "gt-mol-b",
    ]  # fmt: skip


_times = st.builds(
    lambda micros, hours: (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(
        timezone(timedelta(hours=hours))
    ),
    st.integers(-(10**15), 10**15) | st.integers(0, 3) | st.integers(0, 3).map(lambda second: second * 10**6),
    st.integers(-12, 14),
)


@given(st.lists(_times, min_size=2))
def test_stamps_of_any_form_compare_as_time(times: list[datetime]) -> None:
    plain = [when.astimezone(UTC).replace(microsecond=0) for when in times]
    written = {when.isoformat(): when for when in times} | {clock.stamp(when): when for when in plain}
    beads = [bead(f"pr-{number}", created=stamp) for number, stamp in enumerate(written)]
    found = [written[each.created] for each in in_order(beads, "oldest", NOW)]
    assert found == sorted(found)
    assert [comparable(clock.stamp(when)) for when in plain] == [clock.stamp(when) for when in plain]
