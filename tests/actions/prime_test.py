"""What is told in a town on disk: the person's own words, and what may go wrong with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gtlib.actions.install import install
from gtlib.actions.prime import prime
from gtlib.actions.prime import prime_or_fault
from gtlib.actions.prime import role_prompt
from gtlib.errors import UserError
from gtlib.store.town import Town
from tests.support import hostile
from tests.support import towns

RIG = "name: proj\nprefix: pr\nurl: /srv/proj.git\n"
POLECAT = "---\naddress: proj/polecats/toast\n---\n"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "proj/rig.yaml", RIG)
    towns.put(town, "agents/proj/polecats/toast.md", POLECAT)
    return town


def test_the_built_in_prompt_with_names_filled_in(town: Town) -> None:
    told = prime(town.root, "proj/polecats/toast")
    assert (told.address, told.role, told.state, told.mail, told.fault) == (
        "proj/polecats/toast", "polecat", "normal", (), "",
    )  # fmt: skip
    assert "You are toast, a worker on the project proj." in told.text and "{{" not in told.text
    assert [part.key for part in told.parts] == ["identity", "role", "now"]
    assert told.text.endswith("Don't look for work. End the session.\n")


def test_the_towns_own_words(town: Town) -> None:
    texts = {
        "roles/polecat.md": "Be {{ name }}.\n",
        "directives/polecat.md": "Write short.\n",
        "proj/directives/polecat.md": "Use tabs.\n",
        "CONTEXT.md": "We make clocks.\n",
        "proj/CONTEXT.md": "This one ticks.\n",
    }
    for path, text in texts.items():
        towns.put(town, path, text)
    told = prime(town.root, "proj/polecats/toast")
    assert [part.key for part in told.parts] == [
        "identity",
        "role",
        "directive:directives/polecat.md",
        "directive:proj/directives/polecat.md",
        "context:CONTEXT.md",
        "context:proj/CONTEXT.md",
        "now",
    ]
    assert (
        "\n\nBe toast.\n\n## Directives\nWrite short.\n\nUse tabs.\n\n"
        "## About this place\nWe make clocks.\n\nThis one ticks.\n\n## Now\n"
    ) in told.text
    assert "Use tabs." not in prime(town.root, "mayor").text


@pytest.mark.parametrize("linked", ["directives/polecat.md", "directives"])
def test_no_link_is_followed(town: Town, tmp_path: Path, linked: str) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "polecat.md").write_text(hostile.WORD)
    (town.root / linked).parent.mkdir(exist_ok=True)
    os.symlink(secret if linked == "directives" else secret / "polecat.md", town.root / linked)
    with pytest.raises(UserError, match="directives/polecat.md is a link, or lies behind one"):
        prime(town.root, "proj/polecats/toast")


def test_a_prompt_that_is_none_is_refused(town: Town) -> None:
    path = town.root / "roles" / "polecat.md"
    path.parent.mkdir()
    for data, said in ((b"\xff", "is not UTF-8"), (b"x" * 300_000, "has more than 200000 bytes")):
        path.write_bytes(data)
        with pytest.raises(UserError, match=said):
            prime(town.root, "proj/polecats/toast")


def test_a_fault_becomes_one_line(town: Town, tmp_path: Path) -> None:
    for root, address in (
        (town.root, "proj/polecats/nobody"),
        (town.root, "../x"),
        (tmp_path / "no", "mayor"),
    ):
        told = prime_or_fault(root, address)
        assert told.fault and told.text.count("\n") == 1 and told.text.startswith("[gt] gt prime failed: ")
        assert "don't run `gt done`" in told.text
    assert prime_or_fault(town.root, "mayor").fault == ""


def test_what_was_built_in_is_there_for_every_role(town: Town) -> None:
    assert role_prompt(town.root, "mayor")[0] == "built in"
    assert role_prompt(town.root, "boot") == ("roles/boot.md", "")


def test_a_fresh_town_primes_its_mayor_below_the_limit_of_programs(tmp_path: Path) -> None:
    root = install(tmp_path / "town", "test").root
    text = "x" * 400
    for number in range(12):
        towns.put(
            Town.open(root),
            f"mail/mayor/new/msg-{number:05}.md",
            f"---\nfrom: overseer\nsubject: s\n---\n{text}\n",
        )
    told = prime(root, "mayor")
    assert len(told.text) <= 9_201 and 0 < len(told.mail) < 13
    assert told.text.startswith("[gt] You are mayor (mayor).")


def test_two_primes_have_boundaries_of_their_own(town: Town) -> None:
    first, second = (prime(town.root, "mayor").text.partition("[data ")[2][:12] for _ in range(2))
    assert first != second and len(first) == 12


def test_nothing_is_changed(town: Town) -> None:
    towns.put(town, "mail/mayor/new/msg-aaaaa.md", "---\nfrom: overseer\nsubject: hello\n---\n")
    before = (town.tip(), towns.status(town))
    told = prime(town.root, "mayor", source="startup", session="s1", warnings=("Look out.",))
    assert told.mail == ("msg-aaaaa",) and told.text.startswith(
        "WARNING: Look out.\n\n[gt] You are mayor (mayor), session s1."
    )
    assert (town.tip(), towns.status(town)) == before
