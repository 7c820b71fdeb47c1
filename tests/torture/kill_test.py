"""A hundred kills each of `gt sling` and of the deacon with what it started, in towns with much to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import campaign

KILLS = 10


@pytest.mark.parametrize("seed", range(10))
def test_sling(tmp_path: Path, seed: int) -> None:
    town = campaign.make(tmp_path, KILLS)

    beads = campaign.kill_slings(town, KILLS, seed)

    campaign.come_to_an_end(town, beads)


@pytest.mark.parametrize("seed", range(10))
def test_deacon_sessions_and_refinery(tmp_path: Path, seed: int) -> None:
    town = campaign.make(tmp_path, 4)
    beads = campaign.sling_all(town, 4)

    campaign.kill_workers(town, KILLS, seed)

    campaign.come_to_an_end(town, beads)
