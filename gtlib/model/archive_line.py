"""One line of `archive/<yyyy-mm>.jsonl`: an item that was closed long ago.

A bead is a line of the interchange format; of every other kind the whole text of the file is kept beside
what lists need.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edges import FIELDS
from gtlib.model.edges import type_of
from gtlib.model.escalation import Escalation
from gtlib.model.kinds import Item
from gtlib.model.merge import MergeRequest
from gtlib.model.molecule import Molecule

TOMBSTONE = "tombstone"
WHOLE = "_text"  # the key of a bead's line that holds its file
KINDS: Mapping[str, type[Item]] = {
    "molecule": Molecule,
    "convoy": Convoy,
    "merge": MergeRequest,
    "escalation": Escalation,
}
_BEADS = ("", "bead", "issue")
_MARKERS = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


class Line(Struct, frozen=True):
    """One archived item: where it stands, what lists ask of it, and the line itself."""

    id: str
    path: str
    kind: str
    status: str
    title: str
    closed: str
    parent: str
    value: bytes

    def raw(self) -> dict[str, Any]:
        """The line as it stands, every key."""
        found: dict[str, Any] = json.loads(self.value)
        return found

    def text(self) -> str:
        """The whole file, where the line keeps it."""
        return str(self.raw().get(WHOLE if self.kind == "bead" else "text", ""))

    def item(self) -> Item | None:
        """The item; None for a tombstone, and for a line that says nothing that can be kept."""
        if self.status == TOMBSTONE:
            return None
        try:
            raw = self.raw()
            if self.kind == "bead" and WHOLE not in raw:
                return _plain(raw)
            return kinds.parse(path_of(self), self.text())
        except (UserError, ValueError):  # the second: of what the head of the line does not show
            return None


def _plain(line: Mapping[str, Any]) -> Bead:
    """The bead, without the times of edges that only the format asks for and no file needs to say."""
    from gtlib.model import interchange  # costs 3 ms, which a snapshot without archived items need not pay

    bead = interchange.bead_of(line)
    told = tuple(
        edge
        for edge in bead.edges
        if type_of(edge.type) not in FIELDS
        or edge.created != bead.created
        or (edge.created_by or edge.metadata or edge.thread)
    )
    if told == bead.edges:
        return bead
    plain = replace(bead, edges=told)
    return plain if interchange.line_of(plain) == interchange.line_of(bead) else bead


class _Dependency(Struct):
    depends_on_id: str = ""
    type: str = "blocks"


class _Head(Struct):
    """The few keys of a line that lists ask for: reading a whole line costs twenty times as much."""

    id: str
    title: str = ""
    status: str = "open"
    closed_at: str | None = None
    kind: str = msgspec.field(default="", name="_type")
    dependencies: list[_Dependency] | None = None


_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_DECODER = msgspec.json.Decoder(_Head)


def parse(path: str, data: bytes, first: int = 1) -> tuple[list[Line], list[FileError]]:
    """The lines of an archive file and what is wrong with it; `first` is the number of its first line."""
    lines: list[Line] = []
    errors: list[FileError] = []
    for number, raw in enumerate(data.split(b"\n"), first):
        raw = raw.strip().removeprefix(b"\xef\xbb\xbf")
        if not raw:
            continue
        try:
            lines.append(_line(path, raw))
        except UserError as error:
            errors.append(FileError(path, number, error.what, error.hint))
    return lines, errors


def _line(path: str, raw: bytes) -> Line:
    if not _is_text(raw):
        raise UserError("this is not UTF-8 text", "write it in UTF-8")
    head = _head(raw)
    kind = "bead" if head.kind in _BEADS else head.kind
    names.item_id(head.id)
    if kind != "bead" and kind not in KINDS:
        raise UserError(f"no item has the _type {kind!r}", f"one of: issue, {', '.join(KINDS)}")
    parent = ""
    for edge in head.dependencies or ():
        if edge.type in ("parent-child", "parent_child") and not parent:
            parent = edge.depends_on_id
    return Line(head.id, path, kind, head.status, head.title, head.closed_at or "", parent, raw)


def _is_text(raw: bytes) -> bool:
    """Whether all of the line is text: its bytes, and its escapes, of which none may be half a character."""
    try:
        if not raw.isascii():
            raw.decode("utf-8")
        if _HALF.search(raw):
            json.dumps(json.loads(raw), ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        return False
    except (ValueError, RecursionError):
        return True  # no JSON, which has a better word for it
    return True


def _head(raw: bytes) -> _Head:
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # of another shape than usual: slower, and with better words
    if raw.startswith(_MARKERS):
        raise UserError("a conflict marker of git", "keep the lines of both sides and take the marker out")
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise UserError("not a line of JSON", "mend it, or take it from an older commit") from None
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise UserError("an object with an id is expected", "mend it, or take the line out")
    texts = {key: found[key] for key in ("title", "status", "closed_at") if isinstance(found.get(key), str)}
    edges = found.get("dependencies")
    known = [
        _Dependency(to, type)
        for each in (edges if isinstance(edges, list) else ())
        if isinstance(each, dict)
        and isinstance(to := each.get("depends_on_id"), str)
        and isinstance(type := each.get("type", "blocks"), str)
    ]
    kind = found.get("_type")
    return _Head(id=found["id"], kind=kind if isinstance(kind, str) else "", dependencies=known, **texts)


def path_of(line: Line) -> str:
    """Where the item's file stands when it is live."""
    folder = next(folder for folder, kind in layout.ITEM_FOLDERS.items() if kind == line.kind)
    return f"{folder}/{line.id}.md"


def line_of(item: Item, text: str) -> str:
    """The line (with its end) of an item whose file has that text. UserError for what has no archive.

    A bead whose file its line can't give back to the byte brings it along: remarks, quotes and the order of
    keys are in no line.
    """
    from gtlib.model import interchange  # as above
    from gtlib.model import jsonl

    if isinstance(item, Bead):
        said = interchange.line_of(item)
        return jsonl.dumps(said if _gives_back(text, said) else {**said, WHOLE: text}) + "\n"
    kind = next((kind for kind, struct in KINDS.items() if isinstance(item, struct)), None)
    if kind is None or not isinstance(item, Molecule | Convoy | MergeRequest | Escalation):
        raise UserError(f"{kinds.path_of(item)} is not archived", "only items that close are")
    head = {"_type": kind, "id": item.id, "title": getattr(item, "title", ""), "status": item.status}
    return jsonl.dumps({**head, "closed_at": closed(item), "text": text}) + "\n"


def _gives_back(text: str, line: Mapping[str, Any]) -> bool:
    if WHOLE in line:
        return False
    try:
        return kinds.render(_plain(line)) == text
    except UserError:
        return False


def closed(item: Item) -> str:
    """When the item came to its end, as far as its file says; "" when it does not."""
    return item.closed if isinstance(item, Bead | Molecule | Convoy) else ""
