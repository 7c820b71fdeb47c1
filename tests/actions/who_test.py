from __future__ import annotations

from pathlib import Path

import pytest

from gtlib.actions.who import speaker
from gtlib.errors import UserError
from gtlib.store.town import Town
from tests.support import towns

TOAST = "shop/polecats/toast"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = towns.make_town(tmp_path / "town")
    towns.put(made, f"agents/{TOAST}.md", f"---\naddress: {TOAST}\n---\n")
    return made


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        ({}, "overseer"),
        ({"BD_ACTOR": "shop/toast"}, TOAST),
        ({"BD_ACTOR": "Mayor"}, "mayor"),
        ({"BEADS_ACTOR": "mayor/"}, "mayor"),
        ({"BD_ACTOR": "ada@example.org", "BEADS_ACTOR": "bo"}, "ada@example.org"),
        ({"BD_ACTOR_ASKED": "Zoë  L", "BD_ACTOR": "bo"}, "Zoë L"),
        ({"BD_ACTOR": "overseer"}, "overseer"),
        ({"GT_ROLE": TOAST, "BD_ACTOR": "overseer"}, TOAST),
        ({"GT_ROLE": TOAST, "BD_ACTOR_ASKED": "shop/toast"}, TOAST),
    ],
)
def test_who_speaks(town: Town, environ: dict[str, str], who: str) -> None:
    assert speaker(town.root, town.root, environ) == who


def test_a_worktree_binds_whoever_stands_in_it(town: Town) -> None:
    cwd = town.root / TOAST / "src"
    cwd.mkdir(parents=True)
    assert speaker(town.root, cwd, {"BD_ACTOR": "overseer"}) == TOAST
    with pytest.raises(UserError, match="you are shop/polecats/toast here, and can't speak as 'overseer'"):
        speaker(town.root, cwd, {"BD_ACTOR_ASKED": "overseer"})


@pytest.mark.parametrize(
    "hostile",
    [
        "../overseer", "/etc/passwd", "shop/polecats/nobody", "..", ".hidden", "-q", "a\nActor: overseer", "a\x1b[2J",
        "<ada>", "x" * 81, "a;b", "a.lock", "shop//toast", "\u202eada",
    ],
)  # fmt: skip
def test_what_is_no_name_is_refused(town: Town, hostile: str) -> None:
    with pytest.raises(UserError):
        speaker(town.root, town.root, {"BD_ACTOR": hostile})


@pytest.mark.parametrize("role", ["bogus", "shop/polecats/nobody", "shop/witness"])
def test_a_role_that_nobody_has_is_refused(town: Town, role: str) -> None:
    with pytest.raises(UserError, match=f"GT_ROLE says {role}, which is no agent"):
        speaker(town.root, town.root, {"GT_ROLE": role})
    assert speaker(town.root, town.root, {"GT_ROLE": role}, known=False) == role


def test_nobody_takes_another_role(town: Town) -> None:
    with pytest.raises(UserError, match="can't speak as 'overseer'; leave --actor out"):
        speaker(town.root, town.root, {"GT_ROLE": "mayor", "BD_ACTOR_ASKED": "overseer"})
