"""Two beads that got one id in two clones, which could not know of each other."""

from __future__ import annotations

import re

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.bead import Bead

_CHILD = re.compile(r"\.\d+\Z")


def are_two(a: Bead, b: Bead) -> bool:
    """Whether they are two beads, and not two versions of one.

    Numbers of children are counted, so any difference of origin tells. Other ids follow from title and
    moment: only a chance gives one to two beads, and then both differ. A moment finer than a second was
    imported, and its ids with it.
    """
    origin = _origin(a) != _origin(b)
    if not _CHILD.search(a.id):
        return origin and a.title != b.title
    return origin or (a.title != b.title and "." not in a.created)


def was_replaced(base: Bead, side: Bead) -> bool:
    """Whether the side has another bead under the id than the base: the one that kept it elsewhere."""
    known = bool(base.created and side.created)
    return known and base.title != side.title and _origin(base) != _origin(side)


def _origin(bead: Bead) -> tuple[str, str]:
    return bead.created, bead.created_by


def first(a: tuple[Bead, str], b: tuple[Bead, str]) -> int:
    """Which of two (bead, text of its file) keeps the id, 0 or 1: the same on every machine."""
    return 0 if _order(*a) <= _order(*b) else 1


def _order(bead: Bead, text: str) -> tuple[bool, float, str, str]:
    try:
        when = clock.parse(bead.created).timestamp()
    except UserError:
        when = 0.0
    # without a moment it was made by hand, and nobody knows when
    return not bead.created, when, bead.created_by, text
