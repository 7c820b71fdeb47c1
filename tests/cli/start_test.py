"""The programs as they start: what a person or a shell may do to them before the first command runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support import towns

# Python's own start can't be guarded, so the signal comes when the first of our imports begins.
INTERRUPTED = """
import builtins, os, signal, sys
sys.path.insert(0, sys.argv[1])
from gtlib.cli.start import bd_main
real = builtins.__import__
def hurt(name, *more):
    if name.startswith("gtlib."):
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *more)
builtins.__import__ = hurt
sys.argv = ["bd", "version"]
sys.exit(bd_main())
"""


def test_an_early_interrupt_leaves_silently() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", INTERRUPTED, str(ROOT)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    program = "import signal, sys; signal.signal(2, signal.SIG_IGN); from gtlib.cli.start import start; "
    program += "start('bd', ['version']); print(signal.getsignal(2) is signal.SIG_IGN)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_nowhere(tmp_path: Path, closed: str) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/gt-aaaaa.md", towns.bead("gt-aaaaa"))
    for words in ("list", "create One", "list --json", "export"):
        line = f"'{sys.executable}' -m gtlib.cli bd {words} {closed}"
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=town.root,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0
        assert (">&-" not in closed) == bool(done.stdout) or closed == "2>&-"
        assert "Error" not in done.stderr
    assert towns.status(town) == ""
    assert towns.git(town.root, "fsck", "--strict") == ""
