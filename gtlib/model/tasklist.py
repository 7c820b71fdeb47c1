"""The steps of a molecule as a Markdown task list: read and change, with the grammar kept exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from typing import NamedTuple

from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.body import Written
from gtlib.model.fences import fence_after
from gtlib.model.molecule import Step
from gtlib.model.molecule import StepState
from gtlib.model.steplines import changed
from gtlib.model.steplines import raw_of
from gtlib.model.steplines import written
from gtlib.names import StepId

BOXES: dict[str, StepState] = {" ": "open", "x": "done", "X": "done", "-": "skipped", "!": "failed"}

_ITEM = re.compile(r"[-*+][ \t]+\[([ xX!-])\][ \t]+\*\*([^*]+)\*\*(?:[ \t]+(.*?))?[ \t]*\Z")
_NEEDS = re.compile(r"(?:(?P<title>.*?)[ \t]+|)\(needs:(?P<ids>[^()]*)\)\Z")
_ESCAPED = re.compile(r"\\(\\*\(needs:[^()]*\))\Z")
_ESCAPED_FENCE = re.compile(r"^( {0,3})\\(?=\\*(?:`{3}|~{3}))")
_HINT = "write `- [ ] **step-id** Title (needs: other-id)`; indent what belongs to a step"


class _Chunk(NamedTuple):
    """One step, its line counted from 0 in the section, and its lines: the item, what is indented below it,
    and the blank lines after.
    """

    step: Step
    line: int
    lines: list[str]


class _Problem(Exception):
    """What is wrong in a line of the section, counted from 0; `{}` in `what` is the line `other`."""

    def __init__(self, line: int, what: str, hint: str, other: int | None = None) -> None:
        super().__init__(what)
        self.line, self.what, self.hint, self.other = line, what, hint, other

    def error(self, path: str, first_line: int) -> FileError:
        what = self.what if self.other is None else self.what.replace("{}", str(first_line + self.other))
        return FileError(path, first_line + self.line, what, self.hint)


class StepsPart:
    """The section `## Steps`. A title or text that cannot stand in it is kept under the key `steps`."""

    attr = "steps"
    key = "steps"

    def __init__(self, heading: str = "Steps") -> None:
        self.heading = heading

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> tuple[Step, ...]:
        try:
            steps = _steps("\n".join(lines), first_line)
        except _Problem as e:
            raise e.error(path, first_line) from None
        return _with_raw(path, first_line, steps, raw) if raw is not None else steps

    def render(self, value: tuple[Step, ...]) -> Written:
        lines: list[str] = []
        for step in value:
            lines += ["", *written(step)]
        return Written(lines, raw_of(value))

    def edit(self, lines: list[str], old: tuple[Step, ...], new: tuple[Step, ...]) -> Written:
        """Steps that stay keep their lines; a new state changes the character in the box only."""
        chunks = _chunks("\n".join(lines))
        had = {chunk.step.id: i for i, chunk in enumerate(chunks)}
        before = {step.id: step for step in old}
        result: list[str] = []
        last: int | None = -1
        for step in new:
            at = had.get(step.id)
            # A blank line keeps a step that comes or moves apart, so that changes of two people merge.
            if result and result[-1] and (at is None or last != at - 1):
                result.append("")
            result += written(step) if at is None else changed(chunks[at].lines, before[step.id], step)
            last = at
        while result and not result[-1]:
            result.pop()
        return Written(result, raw_of(new))


# A change reads the old list and the new one, several times each, and a long list is most of its cost.
@lru_cache(maxsize=2)
def _steps(text: str, first_line: int) -> tuple[Step, ...]:
    """The steps of the section, with their lines in the file. _Problem when it is no task list."""
    chunks = _chunks(text)
    _check_needs(chunks)
    return tuple(
        Step(
            id=step.id,
            title=step.title,
            state=step.state,
            needs=step.needs,
            text=step.text,
            line=first_line + line,
        )
        for step, line, _ in chunks
    )


@lru_cache(maxsize=2)
def _chunks(text: str) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    fence: tuple[str, int] | None = None
    for number, line in enumerate(text.split("\n") if text else []):
        if not line or line[0] in " \t":
            if not chunks and line.strip():
                raise _Problem(number, "this text belongs to no step", _HINT)
            if chunks:
                chunks[-1].lines.append(line)
                if line:
                    fence = fence_after(fence, _dedent(line), number)
            continue
        if fence:
            what = "this line stands in the fence that line {} opens"
            raise _Problem(number, what, "indent it or close the fence", fence[1])
        try:
            step = _item(line)
        except _Problem as e:
            raise _Problem(number, e.what, e.hint) from None
        chunks.append(_Chunk(step, number, [line]))
    return [
        chunk._replace(step=_with_text(chunk.step, chunk.lines[1:])) if any(chunk.lines[1:]) else chunk
        for chunk in chunks
    ]


# Of a long list a change leaves all lines but one as they were.
@lru_cache(maxsize=16 * 1024)
def _item(line: str) -> Step:
    """The step that a line begins."""
    found = _ITEM.match(line)
    if not found:
        raise _Problem(0, f"{_shown(line)!r} is not a step", _HINT)
    try:
        id = names.step_id(found[2])
    except UserError as e:
        raise _Problem(0, e.what, e.hint) from None
    title, needs = _title(found[3] or "")
    return Step(id=id, title=title, state=BOXES[found[1]], needs=needs)


def _title(text: str) -> tuple[str, tuple[StepId, ...]]:
    needs: tuple[StepId, ...] = ()
    if not text.endswith(")"):
        return text, needs
    found = _NEEDS.match(text)
    if found:
        words = [word.strip() for word in found["ids"].split(",")]
        try:
            needs = tuple(names.step_id(word) for word in words)
        except UserError:
            pass  # words that are no step ids: it is the title that ends so
        else:
            text = found["title"] or ""
    return _ESCAPED.sub(r"\1", text), needs


def _shown(line: str) -> str:
    return line if len(line) <= 60 else line[:57] + "..."


def _with_text(step: Step, lines: list[str]) -> Step:
    text = "\n".join(_ESCAPED_FENCE.sub(r"\1", _dedent(line)) for line in lines).strip("\n")
    return Step(id=step.id, title=step.title, state=step.state, needs=step.needs, text=text)


def _dedent(line: str) -> str:
    return line[2:] if line.startswith("  ") else line[1:] if line[:1] in (" ", "\t") else line


def _check_needs(chunks: Sequence[_Chunk]) -> None:
    """_Problem when an id stands twice, a need is unknown, or needs go round in a circle."""
    lines: dict[str, int] = {}
    sorted_ = True
    for step, line, _ in chunks:
        if step.id in lines:
            what = f"the step {step.id} stands twice (first in line {{}})"
            raise _Problem(line, what, "rename one", lines[step.id])
        sorted_ = sorted_ and all(need in lines for need in step.needs)
        lines[step.id] = line
    if sorted_:  # what is needed stands above, as in most lists: no need is unknown, and none goes round
        return
    for step, line, _ in chunks:
        for need in step.needs:
            if need not in lines:
                raise _Problem(line, f"{step.id} needs {need}, which is no step here", "mend the id")
    circle = _circle({step.id: step.needs for step, _, _ in chunks})
    if circle:
        what = f"needs go round in a circle: {' -> '.join(circle)}"
        raise _Problem(lines[circle[0]], what, "remove one of them")


def _circle(needs: dict[StepId, tuple[StepId, ...]]) -> list[StepId]:
    """One circle, its first step repeated at the end; empty when there is none."""
    done: set[StepId] = set()
    for start in needs:
        trail: dict[StepId, None] = {}
        stack: list[tuple[StepId, int]] = [(start, 0)]
        while stack:
            id, at = stack.pop()
            if at == 0:
                if id in trail:
                    names_ = list(trail)
                    return [*names_[names_.index(id) :], id]
                if id in done:
                    continue
                trail[id] = None
            if at < len(needs[id]):
                stack += [(id, at + 1), (needs[id][at], 0)]
            else:
                del trail[id]
                done.add(id)
    return []


def _with_raw(path: str, line: int, steps: tuple[Step, ...], raw: Any) -> tuple[Step, ...]:
    known = {step.id for step in steps}
    good = isinstance(raw, dict) and all(
        id in known and isinstance(one, dict) and all(isinstance(text, str) for text in one.values())
        for id, one in raw.items()
    )
    if not good:
        raise FileError(
            path,
            line,
            "the key steps does not fit the list below ## Steps",
            "remove it, and write the steps there",
        )
    return tuple(
        Step(
            id=step.id,
            title=raw.get(step.id, {}).get("title", step.title),
            state=step.state,
            needs=step.needs,
            text=raw.get(step.id, {}).get("text", step.text),
            line=step.line,
        )
        for step in steps
    )
