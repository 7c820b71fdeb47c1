"""Epics: how much of one is done, and which can be closed."""

from __future__ import annotations

from msgspec import Struct

from gtlib.model.bead import Bead
from gtlib.rules.holding import Ledger
from gtlib.rules.kept import without_templates
from gtlib.rules.ready import naturally


class Standing(Struct, frozen=True):
    """An epic that is not over: how many beads are right below it, and how many of those are done."""

    epic: Bead
    total: int
    closed: int

    @property
    def eligible(self) -> bool:
        """Whether it can be closed: it has children, and all of them are done."""
        return bool(self.total) and self.total == self.closed


def epics(ledger: Ledger) -> tuple[Standing, ...]:
    """The epics that are not over, by id."""
    archive = ledger.snapshot.archive
    found = []
    every = without_templates(ledger.find, (bead for bead in ledger.beads.values() if bead.type == "epic"))
    for epic in naturally(every):
        if epic.status in ledger.over or epic.pinned:
            continue
        live = {bead.id: bead for bead in ledger.below(epic.id) if bead.type != "event"}
        old = [bead for bead in archive.children(epic.id) if bead.type != "event" and bead.id not in live]
        closed = sum(map(ledger.is_done, live.values()))
        found.append(Standing(epic, len(live) + len(old), closed + len(old)))
    return tuple(found)
