"""Three-way merge of a text whose lines have keys, such as the outputs of steps: by key, not by line."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from gtlib.errors import UserError
from gtlib.model import weave
from gtlib.model.sameness import same

# (base, ours, theirs) -> the text with conflicts settled for ours, and for theirs; equal when there is none
Lines = Callable[[str, str, str], tuple[str, str]]


class Block(NamedTuple):
    """A line with a key, and all that follows up to the next one. Lines end with a newline here.

    `value` is what the line says. `tail` are the lines below it that have no key, `inside` the blocks of
    its own. `gap` are the blank lines above it; None: it is the first and has none. A block with neither
    key nor line holds what stands above all others.
    """

    key: str = ""
    line: str = ""
    value: Any = None
    tail: str = ""
    inside: tuple[Block, ...] = ()
    gap: str | None = ""


class Keyed(NamedTuple):
    """How a text is keyed. `blocks` takes it apart: all their lines in turn are the text, and a newline.

    `finished(text, sides)` is the merged text as it is to stand. Both raise UserError: where it is not
    keyed, and where what the sides did makes nothing sound together.
    """

    blocks: Callable[[str], list[Block]]
    finished: Callable[[str, tuple[str, str]], str]


class _Both(NamedTuple):
    """What is settled for ours, and for theirs, and the names of what is in conflict."""

    ours: Any
    theirs: Any
    where: tuple[str, ...] = ()


def lines_of(text: str) -> list[str]:
    """The lines, each with its newline; of the empty text none."""
    return [f"{line}\n" for line in text.split("\n")] if text else []


def merge(
    keyed: Keyed, base: str, ours: str, theirs: str, lines: Lines, name: str
) -> tuple[str, str, tuple[str, ...]]:
    """The text settled for ours, settled for theirs, and the names of what is in conflict, below `name`.

    UserError when one of the texts is not keyed.
    """
    was, mine, other = (keyed.blocks(text) for text in (base, ours, theirs))
    both = _blocks(was, mine, other, lines, name)
    try:
        one, two = (keyed.finished(_joined(each), (ours, theirs)) for each in both[:2])
    except UserError:
        return ours, theirs, (name,)
    return one, two, tuple(dict.fromkeys(both.where))


def _blocks(
    base: Sequence[Block], ours: Sequence[Block], theirs: Sequence[Block], lines: Lines, name: str
) -> _Both:
    was, mine, other = (_by_key(blocks) for blocks in (base, ours, theirs))
    found = {
        key: _block(was.get(key), mine.get(key), other.get(key), lines, f"{name}.{key}" if key else name)
        for key in {**mine, **other}
    }
    kept = {key for key, both in found.items() if both.ours or both.theirs}
    orders = weave.orders(
        list(was),
        [key for key in mine if key in kept],
        [key for key in other if key in kept],
        lambda key: key,
    )
    where = tuple(part for both in found.values() for part in both.where)
    return _Both(
        [found[key].ours for key in orders[0] if found[key].ours],
        [found[key].theirs for key in orders[1] if found[key].theirs],
        where if orders[0] == orders[1] else (*where, name),
    )


def _by_key(blocks: Sequence[Block]) -> dict[str, Block]:
    found = {block.key: block for block in blocks}
    if len(found) < len(blocks):
        raise UserError("a key stands twice", "keep one of the two")
    return found


def _block(was: Block | None, mine: Block | None, other: Block | None, lines: Lines, name: str) -> _Both:
    if mine is None or other is None:
        there = mine or other
        if was is None:
            return _Both(there, there)
        if there is None or there._replace(gap=was.gap) == was:
            return _Both(None, None)
        return _Both(mine, other, (name,))
    before = was or Block()
    line = _line(was, mine, other, name)
    tail = _tail(before.tail, mine.tail, other.tail, lines, name)
    inside = _blocks(before.inside, mine.inside, other.inside, lines, name)
    gap = _gap(before.gap, mine.gap, other.gap)
    return _Both(
        line.ours._replace(tail=tail.ours, inside=tuple(inside.ours), gap=gap),
        line.theirs._replace(tail=tail.theirs, inside=tuple(inside.theirs), gap=gap),
        (*line.where, *tail.where, *inside.where),
    )


def _line(was: Block | None, mine: Block, other: Block, name: str) -> _Both:
    """A line of which a side changed the layout alone is that of the side that changed what it says."""
    for field in ("line", "value"):
        before = None if was is None else getattr(was, field)
        said, says = getattr(mine, field), getattr(other, field)
        if was is not None and same(says, before):
            return _Both(mine, mine)
        if was is not None and same(said, before):
            return _Both(other, other)
        if same(said, says):
            first = min(mine, other, key=lambda block: block.line)
            return _Both(first, first)
    return _Both(mine, other, (name,))


def _tail(was: str, mine: str, other: str, lines: Lines, name: str) -> _Both:
    if mine == other or other == was:
        return _Both(mine, mine)
    if mine == was:
        return _Both(other, other)
    if not (mine + other).strip():
        longer = max(mine, other, key=len)
        return _Both(longer, longer)
    merged = lines(was, mine, other)
    return _Both(*merged, () if merged[0] == merged[1] else (name,))


def _gap(was: str | None, mine: str | None, other: str | None) -> str | None:
    """Of a block that is first on one side, as the other has it."""
    if mine is None or other is None:
        return other if mine is None else mine
    if mine == was or other == was:
        return other if mine == was else mine
    return max(mine, other, key=len)


def _joined(blocks: Sequence[Block]) -> str:
    text = ""
    for block in blocks:
        text += (("\n" if block.gap is None else block.gap) if text else "") + _text(block)
    return text.removesuffix("\n")


def _text(block: Block) -> str:
    return block.line + block.tail + "".join(map(_text, block.inside))
