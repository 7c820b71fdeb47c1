"""The real claude hands off from inside its session: the next one begins anew, and is told the note."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gtlib.actions import deacon
from gtlib.rules.base import MAYOR
from gtlib.system import process
from tests.support import programs
from tests.support import terminals
from tests.support import towns
from tests.support import working
from tests.support.asked import gt
from tests.support.scripted_model import scripted

NOTE = "the clock of test_login is wrong"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on the PATH")
def test_the_successor_is_told_the_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [{"text": "I hand off.", "shell": f"gt handoff -s 'half done' -m '{NOTE}'"}, "I am ended."]
    town = towns.make_town(tmp_path / "town")
    with scripted({MAYOR: steps}, tmp_path) as model, terminals.servers():
        for key, value in programs.home_for_claude(Path.home(), model.url).items():
            monkeypatch.setenv(key, value)
        monkeypatch.setenv("PATH", f"{Path(working.PYTHON).parent}{os.pathsep}{os.environ['PATH']}")
        try:
            started = gt("mayor", "start", "--agent", "claude", cwd=town.root)
            assert started.returncode == 0, started.stderr
            told = model.wait(
                lambda each: each.session != model.requests(MAYOR)[0].session and NOTE in each.words,
                60,
                MAYOR,
            )
            assert "You are the successor" in told.words
            assert process.until(lambda: len(working.agent(town, MAYOR).sessions) == 2, 20)
            first, second = working.agent(town, MAYOR).sessions
            assert (first.outcome, second.outcome, second.runtime) == ("handoff", "", "claude")
            assert first.native != second.native
        finally:
            deacon.down(town)
