"""Making groups, lists, queues, channels and announces, and saying who is in them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.board import FOLDERS
from gtlib.model.board import Board
from gtlib.model.board import board_address
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import require_writable
from gtlib.rules.mail_to import Book
from gtlib.rules.route import look_up


def plan_create(snapshot: Snapshot, board: Board, actor: str) -> tuple[Board, Edit | None]:
    """The board as a file. UserError when it is there, its name is an agent's, or a member means nobody."""
    if snapshot.exists(layout.path_of_board(board.address)):
        raise UserError(f"there is a {board.kind} {board.name}", f"gt mail directory, or edit {_path(board)}")
    if look_up(Book(snapshot).known, board.name):
        raise UserError(f"{board.name!r} is an agent's address", "choose another name")
    edit = _put(board, f"mail: {board.label} made", actor)
    _check(snapshot, edit, board, board.members)
    return board, edit


def plan_members(
    snapshot: Snapshot, name: str, kind: str, add: Iterable[str], remove: Iterable[str], actor: str
) -> tuple[Board, Edit | None]:
    """Members come and go; no edit when nothing changes.

    UserError for an unknown board, one to add that means nobody or would put a group into itself, and one to
    remove that is no member.
    """
    book = Book(snapshot)
    board = book.board(name, *((kind, "list") if kind == "group" else (kind,)))
    require_writable(snapshot, board)
    coming = tuple(dict.fromkeys(_short(book, text) for text in add))
    going = set()
    for text in remove:
        found = next((each for each in board.members if each in (text, _short(book, text))), None)
        if found is None:
            held = ", ".join(board.members) or "nobody"
            raise UserError(f"{text!r} is not in {board.label}", f"it has: {held}")
        going.add(found)
    members = tuple(dict.fromkeys((*(m for m in board.members if m not in going), *coming)))
    changed = replace(board, members=members)
    if set(members) == set(board.members):
        return board, None
    edit = _put(changed, f"mail: members of {board.label}", actor)
    _check(snapshot, edit, changed, coming)
    return changed, edit


def plan_delete(
    snapshot: Snapshot, name: str, kind: str, force: bool, actor: str
) -> tuple[Board, Edit | None]:
    """Take a board away; git's history keeps it. UserError when messages lie there, unless `force` takes
    them along.
    """
    board = Book(snapshot).board(name, *((kind, "list") if kind == "group" else (kind,)))
    letters = tuple(snapshot.paths(f"mail/{board.address}/"))
    if letters and not force:
        raise UserError(
            f"{board.label} holds {len(letters)} messages",
            "--force deletes them too (git's history keeps them)",
        )
    return board, Edit(subject=f"mail: {board.label} deleted", removes=(_path(board), *letters), actor=actor)


def made(
    kind: str, text: str, members: Iterable[str], description: str, now: str, actor: str, book: Book
) -> Board:
    """A new board as it is asked for. UserError for a name that is none."""
    prefix, colon, name = text.partition(":")
    if colon and prefix not in ((kind, "list") if kind == "group" else (kind,)):
        raise UserError(f"{text!r} is not the name of a {kind}", f"leave {prefix}: out")
    return Board(
        address=board_address(f"{FOLDERS[prefix if colon else kind]}/{name if colon else prefix}"),
        members=tuple(sorted({_short(book, each) for each in members})),
        created=now,
        created_by=actor,
        description=description.strip(),
    )


def _short(book: Book, text: str) -> str:
    """A member as the file says it: an agent by its whole address, all else as typed."""
    word = text.strip()
    return look_up(book.known, word) or word


def _check(snapshot: Snapshot, edit: Edit, board: Board, coming: Iterable[str]) -> None:
    book = Book(snapshot.with_edit(edit))
    for text in coming:
        book.check(text)
    book.check(board.label)


def _put(board: Board, subject: str, actor: str) -> Edit:
    return Edit(subject=subject, put=(board,), trailers=(("Event", "mail"),), actor=actor)


def _path(board: Board) -> str:
    return layout.path_of_board(board.address)
