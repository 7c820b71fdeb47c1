"""`bd memories` and `bd recall`: what every agent is told at its start."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.argv import nearest
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.wanted import AT
from gtlib.errors import UserError


@command("bead memories", help={"words": "only those with these words", "at": AT}, example="bd memories auth")
def memories(*words: str, at: str | None = None, json: bool = False) -> None:
    """List what is remembered."""
    snapshot = here().snapshot(at)
    wanted = [word.lower() for text in words for word in text.split()]
    found = [
        each
        for each in snapshot.memories()
        if all(word in f"{each.key}\n{each.text}".lower() for word in wanted)
    ]
    if json:
        output.json_out({each.key: each.text.strip("\n") for each in found})
        return
    for each in found:
        first, *more = each.text.strip().splitlines() or [""]
        output.line(f"{each.key}: {output.one_line(first)}" + (" ..." if more else ""))
    if not found:
        output.line("nothing of that is remembered" if wanted else "nothing is remembered")
        output.next_steps(["bd remember 'What is worth knowing' --key NAME"])


@command("bead recall", help={"key": "the name of the memory", "at": AT}, example="bd recall auth-jwt")
def recall(key: str, *, at: str | None = None, json: bool = False) -> None:
    """Print one memory whole."""
    snapshot = here().snapshot(at)
    found = snapshot.memory(key)
    if found is None:
        known = [each.key for each in snapshot.memories()]
        raise UserError(f"no memory {key!r}", nearest(key, known, "see them with: bd memories"))
    if json:
        output.json_out({"key": found.key, "value": found.text.strip("\n"), "found": True})
    else:
        output.line(found.text.strip("\n"))
