"""Whether the framework runs: by pid and start time, never by a file that was left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.store import framework


@pytest.fixture
def git_dir(tmp_path: Path) -> Path:
    (tmp_path / ".git" / "gt").mkdir(parents=True)
    return tmp_path / ".git"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Some process that stands in the town."""
    words = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def test_a_mark_counts_while_its_process_lives(git_dir: Path, other: subprocess.Popen[bytes]) -> None:
    assert framework.at_work(git_dir) == ()
    framework.mark(git_dir / "gt", other.pid)
    assert framework.at_work(git_dir) == (other.pid,)
    assert not framework.is_above_us(framework.at_work(git_dir))
    os.utime(git_dir / "gt" / "framework", (1, 1))  # an older process had this pid
    assert framework.at_work(git_dir) == ()
    framework.mark(git_dir / "gt", other.pid)
    other.kill()
    other.wait()
    assert framework.at_work(git_dir) == ()


def test_what_is_above_us_is_not_waited_for(git_dir: Path) -> None:
    framework.mark(git_dir / "gt", os.getppid())
    assert framework.is_above_us(framework.at_work(git_dir))
    assert not framework.is_above_us(())


def test_nonsense_in_the_mark(git_dir: Path) -> None:
    (git_dir / "gt" / "framework").write_text("nonsense\n")
    assert framework.at_work(git_dir) == ()


def test_a_patch_of_a_process_that_stands_here(
    git_dir: Path, other: subprocess.Popen[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.mktemp("cache")
    env = {"PRE_COMMIT_HOME": str(cache)}
    now = int(time.time())
    for name in ("patch", "patch1-x", f"patch1-{other.pid}", f"patch{now - 90_000}-{other.pid}", "db.db"):
        (cache / name).touch()
    assert framework.at_work(git_dir, env) == ()
    (cache / f"patch{now}-{other.pid}").touch()
    assert framework.at_work(git_dir, env) == (other.pid,)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / ".git"
    assert framework.at_work(elsewhere, env) == ()
    for names in ({"XDG_CACHE_HOME": str(cache)}, {"HOME": str(cache)}, {}):
        assert framework.at_work(git_dir, names) == ()
