"""What holds for every cooked formula: nothing starts early, and nothing is joined too soon."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from functools import cache

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.model.cook import cook
from gtlib.model.cooked import CStep
from gtlib.model.formula import Formula
from gtlib.model.formula_parts import Advice
from gtlib.model.formula_parts import Compose
from gtlib.model.formula_parts import Expand
from gtlib.model.formula_parts import FStep
from gtlib.model.formula_parts import Gate
from gtlib.model.formula_parts import Loop
from gtlib.model.formula_vars import Var
from gtlib.names import StepId

TEMPLATE = Formula(
    name="ex",
    type="expansion",
    template=(
        FStep(id=StepId("{target}.a"), title="A"),
        FStep(id=StepId("{target}.b"), title="B", needs=(StepId("{target}.a"),)),
        FStep(id=StepId("{target}.c"), title="C"),
    ),
)
KINDS = ("plain", "plain", "children", "count", "until", "expand", "false")


@st.composite
def steps(draw: st.DrawFn, prefix: str, depth: int, least: int = 1) -> tuple[FStep, ...]:
    """Steps that need some of those before them."""
    found: list[FStep] = []
    for number in range(draw(st.integers(least, 4))):
        kind = draw(st.sampled_from(KINDS if depth else ("plain", "expand", "false")))
        ident = f"{prefix}{number}"
        inner = draw(steps(f"{ident}x", depth - 1)) if kind in ("children", "count", "until") else ()
        known = [step.id for step in found]
        needs: list[StepId] = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        gate = Gate(type="human") if draw(st.integers(0, 1)) else None
        found.append(
            FStep(
                id=StepId(ident),
                title=ident,
                needs=tuple(needs),
                condition="{{no}}" if kind == "false" else "",
                expand="ex" if kind == "expand" else "",
                children=inner if kind == "children" else (),
                gate=gate,
                loop=Loop(count=2, body=inner)
                if kind == "count"
                else Loop(until="true", max=2, body=inner)
                if kind == "until"
                else None,
            )
        )
    return tuple(found)


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    some = draw(steps("s", 2, least=2))
    ids = [step.id for step in some]
    advice = tuple(
        Advice(
            target=target,
            before=(FStep(id=StepId("{step.id}-b"), title="B"),) if draw(st.booleans()) else (),
            after=(FStep(id=StepId("{step.id}-a"), title="A"),),
        )
        for target in draw(st.lists(st.sampled_from(ids), unique=True, max_size=2))
    )
    plain = [step.id for step in some if not (step.children or step.loop or step.expand)]
    targets = draw(st.lists(st.sampled_from(plain), unique=True, max_size=1)) if plain else []
    expand = [Expand(target=target, with_="ex") for target in targets]
    no = {"no": Var(name="no", default="")}
    return Formula(name="f", vars=no, steps=some, advice=advice, compose=Compose(expand=tuple(expand)))


def reached(every: Mapping[StepId, CStep]) -> Mapping[StepId, frozenset[StepId]]:
    @cache
    def of(ident: StepId) -> frozenset[StepId]:
        return frozenset().union(*(of(need) | {need} for need in every[ident].needs))

    return {ident: of(ident) for ident in every}


def within(every: Iterable[CStep], ident: StepId) -> set[StepId]:
    """A step and all that is in it."""
    found = {ident}
    for step in reversed(tuple(every)):
        if step.parent in found:
            found.add(step.id)
    return found


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_nothing_starts_early_and_nothing_is_joined_too_soon(formula: Formula) -> None:
    cooked = cook(formula, {}, load=lambda name: TEMPLATE).steps
    every = {step.id: step for step in cooked}
    assert len(every) == len(cooked)
    before = reached(every)
    for step in cooked:
        assert all(need in every for need in step.needs)
        assert step.parent == "" or every[step.parent].control
        if step.control and step.id != f"{step.parent}.start":
            assert within(cooked, step.id) - {step.id} <= before[step.id]
    after = {each.target for each in formula.advice}
    for original in formula.steps:
        for need in original.needs:
            if original.id not in every or need not in every:
                continue
            parts = within(cooked, original.id)
            wanted = within(cooked, need) | ({StepId(f"{need}-a")} if need in after else set())
            assert all(wanted <= before[part] for part in parts)
    gates = sum(step.gate is not None for step in cooked)
    assert gates >= sum(step.gate is not None for step in formula.steps if step.id in every)
