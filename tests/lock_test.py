from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.lock import FileLock

HOLD = """
import sys; from pathlib import Path; from gtlib.lock import FileLock
lock = FileLock(Path(sys.argv[1])); lock.acquire(); print("held", flush=True); sys.stdin.read()
"""


def test_excludes_within_one_process_and_never_unlinks(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "lock"
    with FileLock(path) as first:
        assert first.held
        assert FileLock(path).acquire(0) is False
        assert FileLock(path).acquire(0.03) is False
    assert path.exists()
    second = FileLock(path)
    assert second.acquire(0) is True
    second.release()
    second.release()
    assert not second.held


def test_is_freed_when_the_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        assert FileLock(path).acquire(0) is False
        child.kill()
    lock = FileLock(path)
    assert lock.acquire(5) is True
    lock.release()


def test_is_not_passed_on_through_exec(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    lock.acquire()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as child:
        lock.release()
        other = FileLock(lock.path)
        assert other.acquire(0) is True
        other.release()
        child.terminate()


def test_waits_until_free(tmp_path: Path) -> None:
    path, order = tmp_path / "lock", []
    first = FileLock(path)
    first.acquire()

    def wait() -> None:
        with FileLock(path):
            order.append("second")

    thread = threading.Thread(target=wait)
    thread.start()
    order.append("first")
    first.release()
    thread.join(10)
    assert order == ["first", "second"]


def test_twice_is_a_bug_and_a_bad_path_is_the_users(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    with lock, pytest.raises(RuntimeError):
        lock.acquire()
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot lock"):
        FileLock(tmp_path / "file" / "lock").acquire()
