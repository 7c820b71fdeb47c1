"""Mail: whom an address means, and what lies in the outbox."""

from __future__ import annotations

from difflib import get_close_matches

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER
from gtlib.rules.base import Changed
from gtlib.rules.base import Files
from gtlib.rules.base import has_mail
from gtlib.rules.base import mail
from gtlib.rules.edits import merge_edits


def known_addresses(snapshot: Snapshot) -> dict[str, Address]:
    """Every way to write an address, with the address that it means.

    `<rig>/<name>` is short for a polecat's or crew member's, unless two share it.
    """
    full = [OVERSEER, MAYOR, POSTMASTER]
    full += [Address(f"{rig.name}/{role}") for rig in snapshot.rigs() for role in ("witness", "refinery")]
    full += [agent.address for agent in snapshot.agents()]
    found = {str(address): address for address in full}
    short: dict[str, Address | None] = {}
    for address in dict.fromkeys(full):
        rig, _, rest = address.partition("/")
        role, _, name = rest.partition("/")
        if role in ("polecats", "crew") and name:
            text = f"{rig}/{name}"
            short[text] = None if text in short else address
    return {text: address for text, address in short.items() if address} | found


def resolve_address(snapshot: Snapshot, text: str) -> Address:
    """The address that `text` means. Raises UserError, naming the nearest ones, when there is none."""
    known = known_addresses(snapshot)
    found = look_up(known, text)
    if found is None:
        near = nearest(text, known)
        raise UserError(
            f"unknown address {text!r}", f"did you mean {' or '.join(near)}?" if near else "see gt agents"
        )
    return found


def look_up(known: dict[str, Address], text: str) -> Address | None:
    """The address that `text` means among the known ones; `mayor/` is `mayor`."""
    return known.get(text.strip().rstrip("/"))


def nearest(text: str, known: dict[str, Address]) -> list[str]:
    """At most three addresses that look like `text`, or end in the same name."""
    found = get_close_matches(text, known, n=3, cutoff=0.6)
    name = text.rstrip("/").rpartition("/")[2]
    found += [str(address) for each, address in known.items() if name and each.rpartition("/")[2] == name]
    return list(dict.fromkeys(found))[:3]


def route(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Deliver what lies in the outbox: a copy for each recipient, and the file goes with it.

    The file's removal records that it was consumed. What cannot be delivered goes back to the sender.
    """
    known = known_addresses(snapshot)
    edits = []
    for path, message in snapshot.outbox():
        if not snapshot.is_broken(path):
            edits.append(_deliver(snapshot, path, message, known, now))
            snapshot = snapshot.with_edit(edits[-1])
    return merge_edits(edits)


def _deliver(snapshot: Snapshot, path: str, message: Message, known: dict[str, Address], now: str) -> Edit:
    wanted = list(dict.fromkeys((*message.to, *message.cc)))
    found = {text: look_up(known, text) for text in wanted}
    recipients = [address for address in dict.fromkeys(found.values()) if address]
    unknown = [text for text, address in found.items() if address is None]
    sender = message.sender or OVERSEER
    id = _id(snapshot, path, recipients)
    files: Files = ()
    if recipients:
        thread = (
            message.thread or _thread(snapshot, look_up(known, sender) or OVERSEER, message.reply_to) or id
        )
        copy = replace(message, id=id, sender=sender, thread=thread, sent=message.sent or now)
        text = kinds.render(copy)
        files = tuple((layout.mailbox(address, "new", id), text) for address in recipients)
    if unknown or not wanted:
        files += _bounce(snapshot, path, message, unknown, known, now)
    author = look_up(known, sender) or OVERSEER
    told = ", ".join(recipients) or f"back to {author}"
    return Edit(
        subject=f"mail: {id} to {told}",
        files=files,
        removes=(path,),
        trailers=(("Event", "mail"),),
        actor=author,
    )


def _id(snapshot: Snapshot, path: str, recipients: list[Address]) -> ItemId:
    """The same file dropped again is a new message, so the id avoids what the recipients have."""
    cause = (path.rpartition("/")[2], snapshot.text(path) or "")
    id, turn = names.derive("msg", "", *cause), 1
    while any(has_mail(snapshot, address, id) for address in recipients):
        turn += 1
        id = names.derive("msg", "", *cause, str(turn))
    return id


def _thread(snapshot: Snapshot, sender: Address, reply_to: ItemId) -> str:
    if not reply_to:
        return ""
    for box in ("cur", "new"):
        original = snapshot.get(layout.mailbox(sender, box, reply_to))
        if isinstance(original, Message):
            return original.thread or reply_to
    return reply_to


def _bounce(
    snapshot: Snapshot, path: str, message: Message, unknown: list[str], known: dict[str, Address], now: str
) -> Files:
    lines = [
        f"{path} could not be delivered"
        + (" to everybody:" if unknown else ": it names no recipient in `to`.")
    ]
    for text in unknown:
        near = nearest(text, known)
        lines.append(f"- unknown address {text!r}" + (f"; the nearest are {', '.join(near)}" if near else ""))
    lines += ["", "Put it in mail/outbox/ again with an address of the town (gt agents lists them).", ""]
    lines += ["The message was:", "", *(f"> {line}".rstrip() for line in message.body.splitlines())]
    back = look_up(known, message.sender) or OVERSEER
    causes = ["bounce", path, snapshot.text(path) or ""]
    while has_mail(snapshot, back, names.derive("msg", "", *causes)):
        causes.append("again")
    return mail(snapshot, now, [back], f"Undeliverable: {message.subject}", "\n".join(lines) + "\n", causes)
