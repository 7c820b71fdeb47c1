"""What tests share.

Which code is tested: the checkout's, always. In this process because `pythonpath = .` puts the
checkout first; in child processes, git hooks among them, because tests/conftest.py sets PYTHONPATH to
the checkout. So a command is run as `[sys.executable, "-m", "gtlib.cli", ...]` (see `gt` below), never
as the `gt` on PATH, which may be an older installation. tests/wheel_test.py alone looks at the wheel.
Most tests of commands need no process of their own: `asked.gt` and `asked.bd` run them in this one.

What many tests begin with is made once for each process and copied (`towns.make_town`, `towns.copied`).
What `towns` commits by hand was committed a while ago, so no transition holds back for it; where somebody
is to be at work, use `towns.at_work`. `laws.examples` says how many examples a law is tried with.

The working directory of a test is an empty folder: name files of the checkout from `ROOT`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

# what happens before each command, told the folder in which it runs
BEFORE: list[Callable[[Path], None]] = []
ROOT = Path(__file__).resolve().parent.parent.parent


def run_program(
    program: str, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `gt` or `bd` of the checkout as a user would; 60 seconds at most."""
    for act in BEFORE:
        act(cwd or Path.cwd())
    return subprocess.run(
        [sys.executable, "-m", "gtlib.cli", program, *words],
        cwd=cwd,
        env=env,
        text=True,
        encoding="utf-8",
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def gt(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return run_program("gt", *words, cwd=cwd)


def bd(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return run_program("bd", *words, cwd=cwd)
