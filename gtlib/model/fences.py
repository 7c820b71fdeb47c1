"""Code fences in Markdown: where what looks like ours is somebody's text."""

from __future__ import annotations

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\Z")


def fence_after(fence: tuple[str, int] | None, line: str, number: int) -> tuple[str, int] | None:
    """The open code fence after this line, as (its marks, its line)."""
    found = _FENCE.match(line)
    if fence is None:
        opens = found and not (found[1][0] == "`" and "`" in found[2])
        return (found[1], number) if found and opens else None
    closes = found and found[1].startswith(fence[0]) and not found[2].strip()
    return None if closes else fence
