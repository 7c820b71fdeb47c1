"""The steps of a molecule as a Markdown task list: read and change, with the grammar kept exactly."""

from __future__ import annotations

import re
from typing import Any
from typing import NamedTuple

from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.body import Written
from gtlib.model.body import safe
from gtlib.model.molecule import Step
from gtlib.model.molecule import StepState
from gtlib.names import StepId

BOXES: dict[str, StepState] = {" ": "open", "x": "done", "X": "done", "-": "skipped", "!": "failed"}
SIGNS: dict[StepState, str] = {"open": " ", "done": "x", "skipped": "-", "failed": "!"}

_ITEM = re.compile(r"[-*+][ \t]+\[([ xX!-])\][ \t]+\*\*([^*]+)\*\*(?:[ \t]+(.*?))?[ \t]*\Z")
_NEEDS = re.compile(r"(?:(?P<title>.*?)[ \t]+|)\(needs:(?P<ids>[^()]*)\)\Z")
_ESCAPED = re.compile(r"\\(\\*\(needs:[^()]*\))\Z")
_ESCAPE = re.compile(r"(\\*\(needs:[^()]*\))\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)\Z")
_ESCAPED_FENCE = re.compile(r"^( {0,3})\\(?=\\*(?:`{3}|~{3}))")
_HINT = "write `- [ ] **step-id** Title (needs: other-id)`; indent what belongs to a step"


class _Chunk(NamedTuple):
    """One step and its lines: the item, what is indented below it, and the blank lines after."""

    step: Step
    lines: list[str]


class StepsPart:
    """The section `## Steps`. A title or text that cannot stand in it is kept under the key `steps`."""

    attr = "steps"
    key = "steps"

    def __init__(self, heading: str = "Steps") -> None:
        self.heading = heading

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> tuple[Step, ...]:
        steps = tuple(chunk.step for chunk in _chunks(path, lines, first_line))
        check_needs(path, steps)
        return _with_raw(path, first_line, steps, raw) if raw is not None else steps

    def render(self, value: tuple[Step, ...]) -> Written:
        lines: list[str] = []
        for step in value:
            lines += ["", *_lines(step)]
        return Written(lines, _raw(value))

    def edit(self, lines: list[str], old: tuple[Step, ...], new: tuple[Step, ...]) -> Written:
        """Steps that stay keep their lines; a new state changes the character in the box only."""
        chunks = _chunks("", lines, 1)
        had = {chunk.step.id: i for i, chunk in enumerate(chunks)}
        before = {step.id: step for step in old}
        result: list[str] = []
        last: int | None = -1
        for step in new:
            at = had.get(step.id)
            # A blank line keeps a step that comes or moves apart, so that changes of two people merge.
            if result and result[-1] and (at is None or last != at - 1):
                result.append("")
            result += _lines(step) if at is None else _changed(chunks[at], before[step.id], step)
            last = at
        while result and not result[-1]:
            result.pop()
        return Written(result, _raw(new))


def _chunks(path: str, lines: list[str], first_line: int) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    fence: tuple[str, int] | None = None
    for number, line in enumerate(lines, first_line):
        if not line or line[0] in " \t":
            if not chunks and line.strip():
                raise FileError(path, number, "this text belongs to no step", _HINT)
            if chunks:
                chunks[-1].lines.append(line)
                fence = _fence_after(fence, _dedent(line), number)
            continue
        if fence:
            raise FileError(
                path,
                number,
                f"this line stands in the fence that line {fence[1]} opens",
                "indent it or close the fence",
            )
        chunks.append(_Chunk(_item(path, line, number), [line]))
    return [
        chunk._replace(step=_with_text(chunk.step, chunk.lines[1:])) if len(chunk.lines) > 1 else chunk
        for chunk in chunks
    ]


def _fence_after(fence: tuple[str, int] | None, line: str, number: int) -> tuple[str, int] | None:
    """The open code fence after this line, as (its marks, its line)."""
    found = _FENCE.match(line)
    if fence is None:
        opens = found and not (found[1][0] == "`" and "`" in found[2])
        return (found[1], number) if found and opens else None
    closes = found and found[1].startswith(fence[0]) and not found[2].strip()
    return None if closes else fence


def _item(path: str, line: str, number: int) -> Step:
    found = _ITEM.match(line)
    if not found:
        raise FileError(path, number, f"{_shown(line)!r} is not a step", _HINT)
    try:
        id = names.step_id(found[2])
    except UserError as e:
        raise FileError(path, number, e.what, e.hint) from None
    title, needs = _title(found[3] or "")
    return Step(id=id, title=title, state=BOXES[found[1]], needs=needs, line=number)


def _title(text: str) -> tuple[str, tuple[StepId, ...]]:
    needs: tuple[StepId, ...] = ()
    found = _NEEDS.match(text)
    if found:
        try:
            needs = tuple(names.step_id(word.strip()) for word in found["ids"].split(","))
        except UserError:
            pass  # words that are no step ids: it is the title that ends so
        else:
            text = found["title"] or ""
    return _ESCAPED.sub(r"\1", text), needs


def _shown(line: str) -> str:
    return line if len(line) <= 60 else line[:57] + "..."


def _with_text(step: Step, lines: list[str]) -> Step:
    text = "\n".join(_ESCAPED_FENCE.sub(r"\1", _dedent(line)) for line in lines).strip("\n")
    return Step(id=step.id, title=step.title, state=step.state, needs=step.needs, text=text, line=step.line)


def _dedent(line: str) -> str:
    return line[2:] if line.startswith("  ") else line[1:] if line[:1] in (" ", "\t") else line


def check_needs(path: str, steps: tuple[Step, ...]) -> None:
    """FileError when an id stands twice, a need is unknown, or needs go round in a circle."""
    lines: dict[str, int] = {}
    for step in steps:
        if step.id in lines:
            raise FileError(
                path,
                step.line,
                f"the step {step.id} stands twice (first in line {lines[step.id]})",
                "rename one",
            )
        lines[step.id] = step.line
    for step in steps:
        for need in step.needs:
            if need not in lines:
                raise FileError(
                    path, step.line, f"{step.id} needs {need}, which is no step here", "mend the id"
                )
    circle = _circle({step.id: step.needs for step in steps})
    if circle:
        raise FileError(
            path, lines[circle[0]], f"needs go round in a circle: {' -> '.join(circle)}", "remove one of them"
        )


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


# Writing


def _head(step: Step, bullet: str = "-") -> str:
    title = _ESCAPE.sub(r"\\\1", step.title) if _line_safe(step.title) else ""
    needs = f"(needs: {', '.join(step.needs)})" if step.needs else ""
    return " ".join(filter(None, (f"{bullet} [{SIGNS[step.state]}] **{step.id}**", title, needs)))


def _text_safe(text: str) -> bool:
    return safe(text) and text.strip("\n") == text


def _line_safe(title: str) -> bool:
    return safe(title) and "\n" not in title and title == title.strip(" \t")


def _lines(step: Step) -> list[str]:
    return [_head(step), *_text_lines(step.text)]


def _text_lines(text: str) -> list[str]:
    if not text or not _text_safe(text):
        return []
    return ["", *(f"  {line}" if line else "" for line in _closed(text.split("\n")))]


def _closed(lines: list[str]) -> list[str]:
    """The lines with a backslash before fences that stay open, and before such backslashes."""
    escaped = [re.sub(r"^( {0,3})(?=\\+(?:`{3}|~{3}))", r"\1\\", line) for line in lines]
    while True:
        fence: tuple[str, int] | None = None
        for number, line in enumerate(escaped):
            fence = _fence_after(fence, line, number)
        if fence is None:
            return escaped
        line = escaped[fence[1]]
        at = len(line) - len(line.lstrip(" "))
        escaped[fence[1]] = f"{line[:at]}\\{line[at:]}"


def _changed(chunk: _Chunk, old: Step, new: Step) -> list[str]:
    first, *rest = chunk.lines
    if (old.title, old.needs) != (new.title, new.needs):
        first = _head(new, first[0])
    elif old.state != new.state:
        at = first.index("[") + 1
        first = f"{first[:at]}{SIGNS[new.state]}{first[at + 1 :]}"
    if old.text != new.text:
        blank = [line for line in rest[-1:] if not line]
        rest = [*_text_lines(new.text), *blank]
    return [first, *rest]


def _raw(steps: tuple[Step, ...]) -> dict[str, dict[str, str]] | None:
    kept: dict[str, dict[str, str]] = {}
    for step in steps:
        if not _line_safe(step.title):
            kept.setdefault(step.id, {})["title"] = step.title
        if not _text_safe(step.text):
            kept.setdefault(step.id, {})["text"] = step.text
    return kept or None


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
