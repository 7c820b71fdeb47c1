"""Idle sessions are told to look, those whose work is over end, and frozen ones too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions import session
from gtlib.actions import settle
from gtlib.actions.modes import runtime
from gtlib.actions.send import send
from gtlib.actions.unsling import unsling
from gtlib.deacon import rung
from gtlib.deacon.bells import Bells
from gtlib.names import Address
from gtlib.rules import rings
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import Letter
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import fake_towns
from tests.support import terminals
from tests.support import towns
from tests.support import working
from tests.support.working import TOAST

MAYOR = Address("mayor")
NOW = "2026-11-20T08:00:00Z"
SECONDS = 20.0
MAIL = "[gt] Look: you have mail (gt mail inbox)."
WORK = "[gt] There is work on your hook: step one. Go on (gt hook)."


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town whose agents' program stops at once and waits for words."""
    with fake_towns.fake_town(tmp_path) as found:
        yield found


class Rung:
    """The bells of a town, one round at a time, and what they said."""

    def __init__(self, town: Town) -> None:
        self.lines: list[str] = []
        self._town = town
        self._bells = Bells(town, self.lines.append, lambda about, line: self.lines.append(line))

    def round(self) -> None:
        """Look once, and wait for what is being told."""
        self._bells.round(self._town.snapshot())
        self._bells.stop(SECONDS)


def started(town: Town, address: Address) -> Run:
    found = session.start(town, address, OVERSEER, NOW)
    assert found.proc is not None, found.why
    assert process.until(lambda: rests(town, address), SECONDS)
    return run_of(town, address)


def rests(town: Town, address: Address) -> bool:
    state = runs.read_state(town.local, address)
    return (
        state is not None
        and state.event == "stop"
        and runtime("tmux").activity(run_of(town, address)) == "idle"
    )


def run_of(town: Town, address: Address) -> Run:
    found = runs.read(town.local, address)
    assert found is not None
    return found


def long_ago(town: Town, address: Address, seconds: float) -> None:
    """As if the session had begun, and come to rest, so long ago."""
    run, state = run_of(town, address), runs.read_state(town.local, address)
    assert state is not None
    runs.write(town.local, replace(run, began=run.began - seconds))
    told = rung.read(town.local, run)
    kinds = {kind: replace(each, at=each.at - seconds) for kind, each in told.kinds.items()}
    rung.write(town.local, run, replace(told, kinds=kinds))
    runs.write_state(town.local, address, replace(state, at=state.at - seconds))


def said(path: Path, words: str) -> int:
    return terminals.prompts(path / "record").count(words)


def test_mail_is_rung_for_once_and_again_later_but_not_for_ever(town: Town, tmp_path: Path) -> None:
    started(town, MAYOR)
    bells = Rung(town)
    bells.round()
    assert bells.lines == []
    send(town, Letter(to=("mayor",), subject="Hello"), OVERSEER)
    for _ in range(2):
        bells.round()
    assert said(tmp_path, MAIL) == 1
    for _ in range(rings.MOST_RINGS + 1):
        process.until(lambda: rests(town, MAYOR), SECONDS)
        long_ago(town, MAYOR, rings.AGAIN_SECONDS)
        bells.round()
    assert said(tmp_path, MAIL) == rings.MOST_RINGS
    assert bells.lines[-1] == f"mayor: told {rings.MOST_RINGS} times of a mail, and did not look"
    assert runtime("tmux").alive(run_of(town, MAYOR))


def test_who_does_not_go_on_with_its_work_is_told_then_replaced(town: Town, tmp_path: Path) -> None:
    working.sling(town)
    run = started(town, TOAST)
    bells = Rung(town)
    bells.round()
    assert said(tmp_path, WORK) == 0  # it may go on by itself
    towns.git(town.root / TOAST, "commit", "--quiet", "--allow-empty", "-m", "words alone")
    for _ in range(rings.MOST_RINGS + 1):
        process.until(lambda: rests(town, TOAST), SECONDS)
        long_ago(town, TOAST, rings.AGAIN_SECONDS)
        bells.round()
    assert said(tmp_path, WORK) == rings.MOST_RINGS
    assert not runtime("tmux").alive(run)
    assert settle.settle(town, NOW) == (f"{TOAST}: session {run.session} idle",)
    assert (run_of(town, TOAST).attempts, run_of(town, TOAST).ended) == (1, True)


def test_a_session_whose_work_is_over_ends(town: Town) -> None:
    working.sling(town)
    run = started(town, TOAST)
    state = runs.read_state(town.local, TOAST)
    assert state is not None
    unsling(town, "pr-work1", OVERSEER)
    Rung(town).round()
    assert not runtime("tmux").alive(run)
    assert settle.settle(town, NOW) == (f"{TOAST}: session {run.session} over",)
    agent = town.snapshot().agent(TOAST)
    assert agent is not None
    assert [(each.outcome, each.native) for each in agent.sessions] == [("over", state.native)]


def test_each_step_gets_a_session_of_its_own_where_it_was_slung_so(town: Town) -> None:
    working.sling(town)
    run = started(town, TOAST)
    path = f"molecules/{working.molecule(town).id}.md"
    text = towns.show(town, path)
    towns.put(town, path, text.replace("\nstatus:", "\nmode: ralph\nstatus:", 1))
    bells = Rung(town)
    bells.round()
    assert runtime("tmux").alive(run)  # it has done nothing yet
    text = towns.show(town, path)
    towns.put(town, path, text.replace("- [ ]", "- [x]", 1))
    bells.round()
    assert not runtime("tmux").alive(run)
    assert settle.settle(town, NOW) == (f"{TOAST}: session {run.session} step over",)
    assert (run_of(town, TOAST).attempts, run_of(town, TOAST).ended) == (0, True)


def test_a_session_that_nobody_wrote_down_is_known_all_the_same(town: Town) -> None:
    working.sling(town)
    run = started(town, TOAST)
    text = towns.show(town, f"agents/{TOAST}.md")
    towns.put(town, f"agents/{TOAST}.md", text[: text.index("sessions:")] + "---\n")
    runs.write(town.local, replace(run, proc=None))  # its starter was killed before it knew
    again = session.spawn(town, TOAST, NOW)
    assert again.proc == run.proc
    Rung(town).round()
    agent = town.snapshot().agent(TOAST)
    assert agent is not None
    assert [each.id for each in agent.sessions] == [run.session]


def test_what_works_and_does_not_move_for_long_is_ended(town: Town, tmp_path: Path) -> None:
    working.sling(town)
    started(town, TOAST)
    gate = tmp_path / "gate"
    assert runtime("tmux").deliver(run_of(town, TOAST), f"UNTIL {gate}", SECONDS) == ""
    bells = Rung(town)
    bells.round()
    towns.put(town, "town.yaml", towns.show(town, "town.yaml") + "limits:\n  frozen: 0\n")
    assert process.until(lambda: ended(town, bells), SECONDS)
    assert bells.lines[-1] == f"{TOAST}: nothing moved for 0 s, its session is ended"


def ended(town: Town, bells: Rung) -> bool:
    bells.round()
    return not runtime("tmux").alive(run_of(town, TOAST))
