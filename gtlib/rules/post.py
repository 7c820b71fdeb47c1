"""Mail that somebody sends by name, and whose mailbox holds a message."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

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
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.mail_to import Book
from gtlib.rules.mail_to import is_member

PRIORITIES = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
TYPES = ("notification", "task", "reply", "escalation", "scavenge", "handoff")


class Seen(Struct, frozen=True):
    """A message, where its file is, and in whose mailbox (`queues/<name>` ... for no agent's)."""

    path: str
    address: Address
    message: Message


class Letter(Struct, frozen=True, kw_only=True):
    """What is sent. Addresses and `reply_to` are as typed; `pinned` and `quiet` as a message has them."""

    to: tuple[str, ...]
    subject: str
    body: str = ""
    cc: tuple[str, ...] = ()
    priority: int = 2
    type: str = "notification"
    reply_to: str = ""
    pinned: bool = False
    quiet: bool = False


def plan_send(
    snapshot: Snapshot, letter: Letter, actor: str, now: str, created_ns: int
) -> tuple[Message, Edit]:
    """The message, and the edit that puts a copy into each mailbox.

    A queue, a channel, an announce get one copy of their own. UserError for an unknown address, no
    recipient, a subject that is empty or too long, an answer to no message that the actor may see.
    """
    subject = " ".join(letter.subject.split())
    if not subject:
        raise UserError("the subject is empty", "say what it is about: -s SUBJECT")
    if len(subject) > TITLE_LIMIT:
        what = f"the subject has {len(subject)} characters, {TITLE_LIMIT} is the most"
        raise UserError(what, "put the rest in the text")
    book = Book(snapshot)
    to, cc = book.all(letter.to), book.all(letter.cc)
    if not to:
        raise UserError("nobody to send it to", "name an address: gt mail send mayor -s SUBJECT")
    original = find_visible(snapshot, letter.reply_to, actor).message if letter.reply_to else None
    taken = {basename(path)[:-3] for path in snapshot.paths("mail/")}
    id = names.mint("msg", subject, letter.body, actor, created_ns, taken)
    message = Message(
        id=id,
        sender=actor,
        to=tuple(each.label for each in to),
        cc=tuple(each.label for each in cc),
        subject=subject,
        type="reply" if original and letter.type == "notification" else letter.type,
        priority=letter.priority,
        thread=(original.thread or original.id) if original else id,
        reply_to=original.id if original else ItemId(""),
        sent=now,
        pinned=letter.pinned,
        quiet=letter.quiet,
        body=letter.body.rstrip().lstrip("\n"),
    )
    text = kinds.render(message)
    recipients = tuple(dict.fromkeys(place for each in (*to, *cc) for place in each.places))
    edit = Edit(
        subject=f"mail: {id} to {', '.join((*message.to, *message.cc))}",
        files=tuple((layout.mailbox(address, "new", id), text) for address in recipients),
        actor=actor,
    )
    return message, edit


def inbox(
    snapshot: Snapshot, address: str, boxes: tuple[str, ...] = ("new", "cur")
) -> list[tuple[str, Message, bool]]:
    """(path, message, whether it was read) of a mailbox, newest first."""
    found = [(path, message, box != "new") for box in boxes for path, message in snapshot.mail(address, box)]
    return sorted(found, key=lambda each: (each[1].sent, each[1].id), reverse=True)


def find_mail(snapshot: Snapshot, text: str, address: str) -> tuple[str, Message]:
    """The (path, message) in the mailbox that `text` means: an id, a piece of it, or the number in the inbox.

    What was put away has no number, but answers by its id. UserError when there is none or several.
    """
    letters = inbox(snapshot, address)
    if text.isdecimal() and len(text) < 5:  # a number, never a piece of an id
        for path, message, _ in letters[int(text) - 1 : int(text)] if int(text) else ():
            return path, message
        raise UserError(f"no message {text} for {address}", "see them with: gt mail inbox")
    for found in (letters, inbox(snapshot, address, ("archive",))):
        by_id = {basename(path)[:-3]: (path, message) for path, message, _ in found}
        try:
            return by_id[names.resolve(text, tuple(by_id))]
        except UserError as refusal:
            if "means" in refusal.what:
                raise
    raise UserError(f"no message {text} for {address}", "see them with: gt mail inbox")


def elsewhere(snapshot: Snapshot, id: str) -> Iterator[tuple[str, Address, Message]]:
    """(path, whose mailbox, message) of every copy with exactly that id."""
    for path in snapshot.paths("mail/"):
        if basename(path) == f"{id}.md" and "/outbox/" not in path:
            message = snapshot.get(path)
            if isinstance(message, Message):
                yield path, Address(path.removeprefix("mail/").rpartition("/")[0].rpartition("/")[0]), message


def find_visible(snapshot: Snapshot, text: str, actor: str) -> Seen:
    """The message that `text` means: in the actor's mailbox, on a queue, channel or announce that is open to
    them, or (by its whole id) one that they sent; the overseer may look at any. UserError when there is none.
    """
    try:
        path, message = find_mail(snapshot, text, actor)
        return Seen(path, Address(actor), message)
    except UserError as refusal:
        book: Book | None = None
        whole = text if "-" in text else f"msg-{text}"
        for path, address, message in elsewhere(snapshot, whole):
            if actor in (OVERSEER, message.sender):
                return Seen(path, address, message)
            board = snapshot.board(address)
            if board is not None:
                book = book or Book(snapshot)
                if board.kind != "announce" or is_member(book, board, actor):
                    return Seen(path, address, message)
        raise refusal


def plan_read(snapshot: Snapshot, path: str, actor: str) -> Edit | None:
    """Move a message from new to cur, no byte changed; None when it is there already."""
    address, box = path.removeprefix("mail/").rpartition("/")[0].rsplit("/", 1)
    id = ItemId(basename(path)[:-3])
    if box != "new" or not snapshot.exists(path):
        return None
    return Edit(
        subject=f"read: {id} by {actor}",
        moves=((path, layout.mailbox(address, "cur", id)),),
        actor=actor,
    )


def plan_seen(snapshot: Snapshot, address: str, ids: Iterable[str]) -> Edit | None:
    """Move these messages of the mailbox from new to cur, no byte changed, in one commit.

    Those that are not in new (any more) are passed over; None when that is all of them.
    """
    moves = tuple(
        (path, layout.mailbox(address, "cur", id))
        for id in dict.fromkeys(ids)
        if snapshot.exists(path := layout.mailbox(address, "new", id))
    )
    if not moves:
        return None
    what = basename(moves[0][0])[:-3] if len(moves) == 1 else f"{len(moves)} messages"
    return Edit(subject=f"read: {what} by {address}", moves=moves, actor=address)


def unread(snapshot: Snapshot, address: str) -> int:
    """How many messages lie unread: file names alone are counted."""
    return sum(path.endswith(".md") for path in snapshot.paths(layout.mail_folder(address, "new") + "/"))


def priority(text: str) -> int:
    """0 to 3 (4 is taken as low), or urgent, high, normal, low. UserError else."""
    word = text.strip().lower()
    if word in PRIORITIES:
        return PRIORITIES[word]
    if word in ("0", "1", "2", "3", "4"):
        return min(int(word), 3)
    raise UserError(f"{text!r} is no priority of mail", f"one of: {', '.join(PRIORITIES)}, or 0 to 3")


def mail_type(text: str) -> str:
    """What a message is. UserError for an unknown word."""
    if text not in TYPES:
        raise UserError(f"unknown type of mail {text!r}", f"one of: {', '.join(TYPES)}")
    return text
