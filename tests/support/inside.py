"""Commands run in this process, as their scripts run them: many of them cost no start."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gtlib.cli.program import main


class Ran(NamedTuple):
    """What a command gave back."""

    code: int
    out: str
    err: str


def run(cwd: Path, program: str, *words: str) -> Ran:
    """`program words` in that folder. It must not have met a bug."""
    out, err = io.StringIO(), io.StringIO()
    with _inside(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(program, words)
    assert "bug: " not in err.getvalue(), f"{program} {' '.join(words)}: {err.getvalue()}"
    return Ran(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _inside(cwd: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(cwd)
    try:
        yield
    finally:
        os.chdir(before)
