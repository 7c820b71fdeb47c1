"""How much an agent wants to be told while it works."""

from __future__ import annotations

from msgspec.structs import replace

from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import require_agent
from gtlib.rules.base import require_writable
from gtlib.store.town import Town

LEVELS = ("verbose", "normal", "muted")


def notify_level(town: Town, address: Address, level: str, actor: Address) -> bool:
    """Set it; whether that changed anything. UserError when there is no such agent."""

    def plan(snapshot: Snapshot) -> Edit | None:
        agent = require_agent(snapshot, address)
        wanted = replace(agent, notify="" if level == "normal" else level)
        if wanted == agent:
            return None
        require_writable(snapshot, wanted)
        return Edit(
            subject=f"agent: {address} {level}", put=(wanted,), trailers=(("Agent", address),), actor=actor
        )

    return transition(town, plan, actor) is not None
