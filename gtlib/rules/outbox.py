"""Mail in the outbox: whoever dropped it there, it is delivered as `gt mail send` would have."""

from __future__ import annotations

from collections.abc import Iterable

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
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Changed
from gtlib.rules.base import Files
from gtlib.rules.base import has_mail
from gtlib.rules.base import mail
from gtlib.rules.edits import merge_edits
from gtlib.rules.mail_to import Book
from gtlib.rules.mail_to import Meant
from gtlib.rules.route import look_up


def route(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """Deliver what lies in the outbox: a copy for each recipient, and the file goes with it.

    The file's removal records that it was consumed. What cannot be delivered goes back to the sender.
    """
    waiting = [(path, message) for path, message in snapshot.outbox() if not snapshot.is_broken(path)]
    if not waiting:
        return None
    book = Book(snapshot)
    edits = []
    for path, message in waiting:
        edits.append(_deliver(snapshot, path, message, book, now))
        snapshot = snapshot.with_edit(edits[-1])
    return merge_edits(edits)


def _deliver(snapshot: Snapshot, path: str, message: Message, book: Book, now: str) -> Edit:
    to, lost = _looked_up(book, message.to)
    cc, lost_cc = _looked_up(book, message.cc)
    lost = list(dict.fromkeys((*lost, *lost_cc)))
    recipients = list(
        dict.fromkeys(place for found in (*to.values(), *cc.values()) for place in found.places)
    )
    author = look_up(book.known, message.sender) or OVERSEER
    id = _id(snapshot, path, recipients)
    files: Files = ()
    if recipients:
        copy = replace(
            message,
            id=id,
            sender=message.sender or OVERSEER,
            to=tuple(dict.fromkeys(to[text].label if text in to else text for text in message.to)),
            cc=tuple(dict.fromkeys(cc[text].label if text in cc else text for text in message.cc)),
            thread=message.thread or _thread(snapshot, author, message.reply_to) or id,
            sent=message.sent or now,
            claimed_by="",
            claimed_at="",
        )
        text = kinds.render(copy)
        files = tuple((layout.mailbox(address, "new", id), text) for address in recipients)
    if lost or not (message.to or message.cc):
        files += _bounce(snapshot, path, message, lost, book, now)
    return Edit(
        subject=f"mail: {id} to {', '.join(recipients) or f'back to {author}'}",
        files=files,
        removes=(path,),
        trailers=(("Event", "mail"),),
        actor=author,
    )


def _looked_up(book: Book, texts: Iterable[str]) -> tuple[dict[str, Meant], list[str]]:
    """What each word means; and why the others mean nothing, as lines for the sender."""
    found: dict[str, Meant] = {}
    lost = []
    for text in dict.fromkeys(texts):
        try:
            found[text] = book.meant(text)
        except UserError as error:
            lost.append(f"- {error.what}; {error.hint}")
    return found, lost


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
    for box in ("cur", "new", "archive"):
        original = snapshot.get(layout.mailbox(sender, box, reply_to))
        if isinstance(original, Message):
            return original.thread or reply_to
    return reply_to


def _bounce(snapshot: Snapshot, path: str, message: Message, lost: list[str], book: Book, now: str) -> Files:
    what = " to everybody:" if lost else ": it names no recipient in `to`."
    lines = [f"{path} could not be delivered{what}", *lost, ""]
    lines += ["Put it in mail/outbox/ again with an address of the town (gt mail directory lists them).", ""]
    lines += ["The message was:", "", *(f"> {line}".rstrip() for line in message.body.splitlines())]
    back = look_up(book.known, message.sender) or OVERSEER
    causes = ["bounce", path, snapshot.text(path) or ""]
    while has_mail(snapshot, back, names.derive("msg", "", *causes)):
        causes.append("again")
    return mail(snapshot, now, [back], f"Undeliverable: {message.subject}", "\n".join(lines) + "\n", causes)
