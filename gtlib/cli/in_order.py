"""Cooked steps as they are listed: each below what it needs, and how many of them somebody does."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from heapq import heappop
from heapq import heappush

from gtlib import output
from gtlib.model.cooked import CStep


def in_order(steps: Sequence[CStep]) -> list[CStep]:
    """The steps in their own order, but for those that stand above what they need."""
    place = {step.id: number for number, step in enumerate(steps)}
    left = {step.id: {need for need in step.needs if need in place} for step in steps}
    behind: dict[str, list[CStep]] = {}
    for step in steps:
        for need in left[step.id]:
            behind.setdefault(need, []).append(step)
    ready = [place[step.id] for step in steps if not left[step.id]]
    found: list[CStep] = []
    while ready:
        step = steps[heappop(ready)]
        found.append(step)
        for each in behind.get(step.id, ()):
            left[each.id].discard(step.id)
            if not left[each.id]:
                heappush(ready, place[each.id])
    return found if len(found) == len(steps) else list(steps)


def number_of(steps: Iterable[CStep], how: str = "") -> str:
    """`17 steps`, or `17 steps in one file, and 4 that end by themselves` with `how` as "in one file"."""
    every = list(steps)
    own = sum(not step.control for step in every)
    said = f"{output.count(own, 'step')} {how}".rstrip()
    more = len(every) - own
    if not more:
        return said
    return f"{said}, and {more} that {'ends by itself' if more == 1 else 'end by themselves'}"
