"""`gt mail send`, `read` and `reply`."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.read_mail import read_mail
from gtlib.actions.reply import reply as reply_to_mail
from gtlib.actions.send import send as send_mail
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.message import Message
from gtlib.names import Address
from gtlib.rules import post
from gtlib.rules.base import OVERSEER
from gtlib.rules.mail_to import Book
from gtlib.rules.post import Letter
from gtlib.rules.post import elsewhere
from gtlib.store.town import Town


@command(
    "mail send",
    short={"subject": "s", "message": "m", "high": "n"},
    spellings={"body": "message", "notify": "high"},
    help={
        "to": "whom: mayor, proj/toast, group:devs, queue:jobs, channel:news, @witnesses, '*/witness' ...",
        "subject": "what it is about",
        "message": "the text",
        "stdin": "read the text from standard input",
        "cc": "who gets a copy",
        "priority": "urgent, high, normal, low, or 0 to 3",
        "urgent": "the same as --priority urgent",
        "high": "make it a message of high priority, unless it is urgent",
        "no_notify": "tell no running session that it came",
        "type": "notification, task, scavenge, reply or escalation",
        "reply_to": "the message that this answers",
        "self_": "send it to yourself",
        "from_": "who sends it: for the overseer alone, agents speak for themselves",
        "pinned": "no cleaning up takes it away",
        "permanent": "accepted, and changes nothing: all mail here is kept",
    },
    example="gt mail send mayor -s 'The build is red' -m 'since gt-abc12 landed'",
)
def send(
    *to: str,
    subject: str,
    message: str | None = None,
    stdin: bool = False,
    cc: tuple[str, ...] = (),
    priority: str = "normal",
    urgent: bool = False,
    high: bool = False,
    no_notify: bool = False,
    type: str = "notification",
    reply_to: str = "",
    self_: bool = False,
    from_: str = "",
    pinned: bool = False,
    permanent: bool = False,
    json: bool = False,
) -> None:
    """Send a message: a file in the mailbox of each who gets it."""
    where = here()
    number = post.priority("urgent" if urgent else priority)
    letter = Letter(
        to=(*to, *([where.actor] if self_ else [])),
        subject=subject,
        body=text_from("--message", message, "-" if stdin else "") or "",
        cc=cc,
        priority=min(number, 1) if high else number,
        type=post.mail_type(type),
        reply_to=reply_to,
        pinned=pinned,
        quiet=no_notify,
    )
    if not letter.to:
        raise UsageError("nobody to send it to", "usage: gt mail send TO... -s SUBJECT -m TEXT")
    town = Town.open(where.root)
    actor = _sender(town, from_, where.actor)
    _sent(town, send_mail(town, letter, actor), where.actor, json)


@command(
    "mail reply",
    short={"subject": "s", "message": "m"},
    spellings={"body": "message"},
    help={
        "id": "the message that you answer",
        "text": "what you say",
        "subject": "instead of Re: and its subject",
        "message": "what you say, as a flag",
        "stdin": "read it from standard input",
    },
    example="gt mail reply msg-4k2p9 'It is green again'",
)
def reply(
    id: str,
    text: str = "",
    *,
    subject: str = "",
    message: str | None = None,
    stdin: bool = False,
    json: bool = False,
) -> None:
    """Answer a message, in its thread."""
    where = here()
    if text and (message is not None or stdin):
        raise UsageError("the answer is given twice", "leave one of them out")
    body = text or text_from("--message", message, "-" if stdin else "") or ""
    if not body.strip():
        raise UsageError("the answer is empty", "usage: gt mail reply ID TEXT")
    town = Town.open(where.root)
    _sent(town, reply_to_mail(town, id, body, where.actor, subject), where.actor, json)


def _sender(town: Town, text: str, actor: Address) -> Address:
    if not text:
        return actor
    found = Book(town.snapshot()).one(text)
    if actor not in (OVERSEER, found):
        raise UserError(f"you are {actor}, and can't send mail as {found}", "leave --from out")
    return found


def _sent(town: Town, sent: Message, actor: Address, json: bool) -> None:
    named = (*sent.to, *sent.cc)
    places = [address for _, address, _ in elsewhere(town.snapshot(), sent.id)]
    if json:
        output.json_out({**shapes.message(sent, ", ".join(sent.to), False), "delivered_to": places})
        return
    output.line(f"sent {sent.id} to {', '.join(named)}: {output.one_line(sent.subject)}")
    if sorted(places) != sorted(named):
        output.line(f"copies for: {', '.join(places)}")
    # What lies in others' boxes is the overseer's to see.
    only = places[0] if len(places) == 1 and sent.to == (places[0],) else ""
    output.next_steps([f"gt mail inbox {only}" if only and actor == OVERSEER else f"gt mail track {sent.id}"])


@command(
    "mail read",
    "mail show",
    help={"id": "a message, or its number in gt mail inbox"},
    example="gt mail read msg-4k2p9",
)
def read(id: str, *, json: bool = False) -> None:
    """Read a message of yours; it counts as read from then on."""
    where = here()
    found = read_mail(Town.open(where.root), id, where.actor)
    item, seen = found.message, "/new/" not in found.path
    if json:
        output.json_out(shapes.message(item, found.address, seen))
        return
    rows = [
        ("From", item.sender),
        ("To", ", ".join(item.to) or found.address),
        ("Cc", ", ".join(item.cc)),
        ("Sent", ago(item.sent)),
        ("Priority", "" if item.priority == 2 else shapes.message(item, "", True)["priority"]),
        ("Answers", item.reply_to),
        ("Claimed", item.claimed_by and f"by {item.claimed_by}, {ago(item.claimed_at)}"),
        ("Pinned", "yes" if item.pinned else ""),
    ]
    output.line(output.one_line(item.subject))
    for label, value in rows:
        if value:
            output.line(f"  {label + ':':<10}{output.one_line(value)}")
    output.line("")
    if item.body.strip():
        output.line(item.body.strip("\n"))
        output.line("")
    if found.address != where.actor:
        output.line(f"in the mailbox of {found.address}, left as it was")
        if item.sender == where.actor:
            output.next_steps([f"gt mail track {item.id}"])
        return
    output.line(found.path)
    answer = f"gt mail reply {item.id} '...'"
    output.next_steps(["gt mail inbox", *([answer] if item.sender not in ("", where.actor) else [])])
