"""What is done with messages that one has: each is one commit."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable

from msgspec import Struct

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.board import Board
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules import mail_box as plans
from gtlib.rules.mail_box import Held
from gtlib.store.town import Town

_Moved = tuple[tuple[Message, ...], Edit | None]


class Deleted(Struct, frozen=True):
    """Messages that were deleted, and the commit that did it ("" when there was nothing to delete)."""

    held: tuple[Held, ...]
    commit: str = ""


def put(town: Town, ids: Iterable[str], box: str, actor: str) -> tuple[Message, ...]:
    """Move messages to `new` (unread), `cur` (read) or `archive`; those that moved. UserError for none."""
    wanted = tuple(ids)
    return carry_out(town, lambda snapshot: plans.plan_put(snapshot, wanted, box, actor), actor)[0]


def mark_all(town: Town, actor: str) -> tuple[Message, ...]:
    """All of one's mail counts as read; what did not before."""
    return carry_out(town, lambda snapshot: plans.plan_mark_all(snapshot, actor), actor)[0]


def archive_stale(town: Town, actor: str, *, dry: bool = False) -> tuple[Message, ...]:
    """Put away what was sent before one's newest session began; `dry` only says what.

    UserError when no session is known.
    """

    def plan(snapshot: Snapshot) -> _Moved:
        began = plans.session_start(snapshot, actor)
        return plans.plan_archive(snapshot, actor, plans.is_stale(began), actor)

    return _archived(town, plan, actor, dry)


def drain(town: Town, address: str, hours: float, actor: str, *, dry: bool = False) -> tuple[Message, ...]:
    """Put away protocol messages of a mailbox that are older than that; HELP, HANDOFF and pinned ones stay.

    UserError for somebody else's mailbox.
    """
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> _Moved:
        plans.require_own(address, actor)
        return plans.plan_archive(snapshot, address, plans.is_noise(now, hours), actor)

    return _archived(town, plan, actor, dry)


def delete(town: Town, ids: Iterable[str], actor: str) -> Deleted:
    """Delete messages; git's history keeps them. UserError for unknown ones."""
    wanted = tuple(ids)
    held, applied = carry_out(town, lambda snapshot: plans.plan_remove(snapshot, wanted, actor), actor)
    return Deleted(held, applied.commit if applied else "")


def clear(town: Town, address: str, actor: str) -> Deleted:
    """Delete what lies in a mailbox and is not pinned. UserError for somebody else's."""
    held, applied = carry_out(town, lambda snapshot: plans.plan_clear(snapshot, address, actor), actor)
    return Deleted(held, applied.commit if applied else "")


def claim(town: Town, queue: str, actor: str) -> tuple[Board, Message] | None:
    """The oldest free message of a queue ("": of any), which is the actor's from now on; None for none.

    The town's lock decides between two. UserError as `plan_claim` says.
    """
    now = clock.stamp(clock.now())
    return carry_out(town, lambda snapshot: plans.plan_claim(snapshot, queue, actor, now), actor)[0]


def release(town: Town, id: str, actor: str) -> tuple[Board, Message]:
    """Give a message back to its queue. UserError as `plan_release` says."""
    return carry_out(town, lambda snapshot: plans.plan_release(snapshot, id, actor), actor)[0]


def _archived(town: Town, plan: Callable[[Snapshot], _Moved], actor: str, dry: bool) -> tuple[Message, ...]:
    return plan(town.snapshot())[0] if dry else carry_out(town, plan, actor)[0]
