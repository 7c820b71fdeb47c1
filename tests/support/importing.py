"""Killing imports at random moments: what they leave is the town before or after, never between."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support import jsonl_ledgers
from tests.support.asked import bd
from tests.support.asked import gt
from tests.support.towns import git
from tests.support.towns import make_town


def kill_imports(place: Path, lines: int, times: int, seed: int) -> None:
    """Import a ledger, killed so often at random moments; each time it is there whole or not at all."""
    chance = random.Random(seed)
    ledger = jsonl_ledgers.write(place / "issues.jsonl", jsonl_ledgers.ledger(lines, seed))
    original = make_town(place / "original").root
    before = git(original, "rev-parse", "HEAD").strip()
    whole = place / "whole"
    shutil.copytree(original, whole, symlinks=True)
    began = time.monotonic()
    assert bd("import", str(ledger), cwd=whole).returncode == 0
    takes = time.monotonic() - began
    after = git(whole, "rev-parse", "HEAD^{tree}")
    for number in range(times):
        town = place / f"killed-{number}"
        shutil.copytree(original, town, symlinks=True)
        _killed(town, ledger, chance.uniform(0.3, 1.0) * takes)
        assert gt("catch-up", cwd=town).returncode == 0
        assert git(town, "status", "--porcelain") == ""
        tip = git(town, "rev-parse", "HEAD").strip()
        assert tip == before or git(town, "rev-parse", "HEAD^{tree}") == after
        assert bd("import", str(ledger), cwd=town).returncode == 0
        assert git(town, "rev-parse", "HEAD^{tree}") == after
        assert git(town, "status", "--porcelain") == ""
        shutil.rmtree(town)


def _killed(town: Path, ledger: Path, after: float) -> None:
    argv = [sys.executable, "-m", "gtlib.cli", "bd", "import", str(ledger)]
    process = subprocess.Popen(argv, cwd=town, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(60)
