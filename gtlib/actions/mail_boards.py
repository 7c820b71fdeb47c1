"""Make and change groups, lists, queues, channels and announces: each is one commit."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.board import Board
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules import mail_boards as plans
from gtlib.rules.mail_to import Book
from gtlib.store.town import Town


def create_board(
    town: Town,
    kind: str,
    name: str,
    members: Iterable[str],
    actor: str,
    *,
    description: str = "",
    max_claims: int = 0,
    retain_count: int = 0,
    retain_hours: int = 0,
) -> Board:
    """The board that was made. UserError for a bad or taken name, and a member that means nobody."""
    now, wanted = clock.stamp(clock.now()), tuple(members)

    def plan(snapshot: Snapshot) -> tuple[Board, Edit | None]:
        board = plans.made(kind, name, wanted, description, now, actor, Book(snapshot))
        board = replace(board, max_claims=max_claims, retain_count=retain_count, retain_hours=retain_hours)
        return plans.plan_create(snapshot, board, actor)

    return carry_out(town, plan, actor)[0]


def change_members(
    town: Town, kind: str, name: str, actor: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> tuple[Board, bool]:
    """The board as it is then, and whether anything changed. UserError as `plan_members` says."""
    coming, going = tuple(add), tuple(remove)
    board, applied = carry_out(
        town, lambda snapshot: plans.plan_members(snapshot, name, kind, coming, going, actor), actor
    )
    return board, applied is not None


def delete_board(town: Town, kind: str, name: str, actor: str, *, force: bool = False) -> tuple[Board, str]:
    """The board that was deleted, and the commit. UserError for an unknown one, and one with messages."""
    board, applied = carry_out(
        town, lambda snapshot: plans.plan_delete(snapshot, name, kind, force, actor), actor
    )
    return board, applied.commit if applied else ""
