"""What a session is started with: in the words of its agent's file and the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions import session_spec
from gtlib.actions.session_spec import How
from gtlib.actions.session_spec import beacon
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.agent import Session
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes.presets import preset
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from tests.support import towns

NOW = "2026-11-20T08:00:00Z"
NATIVE = "0f5c2f0e-0000-4000-8000-000000000000"
CLAUDE = preset("claude")
HOOK = Hook(state="active", bead=ItemId("pr-1"), worktree="proj/polecats/toast", since=NOW)
PAST = Session(id="s-1", runtime="claude", native=NATIVE, bead=ItemId("pr-1"), outcome="died")
AGENT = Agent(address=Address("proj/polecats/toast"), hook=HOOK, sessions=(PAST,))


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town, and a claude that has the transcript of the last session."""
    config = tmp_path / "claude"
    (config / "projects" / "somewhere").mkdir(parents=True)
    (config / "projects" / "somewhere" / f"{NATIVE}.jsonl").write_text("{}\n", "utf-8")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    return towns.make_town(tmp_path / "town")


def made(town: Town, agent: Agent, run: Run | None = None) -> tuple[str, bool]:
    chosen = How(runtime="claude", mode="tmux", program=CLAUDE)
    run = run or Run(address=agent.address, session="s-2")
    spec = session_spec.session_spec(town, town.snapshot(), agent, agent.hook, chosen, run, NOW)
    return spec.native, spec.resume


def test_the_last_session_with_this_work_is_gone_on_with(town: Town) -> None:
    assert made(town, AGENT) == (NATIVE, True)
    once = Run(address=AGENT.address, session="s-2", attempts=1)
    assert made(town, AGENT, once) == (NATIVE, True)


@pytest.mark.parametrize(
    ("last", "attempts"),
    [
        (PAST, 2),  # what killed it twice may stand in its history
        (replace(PAST, bead=ItemId("pr-2")), 0),
        (replace(PAST, runtime="codex"), 0),
        (replace(PAST, native=""), 0),
        (replace(PAST, native="../../etc/passwd"), 0),
        (replace(PAST, native="11111111-0000-4000-8000-000000000000"), 0),  # its transcript is gone
        (replace(PAST, outcome="handoff"), 0),
        (replace(PAST, outcome="restarted"), 0),
    ],
)
def test_otherwise_a_new_one_begins(town: Town, last: Session, attempts: int) -> None:
    run = Run(address=AGENT.address, session="s-2", attempts=attempts)
    native, resumed = made(town, replace(AGENT, sessions=(last,)), run)
    assert not resumed
    assert native not in ("", last.native)


@pytest.mark.parametrize(
    ("hook", "before", "program", "words"),
    [
        (HOOK, None, "claude", "assigned:pr-1. There is work on your hook. Begin at once, without asking."),
        (
            HOOK,
            PAST,
            "claude",
            "resumed. Your session was cut off. See git status and `gt hook`, then go on with your work.",
        ),
        (
            HOOK,
            replace(PAST, outcome="submitted"),
            "claude",
            "back. Your work came back. See `gt hook` and `gt mail inbox`, and put right what is asked.",
        ),
        (
            None,
            None,
            "amp",
            "started. Run `gt prime` first and do what it says. "
            "Greet the overseer in a line, look at `gt hook` and `gt mail inbox`, and wait.",
        ),
    ],
)
def test_the_first_words_say_who_and_what_now(
    hook: Hook | None, before: Session | None, program: str, words: str
) -> None:
    said = beacon(AGENT, hook, preset(program), before, NOW)
    assert said == f"[gt] proj/polecats/toast <- deacon 2026-11-20T08:00 {words}"
