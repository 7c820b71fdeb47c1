"""The git program as we start it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.system import git
from gtlib.system import process
from tests.support import gitrepo


def test_every_local_variable_of_this_git_is_dropped() -> None:
    said = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, check=True)
    assert set(said.stdout.decode().split()) <= process.GIT_VARIABLES


def test_works_on_the_folder_whatever_a_git_hook_inherited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, other = (gitrepo.make_repo(tmp_path / name) for name in ("here", "other"))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert git.run(["rev-parse", "--show-toplevel"], here).text == str(here)


def test_what_the_caller_sets_holds(tmp_path: Path) -> None:
    here, other = (gitrepo.make_repo(tmp_path / name) for name in ("here", "other"))
    env = {"GIT_DIR": str(other / ".git")}
    assert git.run(["rev-parse", "--absolute-git-dir"], here, env=env).text == str(other / ".git")


def test_input_output_and_exit_status(tmp_path: Path) -> None:
    repo = gitrepo.make_repo(tmp_path / "repo")
    blob = git.run(["hash-object", "-w", "--stdin"], repo, input=b"a\xff\n").text
    assert git.run(["cat-file", "blob", blob], repo) == git.Result(0, b"a\xff\n", b"")
    assert git.run(["diff", "--quiet"], repo, check=False).code == 0


def test_an_error_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    repo = gitrepo.make_repo(tmp_path / "repo")
    with pytest.raises(git.GitError) as caught:
        git.run([*git.RIG_FLAGS, "rev-parse", "--verify", "nothing"], repo)
    assert str(caught.value) == (
        "git rev-parse failed: Needed a single revision; "
        f"mend that, or see more with: cd {repo} && git rev-parse --verify nothing"
    )
    assert caught.value.code == 128
    assert caught.value.argv[-1] == "nothing"


def test_a_missing_folder_and_a_missing_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no such folder: .*/none"):
        git.run(["version"], tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="git: not found; install it"):
        git.run(["version"], tmp_path)


def test_a_time_limit_ends_git_and_its_helpers(tmp_path: Path) -> None:
    repo = gitrepo.make_repo(tmp_path / "repo")
    begun = time.monotonic()
    with pytest.raises(git.GitError, match=r"no answer in 0\.3 s"):
        git.run(["-c", "alias.wait=!sleep 60", "wait"], repo, timeout=0.3)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("err", "expected"),
    [
        (b"", ""),
        (b"hint: try\nfatal: bad thing\nPlease make sure\n", "bad thing"),
        (b"warning: x\nerror: this\nfatal: that\n", "this"),
        (b"one\ntwo\n", "two"),
        (b"fatal: no access to 'https://me:secret@host/x/'", "no access to 'https://***@host/x/'"),
    ],
)
def test_reason(err: bytes, expected: str) -> None:
    assert git.reason(err) == expected


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("git version 2.39.5", (2, 39, 5)),
        ("git version 2.39.3 (Apple Git-146)", (2, 39, 3)),
        ("git version 2.47.0.windows.1", (2, 47, 0)),
        ("nonsense", ()),
    ],
)
def test_version(said: str, numbers: tuple[int, ...]) -> None:
    assert git.version(said) == numbers


def test_an_old_git_is_refused_with_both_versions() -> None:
    git.check_version()
    git.require((2, 38))
    with pytest.raises(UserError) as caught:
        git.require((2, 37, 9))
    assert str(caught.value) == "git 2.37.9 is too old: 2.38 or newer is needed; install git 2.38 or newer"


def test_the_environment_is_quiet() -> None:
    found = git.run(["-c", "alias.env=!env", "env"], Path(os.sep)).text.splitlines()
    assert {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_PAGER=cat"} <= set(found)
