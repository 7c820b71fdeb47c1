"""An edit: what a rule or a command asks the town to become, in one commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.bead import Bead
from gtlib.model.kinds import Item

if TYPE_CHECKING:
    from gtlib.model.snapshot import Snapshot


class Edit(Struct, frozen=True, kw_only=True):
    """The wanted change, in values; the store renders it so that only what differs changes.

    `put`: items as they shall be (path follows from the item). `moves`: (old path, new path),
    bytes untouched. `removes`: paths. `files`: (path, whole text) for files that are no item.
    `subject` is `event: id what`; `trailers` follow it in the commit message.
    """

    subject: str
    put: tuple[Item, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    removes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    trailers: tuple[tuple[str, str], ...] = ()
    actor: str = ""

    def message(self, who: str) -> str:
        """The commit message: one line, then trailers. Text from files can't break out of its line."""
        pairs = [*self.trailers, ("Actor", who)]
        if not any(key == "Event" for key, _ in pairs):
            pairs.insert(0, ("Event", self.subject.partition(":")[0]))
        lines = (f"{key}: {' '.join(value.split())}" for key, value in pairs)
        return f"{' '.join(self.subject.split())}\n\n" + "\n".join(lines) + "\n"


def as_changed(item: Item, before: Item | None) -> Item:
    """The item as a change leaves it: an imported time of the last change is over with the next one."""
    if not isinstance(item, Bead) or not isinstance(before, Bead) or not item.updated:
        return item
    return replace(item, updated="") if item.updated == before.updated and item != before else item


Plan = Callable[["Snapshot"], Edit | None]
