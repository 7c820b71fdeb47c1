"""The launcher: known from its first moment, one for each address, exactly the environment it was given."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from gtlib.runtimes import launch
from gtlib.system import process
from gtlib.system import procinfo
from gtlib.system.process import Proc

NAME = "proj.polecats.toast"
SHELL = shutil.which("sh") or "/bin/sh"
ENV = {"PATH": os.environ["PATH"]}


def order(
    folder: Path, *argv: str, session: str = "s-1", env: Mapping[str, str] = ENV, log: str = ""
) -> Path:
    return launch.order(folder / "run", NAME, session, argv, folder, env, log=log)


def run(file: Path) -> subprocess.CompletedProcess[str]:
    """A launch to the end of its program."""
    return subprocess.run(
        process.python(launch.MODULE, str(file)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


def start(folder: Path, session: str = "s-1") -> Proc:
    """A launch whose program says its pid and then lives until it is stopped."""
    said = folder / "pid"
    said.unlink(missing_ok=True)
    file = order(folder, SHELL, "-c", "echo $$ > pid.new; mv pid.new pid; exec sleep 60", session=session)
    proc = process.spawn(process.python(launch.MODULE, str(file)), folder, None, folder / "log")
    assert process.until(said.exists, 20), (folder / "log").read_text()
    return proc


def test_pid_and_start_time_stay_when_the_program_takes_over(tmp_path: Path) -> None:
    proc = start(tmp_path)
    try:
        assert (tmp_path / "pid").read_text() == f"{proc.pid}\n"
        assert launch.who(tmp_path / "run", NAME) == ("s-1", proc.pid, proc.started)
        assert process.started(proc.pid) == proc.started
        assert process.alive(proc)
    finally:
        process.stop(proc, 5)
    # A record outlives its process, and then speaks of none.
    assert launch.who(tmp_path / "run", NAME) == ("s-1", proc.pid, proc.started)
    assert not process.alive(proc)


def test_a_second_one_for_an_address_ends_while_the_first_lives(tmp_path: Path) -> None:
    proc = start(tmp_path)
    try:
        second = run(order(tmp_path, SHELL, "-c", "echo never", session="s-2"))
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == f"a session of {NAME} runs already, pid {proc.pid}\n"
        assert launch.who(tmp_path / "run", NAME) == ("s-1", proc.pid, proc.started)
        assert process.alive(proc)
    finally:
        process.stop(proc, 5)

    third = run(order(tmp_path, SHELL, "-c", "echo $$", session="s-3"))

    assert (third.returncode, third.stderr) == (0, "")
    found = launch.who(tmp_path / "run", NAME)
    assert found is not None
    assert (found[0], found[1]) == ("s-3", int(third.stdout))


def test_a_process_that_has_the_pid_of_an_earlier_session_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    seen = procinfo.see(os.getpid())
    assert seen is not None
    (folder / f"{NAME}.proc.json").write_text(
        f'{{"session": "s-0", "pid": {os.getpid()}, "started": "1@{seen.started[-8:]}"}}'
    )

    assert run(order(tmp_path, SHELL, "-c", "echo ran")).stdout == "ran\n"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"session": "s", "pid": "x", "started": ""}', "null"])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / f"{NAME}.proc.json").write_text(text)

    assert launch.who(folder, NAME) is None


def test_an_order_may_be_read_by_nobody_else_and_goes(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        file = order(tmp_path, SHELL, "-c", "exit 7", env={**ENV, "API_KEY": "secret"})
    finally:
        os.umask(old)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run(file).returncode == 7
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        f"{NAME}.launch.lock", f"{NAME}.proc.json",
    ]  # fmt: skip


def test_an_order_is_not_written_through_a_link(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("kept")
    (folder / f"{NAME}.launch.json").symlink_to(elsewhere)

    file = order(tmp_path, SHELL, "-c", "true")

    assert not file.is_symlink()
    assert elsewhere.read_text() == "kept"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    ended = run(order(tmp_path, "no-such-program"))

    assert ended.returncode == launch.NOT_FOUND == 127
    assert ended.stderr == "no-such-program: No such file or directory\n"
    found = launch.who(tmp_path / "run", NAME)
    assert found is not None
    assert not process.alive(Proc(found[1], found[2]))


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    file = launch.order(tmp_path / "run", NAME, "s-1", ["sh"], folder, ENV)
    folder.rmdir()

    assert run(file).returncode == launch.NOT_FOUND


def test_it_gets_its_folder_and_its_environment_and_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CODE_CHILD_SESSION", "1")
    log = tmp_path / "log"
    log.write_text("before\n")
    env = {"A": "1", "EMPTY": "", "WORDS": "two $HOME\nlines"}
    program = shutil.which("env") or "/usr/bin/env"

    ended = run(order(tmp_path, program, "-0", env=env, log=str(log)))

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert log.read_text() == "before\n" + "".join(f"{key}={value}\0" for key, value in env.items())


def test_words_are_arguments_and_nothing_else(tmp_path: Path) -> None:
    words = ["$(touch bad)", "`x`", "a b", "-n", "", "ü\n"]
    ended = run(order(tmp_path, SHELL, "-c", 'pwd; printf "%s|" "$@"', "sh", *words))

    assert ended.stdout == f"{tmp_path}\n" + "".join(f"{word}|" for word in words)
