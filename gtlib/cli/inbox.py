"""`gt mail inbox`: what lies in a mailbox, without libgit2."""

from __future__ import annotations

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import here
from gtlib.cli.options import short
from gtlib.errors import UsageError
from gtlib.output import count
from gtlib.rules.post import inbox as letters_of
from gtlib.rules.route import resolve_address

WORDS = {0: "!!", 1: "!", 3: "·"}


@command(
    "mail inbox",
    short={"unread": "u", "all": "a"},
    spellings={"identity": "address"},
    help={
        "address": "whose; without it your own",
        "unread": "only what is unread",
        "all": "read and unread, which is so anyway",
        "archived": "what was put away",
        "at": "as it was at a commit or time",
    },
    example="gt mail inbox",
)
def inbox(
    address: str = "",
    *,
    unread: bool = False,
    all: bool = False,
    archived: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List the messages in a mailbox, newest first."""
    where = here()
    if unread and (all or archived):
        raise UsageError(f"-u and {'-a' if all else '--archived'} contradict each other", "give one of them")
    snapshot = where.snapshot(at)
    owner = resolve_address(snapshot, address) if address else where.actor
    letters = letters_of(snapshot, owner, ("archive",) if archived else ("new", "cur"))
    new = sum(not read for _, _, read in letters)
    rows = [(number, *each) for number, each in enumerate(letters, 1) if not (unread and each[2])]
    if json:
        output.json_out([shapes.message(message, owner, read) for _, _, message, read in rows])
        return
    told = "put away" if archived else f"{new} unread"
    output.line(f"{owner}: {count(len(letters), 'message')}, {told}")
    if not rows:
        return
    output.table(
        ["", "#", "id", "from", "age", "subject"],
        [
            [
                " " if read else "*",
                "" if archived else number,
                message.id,
                short(message.sender),
                age(message.sent),
                f"{WORDS.get(message.priority, '')} {message.subject}".strip(),
            ]
            for number, _, message, read in rows
        ],
    )
    unopened = [message.id for _, _, message, read in rows if not read]
    if owner == where.actor and unopened:
        output.next_steps([f"gt mail read {unopened[0]}"])
