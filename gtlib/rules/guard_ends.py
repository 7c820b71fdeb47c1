"""Which commands an agent's program may not run because they end what is not its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

BY_ID: Final = "end what you started by its process id: kill PID; a session: gt session stop ADDRESS"
NOT_YOURS: Final = "that is not a polecat's to do: ask with gt escalate"
_OTHERS: Final = re.compile(r"(?:^|[\s/|(])(?:claude|codex|gemini|tmux|gt|gtlib\S*)(?=$|[\s|)])")
_OWN: Final = re.compile(r"--?(?:P|-parent|g|-pgroup|F|-pidfile|s|-session)(?:=.*)?|-[Pgs]\d+")
# Of `gt`: what a polecat has no part in. None: whatever follows.
_TOWN: Final[dict[str, frozenset[str] | None]] = {
    "down": None,
    "allow": None,
    "uninstall": None,
    "polecat": frozenset({"nuke", "remove"}),
    "rig": frozenset({"remove"}),
    "deacon": frozenset({"stop"}),
}


def by_name(name: str, rest: Sequence[str]) -> str:
    """Why pkill, killall or the like may not be run; empty when it may.

    A name of a program is everybody's. A whole command line, or the children of a process, may be one's own.
    """
    if any(_OWN.fullmatch(word) for word in rest):
        return ""
    words = [word for word in rest if not word.startswith("-")]
    whole = any(re.fullmatch(r"-\w*f\w*|--full", word) for word in rest)
    own = whole and all(re.search(r"\s|/", word) and not _OTHERS.search(word) for word in words)
    return "" if own or not words else f"denied: {name} ends other agents' programs of that name too: {BY_ID}"


def everything(rest: Sequence[str]) -> str:
    """Why `kill` with these words may not be run: it would end every process there is."""
    left = list(rest)
    first = left.pop(0) if left and left[0].startswith("-") and left[0] != "--" else ""
    if first in ("-s", "-n", "--signal") and left:
        left.pop(0)
    left = [word for word in left if word != "--"]
    if "-1" in left or (first == "-1" and not left):
        return f"denied: kill -1 ends every process there is: {BY_ID}"
    return ""


def of_town(rest: Sequence[str]) -> str:
    """Why a polecat may not run `gt` with these words; empty when it may."""
    if {"-h", "--help"} & set(rest):
        return ""
    words = [word for word in rest if not word.startswith("-")]
    if not words or words[0] not in _TOWN:
        return ""
    below = _TOWN[words[0]]
    if below is not None and not (words[1:] and words[1] in below):
        return ""
    return f"denied: gt {' '.join(words[: 1 if below is None else 2])}: {NOT_YOURS}"
