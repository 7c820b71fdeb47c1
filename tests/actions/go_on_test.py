"""Hooks that were suspended go on when they can, and never for ever without a step done."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions import session
from gtlib.actions import settle
from gtlib.actions import shell_session
from gtlib.actions.allow import allow
from gtlib.actions.catch_up import catch_up
from gtlib.actions.go_on import go_on
from gtlib.actions.go_on import waits
from gtlib.actions.next_step import Next
from gtlib.actions.next_step import next_step
from gtlib.actions.skip_step import skip_step
from gtlib.actions.step import step
from gtlib.actions.which_runtime import which_runtime
from gtlib.errors import UserError
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Own
from gtlib.store.town import Town
from gtlib.system.process import Proc
from tests.support import towns
from tests.support import working
from tests.support.gitrepo import git
from tests.support.working import TOAST

NOW = "2026-11-20T08:00:00Z"
TWO = {"one": "echo one >> log.txt", "two": "echo two >> log.txt"}


class Rounds:
    """The deacon's rounds for one hook, its sessions in this process."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.number = 0

    def __call__(self, most: int = 8) -> int:
        """Rounds until nothing is to do, `most` of them at most; how many began a session."""
        began = 0
        for _ in range(most):
            catch_up(self.town)
            snapshot, agent = self.town.snapshot(), working.agent(self.town)
            if not waits(self.town, snapshot, agent):
                go_on(self.town, TOAST)
            if working.hook(self.town).state not in ("created", "active"):
                break
            if which_runtime(self.town.snapshot(), working.agent(self.town)) != "shell":
                break
            self.number += 1
            began += 1
            shell_session.serve(self.town, TOAST, f"s-{self.number}")
        return began


def count(town: Town) -> int:
    return int(towns.git(town.root, "rev-list", "--count", "HEAD"))


def gave_up(town: Town, why: str = "step two ended with exit status 1") -> None:
    """The third session without progress has just ended."""
    hook = working.hook(town)
    over = sum(each.state == "done" for each in working.molecule(town).steps)
    run = runs.Run(
        address=TOAST, bead=hook.bead, since=hook.since, session="s-9", attempts=2, done=over,
        runtime="shell", proc=Proc(1, "long ago"), ended=False,
    )  # fmt: skip
    runs.write(town.local, run)
    runs.write_own(town.local, TOAST, Own(session="s-9", outcome="failed", said=why))
    settle.settle(town, NOW)
    assert working.hook(town).state == "suspended"


def test_a_step_whose_tick_is_reverted_is_done_anew(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo one >> log.txt", "think": None})
    working.sling(town)
    rounds = Rounds(town)
    rounds()
    assert [each.state for each in working.molecule(town).steps] == ["done", "open"]
    before = count(town)
    ticked = towns.git(town.root, "log", "-1", "--format=%H", "--grep=^step: .* one done$").strip()
    towns.git(town.root, "revert", "--no-edit", ticked)

    rounds()

    assert [each.state for each in working.molecule(town).steps] == ["done", "open"]
    assert working.hook(town).state == "suspended"
    assert working.commits(town) == ["Do one", "Do one"]
    assert count(town) - before < 8


def test_what_came_to_nothing_is_not_tried_again_before_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = working.working_town(tmp_path, TWO)
    working.sling(town)
    real, why = next_step, ["the moon is full"]
    monkeypatch.setattr(shell_session, "next_step", lambda *args: Next(why=why[0]) if why else real(*args))
    rounds = Rounds(town)
    before = count(town)

    assert rounds() == 2
    assert count(town) - before == 5  # twice a start and a wait, once going on
    assert [rounds() for _ in range(3)] == [0, 0, 0]

    path = f"molecules/{working.molecule(town).id}.md"
    towns.put(town, path, towns.show(town, path).replace("**two**", "**two** again"))
    assert rounds() == 1
    assert allow_more(town)
    assert rounds() == 1
    assert rounds() == 0
    why.clear()
    go_on(town, TOAST)
    rounds()
    assert working.hook(town).state == "completed"


def allow_more(town: Town) -> bool:
    towns.put(town, "formulas/other.formula.toml", working.formula({"x": "echo new"}, "other"))
    return allow(town, "formulas/other.formula.toml") is not None


@pytest.mark.parametrize("how", ["skipped", "ticked"])
def test_a_last_step_that_was_held_and_is_ended_lets_the_work_be_handed_in(how: str, tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "echo one >> log.txt", "two": "exit 1"})
    working.sling(town)
    shell_session.serve(town, TOAST, "s-1")
    gave_up(town)
    rounds = Rounds(town)
    assert rounds() == 0
    name = f"{working.molecule(town).id}.two"

    if how == "skipped":
        skip_step(town, name, "overseer", "it never works")
    else:
        step(town, name, "overseer")

    assert which_runtime(town.snapshot(), working.agent(town)) == "shell"
    assert rounds() == 1
    assert working.hook(town).state == "completed"
    assert [each.status for each in town.snapshot().merges()] == ["ready"]
    run = runs.read(town.local, TOAST)
    assert run is not None and run.attempts == 0


def test_a_held_step_with_retry_that_is_last_and_skipped(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, TWO)
    text = working.formula({"one": "echo one >> log.txt", "two": "exit 1"}, "held")
    towns.put(town, "formulas/held.formula.toml", text.rstrip() + "\nretry = { attempts = 2 }\n")
    allow(town, "formulas/held.formula.toml")
    working.sling(town, name="held")
    rounds = Rounds(town)
    rounds()
    assert [each.state for each in working.molecule(town).steps] == ["done", "failed"]

    skip_step(town, f"{working.molecule(town).id}.two", "overseer", "never")

    assert rounds() == 1
    assert working.hook(town).state == "completed"


FAN = """
formula = "fan"
[[steps]]
id = "first"
title = "First"
run = "echo first > log.txt"
[[steps]]
id = "a"
title = "A"
needs = ["first"]
run = "true"
on_complete = { for_each = "output.xs", bond = "chore", parallel = true }
"""


def test_a_list_that_is_missing_is_told_to_the_overseer_whose_word_lets_it_go_on(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    towns.put(town, "formulas/fan.formula.toml", FAN)
    allow(town, "formulas/fan.formula.toml")
    working.sling(town, name="fan")
    rounds = Rounds(town)
    assert rounds(1) == 1
    own = runs.read_own(town.local, TOAST)
    assert own is not None and own.outcome == "failed"
    gave_up(town, own.said)
    assert working.mail(town) == [
        f"pr-work1: {TOAST} gave up, step a: it fans out to its output xs, a list of at most 1,000 items"
    ]

    step(town, f"{working.molecule(town).id}.a", "overseer")

    assert rounds() == 1
    assert working.hook(town).state == "completed"


def test_a_step_with_run_that_is_next_is_for_the_shell(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"a": "echo a > a", "b": None, "c": "echo c > c", "d": None})
    working.sling(town)
    rounds = Rounds(town)

    assert rounds() == 1
    assert working.hook(town).state == "suspended" and working.commits(town) == ["Do a"]
    for each in ("b", "d"):
        step(town, f"{working.molecule(town).id}.{each}", "overseer")
        assert rounds() == 1
    assert working.hook(town).state == "completed"


def test_a_runtime_that_a_person_names_works_on_what_is_there(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": None})
    working.sling(town)
    why = session.spawn(town, TOAST, NOW).why
    assert why.startswith("claude is not installed here")
    with pytest.raises(UserError, match="no runtime 'shel'"):
        session.start(town, TOAST, "overseer", NOW, "shel")

    started = session.start(town, TOAST, "overseer", NOW, "shell")

    assert started.proc is not None and working.agent(town).runtime == "shell"
    with pytest.raises(UserError, match="shell works on pr-work1 there now"):
        session.start(town, TOAST, "overseer", NOW, "manual")
    session.stop(town, TOAST)


def test_no_session_goes_on_by_what_a_worktree_alone_tells(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, TWO)
    working.sling(town)
    assert waits(town, town.snapshot(), working.agent(town))
    git(town.root / TOAST, "commit", "--allow-empty", "-m", "Mine")
    assert waits(town, town.snapshot(), working.agent(town))
