"""`gt mail queue list`, `channel show` ...: which groups, queues, channels, announces there are, and hold."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import here
from gtlib.cli.options import short
from gtlib.errors import UserError
from gtlib.model.board import Board
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.output import count
from gtlib.rules.base import OVERSEER
from gtlib.rules.mail_box import Held
from gtlib.rules.mail_box import queue_letters
from gtlib.rules.mail_to import Book
from gtlib.rules.mail_to import is_member

MEMBERS = {"queue": "claimers", "channel": "subscribers", "announce": "readers"}


@command("mail queue list", "mail queue", example="gt mail queue list")
def queues(*, json: bool = False) -> None:
    """List the queues."""
    _list("queue", json)


@command("mail queue show", help={"name": "the queue"}, example="gt mail queue show jobs")
def queue(name: str, *, json: bool = False) -> None:
    """Show a queue: who may claim, what waits, who has what."""
    _show("queue", name, json)


@command("mail channel list", "mail channel", example="gt mail channel list")
def channels(*, json: bool = False) -> None:
    """List the channels."""
    _list("channel", json)


@command("mail channel show", help={"name": "the channel"}, example="gt mail channel show news")
def channel(name: str, *, json: bool = False) -> None:
    """Show a channel and what was posted there."""
    _show("channel", name, json)


@command("mail channel subscribers", help={"name": "the channel"}, example="gt mail channel subscribers news")
def subscribers(name: str, *, json: bool = False) -> None:
    """Say who gets copies of what is posted to a channel."""
    snapshot = here().snapshot()
    found = Book(snapshot).board(name, "channel")
    if json:
        output.json_out({"channel": found.name, "subscribers": found.members})
        return
    output.line(f"{found.label}: {count(len(found.members), 'subscriber')}")
    for member in found.members:
        output.line(f"  {output.one_line(member)}")


@command("mail group list", "mail group", example="gt mail group list")
def groups(*, json: bool = False) -> None:
    """List the groups and mailing lists."""
    _list("group", json)


@command("mail group show", help={"name": "the group"}, example="gt mail group show devs")
def group(name: str, *, json: bool = False) -> None:
    """Show a group: its members, and whom they come to."""
    snapshot = here().snapshot()
    book = Book(snapshot)
    found = book.board(name, "group", "list")
    everybody = book.members(found)
    if json:
        output.json_out({**_shape(snapshot, found), "recipients": everybody})
        return
    _head(found)
    for member in found.members:
        output.line(f"  {output.one_line(member)}")
    output.line(f"mail to it goes to: {', '.join(everybody) or 'nobody'}")


@command(
    "mail announces",
    help={"name": "one of them, to read; without it all are listed"},
    example="gt mail announces",
)
def announces(name: str = "", *, json: bool = False) -> None:
    """List the boards of announcements, or read one."""
    if name:
        _show("announce", name, json)
    else:
        _list("announce", json)


def _list(kind: str, json: bool) -> None:
    snapshot = here().snapshot()
    kinds = (kind, "list") if kind == "group" else (kind,)
    found = [each for each in snapshot.boards() if each.kind in kinds]
    if json:
        output.json_out([_shape(snapshot, each) for each in found])
        return
    if not found:
        output.line(f"no {kind}s")
        output.next_steps([f"gt mail {'announces' if kind == 'announce' else kind} create NAME"])
        return
    heads = ["name", MEMBERS.get(kind, "members"), *([] if kind == "group" else ["messages"]), "description"]
    rows = []
    for each in found:
        holds = len(queue_letters(snapshot, each))
        told = each.description.strip().partition("\n")[0]
        name = each.label if each.kind == "list" else each.name
        rows.append([name, len(each.members), *([] if kind == "group" else [holds]), told])
    output.table(heads, rows)


def _show(kind: str, name: str, json: bool) -> None:
    where = here()
    snapshot = where.snapshot()
    book = Book(snapshot)
    found = book.board(name, kind)
    if kind == "announce" and where.actor != OVERSEER and not is_member(book, found, Address(where.actor)):
        raise UserError(
            f"{found.label} is not for {where.actor} to read", f"readers: {', '.join(found.members)}"
        )
    letters = queue_letters(snapshot, found)
    if json:
        rows = [_row(found, each) for each in letters]
        output.json_out({**_shape(snapshot, found), "messages": rows})
        return
    _head(found)
    who = ", ".join(found.members) or ("nobody" if kind == "channel" else "anybody")
    output.line(f"{MEMBERS[kind]}: {output.one_line(who)}")
    output.table(
        ["id", "from", "age", "claimed by", "subject"],
        [
            [
                each.message.id,
                short(each.message.sender),
                age(each.message.sent),
                short(each.message.claimed_by),
                each.message.subject,
            ]
            for each in letters
        ],
    )
    if kind == "queue" and any(not each.message.claimed_by for each in letters):
        output.next_steps([f"gt mail claim {found.name}"])
    elif letters:
        output.next_steps([f"gt mail read {letters[-1].message.id}"])


def _head(board: Board) -> None:
    output.line(board.label)
    for line in board.description.strip().splitlines():
        output.line(f"  {line}".rstrip())


def _row(board: Board, held: Held) -> dict[str, Any]:
    return {**shapes.message(held.message, board.address, bool(held.message.claimed_by)), "path": held.path}


def _shape(snapshot: Snapshot, board: Board) -> dict[str, Any]:
    letters = queue_letters(snapshot, board)
    shape: dict[str, Any] = {
        "name": board.name,
        "type": board.kind,
        "address": board.label,
        MEMBERS.get(board.kind, "members"): board.members,
        "description": board.description,
        "created": board.created,
        "created_by": board.created_by,
    }
    if board.kind in MEMBERS:
        shape["message_count"] = len(letters)
    if board.kind == "queue":
        claimed = sum(bool(each.message.claimed_by) for each in letters)
        shape |= {"max_claims": board.max_claims, "available": len(letters) - claimed, "claimed": claimed}
    if board.kind in ("channel", "announce"):
        shape |= {"retain_count": board.retain_count, "retain_hours": board.retain_hours}
    return shape
