"""Three-way merge of one file, field by field: two sides both keep what they changed.

The fields are those of the struct that the file is read into, so none can be forgotten. The result keeps
the layout of `ours` and takes over what `theirs` changed in layout too, where lines allow it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import markers
from gtlib.model import nested
from gtlib.model import sides
from gtlib.model.keyed_text import Lines
from gtlib.model.sameness import same
from gtlib.model.sameness import same_fields
from gtlib.model.sides import Both

LineMerge = Callable[[str, str, str], str | None]


class Merged(Struct, frozen=True):
    """A merged file. `text` has conflicts settled for ours; `conflicts` names the fields in conflict.

    `theirs` are texts that differ from `text` in one conflict each, settled for theirs.
    """

    text: str
    conflicts: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()

    def marked(self, size: int = 7) -> str:
        """The text with conflict markers of that size, around what is in conflict and nothing else."""
        return markers.mark(self.text, self.theirs, size)


def merge(
    path: str, base: str | None, mine: str, theirs: str, lines: LineMerge, *, mine_wins: bool = False
) -> str | None:
    """`mine` with what `theirs` changed since `base`, in mine's own layout; None on a true conflict.

    With `mine_wins` a field in true conflict keeps mine, and only what does not parse gives None.

    `lines(base, mine, theirs)` merges plain text and returns None when it can't. Files that are
    no item of the town are merged by line as a whole.
    """
    if mine == theirs or base == theirs:
        return mine
    if base == mine:
        return theirs
    if base is None:
        return None
    if kinds.kind_of(path) is None:
        return lines(base, mine, theirs)

    def both(was: str, ours: str, other: str) -> tuple[str, str]:
        merged = lines(was, ours, other)
        return (ours, other) if merged is None else (merged, merged)

    try:
        merged = by_field(path, base, mine, theirs, both)
    except UserError:
        return None
    return None if merged.conflicts and not mine_wins else merged.text


def by_field(
    path: str, base: str | None, ours: str, theirs: str, lines: Lines, *, settled: bool = False
) -> Merged:
    """Merge two texts of an item. Without `base` both sides made it. UserError when one does not parse.

    With `settled` a field in conflict is as the base had it, and there are no conflicts: that is how the
    common ancestor of a merge is made where there are several.
    """
    was = sides.ABSENT if base is None else _parsed(path, base)
    mine, other = _parsed(path, ours), _parsed(path, theirs)
    both = sides.merge(was, mine, other, lines)
    if settled:
        both = _as_before(was, both)
    try:
        kinds.edit(path, ours, both.ours)
    except UserError:
        # Fields that make no item together, as a step that one side took away and the other made needed.
        both = _sides_apart(mine, other, both)
    text = kinds.edit(path, ours, both.ours)
    if not same_fields(_parsed(path, text), both.ours):
        raise UserError(f"{path}: the merged values can't be written into this file", "merge it by hand")
    text, unknown = nested.carry(path, base, text, theirs)
    if base is None:
        return _conflicts(path, text, both, unknown)
    return _conflicts(path, _with_layout(path, base, text, theirs, was, lines), both, unknown)


def _parsed(path: str, text: str) -> Any:
    item = kinds.parse(path, text)
    if item is None:
        raise UserError(f"{path} is no item of the town", "merge it by line")
    return item


def _as_before(was: Any, both: Both) -> Both:
    fields = {name.partition(".")[0] for name in both.where}
    if was is sides.ABSENT or not fields:
        return Both(both.ours, both.ours)
    kept = msgspec.structs.replace(both.ours, **{name: getattr(was, name) for name in fields})
    return Both(kept, kept)


def _sides_apart(mine: Any, other: Any, both: Both) -> Both:
    """Every field that is neither side's own is in conflict."""
    changes = {}
    for name in mine.__struct_fields__:
        value = getattr(both.ours, name)
        if not same(value, getattr(mine, name)) and not same(value, getattr(other, name)):
            changes[name] = (getattr(mine, name), getattr(other, name))
    where = dict.fromkeys((*both.where, *changes))
    return Both(
        msgspec.structs.replace(both.ours, **{name: pair[0] for name, pair in changes.items()}),
        msgspec.structs.replace(both.theirs, **{name: pair[1] for name, pair in changes.items()}),
        tuple(where),
    )


def _conflicts(path: str, text: str, both: Both, unknown: tuple[nested.Clash, ...]) -> Merged:
    """The texts that say the other side: one for each field in conflict, with all that is in its keys."""
    names, texts = [clash.name for clash in unknown], []
    left = {key: [clash for clash in unknown if clash.key == key] for key in (each.key for each in unknown)}
    for field in dict.fromkeys(name.partition(".")[0] for name in both.where):
        turned = msgspec.structs.replace(both.ours, **{field: getattr(both.theirs, field)})
        other = kinds.edit(path, text, turned)
        if other != text:
            names += [name for name in both.where if name.partition(".")[0] == field]
            for key in sorted(nested.changed_keys(path, text, other) & left.keys()):
                other = nested.with_theirs(path, other, left.pop(key))
            texts.append(other)
    texts = [nested.with_theirs(path, text, clashes) for clashes in left.values()] + texts
    if markers.overlap(text, tuple(texts)):  # apart they would each say ours of what the other says
        other = kinds.edit(path, text, both.theirs)
        texts = [nested.with_theirs(path, other, unknown)]
    return Merged(text, tuple(name.removeprefix("extra.") for name in names), tuple(texts))


def _with_layout(path: str, base: str, text: str, theirs: str, was: Any, lines: Lines) -> str:
    """`text` with the comments, blank lines and order of keys that theirs changed, where lines allow it."""
    bare = kinds.edit(path, theirs, was)
    if bare == base:
        return text
    heads = [markers.head(each) for each in (base, text, bare)]
    bodies = [each[len(head) :] for each, head in zip((base, text, bare), heads, strict=True)]
    keys, body = _merged(lines, heads), _merged(lines, bodies)
    made = (_with_remarks(*heads) if keys is None else keys) + (bodies[1] if body is None else body)
    try:
        return made if same_fields(kinds.parse(path, made), kinds.parse(path, text)) else text
    except UserError:
        return text


def _merged(lines: Lines, texts: list[str]) -> str | None:
    if texts[2] in texts[:2] or texts[0] == texts[1]:
        return texts[2] if texts[0] == texts[1] else texts[1]
    one, other = lines(texts[0], texts[1], texts[2])
    return one if one == other else None


def _with_remarks(base: str, head: str, bare: str) -> str:
    """Whole lines of comment that theirs added to the keys, below them."""
    known = {line.strip() for line in (base + head).splitlines()}
    newline = "\r\n" if head.endswith("\r\n") else "\n"
    added = (line for line in bare.splitlines() if line.startswith("#") and line.strip() not in known)
    return head + "".join(line + newline for line in added)
