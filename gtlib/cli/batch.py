"""`bd batch`: many changes written line by line, as one commit."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.batch import batch as do_batch
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import prefix_here
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.store.town import Town


@command(
    "bead batch",
    short={"file": "f"},
    help={
        "file": "the lines: close ID [REASON], update ID KEY=VALUE..., create TYPE PRIORITY TITLE, "
        "dep add A B [TYPE], dep remove A B; - is standard input",
        "rig": "the rig that new beads belong to; hq is the town",
    },
    example="bd batch -f changes.txt",
)
def batch(*, file: str = "-", rig: str = "", json: bool = False) -> None:
    """Make many changes as one commit: all of them, or none."""
    where = here()
    town = Town.open(where.root)
    text = text_from("--file", None, file) or ""
    done = do_batch(town, text, prefix_here(where, town.snapshot(), rig), where.actor)
    tell(town)
    if json:
        results = [{"line": m.line, "op": m.op, "id": m.id, "changed": m.changed} for m in done]
        output.json_out({"operations": len(done), "results": results})
        return
    for made in done:
        output.line(f"{made.op} {made.id}{'' if made.changed else ': so already'}")
    output.next_steps(["bd list", "bd ready"])
