from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules.outbox import route
from gtlib.rules.route import resolve_address
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import committed
from tests.support.world import crew
from tests.support.world import letters
from tests.support.world import polecat
from tests.support.world import world

NOTE = "---\nto:\n  - mayor\n  - proj/max\nsubject: Hello\n---\nLook at it.\n"
LOST = "---\nfrom: proj/crew/max\nto:\n  - mayer\n  - overseer\nsubject: Hello\n---\nLook at it.\n"


def messages(snapshot: Snapshot, address: str) -> list[Message]:
    return [message for _, message in snapshot.mail(address, "new")]


def test_outbox_goes_to_every_recipient_and_is_gone() -> None:
    town = world(crew("max"), files={"mail/outbox/note.md": NOTE})
    edit = route(town, NOW)
    assert edit is not None
    after = committed(town, edit)
    assert edit.removes == ("mail/outbox/note.md",)
    assert letters(edit) == {"mayor": "Hello", "proj/crew/max": "Hello"}
    (mine,), (theirs,) = messages(after, "mayor"), messages(after, "proj/crew/max")
    assert mine == theirs
    assert (mine.sender, mine.sent, mine.thread, mine.body.strip()) == (
        "overseer",
        NOW,
        mine.id,
        "Look at it.",
    )
    assert route(after, NOW) is None


def test_the_same_file_again_is_a_new_message() -> None:
    town = world(crew("max"), files={"mail/outbox/note.md": NOTE})
    once = route(town, NOW)
    assert once is not None
    files = {**dict(once.files), "mail/outbox/note.md": NOTE}
    again = world(crew("max"), files=files)
    twice = route(again, LATER)
    assert twice is not None
    assert len(messages(again.with_edit(twice), "mayor")) == 2


def test_what_was_deleted_from_a_mailbox_stays_deleted() -> None:
    town = world(crew("max"), files={"mail/outbox/note.md": NOTE})
    edit = route(town, NOW)
    assert edit is not None
    rest = dict(edit.files[1:])
    assert route(world(crew("max"), files=rest), NOW) is None


def test_unknown_address_goes_back_and_the_others_get_theirs() -> None:
    town = world(crew("max"), files={"mail/outbox/note.md": LOST})
    edit = route(town, NOW)
    assert letters(edit) == {"overseer": "Hello", "proj/crew/max": "Undeliverable: Hello"}
    assert edit is not None
    (back,) = messages(town.with_edit(edit), "proj/crew/max")
    assert back.body.rstrip() == (
        "mail/outbox/note.md could not be delivered to everybody:\n"
        "- unknown address 'mayer'; did you mean mayor?\n"
        "\n"
        "Put it in mail/outbox/ again with an address of the town (gt mail directory lists them).\n"
        "\n"
        "The message was:\n"
        "\n"
        "> Look at it."
    )


def test_a_file_that_does_not_parse_waits() -> None:
    assert route(world(files={"mail/outbox/note.md": "---\nto: [\n---\n"}), NOW) is None


def test_a_reply_stays_in_its_thread() -> None:
    first = Message(
        id="msg-aaaaa", sender="mayor", to=("overseer",), subject="Q", thread="msg-root1", sent=NOW
    )
    reply = "---\nto:\n  - mayor\nsubject: Re\nreply_to: msg-aaaaa\n---\nYes.\n"
    files = {"mail/overseer/cur/msg-aaaaa.md": kinds.render(first), "mail/outbox/r.md": reply}
    town = world(files=files)
    edit = route(town, NOW)
    assert edit is not None
    (found,) = messages(town.with_edit(edit), "mayor")
    assert (found.thread, found.reply_to) == ("msg-root1", "msg-aaaaa")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("overseer", "overseer"),
        ("mayor/", "mayor"),
        ("proj/witness", "proj/witness"),
        ("proj/toast", "proj/polecats/toast"),
        ("proj/polecats/toast", "proj/polecats/toast"),
        ("proj/max", "proj/crew/max"),
    ],
)
def test_addresses(text: str, wanted: str) -> None:
    assert resolve_address(world(polecat("toast"), crew("max")), text) == wanted


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("myaor", "did you mean mayor"),
        ("proj/taost", "did you mean proj/toast"),
        ("other/toast", "did you mean"),
        ("zzz", "see gt agents"),
    ],
)
def test_unknown_addresses_name_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(UserError, match="unknown address") as error:
        resolve_address(world(polecat("toast")), text)
    assert error.value.hint.startswith(hint)


def test_a_name_that_two_share_is_no_short_address() -> None:
    with pytest.raises(UserError, match="unknown address"):
        resolve_address(world(polecat("max"), crew("max")), "proj/max")
