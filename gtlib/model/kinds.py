"""Which file is what: every kind of item, by path and by type."""

from __future__ import annotations

from types import ModuleType
from typing import TypeAlias

from msgspec import Struct

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.board import Board
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.escalation import Escalation
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule

Item: TypeAlias = (
    Bead
    | Molecule
    | Convoy
    | MergeRequest
    | Agent
    | Message
    | Board
    | Memory
    | Escalation
    | TownConfig
    | RigConfig
)

# by what layout calls the file
STRUCTS: dict[str, type[Struct]] = {
    "bead": Bead,
    "molecule": Molecule,
    "convoy": Convoy,
    "merge": MergeRequest,
    "escalation": Escalation,
    "agent": Agent,
    "memory": Memory,
    "mail": Message,
    "outbox": Message,
    "board": Board,
    "town": TownConfig,
    "rig": RigConfig,
}


def _schemas() -> ModuleType:
    from gtlib.model import schemas  # the parsers, which a command that finds all in the index need not load

    return schemas


def kind_of(path: str) -> str | None:
    """The kind of a file by its path; None when it is no item of the town."""
    found = layout.parse(path)
    return found.thing if found else None


def path_of(item: Item) -> str:
    """Where the item's file stands. UserError for a message: its mailbox says where."""
    if isinstance(item, Agent):
        return layout.path_of_agent(item.address)
    if isinstance(item, Board):
        return layout.path_of_board(item.address)
    if isinstance(item, RigConfig):
        return layout.path_of_rig(item.name)
    if isinstance(item, Memory):
        return layout.path_of_memory(item.key)
    if isinstance(item, TownConfig):
        return layout.TOWN_CONFIG
    if isinstance(item, Message):
        raise UserError(f"the message {item.id} has no path of its own", "use layout.mailbox")
    return _FOLDERS[type(item)].format(item.id)


_FOLDERS: dict[type[Struct], str] = {
    Bead: "beads/{}.md",
    Molecule: "molecules/{}.md",
    Convoy: "convoys/{}.md",
    MergeRequest: "merges/{}.md",
    Escalation: "escalations/{}.md",
}


def parse(path: str, text: str) -> Item | None:
    """The item in a file; None when the path is none of ours. FileError when it does not parse."""
    kind = kind_of(path)
    if kind is None:
        return None
    item: Item = _schemas().KINDS[kind].parse(path, text)
    return item


def render(item: Item) -> str:
    """The text of a new file. UserError when a value is not what its key takes."""
    text: str = _schemas().BY_STRUCT[type(item)].render(item)
    return text


def edit(path: str, text: str, item: Item) -> str:
    """The text with only the fields changed that differ from what it says, every other byte kept.

    FileError when it does not parse; UserError when the path is none of ours.
    """
    kind = kind_of(path)
    if kind is None:
        raise UserError(f"{path} is no item of the town", "edit it as a file")
    changed: str = _schemas().KINDS[kind].edit(path, text, item)
    return changed
