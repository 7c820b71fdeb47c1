"""kill -9 of the deacon, its sessions and their commands, while a molecule is worked through.

`tests/torture/molecules_test.py` is the long form. The moments follow from the seed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import molecule_kills


def test_a_long_row_of_steps(tmp_path: Path) -> None:
    with molecule_kills.hanoi(tmp_path, 3, beads=False) as work:
        assert work.kill(1, molecule_kills.after_steps(1, 3), 4) > 1
        work.end(120)
    molecule_kills.check_hanoi(work, 3)


def test_every_construct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with molecule_kills.play_everything(tmp_path, monkeypatch, beads=True) as work:
        assert work.kill(1, molecule_kills.after_seconds(0.5, 3.0), 4) > 1
        work.end(180)
    molecule_kills.check_everything(work)
