"""The steps of a molecule as a graph: tiers of what can be done at once, and the longest way through."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gtlib.names import StepId
from gtlib.rules.flow import Flow


class Dag(Struct, frozen=True):
    """What each step needs and what needs it; `tiers` are steps by how many lie before them (from 1), and
    `longest` one way through that no other is longer than. Steps that need each other are in no tier.
    """

    needs: Mapping[StepId, tuple[StepId, ...]]
    needed: Mapping[StepId, tuple[StepId, ...]]
    tiers: tuple[tuple[StepId, ...], ...]
    longest: tuple[StepId, ...]

    @property
    def stuck(self) -> tuple[StepId, ...]:
        """The steps that are in no tier."""
        placed = {id for tier in self.tiers for id in tier}
        return tuple(id for id in self.needs if id not in placed)


def dag_of(flow: Flow) -> Dag:
    """The graph of a molecule; what ends by itself is in it, too."""
    needs = {step.id: tuple(need for need in step.needs if flow.has(need)) for step in flow.steps}
    needed: dict[StepId, list[StepId]] = {id: [] for id in needs}
    for id, before in needs.items():
        for need in before:
            needed.setdefault(need, []).append(id)
    left = {id: len(set(before)) for id, before in needs.items()}
    tier = [id for id, number in left.items() if not number]
    tiers: list[tuple[StepId, ...]] = []
    via: dict[StepId, StepId] = {}
    while tier:
        tiers.append(tuple(tier))
        after: dict[StepId, None] = {}
        for id in tier:
            for each in dict.fromkeys(needed[id]):
                left[each] -= 1
                if not left[each]:
                    via[each] = id
                    after[each] = None
        tier = list(after)
    return Dag(
        needs,
        {id: tuple(dict.fromkeys(after)) for id, after in needed.items()},
        tuple(tiers),
        _longest(tiers, via),
    )


def _longest(tiers: list[tuple[StepId, ...]], via: Mapping[StepId, StepId]) -> tuple[StepId, ...]:
    if not tiers:
        return ()
    way = [tiers[-1][0]]
    while way[-1] in via:
        way.append(via[way[-1]])
    return tuple(reversed(way))
