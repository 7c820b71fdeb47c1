"""The world that tests/conftest.py makes for every test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pygit2

from tests.support import ROOT

LEAK = """
import subprocess, sys

def test_tidy():
    subprocess.run([sys.executable, "-c", ""], check=True)

def test_leak(request):
    request.config.kept = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open("%s", "w") as file:
        file.write(str(request.config.kept.pid))
"""


def test_git_sees_no_configuration_but_ours(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["git", "-C", str(tmp_path), "config", "--show-origin", "--name-only", "-l"],
        capture_output=True,
        text=True,
        check=True,
    )
    origins = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert origins == {f"file:{os.environ['HOME']}/.gitconfig", "file:.git/config"}
    assert not (tmp_path / ".git" / "hooks").exists()


def test_libgit2_sees_no_configuration_but_ours(tmp_path: Path) -> None:
    # The first import was maybe in this very test, before which only HOME could be set.
    repo = pygit2.init_repository(str(tmp_path))
    assert (repo.config["user.name"], repo.config["user.email"]) == ("Ada", "ada@example.invalid")


def test_no_variable_reaches_a_test() -> None:
    kept = {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_EDITOR",
        "GIT_TERMINAL_PROMPT",
        "XDG_CONFIG_HOME",
    }
    assert {name for name in os.environ if name.startswith(("GIT_", "GT_", "XDG_", "BEADS_"))} == kept
    assert list(Path.cwd().iterdir()) == []


def test_a_process_left_behind_fails_its_test(tmp_path: Path) -> None:
    (tmp_path / "leak_test.py").write_text(LEAK % (tmp_path / "pid"))
    flags = [
        "-q",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        str(tmp_path),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *flags, str(tmp_path / "leak_test.py")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    pid = int((tmp_path / "pid").read_text())
    assert done.returncode == 1
    assert "2 passed, 1 error" in done.stdout
    assert f"left behind: {pid} {sys.executable} -c import time; time.sleep(60)" in done.stdout
    assert not psutil.pid_exists(pid)
