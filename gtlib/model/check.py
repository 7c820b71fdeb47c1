"""What is wrong with one file of ours, wherever it lies: its path and its bytes, judged.

Git hooks, pre-commit and the doctor all ask here, so that they say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from gtlib import frontmatter
from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.model import archive_line
from gtlib.model import edges
from gtlib.model import headings
from gtlib.model import kinds
from gtlib.model import misplaced
from gtlib.model import settings
from gtlib.model.archive import FOLDER
from gtlib.model.bead import Bead
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule

MAX_BYTES = 4 * 1024 * 1024  # of one file; what is larger is no text that somebody wrote
MAX_LINES = 20  # of one file of archived items that are named
FORMULAS = (".formula.toml", ".formula.json")

# Where other kinds than beads name items: field of the struct, key of the file.
_LINKS = {
    "molecule": (("bead", "for"),),
    "convoy": (("tracks", "tracks"),),
    "merge": (("bead", "bead"), ("convoy", "convoy")),
    "escalation": (("related", "related"),),
}


class Finding(Struct, frozen=True):
    """What is wrong in one line of a file, and what to do. A warning refuses nothing."""

    path: str
    line: int
    what: str
    hint: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self._where}{self.what}; {self.hint}"

    @property
    def plain(self) -> str:
        """As linters say it: `path:line: what (hint)`."""
        return f"{self._where}{self.what} ({self.hint})"

    @property
    def _where(self) -> str:
        return f"{self.path}:{self.line}: {'warning: ' if self.warning else ''}"


class Link(Struct, frozen=True):
    """A file names an item: in which line, under which key."""

    path: str
    line: int
    key: str
    id: str


class Judged(Struct, frozen=True):
    """One file: what is wrong with it, and the items that it names."""

    findings: tuple[Finding, ...] = ()
    links: tuple[Link, ...] = ()


def group(path: str) -> str:
    """Which check looks at the path: beads, molecules, formulas, config or records; empty for none."""
    if path.endswith(FORMULAS):
        return "formulas"
    kind = kinds.kind_of(path)
    if kind is None:
        if is_archive(path):
            return "records"
        return "config" if layout.place_of(path) and path.endswith(layout.SETTINGS) else ""
    return {"bead": "beads", "molecule": "molecules", "town": "config", "rig": "config"}.get(kind, "records")


def is_archive(path: str) -> bool:
    """Whether the path is that of archived items."""
    return path.startswith(f"{FOLDER}/") and path.endswith(".jsonl") and path.count("/") == 1


def judge(path: str, data: bytes) -> Judged:
    """What is wrong with a file at that place of a town, and what it names."""
    if is_archive(path):
        errors = archive_line.parse(path, data)[1]
        return Judged(findings=tuple(refused(error) for error in errors[:MAX_LINES]))
    if misplaced.suspect(path):
        astray = misplaced.error(path, data.decode("utf-8", "replace"))
        return Judged(findings=(refused(astray),) if astray else ())
    try:
        text = decode(path, data)
        if path.endswith(FORMULAS):
            return Judged(findings=_formula(path, text))
        if path.endswith(layout.SETTINGS):
            settings.parse(path, text)
            return Judged()
        item = kinds.parse(path, text)
    except FileError as error:
        return Judged(findings=(refused(error),))
    if item is None:
        return Judged()
    slips = tuple(_slips(path, text)) if isinstance(item, Molecule) else ()
    return Judged(findings=slips, links=tuple(_links(path, text, item)))


def decode(path: str, data: bytes) -> str:
    """The text of a file. FileError when it is too large, binary, or not UTF-8."""
    if len(data) > MAX_BYTES:
        what = f"the file has more than {MAX_BYTES // 1024 // 1024} MiB"
        raise FileError(path, 1, what, "keep it elsewhere and name its place here")
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise FileError(path, line, "the file is binary", "put text in its place")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(path, line, "the file is not UTF-8 text", "save it as UTF-8") from None


def refused(error: FileError) -> Finding:
    """A file's error as a finding."""
    return Finding(
        error.path, error.line, error.what.removeprefix(f"{error.path}:{error.line}: "), error.hint
    )


def dangling(link: Link) -> Finding:
    """That a named item is not there: it may come by another commit, so nothing is refused."""
    what = f"{link.key} names {link.id}, which does not exist"
    return Finding(link.path, link.line, what, "make it, or take it out", warning=True)


def _slips(path: str, text: str) -> Iterator[Finding]:
    """Headings that are nearly those of a section, which would be text."""
    front = frontmatter.split(path, text)
    lines = front.body.replace("\r\n", "\n").split("\n")
    for number, slashes, heading in headings.nearly(lines, headings.MOLECULE):
        if not slashes:
            said = lines[number].strip()
            hint = f"did you mean ## {heading}? write \\{said} to keep it as text"
            yield Finding(path, front.body_line + number, f"{said!r} begins no section", hint)


def _formula(path: str, text: str) -> tuple[Finding, ...]:
    from gtlib.model.formula import parse  # TOML costs 6 ms, which a commit of beads need not pay
    from gtlib.model.formula_source import errors_of

    try:
        # A file that a description stands in is not looked at here: only what this text says is judged.
        formula = parse(path, text, read=lambda name: "")
    except FileError as error:
        return tuple(refused(each) for each in errors_of(error))
    return tuple(_warning(path, line) for line in formula.warnings)


def _warning(path: str, line: str) -> Finding:
    """A formula's warnings are whole lines: `path:line: what; hint`."""
    number, _, rest = line.removeprefix(f"{path}:").partition(": ")
    what, _, hint = rest.partition("; ")
    return Finding(path, int(number), what, hint, warning=True)


def _links(path: str, text: str, item: Item) -> Iterator[Link]:
    named = list(_named(path, item))
    if not named:
        return
    front = frontmatter.split(path, text)
    for key, id in named:
        yield Link(path, _line_of(front, key, id), key, id)


def _named(path: str, item: Item) -> Iterator[tuple[str, str]]:
    """(key, id) of the items that a file names."""
    if isinstance(item, Bead):
        for edge in edges.edges(item):
            if edges.type_of(edge.type) not in edges.TO_ANYTHING and names.is_item_id(edge.to):
                yield edges.FIELDS.get(edges.type_of(edge.type), "edges"), edge.to
        return
    for attr, key in _LINKS.get(kinds.kind_of(path) or "", ()):
        value: Any = getattr(item, attr)
        for id in (value,) if isinstance(value, str) else value:
            if id:
                yield key, id


def _line_of(front: frontmatter.Front, key: str, id: str) -> int:
    raw = front.values.get(key)
    steps = (raw.index(id),) if isinstance(raw, list) and id in raw else ()
    return front.line_of(key, *steps)
