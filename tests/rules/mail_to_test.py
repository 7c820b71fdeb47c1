from __future__ import annotations

import pytest

from gtlib.errors import UserError
from gtlib.model.board import Board
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.mail_to import Book
from gtlib.rules.mail_to import is_member
from gtlib.rules.outbox import route
from gtlib.rules.retain import retain
from tests.support.world import NOW
from tests.support.world import committed
from tests.support.world import crew
from tests.support.world import letters
from tests.support.world import polecat
from tests.support.world import rig
from tests.support.world import world


def board(address: str, *members: str, **keys: int) -> Board:
    return Board(address=Address(address), members=members, **keys)


def folk(*boards: Board, files: dict[str, str] | None = None) -> Snapshot:
    return world(rig("web", "we"), polecat("toast"), polecat("nux"), crew("max"), *boards, files=files)


TOAST, NUX, MAX = "proj/polecats/toast", "proj/polecats/nux", "proj/crew/max"
BOARDS = (
    board("groups/devs", "proj/toast", "ops"),
    board("groups/ops", "@witnesses", MAX),
    board("lists/all", "group:devs", "overseer"),
    board("queues/jobs", "@polecats"),
    board("channels/news", "mayor", "proj/gone", "group:ops"),
    board("announces/rules"),
)


@pytest.mark.parametrize(
    ("text", "label", "places"),
    [
        ("proj/toast", TOAST, {TOAST}),
        ("group:devs", "group:devs", {TOAST, MAX, "proj/witness", "web/witness"}),
        ("devs", "group:devs", {TOAST, MAX, "proj/witness", "web/witness"}),
        ("list:all", "list:all", {TOAST, MAX, "proj/witness", "web/witness", "overseer"}),
        ("jobs", "queue:jobs", {"queues/jobs"}),
        ("queue:jobs", "queue:jobs", {"queues/jobs"}),
        ("news", "channel:news", {"channels/news", "mayor", MAX, "proj/witness", "web/witness"}),
        ("announce:rules", "announce:rules", {"announces/rules"}),
        ("@town", "@town", {"mayor", "deacon"}),
        ("@rig/proj", "@rig/proj", {TOAST, NUX, MAX, "proj/witness", "proj/refinery"}),
        ("@crew", "@crew", {MAX}),
        ("@crew/proj", "@crew/proj", {MAX}),
        ("@polecats/proj", "@polecats/proj", {TOAST, NUX}),
        ("@witnesses", "@witnesses", {"proj/witness", "web/witness"}),
        ("@refineries", "@refineries", {"proj/refinery", "web/refinery"}),
        ("@deacons", "@deacons", {"deacon"}),
        ("@overseer", "@overseer", {"overseer"}),
        ("*/witness", "*/witness", {"proj/witness", "web/witness"}),
        ("web/*", "web/*", {"web/witness", "web/refinery"}),
        ("proj/polecats/*", "proj/polecats/*", {TOAST, NUX}),
        ("proj/n*", "proj/n*", {NUX}),
    ],
)
def test_what_words_mean(text: str, label: str, places: set[str]) -> None:
    found = Book(folk(*BOARDS)).meant(text)
    assert (found.label, set(found.places)) == (label, places)
    assert len(found.places) == len(places)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("dves", "unknown address 'dves'", "did you mean devs?"),
        ("group:no", "no group 'no'", "there is: devs, ops"),
        ("group:../../town", "no group '../../town'", "there is: devs, ops"),
        ("@nobody", "unknown address '@nobody'", "one of: @town,"),
        ("@crew/nope", "'@crew/nope' names no rig of the town", "the rigs are: proj, web"),
        ("@crew/web", "nobody is in @crew/web", "gt mail directory"),
        ("@witnesses/proj", "unknown address '@witnesses/proj'", "one of:"),
        ("*/nobody", "nobody is in */nobody", "gt mail directory"),
        ("rules", "unknown address 'rules'", "did you mean announce:rules"),
        ("a", "'a' means group:a and queue:a", "say which: group:a"),
        ("group:one", "group:one is in itself: group:one > group:two > group:one", "take one of them out"),
        ("group:stale", "group:stale holds 'proj/gone': unknown address 'proj/gone'", "gt mail group remove stale proj/gone"),
    ],
)  # fmt: skip
def test_what_means_nobody_or_several(text: str, what: str, hint: str) -> None:
    more = (
        board("groups/a"), board("queues/a"), board("groups/one", "two"), board("groups/two", "group:one"),
        board("groups/stale", "proj/gone"),
    )  # fmt: skip
    shown = BOARDS if text in ("group:no", "group:../../town", "dves") else (*BOARDS, *more)
    with pytest.raises(UserError) as error:
        Book(folk(*shown)).meant(text)
    assert error.value.what == what
    assert error.value.hint.startswith(hint)


def test_groups_that_share_members_are_looked_up_once() -> None:
    """Each of forty groups names the next two: as a tree that would be 2 ** 20 look-ups."""
    deep = [board(f"groups/g{n}", f"g{n + 1}", f"g{min(n + 2, 40)}") for n in range(40)]
    assert Book(folk(*deep, board("groups/g40", "mayor"))).meant("g0").places == ("mayor",)


def test_members() -> None:
    book = Book(folk(*BOARDS))
    jobs, news, rules = (each for each in BOARDS if each.name in ("jobs", "news", "rules"))
    assert [is_member(book, jobs, who) for who in (TOAST, MAX, "overseer")] == [True, False, False]
    assert is_member(book, rules, "anybody")
    assert book.members(news) == ("mayor", "proj/witness", "web/witness", MAX)


def test_the_outbox_knows_groups_and_queues() -> None:
    note = "---\nto:\n  - devs\n  - queue:jobs\n  - '@nobody'\ncc:\n  - mayor\nsubject: Hello\n---\nLook at it.\n"
    town = folk(*BOARDS, files={"mail/outbox/note.md": note})
    edit = route(town, NOW)
    assert letters(edit) == {
        **dict.fromkeys((TOAST, MAX, "proj/witness", "web/witness", "queues/jobs", "mayor"), "Hello"),
        "overseer": "Undeliverable: Hello",
    }
    after = committed(town, edit)
    ((_, job),) = after.mail("queues/jobs", "new")
    assert (job.to, job.cc) == (("group:devs", "queue:jobs", "@nobody"), ("mayor",))
    ((_, back),) = after.mail("overseer", "new")
    assert "- unknown address '@nobody'; one of: @town" in back.body
    assert route(after, NOW) is None


def post(id: str, sent: str, pinned: bool = False) -> tuple[str, str]:
    more = "pinned: true\n" if pinned else ""
    text = f"---\nto: channel:news\nsubject: N\nsent: {sent}\n{more}---\n"
    return f"mail/channels/news/new/msg-{id}.md", text


def test_a_channel_keeps_so_many_and_so_long() -> None:
    posts = dict(
        [
            post("aaaaa", "2026-11-20T01:00:00Z"),
            post("bbbbb", "2026-11-20T06:00:00Z"),
            post("ccccc", "2026-11-18T07:00:00Z", pinned=True),
            post("ddddd", NOW),
            post("eeeee", NOW),
        ]
    )

    def gone(changed: frozenset[str] | None = None, **limits: int) -> set[str]:
        town = folk(board("channels/news", "mayor", **limits), files=posts)
        edit = retain(town, NOW, changed)
        assert edit is None or retain(committed(town, edit), NOW) is None
        return {path[-8:-3] for path in edit.removes} if edit else set()

    assert gone() == set()
    assert gone(retain_count=9) == set()
    assert gone(retain_count=2) == {"aaaaa", "bbbbb"}
    assert gone(retain_hours=4) == {"aaaaa"}
    assert gone(frozenset({"mail/channels/news/new/msg-ddddd.md"}), retain_count=1) == {
        "aaaaa",
        "bbbbb",
        "eeeee",
    }
    assert gone(frozenset({"mail/mayor/new/msg-ddddd.md"}), retain_count=1) == set()
