"""Eight agents at once, most of them from hell: all their work lands, and `gt down` leaves nothing behind.

Thirty of them, and what takes minutes to be noticed, stand in tests/torture/thirty_test.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import gt
from tests.support import swarm

KINDS = ("work", "dies", "exit0", "flood", "orphans", "stubborn", "deaf", "meddler")
SECONDS = 90.0


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on the PATH")
def test_all_work_lands_and_nothing_stays(tmp_path: Path) -> None:
    with swarm.swarm(tmp_path, KINDS, 1, {"spawns_per_minute": 1000}) as made:
        swarm.run(made, SECONDS)
        swarm.down(made)

        swarm.assert_nothing_left(made)
        swarm.assert_all_landed(made)
        assert swarm.text_of_others(made) == [f"+{swarm.MARK}"]
        assert gt("doctor", cwd=made.town.root).returncode == 0
        assert made.most > len(KINDS)  # the mayor beside them
