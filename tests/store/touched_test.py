"""When a bead was last changed: kept as commits come, and looked up in the history after a loss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gtlib.actions.catch_up import catch_up
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.store.index import throw_away
from gtlib.store.reading import read
from gtlib.store.town import Town
from tests.support.towns import bead
from tests.support.towns import commit
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put

LOOKS: list[Callable[[Path], Snapshot]] = [read, lambda root: Town.open(root).snapshot()]


def updated(snapshot: Snapshot) -> dict[str, str]:
    return {bead.id: snapshot.dated(bead).updated for bead in snapshot.beads()}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    def day(number: int) -> str:
        stamp = f"2026-01-{number:02d}T00:00:00Z"
        monkeypatch.setenv("GIT_COMMITTER_DATE", stamp)
        monkeypatch.setenv("GIT_AUTHOR_DATE", "2025-01-01T00:00:00Z")
        monkeypatch.setenv("GT_NOW", stamp)
        return stamp

    return day


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("hooks", [True, False])
def test_it_is_the_time_of_the_last_commit_that_touched_the_file(
    tmp_path: Path, at: Callable[[int], str], lost: bool, hooks: bool
) -> None:
    at(1)
    town = make_town(tmp_path / "town")
    if not hooks:  # all commits reach the index at once
        git(town.root, "config", "core.hooksPath", "/dev/null")
    first = at(2)
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa"))
    put(town, "beads/hq-bbbbb.md", bead("hq-bbbbb"))
    at(3)
    put(town, "beads/hq-ddddd.md", bead("hq-ddddd", updated="2020-01-01T00:00:00Z"))
    git(town.root, "switch", "-q", "-c", "side")
    side = at(4)
    put(town, "beads/hq-ccccc.md", bead("hq-ccccc"))
    git(town.root, "switch", "-q", "main")
    main = at(5)
    put(town, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Changed"))
    for number in range(10 if lost else 1):
        put(town, "beads/hq-fffff.md", bead("hq-fffff", f"Version {number}"))
    at(6)
    git(town.root, "merge", "-q", "--no-edit", "side")
    wanted = {
        "hq-aaaaa": first,
        "hq-bbbbb": main,
        "hq-ccccc": side,
        "hq-ddddd": "2020-01-01T00:00:00Z",
        "hq-fffff": main,
    }
    for look in LOOKS * 2:
        if lost:
            throw_away(town.root)
        assert updated(look(town.root)) == wanted
    past = town.repo.resolve("side")
    assert past is not None
    assert updated(town.snapshot_at(past)) == {
        "hq-aaaaa": first,
        "hq-bbbbb": first,
        "hq-ccccc": side,
        "hq-ddddd": "2020-01-01T00:00:00Z",
    }


def test_a_bead_that_is_gone_and_comes_again_is_as_old_as_its_coming(
    tmp_path: Path, at: Callable[[int], str]
) -> None:
    at(1)
    town = make_town(tmp_path / "town")
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa"))
    at(2)
    git(town.root, "rm", "-q", "beads/hq-aaaaa.md")
    commit(town.root, "-m", "gone")
    third = at(3)
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa"))
    assert updated(read(town.root)) == {"hq-aaaaa": third}


def test_what_is_archived_changed_last_when_it_was_closed(tmp_path: Path) -> None:
    line = '{"id":"hq-aaaaa","title":"x","priority":2,"status":"closed","closed_at":"2026-01-01T00:00:00Z"}\n'
    snapshot = Snapshot.of({"archive/2026-01.jsonl": line})
    found = snapshot.bead(ItemId("hq-aaaaa"))
    assert found is not None
    assert snapshot.updated(found) == "2026-01-01T00:00:00Z"


def test_an_imported_time_counts_until_somebody_changes_the_bead_by_hand(
    tmp_path: Path, at: Callable[[int], str]
) -> None:
    at(1)
    town = make_town(tmp_path / "town")
    imported = "2020-01-01T00:00:00Z"
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa", "One", updated=imported))
    put(town, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Two", updated=imported))
    catch_up(town)
    assert updated(read(town.root)) == {"hq-aaaaa": imported, "hq-bbbbb": imported}
    second = at(2)
    other = "2021-01-01T00:00:00Z"
    put(town, "beads/hq-aaaaa.md", bead("hq-aaaaa", "Changed", updated=imported))
    put(town, "beads/hq-bbbbb.md", bead("hq-bbbbb", "Imported again", updated=other))
    catch_up(town)
    assert updated(read(town.root)) == {"hq-aaaaa": second, "hq-bbbbb": other}
    assert "updated" not in (town.root / "beads" / "hq-aaaaa.md").read_text(encoding="utf-8")
    assert git(town.root, "status", "--short") == ""
