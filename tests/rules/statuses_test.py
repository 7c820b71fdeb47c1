from __future__ import annotations

import pytest

from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model.config import TownConfig
from gtlib.rules import statuses

TOWN = TownConfig(
    name="t", statuses={"in_review": "active", "qa": "wip", "on-hold": "frozen", "dropped": "done"}
)


@pytest.mark.parametrize(
    ("status", "category", "over", "hidden"),
    [
        ("open", "active", False, False),
        ("in_progress", "wip", False, False),
        ("hooked", "wip", False, False),
        ("blocked", "wip", False, False),
        ("deferred", "frozen", False, True),
        ("pinned", "frozen", True, True),
        ("closed", "done", True, True),
        ("tombstone", "done", True, True),
        ("in_review", "active", False, False),
        ("qa", "wip", False, False),
        ("on-hold", "frozen", False, True),
        ("dropped", "done", True, True),
        ("never-heard-of", "unspecified", False, False),
    ],
)
def test_every_status_has_a_category(status: str, category: str, over: bool, hidden: bool) -> None:
    assert statuses.category(TOWN, status) == category
    assert statuses.is_over(TOWN, status) == over == (status in statuses.over(TOWN))
    assert statuses.is_hidden(TOWN, status) == hidden


def test_statuses_by_category() -> None:
    assert statuses.with_category(TOWN, "active") == {"open", "in_review"}
    assert statuses.with_category(TOWN, "wip", "frozen") == {
        "in_progress", "hooked", "blocked", "qa", "deferred", "pinned", "on-hold",
    }  # fmt: skip


def test_a_town_has_fifty_statuses_of_its_own_at_most() -> None:
    def town(count: int) -> str:
        rows = [f"  own{number}: wip\n" for number in range(count)]
        return "name: t\nstatuses:\n" + "".join(rows)

    assert isinstance(kinds.parse("town.yaml", town(50)), TownConfig)
    with pytest.raises(FileError) as refusal:
        kinds.parse("town.yaml", town(51))
    assert (refusal.value.line, refusal.value.what, refusal.value.hint) == (
        2, "town.yaml:2: statuses has 51 keys", "leave 50 at most",
    )  # fmt: skip
