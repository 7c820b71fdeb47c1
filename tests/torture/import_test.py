"""Large ledgers, and imports that are killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support import jsonl_ledgers
from tests.support.importing import kill_imports
from tests.support.towns import git
from tests.support.towns import make_town


def test_kills(tmp_path: Path) -> None:
    kill_imports(tmp_path, lines=1000, times=25, seed=7)


def test_six_thousand_lines_come_back(tmp_path: Path) -> None:
    town = make_town(tmp_path / "town").root
    lines = jsonl_ledgers.ledger(6000, seed=11)
    ledger = jsonl_ledgers.write(tmp_path / "issues.jsonl", lines)
    for _ in range(2):
        subprocess.run([sys.executable, "-m", "gtlib.cli", "bd", "import", str(ledger)], cwd=town, check=True)
        assert git(town, "rev-list", "--count", "HEAD").strip() == "3"
    done = subprocess.run(
        [sys.executable, "-m", "gtlib.cli", "bd", "export"], cwd=town, capture_output=True, check=True
    )
    assert jsonl_ledgers.read(done.stdout) == lines
