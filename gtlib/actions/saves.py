"""Collect the commits that may have saved an old buffer over a transition of the last minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set
from functools import cache
from functools import lru_cache
from functools import partial
from hashlib import sha256
from itertools import groupby
from itertools import islice
from math import inf

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

_Infos = Mapping[CommitId, CommitInfo]
_Versions = list[tuple[str | None, str | None, bool]]


def saves(town: Town, snapshot: Snapshot) -> tuple[Save, ...]:
    """The saves since `processed` over which no commit of the town was made yet.

    A file that a later commit touched is none of them: somebody has worked on it as it was saved.
    """
    before, tip = town.processed(), town.tip()
    if before is None or before == tip or town.repo.resolve(before) is None:
        return ()
    infos = {info.id: info for info in town.repo.commits(before, tip)}
    by_hand = {id for id, info in infos.items() if len(info.parents) == 1 and not _is_ours(info)}
    heads = (tip, *(parent for info in infos.values() for parent in info.parents[1:] if parent in infos))
    seconds = snapshot.town.limits.saved_over
    lines = [_line(town, infos, by_hand, head, seconds) for head in heads] if by_hand else []
    if not any(lines):
        return ()
    waiting = kept.notes(town.local)  # text that was never up to date is merged there
    changed = {
        change.path: change.new
        for change in town.repo.changes(before, tip)
        if change.new and kinds.kind_of(change.path) and change.path not in waiting
    }
    found: dict[str, Save] = {}
    for line in filter(None, lines):
        for info, change, versions in _candidates(town, line, by_hand, changed, seconds):
            save = _save(town, info, change, versions) if _may_hold_two(town, change) else None
            if save is not None and _sets_back(save) and not _is_meant(town, tip, info, change):
                found[save.key] = save
    return unserved(town, found.values())


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


def _line(
    town: Town, infos: _Infos, by_hand: Set[CommitId], head: CommitId, seconds: float
) -> list[CommitInfo]:
    """First parents from `head` to what the oldest transition stands on that is in time for a save after it.

    Empty where there is no such transition. `infos` are the commits since `processed`.
    """
    line: list[CommitInfo] = []
    since = inf
    end = 0
    for info in _first_parents(town, infos, head):
        since = min(since, info.when - seconds) if info.id in by_hand else since
        if _is_transition(info) and info.when >= since:
            end = len(line) + 2
        line.append(info)
        if info.id not in infos and info.when < since:
            break
    return line[:end]


def _first_parents(town: Town, infos: _Infos, head: CommitId) -> Iterator[CommitInfo]:
    """From `head` down; not many of those below the commits since `processed`."""
    info = infos.get(head)
    while info is not None:
        yield info
        if not info.parents:
            return
        head = info.parents[0]
        info = infos.get(head)
    yield from islice(town.repo.history(head), _LOOK_BACK + 1)


def _candidates(
    town: Town,
    line: Sequence[CommitInfo],
    by_hand: Set[CommitId],
    changed: Mapping[str, str | None],
    seconds: float,
) -> Iterator[tuple[CommitInfo, Change, _Versions]]:
    """The last change of each file, where it was made by hand and a transition had changed the file before.

    With what led to it, newest first.
    """
    paths = [path for path in _transitions_changed(town, line) if path in changed]
    files = cache(lambda number: town.repo.blobs_at(line[number].id, paths))
    for path in paths:
        blob = partial(lambda path, number: files(number)[path], path)
        numbers = list(_changes(blob, 0, len(line) - 1))
        if not numbers or line[numbers[0]].id not in by_hand or blob(numbers[0]) != changed[path]:
            continue
        at = numbers[0]
        since = line[at].when - seconds
        end = next((number for number in range(at, len(line)) if line[number].when < since), len(line))
        versions = [
            (blob(number + 1), blob(number), _is_transition(line[number]))
            for number in numbers[1:]
            if number < end
        ]
        if any(ours for _, _, ours in versions):
            yield line[at], Change(path, blob(at + 1), blob(at)), versions


def _transitions_changed(town: Town, line: Sequence[CommitInfo]) -> Iterable[str]:
    """The files that transitions changed, each once; transitions in a row count as one."""
    found: dict[str, None] = {}
    for ours, run in groupby(range(len(line) - 1), lambda number: _is_transition(line[number])):
        if ours:
            numbers = tuple(run)
            changes = town.repo.changes(line[numbers[-1] + 1].id, line[numbers[0]].id)
            found.update((change.path, None) for change in changes if change.old and change.new)
    return found


def _changes(blob: Callable[[int], str | None], new: int, old: int) -> Iterator[int]:
    """The numbers, smallest first, of the commits that changed a file; number + 1 is what one stands on.

    Most of them changed other files, and a look into a large folder costs: so halves in which the file is the
    same at both ends are not looked into.
    """
    if old <= new or blob(new) == blob(old):
        return
    if old == new + 1:
        yield new
        return
    middle = (new + old) // 2
    yield from _changes(blob, new, middle)
    yield from _changes(blob, middle, old)


def _may_hold_two(town: Town, change: Change) -> bool:
    """Whether more than one line differs: one can't be set back beside another change."""
    old, new = (Counter(_text(town, blob).splitlines()) for blob in (change.old, change.new))
    return (old - new).total() > 1 or (new - old).total() > 1


def _save(town: Town, info: CommitInfo, change: Change, versions: _Versions) -> Save | None:
    path, text = change.path, _text(town, change.new)
    items: list[tuple[str, Item, bool]] = []  # text, item, whether a transition replaced it by the one above
    next_to = True
    for blob, ours in ((change.old, False), *((old, ours) for old, _, ours in versions)):
        before = _text(town, blob)
        item = _item(path, before)
        if item is not None:
            items.append((before, item, ours and next_to))
        next_to = item is not None  # a broken version counts for nothing: what it replaced stood
    saved = _item(path, text)
    if saved is None or not items or type(items[0][1]) is not type(saved):
        return None
    pairs = zip(items, items[1:], strict=False)
    return Save(
        path=path,
        commit=info.id,
        key=_key(info, path),
        text=text,
        before=items[0][0],
        saved=saved,
        now=items[0][1],
        history=tuple(Version(old, new, ours) for (_, new, _), (_, old, ours) in pairs),
    )


def _is_ours(info: CommitInfo) -> bool:
    return _says_event(info.message)


@lru_cache(maxsize=1024)  # asked several times of each commit that is looked at
def _says_event(message: str) -> bool:
    return "Event" in message and any(key == "Event" for key, _ in trailers.parse(message))


def _sets_back(save: Save) -> bool:
    return any(part.back for part in struct_fields(save.history, save.now, save.saved).values())


def _is_transition(info: CommitInfo) -> bool:
    return len(info.parents) == 1 and _is_ours(info)


def _is_meant(town: Town, tip: CommitId, info: CommitInfo, change: Change) -> bool:
    """Whether a program saved it, somebody touched the file since, or an old version was brought back."""
    parent = info.parents[0]
    if sum(kinds.kind_of(each.path) is not None for each in town.repo.changes(parent, info.id)) > _FILES:
        return True
    look = ["log", "-1", "--format=%H", "--no-show-signature"]
    place = ("--", f":(top,literal){change.path}")
    if git.run([*look, tip, *place], town.root).text != info.id:
        return True
    ends = list(islice(town.repo.history(parent), _LOOK_BACK))  # looking through all of history takes minutes
    within = [parent, f"^{ends[-1].id}"] if len(ends) == _LOOK_BACK else [parent]
    return bool(git.run([*look, f"--find-object={change.new}", *within, *place], town.root).text)


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
