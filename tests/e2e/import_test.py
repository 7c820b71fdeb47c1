from __future__ import annotations

from pathlib import Path

from tests.support.importing import kill_imports


def test_a_killed_import_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    kill_imports(tmp_path, lines=150, times=3, seed=5)
