"""Two beads that got one id in two clones, which could not know of each other."""

from __future__ import annotations

import re
from datetime import datetime

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model.bead import Bead

_CHILD = re.compile(r"\.\d+\Z")
_WORD = re.compile(r"\w+")


def are_two(a: Bead, b: Bead) -> bool:
    """Whether they are two beads, and not two versions of one. In doubt they are one.

    Numbers of children are counted, so any difference of origin tells. Other ids follow from title and
    moment: only a chance gives one to two beads, and then both differ.
    """
    if not _CHILD.search(a.id):
        return _origins_differ(a, b) and a.title != b.title
    if _origins_differ(a, b):
        return True
    return (
        may_be_two(a, b) and bool(a.description and b.description) and _unlike(a.description, b.description)
    )


def may_be_two(a: Bead, b: Bead) -> bool:
    """Whether two children of one origin have nothing in common that tells that they are one.

    Several are made in a second. A moment finer than that was imported, and its id with it.
    """
    if not _CHILD.search(a.id) or _origins_differ(a, b) or _imported(a) or _imported(b):
        return False
    same_text = a.description and not _unlike(a.description, b.description)
    return _unlike(a.title, b.title) and not same_text


def have_one_origin(a: Bead, b: Bead) -> bool:
    """Whether only content, or what they began as, can tell them apart."""
    return not _origins_differ(a, b)


def was_replaced(base: Bead, side: Bead) -> bool:
    """Whether the side has another bead under the id than the base: the one that kept it elsewhere."""
    known = bool(base.created and side.created)
    return known and base.title != side.title and _origins_differ(base, side)


def _origins_differ(a: Bead, b: Bead) -> bool:
    """Of a bead that was made by hand nothing may be known; who made it can be left out by itself."""
    by = a.created_by != b.created_by and bool(a.created_by and b.created_by)
    return by or _moment(a.created) != _moment(b.created)


def _moment(text: str) -> datetime | str:
    try:
        return clock.parse(text)
    except UserError:
        return text


def _imported(bead: Bead) -> bool:
    """What only another tracker's line says."""
    told = any(edge.created or edge.created_by or edge.thread for edge in bead.edges)
    return told or bool(bead.updated or bead.imported) or "." in bead.created


def _unlike(a: str, b: str) -> bool:
    """Whether less than half of the words of the shorter text are in the other."""
    one, other = (set(_WORD.findall(text.casefold())) for text in (a, b))
    return a != b and 2 * len(one & other) < max(1, min(len(one), len(other)))


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
