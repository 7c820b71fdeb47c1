"""Commands run in this process, as their scripts run them: many of them cost no start."""

from __future__ import annotations

import contextlib
import io
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
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(program, words)
    assert "bug: " not in err.getvalue(), f"{program} {' '.join(words)}: {err.getvalue()}"
    out.seek(0)
    return Ran(code, out.read(), err.getvalue())
