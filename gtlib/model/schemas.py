"""The schema of every kind of file: its keys, what they take, and its body.

Reading one costs the parsers, which a command that finds everything in the index need not load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.model.bead_codec import BEAD
from gtlib.model.board import Board
from gtlib.model.board import board_address
from gtlib.model.body import Body
from gtlib.model.body import TextPart
from gtlib.model.codec import Codec
from gtlib.model.codec import Field
from gtlib.model.codec import Record
from gtlib.model.codec import dict_of
from gtlib.model.codec import records
from gtlib.model.codec import set_of
from gtlib.model.config import Gate
from gtlib.model.config import Limits
from gtlib.model.config import MetadataRule
from gtlib.model.config import MetadataRules
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.escalation import Escalation
from gtlib.model.headings import MOLECULE
from gtlib.model.memory import Memory
from gtlib.model.merge import MergeRequest
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.model.molecule_parts import MapPart
from gtlib.model.molecule_parts import RecipePart
from gtlib.model.tasklist import StepsPart
from gtlib.model.values import either
from gtlib.model.values import filled
from gtlib.model.values import flag
from gtlib.model.values import integer
from gtlib.model.values import item_id
from gtlib.model.values import item_ids
from gtlib.model.values import made
from gtlib.model.values import many
from gtlib.model.values import matching
from gtlib.model.values import moment
from gtlib.model.values import number
from gtlib.model.values import one_of
from gtlib.model.values import own_status
from gtlib.model.values import text
from gtlib.model.values import texts
from gtlib.model.values import title
from gtlib.model.values import word

_MOLECULE = Codec(
    Molecule,
    Field("id", item_id),
    Field("title", title, always=True),
    Field("formula", text),
    Field("version", integer(0)),
    Field("hash", text),
    dict_of("vars", text),
    Field("for", item_id, attr="bead"),
    Field("assignee", text),
    Field("status", one_of("open", "closed"), always=True),
    Field("created", moment),
    Field("created_by", text),
    Field("closed", moment),
    Field("poured", flag),
    Field("stuck", text),
    Field("template", flag),
    dict_of("gates", text),
    dict_of("decided", text),
    dict_of("rounds", integer(0)),
    dict_of("fanned", integer(0)),
    dict_of("attempts", integer(0)),
    dict_of("reasons", text),
    own="id",
    required=("title",),
    body=Body(
        TextPart("description", "", MOLECULE),
        StepsPart("Steps"),
        RecipePart("recipe", "Recipe", MOLECULE),
        MapPart("evidence", "Evidence"),
        TextPart("outputs", "Outputs", MOLECULE),
    ),
)

_CONVOY = Codec(
    Convoy,
    Field("id", item_id),
    Field("title", title, always=True),
    Field("status", one_of("open", "staged", "closed"), always=True),
    Field("owner", text),
    set_of("notify", texts),
    Field("human", flag),
    Field("merge", text),
    set_of("labels", texts),
    set_of("tracks", item_ids),
    Field("feed", text),
    set_of("fed", item_ids),
    Field("created", moment),
    Field("closed", moment),
    own="id",
    required=("title",),
    body=Body(TextPart("purpose")),
)

_MERGE_STATES = ("ready", "testing", "landed", "rework", "conflict", "superseded", "rejected", "blocked")

_MERGE = Codec(
    MergeRequest,
    Field("id", item_id),
    Field("status", one_of(*_MERGE_STATES), always=True),
    Field("rig", text),
    Field("bead", item_id),
    Field("branch", text),
    Field("target", text),
    Field("source_commit", text),
    Field("base", text),
    Field("agent", text),
    Field("convoy", item_id),
    Field("attempts", integer(0)),
    Field("landed_commit", text),
    Field("evidence", text),
    Field("applied", flag),
    Field("reason", text),
    Field("created", moment),
    own="id",
    body=Body(TextPart("log")),
)

_HOOK = Record(
    Hook,
    Field("state", one_of("created", "active", "suspended", "completed", "archived"), always=True),
    Field("bead", item_id),
    Field("molecule", item_id),
    Field("branch", text),
    Field("worktree", text),
    Field("since", moment),
    Field("queue", item_ids),
    Field("waits_for", item_ids),
)

_SESSION = Record(
    Session,
    Field("id", text, always=True),
    Field("runtime", text),
    Field("native", text),
    Field("started", moment),
    Field("ended", moment),
    Field("bead", item_id),
    Field("outcome", text),
    required=("id",),
)

_AGENT = Codec(
    Agent,
    Field("address", matching(names.address)),
    Field("role", word, always=True),
    Field("rig", text),
    Field("host", text),
    Field("state", word),
    Field("runtime", text),
    Field("notify", word),
    Field("hook", _HOOK.read, write=_HOOK.write),
    records("sessions", _SESSION, "id"),
    Field("formerly", texts),
    own="address",
    body=Body(TextPart("notes")),
)

_MESSAGE = Codec(
    Message,
    Field("id", item_id),
    Field("from", text, attr="sender"),
    Field("to", texts),
    Field("cc", texts),
    Field("subject", text),
    Field("type", word),
    Field("priority", integer(0, 4)),
    Field("thread", text),
    Field("reply_to", item_id),
    Field("sent", moment),
    Field("pinned", flag),
    Field("quiet", flag),
    Field("claimed_by", text),
    Field("claimed_at", moment),
    own="id",
    body=Body(TextPart("body")),
)

_BOARD = Codec(
    Board,
    Field("address", matching(board_address)),
    set_of("members", texts),
    Field("max_claims", integer(0)),
    Field("retain_count", integer(0)),
    Field("retain_hours", integer(0)),
    Field("created", moment),
    Field("created_by", text),
    own="address",
    body=Body(TextPart("description")),
)

_ESCALATION = Codec(
    Escalation,
    Field("id", item_id),
    Field("title", title, always=True),
    Field("severity", one_of("critical", "high", "medium", "low"), always=True),
    Field("status", one_of("open", "acked", "closed"), always=True),
    Field("source", text),
    set_of("related", item_ids),
    Field("routes", texts),
    Field("created", moment),
    Field("acked_by", text),
    Field("closed", moment),
    Field("closed_by", text),
    Field("close_reason", text),
    own="id",
    required=("title",),
    body=Body(TextPart("body")),
)

_MEMORY = Codec(
    Memory,
    Field("key", matching(names.memory_key)),
    Field("created", moment),
    Field("created_by", text),
    own="key",
    body=Body(TextPart("text")),
)

_LIMITS = Record(
    Limits,
    Field("courtesy", number),
    Field("commit_wait", number),
    Field("attempts", integer(1)),
    Field("rig_sessions", integer(0)),
    Field("town_sessions", integer(0)),
    Field("spawns_per_minute", integer(0)),
    Field("budget_day", number),
    Field("budget_bead", number),
    Field("frozen", number),
    Field("saved_over", number),
    Field("archive_days", integer(0)),
)

_METADATA_RULE = Record(
    MetadataRule,
    Field("type", one_of("string", "int", "float", "bool", "enum"), always=True),
    Field("required", flag),
    Field("values", texts),
    Field("min", number),
    Field("max", number),
)

_METADATA = Record(
    MetadataRules,
    Field("mode", one_of("none", "warn", "error"), always=True),
    dict_of("fields", _METADATA_RULE.read, _METADATA_RULE.write),
)

_TOWN = Codec(
    TownConfig,
    Field("format", integer(1), always=True),
    Field("name", text, always=True),
    Field("overseer", text),
    Field("home", text),
    Field("branch", text),
    Field("limits", _LIMITS.read, write=_LIMITS.write),
    dict_of("statuses", one_of("active", "wip", "frozen", "done"), check_key=own_status, most=50),
    Field("types", many(filled(word))),
    Field("metadata", _METADATA.read, write=_METADATA.write),
    required=("name",),
)

_GATE = Record(Gate, Field("command", text, always=True), Field("timeout", integer(1)), required=("command",))


def _gate(raw: Any) -> Gate:
    return Gate(command=text(raw)) if isinstance(raw, str) and raw else _GATE.read(raw)


made(_gate, either, filled(text), _GATE.read)


_RIG = Codec(
    RigConfig,
    Field("name", matching(names.rig_name)),
    Field("prefix", text, always=True),
    Field("url", text, always=True),
    Field("branch", text),
    dict_of("gates", _gate, _GATE.write),
    Field("created", moment),
    own="name",
    required=("prefix", "url"),
)


class Kind:
    """Files of one kind. `name` is what layout calls them."""

    def __init__(self, name: str, codec: Codec, check_name: Callable[[str], Any] | None = None) -> None:
        self.name = name
        self.struct: type[Struct] = codec.struct
        self.codec = codec
        self._check_name = check_name

    def parse(self, path: str, text: str) -> Any:
        """The item in the file. FileError with path and line when something is wrong."""
        return self.codec.parse(path, text, self._named(path))

    def render(self, item: Any) -> str:
        """A new file. UserError when a value is not what its key takes."""
        return self.codec.render(item)

    def edit(self, path: str, text: str, item: Any) -> str:
        """The text with only the fields changed that differ. FileError when it does not parse."""
        return self.codec.edit(path, text, item, self._named(path))

    def _named(self, path: str) -> str:
        if self._check_name is None:
            return ""
        found = layout.parse(path)
        name = found.name if found else ""
        try:
            self._check_name(name)
        except UserError as e:
            raise FileError(path, 1, f"the file's name: {e.what}", f"rename it: {e.hint}") from None
        return name


KINDS = {
    "bead": Kind("bead", BEAD, names.item_id),
    "molecule": Kind("molecule", _MOLECULE, names.item_id),
    "convoy": Kind("convoy", _CONVOY, names.item_id),
    "merge": Kind("merge", _MERGE, names.item_id),
    "escalation": Kind("escalation", _ESCALATION, names.item_id),
    "agent": Kind("agent", _AGENT, names.address),
    "memory": Kind("memory", _MEMORY, names.memory_key),
    "mail": Kind("mail", _MESSAGE, names.item_id),
    "outbox": Kind("outbox", _MESSAGE),
    "board": Kind("board", _BOARD, board_address),
    "town": Kind("town", _TOWN),
    "rig": Kind("rig", _RIG, names.rig_name),
}

BY_STRUCT = {kind.struct: kind for kind in reversed(KINDS.values())}
