"""A program `gh` on PATH that answers from files: what it is asked is written down, what it says is given."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_SCRIPT = """\
#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$*" >>"$here/asked"
pwd >>"$here/where"
[ ! -e "$here/$1-$2.err" ] || cat "$here/$1-$2.err" >&2
[ ! -e "$here/$1-$2.json" ] || cat "$here/$1-$2.json"
[ ! -e "$here/$1-$2.code" ] || exit "$(cat "$here/$1-$2.code")"
"""


class StubGh:
    """The stub in `folder`, which is first on PATH."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self.folder = folder
        program = folder / "gh"
        program.write_text(_SCRIPT, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def says(self, words: str, answer: object = None, *, err: str = "", code: int = 0) -> None:
        """What `gh words...` answers from now on."""
        head = self.folder / words.replace(" ", "-")
        for ending, text in ((".json", json.dumps(answer)), (".err", err), (".code", str(code))):
            head.with_suffix(ending).write_text(text, encoding="utf-8")

    def asked(self) -> list[str]:
        """What it was asked since the last call, the flags of formatting left out."""
        path = self.folder / "asked"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line.partition(" --json=")[0] for line in lines]


def run(
    number: int, status: str = "completed", conclusion: str = "success", **keys: object
) -> dict[str, object]:
    """A run as gh tells it."""
    return {"databaseId": number, "status": status, "conclusion": conclusion, **keys}
