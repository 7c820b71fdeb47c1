"""A town's clones know how its files are merged, and doctor mends what is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gtlib import layout
from gtlib.actions import merge_setup
from gtlib.actions.catch_up import catch_up
from gtlib.actions.doctor import doctor
from gtlib.actions.hook_checks import Check
from gtlib.actions.install import install
from gtlib.store.town import Town
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import show
from tests.support.towns import status

OLD = "* text=auto eol=lf\n/archive/*.jsonl merge=union\n# mine\n*.png binary\n"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return make_town(tmp_path / "town")


def settings(root: Path) -> dict[str, str]:
    return {key: git(root, "config", "--local", key, check=False).strip() for key in merge_setup.config()}


def looked(town: Town, *, fix: bool = False) -> list[Check]:
    return [check for check in doctor(town, fix=fix) if check.name == "merge"]


def test_a_fresh_town_has_it_all(town: Town) -> None:
    assert settings(town.root) == merge_setup.config()
    assert show(town, ".gitattributes") == layout.GITATTRIBUTES
    assert looked(town) == [Check("merge", message="by field")]


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("beads/gt-a.md", "gt"),
        ("molecules/gt-mol-a.md", "gt"),
        ("convoys/hq-cv-a.md", "gt"),
        ("merges/gt-mr-a.md", "gt"),
        ("escalations/hq-esc-a.md", "gt"),
        ("agents/mayor.md", "gt"),
        ("agents/hello/polecats/toast.md", "gt"),
        ("mail/outbox/x.md", "gt"),
        ("mail/hello/polecats/toast/new/msg-a.md", "gt"),
        ("memories/build.md", "gt"),
        ("town.yaml", "gt"),
        ("hello/rig.yaml", "gt"),
        ("archive/2026-11.jsonl", "union"),
        ("README.md", "unspecified"),
        ("hello/town.yaml", "unspecified"),
    ],
)
def test_which_files(town: Town, path: str, how: str) -> None:
    assert git(town.root, "check-attr", "merge", "--", path) == f"{path}: merge: {how}\n"


def test_a_clone_is_told_by_install(town: Town, tmp_path: Path) -> None:
    git(town.root, "clone", "--quiet", ".", str(tmp_path / "clone"))
    assert set(settings(tmp_path / "clone").values()) == {""}
    assert settings(install(tmp_path / "clone").root) == merge_setup.config()


def test_a_town_older_than_the_driver_is_told_by_its_next_catch_up(town: Town) -> None:
    git(town.root, "config", "--local", "--remove-section", "merge.gt")
    git(town.root, "config", "--local", "--unset", "merge.renames")
    catch_up(Town.open(town.root))
    assert settings(town.root) == merge_setup.config()


def test_old_attributes_get_the_missing_lines_and_keep_their_own(town: Town) -> None:
    put(town, ".gitattributes", OLD)
    assert [check.message for check in looked(town)] == [
        ".gitattributes does not say how the town's files are merged"
    ]
    fixed = looked(town, fix=True)
    assert [(check.status, check.fixed) for check in fixed] == [
        ("ok", ("install: .gitattributes says how the town's files are merged",))
    ]
    assert show(town, ".gitattributes") == OLD + layout.GITATTRIBUTES.split("merge=union\n")[1]
    assert (status(town), looked(town)) == ("", [Check("merge", message="by field")])
    put(town, ".gitattributes", OLD.rstrip())
    install(town.root)
    assert show(town, ".gitattributes") == OLD + layout.GITATTRIBUTES.split("merge=union\n")[1]


def test_an_interpreter_that_is_gone(town: Town, tmp_path: Path) -> None:
    gone = tmp_path / "it's 100% gone" / "python"
    command = merge_setup.config()[merge_setup.DRIVER].replace(
        sys.executable, "'" + str(gone).replace("'", "'\"'\"'").replace("%", "%%") + "'", 1
    )
    git(town.root, "config", "--local", merge_setup.DRIVER, command)
    message = f"git's setting merge.gt.driver names {gone}, which is gone"
    assert [check.message for check in looked(town)] == [message]
    assert looked(town, fix=True)[0].fixed[0] == "set merge.gt.driver"
    git(town.root, "config", "--local", merge_setup.DRIVER, command)
    catch_up(Town.open(town.root))
    assert settings(town.root) == merge_setup.config()


def test_an_interpreter_without_us(town: Town) -> None:
    other = shutil.which("true")
    assert other
    command = merge_setup.config()[merge_setup.DRIVER].replace(sys.executable, other, 1)
    git(town.root, "config", "--local", merge_setup.DRIVER, command)
    catch_up(town)
    assert settings(town.root)[merge_setup.DRIVER] == command  # another installation may be meant
    assert [check.message for check in looked(town)] == [
        "git's setting merge.gt.driver names another installation of gt"
    ]
    false = shutil.which("false")
    git(town.root, "config", "--local", merge_setup.DRIVER, command.replace(other, str(false), 1))
    assert [check.message for check in looked(town)] == [
        f"git's setting merge.gt.driver names {false}, which can't import gtlib.mergedriver (exit status 1)"
    ]


def test_a_town_that_knew_no_strategy_is_told_by_catch_up_or_doctor(town: Town) -> None:
    git(town.root, "config", "--local", "--unset", "pull.twohead")
    assert [check.message for check in looked(town)] == ["git's setting pull.twohead is not set"]
    catch_up(Town.open(town.root))
    assert settings(town.root) == merge_setup.config()
    git(town.root, "config", "--local", "--unset", "pull.twohead")
    assert looked(town, fix=True)[0].fixed[0] == "set pull.twohead"


@pytest.mark.parametrize("scope", ["--local", "--global"])
def test_a_strategy_that_a_person_chose_stays_and_doctor_says_so(town: Town, scope: str) -> None:
    git(town.root, "config", "--local", "--unset", "pull.twohead")
    git(town.root, "config", scope, "pull.twohead", "ort")
    catch_up(Town.open(town.root))
    install(town.root)
    found = looked(Town.open(town.root), fix=True)
    assert [(check.status, check.message) for check in found] == [
        (
            "warning",
            "git's setting pull.twohead is ort, which may take one file for another that looks like it",
        )
    ]
    assert settings(town.root)["pull.twohead"] == ("ort" if scope == "--local" else "")
