"""`gt allow`: what would run, said to a person, and who waits for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.actions.next_step import next_step
from gtlib.actions.shell_session import serve
from gtlib.cli import allow as front
from gtlib.store.allowed import is_allowed
from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns
from tests.support import working
from tests.support.working import TOAST

FILE = "formulas/chore.formula.toml"
LISTED = f"""\
{FILE}: not allowed on this machine
  one: echo 1\\x1b[2K
    waited for by proj/toast
  two: echo 2
    waited for by proj/toast
next: gt allow {FILE}
"""


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = working.working_town(tmp_path, {"one": "x", "two": "y"}, allowed=False)
    text = working.formula({"one": "SCRIPT", "two": "echo 2"}).replace("'''SCRIPT'''", '"echo 1\\u001b[2K"')
    towns.put(town, FILE, text)
    working.sling(town)
    return town


def gt(town: Town, *words: str) -> str:
    done = inside.run(town.root, "gt", *words)
    assert (done.code, done.err) == (0, ""), done
    return done.out


def answer(monkeypatch: pytest.MonkeyPatch, said: str) -> list[str]:
    """On a terminal, where a person says that; what they are asked."""
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return said

    monkeypatch.setattr(front, "_on_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", ask)
    return asked


def why(town: Town) -> tuple[str, str]:
    """Why the session can't go on, and how it can."""
    todo = next_step(town, town.snapshot(), TOAST, working.hook(town))
    return (todo.why, todo.how.partition("\n")[0]) if todo is not None else ("", "")


def test_a_step_waits_and_says_why_and_goes_on_once_it_is_allowed(town: Town) -> None:
    asks = "a command of step one is not allowed on this machine"
    assert why(town) == (asks, f"Read it, then allow it with: gt allow {FILE}")
    assert serve(town, TOAST, "s-1") == 0
    assert working.hook(town).state == "suspended"
    assert gt(town, "allow") == LISTED
    rows = json.loads(gt(town, "allow", "--json"))
    assert rows[0] == {"path": FILE, "name": "one", "command": "echo 1\x1b[2K", "waiting": [TOAST]}
    done = gt(town, "allow", "--yes", FILE)
    assert done == f"{FILE}: allowed on this machine\n  one: echo 1\\x1b[2K\n  two: echo 2\nnext: gt up\n"
    assert gt(town, "allow") == "nothing waits to be allowed on this machine\n"
    assert why(town) == ("", "")


def test_a_person_is_asked_on_a_terminal(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, "n")
    done = inside.run(town.root, "gt", "allow", FILE)
    assert (done.code, done.out, done.err) == (
        1,
        f"{FILE}: would run on this machine\n  one: echo 1\\x1b[2K\n  two: echo 2\n",
        "error: nothing was allowed; say y to allow it\n",
    )
    assert asked == [f"allow 2 commands of {FILE}? [y/N] "]
    assert not is_allowed(town.local, "echo 2")
    answer(monkeypatch, "y")
    assert gt(town, "allow", FILE).endswith(f"\n{FILE}: allowed\nnext: gt up\n")
    assert is_allowed(town.local, "echo 2")
    # What changed by a byte waits again, and only that is asked for.
    towns.put(town, FILE, (town.root / FILE).read_text().replace("echo 2", "echo  2"))
    asked = answer(monkeypatch, "no")
    done = inside.run(town.root, "gt", "allow", FILE)
    assert (done.code, asked) == (1, [f"allow 1 command of {FILE}? [y/N] "])
    assert "  one (allowed before): echo 1\\x1b[2K\n  two: echo  2\n" in done.out
    assert gt(town, "allow", "--yes", FILE).startswith(f"{FILE}: allowed on this machine\n")


def test_a_molecule_whose_formula_says_otherwise_now_is_allowed_itself(town: Town) -> None:
    towns.put(town, FILE, (town.root / FILE).read_text().replace("echo", "true"))
    path = f"molecules/{working.molecule(town).id}.md"
    assert why(town)[1] == f"Read it, then allow it with: gt allow {path}"
    assert gt(town, "allow", "--yes", path) == (
        f"{path}: allowed on this machine\n  one: echo 1\\x1b[2K\n  two: echo 2\nnext: gt up\n"
    )
    assert why(town) == ("", "")


def test_a_molecule_is_allowed_though_another_has_the_same_commands(town: Town) -> None:
    towns.put(town, "beads/pr-work2.md", towns.bead("pr-work2", "More"))
    working.sling(town, "pr-work2", "proj/polecats/nux")
    paths = [f"molecules/{working.molecule(town, who).id}.md" for who in (TOAST, "proj/polecats/nux")]
    for path in paths:
        done = gt(town, "allow", "--yes", path)
        assert done == f"{path}: allowed on this machine\n  one: echo 1\\x1b[2K\n  two: echo 2\nnext: gt up\n"


def test_overlays_gates_and_agents_of_the_settings(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    gt(town, "allow", "--yes", FILE)
    towns.put(town, "beads/pr-more1.md", towns.bead("pr-more1", "More"))
    overlay = "proj/formula-overlays/chore.toml"
    towns.put(town, overlay, '[[step-overrides]]\nstep_id = "two"\nmode = "append"\nrun = ["make", "a b"]\n')
    text = '{"agents": {"mine": {"command": "my-agent", "args": ["--fast", "a b"]}, "plain": {"provider": "codex"}}}'
    towns.put(town, "settings/config.json", text)
    monkeypatch.setenv("GT_ROLE", TOAST)
    made = inside.run(
        town.root,
        "bd",
        "gate",
        "create",
        "--blocks",
        "pr-more1",
        "-t",
        "exec",
        "--run",
        "probe 'x y'",
        "--json",
    )
    monkeypatch.delenv("GT_ROLE")
    gate = f"beads/{json.loads(made.out)['id']}.md"
    assert (
        gt(town, "allow")
        == f"""\
{overlay}: not allowed on this machine
  two: make 'a b'
{gate}: not allowed on this machine
  run: probe 'x y'
settings/config.json: not allowed on this machine
  agent mine: my-agent --fast 'a b'
next: gt allow {overlay}
      gt allow {gate}
      gt allow settings/config.json
"""
    )
    for path in (overlay, gate, "settings/config.json"):
        gt(town, "allow", "--yes", path)
    assert gt(town, "allow") == "nothing waits to be allowed on this machine\n"


@pytest.mark.parametrize(("words", "line"), [
    (("beads/pr-work1.md",), "beads/pr-work1.md is no gate that runs something; there is nothing to allow"),
    (("molecules/pr-mol-none.md",), "no step of molecules/pr-mol-none.md has a run; there is nothing to allow"),
    (("formula-overlays/none.toml",), "there is no file formula-overlays/none.toml; see them all with: gt formula overlay list"),
    (("settings/config.json",), "settings/config.json names no agents with a command of their own; there is nothing to allow"),
])  # fmt: skip
def test_what_there_is_not(town: Town, words: tuple[str, ...], line: str) -> None:
    done = inside.run(town.root, "gt", "allow", *words)
    assert (done.code, done.out, done.err) == (1, "", f"error: {line}\n")
