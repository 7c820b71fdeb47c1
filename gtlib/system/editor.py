"""A person's editor, in the foreground."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gtlib.errors import UserError


def edit(path: Path, environ: Mapping[str, str]) -> None:
    """Open the file in VISUAL, EDITOR or vi, and wait. UserError when that can't be started, or fails."""
    said = environ.get("VISUAL") or environ.get("EDITOR") or "vi"
    try:
        argv = shlex.split(said)
        code = subprocess.run([*argv, str(path)], env=dict(environ), check=False).returncode
    except (OSError, ValueError) as problem:
        raise UserError(f"the editor {said!r} does not start: {problem}", "set EDITOR to another") from None
    if code:
        raise UserError(f"the editor {said!r} ended with {code}", f"your text is in {path}")
