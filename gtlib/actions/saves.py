"""Collect the commits that may have saved an old buffer over a transition of the last minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import islice

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import trailers
from gtlib.model.kinds import Item
from gtlib.model.snapshot import Snapshot
from gtlib.model.source import parsed
from gtlib.names import CommitId
from gtlib.rules.saved_over import SERVED
from gtlib.rules.saved_over import WHAT
from gtlib.rules.saved_over import Restored
from gtlib.rules.saved_over import Save
from gtlib.rules.setback import Version
from gtlib.rules.setback import struct_fields
from gtlib.store import kept
from gtlib.store.repo import Change
from gtlib.store.repo import CommitInfo
from gtlib.store.town import Town
from gtlib.system import git

_LOOK_BACK = 300  # commits of the town: as many transitions may lie in the minutes that are looked at
_FILES = 50  # a commit of more files is the work of a program, not of editors that had them open

_Versions = list[tuple[str | None, str | None, bool]]


def saves(town: Town, snapshot: Snapshot) -> tuple[Save, ...]:
    """The saves since `processed` over which no commit of the town was made yet."""
    before, tip = town.processed(), town.tip()
    if before is None or before == tip:
        return ()
    seconds = snapshot.town.limits.saved_over
    waiting = kept.notes(town.local)  # text that was never up to date is merged there
    found: list[Save] = []
    for info in town.repo.commits(before, tip):
        if len(info.parents) == 1 and not _is_ours(info):
            found += _of(town, info, seconds, waiting)
    return unserved(town, found)


def unserved(town: Town, found: Iterable[Save]) -> tuple[Save, ...]:
    """Those that no commit of the town names as put right."""
    saves = tuple(found)
    if not saves:
        return ()
    served: set[str] = set()
    for info in islice(town.repo.history(town.tip()), _LOOK_BACK):
        served.update(value for key, value in trailers.parse(info.message) if key == SERVED)
    return tuple(save for save in saves if save.key not in served)


def restored(town: Town) -> tuple[Restored, ...]:
    """The commits since `processed` that put something right."""
    before = town.processed()
    if before is None or before == town.tip():
        return ()
    infos = town.repo.commits(before, town.tip())
    return tuple(found for info in infos if (found := restored_by(info.id, trailers.parse(info.message))))


def restored_by(commit: str, pairs: Iterable[tuple[str, str]]) -> Restored | None:
    """What a commit with these trailers put right; None when it put nothing right."""
    told = list(pairs)
    what = tuple(value.partition(" ")[::2] for key, value in told if key == WHAT)
    if not what:
        return None
    causes = tuple(value for key, value in told if key == "Caused-By")
    return Restored(commit, causes, what)


def _of(town: Town, info: CommitInfo, seconds: float, waiting: Iterable[str]) -> Iterator[Save]:
    parent = info.parents[0]
    changes = [
        change
        for change in islice(town.repo.changes(parent, info.id), _FILES + 1)
        if change.old and change.new and kinds.kind_of(change.path) and change.path not in waiting
    ]
    if len(changes) > _FILES:
        return
    changes = [change for change in changes if _may_hold_two(town, change)]
    if not changes:
        return
    past = _past(town, info, seconds)
    for change in changes:
        versions = _versions(town, past, change.path)
        save = _save(town, info, change, versions) if any(ours for _, _, ours in versions) else None
        if save is not None and _sets_back(save) and not _is_old(town, parent, change):
            yield save


def _may_hold_two(town: Town, change: Change) -> bool:
    """Whether more than one line differs: one can't be set back beside another change."""
    old, new = (Counter(_text(town, blob).splitlines()) for blob in (change.old, change.new))
    return (old - new).total() > 1 or (new - old).total() > 1


def _past(town: Town, info: CommitInfo, seconds: float) -> list[CommitInfo]:
    """The commits of the time before that one, newest first, and with them the one they all stand on."""
    found = []
    for each in islice(town.repo.history(info.parents[0]), _LOOK_BACK + 1):
        found.append(each)
        if each.when < info.when - seconds:
            break
    return found


def _versions(town: Town, past: list[CommitInfo], path: str) -> _Versions:
    """(before, after, whether it is ours) of each change of the file among those commits, newest first.

    Most of them changed other files, and a look into a large folder costs: so halves in which the file is the
    same at both ends are not looked into.
    """
    blob = cache(lambda number: town.repo.blob_at(past[number].id, path))

    def between(new: int, old: int) -> Iterator[int]:
        if old <= new or blob(new) == blob(old):
            return
        if old == new + 1:
            yield new
            return
        middle = (new + old) // 2
        yield from between(new, middle)
        yield from between(middle, old)

    return [
        (blob(at + 1), blob(at), _is_ours(past[at]) and len(past[at].parents) == 1)
        for at in between(0, len(past) - 1)
    ]


def _save(town: Town, info: CommitInfo, change: Change, versions: _Versions) -> Save | None:
    path, text = change.path, _text(town, change.new)
    saved = _item(path, text)
    # A broken version in between counts for nothing: what it replaced stood.
    good = next(
        (i for i, (_, new, _) in enumerate(versions) if _item(path, _text(town, new)) is not None), None
    )
    if saved is None or good is None:
        return None
    before = _text(town, versions[good][1])
    now = _item(path, before)
    if now is None or type(now) is not type(saved):
        return None
    history = []
    for old, new, ours in versions[good:]:
        pair = (_item(path, _text(town, old)), _item(path, _text(town, new)))
        if None not in pair:
            history.append(Version(*pair, ours))
    return Save(
        path=path,
        commit=info.id,
        key=_key(info, path),
        text=text,
        before=before,
        saved=saved,
        now=now,
        history=tuple(history),
    )


def _is_ours(info: CommitInfo) -> bool:
    return any(key == "Event" for key, _ in trailers.parse(info.message))


def _sets_back(save: Save) -> bool:
    return any(part.back for part in struct_fields(save.history, save.now, save.saved).values())


def _is_old(town: Town, parent: CommitId, change: Change) -> bool:
    """Whether the file stood like this before: then somebody brought an old version back, which is meant."""
    argv = ["log", "-1", "--format=%H", "--no-show-signature", f"--find-object={change.new}"]
    ends = list(islice(town.repo.history(parent), _LOOK_BACK))  # looking through all of history takes minutes
    argv += [parent, f"^{ends[-1].id}"] if len(ends) == _LOOK_BACK else [parent]
    return bool(git.run([*argv, "--", f":(top,literal){change.path}"], town.root).text)


def _key(info: CommitInfo, path: str) -> str:
    """What amend and rebase keep of it."""
    said = f"{info.author}\0{info.when}\0{info.message}\0{path}"
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _text(town: Town, blob: str | None) -> str:
    return ((blob and town.repo.blob(blob)) or b"").decode("utf-8", "surrogateescape")


def _item(path: str, text: str) -> Item | None:
    if not text.isascii() and any("\udc80" <= char <= "\udcff" for char in text):
        return None
    found = parsed(path, text)
    return None if isinstance(found, FileError) else found
