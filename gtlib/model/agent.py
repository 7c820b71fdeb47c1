"""An agent: an identity with a hook. Sessions come and go, the file stays."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from gtlib.names import Address
from gtlib.names import ItemId


class Hook(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is on an agent's hook. state is created, active, suspended, completed or archived.

    `waits_for` is why a suspended one goes on by itself: the items that must be over first.
    """

    state: str = "created"
    bead: ItemId = ItemId("")
    molecule: ItemId = ItemId("")
    branch: str = ""
    worktree: str = ""
    since: str = ""
    queue: tuple[ItemId, ...] = ()
    waits_for: tuple[ItemId, ...] = ()


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of the agent's program, as history. `native` is the id that the program itself knows it by."""

    id: str
    runtime: str = ""
    native: str = ""
    started: str = ""
    ended: str = ""
    bead: ItemId = ItemId("")
    outcome: str = ""


class Agent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `agents/<address>.md`. `hook` is None for agents that never work in a rig.

    `notify` is how much it wants to be told while it works: empty (normal), verbose or muted; `formerly` are
    the addresses that it had before.
    An empty `rig` or `role` is filled in from the address.
    """

    address: Address
    role: str = ""
    rig: str = ""
    host: str = ""
    state: str = "idle"
    runtime: str = ""
    notify: str = ""
    hook: Hook | None = None
    sessions: tuple[Session, ...] = ()
    formerly: tuple[str, ...] = ()
    notes: str = ""
    extra: dict[str, Any] = {}

    def __post_init__(self) -> None:
        rig, role = of_address(self.address)
        if not self.rig and rig:
            force_setattr(self, "rig", rig)
        if not self.role:
            force_setattr(self, "role", role)


_ROLES = {"polecats": "polecat", "dogs": "dog"}


def start_line(address: str) -> str:
    """What a person types to start a session of that address."""
    role = of_address(address)[1]
    return {"mayor": "gt mayor start", "crew": f"gt crew start {address}"}.get(
        role, f"gt session start {address}"
    )


def of_address(address: str) -> tuple[str, str]:
    """Rig ("" in the town) and role that an address implies."""
    first, _, rest = address.partition("/")
    if not rest:
        return "", first
    kind = rest.partition("/")[0]
    return "" if first == "deacon" else first, _ROLES.get(kind, kind)
