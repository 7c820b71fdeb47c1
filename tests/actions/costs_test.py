"""What sessions have used: written down as it grows, counted once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gtlib.actions import costs as module
from gtlib.actions.costs import Spent
from gtlib.actions.costs import costs
from gtlib.actions.costs import over_budget
from gtlib.actions.costs import record
from gtlib.actions.costs import record_transcript
from gtlib.model.config import Limits
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes.base import Usage
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State

TOAST, NUX = Address("proj/polecats/toast"), Address("proj/polecats/nux")
DATA = Path(__file__).parents[1] / "data" / "transcripts"


def test_the_last_line_of_a_session_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert costs(tmp_path, "agent") == []
    monkeypatch.setenv("GT_NOW", "2026-11-20T23:59:00Z")
    assert record(tmp_path, TOAST, "s-1", Usage(input=10, output=1, cost=0.5, turns=1), bead="pr-1")
    assert not record(tmp_path, TOAST, "s-1", Usage(input=10, output=1, cost=0.5, turns=1), bead="pr-1")
    assert record(tmp_path, TOAST, "s-1", Usage(input=30, output=3, cost=0.7, turns=2), bead="pr-1")
    monkeypatch.setenv("GT_NOW", "2026-11-21T00:01:00Z")
    assert record(tmp_path, TOAST, "s-2", Usage(input=5, output=2, cache_read=7), bead="pr-2")
    assert record(tmp_path, NUX, "s-3", Usage(input=1, cache_write=4, cost=0.1), bead="pr-2")
    assert record(tmp_path, NUX, "s-3", Usage(input=2, cost=0.2), native="after /clear")
    assert costs(tmp_path, "agent") == [
        Spent(name=TOAST, sessions=2, turns=2, input=35, output=5, cache_read=7, cost=0.7),
        Spent(name=NUX, sessions=2, input=3, cache_write=4, cost=0.3),
    ]
    assert [(each.name, each.input) for each in costs(tmp_path, "bead")] == [
        ("pr-1", 30), ("no bead", 2), ("pr-2", 6),
    ]  # fmt: skip
    assert [(each.name, each.sessions) for each in costs(tmp_path, "day")] == [
        ("2026-11-20", 1), ("2026-11-21", 3),
    ]  # fmt: skip


def test_a_line_that_was_cut_is_passed_over(tmp_path: Path) -> None:
    record(tmp_path, TOAST, "s-1", Usage(input=1))
    with open(tmp_path / "costs.jsonl", "a", encoding="utf-8") as file:
        file.write('{"at": "2026\nnonsense\n')
    record(tmp_path, TOAST, "s-2", Usage(input=1))
    assert [each.sessions for each in costs(tmp_path, "agent")] == [2]


def test_the_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 2000)
    monkeypatch.setattr(module, "KEPT", 3)
    for number in range(100):
        record(tmp_path, TOAST, f"s-{number // 10}", Usage(input=number))
    assert (tmp_path / "costs.jsonl").stat().st_size < 3000
    assert sum(each.sessions for each in costs(tmp_path, "agent")) <= 12


@pytest.mark.parametrize("program", ["claude", "codex"])
def test_what_a_program_wrote_down_is_counted(tmp_path: Path, program: str) -> None:
    path = tmp_path / "projects" / "x" / ("rollout-1.jsonl" if program == "codex" else "1.jsonl")
    path.parent.mkdir(parents=True)
    shutil.copy(DATA / f"{program}.jsonl", path)
    state = State(session="s-1", native="n-1", transcript=str(path))
    assert record_transcript(tmp_path, TOAST, state)
    assert not record_transcript(tmp_path, TOAST, state)
    (by_hand,) = costs(tmp_path, "bead")
    assert by_hand.name == "no bead" and by_hand.output > 0
    runs.write(tmp_path, Run(address=NUX, session="s-1", runtime=program, bead=ItemId("pr-1")))
    assert record_transcript(tmp_path, NUX, state)
    assert {each.name for each in costs(tmp_path, "bead")} == {"no bead", "pr-1"}
    assert not record_transcript(tmp_path, NUX, State(session="s-1", transcript="/nowhere/projects/x.jsonl"))


def test_budgets_of_the_day_and_of_a_bead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def why(now: str, bead: str = "pr-1", **budgets: float) -> str:
        return over_budget(tmp_path, Limits(**budgets), bead, now)

    today, tomorrow = "2026-11-20T23:59:00Z", "2026-11-21T00:01:00Z"
    assert why(today, budget_day=1, budget_bead=1) == ""  # nothing was spent yet
    monkeypatch.setenv("GT_NOW", today)
    record(tmp_path, TOAST, "s-1", Usage(cost=3.0), bead="pr-1")
    monkeypatch.setenv("GT_NOW", tomorrow)
    record(tmp_path, TOAST, "s-1", Usage(cost=3.5), bead="pr-1")
    record(tmp_path, NUX, "s-2", Usage(cost=1.0), bead="pr-2")
    record(tmp_path, NUX, "s-3", Usage(input=100), bead="pr-2")

    assert why(tomorrow) == ""
    assert why(tomorrow, budget_day=1.6) == ""
    assert why(tomorrow, budget_day=1.5) == "1.50 US dollars were spent today, limits.budget_day is 1.5"
    assert why(tomorrow, budget_bead=3.5) == "3.50 US dollars were spent on pr-1, limits.budget_bead is 3.5"
    assert why(tomorrow, "pr-2", budget_bead=3.5) == ""
    assert why(tomorrow, "", budget_bead=0.1) == ""

    path = tmp_path / "costs.jsonl"
    path.write_text("nonsense\n")
    assert why(tomorrow, budget_day=1.5) == f"what was spent can't be read: {path} is spoilt"
    path.unlink()
    path.mkdir()
    assert why(tomorrow, budget_day=1.5) == f"what was spent can't be read: {path}: Is a directory"
    assert why(tomorrow) == ""
