"""Sessions and deacons killed a hundred times each, at moments that differ from town to town."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import killing


@pytest.mark.parametrize("seed", range(10))
def test_sessions(tmp_path: Path, seed: int) -> None:
    town = killing.town_with_work(tmp_path)

    killing.kill_sessions(town, 10, seed)

    killing.each_step_once(town, "polecat/toast/pr-work1")


@pytest.mark.parametrize("seed", range(10))
def test_deacons(tmp_path: Path, seed: int) -> None:
    town = killing.town_with_work(tmp_path)
    try:
        killing.kill_deacons(town, 10, seed)
    finally:
        killing.end(town)

    killing.each_step_once(town, "refs/remotes/origin/main")
