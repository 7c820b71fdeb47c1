"""`gt mail check`, `peek`, `search`, `thread`, `track`, `directory`: commands that only read mail."""

from __future__ import annotations

import re
from typing import Any

from gtlib import output
from gtlib.actions.track_mail import track_mail
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import short
from gtlib.errors import UsageError
from gtlib.framing import boundary
from gtlib.output import count
from gtlib.rules import mail_find
from gtlib.rules.mail_to import CROWDS
from gtlib.rules.mail_to import Book
from gtlib.rules.unread import reminder
from gtlib.rules.unread import unread

REMINDER = 12_000  # characters: about 3,000 tokens
PEEK_LINES = 5


@command(
    "mail check",
    spellings={"identity": "address"},
    help={
        "address": "whose; without it your own",
        "inject": "print unread mail framed for a model (its urgency said first), and exit with 0",
    },
    example="gt mail check --inject",
)
def check(address: str = "", *, inject: bool = False, json: bool = False) -> int:
    """Say whether there is unread mail: exits with 0 when there is, with 1 when not."""
    where = here()
    snapshot = where.snapshot()
    owner = Book(snapshot).one(address) if address else where.actor
    letters = [message for _, message in unread(snapshot, owner)]
    shape: dict[str, Any] = {"address": owner, "unread": len(letters), "has_new": bool(letters)}
    if inject:
        text = reminder(letters, boundary(), REMINDER)
        if json:
            output.json_out({**shape, "reminder": text})
        elif text:
            output.line(text.rstrip("\n"))
        return 0
    if json:
        output.json_out(shape)
    else:
        output.line(f"{owner}: {count(len(letters), 'unread message')}")
        if letters and owner == where.actor:
            output.next_steps([f"gt mail read {letters[0].id}"])
    return 0 if letters else 1


@command(
    "mail peek",
    spellings={"identity": "address"},
    help={"address": "whose; without it your own"},
    example="gt mail peek",
)
def peek(address: str = "", *, json: bool = False) -> int:
    """Show how the first unread message begins; exits with 1 when there is none."""
    where = here()
    snapshot = where.snapshot()
    owner = Book(snapshot).one(address) if address else where.actor
    letters = [message for _, message in unread(snapshot, owner)]
    if json:
        first = shapes.message(letters[0], owner, False) if letters else None
        output.json_out({"address": owner, "unread": len(letters), "message": first})
        return 0 if letters else 1
    if not letters:
        output.line(f"{owner}: no unread mail")
        return 1
    message, lines = letters[0], letters[0].body.strip().splitlines()
    output.line(f"{message.id} from {short(message.sender)}, {ago(message.sent)}")
    output.line(output.one_line(message.subject))
    for line in lines[:PEEK_LINES]:
        output.line(f"  {line}".rstrip())
    if len(lines) > PEEK_LINES:
        output.line(f"  (+{len(lines) - PEEK_LINES} more lines)")
    if len(letters) > 1:
        output.line(f"(+{count(len(letters) - 1, 'more message')})")
    output.next_steps([f"gt mail read {message.id}"] if owner == where.actor else [])
    return 0


@command(
    "mail search",
    help={
        "pattern": "a regular expression; case does not matter",
        "from_": "only from senders with this in their address",
        "subject": "look at subjects alone",
        "body": "look at texts alone",
        "archive": "look at what was put away too",
        "identity": "whose mailbox; without it your own",
    },
    example="gt mail search 'red|broken' --from witness",
)
def search(
    pattern: str,
    *,
    from_: str = "",
    subject: bool = False,
    body: bool = False,
    archive: bool = False,
    identity: str = "",
    json: bool = False,
) -> None:
    """Find messages by what they say."""
    where = here()
    snapshot = where.snapshot()
    try:
        wanted = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise UsageError(
            f"{pattern!r} is no regular expression: {error}", "put \\ before ( [ * + ? ."
        ) from None
    owner = Book(snapshot).one(identity) if identity else where.actor
    fields = (
        ("subject",) if subject and not body else ("body",) if body and not subject else ("subject", "body")
    )
    found = mail_find.search(snapshot, owner, wanted, fields=fields, sender=from_, archive=archive)
    if json:
        output.json_out([shapes.message(message, owner, read) for _, message, read in found])
        return
    if not found:
        more = "" if archive else "; --archive looks at what was put away too"
        output.line(f"no message of {owner} fits{more}")
        return
    output.table(
        ["", "id", "from", "age", "subject"],
        [
            [" " if read else "*", each.id, short(each.sender), age(each.sent), each.subject]
            for _, each, read in found
        ],
    )


@command("mail thread", help={"id": "a message of the conversation"}, example="gt mail thread msg-4k2p9")
def thread(id: str, *, json: bool = False) -> None:
    """Show a conversation: each answer below what it answers."""
    where = here()
    found = mail_find.thread(where.snapshot(), id, where.actor)
    if json:
        output.json_out([{**shapes.message(each, "", True), "depth": depth} for depth, each in found])
        return
    for depth, each in found:
        pad = "  " * min(depth, 20)
        said = f"• {each.id} {short(each.sender)}, {ago(each.sent)}: {each.subject}"
        output.line(f"{pad}{output.one_line(said)}")
        for line in each.body.strip().splitlines()[:PEEK_LINES]:
            output.line(f"{pad}    {line}".rstrip())
    output.next_steps([f"gt mail reply {found[-1][1].id} '...'"])


@command("mail track", help={"id": "a message that you sent or got"}, example="gt mail track msg-4k2p9")
def track(id: str, *, json: bool = False) -> None:
    """Say to whom a message was delivered, and who has read it."""
    where = here()
    message, copies = track_mail(where.root, where.snapshot(), id, where.actor)
    if json:
        output.json_out(
            {"id": message.id, "subject": message.subject, "deliveries": [_delivery(c) for c in copies]}
        )
        return
    output.line(
        f"{message.id} to {', '.join((*message.to, *message.cc))}: {output.one_line(message.subject)}"
    )
    words = {"pending": "unread", "acked": "read"}
    output.table(
        ["for", "state", "since", "claimed by"],
        [
            [each.address, words.get(each.state, each.state), age(each.when), each.claimed_by]
            for each in copies
        ],
    )


def _delivery(copy: mail_find.Delivery) -> dict[str, Any]:
    read = copy.state in ("acked", "archived")
    return {
        "address": copy.address,
        "delivery_state": copy.state,
        "delivery_acked_by": copy.address if read else "",
        "delivery_acked_at": copy.when if read else "",
        "claimed_by": copy.claimed_by,
        "path": copy.path,
    }


@command("mail directory", example="gt mail directory")
def directory(*, json: bool = False) -> None:
    """List every address that mail can be sent to."""
    snapshot = here().snapshot()
    agents = dict.fromkeys(Book(snapshot).known.values())
    rows = [(str(address), "agent", "") for address in agents]
    rows += [(each.label, each.kind, each.description) for each in snapshot.boards()]
    rows += [(each, "pattern", "") for each in (*CROWDS, "*/witness")]
    if json:
        output.json_out(
            [{"address": address, "type": kind, "description": more} for address, kind, more in rows]
        )
        return
    output.table(["address", "type", "description"], rows)
    output.next_steps(["gt mail send ADDRESS -s SUBJECT -m TEXT"])
