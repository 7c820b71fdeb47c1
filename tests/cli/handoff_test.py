"""`gt handoff`: the note first, then a fresh session that is told it, without a deacon."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import handoff
from gtlib.actions.successor import succeed
from gtlib.names import Address
from gtlib.runtimes import runs
from gtlib.store.town import Town
from gtlib.system import process
from gtlib.system.process import Proc
from tests import support
from tests.support import fake_towns
from tests.support import towns
from tests.support import working
from tests.support.asked import gt
from tests.support.working import TOAST

MAYOR = Address("mayor")
GT = shlex.join([sys.executable, "-P", "-m", "gtlib.cli", "gt"])


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with fake_towns.fake_town(tmp_path) as made:
        yield made


def whole(town: Town, *words: str) -> str:
    """In a process of its own, whose end the helper waits for."""
    done = support.gt(*words, cwd=town.root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ok(town: Town, *words: str) -> str:
    done = gt(*words, cwd=town.root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcomes(town: Town, address: str) -> list[tuple[str, str]]:
    return [(each.runtime, each.outcome) for each in working.agent(town, address).sessions]


def notes(town: Town, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ok(town, "resume", address, "--json"))
    return found


def test_from_inside_a_session_the_next_one_begins_anew(town: Town, tmp_path: Path) -> None:
    ok(town, "mayor", "start")
    first = runs.read(town.local, MAYOR)
    assert first is not None
    working.wait(lambda: bool(fake_towns.begun(tmp_path)))

    ok(
        town,
        "session",
        "inject",
        "mayor",
        "-m",
        f"RUN {GT} handoff -s half -m 'ask Ada' > {tmp_path}/said 2>&1",
    )
    working.wait(lambda: len(fake_towns.begun(tmp_path)) == 2)

    working.wait(lambda: [each for each, _ in outcomes(town, "mayor")] == ["fake", "fake"])
    second = runs.read(town.local, MAYOR)
    assert second is not None and second.session != first.session
    assert outcomes(town, "mayor") == [("fake", "handoff"), ("fake", "")]
    [note] = notes(town, "mayor")
    assert (note["subject"], note["body"], note["read"]) == ("🤝 HANDOFF: half", "ask Ada", False)
    assert (tmp_path / "said").read_text() == (
        f"note {note['id']} is saved: 🤝 HANDOFF: half\n"
        f"session {first.session} is ended now, and a fresh one of fake started: do nothing more here\n"
        "next: gt peek mayor\n"
    )
    again = gt("handoff", "mayor", cwd=town.root)
    assert again.returncode == 1 and again.stderr.startswith("error: mayor handed off ")
    assert len(notes(town, "mayor")) == 1


def test_a_polecats_work_stays_on_its_hook(town: Town, tmp_path: Path) -> None:
    working.sling(town)
    ok(town, "session", "start", TOAST)
    before = working.hook(town)
    (town.root / before.worktree / "half.txt").write_text("half")

    done = json.loads(whole(town, "handoff", TOAST, "-m", "half", "--json"))
    working.wait(lambda: len(fake_towns.begun(tmp_path)) == 2)

    assert (done["hook_bead"], done["dirty"], done["how"]) == ("pr-work1", ["half.txt"], "gt")
    after = working.hook(town)
    assert (after.bead, after.since, after.state) == (before.bead, before.since, "active")
    assert (town.root / after.worktree / "half.txt").read_text() == "half"
    assert outcomes(town, TOAST)[0] == ("fake", "handoff")


def test_down_ends_a_hand_off_that_is_going_on(town: Town, tmp_path: Path) -> None:
    ok(town, "mayor", "start")
    working.wait(lambda: len(fake_towns.begun(tmp_path)) == 1)
    ok(town, "handoff", "mayor", "-m", "x")  # from this process, whose end the helper waits for
    [helper] = handoff.helpers(town.local)
    ok(town, "down")
    assert not process.alive(helper) and handoff.helpers(town.local) == ()
    run = runs.read(town.local, MAYOR)
    assert run is not None and run.proc is not None and not process.alive(run.proc)
    assert len(fake_towns.begun(tmp_path)) == 1


def test_a_bead_goes_onto_the_hook_first(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ok(town, "crew", "add", "ada", "--rig", "proj")
    monkeypatch.chdir(town.root / "proj" / "crew" / "ada")  # a person who stands there
    done = gt("handoff", "pr-work1", "-m", "begin with the tests")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "pr-work1 is on the hook of proj/crew/ada"
    assert working.hook(town, "proj/crew/ada").bead == "pr-work1"
    assert [each["subject"] for each in notes(town, "proj/crew/ada")] == ["🤝 HANDOFF: pr-work1 Work"]
    assert "begin with the tests" in gt("resume").stdout


def test_without_a_session_the_note_waits(town: Town) -> None:
    tried = ok(town, "handoff", "mayor", "-s", "later", "-m", "x", "-n")
    assert tried == (
        "a note to mayor would be saved: 🤝 HANDOFF: later\n"
        "no session of mayor runs here: the next one would be told the note\n"
        "next: gt mayor start\n"
    )
    assert ok(town, "resume", "mayor") == "no session of mayor left a note\nnext: gt hook\n      gt prime\n"

    ok(town, "handoff", "mayor", "-s", "later", "--collect", "--reason", "it is late")

    [note] = notes(town, "mayor")
    assert note["body"] == (
        "Why: it is late\n\nOn the hook: nothing.\nUnread mail: 0.\nReady beads: 1.\n- pr-work1 Work"
    )
    assert ok(town, "resume", "mayor", "--status") == "1 note for mayor, 1 unread\n"
    assert "later" in ok(town, "prime", "--role", "mayor")


def test_a_note_that_cannot_be_saved_ends_nothing(town: Town) -> None:
    ok(town, "mayor", "start")
    run = runs.read(town.local, MAYOR)

    refused = gt("handoff", "mayor", "-s", "x" * 1000, cwd=town.root)

    assert refused.returncode == 1 and "the subject has 1011 characters" in refused.stderr
    assert runs.read(town.local, MAYOR) == run
    assert outcomes(town, "mayor") == [("fake", "")]


@pytest.mark.parametrize(
    ("words", "role", "said"),
    [
        ((), "", "you are the overseer, who has no session; say whose session: gt handoff mayor"),
        (("pr-work1",), "", "you are the overseer, who has no session; gt sling pr-work1 RIG puts it on a hook"),
        (("mayor",), "proj/witness", "mayor is not you (proj/witness); hand off your own session: gt handoff"),
        (("pr-nope",), "mayor", "no bead pr-nope; see them with: bd list --all"),
    ],
)  # fmt: skip
def test_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], role: str, said: str
) -> None:
    town = working.working_town(tmp_path, {"one": None})
    if role:
        monkeypatch.setenv("GT_ROLE", role)
    before = town.tip()
    done = gt("handoff", *words, cwd=town.root)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {said}\n")
    assert town.tip() == before


def test_a_note_that_its_own_session_was_shown_is_unread_again(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo 1 > one"})
    working.sling(town)
    done = json.loads(ok(town, "handoff", TOAST, "-m", "go on", "--json"))
    towns.git(
        town.root,
        "mv",
        f"mail/{TOAST}/new/{done['note']}.md",
        _made(town, f"mail/{TOAST}/cur/{done['note']}.md"),
    )
    towns.commit(town.root, "-m", "read")

    started = succeed(town, TOAST, "s-gone", done["note"], Proc(os.getpid(), "another"), "")

    assert started.proc is not None
    assert [each["read"] for each in notes(town, TOAST)] == [False]
    working.wait(lambda: (town.root / TOAST / "one").exists())
    ok(town, "down")


def _made(town: Town, path: str) -> str:
    (town.root / path).parent.mkdir(parents=True, exist_ok=True)
    return path
