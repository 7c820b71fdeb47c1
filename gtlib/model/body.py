"""The Markdown below the front matter: text up to the first heading of ours, then sections.

What cannot stand in Markdown exactly (other line ends, control characters) stands in the front matter
instead, so that every text reads back as it was. Blank lines around a text mean nothing, so a text that
begins or ends with one has a line with a backslash alone in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import Protocol

from gtlib.errors import FileError
from gtlib.model.headings import escaped
from gtlib.model.headings import unescaped

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_EDGE = re.compile(r"\\*")
_MARKER = r"<{7}(?:[ ].*)?"


class Written(NamedTuple):
    """A value as lines of a section, and what of it stands in the front matter instead (None: nothing)."""

    lines: list[str]
    raw: Any = None


class Part(Protocol):
    """One section of a body. `heading` is empty for the text above all headings."""

    attr: str
    key: str
    heading: str

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> Any:
        """The value of these lines (without blank ones around them) and of the front matter's `raw`."""

    def render(self, value: Any) -> Written: ...

    def edit(self, lines: list[str], old: Any, new: Any) -> Written:
        """As render, keeping the lines of what stays."""


def safe(text: str) -> bool:
    """Whether the text reads back exactly from Markdown lines."""
    return not _UNSAFE.search(text)


def lines_of(text: str) -> list[str]:
    """The lines of a text, the first and the last of which are not blank."""
    lines = text.split("\n")
    for at in {0, len(lines) - 1}:
        if _EDGE.fullmatch(lines[at]):
            lines[at] += "\\"
    return lines


def text_of(lines: Sequence[str]) -> str:
    """The text that `lines_of` made lines of; of none: the empty one."""
    found = list(lines)
    for at in {0, len(found) - 1} if found else ():
        if found[at] and _EDGE.fullmatch(found[at]):
            found[at] = found[at][1:]
    return "\n".join(found)


class Escapes:
    """Puts a backslash before lines that would be read as ours, and takes it away again."""

    def __init__(self, *patterns: str) -> None:
        ours = "|".join((*patterns, _MARKER))
        self._escape = re.compile(rf"^(?=\\*(?:{ours})$)", re.MULTILINE)
        self._unescape = re.compile(rf"^\\(?=\\*(?:{ours})$)", re.MULTILINE)

    def add(self, text: str) -> str:
        return self._escape.sub(r"\\", text)

    def remove(self, text: str) -> str:
        return self._unescape.sub("", text) if "\\" in text else text


def heading_pattern(headings: Iterable[str]) -> str:
    return rf"##[ \t]+(?:{'|'.join(map(re.escape, headings))})[ \t]*"


class TextPart:
    """A section that is one text."""

    def __init__(self, attr: str, heading: str = "", headings: Sequence[str] = ()) -> None:
        self.attr = attr
        self.key = attr
        self.heading = heading
        self._headings = headings
        self._escapes = Escapes(heading_pattern(headings)) if headings else Escapes()

    def parse(self, path: str, lines: list[str], first_line: int, raw: Any) -> Any:
        if raw is None:
            text = self._escapes.remove(text_of(lines))
            return unescaped(text, self._headings) if "\\##" in text else text
        if lines or not isinstance(raw, str):
            raise FileError(
                path, first_line, f"{self.key} stands in the front matter and here", "keep one of the two"
            )
        return raw

    def render(self, value: str) -> Written:
        if not value:
            return Written([])
        text = escaped(value, self._headings) if "##" in value else value
        return Written(lines_of(self._escapes.add(text))) if safe(value) else Written([], value)

    def edit(self, lines: list[str], old: str, new: str) -> Written:
        return self.render(new)


class _Section(NamedTuple):
    heading: int  # line of the heading; -1 above all headings
    start: int  # first and
    end: int  # last line + 1 of what is below it, blank lines around it left out
    limit: int  # where the next section begins


class Body:
    """The parts of one kind's body, in their order in a new file."""

    def __init__(self, *parts: Part) -> None:
        self.parts = parts
        self._by_heading = {part.heading: part for part in parts}
        named = [part.heading for part in parts if part.heading]
        self._ours = re.compile(rf"##[ \t]+({'|'.join(map(re.escape, named))})[ \t]*\Z") if named else None

    @property
    def keys(self) -> dict[str, str]:
        """Front matter key -> field, of texts that could not stand in the body."""
        return {part.key: part.attr for part in self.parts}

    def parse(self, path: str, body: str, first_line: int, raws: dict[str, Any]) -> dict[str, Any]:
        """The fields that the body holds; `raws` are the front matter's values under `keys`."""
        lines = (body.replace("\r\n", "\n") if "\r" in body else body).split("\n")
        sections = self._sections(path, lines, first_line)
        values: dict[str, Any] = {}
        for part in self.parts:
            found = sections.get(part.heading)
            raw = raws.get(part.key)
            if found is not None or raw is not None:
                at = found or _Section(-1, 0, 0, 0)
                values[part.attr] = part.parse(path, lines[at.start : at.end], first_line + at.start, raw)
        return values

    def _sections(self, path: str, lines: list[str], first_line: int) -> dict[str, _Section]:
        marks = [("", -1)]
        if self._ours:
            marks += [
                (m[1], i)
                for i, line in enumerate(lines)
                if line[:2] == "##" and (m := self._ours.match(line))
            ]
        sections: dict[str, _Section] = {}
        for (heading, at), (_, limit) in zip(marks, [*marks[1:], ("", len(lines))], strict=True):
            if heading in sections:
                raise FileError(
                    path,
                    first_line + at,
                    f"the heading ## {heading} stands twice",
                    f"join the two; in a text write \\## {heading}",
                )
            start, end = at + 1, limit
            while start < end and not lines[start]:
                start += 1
            while end > start and not lines[end - 1]:
                end -= 1
            sections[heading] = _Section(at, start, end, limit)
        return sections

    def render(self, item: Any) -> tuple[str, dict[str, Any]]:
        """The body of a new file, and what stands in the front matter instead."""
        blocks: list[str] = []
        raws: dict[str, Any] = {}
        for part in self.parts:
            written = part.render(getattr(item, part.attr))
            if written.raw is not None:
                raws[part.key] = written.raw
            if written.lines:
                heading = [f"## {part.heading}"] if part.heading else []
                blocks.append("\n".join(heading + written.lines))
        return "\n\n".join(blocks) + "\n" if blocks else "", raws

    def edit(
        self, path: str, body: str, newline: str, raws: dict[str, Any], old: Any, new: Any
    ) -> tuple[str, dict[str, Any]]:
        """The body with the parts changed that differ, and changes to the front matter."""
        changes: dict[str, Any] = {}
        for part in self.parts:
            before, after = getattr(old, part.attr), getattr(new, part.attr)
            if before == after:
                continue
            lines = _with_ends(body, newline)
            bare = _bare("".join(lines)).split("\n") if lines else []
            sections = self._sections(path, bare, 1)
            at = sections.get(part.heading)
            if at and at.start < at.end:
                written = part.edit(bare[at.start : at.end], before, after)
            else:
                written = part.render(after)
            if raws.get(part.key) != written.raw:
                changes[part.key] = written.raw
            if at or written.lines:
                at = at or _Section(-1, 0, 0, 0)
                had = dict(zip(bare[at.start : at.end], lines[at.start : at.end], strict=True))
                fresh = [had.get(line, line + newline) for line in written.lines]
                self._replace(lines, newline, part, sections, fresh)
                body = "".join(lines)
        return body, changes

    def _replace(
        self, lines: list[str], newline: str, part: Part, sections: dict[str, _Section], fresh: list[str]
    ) -> None:
        at = sections.get(part.heading)
        if at is None:
            self._insert(lines, newline, part, sections, [f"## {part.heading}{newline}", *fresh])
        elif not fresh:
            del lines[max(at.heading, 0) : at.limit]
            if at.heading >= len(lines):
                _drop_blank_end(lines)
        elif at.start < at.end:
            lines[at.start : at.end] = fresh
        else:
            blank = [newline] if at.limit < len(lines) else []
            lines[at.heading + 1 : at.limit] = fresh + blank

    def _insert(
        self, lines: list[str], newline: str, part: Part, sections: dict[str, _Section], block: list[str]
    ) -> None:
        order = [one.heading for one in self.parts]
        later = [
            sections[name].heading for name in order[order.index(part.heading) + 1 :] if name in sections
        ]
        if later:
            lines[min(later) : min(later)] = [*block, newline]
        else:
            _drop_blank_end(lines)
            lines += [newline, *block] if lines else block


def _with_ends(body: str, newline: str) -> list[str]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", body)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += newline
    return lines


def _bare(text: str) -> str:
    """Lines without the end of the last one, and with ends of one kind."""
    return text.replace("\r\n", "\n").removesuffix("\n")


def _drop_blank_end(lines: list[str]) -> None:
    while lines and not _bare(lines[-1]):
        lines.pop()
