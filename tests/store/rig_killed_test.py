"""kill -9 while a worktree is made or removed, then the same again: it is there, or it is saved and gone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gtlib.store.rig import Rig
from tests.support import gitrepo
from tests.support.rigs import make_rig

BRANCH = "polecat/toast/pr-1"
TOAST = Path("polecats/toast")
CODE = """
import sys
from pathlib import Path
from gtlib.model.config import RigConfig
from gtlib.store.rig import Rig
rig = Rig(Path(sys.argv[1]), RigConfig(name="proj", prefix="pr", url=""))
print("go", flush=True)
if sys.argv[2] == "add":
    rig.add_worktree(Path("polecats/toast"), "polecat/toast/pr-1", rig.target_tip())
else:
    rig.remove_worktree(Path("polecats/toast"))
"""


def kill_during(rig: Rig, what: str, chance: random.Random) -> None:
    """Kill it after a random time, with its git or without."""
    argv = [sys.executable, "-c", CODE, str(rig.root), what]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as child:
        assert child.stdout is not None and child.stdout.readline() == b"go\n"
        # The moment is the point here: no condition is waited for.
        time.sleep(chance.random() * 0.12)
        (os.killpg if chance.random() < 0.6 else os.kill)(child.pid, signal.SIGKILL)


def saved(rig: Rig, name: str) -> list[str]:
    commits = rig.bare.refs("refs/gt/rescue/polecats/").values()
    return [rig.bare.git("show", f"{commit}:{name}", check=False).text for commit in commits]


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_moment(tmp_path: Path, seed: int) -> None:
    rig, _ = make_rig(tmp_path, {f"d{n % 7}/f{n}": "x\n" * 50 for n in range(700)})
    chance = random.Random(seed)
    kill_during(rig, "add", chance)
    rig.add_worktree(TOAST, BRANCH, rig.target_tip())
    status = rig.worktree_status(TOAST)
    assert (status.branch, status.dirty, status.ahead) == (BRANCH, False, 0)
    gitrepo.write(rig.folder / TOAST, {"new": f"{seed}\n", "d1/f1": f"{seed}\n"})
    kill_during(rig, "remove", chance)
    rig.remove_worktree(TOAST)
    assert not (rig.folder / TOAST).exists()
    assert str(seed) in saved(rig, "new") and str(seed) in saved(rig, "d1/f1")
    rig.add_worktree(TOAST, BRANCH, rig.target_tip())
    assert not rig.worktree_status(TOAST).dirty
