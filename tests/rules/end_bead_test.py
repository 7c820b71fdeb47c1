from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.rules.end_bead import guard_close
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
        guard_close(town, found, NOW)
        return
    with pytest.raises(UserError) as refusal:
        guard_close(town, found, NOW)
    assert str(refusal.value) == f"{said}; to close it all the same: --force"
