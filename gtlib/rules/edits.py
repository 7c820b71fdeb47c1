"""Edits put together: what follows from a change becomes one commit with it."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib.model import kinds
from gtlib.model.edit import Edit
from gtlib.model.edit import as_changed

CHANGE = "Change"


def events(edit: Edit) -> tuple[str, ...]:
    """The subjects of the single events in an edit."""
    return tuple(value for key, value in edit.trailers if key == CHANGE) or (edit.subject,)


def merge_edits(edits: Sequence[Edit], subject: str = "") -> Edit | None:
    """One edit that does what these do one after the other; None for none.

    The subject is the given one, else that of the first event, with the number of the others.
    The subjects that are not the commit's own stand as `Change:` trailers.
    """
    if not edits:
        return None
    put: dict[str, kinds.Item] = {}
    files: dict[str, str] = {}
    removes: dict[str, None] = {}
    moves: list[tuple[str, str]] = []
    for edit in edits:
        for item in edit.put:
            path = kinds.path_of(item)
            removes.pop(path, None)
            if path in files:  # a text of its own keeps its layout
                files[path] = kinds.edit(path, files[path], as_changed(item, kinds.parse(path, files[path])))
            else:
                put[path] = item
        for path, text in edit.files:
            files[path] = text
            put.pop(path, None)
            removes.pop(path, None)
        moves += edit.moves
        for path in edit.removes:
            removes[path] = None
            put.pop(path, None)
            files.pop(path, None)
    subject, trailers = _message(edits, subject)
    return Edit(
        subject=subject,
        put=tuple(put.values()),
        moves=tuple(moves),
        removes=tuple(removes),
        files=tuple(files.items()),
        trailers=trailers,
        actor=next((edit.actor for edit in edits if edit.actor), ""),
    )


def _message(edits: Sequence[Edit], subject: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    happened = [event for edit in edits for event in events(edit)]
    others = [pair for edit in edits for pair in edit.trailers if pair[0] != CHANGE]
    if not subject:
        subject = happened[0] if len(happened) == 1 else f"{happened[0]} (and {len(happened) - 1} more)"
    told = [(CHANGE, event) for event in happened if event != subject]
    return subject, tuple(dict.fromkeys(told + others))
