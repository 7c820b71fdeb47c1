"""Collect the beads that lost their id in a merge to another that was given the same one in another clone."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from itertools import islice
from typing import NamedTuple

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import trailers
from gtlib.model import twins
from gtlib.model.bead import Bead
from gtlib.model.kinds import Item
from gtlib.model.source import parsed
from gtlib.names import CommitId
from gtlib.rules.renumber import SERVED
from gtlib.rules.renumber import Added
from gtlib.rules.renumber import Clash
from gtlib.rules.renumber import Lost
from gtlib.store.town import Town
from gtlib.system import beginnings
from gtlib.system import git

_LOOK_BACK = 300  # commits of the town among which one may say that it was done


class _File(NamedTuple):
    """A blob, and what the common ancestors had at its path."""

    new: str
    olds: tuple[str, ...]


def minted_twice(town: Town) -> tuple[Clash, ...]:
    """What merges since `processed` lost, whoever resolved them, and what a rebase left behind."""
    before, tip = town.processed(), town.tip()
    if before is None or before == tip:
        return ()
    found: list[Clash] = []
    if not town.repo.is_ancestor(before, tip):
        found += _of_sides(town, tip, before, tip)
    for info in town.repo.commits(before, tip):
        for ours, theirs in combinations(info.parents, 2):
            found += _of_sides(town, info.id, ours, theirs)
    return unserved(town, found)


def unserved(town: Town, clashes: Iterable[Clash]) -> tuple[Clash, ...]:
    """Those with beads that no commit of the town names as renumbered."""
    found = tuple(clashes)
    if not found:
        return ()
    served: set[str] = set()
    for info in islice(town.repo.history(town.tip()), _LOOK_BACK):
        served.update(value for key, value in trailers.parse(info.message) if key == SERVED)
    left = []
    for clash in found:
        lost = tuple(each for each in clash.lost if each.key not in served)
        if lost:
            left.append(Clash(commit=clash.commit, lost=lost, added=clash.added))
    return tuple(left)


def _of_sides(town: Town, result: CommitId, ours: CommitId, theirs: CommitId) -> Iterator[Clash]:
    """What each of two sides lost to the other in the commit that brought both together."""
    said = git.run(["merge-base", "--all", ours, theirs], town.root, check=False).text.split()
    bases: list[CommitId | None] = [CommitId(each) for each in said] or [None]
    if ours in bases or theirs in bases:
        return
    mine, other = (_changed(town, bases, side) for side in (ours, theirs))
    both = [path for path in sorted(mine.keys() & other.keys()) if not (mine[path].olds or other[path].olds)]
    stands: dict[str, str] = {}
    if any(mine[path].new != other[path].new for path in both):
        stands = {path: blob for paths in town.repo.folders(result).values() for path, blob in paths.items()}
    for there, opposite in ((mine, other), (other, mine)):
        pair = (ours, theirs) if there is mine else (theirs, ours)
        blobs = [(path, (there[path].new, opposite[path].new, stands.get(path))) for path in both]
        found = [_lost(town, path, texts, () if result in pair else pair) for path, texts in blobs]
        found += [
            _lost_before(town, result, path, there.get(path), opposite[path]) for path in sorted(opposite)
        ]
        lost = [each for each in found if each is not None]
        if lost:
            # After a rebase the other side has the loser's own changes again.
            beside = {} if theirs == result else opposite
            yield Clash(commit=result, lost=tuple(lost), added=tuple(_added(town, lost, there, beside)))


def _changed(town: Town, bases: list[CommitId | None], side: CommitId) -> dict[str, _File]:
    """The items that the side has otherwise than every common ancestor."""
    found: dict[str, _File] = {}
    for number, base in enumerate(bases):
        changes = {change.path: change for change in town.repo.changes(base, side) if change.new}
        if number:
            found = {path: file for path, file in found.items() if path in changes}
        for path, change in changes.items():
            if kinds.kind_of(path) and (path in found or not number):
                olds = found[path].olds if path in found else ()
                found[path] = _File(str(change.new), (*olds, *([change.old] if change.old else [])))
    return found


def _lost(
    town: Town, path: str, blobs: tuple[str, str, str | None], sides: tuple[CommitId, ...]
) -> Lost | None:
    """The bead of the first blob, when both `sides` of a merge added one and the result is the other.

    Without sides history was rewritten: then a bead of one origin is one bead, that was written again.
    """
    mine, other, _ = blobs
    if mine == other or not path.startswith("beads/"):
        return None
    bead, kept, now = (_item(town, path, blob) for blob in blobs)
    if not (isinstance(bead, Bead) and isinstance(kept, Bead) and isinstance(now, Bead)):
        return None
    # A person may have made one of the two: that is no loss.
    if now.title != kept.title or not twins.have_one_origin(now, kept):
        return None
    if twins.have_one_origin(bead, kept):
        two = twins.may_be_two(bead, kept) and _began_apart(town, path, sides)
    else:
        two = twins.are_two(bead, kept) and twins.are_two(now, bead)
    return Lost(id=bead.id, bead=bead, text=_text(town, mine), key=_key(path, mine)) if two else None


def _began_apart(town: Town, path: str, sides: tuple[CommitId, ...]) -> bool:
    firsts = []
    for side, other in (sides, sides[::-1]) if sides else ():
        try:
            firsts.append(parsed(path, beginnings.first_text(town.root, path, side, other)))
        except UnicodeDecodeError:
            return False
    beads = [each for each in firsts if isinstance(each, Bead)]
    return len(beads) == 2 and twins.may_be_two(*beads)


def _lost_before(town: Town, result: CommitId, path: str, mine: _File | None, other: _File) -> Lost | None:
    """The bead that both sides had, when the other has another there by now: what we say means the first."""
    if not path.startswith("beads/") or not _replaced(town, path, other):
        return None
    if mine is not None and _replaced(town, path, mine):
        return None
    bead = _item(town, path, other.olds[0])
    if not isinstance(bead, Bead):
        return None
    key = _key(path, other.olds[0], result)
    return Lost(id=bead.id, bead=bead, text="", key=key, made=False)


def _replaced(town: Town, path: str, file: _File) -> bool:
    if not file.olds:
        return False
    told = [
        [line for line in _text(town, blob).splitlines() if line.startswith("created")]
        for blob in (file.olds[0], file.new)
    ]
    if told[0] == told[1]:  # as in nearly all changes: nothing need be parsed
        return False
    before, after = (_item(town, path, blob) for blob in (file.olds[0], file.new))
    return isinstance(before, Bead) and isinstance(after, Bead) and twins.was_replaced(before, after)


def _key(*causes: str) -> str:
    return sha256("\0".join(causes).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _added(
    town: Town, lost: list[Lost], there: dict[str, _File], opposite: dict[str, _File]
) -> Iterator[Added]:
    ids = [each.id for each in lost]
    for path, file in sorted(there.items()):
        if not any(id in _text(town, file.new) for id in ids):
            continue
        item = _item(town, path, file.new)
        if item is not None:
            across = opposite.get(path)
            befores = (_item(town, path, old) for old in file.olds)
            yield Added(
                path=path,
                there=item,
                before=tuple(each for each in befores if each is not None),
                other=_item(town, path, across.new) if across else None,
            )


def _text(town: Town, blob: str | None) -> str:
    return ((blob and town.repo.blob(blob)) or b"").decode("utf-8", "surrogateescape")


def _item(town: Town, path: str, blob: str | None) -> Item | None:
    text = _text(town, blob)
    if blob is None or any("\udc80" <= char <= "\udcff" for char in text):
        return None
    found = parsed(path, text)
    return None if isinstance(found, FileError) else found
