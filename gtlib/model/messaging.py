"""Gas Town's `config/messaging.json`: the files that its lists, queues and announces become."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.board import FOLDERS
from gtlib.model.board import Board
from gtlib.model.board import board_address

NAME = "config/messaging.json"
_PARTS = {"lists": ("list", ""), "queues": ("queue", "workers"), "announces": ("announce", "readers")}


def boards(config: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(path, text) of each thing that it holds; with an empty path the text is why one can't be taken."""
    for part, (kind, members) in _PARTS.items():
        held = config.get(part)
        for name, value in held.items() if isinstance(held, dict) else ():
            try:
                board = _board(kind, name, value if members else {"": value}, members)
                yield layout.path_of_board(board.address), kinds.render(board)
            except UserError as error:
                yield "", f"{part}: {error.what}"
    if config.get("nudge_channels"):
        yield "", "nudge_channels: make groups of them, gt mail group create NAME ADDRESS..."


def _board(kind: str, name: str, value: Any, members: str) -> Board:
    found = value if isinstance(value, dict) else {}
    named = found.get(members)
    return Board(
        address=board_address(f"{FOLDERS[kind]}/{name}"),
        members=tuple(sorted({text for text in named if isinstance(text, str) and text.strip()}))
        if isinstance(named, list)
        else (),
        max_claims=_number(found.get("max_claims")),
        retain_count=_number(found.get("retain_count")),
    )


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
