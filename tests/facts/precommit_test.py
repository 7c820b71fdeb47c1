"""Fact 4: what the pre-commit framework does around its hooks."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.facts.support import Done
from tests.facts.support import git
from tests.facts.support import repository
from tests.facts.support import run
from tests.facts.support import tip

CONFIG = """\
repos:
  - repo: local
    hooks:
      - id: look
        name: look
        language: system
        entry: sh -c {script}
        always_run: true
        pass_filenames: false
        stages: [{stage}]
"""


def framework(repo: Path, *words: str) -> Done:
    """The pre-commit program, with its store beside the repository."""
    return run(sys.executable, "-m", "pre_commit", *words, cwd=repo, env={"PRE_COMMIT_HOME": f"{repo}.store"})


def install(repo: Path, stage: str, script: str) -> Done:
    """Commits a config with one local system hook and installs it for one stage."""
    config = CONFIG.format(script=shlex.quote(script), stage=stage)
    (repo / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    git(repo, "add", ".pre-commit-config.yaml")
    git(repo, "commit", "-q", "-m", "config")
    return framework(repo, "install", "--hook-type", stage)


@pytest.mark.parametrize("stage", ["pre-commit", "commit-msg", "post-commit", "post-merge"])
def test_unstaged_text_is_away_in_every_stage(tmp_path: Path, stage: str) -> None:
    """Fact 4: pre-commit takes unstaged edits out of the files in every stage, also after the commit."""
    repo = repository(tmp_path / "repo", a="first", note="staged")
    git(repo, "switch", "-q", "-c", "side")
    git(repo, "commit", "-q", "--allow-empty", "-m", "side")
    git(repo, "switch", "-q", "main")
    assert install(repo, stage, f"cat note.txt >> {tmp_path}/seen").code == 0
    (repo / "note.txt").write_text("not staged\n", encoding="utf-8")
    commit = ("commit", "-q", "--allow-empty", "-m", "second")
    act = ("merge", "-q", "side") if stage == "post-merge" else commit
    git(repo, *act, env={"PRE_COMMIT_HOME": f"{repo}.store"})
    assert (tmp_path / "seen").read_text() == "staged\n"
    assert (repo / "note.txt").read_text() == "not staged\n"


def test_install_refuses_when_hooks_path_is_set(tmp_path: Path) -> None:
    """Fact 4: pre-commit refuses to install when core.hooksPath is set."""
    repo = repository(tmp_path / "repo")
    git(repo, "config", "core.hooksPath", "elsewhere")
    done = install(repo, "pre-commit", "true")
    assert done.code == 1
    assert "Cowardly refusing to install hooks with `core.hooksPath` set." in done.out + done.err
    assert not (repo / ".git" / "hooks" / "pre-commit").exists()


def test_a_failing_local_system_hook_stops_the_commit(tmp_path: Path) -> None:
    """Fact 4: one local system hook needs no network, and its exit status stops the commit."""
    repo = repository(tmp_path / "repo")
    assert install(repo, "pre-commit", "exit 1").code == 0
    before = tip(repo)
    done = run(
        "git", "commit", "--allow-empty", "-m", "second", cwd=repo, env={"PRE_COMMIT_HOME": f"{repo}.store"}
    )
    assert (done.code, tip(repo)) == (1, before)
