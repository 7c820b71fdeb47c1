"""Agents' programs that nobody told us of: found by what they are called and where they stand."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gtlib.runtimes.presets import presets
from gtlib.system import kin
from gtlib.system import procinfo
from gtlib.system.process import Proc

# They run a program that is a script, and stand before its name.
_INTERPRETERS: Final = re.compile(r"(node|nodejs|bun|deno|python[\d.]*|sh|bash|dash)")


def strangers(worktree: Path) -> tuple[Proc, ...]:
    """Programs of known agents that stand exactly in that folder, and that no session of ours started.

    Those above this process are left out: whoever asks may be one of them.
    """
    top = os.path.realpath(worktree)
    above = {os.getpid(), *procinfo.ancestors()}
    found = []
    for pid in procinfo.pids():
        if pid in above or procinfo.folder(pid) != top or not program_name(procinfo.words(pid)):
            continue
        seen = procinfo.see(pid)
        proc = Proc(pid, seen.started) if seen is not None and seen.live else None
        if proc is not None and not kin.variable(proc, "GT_SESSION"):
            found.append(proc)
    return tuple(found)


def program_name(words: Sequence[str]) -> str:
    """Which preset's program was started with these words; empty: none that is known."""
    names = [_base(word) for word in words[:2]]
    if len(names) == 2 and not _INTERPRETERS.fullmatch(names[0]):
        names.pop()
    commands = {each.command: each.name for each in presets().values()}
    return next((commands[name] for name in names if name in commands), "")


def _base(word: str) -> str:
    # A login shell's name begins with a dash, and a program that names itself may add to its name.
    return Path(word).name.removesuffix(".exe").removesuffix(".js").lstrip("-")
