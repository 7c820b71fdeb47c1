"""Thirty agents at once, three of each kind of hell: all their work lands, and `gt down` leaves nothing behind.

Some hells are only noticed after minutes: who shows nothing is ended when it counts as frozen, who stops
without work after it was told to go on three times.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gtlib import output
from tests.support import gt
from tests.support import swarm

KINDS = ("work", "dies", "exit0", "flood", "orphans", "stubborn", "deaf", "meddler", "hang", "lazy")
RIGS = 3
LIMITS = {"town_sessions": 31, "spawns_per_minute": 1000, "frozen": 20}
SECONDS = 900.0


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on the PATH")
def test_all_work_lands_and_nothing_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [kind for kind in KINDS for _ in range(3)]
    with swarm.swarm(tmp_path, kinds, RIGS, LIMITS) as made:
        took = swarm.run(made, SECONDS, 5.0)
        swarm.down(made)

        swarm.assert_nothing_left(made)
        swarm.assert_all_landed(made)
        assert made.most > len(kinds)
        assert set(swarm.text_of_others(made)) == {f"+{swarm.MARK}"}
        assert gt("doctor", cwd=made.town.root).returncode == 0
    said = (
        f"{took:.0f} s, {made.cpu:.0f} s of CPU, {made.memory:.0f} MB for {made.most} sessions at once; "
        f"the deacon {made.deacon_cpu:.0f} s, {made.deacon_memory:.0f} MB"
    )
    with capsys.disabled():
        output.line(said)
