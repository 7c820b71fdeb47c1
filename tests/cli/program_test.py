from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.cli.program import guard
from gtlib.cli.usage import _rows
from gtlib.cli.version import VERSION
from tests.support import bd
from tests.support import gt

SAMPLE = """
import sys
from gtlib.cli import program
from tests.support.commands import BD, GT
program.PROGRAMS.update(gt=GT, bd=BD)
sys.exit(program.main(sys.argv[1], sys.argv[2:]))
"""

TASKS = """
from gtlib.cli.namespace import namespace
from tests.support.commands import GT
ns = namespace(program=GT)
"""

CREATE_HELP = """\
usage: gt convoy create NAME [IDS...] [flags]

Track some beads together.

words:
  NAME  what it is for

flags:
  -N, --notify[=NOTIFY]  who is told (alone: mayor)
  -u, --human
      --no-wait
      --no-convoy
  -n, --limit LIMIT      (default: 50)
  -l, --label LABEL      (also --tag; may be repeated)
  -a, --args ARGS
      --from FROM
      --json             print one JSON document
  -h, --help             this

example:
  gt convoy create 'Feature X' gt-a gt-b --notify
"""

MAIL_HELP = """\
usage: gt mail [flags]

List your mail.

flags:
      --json  print one JSON document
  -h, --help  this

commands:
  inbox  List your mail.
  send   Send a message.

see gt mail COMMAND --help

example:
  gt mail
"""

BD_HELP = """\
usage: bd COMMAND [flags]

bd: a flat program to test

Commands:
  create     Make a bead.
  step done  Tick a step.

Test:
  mail  the mail commands

see bd COMMAND --help
"""


def run(*argv: str, cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def sample(*words: str, cwd: Path | None = None) -> tuple[int, str, str]:
    return run(sys.executable, "-c", SAMPLE, *words, cwd=cwd)


@pytest.mark.parametrize("words", [["version"], ["--version"], ["-V"]])
def test_version(words: list[str]) -> None:
    done = gt(*words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gt {VERSION}\n", "")


def test_version_as_json() -> None:
    done = bd("version", "--json")
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (
        0,
        {"version": VERSION, "schema_version": 1},
        "",
    )


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_of_a_program(words: list[str]) -> None:
    assert sample("bd", *words) == (0, BD_HELP, "")


@pytest.mark.parametrize("words", [["help", "convoy", "create"], ["convoy", "create", "--help"]])
def test_help_of_a_command(words: list[str]) -> None:
    assert sample("gt", *words) == (0, CREATE_HELP, "")


def test_help_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "46")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    rows = _rows("words:", [("TARGET", "RIG: a free polecat of it, or a new one"), ("X", "")])
    assert rows == ("words:\n  TARGET  RIG: a free polecat of it, or a new\n          one\n  X")


def test_help_of_a_group_with_a_default_command() -> None:
    assert sample("gt", "mail", "-h") == (0, MAIL_HELP, "")


def test_a_stray_word_is_no_second_command() -> None:
    code, out, err = sample("gt", "convoy", "create", "X", "down")
    assert (code, json.loads(out)["ids"], err) == (0, ["down"], "")


def test_exit_code_of_a_command() -> None:
    assert sample("bd", "create") == (1, "bead \n", "")


@pytest.mark.parametrize(
    ("how", "code", "error"),
    [
        ("user", 1, "error: no rig 'x'; see gt rig list or make one\n"),
        ("file", 1, "error: beads/gt-a.md:3: no title; give it one\n"),
        ("denied", 1, "error: /town/beads: Permission denied; see who owns the folder, and whether its disk is full\n"),
        ("interrupt", 130, ""),
        ("pipe", 141, ""),
    ],
)  # fmt: skip
def test_errors(how: str, code: int, error: str) -> None:
    assert sample("gt", "fail", how) == (code, "", error)


def test_wrong_words_run_nothing() -> None:
    assert sample("gt", "down", "now") == (
        2,
        "",
        "error: gt down: one word too many: 'now'; usage: gt down [flags]\n",
    )


def test_error_as_json() -> None:
    code, out, err = sample("gt", "fail", "--json", "file")
    assert (code, out) == (1, "")
    assert json.loads(err) == {
        "error": "beads/gt-a.md:3: no title",
        "hint": "give it one",
        "schema_version": 1,
    }


def test_wrong_words_as_json() -> None:
    code, out, err = sample("gt", "dwn", "--json")
    assert (code, out) == (2, "")
    assert json.loads(err) == {
        "error": "unknown command 'gt dwn'",
        "hint": "did you mean down?",
        "schema_version": 1,
    }


def test_a_bug_leaves_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    code, out, err = sample("gt", "fail", "bug")
    log = check_log(next(tmp_path.iterdir()))
    assert (code, out) == (3, "")
    assert err == f"error: bug: ValueError: what now; please report it, with {log}\n"


def test_a_bug_in_a_town_leaves_its_log_there(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "town.yaml").write_text("name: t\n")
    (tmp_path / "beads").mkdir()
    code, _, err = sample("gt", "fail", "bug", cwd=tmp_path / "beads")
    log = check_log(tmp_path / ".git" / "gt" / "logs")
    assert (code, err) == (3, f"error: bug: ValueError: what now; please report it, with {log}\n")


def check_log(folder: Path) -> Path:
    (log,) = folder.iterdir()
    assert "'fail', 'bug'" in log.read_text()
    assert "raise problems[how]\nValueError: what\nnow" in log.read_text()
    return log


@pytest.mark.parametrize("words", [("status",), ("install", "x"), ("status", "--json")])
def test_in_a_folder_that_is_gone(tmp_path: Path, words: tuple[str, ...]) -> None:
    script = f"rmdir {tmp_path}/gone && exec {sys.executable} -m gtlib.cli gt {' '.join(words)}"
    (tmp_path / "gone").mkdir()
    said = ("the folder that you are in is gone", "go into another one with cd")
    shown = json.dumps(
        dict(zip(("error", "hint"), said, strict=True)) | {"schema_version": 1}, separators=(",", ":")
    )
    line = shown if "--json" in words else f"error: {'; '.join(said)}"
    assert run("sh", "-c", script, cwd=tmp_path / "gone") == (1, "", line + "\n")


@pytest.mark.parametrize("number", [errno.ENOSPC, None])
def test_a_full_disk_is_no_bug(capsys: pytest.CaptureFixture[str], number: int | None) -> None:
    """Libgit2 says it in words, without the number."""

    def full() -> int:
        said = os.strerror(errno.ENOSPC)
        raise OSError(f"failed to write out file: {said}") if number is None else OSError(number, said, "f")

    assert guard(full, json=False) == 1
    what = "f" if number else "failed to write out file"
    assert capsys.readouterr().err == (
        f"error: {what}: No space left on device; see who owns the folder, and whether its disk is full\n"
    )


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SAMPLE, "gt", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert (process.stderr.read(), process.wait(60)) == ("", 141)


def test_another_folder(tmp_path: Path) -> None:
    assert gt("-C", str(tmp_path), "version").returncode == 0
    done = gt("-C", str(tmp_path / "none"), "version")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {tmp_path}/none: No such file or directory; give a folder that exists\n"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    (tmp_path / "tasks.py").write_text(TASKS)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["convoy.list"], (0, "list\n", "")),
        (["escalate", "it burns", "--severity", "HIGH"], (0, "HIGH it burns mayor\n", "")),
        (["escalate.list"], (0, "escalations\n", "")),
        (["mail"], (0, "inbox\n", "")),
        (["mail.send", "ada"], (0, "to ada\n", "")),
        (["fail", "user"], (1, "", "error: no rig 'x'; see gt rig list or make one\n")),
    ],
)
def test_invoke_runs_the_same_commands(tasks: Path, words: list[str], expected: object) -> None:
    assert run(sys.executable, "-m", "invoke", *words, cwd=tasks) == expected


def test_invoke_gives_flags(tasks: Path) -> None:
    flags = ["--notify", "--ids", "gt-a", "--ids", "gt-b", "--limit", "7", "--no-wait", "--label=x"]
    code, out, err = run(sys.executable, "-m", "invoke", "convoy.create", "X", *flags, cwd=tasks)
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "name": "X",
        "ids": ["gt-a", "gt-b"],
        "notify": "mayor",
        "limit": 7,
        "label": ["x"],
        "args": None,
        "wait": False,
        "schema_version": 1,
    }
