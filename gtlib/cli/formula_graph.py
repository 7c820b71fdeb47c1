"""`gt formula graph`: a formula drawn for Markdown or Graphviz. Nothing is changed."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.cooking import compiled
from gtlib.actions.cooking import cooked
from gtlib.cli import formula_shapes as shapes
from gtlib.cli.command import command
from gtlib.cli.draw_steps import dot
from gtlib.cli.draw_steps import drawing
from gtlib.cli.draw_steps import mermaid
from gtlib.cli.formula import RIG_HELP
from gtlib.cli.formula import SEARCH_HELP
from gtlib.cli.formula import find_formula
from gtlib.cli.formula import folders
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.rules.fields import pairs

FORMATS = ("mermaid", "dot")


@command(
    "formula graph",
    help={
        "name": "a formula, or a file of the town",
        "format": "mermaid (for Markdown, the default) or dot (for Graphviz)",
        "var": "a value, as name=value; without any, placeholders stay",
        "rig": RIG_HELP,
        "search_path": SEARCH_HELP,
    },
    example="gt formula graph release --format dot",
)
def graph(
    name: str,
    *,
    format: str = "mermaid",
    var: tuple[str, ...] = (),
    rig: str = "",
    search_path: tuple[str, ...] = (),
    json: bool = False,
) -> None:
    """Draw what a formula becomes: its steps, gates, groups and rounds."""
    how = choice("--format", format, FORMATS)
    where = here()
    formula = find_formula(where, name, rig, search_path)
    of, more = rig_here(where, where.snapshot(), rig) or None, folders(where, search_path)
    if var:
        found = cooked(where.root, formula, pairs(var), rig=of, more=more)
    else:
        found = compiled(where.root, formula, rig=of, more=more)
    if json:
        output.json_out({"formula": found.name, "steps": shapes.steps(found.steps)})
        return
    output.line("\n".join((mermaid if how == "mermaid" else dot)(drawing(found.steps))))
