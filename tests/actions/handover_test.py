"""When a commit is handed over to the pre-commit framework, and how that is started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gtlib.actions import handover

LOCAL = "repos:\n- repo: local\n  hooks:\n"


@pytest.mark.parametrize(
    ("text", "at_commit", "at_message"),
    [
        ("", False, False),
        ("repos: []\n", False, False),
        (LOCAL + "  - id: mine\n", True, False),
        (LOCAL + "  - name: x\n    id: 'mine'\n", True, False),
        ("repos: [{repo: local, hooks: [{id: mine, name: x}]}]\n", True, False),
        ('{"repos": [{"repo": "local", "hooks": [{"id": "mine"}]}]}\n', True, False),
        (LOCAL + "  - id: gt-beads\n  - id: gt-trailers\n    stages: [commit-msg]\n", False, False),
        (LOCAL + "  - id: gt-beads\n  - id: mine\n", True, False),
        (LOCAL + "  - id: mine\n    stages: [commit-msg]\n", True, True),
        ("default_install_hook_types: [pre-commit, commit-msg]\n" + LOCAL + "  - id: mine\n", True, True),
        ("# commit-msg\n# - id: mine\n" + LOCAL, False, False),
        ("# commit-msg\n" + LOCAL + "  - id: mine\n", True, False),
    ],
)
def test_wanted(tmp_path: Path, text: str, at_commit: bool, at_message: bool) -> None:
    (tmp_path / handover.CONFIG).write_text(text)
    assert [handover.wanted(tmp_path, stage) for stage in handover.STAGES] == [at_commit, at_message]


def test_nothing_is_wanted_without_a_configuration(tmp_path: Path) -> None:
    assert not handover.wanted(tmp_path, "pre-commit")
    (tmp_path / handover.CONFIG).mkdir()
    assert not handover.wanted(tmp_path, "pre-commit")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = tmp_path / "hooks"
    words = (f"--config={handover.CONFIG}", "--hook-type=pre-commit", f"--hook-dir={hooks}", "--")
    monkeypatch.setenv("PATH", f"{tmp_path / 'nothing'}")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    assert handover.program(hooks, "pre-commit") == ()
    beside = program(tmp_path / "bin" / "pre-commit")
    assert handover.program(hooks, "pre-commit") == (str(beside), "hook-impl", *words)
    first = program(tmp_path / "path" / "pre-commit")
    monkeypatch.setenv("PATH", f":{tmp_path / 'path'}")
    assert handover.program(hooks, "pre-commit") == (str(first), "hook-impl", *words)
    kept = program(hooks / "pre-commit.framework-gt")
    assert handover.program(hooks, "pre-commit") == (str(kept),)
