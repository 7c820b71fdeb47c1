"""The outputs of a molecule's steps, as they stand below `## Outputs`.

A heading `### step-id`, then a line `key: value` for each. A value that is JSON (an object, a list, a
number, true, false, null or a text in quotes) is that, anything else is the text as it stands. What
people write above the first heading, or below headings of their own, stays and means nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import NoReturn

from gtlib import names
from gtlib.errors import UserError
from gtlib.model import keyed_text
from gtlib.model.keyed_text import Block
from gtlib.model.keyed_text import Keyed

LARGEST = 64 * 1024  # bytes of what one step puts out

_DEEPEST = 64  # levels of lists and objects
_HEADING = re.compile(r"###[ \t]+(?P<step>\S.*)|##?(?:[ \t].*)?\r?")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_LINE = re.compile(rf"[ \t]*(?P<key>{_KEY.pattern})[ \t]*:(?:[ \t](?P<value>.*)|\r?)")


class _Said(NamedTuple):
    """A line of the section. `key` "" is the heading of `step`; `problem` "" when the line is good."""

    at: int
    step: str
    key: str = ""
    value: Any = None
    problem: str = ""


def read(text: str) -> dict[str, dict[str, Any]]:
    """The outputs by step and key; the last line of a key counts, and bad lines are left out."""
    found: dict[str, dict[str, Any]] = {}
    for said in _lines(text.split("\n")):
        if said.key and not said.problem:
            found.setdefault(said.step, {})[said.key] = said.value
    return found


def of(text: str, step: str) -> dict[str, Any]:
    """The outputs of one step, without a look at those of others; empty when it has none."""
    lines = text.split("\n") if step in text else []
    return {said.key: said.value for said in _lines(lines, step) if said.key and not said.problem}


def problems(text: str) -> tuple[tuple[int, str], ...]:
    """What is wrong in the section, as (offset of the line from the first one, what)."""
    found: list[tuple[int, str]] = []
    seen: set[tuple[str, str]] = set()
    for said in _lines(text.split("\n")):
        if said.problem:
            found.append((said.at, said.problem))
        elif said.key and (said.step, said.key) in seen:
            found.append(
                (said.at, f"the output {said.key} of {said.step} stands twice; remove the line above")
            )
        seen.add((said.step, said.key))
    return tuple(found)


def write(text: str, step: str, values: Mapping[str, Any]) -> str:
    """The section with these outputs of a step; every other line stays as it is.

    Raises UserError for a bad step id or key, a value that is not JSON, and more than 64 KiB of one step.
    """
    names.step_id(step)
    fresh = {key: _line(key, value) for key, value in values.items()}
    lines = text.split("\n") if text else []
    mine = list(_lines(lines, step))
    old = {said.key: said for said in mine if said.key and not said.problem}
    for key, said in old.items():
        if key in fresh:
            line = fresh.pop(key)
            if not _same(said.value, values[key]):
                lines[said.at] = line + ("\r" if lines[said.at].endswith("\r") else "")
    if fresh and mine:
        lines[mine[-1].at + 1 : mine[-1].at + 1] = fresh.values()
    elif fresh:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += ([""] if lines else []) + [f"### {step}", "", *fresh.values()]
    if sum(len(_encoded(lines[said.at])) + 1 for said in _lines(lines, step)) > LARGEST:
        what = f"the outputs of {step} are larger than {LARGEST} bytes"
        raise UserError(what, "put them in a file, and its path here")
    return "\n".join(lines)


def value_of(text: str) -> Any:
    """What a text means as a value: JSON of the kinds above, else itself.

    A number that would be written otherwise, such as 1.10, stays text.
    """
    said = text.strip()
    if not said or (
        said[0] not in '[{"-' and not said[0].isdigit() and said not in ("true", "false", "null")
    ):
        return text
    if len(said) > LARGEST or _depth(said) > _DEEPEST:
        return text
    try:
        value = json.loads(said, parse_constant=_no_number, parse_float=_number)
    except ValueError:
        return text
    if isinstance(value, int | float) and not isinstance(value, bool) and json.dumps(value) != said:
        return text
    return value


def _lines(lines: Sequence[str], only: str = "") -> Iterator[_Said]:
    """Every heading of a step and what stands below it, or those of one step `only`."""
    step = ""
    size: dict[str, int] = {}
    for at, line in enumerate(lines):
        heading = _HEADING.fullmatch(line) if line.startswith("#") else None
        if heading:
            step, problem = _step((heading["step"] or "").rstrip(), only)
            if step or problem:
                yield _Said(at, step, problem=problem)
        elif step and line.strip():
            size[step] = size.get(step, 0) + len(_encoded(line)) + 1
            if size[step] > LARGEST:
                yield _Said(at, step, problem=f"the outputs of {step} are larger than {LARGEST} bytes")
                continue
            found = _LINE.fullmatch(line)
            if not found:
                yield _Said(at, step, problem="this is no output; write `key: value` on one line")
            else:
                yield _Said(at, step, found["key"], value_of((found["value"] or "").strip(" \t\r")))


def _step(text: str, only: str) -> tuple[str, str]:
    """The step of a heading, or what is wrong with it; neither for one that is not asked for."""
    if not text or (only and text != only):
        return "", ""
    try:
        return names.step_id(text), ""
    except UserError as error:
        return "", str(error)


def _line(key: str, value: Any) -> str:
    if not _KEY.fullmatch(key):
        what = f"{key[:40]!r} is no key for an output"
        raise UserError(what, "begin with a letter, then letters, digits, - and _ (100 at most)")
    said = value if isinstance(value, str) and _is_plain(value) else _json(key, value)
    if not _same(value_of(said), value):
        _not_json(key)
    return f"{key}: {said}"


def _is_plain(text: str) -> bool:
    return text != "" and text.isprintable() and text.strip() == text and value_of(text) is text


def _json(key: str, value: Any) -> str:
    try:
        said = json.dumps(value, ensure_ascii=False, allow_nan=False)
        # What nobody sees, and what cannot be UTF-8, is written with its code.
        return said if said.isprintable() else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        _not_json(key)


def _not_json(key: str) -> NoReturn:
    what = f"the output {key} is not JSON, or deeper than {_DEEPEST} levels, or larger than {LARGEST} bytes"
    raise UserError(what, "give text, a number, true, false, null, a list or an object with text keys")


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: 1, 1.0 and true are three values."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


def _depth(text: str) -> int:
    """How deep JSON nests, found without a recursion."""
    deepest = depth = 0
    inside = escaped = False
    for sign in text:
        if inside:
            inside = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            inside = True
        else:
            depth += (sign in "[{") - (sign in "]}")
            deepest = max(deepest, depth)
    return deepest


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


# Merging: an output is its step's, and what stands between outputs is text.


def _blocks(text: str) -> list[Block]:
    found = [Block()]
    inside: list[Block] = []
    step = ""
    for line in keyed_text.lines_of(text):
        bare = line.removesuffix("\n")
        heading = _HEADING.fullmatch(bare) if bare.startswith("#") else None
        said = _LINE.fullmatch(bare) if step and not heading else None
        if heading:
            found[-1] = found[-1]._replace(inside=tuple(inside))
            gap = "" if found[0].tail else None
            if len(found) > 1 or found[0].tail.strip():
                found[-1], gap = _without_blank_end(found[-1])
            step, _ = _step((heading["step"] or "").rstrip(), "")
            inside = []
            key = step or bare.strip()
            found.append(Block(key, line, key, gap=gap))
        elif said:
            value = value_of((said["value"] or "").strip(" \t\r"))
            inside.append(Block(said["key"], line, value))
        else:
            last = inside if inside else found
            last[-1] = last[-1]._replace(tail=last[-1].tail + line)
    found[-1] = found[-1]._replace(inside=tuple(inside))
    return found


def _without_blank_end(block: Block) -> tuple[Block, str]:
    """The block without the blank lines at its end, and these."""
    if block.inside:
        last, gap = _without_blank_end(block.inside[-1])
        return block._replace(inside=(*block.inside[:-1], last)), gap
    lines = block.tail.split("\n")
    count = len(lines) - 1
    while count and not lines[count - 1].strip():
        count -= 1
    kept, gap = ("".join(f"{line}\n" for line in part) for part in (lines[:count], lines[count:-1]))
    return block._replace(tail=kept), gap


def _finished(text: str, sides: tuple[str, str]) -> str:
    """Each side's outputs may fit and not those of both."""
    known = {what for side in sides for _, what in problems(side)}
    for _, what in problems(text):
        if what not in known:
            raise UserError(what, "choose which of them stay")
    return text


KEYED = Keyed(_blocks, _finished)
