"""Make beads: one, several at once, or a graph of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.graph_plan import Graph
from gtlib.rules.graph_plan import plan_graph
from gtlib.rules.new_bead import Draft
from gtlib.rules.new_bead import plan_create
from gtlib.rules.new_bead import plan_create_all
from gtlib.store.town import Town

_Planned = tuple[Mapping[str, Bead], Edit | None]


def create(town: Town, draft: Draft, prefix: str, actor: str, *, dry: bool = False) -> Bead:
    """The bead that was made of `draft`; `prefix` begins its id. `dry` only says what it would be.

    UserError as `plan_create` says.
    """
    now, created = _moment()

    def plan(snapshot: Snapshot) -> _Planned:
        bead, edit = plan_create(snapshot, draft, prefix, actor, now, created)
        return {"": bead}, edit

    return _made(town, plan, actor, dry)[""]


def create_all(
    town: Town, drafts: Sequence[Draft], prefix: str, actor: str, *, dry: bool = False
) -> tuple[Bead, ...]:
    """As `create`, all of them in one commit."""
    now, created = _moment()

    def plan(snapshot: Snapshot) -> _Planned:
        beads, edit = plan_create_all(snapshot, drafts, prefix, actor, now, created)
        return {bead.id: bead for bead in beads}, edit

    return tuple(_made(town, plan, actor, dry).values())


def create_graph(town: Town, graph: Graph, prefix: str, actor: str, *, dry: bool = False) -> dict[str, Bead]:
    """The beads of a graph by their keys, made in one commit. UserError as `plan_graph` says."""
    now, created = _moment()

    def plan(snapshot: Snapshot) -> _Planned:
        return plan_graph(snapshot, graph, prefix, actor, now, created)

    return _made(town, plan, actor, dry)


def _made(town: Town, plan: Callable[[Snapshot], _Planned], actor: str, dry: bool) -> dict[str, Bead]:
    if dry:
        return dict(plan(town.snapshot())[0])
    made, _ = carry_out(town, plan, actor)
    after = town.snapshot()
    return {key: after.bead(bead.id) or bead for key, bead in made.items()}


def _moment() -> tuple[str, int]:
    """The time as a stamp, and in nanoseconds: by these two beads of one title and one second differ."""
    return clock.stamp(clock.now()), time.time_ns()
