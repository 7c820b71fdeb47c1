"""How much of a channel and of announcements is kept."""

from __future__ import annotations

from gtlib.model.board import Board
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import Changed
from gtlib.rules.base import hours_since


def retain(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Take away the oldest messages of a channel or announce beyond `retain_count`, and those older than
    `retain_hours`, when something came or the limits changed. Pinned ones stay, and don't count.

    Subscribers keep their copies, and git its history.
    """
    boards = [
        each
        for each in snapshot.boards()
        if each.kind in ("channel", "announce")
        and (each.retain_count or each.retain_hours)
        and (changed is None or any(path.startswith(f"mail/{each.address}") for path in changed))
    ]
    fresh = changed or frozenset()
    gone = {path: each.label for each in boards for path in _over(snapshot, each, now, fresh)}
    if not gone:
        return None
    labels = ", ".join(dict.fromkeys(gone.values()))
    return Edit(subject=f"mail: {len(gone)} old of {labels} put out", removes=tuple(gone))


def _over(snapshot: Snapshot, board: Board, now: str, fresh: frozenset[str]) -> list[str]:
    # of those sent in the same second what came just now is the newest
    found = sorted(
        (message.sent, path in fresh, path)
        for box in ("new", "cur")
        for path, message in snapshot.mail(board.address, box)
        if not message.pinned and not snapshot.is_broken(path)
    )
    many = len(found) - board.retain_count if board.retain_count else 0
    return [
        path
        for number, (sent, _, path) in enumerate(found)
        if number < many or (board.retain_hours and hours_since(sent, now) > board.retain_hours)
    ]
