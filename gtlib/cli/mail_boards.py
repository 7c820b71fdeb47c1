"""`gt mail group`, `queue`, `channel`, `announces`: commands that make and change them."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.mail_boards import change_members
from gtlib.actions.mail_boards import create_board
from gtlib.actions.mail_boards import delete_board
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.model.board import Board
from gtlib.output import count
from gtlib.store.town import Town

FORCE = "also when messages lie there, which are deleted with it"


@command(
    "mail queue create",
    help={
        "name": "what it is called",
        "claimers": "who may claim: an address, a pattern, a group; without any anybody may",
        "max_claims": "how many messages may be claimed at once; 0 is any number",
        "description": "what it is for",
    },
    example="gt mail queue create jobs --claimers '@polecats/proj'",
)
def queue_create(
    name: str,
    *,
    claimers: tuple[str, ...] = (),
    max_claims: int = 0,
    description: str = "",
    json: bool = False,
) -> None:
    """Make a queue: each message in it is for one of those who may claim."""
    where = here()
    limit = _limit("--max-claims", max_claims)
    town = Town.open(where.root)
    made = create_board(town, "queue", name, claimers, where.actor, description=description, max_claims=limit)
    _made(made, json)


@command("mail queue delete", help={"name": "the queue", "force": FORCE}, example="gt mail queue delete jobs")
def queue_delete(name: str, *, force: bool = False, json: bool = False) -> None:
    """Delete a queue."""
    _delete("queue", name, force, json)


@command(
    "mail channel create",
    help={
        "name": "what it is called",
        "retain_count": "how many messages are kept; 0 is all",
        "retain_hours": "how long messages are kept; 0 is for ever",
        "description": "what it is for",
    },
    example="gt mail channel create news --retain-count 50",
)
def channel_create(
    name: str, *, retain_count: int = 0, retain_hours: int = 0, description: str = "", json: bool = False
) -> None:
    """Make a channel: what is posted there is kept, and copied to who subscribes."""
    where = here()
    made = create_board(
        Town.open(where.root),
        "channel",
        name,
        (),
        where.actor,
        description=description,
        retain_count=_limit("--retain-count", retain_count),
        retain_hours=_limit("--retain-hours", retain_hours),
    )
    _made(made, json)


@command(
    "mail channel delete", help={"name": "the channel", "force": FORCE}, example="gt mail channel delete news"
)
def channel_delete(name: str, *, force: bool = False, json: bool = False) -> None:
    """Delete a channel."""
    _delete("channel", name, force, json)


@command(
    "mail channel subscribe",
    help={"name": "the channel", "address": "who is to get copies; without it you"},
    example="gt mail channel subscribe news",
)
def subscribe(name: str, address: str = "", *, json: bool = False) -> None:
    """Get a copy of whatever is posted to a channel."""
    _change("channel", name, (address or here().actor,), (), json)


@command(
    "mail channel unsubscribe",
    help={"name": "the channel", "address": "who is to get none any more; without it you"},
    example="gt mail channel unsubscribe news",
)
def unsubscribe(name: str, address: str = "", *, json: bool = False) -> None:
    """Get no copies any more."""
    _change("channel", name, (), (address or here().actor,), json)


@command(
    "mail group create",
    help={
        "name": "what it is called; list:NAME makes a mailing list",
        "members": "addresses, patterns, other groups",
        "description": "what it is for",
    },
    example="gt mail group create devs proj/crew/ada '@polecats/proj'",
)
def group_create(name: str, *members: str, description: str = "", json: bool = False) -> None:
    """Make a group: mail to it goes to each member."""
    where = here()
    _made(
        create_board(Town.open(where.root), "group", name, members, where.actor, description=description),
        json,
    )


@command(
    "mail group add",
    help={"name": "the group", "members": "who is to be in it"},
    example="gt mail group add devs proj/crew/bob",
)
def group_add(name: str, *members: str, json: bool = False) -> None:
    """Put members into a group."""
    _change("group", name, _need(members, "gt mail group add NAME MEMBER..."), (), json)


@command(
    "mail group remove",
    help={"name": "the group", "members": "who is to leave it"},
    example="gt mail group remove devs proj/crew/bob",
)
def group_remove(name: str, *members: str, json: bool = False) -> None:
    """Take members out of a group."""
    _change("group", name, (), _need(members, "gt mail group remove NAME MEMBER..."), json)


@command("mail group delete", help={"name": "the group", "force": FORCE}, example="gt mail group delete devs")
def group_delete(name: str, *, force: bool = False, json: bool = False) -> None:
    """Delete a group."""
    _delete("group", name, force, json)


@command(
    "mail announces create",
    help={
        "name": "what it is called",
        "readers": "who may read it; without any anybody may",
        "retain_count": "how many messages are kept; 0 is all",
        "description": "what it is for",
    },
    example="gt mail announces create rules --retain-count 20",
)
def announces_create(
    name: str,
    *,
    readers: tuple[str, ...] = (),
    retain_count: int = 0,
    description: str = "",
    json: bool = False,
) -> None:
    """Make a board of announcements: one copy that all may read."""
    where = here()
    limit = _limit("--retain-count", retain_count)
    town = Town.open(where.root)
    made = create_board(
        town, "announce", name, readers, where.actor, description=description, retain_count=limit
    )
    _made(made, json)


@command(
    "mail announces delete", help={"name": "which", "force": FORCE}, example="gt mail announces delete rules"
)
def announces_delete(name: str, *, force: bool = False, json: bool = False) -> None:
    """Delete a board of announcements."""
    _delete("announce", name, force, json)


def _limit(flag: str, number: int) -> int:
    if number < 0:
        raise UsageError(f"{flag} {number} is negative", "0 is no limit")
    return number


def _need(members: tuple[str, ...], usage: str) -> tuple[str, ...]:
    if not members:
        raise UsageError("no member is given", f"usage: {usage}")
    return members


def _made(board: Board, json: bool) -> None:
    if json:
        output.json_out({"name": board.name, "type": board.kind, "address": board.label})
        return
    output.line(f"made {board.label} in mail/{board.address}.md")
    output.next_steps([f"gt mail send {board.label} -s SUBJECT -m TEXT"])


def _change(kind: str, name: str, add: tuple[str, ...], remove: tuple[str, ...], json: bool) -> None:
    where = here()
    board, changed = change_members(Town.open(where.root), kind, name, where.actor, add=add, remove=remove)
    if json:
        output.json_out(
            {"name": board.name, "type": board.kind, "members": board.members, "changed": changed}
        )
        return
    output.line(f"{board.label}: {count(len(board.members), 'member')}{'' if changed else ', as before'}")
    output.next_steps([f"gt mail {'channel' if kind == 'channel' else 'group'} show {board.name}"])


def _delete(kind: str, name: str, force: bool, json: bool) -> None:
    where = here()
    board, commit = delete_board(Town.open(where.root), kind, name, where.actor, force=force)
    if json:
        output.json_out({"deleted": board.label, "commit": commit})
        return
    output.line(f"deleted {board.label}; git's history keeps it:")
    output.next_steps([f"git show {commit[:12]}^:mail/{board.address}.md"])
