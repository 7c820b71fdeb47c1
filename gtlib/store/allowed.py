"""Texts from elsewhere that may run on this machine: `.git/gt/allowed`, one hash a line (promise 10).

What is allowed is a text, byte for byte, wherever it stands: changed by one character it is not any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.output import one_line

_FILE: Final = "allowed"


def is_allowed(town_local: Path, text: str) -> bool:
    """Whether this text (a gate's command, a whole formula) may run here; `town_local` is `.git/gt`."""
    return _key(text) in _keys(_read(town_local))


def read_allowed(town_local: Path) -> str:
    """The whole file, to see whether something in it is different from before."""
    return _read(town_local)


def allow_text(town_local: Path, text: str, what: str) -> bool:
    """Allow a text for good; `what` says in the file where it came from. False: it was allowed already."""
    with FileLock(town_local / "allowed.lock"):
        before = _read(town_local)
        key = _key(text)
        if key in _keys(before):
            return False
        # A line that an editor left open is not to swallow ours.
        gap = "\n" if before and not before.endswith("\n") else ""
        with open(town_local / _FILE, "a", encoding="utf-8") as file:
            file.write(f"{gap}{key}  {one_line(what)}\n")
        return True


def _key(text: str) -> str:
    from hashlib import sha256  # it loads OpenSSL, 3 ms, which who has nothing to allow need not pay

    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _keys(text: str) -> set[str]:
    return {line.split(maxsplit=1)[0] for line in text.splitlines() if line.strip()}


def _read(town_local: Path) -> str:
    path = town_local / _FILE
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "mend its permissions") from error
