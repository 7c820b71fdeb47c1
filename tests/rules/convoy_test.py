from __future__ import annotations

import pytest
from msgspec.structs import replace

from gtlib.rules.convoy import close_convoys
from gtlib.rules.convoy import convoy_progress
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import bead
from tests.support.world import closed_bead
from tests.support.world import convoy
from tests.support.world import crew
from tests.support.world import letters
from tests.support.world import put
from tests.support.world import world

PATH = "convoys/hq-cv-aaaaa.md"


def test_closes_when_all_is_closed_and_tells_everybody_once() -> None:
    before = convoy("hq-cv-aaaaa", "pr-a", "pr-b", owner="overseer", notify=("proj/max", "mayor"), human=True)
    town = world(before, closed_bead("pr-a"), closed_bead("pr-b"), crew("max"))
    edit = close_convoys(town, NOW)
    assert edit is not None
    found = put(edit)[PATH]
    assert (found.status, found.closed) == ("closed", NOW)
    assert letters(edit) == {
        "overseer": "Convoy landed: Convoy hq-cv-aaaaa",
        "proj/crew/max": "Convoy landed: Convoy hq-cv-aaaaa",
        "mayor": "Convoy landed: Convoy hq-cv-aaaaa",
    }
    assert edit.subject == "convoy: hq-cv-aaaaa landed, 2 of 2"
    assert close_convoys(town.with_edit(edit), NOW) is None


@pytest.mark.parametrize(("ids", "said"), [(("pr-a",), "1 bead"), (("pr-a", "pr-b"), "2 beads")])
def test_its_mail_counts(ids: tuple[str, ...], said: str) -> None:
    edit = close_convoys(world(convoy("hq-cv-aaaaa", *ids), *map(closed_bead, ids)), NOW)
    assert edit is not None
    ((_, text),) = edit.files
    assert f"\nAll of hq-cv-aaaaa is closed, {said}:\n\n- pr-a " in text


def test_what_is_missing_counts_as_open_and_an_empty_one_stays() -> None:
    town = world(convoy("hq-cv-aaaaa", "pr-a", "pr-gone"), convoy("hq-cv-bbbbb"), closed_bead("pr-a"))
    assert convoy_progress(town, convoy("hq-cv-aaaaa", "pr-a", "pr-gone", "pr-a")) == (1, 2)
    assert close_convoys(town, NOW) is None


def test_staged_and_closed_ones_stay() -> None:
    town = world(
        convoy("hq-cv-aaaaa", "pr-a", status="staged"),
        convoy("hq-cv-bbbbb", "pr-a", status="closed"),
        closed_bead("pr-a"),
    )
    assert close_convoys(town, NOW) is None


def test_reopened_by_hand_stays_open_until_something_changes() -> None:
    town = world(convoy("hq-cv-aaaaa", "pr-a"), closed_bead("pr-a"), closed_bead("pr-b"))
    closed = put(close_convoys(town, NOW))[PATH]
    reopened = replace(closed, status="open")
    assert close_convoys(world(reopened, closed_bead("pr-a")), LATER) is None
    assert close_convoys(world(replace(reopened, closed=""), closed_bead("pr-a")), LATER) is None
    more = replace(reopened, tracks=("pr-a", "pr-b"))
    assert put(close_convoys(world(more, closed_bead("pr-a"), closed_bead("pr-b")), LATER))
    again = closed_bead("pr-a", closed=LATER)
    assert put(close_convoys(world(reopened, again), LATER))
    assert close_convoys(world(reopened, bead("pr-a")), LATER) is None
