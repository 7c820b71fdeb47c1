"""kill -9 of the shell runtime at random moments: it comes to its end, and no step is done twice."""

from __future__ import annotations

from pathlib import Path

from tests.support import killing
from tests.support import towns
from tests.support import working


def test_ten_times(tmp_path: Path) -> None:
    town = killing.town_with_work(tmp_path)

    killing.kill_sessions(town, 10, seed=1)

    killing.each_step_once(town, "polecat/toast/pr-work1")
    assert working.hook(town).state == "completed"
    assert [request.status for request in town.snapshot().merges()] == ["ready"]
    assert towns.status(town) == ""
