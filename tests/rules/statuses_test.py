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
    ("status", "category", "over"),
    [
        ("open", "active", False),
        ("in_progress", "wip", False),
        ("hooked", "wip", False),
        ("blocked", "wip", False),
        ("deferred", "frozen", False),
        ("pinned", "frozen", True),
        ("closed", "done", True),
        ("tombstone", "done", True),
        ("in_review", "active", False),
        ("qa", "wip", False),
        ("on-hold", "frozen", False),
        ("dropped", "done", True),
        ("never-heard-of", "unspecified", False),
    ],
)
def test_every_status_has_a_category(status: str, category: str, over: bool) -> None:
    assert statuses.category(TOWN, status) == category
    assert statuses.is_over(TOWN, status) == over == (status in statuses.over(TOWN))


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
