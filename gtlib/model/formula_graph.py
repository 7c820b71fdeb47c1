"""What waits for what in a formula, and whether anything waits for itself."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from graphlib import CycleError
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING
from typing import TypeVar

from gtlib.model.formula_parts import FStep

if TYPE_CHECKING:
    from gtlib.model.formula import Formula

_SHOWN = 12  # so many steps of a cycle are named

T = TypeVar("T")


def cycle(needs: Mapping[T, Iterable[T]]) -> list[T]:
    """What needs each other, each followed by one that it needs, the first again at the end; [] if none."""
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        # graphlib spells a cycle from what is needed to what needs it; people read it the other way.
        loop = list(reversed(error.args[1][:-1]))
        order = {ident: place for place, ident in enumerate(needs)}
        start = loop.index(min(loop, key=lambda ident: order.get(ident, len(order))))
        return loop[start:] + loop[: start + 1]
    return []


def shown_cycle(loop: list[str]) -> str:
    """A cycle for people, its middle left out when it is long."""
    return " -> ".join(loop if len(loop) <= _SHOWN else [*loop[:6], "...", *loop[-3:]])


def first_cycle(formula: Formula) -> list[FStep]:
    """Steps that wait for each other, the first again at the end; [] when none do."""
    graph = _Graph()
    main: dict[str, int] = {}
    graph.enter(formula.steps, [main], None)
    for branch in formula.compose.branch:
        for ident in branch.steps:
            if ident in main and branch.from_ in main:
                graph.edges[main[ident]].add(main[branch.from_])
            if ident in main and branch.join in main:
                graph.edges[main[branch.join]].add(main[ident])
    graph.enter(formula.template, [{}], None)
    for advice in formula.advice:
        graph.enter((*advice.before, *advice.after), [{}], None)
    loop: list[FStep] = []
    for number in cycle(graph.edges):
        if not loop or graph.steps[number] is not loop[-1]:
            loop.append(graph.steps[number])
    return loop * 2 if len(loop) == 1 else loop


class _Graph:
    """Nodes are numbers: where a step ends, and where one that holds others begins."""

    def __init__(self) -> None:
        self.steps: list[FStep] = []
        self.edges: dict[int, set[int]] = {}

    def enter(self, steps: Iterable[FStep], known: list[dict[str, int]], start: int | None) -> list[int]:
        """Enter the steps of one list, which wait for `start`; `known` are its ids, then those around it."""
        steps = tuple(steps)
        self._number(steps, known[0])
        return [self._join(step, known, start) for step in steps]

    def _number(self, steps: Iterable[FStep], numbers: dict[str, int]) -> None:
        for step in steps:
            if step.id not in numbers:
                numbers[step.id] = self._node(step)
            self._number(step.children, numbers)

    def _join(self, step: FStep, known: list[dict[str, int]], start: int | None) -> int:
        number = known[0][step.id]
        body = step.loop.body if step.loop else ()
        begin = self._node(step) if step.children or body else number
        for need in step.needs:
            for numbers in known:
                if need in numbers:
                    self.edges[begin].add(numbers[need])
                    break
        if start is not None:
            self.edges[begin].add(start)
        if begin != number:
            inner = [self._join(child, known, begin) for child in step.children]
            inner += self.enter(body, [{}, *known], begin)
            self.edges[number].update((begin, *inner))
        return number

    def _node(self, step: FStep) -> int:
        self.steps.append(step)
        self.edges[len(self.steps) - 1] = set()
        return len(self.steps) - 1
