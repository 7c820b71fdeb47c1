"""`gt version`."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command

VERSION = "0.1.0"


@command("version", example="gt version --json")
def version(*, json: bool = False) -> None:
    """Print the version."""
    if json:
        output.json_out({"version": VERSION})
    else:
        output.line(f"gt {VERSION}")
