"""kill -9 of `gt sling`, and of the deacon with its sessions and refinery, at random moments.

`tests/torture/kill_test.py` is the long form. The moments follow from the seed.
"""

from __future__ import annotations

from pathlib import Path

from tests.support import campaign

KILLS = 10
SLINGS = 5


def test_sling(tmp_path: Path) -> None:
    town = campaign.make(tmp_path, SLINGS)

    beads = campaign.kill_slings(town, SLINGS, seed=1)

    campaign.come_to_an_end(town, beads, by_itself=False)


def test_deacon_sessions_and_refinery(tmp_path: Path) -> None:
    town = campaign.make(tmp_path, 4)
    beads = campaign.sling_all(town, 4)

    killed = campaign.kill_workers(town, KILLS, seed=1)

    assert killed["deacon"] == KILLS and killed["polecats"] > 0, killed
    campaign.come_to_an_end(town, beads, by_itself=False)
