"""What git knew of us is taken out, what was there before is back, and all files stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions import merge_setup
from gtlib.actions import shims
from gtlib.actions.catch_up import catch_up
from gtlib.actions.doctor import doctor
from gtlib.actions.doctor import overall_ok
from gtlib.actions.install import CONFIG
from gtlib.actions.install import install
from gtlib.actions.uninstall import Removal
from gtlib.actions.uninstall import uninstall
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town
from tests.support import rigged
from tests.support import towns
from tests.support.asked import gt

OF_GIT = {*CONFIG, *merge_setup.config()}


def hooks(town: Town) -> dict[str, str]:
    """The git hooks of the town and its rig by name: what they say."""
    folders = [town.git_dir / "hooks", *town.root.glob("*/.repo/.git/hooks")]
    return {
        each.relative_to(town.root).as_posix(): each.read_text()
        for folder in folders
        for each in sorted(folder.iterdir())
        if not each.name.endswith(".sample")
    }


def settings(root: Path) -> set[str]:
    names = towns.git(root, "config", "--local", "--name-only", "--list").split()
    return {key for key in OF_GIT if key.lower() in names}


def test_everything_and_back(tmp_path: Path) -> None:
    town, rig, _ = rigged.make(tmp_path)
    before, tip = hooks(town), town.tip()
    everything = Removal(
        hooks={"the town": tuple(shims.TOWN), "proj": tuple(shims.RIG)},
        settings=(*CONFIG, *merge_setup.config()),
    )
    assert uninstall(town, dry=True) == everything
    assert hooks(town) == before and settings(town.root) == OF_GIT

    assert uninstall(town) == everything
    assert hooks(town) == {}
    assert settings(town.root) == set()
    assert (town.tip(), towns.status(town)) == (tip, "")
    assert uninstall(Town.open(town.root)) == Removal()

    catch_up(Town.open(town.root))
    assert settings(town.root) == set()  # a command that is used all the same changes nothing of that

    install(town.root)
    assert hooks(town) == before and settings(town.root) == OF_GIT
    assert overall_ok(doctor(Town.open(town.root)))


@pytest.mark.parametrize("name", ["pre-commit", "post-commit", "commit-msg"])
def test_a_hook_that_was_there_is_back(tmp_path: Path, name: str) -> None:
    root = tmp_path / "town"
    towns.make_town(root)
    uninstall(Town.open(root))
    path = root / ".git/hooks" / name
    path.write_text("#!/bin/sh\nexit 0\n")
    path.chmod(0o755)
    town = install(root)
    assert path.read_text() != "#!/bin/sh\nexit 0\n"
    assert uninstall(town).restored == {"the town": (name,)}
    assert hooks(town) == {f".git/hooks/{name}": "#!/bin/sh\nexit 0\n"}
    assert path.stat().st_mode & 0o111


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.git(town.root, "config", "gc.auto", "500")
    (town.git_dir / "hooks" / "post-merge").write_text("#!/bin/sh\n# mine now\n")
    found = uninstall(town)
    assert "gc.auto" not in found.settings and "post-merge" not in found.hooks["the town"]
    assert towns.git(town.root, "config", "gc.auto") == "500\n"
    assert hooks(town) == {".git/hooks/post-merge": "#!/bin/sh\n# mine now\n"}


def test_the_deacon_ends(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    assert gt("up", cwd=town.root).returncode == 0
    try:
        assert uninstall(town, dry=True).running == ("deacon",)
        assert holder(town.local) is not None
        assert uninstall(town).running == ("deacon",)
        assert holder(town.local) is None
    finally:
        gt("down", cwd=town.root)


def test_a_clone_on_another_machine(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.git(tmp_path, "clone", "-q", str(town.root), "clone")
    clone = install(tmp_path / "clone")
    assert settings(clone.root) == OF_GIT
    assert {Path(path).name for path in hooks(clone)} == set(shims.TOWN)
    assert (clone.root / ".gt/schemas/town.schema.json").is_file()
    assert clone.tip() == town.tip()


def test_the_command(tmp_path: Path) -> None:
    root = towns.make_town(tmp_path / "town").root
    shown = gt("uninstall", cwd=root)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == (
        f"would be taken out of the town: the git hooks {', '.join(shims.TOWN)}\n"
        f"would be unset in git's local configuration: {', '.join((*CONFIG, *merge_setup.config()))}\n"
        "left alone: every file, all of history, worktrees and branches\n"
        "next: gt uninstall --yes\n"
    )
    done = gt("uninstall", "--yes", cwd=root)
    assert done.stdout.startswith("taken out of the town: the git hooks pre-commit, ")
    assert done.stdout.endswith(f"next: gt install {root}\n")
    again = gt("uninstall", "--yes", cwd=root).stdout
    assert again == f"nothing of gt is set up in {root}; its files are all there\nnext: gt install {root}\n"
    found = json.loads(gt("uninstall", "--json", cwd=root).stdout)
    assert found | {"schema_version": 1} == {
        "schema_version": 1,
        "path": str(root), "done": False, "running": [], "hooks": {}, "restored": {}, "settings": [],
    }  # fmt: skip
