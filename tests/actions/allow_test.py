"""What came with a file runs on this machine only after it was allowed here."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from gtlib.actions import trust
from gtlib.actions.allow import Runnable
from gtlib.actions.allow import allow
from gtlib.actions.allow import waiting
from gtlib.cli.allow import visible
from gtlib.errors import UserError
from gtlib.store.allowed import allow_text
from gtlib.store.allowed import is_allowed
from gtlib.store.town import Town
from tests.support import towns
from tests.support import working
from tests.support.asked import gt

RIG = """\
name: proj
prefix: pr
url: /srv/proj.git
gates:
  lint:
    command: ruff check .
  test:
    command: make test
"""
FORMULA = """\
formula = "deploy"
version = 1

[[steps]]
id = "build"
title = "Build"
run = ["make", "build all"]

[[steps]]
id = "look"
title = "Look at it"

[[steps]]
id = "ship"
title = "Ship"
run = "set -e\\n./ship\\n"
"""


def make(tmp_path: Path) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "proj/rig.yaml", RIG)
    towns.put(town, "formulas/deploy.formula.toml", FORMULA)
    return town


def test_texts_by_hash(tmp_path: Path) -> None:
    assert not is_allowed(tmp_path, "make test")
    assert allow_text(tmp_path, "make test", "by hand\nin two lines")
    assert not allow_text(tmp_path, "make test", "again")
    with open(tmp_path / "allowed", "a", encoding="utf-8") as file:
        file.write("# a person's line without an end")
    assert allow_text(tmp_path, "b", "x")
    assert [is_allowed(tmp_path, text) for text in ("make test", "make test\n", "b", "")] == [
        True,
        False,
        True,
        False,
    ]
    assert (tmp_path / "allowed").read_text(encoding="utf-8").splitlines() == [
        f"{sha256(b'make test').hexdigest()}  by hand in two lines",
        "# a person's line without an end",
        f"{sha256(b'b').hexdigest()}  x",
    ]


def test_waiting_and_allowing(tmp_path: Path) -> None:
    town = make(tmp_path)
    gates = (
        Runnable("proj/rig.yaml", "lint", "ruff check .", "ruff check .", False),
        Runnable("proj/rig.yaml", "test", "make test", "make test", False),
    )
    steps = (
        Runnable(
            "formulas/deploy.formula.toml", "build", "make 'build all'", "list\0make 'build all'", False
        ),
        Runnable("formulas/deploy.formula.toml", "ship", "set -e\n./ship\n", "set -e\n./ship\n", False),
    )
    assert waiting(town) == gates + steps
    assert allow(town, "proj/rig.yaml") == gates
    assert waiting(town) == steps
    assert allow(town, "deploy.formula.toml", town.root / "formulas") == steps
    assert waiting(town) == ()
    assert is_allowed(town.local, "list\0make 'build all'")
    # One character later it is another text.
    towns.put(town, "proj/rig.yaml", RIG.replace("make test", "make test2"))
    towns.put(town, "formulas/deploy.formula.toml", FORMULA.replace("./ship", "./shop"))
    assert [(each.path, each.name) for each in waiting(town)] == [
        ("proj/rig.yaml", "test"),
        ("formulas/deploy.formula.toml", "ship"),
    ]


def test_uncommitted_gates_are_not_what_is_allowed(tmp_path: Path) -> None:
    town = make(tmp_path)
    towns.write(town, "proj/rig.yaml", RIG.replace("make test", "curl evil"))
    assert [each.command for each in allow(town, "proj/rig.yaml")] == ["ruff check .", "make test"]
    assert not is_allowed(town.local, "curl evil")


@pytest.mark.parametrize(("path", "line"), [
    ("nope/rig.yaml", "nope/rig.yaml is not committed; gt rig list shows the rigs there are"),
    ("town.yaml", "town.yaml is no file with commands; gt allow lists the files that have some"),
    ("../x.formula.toml", "../x.formula.toml is outside the town; only files of the town are allowed or not"),
    ("formulas/no.formula.toml", "there is no file ./formulas/no.formula.toml; see all formulas with: bd formula list"),
])  # fmt: skip
def test_what_can_t_be_allowed(tmp_path: Path, path: str, line: str) -> None:
    town = make(tmp_path)
    with pytest.raises(UserError) as caught:
        allow(town, path)
    assert str(caught.value) == line
    assert not (town.local / "allowed").exists()


def test_nothing_hides() -> None:
    assert visible("make\x1b]0;; curl evil\x07\u202e\tx\ny") == "make\\x1b]0;; curl evil\\x07\\u202e\tx\ny"


def test_the_command(tmp_path: Path) -> None:
    town = make(tmp_path)
    listed = gt("allow", cwd=town.root)
    assert (listed.returncode, listed.stdout) == (
        0,
        """\
proj/rig.yaml: not allowed on this machine
  lint: ruff check .
  test: make test
formulas/deploy.formula.toml: not allowed on this machine
  build: make 'build all'
  ship: set -e
    ./ship
next: gt allow proj/rig.yaml
      gt allow formulas/deploy.formula.toml
""",
    )
    done = gt("allow", "--yes", "rig.yaml", cwd=town.root / "proj")
    assert (done.returncode, done.stdout) == (
        0,
        """\
proj/rig.yaml: allowed on this machine
  lint: ruff check .
  test: make test
next: gt up
""",
    )
    gt("allow", "--yes", "formulas/deploy.formula.toml", cwd=town.root)
    listed = gt("allow", cwd=town.root)
    assert (listed.returncode, listed.stdout) == (0, "nothing waits to be allowed on this machine\n")


def test_off_a_terminal_somebody_has_to_say_yes(tmp_path: Path) -> None:
    town = make(tmp_path)
    before = waiting(town)
    done = gt("allow", "proj/rig.yaml", cwd=town.root)
    what = "nobody can be asked here whether proj/rig.yaml may run its commands"
    line = f"error: {what}; read them, then say: gt allow --yes proj/rig.yaml\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)
    done = gt("allow", "proj/rig.yaml", "--json", cwd=town.root)
    assert (done.returncode, done.stdout, json.loads(done.stderr)["error"]) == (2, "", what)
    assert waiting(town) == before
    shapes = json.loads(gt("allow", "--yes", "proj/rig.yaml", "--json", cwd=town.root).stdout)
    assert [each["command"] for each in shapes] == ["ruff check .", "make test"]
    # what is allowed is said again, and nobody need be asked
    assert gt("allow", "proj/rig.yaml", cwd=town.root).stdout.startswith(
        "proj/rig.yaml: allowed on this machine\n"
    )


def test_a_script_is_not_the_argument_list_that_looks_like_it(tmp_path: Path) -> None:
    town = make(tmp_path)
    allow(town, "formulas/deploy.formula.toml")
    assert trust.may_run(town.local, ("make", "build all"))
    assert not trust.may_run(town.local, "make 'build all'")
    towns.put(town, "formulas/deploy.formula.toml", working.formula({"a": "echo x"}, "deploy"))
    allow(town, "formulas/deploy.formula.toml")
    assert trust.may_run(town.local, "echo x")
    assert not trust.may_run(town.local, ("echo", "x"))


def test_an_agent_allows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have written the file: only a person says what may run here."""
    town = make(tmp_path)
    before = waiting(town)
    with pytest.raises(UserError, match="proj/polecats/toast can't allow commands, only a person can"):
        allow(town, "proj/rig.yaml", actor="proj/polecats/toast")
    assert waiting(town) == before
    monkeypatch.setenv("GT_ROLE", "proj/polecats/toast")
    done = gt("allow", "proj/rig.yaml", cwd=town.root)
    assert (done.returncode, done.stdout) == (1, "")
    assert waiting(town) == before
