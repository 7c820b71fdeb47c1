"""Every system call of one transition that changes anything is a place to be killed at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.store.crash_test import original  # noqa: F401
from tests.store.crash_test import survive
from tests.support import crash

pytestmark = pytest.mark.skipif(not crash.HAS_STRACE, reason="strace is not installed")


def test_a_kill_at_every_call(original: Path, tmp_path: Path) -> None:  # noqa: F811
    shutil.copytree(original, tmp_path / "counted", symlinks=True)
    calls = crash.calls(tmp_path / "counted", "urgent", "%file,%desc")
    for call, nth in calls:
        place = tmp_path / f"{call}-{nth}"
        survive(original, place, call, nth)
        shutil.rmtree(place)
