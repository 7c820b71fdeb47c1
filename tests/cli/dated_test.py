"""Every object of a bead that a command prints says when the bead changed last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import bd
from tests.support.towns import bead

MADE = "2026-11-20T08:00:00Z"
LATER = "2026-11-21T09:30:00Z"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town = towns.make_town(tmp_path / "town")
    monkeypatch.setenv("GIT_COMMITTER_DATE", MADE)
    monkeypatch.setenv("GT_NOW", MADE)
    for id, fields in {
        "hq-epic": {"type": "epic"},
        "hq-one": {"parent": "hq-epic"},
        "hq-two": {"needs": ["hq-one"]},
    }.items():
        towns.write(town, f"beads/{id}.md", bead(id, created="2026-01-01T00:00:00Z", **fields))
    towns.git(town.root, "add", "beads")
    towns.commit(town.root, "-m", "by hand")
    monkeypatch.chdir(town.root)
    return town


def issues(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it that is a bead."""
    if isinstance(value, dict):
        if "issue_type" in value:
            yield value
        for each in value.values():
            yield from issues(each)
    elif isinstance(value, list):
        for each in value:
            yield from issues(each)


@pytest.mark.parametrize(
    "words",
    [
        "list", "show hq-two", "show hq-one", "ready", "ready --explain", "blocked", "children hq-epic", "dep list hq-two",
        "dep list hq-one --direction up", "dep tree hq-two", "epic status", "graph --all", "search one",
        "show hq-epic --children", "diff HEAD~1", "history hq-one",
    ],
)  # fmt: skip
def test_what_is_read(town: Town, words: str) -> None:
    found = list(issues(json.loads(bd(*words.split(), "--json").stdout)))
    assert found and {each["updated_at"] for each in found} == {MADE}


@pytest.mark.parametrize(
    "words",
    [
        "create Three", "q Three", "update hq-one -p 1", "close hq-one", "close hq-one --suggest-next", "assign hq-one ada",
        "close hq-one --claim-next", "ready --claim", "defer hq-one", "note hq-one said",
    ],
)  # fmt: skip
def test_what_was_just_written(town: Town, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GT_NOW", LATER)
    found = list(issues(json.loads(bd(*words.split(), "--json").stdout)))
    written = found[:1] if words == "close hq-one --suggest-next" else found
    assert written and {each["updated_at"] for each in written} == {LATER}


def test_what_is_opened_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    bd("close", "hq-one")
    monkeypatch.setenv("GT_NOW", LATER)
    assert [each["updated_at"] for each in json.loads(bd("reopen", "hq-one", "--json").stdout)] == [LATER]
