"""`bd edit`, `comment` and `comments add`: what people write at length."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gtlib import output
from gtlib.actions.comment import comment as add_comment
from gtlib.actions.edit import edit as edit_bead
from gtlib.cli import shapes
from gtlib.cli.bead_flags import HELP
from gtlib.cli.bead_flags import SHORT
from gtlib.cli.bead_flags import SPELLINGS
from gtlib.cli.bead_flags import Content
from gtlib.cli.bead_flags import content_of
from gtlib.cli.bead_flags import refuse_both
from gtlib.cli.bead_update import change
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.rules import fields
from gtlib.rules.change_bead import Changes
from gtlib.store.town import Town


@command(
    "bead edit",
    short=SHORT,
    spellings=SPELLINGS,
    flags={"content": Content},
    help={**HELP, "id": "the bead", "title": "another title"},
    example="bd edit gt-abc12",
)
def edit(id: str, *, title: str | None = None, content: Content, json: bool = False) -> None:
    """Write a bead's file in your editor, or change what flags say."""
    where = here()
    town = Town.open(where.root)
    if title is not None or content != Content():
        refuse_both(("--notes", content.notes, "--append-notes", content.append_notes))
        changes = Changes(
            title=None if title is None else fields.title(title),
            **content_of(content, town.snapshot()),
            append_notes=content.append_notes,
        )
        change([id], changes, json)
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("there is no terminal to edit in", "say what is to change: bd edit ID --title ...")
    bead, changed = edit_bead(town, id, where.actor, os.environ, _tell_kept)
    if json:
        output.json_out(shapes.issue(town.snapshot(), bead))
        return
    output.line(f"edited {bead.id}" if changed else f"{bead.id} is as it was: nothing changed")
    output.next_steps([f"bd show {bead.id}"])


def _tell_kept(copy: Path) -> None:
    output.progress(f"this is your text that was kept, {copy}; leave it empty to throw it away")


@command(
    "bead comment",
    "bead comments add",
    short={"file": "f"},
    help={"id": "the bead", "text": "what to say", "file": "take it from this file; - is standard input"},
    example="bd comment gt-abc12 'seen on staging too'",
)
def comment(id: str, *text: str, file: str = "", json: bool = False) -> None:
    """Say something about a bead."""
    where = here()
    said = text_from("the text", " ".join(text) or None, file) or ""
    town = Town.open(where.root)
    bead = add_comment(town, id, said, where.actor)
    tell(town)
    if json:
        output.json_out(shapes.issue(town.snapshot(), bead)["comments"][-1])
        return
    output.line(f"commented on {bead.id}  {output.one_line(bead.title)}")
    output.next_steps([f"bd show {bead.id}"])
