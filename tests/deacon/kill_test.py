"""kill -9 of the deacon at random moments: started again it brings every bead to its end."""

from __future__ import annotations

from pathlib import Path

from tests.support import killing
from tests.support import towns


def test_ten_times(tmp_path: Path) -> None:
    town = killing.town_with_work(tmp_path)
    try:
        killing.kill_deacons(town, 10, seed=1)
    finally:
        killing.end(town)

    killing.each_step_once(town, "refs/remotes/origin/main")
    assert [request.status for request in town.snapshot().merges()] == ["landed"]
    assert towns.status(town) == ""
