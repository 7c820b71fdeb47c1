"""Nudges: shown exactly once, acknowledged, or told that nobody has looked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtlib.actions import session
from gtlib.actions.doorbell import ring_for_nudges
from gtlib.actions.modes import runtime
from gtlib.actions.notify_level import notify_level
from gtlib.actions.nudge import LONGEST
from gtlib.actions.nudge import everybody
from gtlib.actions.nudge import nudge
from gtlib.actions.nudge import targets
from gtlib.cli.program import main
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import fake_towns
from tests.support import terminals
from tests.support.nudging import is_taken

MAYOR = Address("mayor")
NOW = "2026-11-20T08:00:00Z"
SECONDS = 20.0


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Town]:
    """A town whose program has no hooks."""
    with fake_towns.fake_town(tmp_path, hooks=False) as town:
        yield town


@pytest.fixture
def hooked(tmp_path: Path) -> Iterator[Town]:
    """A town whose program says what it does, and looks at nothing."""
    with fake_towns.fake_town(tmp_path) as town:
        yield town


def started(town: Town) -> None:
    assert session.start(town, MAYOR, OVERSEER, NOW).proc is not None
    run = runs.read(town.local, MAYOR)
    assert run is not None
    assert process.until(lambda: runtime(run.mode).activity(run) == "idle", SECONDS)


def said(tmp_path: Path) -> list[str]:
    return terminals.prompts(tmp_path / "record")


def test_where_no_hook_shows_it_the_command_is_typed_that_does(
    bare: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started(bare)
    found = nudge(bare, MAYOR, "look at the \x1b[31mred\x1b[0m test", OVERSEER, wait=1.0)
    assert (found.outcome, found.why) == ("unheard", "mayor was told to look, and has not looked yet")
    typed = [text for text in said(tmp_path) if "nudge" in text]
    assert typed == ["[gt] a nudge from overseer waits: run `gt nudge show`"]
    monkeypatch.chdir(bare.root)
    monkeypatch.setenv("GT_ROLE", MAYOR)
    assert main("gt", ["nudge", "show"]) == 0
    assert "nudge " in (told := capsys.readouterr().out) and "\nlook at the red test\n[end of data " in told
    assert is_taken(bare.local, MAYOR, found.id)
    assert main("gt", ["nudge", "show", found.id[-6:]]) == 0
    assert "\nlook at the red test\n[end of data " in capsys.readouterr().out
    assert nudges.put(bare.local, MAYOR, "Zoë <b>", "one", "normal")
    assert nudges.put(bare.local, MAYOR, "overseer", "two", "normal")
    run = runs.read(bare.local, MAYOR)
    assert run is not None and ring_for_nudges(bare.local, run) == ""
    assert said(tmp_path)[-1] == "[gt] 2 nudges wait: run `gt nudge show`"


def test_who_was_rung_and_has_not_looked_is_told_as_an_error(hooked: Town, tmp_path: Path) -> None:
    started(hooked)
    found = nudge(hooked, MAYOR, "hello", OVERSEER, wait=2.0)
    assert found.outcome == "unheard"
    assert found.why == "mayor was told to look, and has not looked yet"
    assert [each.message for each in nudges.waiting(hooked.local, MAYOR)] == ["hello"]
    assert "[gt] Look: a nudge waits for you." in said(tmp_path)


def test_without_a_session_it_waits_for_the_next_one(bare: Town) -> None:
    found = nudge(bare, MAYOR, "hello", OVERSEER)
    assert found.outcome == "unheard"
    assert found.why == "no session of mayor runs here; the next one is shown it: gt mayor start"
    later = nudge(bare, MAYOR, "later", OVERSEER, mode="queue")
    assert (later.outcome, later.why) == ("queued", found.why)
    assert [each.message for each in nudges.waiting(bare.local, MAYOR)] == ["hello", "later"]
    deacon = nudge(bare, Address("deacon"), "session-started", OVERSEER)
    assert (deacon.outcome, deacon.why) == ("unheard", "no deacon runs; gt up starts one")


def test_who_does_not_want_to_be_disturbed_is_not(bare: Town) -> None:
    assert notify_level(bare, MAYOR, "muted", OVERSEER)
    assert not notify_level(bare, MAYOR, "muted", OVERSEER)
    assert nudge(bare, MAYOR, "hello", OVERSEER, mode="queue").outcome == "muted"
    assert nudges.waiting(bare.local, MAYOR) == []
    assert nudge(bare, MAYOR, "fire", OVERSEER, mode="queue", urgent=True).outcome == "queued"
    assert nudge(bare, MAYOR, "hello", OVERSEER, mode="queue", force=True).outcome == "queued"
    assert [each.message for each in nudges.waiting(bare.local, MAYOR)] == ["fire", "hello"]
    assert notify_level(bare, MAYOR, "normal", OVERSEER)
    assert nudge(bare, MAYOR, "again", OVERSEER, mode="queue").outcome == "queued"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("", "there is nothing to say"),
        ("\x1b[2J \x00", "there is nothing to say"),
        ("x" * (LONGEST + 1), f"{LONGEST + 1} characters are too many, {LONGEST} is the most"),
    ],
)
def test_what_can_not_be_said_is_refused(bare: Town, words: str, what: str) -> None:
    with pytest.raises(UserError) as refused:
        nudge(bare, MAYOR, words, OVERSEER)
    assert refused.value.what == what
    assert nudges.waiting(bare.local, MAYOR) == []


def test_too_many_are_refused_and_none_is_lost(bare: Town) -> None:
    for number in range(nudges.MOST):
        nudge(bare, MAYOR, f"{number}", OVERSEER, mode="queue")
    with pytest.raises(UserError) as refused:
        nudge(bare, MAYOR, "one more", OVERSEER, mode="queue")
    assert refused.value.what == f"{nudges.MOST} nudges wait for mayor already"
    told = [each.message for each in nudges.claim(bare.local, MAYOR, "s-1")]
    assert told == [str(n) for n in range(nudges.MOST)]
    assert nudges.claim(bare.local, MAYOR, "s-2") == []


def test_whom_it_means(bare: Town) -> None:
    snapshot: Any = bare.snapshot()
    assert targets(snapshot, "mayor") == (MAYOR,)
    with pytest.raises(UserError):
        targets(snapshot, "nobody-of-that-name")
    assert everybody(bare) == () == everybody(bare, "proj")
    with pytest.raises(UserError, match="no rig 'nosuch'"):
        everybody(bare, "nosuch")
    assert nudge(bare, OVERSEER, "hello", OVERSEER).outcome == "person"
    assert nudges.waiting(bare.local, OVERSEER) == []
