"""Every test runs in a world of its own, and leaves no process behind."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from tests.support import ROOT
from tests.support import towns

GIT_CONFIG = """\
[user]
    name = Ada
    email = ada@example.invalid
[init]
    defaultBranch = main
    templateDir =
[commit]
    gpgSign = false
[gc]
    auto = 0
[maintenance]
    auto = false
"""

HOMES = itertools.count()

# The daily run tries the same examples each time, so that a red run is somebody's change; `inv torture`
# looks for new ones with the other profile.
settings.register_profile("town", database=None, deadline=None, derandomize=True)
settings.register_profile("explore", database=None, deadline=None)
settings.load_profile("town")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "torture"):
            item.add_marker("torture")


@pytest.fixture(scope="session", autouse=True)
def patterns(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Towns that others are copied from stand among pytest's own temporary folders, which it clears."""
    towns.PATTERNS = tmp_path_factory.mktemp("patterns")


@pytest.fixture(autouse=True)
def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # numbered here: pytest would look through all the folders that there are to find the next number
    home = tmp_path_factory.mktemp(f"home{next(HOMES)}", numbered=False)
    isolate(home, monkeypatch)
    before = {process.pid for process in children()}
    yield
    leaked = [process for process in children() if process.pid not in before]
    _, alive = psutil.wait_procs(leaked, timeout=0.5) if leaked else ([], [])
    if alive:
        pytest.fail("left behind: " + "; ".join(kill(process) for process in alive))


def isolate(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME, configuration, identity, language and working directory of this test alone."""
    for name in os.environ:
        if name.startswith(("GIT_", "GT_", "BEADS_", "BD_", "XDG_")):
            monkeypatch.delenv(name)
    # git hooks and commands start as an installed package does: from bytecode
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    (home / ".gitconfig").write_text(GIT_CONFIG, encoding="utf-8")
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "false",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(ROOT),
        # where gt is installed, as a person's who types it
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, value)
    cwd = home / "cwd"
    cwd.mkdir()
    monkeypatch.chdir(cwd)
    # libgit2 reads HOME when it is first imported, which an earlier test may have done.
    pygit2 = sys.modules.get("pygit2")
    if pygit2 is not None:
        levels = pygit2.enums.ConfigLevel
        pygit2.settings.search_path[levels.SYSTEM] = str(home / "none")
        pygit2.settings.search_path[levels.XDG] = str(home / ".config" / "git")
        pygit2.settings.search_path[levels.GLOBAL] = str(home)


def children() -> list[psutil.Process]:
    """Live child processes of this one, without Python's own helpers."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # there is none: nothing to look for among all processes
        return []
    return [process for process in psutil.Process().children(recursive=True) if counts(process)]


def counts(process: psutil.Process) -> bool:
    try:
        words = " ".join(process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and "multiprocessing.resource_tracker" not in words
    except psutil.NoSuchProcess:
        return False


def kill(process: psutil.Process) -> str:
    try:
        words = f"{process.pid} {' '.join(process.cmdline())}"
        process.kill()
        process.wait(5)
    except psutil.NoSuchProcess:
        return f"{process.pid}, gone since"
    return words
