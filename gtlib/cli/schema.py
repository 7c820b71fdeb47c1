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
    from gtlib.actions.editor import write_schemas  # the parsers, which `gt schema --help` need not load
    from gtlib.model import jsonschema

    if kind and out:
        raise UsageError("a folder gets the schemas of all kinds", "leave out the kind, or --out")
    if not out:
        output.json_out(jsonschema.schema(kind) if kind else jsonschema.every())
        return
    written = write_schemas(Path(out).expanduser())
    if json:
        output.json_out({"folder": out, "written": written})
        return
    output.line(
        f"{out}: {output.count(len(jsonschema.NAMES), 'schema')}, {len(written)} of them new or changed"
    )
