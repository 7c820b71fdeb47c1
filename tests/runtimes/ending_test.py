"""The end of a session takes all that it started, and nothing else."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.runtimes import ending
from gtlib.system import kin
from gtlib.system import process
from gtlib.system.process import Proc

# Each writes its pid into a file and waits; the words are what it does before.
PROGRAM = """
import os, signal, sys, time
folder, *words = sys.argv[1:]
def say(name):
    open(f"{folder}/{name}.new", "w").write(str(os.getpid()))
    os.rename(f"{folder}/{name}.new", f"{folder}/{name}")
def child(name, *, own=False, orphan=False, stubborn=False, bare=False, other=""):
    if os.fork():
        return
    if own or orphan:
        os.setsid()
    if orphan and os.fork():
        os._exit(0)
    if stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    env = dict(os.environ)
    if bare:
        env.pop("GT_SESSION")
    if other:
        env["GT_SESSION"] = other
    os.execve(sys.executable, [sys.executable, "-c", f"import os,time; open({folder + '/' + name!r}+'.new','w').write(str(os.getpid())); os.rename({folder + '/' + name!r}+'.new', {folder + '/' + name!r}); time.sleep(600)"], env)
for word in words:
    if word == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif word == "tidy":
        def tidy(*_):
            open(f"{folder}/tidied", "w").close()
            os._exit(0)
        signal.signal(signal.SIGTERM, tidy)
    else:
        name, *how = word.split(",")
        child(name, **{each.partition("=")[0]: each.partition("=")[2] or True for each in how})
say("top")
while True:
    time.sleep(600)
"""


@pytest.fixture
def ends() -> Iterator[list[Proc]]:
    """Whatever a test that fails leaves."""
    found: list[Proc] = []
    yield found
    kin.send(found, signal.SIGKILL)


def begin(folder: Path, ends: list[Proc], *words: str, session: str = "s-end") -> dict[str, Proc]:
    """A session with what it starts: its processes by name."""
    folder.mkdir(exist_ok=True)
    env = {"GT_SESSION": session, "GT_TOWN": str(folder)}
    top = process.spawn([sys.executable, "-c", PROGRAM, str(folder), *words], folder, env, folder / "log")
    names = ["top", *(word.split(",")[0] for word in words if word not in ("stubborn", "tidy"))]
    assert process.until(lambda: all((folder / name).exists() for name in names), 20), (
        folder / "log"
    ).read_text()
    pids = {name: int((folder / name).read_text()) for name in names}
    found = {name: Proc(pid, process.started(pid)) for name, pid in pids.items()}
    ends += found.values()
    assert found["top"] == top
    return found


def test_all_that_a_session_started_ends(tmp_path: Path, ends: list[Proc]) -> None:
    found = begin(
        tmp_path, ends, "tidy", "plain", "own,own", "bare,own,bare", "stubborn-own,own,stubborn", "orphan,orphan",
        "stubborn-orphan,orphan,stubborn",
    )  # fmt: skip
    ending.end(found["top"], "s-end", 5, tmp_path)
    assert kin.live(found.values()) == set()
    assert (tmp_path / "tidied").exists()


def test_a_session_that_ignores_the_signal_ends_after_the_grace(tmp_path: Path, ends: list[Proc]) -> None:
    found = begin(tmp_path, ends, "stubborn", "child,bare")
    ending.end(found["top"], "s-end", 0.1, tmp_path)
    assert kin.live(found.values()) == set()


def test_what_others_started_lives_on(tmp_path: Path, ends: list[Proc]) -> None:
    other = begin(tmp_path / "other", ends, "orphan,orphan", session="s-other")
    same = begin(tmp_path / "same", ends, session="s-end")  # of another town
    found = begin(tmp_path / "ours", ends, "child", "guest,own,other=s-guest")
    ending.end(found["top"], "s-end", 5, tmp_path / "ours")
    assert kin.live(found.values()) == {found["guest"]}
    assert kin.live([*other.values(), *same.values()]) == {*other.values(), *same.values()}
    for procs in (other, same):
        process.stop(procs["top"], 1)


def test_where_its_process_is_gone_the_rest_ends(tmp_path: Path, ends: list[Proc]) -> None:
    found = begin(tmp_path, ends, "child", "orphan,orphan")
    os.kill(found["top"].pid, signal.SIGKILL)
    assert process.until(lambda: not process.alive(found["top"]), 5)
    assert len(kin.live(found.values())) == 2
    ending.end(None, "s-end", 5, tmp_path)
    assert kin.live(found.values()) == set()


def test_a_later_process_of_the_same_pid_is_not_touched(tmp_path: Path, ends: list[Proc]) -> None:
    found = begin(tmp_path, ends, session="s-later")
    before = Proc(found["top"].pid, "1@before")
    ending.end(before, "s-end", 1, tmp_path)
    ending.end(before, "", 1, tmp_path)
    assert kin.descendants(before) == set() and kin.carrying({"GT_SESSION": ""}) == set()
    assert kin.live(found.values()) == {found["top"]}


def test_who_ends_its_own_session_is_left(
    tmp_path: Path, ends: list[Proc], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import os, sys; from pathlib import Path; from gtlib.runtimes import ending;"
        f"ending.end(None, 's-end', 1, Path({str(tmp_path)!r}));"
        f"open({str(tmp_path / 'over')!r}, 'w').close()"
    )
    found = begin(tmp_path, ends, "child")
    env = {"GT_SESSION": "s-end", "GT_TOWN": str(tmp_path)}
    own = process.spawn([sys.executable, "-c", script], tmp_path, env, tmp_path / "own.log")
    ends.append(own)
    assert process.until((tmp_path / "over").exists, 20), (tmp_path / "own.log").read_text()
    assert process.until(lambda: not process.alive(own), 5)
    assert kin.live(found.values()) == set()
