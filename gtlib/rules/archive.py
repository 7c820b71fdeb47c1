"""What was closed long ago is folded into the archive, and brought back from it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from collections.abc import Sequence
from datetime import datetime
from datetime import timedelta

from msgspec import Struct

from gtlib import clock
from gtlib import layout
from gtlib.errors import UserError
from gtlib.model import archive_line
from gtlib.model import kinds
from gtlib.model.archive_line import TOMBSTONE
from gtlib.model.archive_line import Line
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.escalation import Escalation
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.output import count
from gtlib.rules import archive_texts
from gtlib.rules import statuses
from gtlib.rules.base import LIVE_REQUEST
from gtlib.rules.base import holds
from gtlib.rules.base import instant
from gtlib.rules.base import live_hook
from gtlib.rules.holding import PROVIDES
from gtlib.rules.references import without

LIMIT = 2000


class _Old(Struct, frozen=True, order=True):
    """An item that is over, and since when."""

    since: str
    path: str


class _Deleted:
    """The ids of what was deleted: there is a tombstone of them, and no file."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def __contains__(self, id: object) -> bool:
        line = self._snapshot.archive.line(id) if isinstance(id, str) else None
        if line is None or line.status != TOMBSTONE:
            return False
        return not self._snapshot.exists(archive_line.path_of(line))


def plan_fold(
    snapshot: Snapshot, now: str, before: datetime | None = None, limit: int = LIMIT
) -> Edit | None:
    """Fold what was over before that time.

    None is the town's `limits.archive_days` ago (there 0 is never), and then what a commit touched since
    stays too: what was brought back is there for as long again.

    At most `limit` items, the oldest first: ask again until there is nothing. Tombstones go at once. What
    others still lean on stays: beads with open children, on a hook or in a queue, in an open convoy, with a
    live merge request or molecule, or that provide something to other projects; molecules and merge requests
    go with or after their bead.

    An item's month is that of its closing; where its file does not say when, of the last commit that touched
    the file, else of its creation.
    """
    rested = before is None
    if before is None:
        days = snapshot.town.limits.archive_days
        if not days:
            return None
        before = clock.parse(now) - timedelta(days=days)
    found = sorted(_writable(snapshot, _candidates(snapshot, before, rested), now))[:limit]
    months: dict[str, list[str]] = {}
    removes = []
    for old in found:
        item, text = snapshot.get(old.path), snapshot.text(old.path)
        assert item is not None
        assert text is not None
        months.setdefault(archive_texts.month_of(old.since or now), []).append(
            archive_line.line_of(item, text)
        )
        removes.append(old.path)
    if not removes:
        return None
    stale = archive_texts.without(snapshot, [posixpath.basename(path)[:-3] for path in removes])
    texts = archive_texts.put(snapshot, stale, months)
    return Edit(
        subject=f"archive: {count(len(removes), 'item')}",
        files=tuple(texts.items()),
        removes=tuple(removes),
        trailers=(("Event", "archive"),),
    )


def plan_restore(snapshot: Snapshot, ids: Sequence[ItemId], actor: str = "") -> Edit:
    """Bring archived items' files back as they were, and take their lines out. A month that has none left
    stays as an empty file: to remove it would conflict with every line that another machine adds to it.
    Edges to what was deleted meanwhile are left out.

    UserError when one is not archived, was deleted, or its line can't be read.
    """
    found = [_restorable(snapshot, id) for id in dict.fromkeys(ids)]
    texts = archive_texts.without(snapshot, [line.id for line in found])
    put, files = [], []
    for line in found:
        item, text, path = line.item(), line.text(), archive_line.path_of(line)
        assert item is not None
        wanted = without(item, _Deleted(snapshot))
        if isinstance(item, Bead) and not text:
            put.append(wanted)
        else:
            files.append((path, text if wanted is item else kinds.edit(path, text, wanted)))
    said = f"{found[0].id} {found[0].title}".rstrip() if len(found) == 1 else ", ".join(ids)
    return Edit(
        subject=f"restore: {said}",
        put=tuple(put),
        files=(*texts.items(), *files),
        trailers=(("Event", "restore"), *(("Bead", line.id) for line in found)),
        actor=actor,
    )


def _restorable(snapshot: Snapshot, id: ItemId) -> Line:
    line = snapshot.archive.line(id)
    path = archive_line.path_of(line) if line else ""
    if line is None or snapshot.exists(path):
        raise UserError(f"{id} is not archived", f"see it with: bd show {id}")
    if line.item() is None:
        why = "was deleted" if line.status == TOMBSTONE else f"can't be read in {line.path}"
        raise UserError(f"{id} {why}", f"what it was: git log -p -- {path}")
    return line


def _writable(snapshot: Snapshot, found: Iterator[_Old], now: str) -> Iterator[_Old]:
    """Those whose lines go into no file that can't be read."""
    broken = {error.path for error in snapshot.archive.broken()}
    for old in found:
        id = posixpath.basename(old.path)[:-3]
        if not broken or broken.isdisjoint(
            (archive_texts.month_of(old.since or now), *snapshot.archive.places(id))
        ):
            yield old


def _candidates(snapshot: Snapshot, before: datetime, rested: bool) -> Iterator[_Old]:
    """What is over for long enough (and, if `rested`, untouched since), and that nothing alive leans on."""
    busy = _leaned_on(snapshot)
    gone: set[str] = set()  # beads that are not live, or go now
    for bead in snapshot.beads():
        if bead.status != TOMBSTONE and (
            bead.pinned
            or bead.id in busy
            or bead.status == "pinned"
            or not statuses.is_over(snapshot.town, bead.status)
        ):
            continue
        old = _old(snapshot, bead, None if bead.status == TOMBSTONE else before, rested)
        if old is not None:
            gone.add(bead.id)
            yield old
    hooked = {hook.molecule for agent in snapshot.agents() if (hook := live_hook(agent)) is not None}

    def follows(bead: ItemId) -> bool:
        return bead in gone or not snapshot.exists(layout.path_of_bead(bead))

    others: list[Item] = [m for m in snapshot.molecules() if m.status == "closed" and m.id not in hooked]
    others += [m for m in snapshot.merges() if m.applied or m.status not in (*LIVE_REQUEST, "landed")]
    others = [item for item in others if follows(getattr(item, "bead", ItemId("")))]
    others += [convoy for convoy in snapshot.convoys() if convoy.status == "closed"]
    for path in snapshot.paths("escalations/"):
        item = snapshot.get(path)
        if isinstance(item, Escalation) and item.status == "closed":
            others.append(item)
    for item in others:
        old = _old(snapshot, item, before, rested)
        if old is not None:
            yield old


def _leaned_on(snapshot: Snapshot) -> set[str]:
    """The beads that something alive needs where it is."""
    town = snapshot.town
    found: set[str] = {id for agent in snapshot.agents() for id in holds(agent)}
    found.update(b.parent for b in snapshot.beads() if b.parent and not statuses.is_over(town, b.status))
    # what another project may wait for is looked up by its label, among live beads alone
    found.update(b.id for b in snapshot.beads() if any(each.startswith(PROVIDES) for each in b.labels))
    found.update(id for convoy in snapshot.convoys() if convoy.status != "closed" for id in convoy.tracks)
    found.update(m.bead for m in snapshot.molecules() if m.status != "closed")
    found.update(m.bead for m in snapshot.merges() if not m.applied and m.status in (*LIVE_REQUEST, "landed"))
    return found


def _old(snapshot: Snapshot, item: Item, before: datetime | None, rested: bool) -> _Old | None:
    """The item, when its end (if `rested`, also its last change) was before that time, or (None) whenever it
    was.
    """
    path = kinds.path_of(item)
    if snapshot.is_broken(path):
        return None
    since = archive_line.closed(item)
    if instant(since) is None:
        since = snapshot.touched(path)
    if instant(since) is None:
        since = getattr(item, "created", "")
    end = instant(since)
    if before is not None:
        last = instant(snapshot.touched(path)) if rested and end is not None and end <= before else end
        if end is None or end > before or (last is not None and last > before):
            return None
    return _Old(clock.stamp(end) if end else "", path)
