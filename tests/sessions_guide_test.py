"""docs/sessions.md says the numbers and names that the code has."""

from __future__ import annotations

import re

from gtlib.actions import handoff
from gtlib.actions import nudge
from gtlib.actions import session
from gtlib.actions.headless_session import BOUNDS
from gtlib.actions.modes import MODES
from gtlib.deacon import cases
from gtlib.deacon.loop import TIMER_SECONDS
from gtlib.model.config import Limits
from gtlib.rules import prime_fit
from gtlib.rules import rings
from gtlib.rules import stop
from gtlib.runtimes import nudges
from gtlib.runtimes import pace
from gtlib.runtimes import typist
from gtlib.runtimes.presets import presets
from tests.support import ROOT

TEXT = (ROOT / "docs/sessions.md").read_text("utf-8")
LINE = " ".join(TEXT.split())
WORDS = {2: "two", 3: "three", 5: "five", 6: "six"}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table whose first heading is that."""
    table = TEXT.partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n")[2:]]


def test_the_limits_of_a_town() -> None:
    limits = Limits()
    found = {key.strip("`"): float(value) for key, value, _ in rows("key of `limits`")}
    assert found == {key: getattr(limits, key) for key in found}
    assert (
        f"After {WORDS[limits.attempts]} attempts, or after {limits.attempts * session.MOST_STARTS} sessions"
        in LINE
    )


def test_modes_of_nudges_and_of_sessions() -> None:
    assert [row[0].strip("`") for row in rows("mode") if len(row) == 2] == [*nudge.MODES]
    assert sorted(re.findall(r"^\| `(\w+)` \| (?:the program|a process|started)", TEXT, re.M)) == sorted(
        MODES
    )


def test_where_hooks_stand() -> None:
    said: dict[str, str] = {}
    for names, _ in rows("program"):
        said |= dict.fromkeys(re.findall(r"[a-z]+", names.partition(", agents")[0]), names)
    hooks = {name: each.hooks for name, each in presets().items()}
    by_file = {name for name, each in hooks.items() if each.format and each.place == "flag" and each.file}
    in_worktree = {name for name, each in hooks.items() if each.place == "worktree"}
    without = {name for name, each in hooks.items() if not each.format}
    groups = [{name for name, row in said.items() if row == names} for names in dict.fromkeys(said.values())]
    assert groups == [by_file, {"codex"}, in_worktree, without]


def test_numbers() -> None:
    bounds, turn, most = BOUNDS, BOUNDS.turn, Limits().attempts * session.MOST_STARTS
    for words in (
        f"at most {prime_fit.BUDGET:,} tokens, about {prime_fit.BUDGET * prime_fit.CHARACTERS:,} characters",
        f"not within {nudge.WAIT_SECONDS:.0f} seconds",
        f"{nudges.NORMAL_SECONDS / 60:.0f} minutes long (`--priority urgent`: {WORDS[int(nudges.URGENT_SECONDS / 3600)]} hours)",
        f"within the last {WORDS[int(typist.PERSON_SECONDS)]} seconds",
        f"More than {nudge.LONGEST:,} characters, or more than {nudges.MOST} that wait",
        f"{WORDS[stop.MOST].capitalize()} refusals in a row",
        f"it waits for {cases.NUDGE_SECONDS:.0f} seconds",
        f"it has been silent for {rings.WORK_SECONDS:.0f} seconds",
        f"gets {rings.START_SECONDS:.0f} seconds to start",
        f"for {WORDS[rings.MOST_RINGS]} times at most, a minute apart",
        f"{bounds.reminders} reminders in a row",
        f"{bounds.steady} turns in a row that end no step, {bounds.hourly} turns in an hour",
        f"after {pace.STEADY} turns in a row that ended no step, whatever was committed, and after {pace.HOURLY} turns in an",
        f"costs {Limits().attempts * pace.STEADY} turns: {WORDS[Limits().attempts]} sessions of {pace.STEADY}",
        f"costs {most * pace.STEADY} when each session",
        f": {most} sessions of {pace.STEADY}",
        f"{turn.silent / 60:.0f} minutes of silence, {WORDS[int(turn.long / 3600)]} hours in all, {turn.flood // 2**20} MiB",
        f"SIGTERM, {WORDS[int(session.STOP_SECONDS)]} seconds",
        f"Within {WORDS[int(handoff.COOLDOWN_SECONDS / 60)]} minutes of the last one",
    ):
        assert words in LINE
    assert rings.AGAIN_SECONDS < TIMER_SECONDS == 60
