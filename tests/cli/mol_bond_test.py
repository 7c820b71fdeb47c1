"""`bd mol pour`, `bond`, `distill`, `stale`, `seed`: molecules made of formulas, templates and each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gtlib.model.molecule import Molecule
from gtlib.names import ItemId
from gtlib.rules.flow import Flow
from gtlib.store.town import Town
from tests.support import towns
from tests.support.inside import Ran
from tests.support.inside import run

SCAN = """\
formula = "scan"
description = "Scan {{what}}"

[vars.what]
default = "all"

[vars.deep]
default = "no"

[[steps]]
id = "look"
title = "Look at {{what}}"
run = ["ls", "{{what}}"]

[[steps]]
id = "dig"
title = "Dig"
needs = ["look"]
condition = "{{deep}} == yes"

[[steps]]
id = "tell"
title = "Tell"
needs = ["dig"]
condition = "look.status == 'complete'"
"""
WORK = """\
formula = "work"
description = "Work"

[[steps]]
id = "do"
title = "Do it"

[[steps]]
id = "check"
title = "Check it"
needs = ["do"]
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "formulas/scan.formula.toml", SCAN)
    towns.put(town, "formulas/work.formula.toml", WORK)
    return town


def mol(town: Town, *words: str) -> Ran:
    return run(town.root, "bd", "mol", *words)


def read(ran: Ran) -> Any:
    assert (ran.code, ran.err) == (0, "")
    return json.loads(ran.out)


def pour(town: Town, *words: str) -> str:
    return str(read(mol(town, "pour", *words, "--json"))["new_epic_id"])


def found(town: Town, id: str) -> Molecule:
    molecule = Town.open(town.root).snapshot().molecule(ItemId(id))
    assert molecule is not None
    return molecule


def boxes(town: Town, id: str) -> str:
    flow = Flow(Town.open(town.root).snapshot(), found(town, id))
    return " ".join(f"{step.id}={step.state}" for step in flow.steps)


def needs(town: Town, id: str) -> dict[str, tuple[str, ...]]:
    flow = Flow(Town.open(town.root).snapshot(), found(town, id))
    return {str(step.id): tuple(step.needs) for step in flow.steps}


def done(town: Town, id: str, *steps: str) -> None:
    for step in steps:
        ran = run(town.root, "gt", "mol", "step", "done", f"{id}.{step}")
        assert ran.code == 0, ran.err


def test_a_formula_comes_after_all_of_a_molecule(town: Town) -> None:
    id = pour(town, "work")
    assert mol(town, "bond", id, "scan", "--ref", "after", "--var", "what=docs").out == (
        f"bonded: {id}  work: Work\n  scan → {id}.after\n  scan.look → {id}.after.look\n"
        f"  scan.tell → {id}.after.tell\nnext: gt mol show {id}\n"
    )
    assert needs(town, id) == {
        "do": (), "check": ("do",), "after.look": ("check",), "after.tell": ("after.look",), "after": ("after.tell",),
    }  # fmt: skip
    assert "runs: ls docs\n" in mol(town, "show", id).out
    done(town, id, "do", "check", "after.look", "after.tell")
    assert found(town, id).status == "closed"


def test_it_comes_to_beads_too_and_beside_them(town: Town) -> None:
    id = pour(town, "work", "--beads")
    shape = read(mol(town, "bond", "scan", id, "--type", "parallel", "--json"))
    assert shape == {
        "result_id": id, "result_type": "compound_molecule", "bond_type": "parallel", "spawned": 3,
        "id_mapping": {"scan": f"{id}.scan", "scan.look": f"{id}.scan.look", "scan.tell": f"{id}.scan.tell"},
        "schema_version": 1,
    }  # fmt: skip
    again = read(mol(town, "bond", "scan", id, "--json"))
    assert again["id_mapping"]["scan"] == f"{id}.scan-2"
    assert needs(town, id)["scan-2.look"] == ("check", "scan")
    done(town, id, "scan.look", "scan.tell", "do", "check", "scan-2.look", "scan-2.tell")
    assert found(town, id).status == "closed"


def test_only_when_a_step_failed(town: Town) -> None:
    good, bad = pour(town, "work"), pour(town, "work")
    for id in (good, bad):
        mol(town, "bond", id, "scan", "--type", "conditional", "--ref", "help")
    done(town, good, "do", "check")
    assert found(town, good).status == "closed"
    assert boxes(town, good) == (
        "do=done check=done help.before=done help.start=done help.look=skipped help.tell=skipped help=skipped"
    )
    assert boxes(town, bad).endswith("help.look=open help.tell=open help=open")
    run(town.root, "gt", "mol", "step", "fail", f"{bad}.do", "-r", "broken")
    done(town, bad, "help.look", "help.tell")
    assert boxes(town, bad) == (
        "do=failed check=open help.before=open help.start=done help.look=done help.tell=done help=done"
    )


def test_one_molecule_waits_for_another(town: Town) -> None:
    one, two = pour(town, "work"), pour(town, "work", "--beads")
    assert mol(town, "bond", one, two).out == (
        f"bonded: {two}  work: Work\n  its steps wait until {one} is closed\nnext: gt mol show {two}\n"
    )
    assert run(town.root, "gt", "mol", "current", two).out.splitlines()[2] == (
        f"after: waits for the gate {two}.gate-after (bead {one}) (bd gate check {two}.gate-after)"
    )
    assert mol(town, "bond", two, one).err == (
        f"error: {two} waits for {one} itself; bond them the other way round\n"
    )
    assert mol(town, "bond", one, two, "--type", "parallel").err == (
        "error: two molecules are bonded in sequence, not parallel; they run beside each other as they are\n"
    )
    done(town, one, "do", "check")
    assert run(town.root, "gt", "mol", "current", two).out.splitlines()[3] == "now: do  Do it"


def test_two_formulas_become_a_template_that_is_poured(town: Town) -> None:
    tip = towns.git(town.root, "rev-parse", "HEAD")
    words = ("bond", "work", "scan", "--as", "Work and scan")
    assert (
        mol(town, *words, "--dry-run").out.splitlines()[0]
        == "would become hq-mol-work-and-scan  Work and scan"
    )
    assert towns.git(town.root, "rev-parse", "HEAD") == tip
    assert read(mol(town, *words, "--json"))["result_type"] == "compound_proto"
    id = "hq-mol-work-and-scan"
    assert mol(town, "list").out == "no open molecules\nnext: bd formula list\n"
    assert mol(town, "pour", id, "--var", "nope=1").err == (
        'error: formula work-and-scan has no variable "nope"; it has what, deep\n'
    )
    plain = pour(town, id, "--var", "what=docs")
    assert needs(town, plain) == {
        "do": (), "check": ("do",), "scan.look": ("check",), "scan.tell": ("scan.look",), "scan": ("scan.tell",),
    }  # fmt: skip
    deep = pour(town, "work-and-scan", "--var", "deep=yes", "--beads")
    assert needs(town, deep)["scan.tell"] == ("scan.dig",)
    assert "Look at all" in mol(town, "show", deep).out
    assert run(town.root, "gt", "mol", "step", "done", f"{id}.do").err == (
        f"error: {id} is a template; pour it first: bd mol pour {id}\n"
    )


def test_pouring_attaches_others_and_says_before_what_comes(town: Town) -> None:
    assert mol(town, "pour", "work", "--attach", "scan", "--attach-type", "parallel", "--dry-run").out == (
        "would pour work: Work\n  1. do  Do it\n  2. check  Check it  (needs do)\n  3. scan.look  Look at all\n"
        "  4. scan.tell  Tell  (needs scan.look)\n4 steps in one file, and 1 that ends by itself\n"
    )
    made = read(mol(town, "pour", "work", "--attach", "scan", "--var", "what=docs", "--json"))
    id = made["new_epic_id"]
    assert (made["attached"], made["created"]) == (1, 6)
    assert needs(town, id)["scan.look"] == ("check",)
    assert "runs: ls docs\n" in mol(town, "show", id).out
    assert mol(town, "pour", "work", "--beads", "--list").err == (
        "error: --beads and --list contradict each other; give one of them\n"
    )
    assert mol(town, "pour", "work", "--attach", "scan", "--var", "x=1").err == (
        'error: formula work has no variable "x"; it has none\n'
    )


def test_a_template_of_beads_is_poured(town: Town) -> None:
    towns.put(
        town, "beads/hq-tmp11.md", towns.bead("hq-tmp11", "Ship {{version}}", type="epic", template="true")
    )
    towns.put(
        town,
        "beads/hq-tmp11.1.md",
        towns.bead("hq-tmp11.1", "Tag {{version}}", parent="hq-tmp11", priority=1),
    )
    towns.put(
        town,
        "beads/hq-tmp11.2.md",
        towns.bead("hq-tmp11.2", "Tell", parent="hq-tmp11", type="epic", needs=["hq-tmp11.1"]),
    )
    towns.put(town, "beads/hq-tmp11.2.1.md", towns.bead("hq-tmp11.2.1", "Mail them", parent="hq-tmp11.2"))
    towns.put(
        town,
        "beads/hq-tmp11.2.2.md",
        towns.bead("hq-tmp11.2.2", "Blog", parent="hq-tmp11.2", needs=["hq-tmp11.2.1"]),
    )
    assert mol(town, "pour", "hq-tmp11").err == (
        "error: formula hq-tmp11 needs a value for version; add --var version=...\n"
    )
    id = pour(town, "hq-tmp11", "--var", "version=1.4")
    assert needs(town, id) == {
        "tag-version": (), "mail-them": ("tag-version",), "blog": ("mail-them",), "tell": ("mail-them", "blog"),
    }  # fmt: skip
    assert found(town, id).title == "Ship 1.4"
    assert "Tag 1.4" in mol(town, "show", id).out
    done(town, id, "tag-version", "mail-them", "blog")
    assert found(town, id).status == "closed"


def test_a_formula_is_distilled_and_makes_the_same_again(town: Town) -> None:
    id = pour(town, "scan", "--var", "what=docs", "--var", "deep=yes")
    told = read(mol(town, "distill", id, "again", "--var", "Dig=verb", "--json"))
    assert told == {
        "formula_name": "again", "formula_path": "formulas/again.formula.toml", "steps": 3,
        "variables": ["what", "verb"], "schema_version": 1,
    }  # fmt: skip
    assert towns.show(town, "formulas/again.formula.toml") == (
        'formula = "again"\ndescription = "Scan docs"\nversion = 1\n\n[vars.what]\ndefault = "docs"\n\n'
        '[vars.verb]\ndefault = "Dig"\n\n[[steps]]\nid = "look"\ntitle = "Look at docs"\nrun = ["ls", "{{what}}"]\n\n'
        '[[steps]]\nid = "dig"\ntitle = "{{verb}}"\nneeds = ["look"]\n\n'
        '[[steps]]\nid = "tell"\ntitle = "Tell"\nneeds = ["dig"]\ncondition = "look.status == \'complete\'"\n'
    )
    again = pour(town, "again")
    one, other = found(town, id), found(town, again)
    assert (other.steps, other.recipe) == (one.steps, one.recipe)
    assert mol(town, "distill", id, "again").err == (
        "error: formulas/again.formula.toml is there already; give another name\n"
    )
    assert mol(town, "distill", id, "x", "--var", "nowhere=y").err == (
        "error: 'nowhere' stands nowhere as a whole word; look at the texts with: gt mol show\n"
    )


ALL = """\
formula = "everything"
description = "All \\"of\\" it"

[[steps]]
id = "first"
title = "First \\\\ one"
description = "Two\\nlines, and \\"\\"\\" three"
labels = ["a"]
priority = 0
agent = "shell"
run = "echo x"
timeout = "5m"
retry = { max_attempts = 2, check = { run = ["true"], timeout = "1m" }, on_exhausted = "skip" }

[[steps]]
id = "group"
title = "Group"
needs = ["first"]
[[steps.children]]
id = "in1"
title = "In one"
[[steps.children]]
id = "in2"
title = "In two"
needs = ["in1"]
gate = { type = "timer", timeout = "1h" }

[[steps]]
id = "rounds"
title = "Rounds"
needs = ["group"]
loop = { until = "step.output.ok == 'yes'", max = 3, body = [{ id = "try", title = "Try" }] }

[[steps]]
id = "each"
title = "Each"
needs = ["rounds"]
on_complete = { for_each = "output.items", bond = "scan", vars = { what = "{item}" }, parallel = false }
"""


def test_every_part_of_a_recipe_comes_back(town: Town) -> None:
    towns.put(town, "formulas/everything.formula.toml", ALL)
    id = pour(town, "everything")
    mol(town, "distill", id, "twin")
    one, other = found(town, id), found(town, pour(town, "twin"))
    assert (other.steps, other.recipe, other.description) == (one.steps, one.recipe, one.description)


def test_an_epic_is_distilled_into_a_file(town: Town) -> None:
    towns.put(town, "beads/hq-ep111.md", towns.bead("hq-ep111", "Ship it", type="epic"))
    towns.put(town, "beads/hq-ep111.1.md", towns.bead("hq-ep111.1", "Tag it", parent="hq-ep111"))
    towns.put(
        town, "beads/hq-ep111.2.md", towns.bead("hq-ep111.2", "Tell", parent="hq-ep111", needs=["hq-ep111.1"])
    )
    tip = towns.git(town.root, "rev-parse", "HEAD")
    text = (
        'formula = "ship-it"\ndescription = "Ship it"\nversion = 1\n\n[[steps]]\nid = "tag-it"\ntitle = "Tag it"\n\n'
        '[[steps]]\nid = "tell"\ntitle = "Tell"\nneeds = ["tag-it"]\n'
    )
    assert mol(town, "distill", "ep111", "--dry-run").out == text
    assert mol(town, "distill", "ep111", "-o", "out.toml").code == 0
    assert (town.root / "out.toml").read_text("utf-8") == text
    assert mol(town, "distill", "ep111", "-o", "out.toml").code == 1
    assert towns.git(town.root, "rev-parse", "HEAD") == tip


def test_what_is_done_and_open_still_and_formulas_that_cook(town: Town) -> None:
    towns.put(town, "beads/hq-ep111.md", towns.bead("hq-ep111", "Ship it", type="epic"))
    towns.put(
        town, "beads/hq-ep111.1.md", towns.bead("hq-ep111.1", "Tag it", parent="hq-ep111", status="closed")
    )
    towns.put(town, "beads/hq-next1.md", towns.bead("hq-next1", "After", needs=["hq-ep111"]))
    assert read(mol(town, "stale", "--blocking", "--json")) == {
        "stale_molecules": [{
            "id": "hq-ep111", "title": "Ship it", "total_children": 1, "closed_children": 1, "assignee": "",
            "blocking_issues": ["hq-next1"], "blocking_count": 1,
        }], "total_count": 1, "blocking_count": 1, "schema_version": 1,
    }  # fmt: skip
    assert mol(town, "seed", "work", "scan").out == "✓ work: 2 steps\n✓ scan: 3 steps\nnext: bd cook work\n"
    towns.write(town, "formulas/bad.formula.toml", 'formula = "bad"\n')
    bad = mol(town, "seed", "bad", "none")
    assert bad.code == 1
    assert [line.partition(":")[0] for line in bad.out.splitlines()] == ["! bad", "! none", "next"]


ROUNDS = """\
formula = "rounds"
description = "Rounds for {{who}}"

[vars.who]
default = "all"

[vars.n]
default = "2"

[[steps]]
id = "go"
title = "Go"
loop = { range = "1..{{n}}", var = "i", body = [{ id = "lap", title = "Lap {i} of {{who}}" }] }

[[steps]]
id = "end"
title = "End"
needs = ["go"]
condition = "{{who}} != nobody"
"""


def test_a_kept_template_is_poured_as_its_formula_would_be_or_as_it_was_changed(town: Town) -> None:
    towns.put(town, "formulas/rounds.formula.toml", ROUNDS)
    assert run(town.root, "bd", "cook", "rounds", "--persist").code == 0
    kept = "hq-mol-rounds"
    given = ("--var", "n=3", "--var", "who=ada")
    one, other = found(town, pour(town, "rounds", *given)), found(town, pour(town, kept, *given))
    assert (other.steps, other.recipe, other.vars, other.title) == (
        one.steps,
        one.recipe,
        one.vars,
        one.title,
    )
    path = f"molecules/{kept}.md"
    towns.put(town, path, towns.show(town, path).replace("End", "The end for {{who}}"))
    changed = pour(town, kept, "--var", "who=ada")
    assert [step.title for step in found(town, changed).steps if step.id in ("go.iter2.lap", "end")] == [
        "Lap 2 of ada",
        "The end for ada",
    ]
    # a condition that values decide is decided when it is poured
    assert list(needs(town, pour(town, kept, "--var", "who=nobody"))) == [
        "go.iter1.lap",
        "go.iter2.lap",
        "go",
    ]


def test_what_comes_to_a_wisp_is_in_the_wisp(town: Town) -> None:
    id = read(mol(town, "wisp", "work", "--json"))["new_epic_id"]
    tip = towns.git(town.root, "rev-parse", "HEAD")
    assert mol(town, "bond", id, "scan", "--pour").err == (
        "error: --pour: what it becomes is a wisp; steps are kept as what they come to; leave the flag out\n"
    )
    shape = read(mol(town, "bond", id, "scan", "--ephemeral", "--json"))
    assert (shape["result_id"], shape["spawned"]) == (id, 3)
    assert run(town.root, "gt", "mol", "progress", id).out.splitlines()[1] == (
        "progress: -------------------- 0% (0/4 steps)"
    )
    assert mol(town, "bond", id, id).err == (
        "error: wisps wait for no other molecule; bond a formula to the wisp\n"
    )
    assert mol(town, "bond", id, "nothing").err == (
        "error: 'nothing' is no formula, no template and no molecule; see them all with: bd formula list\n"
    )
    done(town, id, "do", "check", "scan.look", "scan.tell")
    assert towns.git(town.root, "rev-parse", "HEAD") == tip
