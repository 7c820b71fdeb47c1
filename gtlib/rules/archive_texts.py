"""Texts of archive files with lines taken out, added and changed; every other line stays byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import UTC

from gtlib import clock
from gtlib.model import archive_line
from gtlib.model import jsonl
from gtlib.model import kinds
from gtlib.model.archive import FOLDER
from gtlib.model.archive_line import TOMBSTONE
from gtlib.model.archive_line import Line
from gtlib.model.bead import Bead
from gtlib.model.interchange import line_of
from gtlib.model.snapshot import Snapshot
from gtlib.rules.references import renamed

# what of a deleted bead other tools ask for; the rest of it is in the history
_KEPT = ("id", "title", "priority", "issue_type", "created_at", "created_by", "external_ref")


def month_of(stamp: str) -> str:
    """The archive file of that time, which must be one."""
    return f"{FOLDER}/{clock.parse(stamp).astimezone(UTC):%Y-%m}.jsonl"


def without(snapshot: Snapshot, ids: Collection[str]) -> dict[str, str]:
    """The archive files that have lines of these ids, {path: text}, without them. Lines that count no more
    because a live file or a newer line stands before them are taken out too.
    """
    places: dict[str, set[str]] = {}
    for id in ids:
        for path in snapshot.archive.places(id):
            places.setdefault(path, set()).add(id)
    return {path: _without(snapshot.text(path) or "", path, gone) for path, gone in sorted(places.items())}


def put(snapshot: Snapshot, texts: dict[str, str], lines: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """`texts` (archive files as they will be) with lines put at the end of files, {path: lines}."""
    found = dict(texts)
    for path, more in lines.items():
        text = found.get(path, snapshot.text(path) or "")
        found[path] = text + ("\n" if text and not text.endswith("\n") else "") + "".join(more)
    return dict(sorted(found.items()))


def tombstone(bead: Bead, actor: str, now: str, reason: str) -> str:
    """The line of a bead that is deleted: its id stays taken, and no import brings it back."""
    said = line_of(bead)
    line = {key: said[key] for key in _KEPT if key in said}
    line |= {"status": TOMBSTONE, "updated_at": now, "deleted_at": now, "deleted_by": actor}
    line |= {"delete_reason": reason, "original_type": bead.type}
    return jsonl.dumps({"id": line.pop("id"), "title": line.pop("title"), **line}) + "\n"


def with_renamed(snapshot: Snapshot, old: str, new: str) -> dict[str, str]:
    """The archive files that name an item, {path: text}, with its new id. Lines of its own, which count no
    more, are taken out.
    """

    def change(line: Line) -> str | None:
        if line.id == old:
            return ""
        item = line.item()
        after = renamed(item, old, new) if item is not None else None
        if after is None or after is item:
            return None
        text = line.text()
        path = archive_line.path_of(line)
        return archive_line.line_of(after, kinds.edit(path, text, after) if text else kinds.render(after))

    found = {}
    for path in snapshot.paths(f"{FOLDER}/"):
        text = snapshot.text(path) or ""
        if old in text:
            after = _changed(text, path, lambda line: old in line, change)
            if after != text:
                found[path] = after
    return found


def _without(text: str, path: str, ids: set[str]) -> str:
    # the id is looked at first: to parse every line for every item that goes would take minutes
    return _changed(
        text,
        path,
        lambda line: jsonl.id_in(line.strip().removeprefix("\ufeff")) in ids,
        lambda line: "" if line.id in ids else None,
    )


def _changed(
    text: str, path: str, concerns: Callable[[str], bool], change: Callable[[Line], str | None]
) -> str:
    """The text with what `change` says of the lines concerned: "" for out, None for as it is."""
    kept = []
    for raw in text.split("\n"):  # other line ends may stand in a text
        said = None
        if raw and concerns(raw):
            found, _ = archive_line.parse(path, raw.encode("utf-8", "surrogateescape"))
            said = change(found[0]) if found else None
        if said != "":
            kept.append(raw if said is None else said.rstrip("\n"))
    return "\n".join(kept)
