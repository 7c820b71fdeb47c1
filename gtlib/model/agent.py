"""An agent: an identity with a hook. Sessions come and go, the file stays."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.names import Address, ItemId


class Hook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is on an agent's hook. state is created, active, suspended, completed or archived."""

    state: str = "created"
    bead: ItemId = ItemId("")
    molecule: ItemId = ItemId("")
    branch: str = ""
    worktree: str = ""
    since: str = ""
    queue: tuple[ItemId, ...] = ()


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of the agent's program, as history."""

    id: str
    runtime: str = ""
    started: str = ""
    ended: str = ""
    bead: ItemId = ItemId("")
    outcome: str = ""


class Agent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `agents/<address>.md`. `hook` is None for agents that never work in a rig."""

    address: Address
    role: str
    rig: str = ""
    host: str = ""
    state: str = "idle"
    runtime: str = ""
    hook: Hook | None = None
    sessions: tuple[Session, ...] = ()
    notes: str = ""
    extra: dict[str, Any] = {}
