"""What is done with messages that one has: put away, marked, deleted, claimed from a queue."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from posixpath import basename

from msgspec import Struct
from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.board import Board
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import hours_since
from gtlib.rules.base import instant
from gtlib.rules.mail_to import Book
from gtlib.rules.mail_to import is_member
from gtlib.rules.post import elsewhere
from gtlib.rules.post import find_mail
from gtlib.rules.post import inbox

# Subjects that programs and roles' prompts write, which say nothing any more after a while.
PROTOCOL = re.compile(
    r"(?:POLECAT_|MERGE_|MERGED\b|FIX_NEEDED|REWORK_REQUEST|RECOVERED_BEAD|RECOVERY_NEEDED|ORPHAN_RECOVERED"
    r"|QUEUE_HEALTH|SWARM_|CONVOY_NEEDS_FEEDING|DISPATCH_|SLOT_OPEN|IDLE_PASSIVATED|LIFECYCLE:|DOG_DONE"
    r"|HEALTH_CHECK|BRANCH_MISSING|READY_FOR_REVIEW|WORK_DONE\b|NUDGE\b)",
    re.IGNORECASE,
)
_NEVER = re.compile(r"HELP\b|.{0,4}HANDOFF\b", re.IGNORECASE)


class Held(Struct, frozen=True):
    """A message that somebody may put away: in their own mailbox, or claimed by them in a queue."""

    path: str
    message: Message

    @property
    def address(self) -> str:
        """The mailbox."""
        return self.path.removeprefix("mail/").rsplit("/", 2)[0]

    @property
    def box(self) -> str:
        """new, cur or archive."""
        return self.path.rsplit("/", 2)[1]

    def at(self, box: str) -> str:
        """Its path in another box of the same mailbox."""
        return layout.mailbox(self.address, box, basename(self.path)[:-3])


def find_held(snapshot: Snapshot, text: str, actor: str) -> tuple[Held, ...]:
    """The copies of the message that `text` means which are the actor's to put away: in their own mailbox,
    and in a queue where they claimed it.

    The overseer's are, by whole ids, those of any queue, channel or announce too. UserError for none.
    """
    try:
        own = [Held(*find_mail(snapshot, text, actor))]
        id: str = own[0].message.id
    except UserError as refusal:
        own, id, missing = [], text if "-" in text else f"msg-{text}", refusal
    shared = [
        Held(path, message)
        for path, address, message in elsewhere(snapshot, id)
        if snapshot.board(address) is not None
        and (message.claimed_by == actor or (actor == OVERSEER and not own))
    ]
    if not own and not shared:
        raise missing
    return (*own, *shared)


def plan_put(
    snapshot: Snapshot, texts: Iterable[str], box: str, actor: str
) -> tuple[tuple[Message, ...], Edit | None]:
    """Move these messages to a box of their mailboxes, no byte changed: the messages that moved, in one edit.

    Those that are there already are passed over, and what was put away does not become read by that.
    UserError, nothing moved, when one is not found.
    """
    held = _held(snapshot, texts, actor)
    moving = [each for each in held if each.box != box and (each.box, box) != ("archive", "cur")]
    moved = {each.message.id: each.message for each in moving}
    return tuple(moved.values()), _move(moving, box, actor)


def _held(snapshot: Snapshot, texts: Iterable[str], actor: str) -> tuple[Held, ...]:
    return tuple({each.path: each for text in texts for each in find_held(snapshot, text, actor)}.values())


def plan_archive(
    snapshot: Snapshot, address: str, fits: Callable[[Message], bool], actor: str
) -> tuple[tuple[Message, ...], Edit | None]:
    """Put away what fits in the mailbox; what is pinned stays."""
    letters = inbox(snapshot, address)
    moving = [Held(path, found) for path, found, _ in letters if not found.pinned and fits(found)]
    return tuple(each.message for each in moving), _move(moving, "archive", actor)


def plan_mark_all(snapshot: Snapshot, actor: str) -> tuple[tuple[Message, ...], Edit | None]:
    """Move everything unread of one's own to what is read."""
    moving = [Held(path, message) for path, message in snapshot.mail(actor, "new")]
    return tuple(each.message for each in moving), _move(moving, "cur", actor)


def plan_remove(snapshot: Snapshot, texts: Iterable[str], actor: str) -> tuple[tuple[Held, ...], Edit | None]:
    """Delete these messages; git's history keeps them. UserError, nothing deleted, when one is not found."""
    held = _held(snapshot, texts, actor)
    return held, _delete(held, actor)


def plan_clear(snapshot: Snapshot, address: str, actor: str) -> tuple[tuple[Held, ...], Edit | None]:
    """Delete what lies in a mailbox, read or not; what is pinned or was put away stays.

    UserError for the mailbox of somebody else, unless a person says so.
    """
    require_own(address, actor)
    held = tuple(Held(path, found) for path, found, _ in inbox(snapshot, address) if not found.pinned)
    return held, _delete(held, actor)


def require_own(address: str, actor: str) -> None:
    """UserError when somebody but the overseer would change another's mailbox."""
    if actor not in (address, OVERSEER):
        raise UserError(
            f"the mailbox of {address} is not yours", "only its owner and the overseer may do that"
        )


def is_stale(since: str) -> Callable[[Message], bool]:
    """Whether a message was sent before that time."""
    start = instant(since)
    return lambda message: start is not None and (sent := instant(message.sent)) is not None and sent < start


def is_noise(now: str, hours: float) -> Callable[[Message], bool]:
    """Whether a message is protocol traffic older than that; HELP and HANDOFF never are."""
    return lambda message: (
        bool(PROTOCOL.match(message.subject))
        and not _NEVER.match(message.subject)
        and hours_since(message.sent, now) >= hours
    )


def session_start(snapshot: Snapshot, actor: str) -> str:
    """When the actor's newest session began. UserError when none is known."""
    agent = snapshot.agent(Address(actor))
    began = max((each.started for each in agent.sessions), default="") if agent else ""
    if not began:
        raise UserError(f"no session of {actor} is known", "name the messages: gt mail archive ID...")
    return began


def queue_letters(snapshot: Snapshot, board: Board) -> list[Held]:
    """What lies in a queue, claimed or not, or on a channel or announce: the oldest first."""
    found = [
        Held(path, message) for box in ("new", "cur") for path, message in snapshot.mail(board.address, box)
    ]
    return sorted(found, key=lambda each: (each.message.sent, each.message.id))


def plan_claim(
    snapshot: Snapshot, queue: str, actor: str, now: str
) -> tuple[tuple[Board, Message] | None, Edit | None]:
    """Claim the oldest message that nobody has, of a queue or (named by "") of any that the actor may serve.

    None when there is none. UserError for an unknown queue, one that the actor may not serve, and one where
    as much is claimed as may be at once.
    """
    book = Book(snapshot)
    if queue:
        boards = [book.board(queue, "queue")]
        if not is_member(book, boards[0], actor):
            label = boards[0].label
            raise UserError(f"{actor} may not claim from {label}", f"gt mail queue show {boards[0].name}")
        if is_full(snapshot, boards[0]):
            most = boards[0].max_claims
            raise UserError(f"{boards[0].label} has {most} claimed, as many as it may", "finish one of them")
    else:
        boards = [each for each in snapshot.boards() if each.kind == "queue" and is_member(book, each, actor)]
    free = [
        (each.message.sent, each.message.id, board, each)
        for board in boards
        if not is_full(snapshot, board)
        for each in queue_letters(snapshot, board)
        if not each.message.claimed_by and not snapshot.is_broken(each.path)
    ]
    if not free:
        return None, None
    _, id, board, held = min(free, key=lambda each: each[:2])
    claimed = replace(held.message, claimed_by=actor, claimed_at=now)
    return (board, claimed), _rewrite(snapshot, held, claimed, "cur", f"claim: {id} by {actor}", actor)


def is_full(snapshot: Snapshot, board: Board) -> bool:
    """Whether as many messages of a queue are claimed as may be at once."""
    claimed = sum(bool(each.message.claimed_by) for each in queue_letters(snapshot, board))
    return bool(board.max_claims) and claimed >= board.max_claims


def plan_release(snapshot: Snapshot, text: str, actor: str) -> tuple[tuple[Board, Message], Edit | None]:
    """Give a claimed message back to its queue. UserError unless the actor claimed it, or is the overseer."""
    found = [
        (board, held)
        for board in snapshot.boards()
        if board.kind == "queue"
        for held in queue_letters(snapshot, board)
        if text in (held.message.id, held.message.id.removeprefix("msg-"))
    ]
    if not found:
        raise UserError(f"no message {text} in a queue", "see them with: gt mail queue list")
    board, held = found[0]
    who = held.message.claimed_by
    if not who:
        raise UserError(f"nobody has claimed {held.message.id}", f"gt mail claim {board.name}")
    if actor not in (who, OVERSEER):
        raise UserError(f"{held.message.id} was claimed by {who}", "only who claimed it can release it")
    free = replace(held.message, claimed_by="", claimed_at="")
    subject = f"release: {free.id} by {actor}"
    return (board, free), _rewrite(snapshot, held, free, "new", subject, actor)


def _rewrite(snapshot: Snapshot, held: Held, message: Message, box: str, subject: str, actor: str) -> Edit:
    text = kinds.edit(held.path, snapshot.text(held.path) or "", message)
    path = held.at(box)
    removes = (held.path,) if path != held.path else ()
    return Edit(subject=subject, files=((path, text),), removes=removes, actor=actor)


def _move(held: Iterable[Held], box: str, actor: str) -> Edit | None:
    moves = tuple((each.path, each.at(box)) for each in held)
    word = {"new": "unread", "cur": "read", "archive": "archive"}[box]
    return Edit(subject=f"{word}: {_told(moves)} by {actor}", moves=moves, actor=actor) if moves else None


def _delete(held: tuple[Held, ...], actor: str) -> Edit | None:
    paths = tuple((each.path, "") for each in held)
    if not paths:
        return None
    return Edit(
        subject=f"delete: {_told(paths)} by {actor}", removes=tuple(path for path, _ in paths), actor=actor
    )


def _told(paths: tuple[tuple[str, str], ...]) -> str:
    return basename(paths[0][0])[:-3] if len(paths) == 1 else f"{len(paths)} messages"
