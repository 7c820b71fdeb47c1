from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.board import Board
from gtlib.names import Address
from gtlib.rules import mail_boards
from gtlib.rules.mail_to import Book
from tests.support.world import NOW
from tests.support.world import committed
from tests.support.world import crew
from tests.support.world import world

BY_HAND = (
    "---\n# who codes\nmembers:\n  - proj/crew/max   # since May\n  - mayor\nmine: yes\n---\nWho codes.\n"
)


def made(kind: str, name: str, *members: str) -> Board:
    return mail_boards.made(kind, name, members, " What for. ", NOW, "overseer", Book(world(crew("max"))))


def test_a_board_is_a_file() -> None:
    town = world(crew("max"))
    board, edit = mail_boards.plan_create(town, made("group", "devs", "proj/max", "@witnesses"), "overseer")
    after = committed(town, edit)
    assert after.text("mail/groups/devs.md") == (
        '---\naddress: groups/devs\nmembers:\n  - "@witnesses"\n  - proj/crew/max\n'
        f"created: {NOW}\ncreated_by: overseer\n---\nWhat for.\n"
    )
    assert list(after.boards()) == [board]
    assert made("group", "list:ops").address == "lists/ops"
    with pytest.raises(UserError, match="there is a group devs"):
        mail_boards.plan_create(after, made("group", "devs"), "overseer")


@pytest.mark.parametrize(
    ("kind", "name", "what"),
    [
        ("queue", "a b", "'a b' is not a name for mail"),
        ("queue", "../x", "'../x' is not a name for mail"),
        ("queue", "", "'' is not a name for mail"),
        ("queue", "x" * 41, "is not a name for mail"),
        ("channel", "Mayor", "'Mayor' is reserved and cannot name a channel"),
        ("group", "new", "'new' is reserved"),
        ("channel", "queue:x", "'queue:x' is not the name of a channel"),
    ],
)
def test_names_that_are_none(kind: str, name: str, what: str) -> None:
    with pytest.raises(UserError, match=what):
        made(kind, name)


def test_members_come_and_go_and_the_file_stays_as_it_was_written() -> None:
    town = world(crew("max"), crew("ada"), files={"mail/groups/devs.md": BY_HAND})
    board, edit = mail_boards.plan_members(town, "devs", "group", ["proj/ada"], ["mayor"], "overseer")
    after = committed(town, edit)
    assert after.text("mail/groups/devs.md") == BY_HAND.replace("  - mayor\n", "").replace(
        "members:\n", "members:\n  - proj/crew/ada\n"
    )
    assert set(board.members) == {"proj/crew/max", "proj/crew/ada"}
    assert mail_boards.plan_members(after, "devs", "group", ["proj/max"], [], "overseer")[1] is None
    for add, remove, what in (
        (["nobdy"], [], "unknown address 'nobdy'"),
        (["devs"], [], "group:devs is in itself: group:devs > group:devs"),
        ([], ["deacon"], "'deacon' is not in group:devs"),
    ):
        with pytest.raises(UserError, match=what):
            mail_boards.plan_members(after, "devs", "group", add, remove, "overseer")
    with pytest.raises(UserError, match="no channel 'devs'"):
        mail_boards.plan_members(after, "devs", "channel", ["mayor"], [], "overseer")


def test_a_file_that_does_not_parse_is_not_written() -> None:
    town = world(files={"mail/groups/devs.md": "---\nmembers: [\n---\n"})
    assert [error.path for error in town.broken()] == ["mail/groups/devs.md"]
    with pytest.raises(UserError):
        mail_boards.plan_members(town, "devs", "group", ["mayor"], [], "overseer")


def test_what_holds_messages_is_deleted_only_with_them() -> None:
    text = kinds.render(Board(address=Address("queues/jobs")))
    letter = {"mail/queues/jobs/new/msg-aaaaa.md": "---\nto: queue:jobs\nsubject: S\n---\n"}
    town = world(files={"mail/queues/jobs.md": text, **letter})
    with pytest.raises(UserError, match="queue:jobs holds 1 message"):
        mail_boards.plan_delete(town, "jobs", "queue", False, "overseer")
    board, edit = mail_boards.plan_delete(town, "queue:jobs", "queue", True, "overseer")
    assert list(committed(town, edit).paths("mail/")) == []
    assert board.label == "queue:jobs"
