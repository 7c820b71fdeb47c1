"""Sessions of the fake program in real terminals, on tmux servers of the test alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import runs
from gtlib.runtimes.base import Runtime
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import FLAGS
from gtlib.runtimes.presets import Lines
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import Screen
from gtlib.runtimes.presets import Typing
from gtlib.runtimes.runs import Run
from tests.support import fake_program

MAYOR = Address("mayor")


@contextmanager
def servers() -> Iterator[Path]:
    """A folder for tmux's sockets; at the end all servers of it are ended, by their sockets."""
    folder = Path(tempfile.mkdtemp(prefix="gt-tmux-", dir="/tmp"))  # a socket's path is bounded
    patch = pytest.MonkeyPatch()
    patch.setenv("TMUX_TMPDIR", str(folder))
    patch.delenv("TMUX", raising=False)
    try:
        yield folder
    finally:
        for socket in folder.glob("tmux-*/*"):
            subprocess.run(["tmux", "-S", str(socket), "kill-server"], capture_output=True, check=False)
        shutil.rmtree(folder)
        patch.undo()


def program(record: Path, mode: str = "normal", *, hooks: bool = False, method: str = "paste") -> Preset:
    """The fake program as a preset."""
    args = ["--mode", mode, "--record", str(record)]
    if hooks:
        settings = record.with_suffix(".settings.json")
        settings.write_text(fake_program.settings())
        args += ["--settings", str(settings)]
    front = (str(fake_program.PATH), *args)
    known = mode != "blind"
    return Preset(
        name="fake",
        command=sys.executable,
        sets_id=True,
        lines=Lines(
            start=(*front, "--session-id", "{id}", FLAGS, "{prompt}"),
            resume=(*front, "--resume", "{id}", FLAGS, "{prompt}"),
            headless=(*front, "-p", "--session-id", "{id}", FLAGS, "{prompt}"),
            headless_resume=(*front, "-p", "--resume", "{id}", FLAGS, "{prompt}"),
        ),
        screen=Screen(
            ready=("^❯[\\s\u00a0]*$", "⏵⏵") if known else (),
            not_ready=("^✻ .*…", "esc to interrupt") if known else (),
            busy=("^✻ .*…", "esc to interrupt") if known else (),
            dialogs=("Quick safety check",) if known else (),
        ),
        typing=Typing(method="literal" if method == "literal" else "paste", pause=0.05),
        results="claude",
        transcript="{config}/{id}.jsonl",
        config_dir="~/.fake",
    )


def spec(town: Path, preset: Preset | None, session: str = "s-one", **more: Any) -> Spec:
    """What a session of the mayor is started for, in a folder that has the places of a town."""
    local = town / ".git" / "gt"
    local.mkdir(parents=True, exist_ok=True)
    return Spec(
        town=town, address=more.pop("address", MAYOR), bead=ItemId(""), session=session, worktree=town,
        log=runs.log(local, more.get("address", MAYOR)), program=preset, native=more.pop("native", f"n-{session}"), **more,
    )  # fmt: skip


def begin(runtime: Runtime, given: Spec, mode: str) -> Run:
    """Start it: its run state."""
    proc = runtime.start(given)
    run = Run(
        address=given.address, runtime="fake", mode=mode, session=given.session, native=given.native, proc=proc,
        began=time.time(), log=str(given.log), ended=False,
    )  # fmt: skip
    runs.write(given.log.parents[1], run)
    return run


def events(record: Path, event: str = "") -> list[dict[str, Any]]:
    """What the program wrote down."""
    lines = record.read_text().splitlines() if record.exists() else []
    found = [json.loads(line) for line in lines]
    return [each for each in found if not event or each["event"] == event]


def prompts(record: Path) -> list[str]:
    """The words that it took, in order."""
    return [each["text"] for each in events(record, "prompt")]


def tmux(*words: str) -> str:
    """What a tmux command prints; `words` begin with the server's socket (-L or -S)."""
    done = subprocess.run(
        ["tmux", "-f", os.devnull, "-u", *words], capture_output=True, text=True, check=False
    )
    return done.stdout
