"""The variables that an agent's program gets: ours, the preset's, and nothing that another session left."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from gtlib.runtimes.base import Spec
from gtlib.runtimes.base import environment
from gtlib.system.process import GIT_VARIABLES

# What says whose session this is, or which terminal: never what another one was told.
_OURS: Final = (
    "GT_ROLE", "GT_BEAD", "GT_SESSION", "GT_NATIVE_SESSION", "GT_STEP", "GT_INDEX_FILE",
    "BD_ACTOR*", "BEADS_ACTOR",
)  # fmt: skip
_TERMINAL: Final = ("TMUX", "TMUX_PANE", "STY", "WINDOWID", "NODE_OPTIONS")


def whole(spec: Spec, environ: Mapping[str, str]) -> dict[str, str]:
    """All variables for that session; `gt` and `bd` are found in it, and commits are the agent's."""
    program = spec.program
    scrub = (*_OURS, *_TERMINAL, *(program.scrub if program else ()))
    kept = {
        key: value
        for key, value in environ.items()
        if key not in GIT_VARIABLES and not any(fnmatchcase(key, pattern) for pattern in scrub)
    }
    here = str(Path(sys.executable).parent)
    path = kept.get("PATH", os.defpath)
    mail = f"{spec.address.replace('/', '.')}@town.invalid"
    found: dict[str, str | None] = {
        **kept,
        "PATH": path if path.split(os.pathsep)[0] == here else f"{here}{os.pathsep}{path}",
        "GIT_AUTHOR_NAME": spec.address,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_COMMITTER_NAME": spec.address,
        "GIT_COMMITTER_EMAIL": mail,
        **(program.env if program else {}),
        **(program.root_env if program and os.geteuid() == 0 else {}),
        **environment(spec),
    }
    if program and spec.native:
        found["GT_NATIVE_SESSION"] = spec.native
    return {key: value for key, value in found.items() if value is not None}
