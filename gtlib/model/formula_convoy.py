"""The reader of convoy formulas: inputs, legs, what brings them together; the analyses of an aspect, too."""

from __future__ import annotations

from gtlib.model.formula_extras import contained
from gtlib.model.formula_parts import Input
from gtlib.model.formula_parts import Leg
from gtlib.model.formula_parts import Reports
from gtlib.model.formula_parts import Synthesis
from gtlib.model.formula_source import Table
from gtlib.model.formula_source import did_you_mean
from gtlib.model.formula_steps import read_id
from gtlib.names import StepId

_INPUT = frozenset(("description", "type", "required", "required_unless", "default"))
_LEG = frozenset(("id", "title", "focus", "description", "agent", "review_only", "run"))
_SYNTHESIS = frozenset(("title", "description", "depends_on", "needs", "agent", "run"))
_OUTPUT = frozenset(("directory", "leg_pattern", "synthesis"))


def read_inputs(top: Table) -> dict[str, Input]:
    """The inputs by name; a plain value stands for a default."""
    table = top.table("inputs", "inputs")
    found: dict[str, Input] = {}
    if table is None:
        return found
    for name, entry in table.values.items():
        values = entry if isinstance(entry, dict) else {"default": entry}
        each = Table(top.source, values, ("inputs", name), f"input {name}")
        each.unknown(_INPUT)
        unless = each.texts("required_unless")
        for other in unless:
            if other not in table.values:
                what = f'input {name} is required unless "{other}", which is no input'
                hint = did_you_mean(other, table.values, f"the inputs are: {', '.join(table.values)}")
                each.wrong("required_unless", what, hint)
        found[name] = Input(
            name=name,
            description=each.text("description"),
            type=each.text("type") or "string",
            required=each.flag("required"),
            required_unless=unless,
            default=each.scalar("default") if each.values.get("default") is not None else None,
            line=each.line(),
        )
    return found


def read_legs(top: Table, key: str, label: str) -> tuple[Leg, ...]:
    """The legs of a convoy, or the aspects of an aspect: they have the same keys."""
    legs = []
    first: dict[str, int] = {}
    for table in top.tables(key, label):
        table.unknown(_LEG)
        ident, line = read_id(table), table.begin()
        if ident and first.setdefault(ident, line) != line:
            what = f'duplicate {label} id "{ident}", first at line {first[ident]}'
            table.wrong("id", what, "give one of them another id")
        legs.append(
            Leg(
                id=ident,
                title=table.text("title") or ident,
                focus=table.text("focus"),
                description=table.text("description"),
                agent=table.text("agent"),
                review_only=table.flag("review_only"),
                run=table.run(),
                path=top.source.path,
                line=line,
            )
        )
    return tuple(legs)


def read_synthesis(top: Table, legs: tuple[Leg, ...]) -> Synthesis | None:
    """What brings the legs together."""
    table = top.table("synthesis", "the synthesis")
    if table is None:
        return None
    table.unknown(_SYNTHESIS)
    known = {leg.id: None for leg in legs}
    needs = []
    for key in ("needs", "depends_on"):
        for need in table.texts(key):
            needs.append(StepId(need))
            if need not in known and not top.values.get("extends"):
                hint = did_you_mean(need, known, f"the legs are: {', '.join(known)}")
                table.wrong(key, f'the synthesis needs "{need}", which is no leg', hint)
    return Synthesis(
        title=table.text("title") or "Synthesis",
        description=table.text("description"),
        needs=tuple(dict.fromkeys(needs)),
        agent=table.text("agent"),
        run=table.run(),
        path=top.source.path,
        line=table.begin(),
    )


def read_output(top: Table) -> Reports:
    """Where legs and synthesis write."""
    table = top.table("output", "output")
    if table is None:
        return Reports()
    table.unknown(_OUTPUT)
    found = {key: table.text(key) for key in sorted(_OUTPUT)}
    for key, text in found.items():
        if text and contained(text) is None and text not in (".", "./"):
            what = f'`{key}` of output, "{text}", leads out of the worktree'
            table.wrong(key, what, "write a path relative to the root of the project")
    return Reports(**found)
