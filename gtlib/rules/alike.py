"""Pairs of beads whose words are much the same (Jaccard), the best of them without looking at all pairs."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterator
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from gtlib.model.bead import Bead

_TOKEN = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*|\w+")
# what says nothing about what a bead is about
_SMALL = (
    "a an and are as at be but by can for from has have if in is it its no not of on or so that the this to "
    "was when will with"
)
_STOP = frozenset(_SMALL.split())


class Pair(Struct, frozen=True):
    """Two beads, and how many of the words of both are in each of them: 0 to 1."""

    a: Bead
    b: Bead
    similarity: float


def alike(beads: Sequence[Bead], threshold: Fraction, most: int | None = None) -> tuple[Pair, ...]:
    """The `most` best pairs (None: all) whose words overlap by at least `threshold` (over 0, at most 1).

    The most alike first; of equal ones those whose beads stand first.
    """
    best: list[tuple[Fraction, int, int]] = []  # a heap, the worst first: similarity, -second, -first
    found = _Words(beads)
    for second in range(len(beads)):
        full = most is not None and len(best) >= most
        limit = best[0][0] if full else threshold
        for first, similarity in found.partners(second, limit, above=full):
            entry = (similarity, -second, -first)
            if most is None or len(best) < most:
                heapq.heappush(best, entry)
            elif entry > best[0]:
                heapq.heapreplace(best, entry)
    return tuple(
        Pair(beads[-first], beads[-second], float(similarity))
        for similarity, second, first in sorted(best, reverse=True)
    )


def tokens(text: str) -> frozenset[str]:
    """The words of a text that say what it is about."""
    return frozenset(word for word in _TOKEN.findall(text.lower()) if len(word) > 1 and word not in _STOP)


class _Words:
    """The words of beads, the rarest first. Two sets that are alike share one of their rarest words: only
    beads that do are compared.
    """

    def __init__(self, beads: Sequence[Bead]) -> None:
        self.sets = [tokens(f"{bead.title} {bead.description}") for bead in beads]
        count: dict[str, int] = {}
        for words in self.sets:
            for word in words:
                count[word] = count.get(word, 0) + 1
        self.lines = [sorted(words, key=lambda word: (count[word], word)) for words in self.sets]
        self.by_word: dict[str, list[int]] = {}

    def partners(self, second: int, limit: Fraction, *, above: bool) -> Iterator[tuple[int, Fraction]]:
        """The beads asked about before that are alike by at least `limit` (`above`: by more), in order."""
        mine, size = self.sets[second], len(self.sets[second])
        least = math.floor(limit * size) + 1 if above else math.ceil(limit * size)  # words in common
        rare = self.lines[second][: size - least + 1] if least <= size else []
        near = {first for word in rare for first in self.by_word.get(word, ())}
        for word in rare:  # the limit only rises, so that later beads look for no more than these
            self.by_word.setdefault(word, []).append(second)
        low, high = limit * size, size / limit
        for first in sorted(near):
            if low <= len(self.sets[first]) <= high:
                common = len(mine & self.sets[first])
                union = size + len(self.sets[first]) - common
                reached, wanted = common * limit.denominator, limit.numerator * union
                if reached > wanted or (reached == wanted and not above):
                    yield first, Fraction(common, union)
