"""One order of two lists that grew apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Container
from typing import Any
from typing import TypeVar

K = TypeVar("K")

_NUMBERED = re.compile(r"(.*?)(\d{1,12})\Z", re.DOTALL)


def orders(
    base: list[K], ours: list[K], theirs: list[K], rank: Callable[[K], Any]
) -> tuple[list[K], list[K]]:
    """The order of all of `ours` and `theirs`, twice: as ours has it, and as theirs, where both moved things.

    What one side alone has stands behind what it stood behind there; `rank` decides where both put
    something at one place, so that it is the same whichever side is ours.
    """
    common = set(ours) & set(theirs)
    mine, other, was = ([key for key in keys if key in common] for keys in (ours, theirs, base))
    known = set(was)
    moved = [[key for key in keys if key in known] for keys in (mine, other)]
    if moved[0] == moved[1]:
        spines = [min(mine, other, key=lambda keys: [rank(key) for key in keys])] * 2
    elif moved[1] == was:
        spines = [mine, mine]
    elif moved[0] == was:
        spines = [other, other]
    else:
        spines = [mine, other]
    return _woven(spines[0], ours, theirs, rank), _woven(spines[1], ours, theirs, rank)


def _woven(spine: list[K], ours: list[K], theirs: list[K], rank: Callable[[K], Any]) -> list[K]:
    known = set(spine)
    runs: dict[K | None, tuple[list[K], list[K]]] = {}
    for side, keys in enumerate((ours, theirs)):
        anchor: K | None = None
        for key in keys:
            if key in known:
                anchor = key
            else:
                runs.setdefault(anchor, ([], []))[side].append(key)
    result: list[K] = []
    for anchor in (None, *spine):
        if anchor is not None:
            result.append(anchor)
        first, second = runs.get(anchor, ([], []))
        while first and second:
            result.append(first.pop(0) if rank(first[0]) <= rank(second[0]) else second.pop(0))
        result += first + second
    return result


def next_free(id: str, taken: Container[str]) -> str:
    """The id counted on until nobody has it: c2 -> c3, x -> x-2."""
    found = _NUMBERED.match(id)
    head, number = (found[1], int(found[2])) if found else (f"{id}-", 1)
    while True:
        number += 1
        if f"{head}{number}" not in taken:
            return f"{head}{number}"
