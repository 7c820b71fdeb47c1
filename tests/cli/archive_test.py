"""`gt archive` and what follows from it, as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions import deacon
from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support.asked import gt
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import write
from tests.support.working import wait

OLD = {"status": "closed", "closed": "2025-11-20T08:00:00Z", "close_reason": "Done"}


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = make_town(tmp_path / "town")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2025-11-20T09:00:00Z")
    write(made, "beads/hq-aaaaa.md", bead("hq-aaaaa", "Long ago", **OLD))
    write(made, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Waits for it", needs=["hq-aaaaa"]))
    put(made, "beads/hq-ccccc.md", bead("hq-ccccc", "Also long ago", **OLD))
    git(made.root, "add", "beads")
    commit(made.root, "-m", "beads")
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    return made


def shown(town: Town, *words: str) -> list[dict[str, str]]:
    done = gt(*words, "--json", cwd=town.root)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_what_is_archived_still_shows_holds_references_and_reopens(town: Town) -> None:
    before = shown(town, "bead", "show", "hq-aaaaa")
    ready = shown(town, "bead", "ready")
    stood = town.snapshot().bead(ItemId("hq-ccccc"))
    done = gt("archive", "--dry-run", cwd=town.root)
    assert done.stdout.splitlines()[:3] == ["hq-aaaaa", "hq-ccccc", "2 items would be archived"]
    tip = town.tip()
    done = gt("archive", cwd=town.root)
    assert done.stdout.splitlines()[:3] == ["hq-aaaaa", "hq-ccccc", "archived 2 items"]
    assert git(town.root, "log", "--format=%s", f"{tip}..").splitlines() == ["archive: 2 items"]
    assert git(town.root, "status", "--short") == ""
    assert not (town.root / "beads" / "hq-aaaaa.md").exists()
    assert len((town.root / "archive" / "2025-11.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    again = shown(town, "bead", "show", "hq-aaaaa")
    assert [each["title"] for each in again] == [each["title"] for each in before]
    assert [each["id"] for each in shown(town, "bead", "ready")] == [each["id"] for each in ready]
    assert [each["id"] for each in ready] == ["hq-bbbbb"]
    assert gt("archive", cwd=town.root).stdout == "nothing is old enough\n"
    done = gt("bead", "update", "hq-aaaaa", "--title", "x", cwd=town.root)
    assert done.returncode == 1
    assert "is archived; bring it back first: bd reopen hq-aaaaa" in done.stderr
    assert gt("bead", "reopen", "aaaaa", cwd=town.root).returncode == 0
    assert (town.root / "beads" / "hq-aaaaa.md").exists()
    assert [each["id"] for each in shown(town, "bead", "ready")] == ["hq-aaaaa"]
    assert gt("archive", "--restore", "hq-ccccc", cwd=town.root).stdout.startswith("restored hq-ccccc\n")
    assert town.snapshot().bead(ItemId("hq-ccccc")) == stood
    assert [(each.name, each.read_text()) for each in (town.root / "archive").glob("*")] == [
        ("2025-11.jsonl", "")
    ]
    assert gt("doctor", cwd=town.root).returncode == 0
    assert git(town.root, "status", "--short") == ""


@pytest.mark.parametrize("back", ["restore", "revert"])
def test_what_was_brought_back_is_not_folded_again_at_once(town: Town, back: str) -> None:
    assert gt("archive", cwd=town.root).stdout.splitlines()[2] == "archived 2 items"
    if back == "restore":
        assert gt("archive", "--restore", "hq-aaaaa", cwd=town.root).returncode == 0
    else:
        git(town.root, "revert", "--no-edit", "HEAD")
    assert gt("archive", cwd=town.root).stdout == "nothing is old enough\n"
    assert (town.root / "beads" / "hq-aaaaa.md").exists()
    done = gt("archive", "--older-than", "30d", cwd=town.root)  # whoever says so means it
    assert done.stdout.splitlines()[0] == "hq-aaaaa"


def test_a_month_emptied_here_takes_what_another_machine_folds_into_it(town: Town) -> None:
    gt("archive", cwd=town.root)
    gt("archive", "--restore", "hq-aaaaa", cwd=town.root)
    fork = town.tip()
    gt("archive", "--restore", "hq-ccccc", cwd=town.root)
    here = town.tip()
    git(town.root, "reset", "-q", "--hard", fork)
    gt("archive", "--older-than", "30d", cwd=town.root)
    git(town.root, "merge", "-q", "--no-edit", here)
    assert (town.root / "beads" / "hq-ccccc.md").exists()
    assert [each["id"] for each in shown(town, "bead", "show", "hq-aaaaa")] == ["hq-aaaaa"]


def test_a_trailer_that_names_what_is_archived_changes_nothing(town: Town) -> None:
    gt("archive", cwd=town.root)
    tip = town.tip()
    git(town.root, "commit", "-q", "--allow-empty", "-m", "more\n\nBead: hq-aaaaa\nCloses: hq-ccccc")
    assert gt("catch-up", cwd=town.root).returncode == 0
    assert git(town.root, "diff", "--stat", tip, "HEAD") == ""


def test_a_broken_line_is_told_with_its_place(town: Town) -> None:
    gt("archive", cwd=town.root)
    path = "archive/2025-11.jsonl"
    text = (town.root / path).read_text(encoding="utf-8")
    write(town, path, "<<<<<<< HEAD\n" + text)
    commit(town.root, "--no-verify", "-am", "a merge that went wrong")
    assert f"{path}:1: a conflict marker of git" in gt("doctor", cwd=town.root).stdout
    assert [each["id"] for each in shown(town, "bead", "show", "hq-aaaaa")] == ["hq-aaaaa"]


def test_flags_that_contradict_each_other_are_refused(town: Town) -> None:
    assert gt("archive", "--restore", "hq-aaaaa", "--dry-run", cwd=town.root).returncode == 2
    assert gt("archive", "--older-than", "soon", cwd=town.root).returncode == 1
    done = gt("archive", "--restore", "hq-bbbbb", cwd=town.root)
    assert (done.returncode, done.stderr) == (
        1,
        "error: hq-bbbbb is not archived; see it with: bd show hq-bbbbb\n",
    )


def test_the_deacon_folds_by_itself(town: Town) -> None:
    try:
        deacon.up(town)
        wait(lambda: (town.root / "archive" / "2025-11.jsonl").exists())
    finally:
        deacon.down(town)
    assert sorted(each.id for each in town.snapshot().beads()) == ["hq-bbbbb"]
