"""`bd remember` and `forget`: what every agent is told at its start."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.forget import forget as forget_memory
from gtlib.actions.remember import remember as keep_memory
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import tell
from gtlib.store.town import Town


@command(
    "bead remember",
    help={"text": "what to remember", "key": "under which name; without it, made of the text"},
    example="bd remember 'staging has no cache' --key staging",
)
def remember(*text: str, key: str = "", json: bool = False) -> None:
    """Keep something that every agent is told at its start."""
    where = here()
    town = Town.open(where.root)
    name, how = keep_memory(town, " ".join(text), key, where.actor)
    tell(town)
    if json:
        output.json_out({"key": name, "value": " ".join(text).strip("\n"), "action": how})
        return
    output.line(f"{name} is remembered already: nothing changed" if how == "unchanged" else f"{how} {name}")
    output.next_steps([f"bd recall {name}"])


@command(
    "bead forget",
    help={"key": "under which name it is kept"},
    example="bd forget staging",
)
def forget(key: str, *, json: bool = False) -> None:
    """Let go of something that was to be remembered."""
    where = here()
    town = Town.open(where.root)
    name, commit = forget_memory(town, key, where.actor)
    tell(town)
    if json:
        output.json_out({"key": name, "deleted": True})
        return
    output.line(f"forgot {name}")
    output.next_steps([f"git revert --no-edit {commit[:12]}  # brings it back"])
