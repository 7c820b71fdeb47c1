"""Which names new polecats of a rig get."""

from __future__ import annotations

import json

import pytest

from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.rules.namepool import THEMES
from gtlib.rules.namepool import check_name
from gtlib.rules.namepool import pool_of
from tests.support.world import polecat
from tests.support.world import rig
from tests.support.world import world


def theme(town: Snapshot, name: str) -> tuple[str, str]:
    pool = pool_of(town, name)
    return pool.theme, pool.source


def settings(**pool: object) -> str:
    return json.dumps({"namepool": pool})


def test_by_the_rigs_name_and_no_two_the_same() -> None:
    town = world(rig("one", "on"), rig("two", "tw"))
    found = {name: theme(town, name) for name in ("one", "two", "proj")}
    assert {source for _, source in found.values()} == {"hash"}
    assert {each for each, _ in found.values()} == set(THEMES)
    # a fourth one shares with another
    assert theme(world(rig("one", "on"), rig("two", "tw"), rig("web", "we")), "web")[0] in THEMES


def test_it_stays_as_it_is_used() -> None:
    town = world(polecat("quartz"), polecat("opal"), polecat("toast"))
    assert theme(town, "proj") == ("minerals", "use")


def test_as_the_settings_say() -> None:
    own = {"proj/settings/config.json": settings(style="wasteland", names=["rosie", "toast"])}
    pool = pool_of(world(files=own), "proj")
    assert (pool.theme, pool.source, pool.names[:3]) == (
        "wasteland",
        "settings",
        ("rosie", "toast", "ashfall"),
    )
    town = {"settings/config.json": settings(style="birds", themes={"birds": ["wren"]})}
    assert pool_of(world(files=town), "proj").names == ("wren",)
    few = {"proj/settings/config.json": settings(style="minerals", max_before_numbering=2)}
    assert pool_of(world(files=few), "proj").names == THEMES["minerals"][:2]
    with pytest.raises(UserError) as refusal:
        pool_of(world(files={"settings/config.json": settings(style="brds")}), "proj")
    assert refusal.value.what == "there is no theme 'brds' of names"


@pytest.mark.parametrize("name", ["../x", "Rosie", "witness", "a b", "", "$(x)"])
def test_names_that_nobody_may_have(name: str) -> None:
    with pytest.raises(UserError):
        check_name(name)
