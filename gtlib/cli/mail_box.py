"""`gt mail archive`, `mark-read`, `delete`, `drain`, `claim` ...: what is done with messages that one has."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import clock
from gtlib import output
from gtlib.actions import mail_box as actions
from gtlib.actions.mail_hook import mail_hook
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import need_ids
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.model.message import Message
from gtlib.output import count
from gtlib.rules.mail_to import Book
from gtlib.store.town import Town


@command(
    "mail mark-read",
    "mail ack",
    help={"ids": "messages, or their numbers in gt mail inbox", "all": "whatever is unread"},
    example="gt mail mark-read msg-4k2p9",
)
def mark_read(*ids: str, all: bool = False, json: bool = False) -> None:
    """Count messages as read without showing them."""
    where = here()
    town = Town.open(where.root)
    if all and ids:
        raise UsageError("--all and messages are given", "give one of them")
    if not all:
        need_ids(ids, "gt mail mark-read msg-4k2p9, or --all")
    moved = actions.mark_all(town, where.actor) if all else actions.put(town, ids, "cur", where.actor)
    _told("read", moved, json)


@command(
    "mail mark-unread",
    help={"ids": "messages, also such as were put away"},
    example="gt mail mark-unread msg-4k2p9",
)
def mark_unread(*ids: str, json: bool = False) -> None:
    """Count messages as unread; brings back what was put away."""
    where = here()
    need_ids(ids, "gt mail mark-unread msg-4k2p9")
    _told("unread", actions.put(Town.open(where.root), ids, "new", where.actor), json)


@command(
    "mail archive",
    short={"dry_run": "n"},
    help={
        "ids": "messages, or their numbers in gt mail inbox",
        "stale": "whatever was sent before your session began",
        "dry_run": "with --stale: only say what it would be",
    },
    example="gt mail archive msg-4k2p9",
)
def archive(*ids: str, stale: bool = False, dry_run: bool = False, json: bool = False) -> None:
    """Put messages away: they leave the inbox, and stay to be read and searched."""
    where = here()
    town = Town.open(where.root)
    if stale and ids:
        raise UsageError("--stale and messages are given", "give one of them")
    if dry_run and not stale:
        raise UsageError("-n is for --stale", "gt mail archive --stale -n")
    if stale:
        _told("archived", actions.archive_stale(town, where.actor, dry=dry_run), json, dry=dry_run)
        return
    need_ids(ids, "gt mail archive msg-4k2p9, or --stale")
    _told("archived", actions.put(town, ids, "archive", where.actor), json)


@command(
    "mail delete",
    "mail rm",
    help={"ids": "messages, or their numbers in gt mail inbox"},
    example="gt mail delete msg-4k2p9",
)
def delete(*ids: str, json: bool = False) -> None:
    """Delete messages; git's history keeps them."""
    where = here()
    need_ids(ids, "gt mail delete msg-4k2p9")
    _gone(actions.delete(Town.open(where.root), ids, where.actor), json)


@command(
    "mail clear",
    help={"address": "whose mailbox; without it your own. Others' are the overseer's to clear"},
    example="gt mail clear",
)
def clear(address: str = "", *, json: bool = False) -> None:
    """Delete what lies in a mailbox, but what is pinned or was put away; git's history keeps it."""
    where = here()
    town = Town.open(where.root)
    owner = Book(town.snapshot()).one(address) if address else where.actor
    _gone(actions.clear(town, owner, where.actor), json)


@command(
    "mail drain",
    short={"dry_run": "n"},
    help={
        "identity": "whose mailbox; without it your own",
        "max_age": "what is older than that: 30m, 2h, 1d",
        "all": "however new it is",
        "dry_run": "only say what it would be",
    },
    example="gt mail drain --max-age 30m",
)
def drain(
    *,
    identity: str = "",
    max_age: str = "30m",
    all: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Put away old protocol messages, never HELP or HANDOFF."""
    where = here()
    town = Town.open(where.root)
    owner = Book(town.snapshot()).one(identity) if identity else where.actor
    hours = 0.0 if all else clock.seconds(max_age) / 3600
    _told("archived", actions.drain(town, owner, hours, where.actor, dry=dry_run), json, dry=dry_run)


@command(
    "mail claim", help={"queue": "which; without it any that you may serve"}, example="gt mail claim jobs"
)
def claim(queue: str = "", *, json: bool = False) -> int:
    """Take the oldest message of a queue that nobody has; exits with 1 when there is none."""
    where = here()
    town = Town.open(where.root)
    found = actions.claim(town, queue, where.actor)
    if found is None:
        if json:
            output.json_out({"claimed": None})
        else:
            output.line(f"nothing to claim in {queue}" if queue else "nothing to claim")
        return 1
    board, message = found
    if json:
        output.json_out({"claimed": shapes.message(message, board.address, True)})
        return 0
    output.line(f"claimed {message.id} from {board.label}: {output.one_line(message.subject)}")
    output.next_steps(
        [f"gt mail read {message.id}", f"gt mail archive {message.id}", f"gt mail release {message.id}"]
    )
    return 0


@command("mail release", help={"id": "a message that you claimed"}, example="gt mail release msg-4k2p9")
def release(id: str, *, json: bool = False) -> None:
    """Give a claimed message back to its queue."""
    where = here()
    board, message = actions.release(Town.open(where.root), id, where.actor)
    if json:
        output.json_out(shapes.message(message, board.address, False))
        return
    output.line(f"released {message.id} to {board.label}")
    output.next_steps([f"gt mail queue show {board.name}"])


@command("mail hook", help={"id": "a message of yours"}, example="gt mail hook msg-4k2p9")
def hook(id: str, *, json: bool = False) -> None:
    """Put a message on your own hook: a bead of what it says, slung to yourself."""
    where = here()
    town = Town.open(where.root)
    message, slung = mail_hook(town, id, where.cwd, where.actor)
    tell(town)
    if json:
        output.json_out({"message": message.id, "bead": slung.bead.id, "agent": slung.agent.address})
        return
    output.line(f"{message.id} is on your hook as {slung.bead.id}: {output.one_line(slung.bead.title)}")
    output.next_steps(["gt hook"])


def _told(word: str, moved: Sequence[Message], json: bool, *, dry: bool = False) -> None:
    if json:
        output.json_out({word: [each.id for each in moved], "dry_run": dry})
        return
    for message in moved if dry else ():
        output.line(f"  {message.id}  {output.one_line(message.subject)}")
    output.line(f"{'would be ' if dry else ''}{word}: {count(len(moved), 'message')}")
    if not dry and moved:
        output.next_steps([f"gt mail mark-unread {moved[0].id}" if word == "archived" else "gt mail inbox"])


def _gone(deleted: actions.Deleted, json: bool) -> None:
    if json:
        ids = [each.message.id for each in deleted.held]
        output.json_out({"deleted": ids, "commit": deleted.commit})
        return
    output.line(f"deleted: {count(len(deleted.held), 'message')}")
    if deleted.held:
        output.line("git's history keeps them:")
        output.next_steps([f"git show {deleted.commit[:12]}^:{deleted.held[0].path}"])
