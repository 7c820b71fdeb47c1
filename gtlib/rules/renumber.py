"""Two beads that got one id in two clones: the one that did not keep it gets another, with its references."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from posixpath import basename
from typing import Any
from typing import get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib import splice
from gtlib.frontmatter import split
from gtlib.model import edges
from gtlib.model import kinds
from gtlib.model import weave
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import base
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import mail
from gtlib.rules.base import prefix_of
from gtlib.rules.base import writable
from gtlib.rules.edits import merge_edits

SERVED = "Renumbered"

# fields whose text is an id now and then, beside those that are typed as ids
_MAYBE = frozenset((*(edges.FIELDS[type] for type in edges.TO_ANYTHING), "to", "on"))


class Lost(Struct, frozen=True, kw_only=True):
    """A bead whose id another kept in a merge. `text` is its file; `key` follows from both.

    `made` says that it has to be made again: else that was done, and only references can be new.
    """

    id: ItemId
    bead: Bead
    text: str
    key: str
    made: bool = True


class Added(Struct, frozen=True, kw_only=True):
    """A file as the losing side had it, as it was before both, and as the other side had it if it did."""

    path: str
    there: Any
    before: tuple[Any, ...] = ()
    other: Any = None


class Clash(Struct, frozen=True, kw_only=True):
    """What one side of a merge lost, and the files with references that it had changed."""

    commit: str
    lost: tuple[Lost, ...]
    added: tuple[Added, ...] = ()


def renumber(snapshot: Snapshot, clashes: Sequence[Clash], now: str) -> Edit | None:
    """A new id for each lost bead, and what the losing side said of it says so; None for nothing to do.

    Each is named by its key in a `Renumbered:` trailer, so that nothing happens twice. A bead that
    stands under another id already (renumbered by hand, by another machine, or before) is not made again.
    """
    done: list[Edit] = []
    for clash in clashes:
        standing = {each.id: id for each in clash.lost if (id := _stands(snapshot, each))}
        lost = [each for each in clash.lost if each.made and each.id not in standing]
        fresh = {**standing, **_fresh(snapshot, lost)}
        for each in lost:
            edit = _moved(snapshot, each, fresh, clash.commit, now)
            done.append(edit)
            snapshot = snapshot.with_edit(edit)
        items = [_repointed(snapshot, added, fresh) for added in clash.added]
        said = tuple(item for item in items if item is not None)
        if said and lost:
            done[-1] = replace(done[-1], put=said)
        elif said:
            done.append(_said(clash, fresh, said))
        if said:
            snapshot = snapshot.with_edit(done[-1])
    return merge_edits(done)


def _stands(snapshot: Snapshot, lost: Lost) -> ItemId:
    """Under which other id that bead is there; one without a moment is it only when all else is equal."""
    origin = (lost.bead.created, lost.bead.created_by)
    alike = []
    for bead in snapshot.beads():
        if bead.id == lost.id:
            continue
        if replace(lost.bead, id=bead.id) == bead:
            return bead.id
        if lost.bead.created and (bead.created, bead.created_by) == origin:
            alike.append(bead)
    same = [bead.id for bead in alike if bead.title == lost.bead.title]
    if same:
        return same[0]
    return alike[0].id if len(alike) == 1 and not lost.made else ItemId("")


def _said(clash: Clash, fresh: Mapping[ItemId, ItemId], items: tuple[kinds.Item, ...]) -> Edit:
    pairs = ", ".join(f"{old} {new}" for old, new in sorted(fresh.items()))
    served = ((SERVED, each.key) for each in clash.lost)
    return Edit(
        subject=f"renumber: references of {pairs}",
        put=items,
        trailers=(("Event", "renumber"), ("Caused-By", clash.commit), *served),
    )


def _fresh(snapshot: Snapshot, lost: Sequence[Lost]) -> dict[ItemId, ItemId]:
    taken = snapshot.taken()
    ours: set[str] = {each.id for each in lost}
    for parent in {each.id.rpartition(".")[0] for each in lost if "." in each.id}:
        ours.update(taken.starting(f"{parent}."))
    found: dict[ItemId, ItemId] = {}
    for each in sorted(lost, key=lambda each: each.id):
        parent, _, number = each.id.rpartition(".")
        if number.isdecimal():
            id = ItemId(weave.next_free(f"{parent}.{number}", ours))
        else:
            id = base.fresh(snapshot, prefix_of(snapshot, each.id), "", SERVED, each.key)
        ours.add(id)
        found[each.id] = id
    return found


def _moved(snapshot: Snapshot, lost: Lost, fresh: Mapping[ItemId, ItemId], commit: str, now: str) -> Edit:
    id = fresh[lost.id]
    path = layout.path_of_bead(id)
    text = lost.text
    if "id" in split(path, text).values:
        text = splice.set_keys(path, text, {"id": id})
    bead = kinds.parse(path, text)
    text = kinds.edit(path, text, _with_ids(bead, lambda name, old: fresh.get(old, old)))
    return Edit(
        subject=f"renumber: {lost.id} {id}",
        files=((path, text), *_letter(snapshot, lost, id, commit, now)),
        trailers=(
            ("Event", "renumber"),
            ("Bead", id),
            ("Caused-By", commit),
            (SERVED, lost.key),
        ),
    )


def _letter(snapshot: Snapshot, lost: Lost, id: ItemId, commit: str, now: str) -> tuple[tuple[str, str], ...]:
    to = lost.bead.created_by
    if to != OVERSEER and snapshot.agent(Address(to)) is None:
        return ()
    body = (
        f"Two beads got the id {lost.id} in two clones, which commit {commit} brought together.\n"
        f"Yours, {lost.bead.title!r}, is {id} now. What its side said of it since then says so too.\n"
        f"Texts that mention {lost.id} were not changed.\n"
    )
    return mail(snapshot, now, [to], f"{lost.id} is now {id}", body, ("renumber", lost.key))


def _repointed(snapshot: Snapshot, added: Added, fresh: Mapping[ItemId, ItemId]) -> kinds.Item | None:
    """The item with the references that the losing side added; None when it has none of them any more."""
    item = snapshot.get(added.path)
    if item is None or type(item) is not type(added.there) or _own_id(added.path) in fresh:
        return None
    if isinstance(item, Message):  # what was sent stays as it was sent
        return None
    if not writable(snapshot, item):
        return None
    other = {} if added.other is None else _by_field(added.other)
    before: dict[str, frozenset[ItemId]] = {}
    for each in added.before:
        for name, ids in _by_field(each).items():
            before[name] = before.get(name, frozenset()) | ids
    there = _by_field(added.there)

    def turned(name: str, old: ItemId) -> ItemId:
        added_here = old in there.get(name, ()) and old not in before.get(name, ())
        return fresh[old] if old in fresh and added_here and old not in other.get(name, ()) else old

    def both(name: str) -> Iterator[ItemId]:
        """New references beside those that the other side made to the bead that kept the id."""
        none: frozenset[ItemId] = frozenset()
        shared = there.get(name, none) & other.get(name, none) - before.get(name, none)
        return (fresh[id] for id in sorted(shared) if id in fresh)

    made = _with_ids(item, turned, both)
    return None if made == item else made


def _own_id(path: str) -> str:
    return basename(path).removesuffix(".md") if path.startswith("beads/") else ""


def _by_field(item: Struct) -> dict[str, frozenset[ItemId]]:
    """The ids that an item refers to, by where."""
    found: dict[str, set[ItemId]] = {}

    def seen(name: str, id: ItemId) -> ItemId:
        found.setdefault(name, set()).add(id)
        return id

    _with_ids(item, seen)
    return {name: frozenset(ids) for name, ids in found.items()}


def _with_ids(
    item: Any,
    turned: Callable[[str, ItemId], ItemId],
    more: Callable[[str], Iterator[ItemId]] = lambda name: iter(()),
    inside: str = "",
) -> Any:
    """The struct with every reference put through `turned(where, id)`; lists with `more(where)` too."""
    changes: dict[str, Any] = {}
    hints = get_type_hints(type(item))
    for name in item.__struct_fields__:
        value, where = getattr(item, name), f"{inside}{name}"
        refers = "ItemId" in str(hints[name]) or name in _MAYBE
        if isinstance(value, Struct):
            changes[name] = _with_ids(value, turned, more, f"{where}.")
        elif isinstance(value, tuple) and value and isinstance(value[0], Struct):
            changes[name] = tuple(_with_ids(each, turned, more, f"{where}.") for each in value)
        elif not refers or (name == "id" and not inside):
            continue
        elif isinstance(value, tuple):
            changes[name] = (*dict.fromkeys((*(turned(where, each) for each in value), *more(where))),)
        elif isinstance(value, str) and value:
            changes[name] = turned(where, ItemId(value))
    return replace(item, **{k: v for k, v in changes.items() if v != getattr(item, k)}) if changes else item
