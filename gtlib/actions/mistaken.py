"""Collect the files that git took for each other in merges by line, as it does with files that look alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from itertools import islice
from posixpath import basename

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import trailers
from gtlib.model.bead import Bead
from gtlib.model.source import parsed
from gtlib.names import CommitId
from gtlib.rules.mistaken import SERVED
from gtlib.rules.mistaken import Mistake
from gtlib.store.repo import Change
from gtlib.store.town import Town
from gtlib.system import git

_LOOK_BACK = 300  # commits of the town among which one may say that it was done


def mistaken(town: Town) -> tuple[Mistake, ...]:
    """What merges since `processed` mixed up, wherever they were made."""
    before, tip = town.processed(), town.tip()
    if before is None or before == tip:
        return ()
    found: dict[str, Mistake] = {}
    for info in town.repo.commits(before, tip):
        for ours, theirs in combinations(info.parents, 2):
            found |= {each.key: each for each in _of_sides(town, info.id, ours, theirs)}
    return unserved(town, found.values())


def unserved(town: Town, mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Those that no commit of the town names as put right."""
    found = tuple(mistakes)
    if not found:
        return ()
    served: set[str] = set()
    for info in islice(town.repo.history(town.tip()), _LOOK_BACK):
        served.update(value for key, value in trailers.parse(info.message) if key == SERVED)
    return tuple(each for each in found if each.key not in served)


def _of_sides(town: Town, merge: CommitId, ours: CommitId, theirs: CommitId) -> Iterator[Mistake]:
    bases = git.run(["merge-base", "--all", ours, theirs], town.root, check=False).text.split()
    if ours in bases or theirs in bases:
        return
    for base in bases:
        mine, other = (_changes(town, CommitId(base), side) for side in (ours, theirs))
        yield from _of_one(town, merge, mine, other)
        yield from _of_one(town, merge, other, mine)


def _changes(town: Town, base: CommitId, side: CommitId) -> dict[str, Change]:
    return {each.path: each for each in town.repo.changes(base, side) if kinds.kind_of(each.path)}


def _of_one(
    town: Town, merge: CommitId, there: dict[str, Change], across: dict[str, Change]
) -> Iterator[Mistake]:
    """What `there` made, and what of `across` went into it."""
    olds = [
        each
        for each in across.values()
        if each.old and each.new and each.path in there and there[each.path].new is None
    ]
    olds = [each for each in olds if town.repo.blob_at(merge, each.path) is None]
    if not olds:
        return
    for made in there.values():
        if made.old or not made.new or made.path in across:
            continue
        merged = town.repo.blob_at(merge, made.path)
        if merged is None or merged == made.new:
            continue
        alike = [(_common(town, each, made.new), each) for each in olds if _may_be(town, each, made, merged)]
        if alike:
            yield _mistake(town, merge, max(alike, key=lambda pair: pair[0])[1], made, merged)


def _may_be(town: Town, old: Change, made: Change, merged: str) -> bool:
    """Whether what the merge made of the new file is what the other side had made of the old one.

    A message that was moved to another box is one message. What a person wrote while merging is theirs.
    """
    if kinds.kind_of(old.path) != kinds.kind_of(made.path) or basename(old.path) == basename(made.path):
        return False
    before, after, now, was = (_lines(town, blob) for blob in (old.old, old.new, merged, made.new))
    added, removed = now - was, was - now
    return not (added - after) and (bool(added) or not (removed - (before - after)))


def _common(town: Town, old: Change, made: str) -> int:
    """How many lines the file that was deleted had in common with the new one."""
    return (_lines(town, old.old) & _lines(town, made)).total()


def _mistake(town: Town, merge: CommitId, old: Change, made: Change, merged: str) -> Mistake:
    said = "\0".join((merge, old.path, made.path))
    return Mistake(
        commit=merge,
        key=sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20],
        old=old.path,
        changed=_text(town, old.new),
        new=made.path,
        made=_text(town, made.new),
        merged=_text(town, merged),
        renamed=_is_renamed(town, old, made),
    )


def _is_renamed(town: Town, old: Change, made: Change) -> bool:
    first, second = (
        parsed(each.path, _text(town, blob)) for each, blob in ((old, old.old), (made, made.new))
    )
    if isinstance(first, FileError) or isinstance(second, FileError):
        return False
    if not isinstance(first, Bead) or not isinstance(second, Bead) or not first.created:
        return False
    return (first.created, first.created_by, first.title) == (
        second.created,
        second.created_by,
        second.title,
    )


def _lines(town: Town, blob: str | None) -> Counter[str]:
    return Counter(_text(town, blob).splitlines())


def _text(town: Town, blob: str | None) -> str:
    return ((blob and town.repo.blob(blob)) or b"").decode("utf-8", "surrogateescape")
