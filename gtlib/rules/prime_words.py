"""Names from files, fit to stand among our own words."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_@./:+-]{0,159}\Z")
_PERSON = re.compile(r"\w[\w .@'-]{0,59}\Z")
ODD = "(a name that is not shown)"


def plain(text: str) -> str:
    """A name as it is when it is nothing but a name, else words that say that it is not shown."""
    return text if _PLAIN.match(text) and ".." not in text else ODD


def person(text: str) -> str:
    """The person's name, when it is nothing but one."""
    return text if _PERSON.match(text) else "the overseer"


def one_line(text: str, most: int = 200) -> str:
    """A text in one line, for a list inside a frame."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."
