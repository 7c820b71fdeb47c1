from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_convoy
from gtlib.rules.find import find_id
from tests.support.world import bead
from tests.support.world import convoy
from tests.support.world import molecule
from tests.support.world import world

TOWN = world(
    bead("pr-abc12"), bead("pr-abd34"), bead("hq-xyz"), molecule("pr-mol-abc99"),
    convoy("hq-cv-old", owner="overseer", created="2026-11-18T00:00:00Z"),
    convoy("hq-cv-new", owner="mayor", human=True, created="2026-11-19T00:00:00Z"),
    convoy("hq-cv-done", owner="overseer", status="closed", created="2026-11-20T00:00:00Z"),
)  # fmt: skip


@pytest.mark.parametrize("text", ["pr-abc12", "abc12", "bc1", "pr-bc"])
def test_a_piece_is_enough(text: str) -> None:
    assert find_bead(TOWN, text).id == "pr-abc12"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ab", "'ab' means 2 items; write one of: pr-abc12, pr-abd34"),
        ("", "an empty id of a bead; see the ids with: bd list --all"),
        ("zz", "no bead zz; see them with: bd list --all"),
        ("hq-cv-old", "hq-cv-old is a convoy, not a bead; see it with: gt convoy show hq-cv-old"),
    ],
)
def test_none_or_several(text: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        find_bead(TOWN, text)
    assert str(refused.value) == said


def test_another_kind_does_not_disturb() -> None:
    assert find_id(TOWN, "abc", "beads") == "pr-abc12"
    assert find_id(TOWN, "abc", "molecules") == "pr-mol-abc99"


def test_without_an_id_the_newest_open_convoy_of_whoever_asks() -> None:
    assert find_convoy(TOWN, "", "overseer").id == "hq-cv-new"
    assert find_convoy(TOWN, "", "mayor").id == "hq-cv-new"
    with pytest.raises(UserError, match="proj/witness has no open convoy"):
        find_convoy(TOWN, "", "proj/witness")
