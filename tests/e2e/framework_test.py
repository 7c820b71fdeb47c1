"""The pre-commit framework in a town: people's own hooks run after ours, and no transition loses their text."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gtlib.actions import shims
from gtlib.actions.allow import allow
from gtlib.actions.catch_up import catch_up
from gtlib.actions.doctor import doctor
from gtlib.actions.install import install
from gtlib.store import framework
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from gtlib.system import process
from tests.support import gt
from tests.support import towns

PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
CONFIG = ".pre-commit-config.yaml"
SECONDS = 30.0


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "beads/hq-a.md", towns.bead("hq-a", "A", priority=2) + "Text.\n")
    return town


def hook(entry: str, id: str = "mine", more: str = "") -> str:
    return (
        f"- repo: local\n  hooks:\n  - id: {id}\n    name: {id}\n    language: system\n"
        f"    entry: sh -c '{entry}'\n    pass_filenames: false\n    always_run: true\n{more}"
    )


def configure(town: Town, *hooks: str) -> None:
    """A configuration that is allowed here, and committed without its own hooks having a say."""
    text = "repos:\n" + "".join(hooks)
    towns.write(town, CONFIG, text)
    allow_text(town.local, text, CONFIG)
    towns.git(town.root, "add", CONFIG)
    towns.git(town.root, "commit", "-q", "--no-verify", "-m", "checks of my own")


def commit(town: Town, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "commit", "-q", *words], cwd=town.root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def say(path: Path, word: str) -> str:
    return f"echo {word} >> {path}"


def test_ours_first_then_those_of_the_configuration(town: Town, tmp_path: Path) -> None:
    order = tmp_path / "order"
    before = town.git_dir / "hooks" / "pre-commit.before-gt"
    before.write_text(f"#!/bin/sh\n{say(order, 'existing')}\n")
    before.chmod(0o755)
    configure(town, hook(say(order, "framework")))
    towns.write(town, "beads/hq-b.md", "---\ntitle: [\n---\n")
    towns.git(town.root, "add", "-A")
    assert commit(town, "-m", "broken")[0] == 1
    assert order.read_text() == "existing\n"  # ours refused it
    towns.write(town, "beads/hq-b.md", towns.bead("hq-b"))
    towns.git(town.root, "add", "-A")
    assert commit(town, "-m", "mended")[0] == 0
    assert order.read_text() == "existing\nexisting\nframework\n"


def test_a_hook_that_refuses_or_changes_a_file_fails_the_commit(town: Town) -> None:
    configure(town, hook("grep -q Better beads/hq-a.md || sed -i s/Text/Better/ beads/hq-a.md"))
    towns.write(town, "beads/hq-b.md", towns.bead("hq-b"))
    towns.git(town.root, "add", "-A")
    code, said = commit(town, "-m", "b")
    assert code == 1 and "files were modified by this hook" in said
    assert (town.root / "beads/hq-a.md").read_text().endswith("Better.\n")
    towns.git(town.root, "add", "-A")
    assert commit(town, "-m", "b")[0] == 0
    assert towns.status(town) == ""


@pytest.mark.parametrize("how", [("-m", "x"), ("-a", "-m", "x"), ("-m", "x", "beads/hq-a.md")])
def test_it_sees_the_index_that_git_commits_from(town: Town, tmp_path: Path, how: tuple[str, ...]) -> None:
    seen = tmp_path / "seen"
    configure(town, hook(f"git diff --cached --name-only > {seen}"))
    towns.write(town, "beads/hq-a.md", towns.bead("hq-a", "Changed") + "Text.\n")
    if len(how) == 2:
        towns.git(town.root, "add", "beads/hq-a.md")
    assert commit(town, *how)[0] == 0
    assert seen.read_text() == "beads/hq-a.md\n"


def test_a_configuration_that_came_from_elsewhere_runs_after_it_was_allowed(
    town: Town, tmp_path: Path
) -> None:
    order = tmp_path / "order"
    configure(town, hook(say(order, "mine")))
    changed = (town.root / CONFIG).read_text(encoding="utf-8") + "# pulled\n"
    towns.write(town, CONFIG, changed)
    assert commit(town, "-am", "as a pull brings it") == (
        0,
        f"gt: hooks of {CONFIG} did not run: read it, then allow it with: gt allow {CONFIG}\n",
    )
    assert not order.exists()
    (found,) = allow(town, CONFIG)
    assert (found.path, found.command, found.allowed) == (CONFIG, changed, False)
    towns.write(town, "beads/hq-b.md", towns.bead("hq-b", "B"))
    towns.git(town.root, "add", "-A")
    assert commit(town, "-m", "b")[0] == 0
    assert order.read_text(encoding="utf-8") == "mine\n"


def test_messages_are_for_hooks_of_that_stage(town: Town) -> None:
    configure(town, hook("exit 1", more="    stages: [commit-msg]\n"))
    assert commit(town, "--allow-empty", "-m", "x")[0] == 1
    configure(town, hook("exit 0"))
    assert commit(town, "--allow-empty", "-m", "x")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "# - id: mine\nrepos:\n",
        "repos:\n- repo: https://example.invalid/gt\n  rev: v1\n  hooks:\n  - id: gt-beads\n",
    ],
)
def test_without_hooks_of_others_it_is_not_started(town: Town, text: str) -> None:
    towns.put(town, CONFIG, text)
    assert commit(town, "--allow-empty", "-m", "x") == (0, "")
    assert not (town.local / "framework").exists()


def test_where_it_is_not_installed_that_is_said(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(town, hook("exit 1"))
    python = Path(sys.executable)
    bare = town.git_dir / "bare-python"
    bare.symlink_to(python)
    shim = town.git_dir / "hooks" / "pre-commit"
    shim.write_text(shim.read_text().replace(str(python), str(bare)))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    code, said = commit(town, "--allow-empty", "-m", "x")
    assert (code, said) == (
        0,
        f"gt: {CONFIG} names hooks, but pre-commit is not installed: they did not run\n",
    )


class Held:
    """A person's `git commit` whose framework hook waits until it is let go."""

    def __init__(self, town: Town, tmp_path: Path, *words: str) -> None:
        self.gate = tmp_path / "gate"
        self.began = tmp_path / "began"
        os.mkfifo(self.gate)
        towns.put(
            town, "town.yaml", towns.show(town, "town.yaml") + "limits:\n  commit_wait: 0.3\n  courtesy: 0\n"
        )
        configure(town, hook(f"echo > {self.began}; cat {self.gate} > /dev/null"))
        self._words = words
        self._root = town.root

    def start(self) -> None:
        self.began.unlink(missing_ok=True)
        self.child = subprocess.Popen(
            self._words, cwd=self._root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.until(lambda: self.began.exists() or self.child.poll() is not None, SECONDS)
        assert self.child.poll() is None, self.child.communicate()[0]

    def let_go(self) -> tuple[int, str]:
        assert self.child.poll() is None, self.child.communicate()[0]
        self.gate.write_text("go\n")
        said = self.child.communicate(timeout=SECONDS)[0]
        return self.child.returncode, said


def held(town: Town, tmp_path: Path, *words: str) -> Held:
    """Staged: a new bead. Not staged: a sentence in hq-a. Then the command begins, and puts that aside."""
    made = Held(town, tmp_path, *words)
    towns.write(town, "beads/hq-b.md", towns.bead("hq-b"))
    towns.git(town.root, "add", "beads/hq-b.md")
    path = town.root / "beads" / "hq-a.md"
    path.write_text(path.read_text() + "A sentence that nobody staged.\n")
    made.start()
    return made


def test_a_transition_while_it_holds_text_aside(town: Town, tmp_path: Path) -> None:
    person = held(town, tmp_path, "git", "commit", "-q", "-m", "b")
    path = town.root / "beads" / "hq-a.md"
    assert "A sentence" not in path.read_text()

    done = gt("bead", "update", "hq-a", "--priority", "0", cwd=town.root)
    assert done.returncode == 0, done.stderr
    assert "priority: 0" in towns.show(town, "beads/hq-a.md")
    assert "priority: 2" in path.read_text()  # the checkout is left alone

    code, said = person.let_go()
    assert code != 0 and "cannot lock ref" in said  # git's word for: the branch moved meanwhile
    catch_up(Town.open(town.root))
    text = path.read_text()
    assert "priority: 0" in text and text.endswith("Text.\nA sentence that nobody staged.\n")
    assert towns.status(town) == " M beads/hq-a.md\nA  beads/hq-b.md\n"

    person.start()
    assert person.let_go()[0] == 0
    assert towns.status(town) == " M beads/hq-a.md\n"
    assert "priority: 0" in towns.show(town, "beads/hq-a.md")
    assert not Town.open(town.root).pending()


def test_the_same_for_pre_commit_run_by_hand(town: Town, tmp_path: Path) -> None:
    person = held(town, tmp_path, str(PRE_COMMIT), "run")
    path = town.root / "beads" / "hq-a.md"
    assert framework.at_work(town.git_dir) == (person.child.pid,)
    assert gt("bead", "update", "hq-a", "--priority", "0", cwd=town.root).returncode == 0
    assert "priority: 2" in path.read_text()
    assert person.let_go()[0] == 0
    assert framework.at_work(town.git_dir) == ()
    catch_up(Town.open(town.root))
    text = path.read_text()
    assert "priority: 0" in text and text.endswith("Text.\nA sentence that nobody staged.\n")


def test_a_hook_that_itself_changes_the_town_does_not_wait_for_itself(town: Town, tmp_path: Path) -> None:
    words = f"{sys.executable} -m gtlib.cli bd update hq-a --priority 1"
    configure(town, hook(words))
    path = town.root / "beads" / "hq-a.md"
    path.write_text(path.read_text() + "Not staged.\n")
    code, said = commit(town, "--allow-empty", "-m", "x")
    assert code != 0 and "cannot lock ref" in said
    catch_up(Town.open(town.root))
    assert "priority: 1" in path.read_text() and path.read_text().endswith("Not staged.\n")


def test_somebody_installs_it_over_ours(town: Town, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    configure(town, hook(say(ran, "once")))
    subprocess.run([PRE_COMMIT, "install"], cwd=town.root, check=True, capture_output=True)
    hooks = town.git_dir / "hooks"
    assert shims.behind_framework(hooks, shims.TOWN) == ["pre-commit"]
    (said,) = [check for check in doctor(town, fix=True) if check.name == "git-hooks"]
    assert (said.status, said.message) == (
        "ok",
        "the town: all fire; the pre-commit framework runs ours first in pre-commit",
    )
    towns.write(town, "beads/hq-b.md", "---\ntitle: [\n---\n")
    towns.git(town.root, "add", "-A")
    assert commit(town, "-m", "broken")[0] == 1
    towns.write(town, "beads/hq-b.md", towns.bead("hq-b"))
    towns.git(town.root, "add", "-A")
    ran.unlink(missing_ok=True)
    assert commit(town, "-m", "whole")[0] == 0
    assert ran.read_text() == "once\n"
    assert int((town.local / "framework").read_text()) > 0

    assert shims.remove(hooks, shims.TOWN) == tuple(shims.TOWN)
    assert sorted(each.name for each in hooks.iterdir()) == ["pre-commit"]
    subprocess.run([PRE_COMMIT, "uninstall"], cwd=town.root, check=True, capture_output=True)
    assert list(hooks.iterdir()) == []


def test_it_was_there_before_us(tmp_path: Path) -> None:
    """A clone of a town in which somebody ran `pre-commit install` first."""
    first = towns.make_town(tmp_path / "first")
    ran = tmp_path / "ran"
    configure(first, hook(say(ran, "once")))
    clone = tmp_path / "clone"
    towns.git(tmp_path, "clone", "-q", str(first.root), str(clone))
    subprocess.run([PRE_COMMIT, "install"], cwd=clone, check=True, capture_output=True)
    written = (clone / ".git/hooks/pre-commit").read_text()
    town = install(clone)
    install(clone)
    assert commit(town, "--allow-empty", "-m", "x")[0] == 0
    assert ran.read_text() == "once\n"
    shims.remove(town.git_dir / "hooks", shims.TOWN)
    assert (clone / ".git/hooks/pre-commit").read_text() == written
