from __future__ import annotations

import re

import pytest

from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Session
from gtlib.model.board import Board
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules import mail_box
from gtlib.rules import mail_find
from tests.support.world import LATER
from tests.support.world import NOW
from tests.support.world import committed
from tests.support.world import crew
from tests.support.world import polecat
from tests.support.world import world

EARLY = "2026-11-20T07:00:00Z"
MAX = "proj/crew/max"


def letter(id: str, subject: str = "S", sent: str = NOW, **keys: object) -> Message:
    given = {"sender": "mayor", "to": (MAX,), **keys}
    return Message(id=ItemId(f"msg-{id}"), subject=subject, sent=sent, **given)  # type: ignore[arg-type]


def town(*messages: Message, box: str = "new", at: str = MAX, more: dict[str, str] | None = None) -> Snapshot:
    files = {f"mail/{at}/{box}/{each.id}.md": kinds.render(each) + "\n" for each in messages}
    sessions = (Session(id="a", started=EARLY, ended=NOW), Session(id="b", started=NOW))
    queue = Board(address=Address("queues/jobs"), members=("@crew", "@polecats"), max_claims=2)
    return world(crew("max", sessions=sessions), polecat("toast"), queue, files={**files, **(more or {})})


def lies(snapshot: Snapshot, at: str = MAX) -> list[str]:
    return [path.removeprefix(f"mail/{at}/") for path in snapshot.paths(f"mail/{at}/")]


def test_put_moves_and_changes_no_byte() -> None:
    before = town(letter("aaaaa"), letter("bbbbb"))
    moved, edit = mail_box.plan_put(before, ["aaaaa", "msg-aaaaa", "2"], "archive", MAX)
    after = committed(before, edit)
    assert lies(after) == ["archive/msg-aaaaa.md", "new/msg-bbbbb.md"] or len(moved) == 2
    assert mail_box.plan_put(after, ["aaaaa"], "archive", MAX) == ((), None)
    assert mail_box.plan_put(after, ["aaaaa"], "cur", MAX) == ((), None)
    assert after.text(f"mail/{MAX}/archive/msg-aaaaa.md") == before.text(f"mail/{MAX}/new/msg-aaaaa.md")
    back = committed(after, mail_box.plan_put(after, ["aaaaa"], "new", MAX)[1])
    assert "new/msg-aaaaa.md" in lies(back)
    with pytest.raises(UserError, match="no message zzz"):
        mail_box.plan_put(before, ["aaaaa", "zzz"], "archive", MAX)
    with pytest.raises(UserError, match="no message msg-aaaaa for mayor"):
        mail_box.plan_put(before, ["msg-aaaaa"], "archive", "mayor")


def test_stale_and_noise_are_put_away_but_what_is_pinned() -> None:
    before = town(
        letter("aaaaa", sent=EARLY), letter("bbbbb"), letter("ccccc", sent=EARLY, pinned=True),
        letter("ddddd", "POLECAT_DONE nux", EARLY), letter("eeeee", "POLECAT_DONE nux", LATER),
        letter("fffff", "HELP: merge_failed", EARLY), letter("ggggg", "🤝 HANDOFF: x", EARLY),
        letter("hhhhh", "polecats are done", EARLY),
    )  # fmt: skip
    assert mail_box.session_start(before, MAX) == NOW
    stale, edit = mail_box.plan_archive(before, MAX, mail_box.is_stale(NOW), MAX)
    assert sorted(each.id[4] for each in stale) == ["a", "d", "f", "g", "h"]
    assert edit is not None and edit.subject == f"archive: 5 messages by {MAX}"
    noise, _ = mail_box.plan_archive(before, MAX, mail_box.is_noise(LATER, 0.5), MAX)
    assert [each.id for each in noise] == ["msg-ddddd"]
    noise, _ = mail_box.plan_archive(before, MAX, mail_box.is_noise(LATER, 0), MAX)
    assert sorted(each.id[4] for each in noise) == ["d", "e"]
    with pytest.raises(UserError, match="no session of overseer is known"):
        mail_box.session_start(before, "overseer")


def test_clear_is_for_the_owner_and_the_overseer() -> None:
    before = town(letter("aaaaa"), letter("bbbbb", pinned=True))
    for actor in (MAX, "overseer"):
        held, edit = mail_box.plan_clear(before, MAX, actor)
        assert [each.message.id for each in held] == ["msg-aaaaa"]
        assert lies(committed(before, edit)) == ["new/msg-bbbbb.md"]
    with pytest.raises(UserError, match="the mailbox of proj/crew/max is not yours"):
        mail_box.plan_clear(before, MAX, "mayor")
    assert mail_box.plan_clear(town(), MAX, MAX) == ((), None)


JOBS = (
    letter("bbbbb", "second", NOW, to=("queue:jobs",)),
    letter("aaaaa", "first", EARLY, to=("queue:jobs",)),
)


def test_a_message_of_a_queue_has_one_holder() -> None:
    now = town(*JOBS, letter("ccccc", "third", LATER), at="queues/jobs")
    found, edit = mail_box.plan_claim(now, "jobs", MAX, LATER)
    assert found is not None and edit is not None
    assert (found[1].id, found[1].claimed_by, found[1].claimed_at) == ("msg-aaaaa", MAX, LATER)
    assert edit.subject == f"claim: msg-aaaaa by {MAX}"
    after = committed(now, edit)
    assert lies(after, "queues/jobs") == ["cur/msg-aaaaa.md", "new/msg-bbbbb.md", "new/msg-ccccc.md"]
    other, edit = mail_box.plan_claim(after, "", "proj/polecats/toast", LATER)
    assert other is not None and other[1].id == "msg-bbbbb"
    full = committed(after, edit)
    with pytest.raises(UserError, match="queue:jobs has 2 claimed, as many as it may"):
        mail_box.plan_claim(full, "jobs", MAX, LATER)
    assert mail_box.plan_claim(full, "", MAX, LATER) == (None, None)
    with pytest.raises(UserError, match="mayor may not claim from queue:jobs"):
        mail_box.plan_claim(now, "jobs", "mayor", LATER)
    assert mail_box.plan_claim(now, "", "mayor", LATER) == (None, None)


def test_only_who_claimed_it_releases_it_and_puts_it_away() -> None:
    now = town(*JOBS, at="queues/jobs")
    claimed = committed(now, mail_box.plan_claim(now, "jobs", MAX, LATER)[1])
    with pytest.raises(UserError, match="msg-aaaaa was claimed by proj/crew/max"):
        mail_box.plan_release(claimed, "aaaaa", "proj/polecats/toast")
    with pytest.raises(UserError, match="nobody has claimed msg-bbbbb"):
        mail_box.plan_release(claimed, "msg-bbbbb", MAX)
    with pytest.raises(UserError, match="no message x in a queue"):
        mail_box.plan_release(claimed, "x", MAX)
    for actor in (MAX, "overseer"):
        _, edit = mail_box.plan_release(claimed, "msg-aaaaa", actor)
        free = committed(claimed, edit)
        path = "mail/queues/jobs/new/msg-aaaaa.md"
        assert free.text(path) == now.text(path)
    with pytest.raises(UserError, match="no message msg-aaaaa"):
        mail_box.plan_put(claimed, ["msg-aaaaa"], "archive", "proj/polecats/toast")
    moved, edit = mail_box.plan_put(claimed, ["aaaaa"], "archive", MAX)
    assert lies(committed(claimed, edit), "queues/jobs") == ["archive/msg-aaaaa.md", "new/msg-bbbbb.md"]
    assert len(moved) == 1


def test_a_claim_written_by_hand_counts() -> None:
    by_hand = kinds.render(letter("aaaaa", claimed_by="proj/polecats/toast"))
    now = town(more={"mail/queues/jobs/new/msg-aaaaa.md": by_hand})
    assert mail_box.plan_claim(now, "jobs", MAX, LATER) == (None, None)


def test_search() -> None:
    now = town(
        letter("aaaaa", "Red build", body="it broke"), letter("bbbbb", "Green", body="red again", sender="deacon"),
        more={f"mail/{MAX}/archive/msg-ccccc.md": kinds.render(letter("ccccc", "Reddish"))},
    )  # fmt: skip

    def ids(text: str, **keys: object) -> set[str]:
        found = mail_find.search(now, MAX, re.compile(text, re.IGNORECASE), **keys)  # type: ignore[arg-type]
        return {message.id[4] for _, message, _ in found}

    assert ids("red") == {"a", "b"}
    assert ids("red", archive=True) == {"a", "b", "c"}
    assert ids("red", fields=("subject",)) == {"a"}
    assert ids("red", fields=("body",)) == {"b"}
    assert ids("red", sender="DEA") == {"b"}
    assert ids("^x") == set()


def test_a_thread_is_a_tree_of_what_one_has_or_sent() -> None:
    root = letter("aaaaa", sent=EARLY, thread="msg-aaaaa")
    answer = letter("bbbbb", sender=MAX, to=("mayor",), thread="msg-aaaaa", reply_to=root.id)
    aside = letter("ccccc", sender="deacon", to=("mayor",), sent=LATER, thread="msg-aaaaa", reply_to=root.id)
    ring = [
        letter("ddddd", thread="r", reply_to=ItemId("msg-eeeee")),
        letter("eeeee", thread="r", reply_to=ItemId("msg-ddddd")),
    ]
    files = {f"mail/mayor/new/{each.id}.md": kinds.render(each) for each in (answer, aside)}
    now = town(root, *ring, more=files)

    def shown(id: str, actor: str) -> list[tuple[int, str]]:
        return [(depth, message.id) for depth, message in mail_find.thread(now, id, actor)]

    assert shown("aaaaa", MAX) == [(0, "msg-aaaaa"), (1, "msg-bbbbb")]
    assert shown("msg-bbbbb", MAX) == [(0, "msg-aaaaa"), (1, "msg-bbbbb")]
    assert shown("msg-ccccc", "overseer") == [(0, "msg-aaaaa"), (1, "msg-bbbbb"), (1, "msg-ccccc")]
    assert shown("ccccc", "mayor") == [(0, "msg-aaaaa"), (1, "msg-bbbbb"), (1, "msg-ccccc")]
    assert sorted(shown("ddddd", MAX)) == [(0, "msg-ddddd"), (0, "msg-eeeee")]


def test_what_became_of_each_copy() -> None:
    sent = letter("aaaaa", to=("group:devs", MAX, "deacon"), cc=("queue:jobs",))
    text = kinds.render(sent)
    files = {
        "mail/overseer/cur/msg-aaaaa.md": text,
        "mail/proj/witness/archive/msg-aaaaa.md": text,
        "mail/queues/jobs/cur/msg-aaaaa.md": text.replace("subject:", "claimed_by: mayor\nsubject:"),
    }
    message, copies = mail_find.track(town(sent, more=files), "aaaaa", "mayor")
    assert message == sent
    assert [(each.address, each.state, each.claimed_by) for each in copies] == [
        ("deacon", "deleted", ""),
        ("overseer", "acked", ""),
        (MAX, "pending", ""),
        ("proj/witness", "archived", ""),
        ("queues/jobs", "acked", "mayor"),
    ]
    with pytest.raises(UserError, match="no message msg-aaaaa for proj/polecats/toast"):
        mail_find.track(town(sent), "msg-aaaaa", "proj/polecats/toast")
