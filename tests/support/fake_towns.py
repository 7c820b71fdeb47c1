"""Towns whose agents' program is the fake one, in real terminals on a tmux server of the test alone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
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


@contextmanager
def person(words: list[str], cwd: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a terminal that a person sits at."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
    whole = {**os.environ, "TERM": "xterm-256color", **env}
    child = subprocess.Popen(
        words, cwd=cwd, stdin=other, stdout=other, stderr=other, env=whole, start_new_session=True
    )
    os.close(other)
    reader = threading.Thread(target=_drain, args=(main,))
    reader.start()
    try:
        yield child
    finally:
        child.terminate()
        child.wait(10)
        reader.join(10)
        os.close(main)


def _drain(main: int) -> None:
    with contextlib.suppress(OSError):  # the other end is closed
        while os.read(main, 65536):
            pass
