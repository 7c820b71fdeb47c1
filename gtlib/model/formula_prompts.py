"""What can be wrong with the prompts of a convoy formula before they are rendered: syntax, unknown names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gtlib.errors import UserError
from gtlib.model import prompt_template
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import did_you_mean

if TYPE_CHECKING:
    from gtlib.model.formula import Formula

# What `gtlib.model.cook_convoy.scope` gives beside inputs and variables.
GIVEN = (
    "formula_name", "review_id", "changed_files", "files", "pr_number", "output_path",
    "output", "output.directory", "output.leg_pattern", "output.synthesis",
)  # fmt: skip
OF_LEG = ("leg", "leg.id", "leg.title", "leg.focus", "leg.description")


def check(top: Table, formula: Formula) -> None:
    """Note bad syntax as an error and names that mean nothing as warnings, where the prompt stands."""
    given = (*GIVEN, *formula.inputs, *formula.vars)
    for table, key, text, has_leg in _prompts(top, formula):
        known = (*given, *OF_LEG) if has_leg else given
        try:
            asked = prompt_template.names_in(text)
        except UserError as error:
            table.wrong(key, f"`{key}` of {table.label}: {error.what}", error.hint)
            continue
        for name in asked if not formula.extends else ():
            # A value that is no object has nothing in it, whatever is asked of it.
            if name not in known:
                hint = did_you_mean(name, known, f"declare it as [inputs.{name.partition('.')[0]}]")
                table.warn(key, f"{{{{.{name}}}}} in `{key}` of {table.label} is nothing; {hint}")


def _prompts(top: Table, formula: Formula) -> Iterator[tuple[Table, str, str, bool]]:
    """Each text that is rendered, where it stands, and whether it is for a leg."""
    base = formula.prompts.get("base", "")
    places = [(top.table("prompts"), "base", True)] if base else []
    if not base and formula.legs:
        legs = top.tables("legs", "leg")
        places += [(leg, key, True) for leg in legs for key in ("focus", "description")]
    if formula.synthesis is not None:
        places.append((top.table("synthesis", "the synthesis"), "description", False))
    for table, key, has_leg in places:
        text = table.values.get(key) if table is not None else None
        if table is not None and isinstance(text, str) and prompt_template.is_template(text):
            yield table, key, text, has_leg
    output = top.table("output", "output") if formula.legs else None
    for key in ("directory", "leg_pattern", "synthesis") if output is not None else ():
        text = output.values.get(key) if output is not None else None
        if output is not None and isinstance(text, str):
            yield output, key, text, key != "synthesis"
