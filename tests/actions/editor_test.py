"""What a new town tells editors, and what becomes of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gtlib import layout
from gtlib.actions import editor
from gtlib.actions.doctor import doctor
from gtlib.actions.hook_checks import Check
from gtlib.actions.install import install
from gtlib.errors import UserError
from gtlib.model import jsonschema
from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import gt
from tests.support.towns import commit
from tests.support.towns import git


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return towns.make_town(tmp_path / "town")


def looked(town: Town, *, fix: bool = False) -> Check:
    return next(check for check in doctor(town, fix=fix) if check.name == "editor")


def test_a_fresh_town_is_as_layout_says(town: Town) -> None:
    files = git(town.root, "ls-files").split()
    assert {path: layout.place_of(path) for path in files if not path.endswith(".gitkeep")} == dict.fromkeys(
        (path for path in files if not path.endswith(".gitkeep")), "tracked"
    )
    assert editor.SETTINGS in files
    assert towns.status(town) == ""


def test_settings_name_schemas_that_are_there(town: Town) -> None:
    settings = json.loads((town.root / editor.SETTINGS).read_text())
    named = [*settings["yaml.schemas"], *(each["url"] for each in settings["json.schemas"])]
    assert named == [f"./.gt/schemas/{name}.schema.json" for name in ("town", "rig", "formula", "settings")]
    for path in named:
        assert json.loads((town.root / path).read_text())["$schema"] == jsonschema.DIALECT
    assert sorted(each.name for each in (town.root / editor.SCHEMAS).iterdir()) == sorted(
        f"{name}.schema.json" for name in jsonschema.NAMES
    )


def test_settings_of_a_person_stay(tmp_path: Path) -> None:
    path = tmp_path / "town" / editor.SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text('{"mine": 1}\n')
    town = install(tmp_path / "town")
    assert path.read_text() == '{"mine": 1}\n'
    assert git(town.root, "ls-files", editor.SETTINGS) == ""


def test_who_takes_them_away_does_not_get_them_again(town: Town) -> None:
    git(town.root, "rm", "-q", editor.SETTINGS)
    commit(town.root, "-m", "no settings")
    install(town.root)
    assert not (town.root / editor.SETTINGS).exists()


def test_the_cache_is_thrown_away(town: Town) -> None:
    shutil.rmtree(town.root / ".gt")
    assert looked(town) == Check(
        "editor",
        "warning",
        ".vscode/settings.json names .gt/schemas, where schemas are missing or of another gt",
        fix="gt doctor --fix",
        category="files",
    )
    assert looked(town, fix=True).fixed == ("wrote .gt/schemas again",)
    assert looked(town).status == "ok"


def test_write_schemas(tmp_path: Path) -> None:
    assert len(editor.write_schemas(tmp_path / "a" / "b")) == len(jsonschema.NAMES)
    assert editor.write_schemas(tmp_path / "a" / "b") == ()
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file: "):
        editor.write_schemas(tmp_path / "file")


def test_the_command(tmp_path: Path) -> None:
    assert json.loads(gt("schema", "bead", cwd=tmp_path).stdout) == jsonschema.schema("bead")
    every = json.loads(gt("schema", cwd=tmp_path).stdout)
    assert tuple(every["$defs"]) == jsonschema.NAMES
    done = gt("schema", "--out", "schemas", cwd=tmp_path)
    assert done.stdout == f"schemas: {len(jsonschema.NAMES)} schemas new or changed\n"
    assert (tmp_path / "schemas/bead.schema.json").is_file()
    wrong = gt("schema", "nonsense", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("error: there is no kind 'nonsense'; one of: bead, molecule, ")
    assert gt("schema", "bead", "--out", "x", cwd=tmp_path).returncode == 2
