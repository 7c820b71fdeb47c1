"""`gt schema`: JSON Schemas of the files of a town."""

from __future__ import annotations

from pathlib import Path

from gtlib import output
from gtlib.cli.command import command
from gtlib.errors import UsageError


@command(
    "schema",
    help={
        "kind": "bead, town, ... (default: all of them in one document)",
        "out": "a folder: write each there",
    },
    example="gt schema bead",
)
def schema(kind: str = "", *, out: str = "", json: bool = False) -> None:
    """Print the JSON Schema of a kind of file, or write them all into a folder."""
    from gtlib.actions import editor  # the parsers, which `gt schema --help` need not load

    if kind and out:
        raise UsageError("a folder gets the schemas of all kinds", "leave out the kind, or --out")
    if not out:
        output.line(editor.document(kind).rstrip("\n"))  # as it is: a schema is no answer of ours
        return
    written = editor.write_schemas(Path(out).expanduser())
    if json:
        output.json_out({"folder": out, "written": written})
        return
    output.line(f"{out}: {output.count(len(written), 'schema')} new or changed")
