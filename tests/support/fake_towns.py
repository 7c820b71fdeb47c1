"""Towns whose agents' program is the fake one, in real terminals on a tmux server of the test alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gtlib.actions import deacon
from gtlib.model.settings import town_settings
from gtlib.runtimes.programs import text_of
from gtlib.store.allowed import allow_text
from gtlib.store.town import Town
from tests.support import fake_program
from tests.support import terminals
from tests.support import towns
from tests.support import working

SECONDS = 20.0


@contextmanager
def fake_town(path: Path, *, hooks: bool = True) -> Iterator[Town]:
    """A town with the rig `proj`, the bead pr-work1, and for every agent the program `fake` in tmux.

    What the program writes down stands in `path`/record. At the end everything of the town is ended.
    """
    with terminals.servers():
        town = working.working_town(path, {"one": None})
        args = [str(fake_program.PATH), "--record", str(path / "record")]
        if hooks:
            (path / "hooks.json").write_text(fake_program.settings())
            args += ["--settings", str(path / "hooks.json")]
        agent = {
            "command": sys.executable,
            "args": args,
            "tmux": {"ready_prompt_prefix": "❯"},
            "session": "tmux",
        }
        text = json.dumps({"default_agent": "fake", "agents": {"fake": agent}})
        towns.put(town, "settings/config.json", text)
        custom = town_settings(town.snapshot()).agents["fake"]
        allow_text(town.local, text_of(custom), "test")
        try:
            yield town
        finally:
            deacon.down(town)


def begun(path: Path) -> list[dict[str, object]]:
    """What each session of the program was started with."""
    return terminals.events(path / "record", "begin")
