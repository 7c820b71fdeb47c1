"""`gt mail send` and `read`: commands that change mailboxes."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.read_mail import read_mail
from gtlib.actions.send import send as send_mail
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.rules import post
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import Letter
from gtlib.store.town import Town


@command(
    "mail send",
    short={"subject": "s", "message": "m"},
    spellings={"body": "message"},
    help={
        "to": "whom: mayor, overseer, proj/toast, proj/crew/ada ...",
        "subject": "what it is about",
        "message": "the text",
        "stdin": "read the text from standard input",
        "cc": "who gets a copy",
        "priority": "urgent, high, normal, low, or 0 to 3",
        "urgent": "the same as --priority urgent",
        "type": "notification, task, reply or escalation",
        "reply_to": "the message that this answers",
        "self_": "send it to yourself",
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
    type: str = "notification",
    reply_to: str = "",
    self_: bool = False,
    json: bool = False,
) -> None:
    """Send a message: a file in the mailbox of each who gets it."""
    where = here()
    letter = Letter(
        to=(*to, *([where.actor] if self_ else [])),
        subject=subject,
        body=text_from("--message", message, "-" if stdin else "") or "",
        cc=cc,
        priority=post.priority("urgent" if urgent else priority),
        type=post.mail_type(type),
        reply_to=reply_to,
    )
    if not letter.to:
        raise UsageError("nobody to send it to", "usage: gt mail send TO... -s SUBJECT -m TEXT")
    sent = send_mail(Town.open(where.root), letter, where.actor)
    if json:
        output.json_out(shapes.message(sent, ", ".join(sent.to), False))
        return
    output.line(f"sent {sent.id} to {', '.join((*sent.to, *sent.cc))}: {output.one_line(sent.subject)}")
    # What lies in others' boxes is the overseer's to see.
    output.next_steps([f"gt mail inbox {sent.to[0]}" if where.actor == OVERSEER else "gt mail inbox"])


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
    item = found.message
    if json:
        output.json_out(shapes.message(item, found.address, "/cur/" in found.path))
        return
    rows = [
        ("From", item.sender),
        ("To", ", ".join(item.to) or found.address),
        ("Cc", ", ".join(item.cc)),
        ("Sent", ago(item.sent)),
        ("Priority", "" if item.priority == 2 else shapes.message(item, "", True)["priority"]),
        ("Answers", item.reply_to),
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
        return
    output.line(found.path)
    answer = f"gt mail send {item.sender} -s 'Re: ...' --reply-to {item.id}"
    output.next_steps(["gt mail inbox", *([answer] if item.sender not in ("", where.actor) else [])])
