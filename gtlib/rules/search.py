"""Beads by words in them: ids and titles first, then everything that is written in a bead."""

from __future__ import annotations

from collections.abc import Iterable

from gtlib.model.bead import Bead
from gtlib.model.written import written
from gtlib.rules.ready import ordered

ID, TITLE, WORDS, TEXT, NOT = range(5)


def search(beads: Iterable[Bead], text: str) -> list[Bead]:
    """The beads in which every word of `text` stands: whose id begins with it, then those with the whole of
    it in the title, then all its words there, then the others; each in the order of lists.
    """
    whole = " ".join(text.lower().split())
    words = whole.split()
    found: dict[int, list[Bead]] = {}
    for bead in beads:
        rank = _title_rank(bead, whole, words)
        if rank == NOT and _stands_in(bead, words):
            rank = TEXT
        if rank != NOT:
            found.setdefault(rank, []).append(bead)
    return [bead for rank in sorted(found) for bead in ordered(found[rank])]


def _title_rank(bead: Bead, whole: str, words: list[str]) -> int:
    """How well the id and the title fit; NOT when they do not."""
    if _is_id(bead.id.lower(), whole):
        return ID
    title = " ".join(bead.title.lower().split())
    if whole in title:
        return TITLE
    return WORDS if all(word in title for word in words) else NOT


def _is_id(id: str, text: str) -> bool:
    """Whether `text` is the beginning of the id, or of the part behind its prefix."""
    return id.startswith(text) if "-" in text else id.rpartition("-")[2].startswith(text)


def _stands_in(bead: Bead, words: list[str]) -> bool:
    text = written(bead).lower()
    return all(word in text for word in words)
