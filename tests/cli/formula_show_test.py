"""`gt formula list`, `show`, `graph` and `bd cook` as people type them. Nothing but --persist changes anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.model.molecule import Molecule
from gtlib.names import ItemId
from gtlib.rules.persist import variables_of
from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns

TIDY = """\
formula = "tidy"
description = "Tidy {{what}}"

[vars.what]
description = "what to tidy"
required = true

[[steps]]
id = "look"
title = "Look at {{what}}"
description = "All of {{what}}."
run = ["ls", "{{what}}"]

[[steps]]
id = "sweep"
title = "Sweep"
needs = ["look"]
"""
RICH = """\
formula = "rich"
description = "All sorts"
pour = true

[vars.n]
default = "2"
type = "int"

[vars.size]
default = "s"
enum = ["s", "m"]

[[steps]]
id = "plan"
title = "Plan"
acceptance = "it is planned"

[[steps]]
id = "parts"
title = "Parts"
needs = ["plan"]

[[steps.children]]
id = "one"
title = 'One "a" <b>'
gate = { type = "human" }

[[steps.children]]
id = "two"
title = "Two"
condition = "{{n}} != 1"

[[steps]]
id = "again"
title = "Again"
needs = ["parts"]

[steps.loop]
until = "try.status == 'complete'"
max = 3

[[steps.loop.body]]
id = "try"
title = "Try"
run = '''
make
make test'''

[[steps]]
id = "spread"
title = "Spread"
needs = ["again"]
agent = "claude"
retry = { max_attempts = 2, check = ["true"] }
on_complete = { for_each = "output.files", bond = "tidy", vars = { what = "{item}" } }
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.write(town, ".beads/formulas/tidy.formula.toml", TIDY)
    towns.write(town, "formulas/rich.formula.toml", RICH)
    monkeypatch.setenv("GT_NOW", "2026-11-20T08:00:00Z")
    return town


def ok(town: Town, *words: str, program: str = "gt") -> str:
    done = inside.run(town.root, program, *words)
    assert (done.code, done.err) == (0, ""), done
    return done.out


def refused(town: Town, *words: str, program: str = "gt", code: int = 1) -> str:
    """The one line of a refusal, which left the town as it was."""
    before = town.tip()
    done = inside.run(town.root, program, *words)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done
    assert town.tip() == before
    return done.err.removeprefix("error: ").rstrip("\n")


def test_the_list_names_type_source_and_overlays(town: Town) -> None:
    towns.write(town, "formula-overlays/tidy.toml", "")
    towns.write(town, "formula-overlays/gone.toml", "")
    towns.write(town, "formulas/bad.formula.toml", "formula = \n")
    lines = [" ".join(line.split()) for line in ok(town, "formula", "list").splitlines()]
    assert lines[0] == "NAME TYPE FROM STEPS VARIABLES WHAT IT IS"
    assert "bad town can't be read, see below" in lines
    assert "rich workflow town 4 n, size All sorts" in lines
    assert "tidy workflow town 2 what* Tidy {{what}}" in lines
    assert lines[-4:] == [
        "bad: formulas/bad.formula.toml:1: not TOML: Invalid value; mend the line",
        "formula-overlays/gone.toml changes gone, which there is not",
        "formula-overlays/tidy.toml changes tidy",
        "next: gt formula show bad",
    ]
    rows = {each["name"]: each for each in json.loads(ok(town, "formula", "list", "--json", program="bd"))}
    assert rows["tidy"] == {
        "name": "tidy", "type": "workflow", "description": "Tidy {{what}}",
        "source": ".beads/formulas/tidy.formula.toml", "origin": "town", "steps": 2, "vars": 1, "shadowed": False,
        "error": "", "overlay": "formula-overlays/tidy.toml",
    }  # fmt: skip
    assert rows["bad"]["error"].startswith("formulas/bad.formula.toml:1: ")


def test_show_is_a_tree(town: Town) -> None:
    assert ok(town, "formula", "show", "rich") == """\
rich  version 1, town: formulas/rich.formula.toml
  All sorts
steps become beads

variables:
  n (default: 2; a whole number)
  size (default: s; one of s, m)

steps:
  1. plan  Plan
     Done when: it is planned
  2. parts  Parts  (needs plan)
     1. one  One "a" <b>
        gate: human
     2. two  Two
        only if {{n}} != 1
  3. again  Again  (needs parts)
     until try.status == 'complete', 3 rounds at most:
     1. try  Try
        runs a script of 2 lines
  4. spread  Spread  (needs again)
     checked by: true
     tried 2 times, then hold
     agent: claude
     then tidy for each item of its output.files
next: bd cook rich
"""  # fmt: skip
    assert ok(town, "formula", "show", "tidy", program="bd").endswith("next: bd cook tidy --var what=...\n")
    shape = json.loads(ok(town, "formula", "show", "rich", "--json"))
    assert (shape["formula"], shape["pour"], shape["vars"]["n"]) == (
        "rich",
        True,
        {"description": "", "required": False, "default": "2", "type": "int"},
    )
    assert [each["id"] for each in shape["steps"][1]["children"]] == ["one", "two"]


def test_show_of_other_types(town: Town) -> None:
    for kind in ("convoy", "aspect", "expansion"):
        assert inside.run(town.root, "gt", "formula", "create", f"my-{kind}", "--type", kind).code == 0
    shown = ok(town, "formula", "show", "my-convoy").split("\n\n")
    assert shown[0] == (
        "my-convoy  version 1, convoy, town: formulas/my-convoy.formula.toml\n"
        "  Say in a line what it finds out."
    )
    assert shown[1:] == [
        "inputs:\n  subject (default: the project)\n      what is looked at",
        "legs:\n  1. correctness  Is it right?\n     Focus: what gives wrong results\n"
        "     Look for what gives wrong results.\n     runs a script of 1 line\n"
        "  2. clarity  Is it clear?\n     Focus: what is hard to understand\n"
        "     Look for what is hard to understand.\n     runs a script of 1 line",
        "synthesis: Bring it together  (needs every leg)\n     Read what the legs found, and say in "
        "`{{.output_path}}` what is to be done first.\n     runs a script of 1 line\nnext: bd cook my-convoy\n",
    ]
    assert ok(town, "formula", "show", "my-aspect").endswith(
        "after each step *:\n  1. {step.id}-checked  Check {step.title}\n     runs: echo 'checked {step.id}'\n"
    )
    assert "\ntemplate:\n  1. {target}.draft" in ok(town, "formula", "show", "my-expansion")


def test_check_says_all_that_is_wrong(town: Town) -> None:
    assert ok(town, "formula", "show", "tidy", "--check") == (
        "tidy is sound, and cooks to 2 steps\nnext: bd cook tidy --var what=...\n"
    )
    path = "formulas/messy.formula.toml"
    text = (
        TIDY.replace('["look"]', '["lok"]')
        .replace('["ls", "{{what}}"]', "[]")
        .replace('"tidy"', '"messy"', 1)
    )
    towns.write(town, path, text)
    done = inside.run(town.root, "gt", "formula", "show", "messy", "--check")
    assert (done.code, done.out, done.err) == (
        1,
        f'error: {path}:12: `run` of step "look" is empty; leave it out when nothing is run\n'
        f'error: {path}:17: step "sweep" needs "lok", which is no step; did you mean look?\n'
        "messy: 2 errors\n",
        "",
    )
    odd = TIDY.replace('"tidy"', '"odd"', 1) + 'need = ["x"]\n'
    towns.write(town, "formulas/odd.formula.toml", odd)
    said = json.loads(ok(town, "formula", "show", "odd", "--check", "--json"))
    assert (said["ok"], said["errors"], len(said["warnings"])) == (True, [], 1)
    assert said["warnings"][0].endswith('unknown key `need` of step "sweep"; did you mean needs?')


def test_cook_keeps_placeholders_or_fills_them(town: Town) -> None:
    assert ok(town, "cook", "tidy", program="bd") == (
        "tidy  Tidy {{what}}\n\nsteps:\n  1. look  Look at {{what}}\n     All of {{what}}.\n     runs: ls '{{what}}'\n"
        "  2. sweep  Sweep  (needs look)\nnext: bd mol pour tidy --var what=...\n"
    )
    assert ok(town, "cook", "tidy", "--var", "what=a b", program="bd") == (
        "tidy  Tidy a b\n\nvalues:\n  what = a b\n\n"
        "steps:\n  1. look  Look at a b\n     All of a b.\n     runs: ls 'a b'\n"
        "  2. sweep  Sweep  (needs look)\nnext: bd mol pour tidy --var 'what=a b'\n"
    )
    shape = json.loads(ok(town, "cook", "tidy", "--var", "what=it", "--json", program="bd"))
    assert (shape["mode"], shape["variables"]) == ("runtime", {"what": "it"})
    assert shape["steps"] == [
        {"id": "look", "title": "Look at it", "description": "All of it.", "type": "task", "priority": 2,
         "needs": [], "run": ["ls", "{{what}}"]},
        {"id": "sweep", "title": "Sweep", "description": "", "type": "task", "priority": 2, "needs": ["look"]},
    ]  # fmt: skip
    assert json.loads(ok(town, "cook", "tidy", "--json", program="bd"))["mode"] == "compile"
    assert refused(town, "cook", "tidy", "--mode", "runtime", program="bd") == (
        "formula tidy needs a value for what; add --var what=..."
    )
    assert refused(town, "cook", "tidy", "--var", "what=x", "--mode", "compile", code=2).startswith(
        "--mode compile leaves placeholders as they are; "
    )


def test_further_folders_come_first(town: Town, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "tidy.formula.toml").write_text(TIDY.replace("Sweep", "Mop"), encoding="utf-8")
    assert "2. sweep  Mop" in ok(town, "cook", "tidy", "--search-path", "../more", program="bd")
    assert "2. sweep  Sweep" in ok(town, "cook", "tidy", program="bd")
    assert refused(town, "cook", "tidy", "--search-path", "nowhere").startswith(
        f"{town.root}/nowhere is no folder; "
    )


def test_a_template_is_kept(town: Town) -> None:
    before = town.tip()
    assert ok(town, "cook", "tidy", "--persist", "--dry-run", program="bd") == (
        "would keep hq-mol-tidy, 2 steps, 1 variable; nothing was written\n"
    )
    assert town.tip() == before
    assert ok(town, "cook", "tidy", "--persist", program="bd") == (
        "kept hq-mol-tidy, 2 steps, 1 variable\nnext: bd mol pour hq-mol-tidy --var what=...\n"
    )
    kept = molecule(town)
    assert (kept.template, kept.formula, kept.vars, [step.title for step in kept.steps]) == (
        True,
        "tidy",
        {},
        ["Look at {{what}}", "Sweep"],
    )
    var = variables_of(kept)["what"]
    assert (var.required, var.default, var.description) == (True, None, "what to tidy")
    assert refused(town, "cook", "tidy", "--persist", program="bd") == (
        "hq-mol-tidy is kept of tidy already; write it anew with --force"
    )
    towns.write(town, ".beads/formulas/tidy.formula.toml", TIDY.replace("Sweep", "Mop"))
    shape = json.loads(ok(town, "cook", "tidy", "--persist", "--force", "--json", program="bd"))
    assert shape == {
        "proto_id": "hq-mol-tidy", "formula": "tidy", "created": 3, "variables": ["what"], "bond_points": [],
        "schema_version": 1,
    }  # fmt: skip
    assert molecule(town).steps[1].title == "Mop"
    assert towns.git(town.root, "log", "-1", "--format=%s").strip() == "persist: hq-mol-tidy tidy"


def molecule(town: Town) -> Molecule:
    found = town.snapshot().molecule(ItemId("hq-mol-tidy"))
    assert found is not None
    return found


def test_a_graph_has_frames_gates_and_rounds(town: Town) -> None:
    assert (
        ok(town, "formula", "graph", "rich")
        == """\
flowchart TD
  n0["plan<br/>Plan"]
  n1["spread<br/>Spread<br/>2 tries"]
  subgraph f0["parts"]
    n2["one<br/>One #34;a#34; #60;b#62;"]
    n3{{"gate<br/>human"}}
    n4["two<br/>Two<br/>if #123;#123;n#125;#125; != 1"]
    n5(["parts<br/>Parts"])
  end
  subgraph f1["again: until try.status == #39;complete#39;, 3 rounds at most"]
    n6["again.iter1.try<br/>Try"]
    n7(["again<br/>Again"])
  end
  subgraph f2["for each item of spread.files"]
    n8["look<br/>Look at #123;#123;what#125;#125;"]
    n9["sweep<br/>Sweep"]
  end
  n0 --> n3
  n3 --> n2
  n0 --> n4
  n2 --> n5
  n4 --> n5
  n5 --> n6
  n6 --> n7
  n7 --> n1
  n8 --> n9
  n1 -.-> n8
"""
    )
    dot = ok(town, "formula", "graph", "tidy", "--format", "dot", "--var", 'what=a "b"', program="bd")
    assert (
        dot
        == """\
digraph steps {
  rankdir=LR;
  node [shape=box];
  n0 [label="look\\nLook at a \\"b\\""];
  n1 [label="sweep\\nSweep"];
  n0 -> n1;
}
"""
    )
    assert refused(town, "formula", "graph", "tidy", "--format", "png", code=2).startswith(
        "--format 'png' is unknown"
    )


def test_overlays_are_listed_and_shown(town: Town) -> None:
    assert ok(town, "formula", "overlay", "list") == "no overlays\nnext: gt formula overlay edit NAME\n"
    assert refused(town, "formula", "overlay", "show", "tidy") == (
        "nothing is changed in tidy here; gt formula overlay edit tidy begins to"
    )
    text = (
        '[[step-overrides]]\nstep_id = "sweep"\nmode = "append"\ndescription = "Corners, too."\n\n'
        '[[step-overrides]]\nstep_id = "swep"\nmode = "skip"\n'
    )
    towns.write(town, "formula-overlays/tidy.toml", text)
    assert ok(town, "formula", "overlay", "list").splitlines()[1].split() == [
        "tidy", "town", "2", "formula-overlays/tidy.toml",
    ]  # fmt: skip
    assert ok(town, "formula", "overlay", "show", "tidy") == (
        "tidy, changed by formula-overlays/tidy.toml\n  append sweep\n    Corners, too.\n  skip swep\n"
        'warning: formula-overlays/tidy.toml:6: there is no step "swep"; did you mean sweep?\n'
        "next: bd cook tidy\n"
    )
    assert "     Corners, too.\n" in inside.run(town.root, "bd", "cook", "tidy").out
    done = inside.run(town.root, "gt", "doctor", "--json")
    assert [
        (each["status"], each["message"], each["fix"])
        for each in json.loads(done.out)["checks"]
        if each["name"] == "formulas"
    ] == [("warning", 'formula-overlays/tidy.toml:6: there is no step "swep"', "did you mean sweep?")]
