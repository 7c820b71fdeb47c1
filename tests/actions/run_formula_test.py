"""Formulas that are run: a convoy formula by an agent for each leg, a workflow by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions.done import done
from gtlib.actions.feed import feed
from gtlib.actions.land import land
from gtlib.actions.shell_session import serve
from gtlib.actions.trust import commands
from gtlib.actions.trust import text_of
from gtlib.actions.unsling import unsling
from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.formula import parse
from gtlib.model.recipe import read
from gtlib.names import Address
from gtlib.rules.base import holder
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from tests.support import inside
from tests.support import rigged
from tests.support import towns

NOW = "2026-11-20T08:00:00Z"
LOOK = """\
formula = "look"
type = "convoy"
description = "Look at it"
agent = "codex"

[inputs.pr]
required = true
required_unless = ["files"]

[inputs.files]
default = ""

[prompts]
base = "Look: {{.leg.title}}. {{.leg.description}}"

[output]
directory = "reports"
leg_pattern = "{{.leg.id}}.md"
synthesis = "all.md"

[[legs]]
id = "right"
title = "Is it right?"
description = "Look closely."

[[legs]]
id = "fast"
title = "Is it fast?"
agent = "claude-opus"

[[legs]]
id = "ran"
title = "Does it run?"
run = "mkdir -p reports && echo fine > reports/ran.md"

[[legs]]
id = "said"
title = "Is it said?"
review_only = true
run = "true"

[synthesis]
title = "Bring it together"
description = "Write {{.output_path}}."
run = "cat reports/ran.md > reports/all.md"
depends_on = ["ran", "said"]
"""


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town, _, _ = rigged.make(tmp_path)
    rigged.formula(town, LOOK, "look")
    for _, _, run in commands(parse("formulas/look.formula.toml", LOOK)):
        allow_text(town.local, text_of(run), "test")
    return town


def run(town: Town, *words: str) -> str:
    done = inside.run(town.root, "gt", *words)
    assert (done.code, done.err) == (0, ""), done
    return done.out


def refused(town: Town, *words: str, code: int = 1) -> str:
    """The one line of a refusal, which left the town as it was."""
    before = town.tip()
    done = inside.run(town.root, "gt", *words)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done
    assert (town.tip(), towns.status(town)) == (before, "")
    return done.err.removeprefix("error: ").rstrip("\n")


def started(town: Town) -> dict[str, Bead]:
    """The beads of a run over two files, by leg."""
    shape = json.loads(
        run(
            town,
            "formula",
            "run",
            "look",
            "--files",
            "a.py",
            "--files",
            "b.py",
            "--agent",
            "claude",
            "--json",
        )
    )
    assert [(leg["id"], leg["agent"], bool(leg["target"])) for leg in shape["legs"]] == [
        ("right", "claude", True),
        ("fast", "claude-opus", True),
        ("ran", "shell", True),
        ("said", "shell", True),
        ("synthesis", "shell", False),
    ]
    return {leg["id"]: bead(town, leg["bead"]) for leg in shape["legs"]}


def bead(town: Town, id: str) -> Bead:
    found = next((each for each in town.snapshot().beads() if each.id == id), None)
    assert found is not None
    return found


def convoy(town: Town) -> Convoy:
    (found,) = town.snapshot().convoys()
    return found


def work(town: Town, of: Bead) -> None:
    """Let the shell runtime do what is on the hook of who has it, and land it."""
    who = holder(town.snapshot(), of.id)
    assert who is not None
    assert serve(town, who.address, "s-test") == 0
    assert land(town, "proj", NOW) is not None


def test_a_convoy_formula_becomes_beads_on_hooks_in_one_commit(town: Town) -> None:
    tip = town.tip()
    beads = started(town)
    assert towns.git(town.root, "rev-list", "--count", f"{tip}..").strip() == "1"
    made = convoy(town)
    assert towns.git(town.root, "log", "-1", "--format=%s").strip() == f"run: {made.id} {made.title}"
    assert (made.tracks, made.feed, made.title) == (
        tuple(sorted(each.id for each in beads.values())),
        "proj",
        "look: Look at it",
    )
    assert beads["right"].description == (
        "Look: Is it right?. Look closely.\n\n"
        "Write what you find to `reports/right.md`, and commit it.\nFile: a.py\nFile: b.py"
    )
    assert beads["synthesis"].description == "Write reports/all.md.\n\nFile: a.py\nFile: b.py"
    assert beads["synthesis"].needs == tuple(sorted((beads["ran"].id, beads["said"].id)))
    assert (beads["synthesis"].status, beads["right"].status) == ("open", "hooked")
    agents = {
        leg: each.runtime for leg, of in beads.items() if (each := holder(town.snapshot(), of.id)) is not None
    }
    assert agents == {"right": "claude", "fast": "claude-opus", "ran": "shell", "said": "shell"}
    molecules = {each.bead: each for each in town.snapshot().molecules()}
    ran = molecules[beads["ran"].id]
    assert [step.id for step in ran.steps] == ["ran"]
    assert read(ran.recipe)[ran.steps[0].id].run == "mkdir -p reports && echo fine > reports/ran.md"
    assert (ran.vars["files"], molecules[beads["said"].id].extra) == ("a.py,b.py", {"review_only": True})


def test_the_synthesis_is_slung_once_when_what_it_needs_is_closed(town: Town) -> None:
    beads = started(town)
    assert feed(town) == ()
    work(town, beads["ran"])
    assert feed(town) == ()
    work(town, beads["said"])
    said, last = bead(town, beads["said"].id), beads["synthesis"]
    assert (said.status, said.close_reason) == ("closed", "Reviewed, nothing to land")
    assert feed(town) == (f"{convoy(town).id}: sling: {last.id} to {bead(town, last.id).assignee}",)
    assert last.id in convoy(town).fed
    tip = town.tip()
    assert (feed(town), town.tip()) == ((), tip)
    # A person who takes it off the hook has it: it is not slung again.
    unsling(town, last.id, "overseer")
    tip = town.tip()
    assert (feed(town), town.tip()) == ((), tip)


def test_a_review_may_end_without_a_commit(town: Town) -> None:
    beads = started(town)
    who = holder(town.snapshot(), beads["said"].id)
    assert who is not None and who.hook is not None
    run(town, "mol", "step", "done", f"{who.hook.molecule}.said")
    assert done(town, who.address, "", NOW) is not None
    outcome = land(town, "proj", NOW)
    assert outcome is not None and (outcome.status, outcome.reason) == ("superseded", "nothing to land")
    after = town.snapshot().agent(Address(who.address))
    assert after is not None and after.hook is not None and after.hook.state == "archived"
    assert bead(town, beads["said"].id).status == "closed"
    tip = town.tip()
    assert (land(town, "proj", NOW), town.tip()) == (None, tip)


def test_what_is_fed_keeps_to_the_limit(town: Town) -> None:
    text = towns.show(town, "town.yaml")
    towns.put(town, "town.yaml", text + "limits:\n  rig_sessions: 1\n")
    for number in range(3):
        rigged.bead(town, f"pr-bead{number}", f"Bead {number}")
    tracks = "".join(f"  - pr-bead{number}\n" for number in range(3))
    towns.put(town, "convoys/hq-cv-aaaaa.md", f"---\ntitle: All\nfeed: proj\ntracks:\n{tracks}---\n")
    (line,) = feed(town)
    assert line.startswith("hq-cv-aaaaa: sling: pr-bead")
    assert feed(town) == ()
    (slung,) = (each for each in town.snapshot().beads() if each.status == "hooked")
    (molecule,) = town.snapshot().molecules()
    assert (molecule.bead, molecule.formula) == (slung.id, "polecat-work")


def test_dry_runs_and_refusals_change_nothing(town: Town) -> None:
    tip = town.tip()
    shown = run(town, "formula", "run", "look", "--pr", "12", "--dry-run").splitlines()
    assert [line for line in shown if line and not line.startswith("      ")] == [
        "would make a convoy in proj: look: Look at it",
        "  right  Is it right?  (by codex)",
        "  fast  Is it fast?  (by claude-opus)",
        "  ran  Does it run?  (by shell)",
        "  said  Is it said?  (by shell)",
        "  synthesis  Bring it together  (by shell, after ran, said)",
        "nothing was made",
    ]
    assert "      Pull request: 12" in shown
    assert town.tip() == tip
    assert (
        refused(town, "formula", "run", "look")
        == "formula look needs a value for one of pr, files; add one of --set pr=..., --set files=..."
    )
    assert refused(town, "formula", "run", "look", "--set", "nope=1").startswith(
        'formula look has no variable "nope"; '
    )
    assert refused(town, "formula", "run", "look", "--pr", "1", "--agent", "claud") == (
        "no runtime 'claud'; did you mean claude?"
    )
    assert refused(town, "formula", "run", "look", "--pr", "1", "--rig", "nope").startswith("no rig 'nope'; ")
    assert refused(town, "formula", "run", code=2) == (
        "no formula is named; gt formula run NAME, or workflow.default_formula in proj/settings/config.json"
    )
    for kind in ("expansion", "aspect"):
        run(town, "formula", "create", f"my-{kind}", "--type", kind)
    assert refused(town, "formula", "run", "my-expansion") == (
        "my-expansion is an expansion: it takes the place of a step; "
        'write expand = "my-expansion" in a step of a workflow, and run that'
    )
    assert refused(town, "sling", "my-aspect", "proj") == (
        "my-aspect is an aspect: it is woven into other formulas; "
        'write aspects = ["my-aspect"] below [compose] of a workflow, and run that'
    )
    assert refused(town, "sling", "look") == "look is worked on by several agents; gt formula run look"


def test_a_workflow_gets_a_bead_and_is_slung(town: Town) -> None:
    rigged.formula(town)
    towns.put(town, "proj/settings/config.json", '{"workflow": {"default_formula": "chore"}}')
    assert run(town, "formula", "run", "--dry-run") == (
        "would make a bead 'chore', and put it on a hook of proj, with chore, 2 steps\nnothing was made\n"
    )
    tip = town.tip()
    shape = json.loads(run(town, "formula", "run", "--json"))
    assert towns.git(town.root, "rev-list", "--count", f"{tip}..").strip() == "1"
    made = bead(town, shape["bead"])
    assert (made.title, made.status, shape["formula"]) == ("chore", "hooked", "chore")
    found = town.snapshot().molecule(shape["molecule"])
    assert found is not None and found.steps[0].title == f"One for {made.id}"
    rigged.bead(town, "pr-aaaaa", "Mine")
    shape = json.loads(run(town, "formula", "run", "chore", "--on", "aaaaa", "--json"))
    assert (shape["bead"], bead(town, "pr-aaaaa").status) == ("pr-aaaaa", "hooked")


def test_sling_takes_a_formula(town: Town) -> None:
    rigged.formula(town)
    shape = json.loads(run(town, "sling", "chore", "proj/ace", "--create", "--json"))
    assert (shape["target"], shape["formula"], shape["slung"]) == ("proj/polecats/ace", "chore", True)
    assert bead(town, shape["bead"]).title == "chore"
    rigged.bead(town, "pr-aaaaa", "Mine")
    shape = json.loads(run(town, "sling", "chore", "--on", "pr-aaaaa", "--json"))
    assert (shape["bead"], shape["formula"]) == ("pr-aaaaa", "chore")
    assert refused(town, "sling", "chore", "--on", "pr-aaaaa", "--formula", "x", code=2).startswith(
        "two formulas are named; "
    )
    assert refused(town, "sling", "chre", "proj").startswith("no bead chre")


def test_a_formula_that_was_just_begun_runs_to_its_end(town: Town) -> None:
    run(town, "formula", "create", "begun")
    run(town, "allow", "--yes", "formulas/begun.formula.toml")
    shape = json.loads(run(town, "sling", "begun", "proj", "--json"))
    work(town, bead(town, shape["bead"]))
    ended = bead(town, shape["bead"])
    assert (ended.status, ended.close_reason) == ("closed", "Reviewed, nothing to land")
