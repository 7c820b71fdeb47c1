"""What of an installation's ledger is no work item: messages, agents and convoys become files of their own.

Everything else stays the bead that it is: closed merge requests, roles, events, gates, molecules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec import field

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model import jsonl
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edges import targets
from gtlib.model.gastown import FoundRig
from gtlib.model.interchange import line_of
from gtlib.model.message import Message
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.importing import TOMBSTONE

# what an item of another kind can't say of the line that it was is kept under this key
IMPORTED = "imported"

_FIELD = re.compile(r"^([A-Za-z_ ]{1,40}): *(.*)$", re.MULTILINE)
_WORD = re.compile(r"[a-z][a-z0-9_-]*\Z")
_TOWN_ROLES = ("mayor", "deacon", "overseer")


class Moved(Struct):
    """The items that beads became, by the bead's id, and why others stayed beads."""

    mail: dict[str, tuple[str, str, Message]] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    convoys: dict[str, Convoy] = field(default_factory=dict)
    stayed: dict[str, str] = field(default_factory=dict)


class Folk:
    """Who there is in the registered rigs, and what short addresses mean."""

    def __init__(self, rigs: Iterable[FoundRig]) -> None:
        self._rigs = {rig.name: rig for rig in rigs}
        self._crew = {f"{rig.name}/{name}" for rig in self._rigs.values() for name in rig.crew}

    def meet(self, address: Address) -> None:
        """Know that agent, so that its short address leads to it."""
        rig, _, rest = address.partition("/")
        role, _, name = rest.partition("/")
        if role == "crew":
            self._crew.add(f"{rig}/{name}")

    def address(self, text: str) -> Address | None:
        """`mayor/` is the mayor, `rig/joe` a crew member or else a polecat; None for what has no mailbox."""
        parts = text.strip().rstrip("/").split("/")
        rig = self._rigs.get(parts[0])
        if rig is None and parts[0] not in _TOWN_ROLES:
            return None
        if rig is not None and len(parts) == 2 and parts[1] not in ("witness", "refinery"):
            parts.insert(1, "crew" if "/".join(parts) in self._crew else "polecats")
        try:
            return names.address("/".join(parts))
        except UserError:
            return None

    def of_agent(self, bead: Bead) -> Address | None:
        """Whose identity an agent's bead is, by what it says and by its id."""
        said = fields(bead.description)
        role, rig = said.get("role_type", ""), said.get("rig", "")
        if role in _TOWN_ROLES:
            return Address(role)
        if role in ("witness", "refinery"):
            return self.address(f"{rig}/{role}")
        for shape in (f"-{rig}-{role}-", f"-{role}-{rig}-", f"-{role}-"):
            _, found, name = bead.id.partition(shape)
            if found and name and role in ("polecat", "crew", "dog"):
                folder = {"polecat": f"{rig}/polecats", "crew": f"{rig}/crew", "dog": "deacon/dogs"}[role]
                return self.address(f"{folder}/{name}")
        return self._by_id(bead.id)

    def _by_id(self, id: str) -> Address | None:
        """The identity that an id alone names: hq-mayor, hq-dog-rex, gt-proj-witness, gt-proj-crew-joe."""
        _, _, rest = id.partition("-")
        if rest in _TOWN_ROLES:
            return Address(rest)
        if rest.startswith("dog-"):
            return self.address(f"deacon/dogs/{rest.removeprefix('dog-')}")
        for rig in self._rigs:
            _, found, role = f"-{id}".partition(f"-{rig}-")
            kind, _, name = role.partition("-")
            if found and kind in ("polecat", "crew") and name:
                return self.address(f"{rig}/{'crew' if kind == 'crew' else 'polecats'}/{name}")
            if found and role in ("witness", "refinery"):
                return self.address(f"{rig}/{role}")
        return None


def moved(beads: Iterable[Bead], folk: Folk, host: str) -> Moved:
    """What becomes of these beads. Deleted ones stay what they are, and so does what can't be rendered."""
    found = Moved()
    live = [bead for bead in beads if bead.status != TOMBSTONE]
    for bead in live:
        address = folk.of_agent(bead) if is_kind(bead, "agent") else None
        if address is not None:
            folk.meet(address)
    for bead in live:
        try:
            if is_kind(bead, "message"):
                found.mail[bead.id] = _letter(bead, folk)
            elif is_kind(bead, "agent"):
                _agent(found, bead, folk, host)
            elif is_kind(bead, "convoy"):
                convoy = _convoy(bead, folk)
                kinds.render(convoy)
                found.convoys[bead.id] = convoy
            elif is_kind(bead, "merge-request") and bead.status != "closed":
                found.stayed[bead.id] = "an open merge request: hand its branch in again with gt done"
        except UserError as error:
            found.stayed[bead.id] = error.what
    return found


def is_kind(bead: Bead, kind: str) -> bool:
    """By its type, or by the label that later versions gave to a plain task."""
    return bead.type == kind or f"gt:{kind}" in bead.labels


def fields(text: str) -> dict[str, str]:
    """The `key: value` lines of a description; what says null says nothing."""
    found = {key.strip().lower().replace(" ", "_"): value.strip() for key, value in _FIELD.findall(text)}
    return {key: value for key, value in found.items() if value not in ("", "null")}


def _letter(bead: Bead, folk: Folk) -> tuple[str, str, Message]:
    """Mailbox, box and message."""
    to = folk.address(bead.assignee)
    if to is None:
        raise UserError(f"a message to {bead.assignee or 'nobody'!r}, who has no mailbox here", "forward it")
    said: dict[str, list[str]] = {}
    for label in bead.labels:
        key, colon, value = label.partition(":")
        said.setdefault(key if colon else label, []).append(value)
    first = {key: values[0] for key, values in said.items()}
    sender = first.get("from", bead.sender)
    reply = first.get("reply-to", "")
    type = first.get("msg-type", "notification")
    message = Message(
        id=bead.id,
        sender=folk.address(sender) or sender,
        to=(to,),
        cc=tuple(folk.address(each) or each for each in said.get("cc", ())),
        subject=bead.title,
        type=type if _WORD.match(type) else "notification",
        priority=bead.priority,
        thread=first.get("thread", ""),
        reply_to=ItemId(reply) if names.is_item_id(reply) else ItemId(""),
        sent=bead.created,
        body=bead.description.strip("\n"),
        extra=_rest(bead, "id", "title", "priority", "created_at", "issue_type", "status"),
    )
    kinds.render(message)
    return to, "cur" if bead.status == "closed" or "read" in said else "new", message


def _agent(found: Moved, bead: Bead, folk: Folk, host: str) -> None:
    if bead.status == "closed":
        return  # an identity of the past
    address = folk.of_agent(bead)
    if address is None:
        found.stayed[bead.id] = "an agent of no rig that is known"
        return
    if any(agent.address == address for agent in found.agents.values()):
        found.stayed[bead.id] = f"another bead is the agent {address}"
        return
    crew = "/crew/" in address  # who has a worktree from gt crew add
    agent = Agent(
        address=address,
        host="" if crew else host,
        notes=bead.description.strip("\n"),
        extra=_rest(bead),
    )
    kinds.render(agent)
    found.agents[bead.id] = agent


def _convoy(bead: Bead, folk: Folk) -> Convoy:
    said = fields(bead.description)
    people = [folk.address(said.get(key, "")) for key in ("owner", "notify")]
    merge = said.get("merge", "")
    status = "staged" if bead.status.startswith("staged") else "open"
    tracked = [target.rpartition(":")[2] for target in targets(bead, "tracks")]
    return Convoy(
        id=bead.id,
        title=bead.title,
        status="closed" if bead.status == "closed" else status,
        owner=people[0] or "",
        notify=(people[1],) if people[1] else (),
        merge=merge if merge in ("direct", "mr", "pr", "local") else "",
        labels=bead.labels,
        tracks=tuple(ItemId(id) for id in tracked if names.is_item_id(id)),
        created=bead.created,
        closed=bead.closed,
        purpose=bead.description.strip("\n"),
        extra=_rest(bead, "id", "title", "created_at", "closed_at", "labels"),
    )


def _rest(bead: Bead, *told: str) -> dict[str, Any]:
    """The line without what the item says itself; its text stands in the body."""
    line = line_of(bead)
    text = line.get("description", "")
    left = {key: value for key, value in line.items() if key not in told}
    if text == text.strip("\n"):
        left.pop("description", None)
    return {IMPORTED: jsonl.dumps(left)} if left else {}


def paths(moved_: Moved) -> dict[str, str]:
    """The file that each of these beads became, by its id."""
    found = {id: layout.mailbox(to, box, item.id) for id, (to, box, item) in moved_.mail.items()}
    found |= {id: kinds.path_of(agent) for id, agent in moved_.agents.items()}
    return found | {id: kinds.path_of(convoy) for id, convoy in moved_.convoys.items()}
