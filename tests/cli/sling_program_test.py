"""`gt sling` and the program that is to do it: unknown, missing, not allowed here, started already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gtlib.runtimes import holder
from gtlib.store.town import Town
from tests.support import rigged
from tests.support import towns
from tests.support.asked import gt

SETTINGS = "settings/config.json"
MISSING = "gemini is not installed here; install it: npm install -g @google/gemini-cli"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    town, _, _ = rigged.make(tmp_path)
    for name in "ab":
        rigged.bead(town, f"pr-{name * 5}", f"Do {name}")
    monkeypatch.setattr("shutil.which", lambda name, *more: None if name == "gemini" else f"/bin/{name}")
    return town


def settings(town: Town, **said: object) -> None:
    towns.put(town, SETTINGS, json.dumps(said))


def refused(town: Town, *words: str) -> str:
    """The line that a refusal is; it changes nothing."""
    tip = town.tip()
    ran = gt("sling", *words, cwd=town.root)
    assert (ran.returncode > 0, ran.stdout, town.tip()) == (True, "", tip)
    assert not list(town.snapshot().convoys())
    return ran.stderr.removeprefix("error: ").rstrip("\n")


def test_a_default_that_nobody_knows(town: Town) -> None:
    rigged.formula(town)
    settings(town, default_agent="claud")
    line = "no runtime 'claud'; did you mean claude?"
    assert refused(town, "pr-aaaaa", "proj") == line
    assert refused(town, "pr-aaaaa", "proj", "--agent", "manual") == line
    assert refused(town, "pr-aaaaa", "proj/crew/max", "--force") != ""
    ran = gt("sling", "pr-aaaaa", "pr-bbbbb", "proj", cwd=town.root)
    assert (ran.returncode, ran.stdout.splitlines()[-3]) == (1, "0/2 succeeded")
    assert (
        gt("sling", "pr-aaaaa", "proj", "--agent", "shell", "--formula", "chore", cwd=town.root).returncode
        == 0
    )


def test_a_program_that_is_not_here(town: Town) -> None:
    line = f"{MISSING}; or sling it all the same: --force"
    assert refused(town, "pr-aaaaa", "proj", "--agent", "gemini") == line
    assert refused(town, "pr-aaaaa", "proj", "--agent", "gemini", "--dry-run") == line
    ran = gt("sling", "pr-aaaaa", "proj", "--agent", "gemini", "--force", cwd=town.root)
    assert ran.returncode == 0 and f"▶ {MISSING}\n" in ran.stdout
    settings(town, default_agent="gemini")
    for words in (("--dry-run",), ()):
        ran = gt("sling", "pr-bbbbb", "proj", *words, cwd=town.root)
        assert ran.returncode == 0 and f"▶ {MISSING}\n" in ran.stdout


def test_what_came_with_the_settings_is_not_said_to_start(town: Town) -> None:
    settings(town, default_agent="evil", agents={"evil": {"command": "evil", "args": ["--now"]}})
    why = f"what the agent evil runs is not allowed on this machine yet: read it with gt allow {SETTINGS}"
    ran = gt("sling", "pr-aaaaa", "proj", "--dry-run", cwd=town.root)
    assert ran.stdout.splitlines()[-2] == f"▶ {why}"
    ran = gt("sling", "pr-aaaaa", "proj", cwd=town.root)
    assert ran.stdout.splitlines()[-5:-2] == [
        f"▶ {why}",
        f"next: gt allow {SETTINGS}",
        "      gt hook proj/polecats/toast",
    ]
    ran = gt("sling", "pr-aaaaa", "pr-bbbbb", "proj", cwd=town.root)
    assert ran.stdout.count(f"  ▶ {why}\n") == 2


def test_the_deacon_that_runs_need_not_be_started(town: Town) -> None:
    rigged.formula(town)
    holder.lock_path(town.local).touch()
    holder.write(town.local, ready=True)
    words = ("pr-aaaaa", "pr-bbbbb", "proj", "--formula", "chore")
    ran = gt("sling", *words, cwd=town.root)
    (convoy,) = town.snapshot().convoys()
    assert ran.stdout.splitlines()[-1] == f"next: gt convoy show {convoy.id}"


def test_empty_words(town: Town) -> None:
    line = "one of the words is empty; beads first, then one rig or agent: gt sling BEAD RIG"
    assert refused(town, "pr-aaaaa", "") == line
    assert refused(town, "", "proj") == line
    line = "--agent names no program; gt config agent list shows them; or leave it out"
    assert refused(town, "pr-aaaaa", "proj", "--agent", "") == line
