"""`gt deacon ...`: the watcher."""

from __future__ import annotations

from pathlib import Path

from gtlib.actions import deacon
from gtlib.cli.command import command
from gtlib.deacon.loop import serve
from gtlib.store.town import Town


@command("deacon run", example="gt deacon run")
def run(*, json: bool = False) -> int:
    """Be the deacon, in the foreground, until Ctrl-C."""
    town = Town.find(Path.cwd())
    deacon.forget_attempts(town)
    return serve(town.root)
