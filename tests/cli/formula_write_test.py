"""`gt formula create`, `convert` and `overlay edit`: commands that write formulas."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from gtlib.actions.cooking import compiled
from gtlib.actions.formula_create import TYPES
from gtlib.actions.overlay_edit import overlay_edit
from gtlib.errors import UserError
from gtlib.store import formulas
from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns

JSON = r"""{"formula": "old", "description": "one\ntwo \"three\" \\ four\n", "vars": {"a": {"required": true}},
"steps": [{"id": "x", "title": "X {{a}}", "gate": {"type": "timer", "timeout": "5m"}, "labels": ["p", "q"],
"children": [{"id": "y", "title": "Y", "needs": []}]}, {"id": "z", "title": "Z", "run": ["a", "b\"c"]}]}
"""
AS_TOML = r'''formula = "old"
description = """
one
two "three" \\ four
"""

[vars.a]
required = true

[[steps]]
id = "x"
title = "X {{a}}"
gate = { type = "timer", timeout = "5m" }
labels = ["p", "q"]

[[steps.children]]
id = "y"
title = "Y"
needs = []

[[steps]]
id = "z"
title = "Z"
run = ["a", "b\"c"]
'''


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return towns.make_town(tmp_path / "town")


def refused(town: Town, *words: str, code: int = 1) -> str:
    """The one line of a refusal, which left the town as it was."""
    before = town.tip()
    done = inside.run(town.root, "gt", *words)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1), done
    assert (town.tip(), towns.status(town).replace("?? formulas/old.formula.json\n", "")) == (before, "")
    return done.err.removeprefix("error: ").rstrip("\n")


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_begun_is_committed_sound_and_cooks(town: Town, kind: str) -> None:
    done = inside.run(town.root, "gt", "formula", "create", "mine", "--type", kind)
    path = "formulas/mine.formula.toml"
    allow = "" if kind == "patrol" else f"      gt allow {path}\n"
    assert (done.code, done.out, done.err) == (
        0,
        f"created {path}\nnext: gt formula show mine --check\n{allow}",
        "",
    )
    assert towns.status(town) == ""
    assert towns.git(town.root, "log", "-1", "--format=%s").strip() == f"formula: {path}"
    found = formulas.find(town.root, None, "mine")
    assert (found.warnings, found.type) == (
        (),
        kind if kind in ("expansion", "aspect", "convoy") else "workflow",
    )
    if kind == "aspect":
        towns.write(
            town,
            "formulas/user.formula.toml",
            'formula = "user"\n[[steps]]\nid = "a"\ntitle = "A"\n[compose]\naspects = ["mine"]\n',
        )
        found = formulas.find(town.root, None, "user")
        assert [step.id for step in compiled(town.root, found).steps] == ["a", "a-checked"]
    else:
        assert compiled(town.root, found).warnings == ()


def test_what_can_t_be_begun(town: Town) -> None:
    done = inside.run(town.root, "gt", "formula", "create", "release", "--json")
    assert json.loads(done.out) == {
        "formula": "release", "type": "workflow", "path": "formulas/release.formula.toml",
        "takes_place_of": "built-in:release.formula.toml", "schema_version": 1,
    }  # fmt: skip
    assert refused(town, "formula", "create", "release") == (
        "formulas/release.formula.toml is there already; look at it: gt formula show release"
    )
    assert refused(town, "formula", "create", "../x").startswith("'../x' is not a name for a formula; ")
    assert refused(town, "formula", "create", "x", "--type", "tsk", code=2) == (
        "--type 'tsk' is unknown; did you mean task?"
    )
    assert refused(town, "formula", "create", "x", "--rig", "nope").startswith("no rig 'nope'; ")


def test_json_becomes_toml(town: Town) -> None:
    towns.put(town, "formulas/old.formula.json", JSON)
    shown = inside.run(town.root, "gt", "formula", "convert", "old", "--stdout")
    assert (shown.code, shown.out) == (0, AS_TOML)
    assert tomllib.loads(AS_TOML) == json.loads(JSON)
    assert refused(town, "formula", "convert", "release") == (
        "built-in:release.formula.toml is TOML already; nothing has to be converted"
    )
    assert refused(town, "formula", "convert", "nope").startswith('there is no formula "nope"; ')
    assert refused(town, "formula", "convert", code=2).startswith("name a formula, or give --all; ")
    done = inside.run(town.root, "bd", "formula", "convert", "--all", "--delete")
    assert (done.code, done.out) == (
        0,
        "wrote formulas/old.formula.toml, and removed formulas/old.formula.json\n"
        "next: gt formula show old --check\n",
    )
    assert towns.show(town, "formulas/old.formula.toml") == AS_TOML
    assert towns.status(town) == ""
    assert not (town.root / "formulas/old.formula.json").exists()


class Editor:
    """An editor that writes what it is told."""

    def __init__(self, folder: Path) -> None:
        self.text = folder / "text"
        script = folder / "editor"
        script.write_text(f'#!/bin/sh\ncp "$1" {folder}/seen\n[ ! -f {self.text} ] || cp {self.text} "$1"\n')
        script.chmod(0o755)
        self.seen = folder / "seen"
        self.environ = {"EDITOR": str(script), "PATH": "/usr/bin:/bin"}


def edit(town: Town, editor: Editor, kept: list[Path]) -> tuple[bool, tuple[str, ...]]:
    formula = formulas.find(town.root, None, "release")
    done = overlay_edit(town, formula, None, "overseer", editor.environ, kept.append)
    assert done.path == "formula-overlays/release.toml"
    return done.changed, done.warnings


def test_an_overlay_is_written_in_an_editor(town: Town, tmp_path: Path) -> None:
    editor, kept, before = Editor(tmp_path), list[Path](), town.tip()
    assert edit(town, editor, kept) == (False, ())
    assert editor.seen.read_text().splitlines()[:2] == [
        "# What is changed in the formula release here. Its steps:",
        "#   bump-version, run-tests, build, create-tag, publish",
    ]
    assert town.tip() == before
    bad = '[[step-overrides]]\nstep_id = "publish"\nmode = "skp"\n'
    editor.text.write_text(bad)
    with pytest.raises(UserError) as caught:
        edit(town, editor, kept)
    assert str(caught.value).startswith(
        'formula-overlays/release.toml:3: unknown mode "skp" of override "publish"; did you mean skip?; '
        "your text is in "
    )
    assert (town.tip(), kept) == (before, [])
    editor.text.write_text(bad.replace("skp", "skip").replace('"publish"', '"publsh"'))
    assert edit(town, editor, kept) == (
        True,
        ('formula-overlays/release.toml:1: there is no step "publsh"; did you mean publish?',),
    )
    assert (editor.seen.read_text(), len(kept)) == (bad, 1)
    assert (
        towns.git(town.root, "log", "-1", "--format=%s").strip() == "overlay: formula-overlays/release.toml"
    )
    with pytest.raises(UserError, match="only a person edits in an editor"):
        overlay_edit(town, formulas.find(town.root, None, "release"), None, "mayor", editor.environ)
    assert refused(town, "formula", "overlay", "edit", "release", code=2) == (
        "there is no terminal to edit the overlay of release in; write formula-overlays/release.toml, "
        "and commit it: gt formula overlay show release"
    )
