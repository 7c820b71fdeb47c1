"""`bd dep`: what beads wait for, and how they hang together."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.depend import depend
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.store.town import Town


@command(
    "bead dep add",
    help={"id": "the bead that waits", "need": "what it waits for"},
    spellings={"blocked-by": "need", "depends-on": "need"},
    example="bd dep add gt-abc12 gt-def34",
)
def dep_add(id: str, need: str, *, json: bool = False) -> None:
    """Let one bead wait for another."""
    _dep(id, need, json, remove=False)


@command(
    "bead dep remove",
    "bead dep rm",
    help={"id": "the bead that waits", "need": "what it waits for"},
    example="bd dep remove gt-abc12 gt-def34",
)
def dep_remove(id: str, need: str, *, json: bool = False) -> None:
    """Let one bead no longer wait for another."""
    _dep(id, need, json, remove=True)


def _dep(id: str, need: str, json: bool, *, remove: bool) -> None:
    where = here()
    town = Town.open(where.root)
    bead, other, changed = depend(town, id, need, where.actor, remove=remove)
    if json:
        status = "removed" if remove else "added" if changed else "unchanged"
        output.json_out({"status": status, "issue_id": bead.id, "depends_on_id": other, "type": "blocks"})
        return
    verb = "no longer waits for" if remove else "waits for" if changed else "waits already for"
    output.line(f"{bead.id} {verb} {other}")
    output.next_steps([f"bd show {bead.id}", "bd ready"])
