"""The built-in formulas from the sling to the landed commit, by the shell runtime in a real rig.

What an agent would think out is a script that the town's overlay gives the step; the steps that overlays
can't reach, of expansions and of rounds, are committed by hand, as an agent does. One town for all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.actions import feed
from gtlib.actions.check_gates import check_gates
from gtlib.names import ItemId
from gtlib.rules.flow import OVER
from tests.support import ROOT
from tests.support import gitrepo
from tests.support import inside
from tests.support.playing import Play
from tests.support.playing import Stage

MAKEFILE = "test:\n\t@echo tested\nbuild:\n\t@echo built > out\n"

# A formula of the town that is made of built-in ones: the usual five steps with tests first, and audited.
HOUSE = """
formula = "house"
extends = ["shiny"]
[compose]
aspects = ["security-audit"]
[[compose.expand]]
target = "implement"
with = "tdd-cycle"
vars = { test_command = "make check" }
"""
OVERLAYS = {
    "polecat-work": {
        "load-context": "true",
        "implement": 'echo "$issue" > "$issue.txt"',
        "self-review": "true",
        "test": 'test "$(cat "$issue.txt")" = "$issue"',
        "submit": "true",
    },
    "house": {
        "design": "true",
        "review": 'echo "$feature" > feature.txt',
        "test": "test -s feature.txt",
        "submit": "true",
    },
    "code-review": {
        leg: f'mkdir -p "$directory" && echo "{leg} of $branch" > "$directory/{leg}.md"'
        for leg in (
            "correctness", "security", "performance", "resilience", "tests", "readability", "fit"
        )
    }
    | {"synthesis": 'cat "$directory"/*.md > report && mv report "$directory/report.md"'},
    "design": {
        leg: f'mkdir -p "$directory" && echo {leg} > "$directory/{leg}.md"'
        for leg in ("api", "data", "ux", "scale", "security", "integration")
    }
    | {"synthesis": 'cat "$directory"/*.md > all && mv all "$directory/design.md"'},
    "bug-triage": {
        "reproduce": 'echo "reproduced=$(test "$bug" = ghost && echo no || echo yes)" >> "$GT_OUTPUT"',
        "ask": 'bd label add "$issue" needs-info',
        "answered": "true",
        "cause": """
test "$bug" = ghost || found='"Another: `x` $(y)", "A third"'
echo "found=[$found]" >> "$GT_OUTPUT"
""",
        "prove": "echo 'test -e \"$bug\"' > proof.sh && ! sh proof.sh",
        "fix": 'echo fixed > "$bug" && sh proof.sh',
        "submit": "true",
    },
    "conflict-resolve": {
        "look": 'git fetch -q origin && echo "files=1" >> "$GT_OUTPUT"',
        "rebase": (
            'git rebase -q "origin/$target" ||'
            " { printf 'theirs\\nours\\n' > shared && git add shared &&"
            " GIT_EDITOR=true git rebase --continue; }"
        ),
        "compare": "test \"$(cat shared)\" = 'theirs\nours'",
        "test": 'git merge-base --is-ancestor "origin/$target" HEAD',
        "submit": "true",
    },
    "idea-to-plan": {},
}  # fmt: skip
PLANNING = {
    "intake": 'mkdir -p "$directory" && echo "$idea" > "$directory/requirements.md"',
    "purpose": 'echo "For whom?" >> "$directory/questions.md"',
    "gaps": 'echo "How many?" >> "$directory/questions.md"',
    "limits": 'echo "questions=$(wc -l < "$directory/questions.md")" >> "$GT_OUTPUT"',
    "ask": 'gt mail send overseer -s "Questions about the plan" -m "$(cat "$directory/questions.md")"',
    "clarify": 'echo "For all, three." >> "$directory/requirements.md"',
    "plan": 'echo "1. One thing" > "$directory/plan.md"',
    "beads": """
one=$(bd create --silent "The first piece" -d "It is there")
two=$(bd create --silent "The second piece" -d "It is there, too" --deps "$one")
echo "beads=[\\"$one\\", \\"$two\\"]" >> "$GT_OUTPUT"
""",
}
OVERLAYS["idea-to-plan"] = PLANNING
OVERLAYS["idea-to-delivery"] = {id: script for id, script in PLANNING.items() if id != "plan"} | {
    "convoy": """
ids=$(bd list --json --title-contains piece --sort title | sed -n 's/^.*"id": *"\\(.*\\)".*$/\\1/p')
gt convoy create "Delivered" $ids --human
echo "beads=[$(echo $ids | sed 's/[^ ][^ ]*/"&"/g; s/ /, /g')]" >> "$GT_OUTPUT"
""",
    "summary": 'ls > "$directory/summary.md"',
}
REVIEWERS = "correctness security performance resilience tests readability fit"


_STAGES: dict[Path, Stage] = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("built-in")


@pytest.fixture
def stage(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The town with its overlays, and `gt` and `bd` of this checkout on PATH for the scripts."""
    programs = folder / "bin"
    if folder not in _STAGES:
        programs.mkdir()
        for name in ("gt", "bd"):
            text = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m gtlib.cli {name} "$@"\n'
            (programs / name).write_text(text, encoding="utf-8")
            (programs / name).chmod(0o755)
        made = Stage(folder, {"README": "hello\n", "Makefile": MAKEFILE, "shared": "old\n"}, hooks=False)
        made.put(house=HOUSE)
        for name, steps in OVERLAYS.items():
            made.overlay(name, steps)
        _STAGES[folder] = made
    monkeypatch.setenv("PATH", f"{programs}:{Path('/usr/bin')}:{Path('/bin')}")
    yield _STAGES[folder]
    _STAGES[folder].settle()


def ended(play: Play, order: str, skipped: str = "") -> None:
    """Every box is ticked in that order, the work has landed, and nothing runs or waits any more."""
    assert play.order() == order.split()
    states = play.states()
    assert {id for id, state in states.items() if state == "skipped"} == set(skipped.split())
    assert set(states.values()) <= OVER and play.molecule.status == "closed"
    assert play.stage.land() == [f"landed {play.bead}"]
    bead = play.town.snapshot().bead(ItemId(play.bead))
    assert bead is not None and bead.status == "closed"
    for id in play.molecule.gates.values():
        gate = play.town.snapshot().bead(ItemId(id))
        assert gate is not None and gate.status == "closed", id


def answer(play: Play) -> None:
    """A person opens the gates that wait for one."""
    for step, id in play.molecule.gates.items():
        gate = play.town.snapshot().bead(ItemId(id))
        if gate is not None and gate.status != "closed" and gate.await_ == "human":
            ran = inside.run(play.town.root, "bd", "gate", "resolve", id, "--reason", f"yes to {step}")
            assert ran.code == 0, ran.err


def test_release(stage: Stage) -> None:
    play = stage.begin("release", {"version": "1.4.0"})
    play.run()
    ended(play, "bump-version run-tests build create-tag publish")
    assert (stage.landed("VERSION"), stage.landed("out")) == ("1.4.0", "built")
    assert gitrepo.git(stage.repo, "cat-file", "-t", "v1.4.0") == "tag"


def test_polecat_work(stage: Stage) -> None:
    play = stage.begin("polecat-work", {"issue": "pr-b"})
    play.run()
    ended(play, "load-context implement self-review test submit")
    assert stage.landed("pr-b.txt") == "pr-b"


def test_shiny_with_tests_first_and_audited(stage: Stage) -> None:
    play = stage.begin("house", {"feature": "A door"})
    play.run(Play.by_agent)
    cycle = "threats write-tests see-red implement see-green tidy"
    looks = "input secrets rights dependencies verdict"
    order = " ".join(f"implement.{step}" for step in f"{cycle} {looks}".split())
    ended(play, f"design {order} review test submit")
    assert stage.landed("feature.txt") == "A door"


def test_code_review_as_one_molecule(stage: Stage) -> None:
    play = stage.begin("code-review", {"branch": "topic"})
    play.run()
    ended(play, f"{REVIEWERS} synthesis")
    assert sorted(stage.landed("review/report.md").splitlines()) == [
        f"{leg} of topic" for leg in sorted(REVIEWERS.split())
    ]


def test_design_by_an_agent_for_each_leg(stage: Stage) -> None:
    ran = inside.run(
        stage.town.root, "gt", "formula", "run", "design", "--rig", "proj", "--set", "problem=A house"
    )
    assert ran.code == 0, ran.err
    [convoy] = [
        convoy for convoy in stage.town.snapshot().convoys() if convoy.extra.get("formula") == "design"
    ]
    assert len(convoy.fed) == 6
    stage.work()
    feed.feed(stage.town)
    stage.work()

    snapshot = stage.town.snapshot()
    beads = [snapshot.bead(id) for id in convoy.tracks]
    assert [bead.status for bead in beads if bead is not None] == ["closed"] * 7
    again = snapshot.convoy(convoy.id)
    assert again is not None and again.status == "closed"
    assert stage.landed("design/design.md").splitlines() == [
        "api", "data", "integration", "scale", "security", "ux",
    ]  # fmt: skip


def test_bug_triage(stage: Stage) -> None:
    play = stage.begin("bug-triage", {"bug": "A creak", "issue": "pr-x"})
    play.run()
    ended(play, "reproduce cause cause.1.file cause.2.file prove fix submit", skipped="ask answered")
    found = {bead.title: bead for bead in stage.town.snapshot().beads() if "triage" in bead.labels}
    assert sorted(found) == ["A third", "Another: `x` $(y)"]
    assert {bead.type for bead in found.values()} == {"bug"}
    assert stage.landed("A creak") == "fixed"


def test_bug_triage_of_what_nobody_sees(stage: Stage) -> None:
    play = stage.begin("bug-triage", {"bug": "ghost", "issue": "pr-b0001"})
    play.run(answer)
    ended(play, "reproduce ask answered cause prove fix submit")
    assert stage.landed("ghost") == "fixed"
    bead = stage.town.snapshot().bead(ItemId("pr-b0001"))
    assert bead is not None and bead.labels == ("needs-info",)


def test_conflict_resolve(stage: Stage) -> None:
    play = stage.begin("conflict-resolve")
    (play.worktree / "shared").write_text("ours\n", encoding="utf-8")
    gitrepo.git(play.worktree, "commit", "-q", "-am", "Ours")
    theirs = gitrepo.clone(stage.host, stage.host.parent / "theirs")
    gitrepo.commit(theirs, "Theirs", {"shared": "theirs\n"})
    gitrepo.git(theirs, "push", "-q", "origin", "HEAD:main")

    play.run()
    ended(play, "look rebase compare test submit")
    assert stage.landed("shared") == "theirs\nours"


VERDICTS = {"polish.iter1.verdict": "holds=no", "polish.iter2.verdict": "holds=yes"}


def on_the_plan(play: Play) -> None:
    answer(play)
    play.by_agent(VERDICTS)


def test_idea_to_plan(stage: Stage) -> None:
    play = stage.begin("idea-to-plan", {"idea": "A garden"})
    play.run(on_the_plan)
    rounds = "polish.iter1.verdict polish.iter1.revise polish.iter2.verdict"
    ended(play, f"intake purpose gaps limits ask clarify plan {rounds} beads", skipped="polish.iter2.revise")
    ready = {bead.title: bead for bead in stage.town.snapshot().beads()}
    assert ready["The second piece"].needs == (ready["The first piece"].id,)
    for bead in (ready["The second piece"], ready["The first piece"]):
        inside.run(stage.town.root, "bd", "close", bead.id, "--force")


def test_idea_to_delivery(stage: Stage) -> None:
    play = stage.begin("idea-to-delivery", {"idea": "A gate"})

    def meanwhile(play: Play) -> None:
        on_the_plan(play)
        if "convoy" in play.molecule.fanned:
            check_gates(stage.town, "deacon")
            stage.work()

    play.run(meanwhile)
    plan = " ".join(f"plan.{step}" for step in ("draft", "right", "clear", "hard-cases", "finish"))
    rounds = "polish.iter1.verdict polish.iter1.revise polish.iter2.verdict"
    done = "convoy.1.sling convoy.1.landed convoy.2.sling convoy.2.landed"
    ended(
        play,
        f"intake purpose gaps limits ask clarify {plan} {rounds} beads convoy {done} summary",
        skipped="polish.iter2.revise",
    )


@pytest.mark.parametrize(("disks", "poured"), [(3, False), (2, True)])
def test_hanoi(stage: Stage, disks: int, poured: bool) -> None:
    play = stage.begin("hanoi", {"disks": str(disks)}, poured=poured)
    play.run()
    moves = " ".join(f"moves.iter{number}.move" for number in range(1, 2**disks))
    ended(play, f"setup {moves} verify")
    peg = "1" if disks % 2 == 0 else "2"
    assert stage.landed(f"hanoi/peg{peg}").split() == [str(disk) for disk in range(disks, 0, -1)]
    assert len(stage.landed("hanoi/moves").splitlines()) == 2**disks - 1
