"""What holds a bead up: itself, and through the parents above it (docs/ready.md). Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import msgspec
from msgspec import Struct

from gtlib import names
from gtlib.model.bead import Bead
from gtlib.model.edges import detail
from gtlib.model.snapshot import Snapshot
from gtlib.names import TOWN_PREFIX
from gtlib.names import ItemId
from gtlib.rules import statuses
from gtlib.rules.flow import Flow

FAILURE = (
    "failed", "rejected", "wontfix", "won't fix", "canceled", "cancelled", "abandoned", "blocked", "error",
    "timeout", "aborted",
)  # fmt: skip
PROVIDES = "provides:"  # begins the label of what other projects may wait for
_FOLDERS = ("beads", "molecules", "convoys", "merges", "escalations")

# how what an edge leads to stands; `unknown` is the capability of a project that this town does not have
Outcome = Literal["open", "pinned", "done", "failed", "missing", "unreadable", "unknown"]
Why = Literal["open", "unreadable", "may fail", "did not fail", "children", "no children yet"]

_MERGES: Mapping[str, Outcome] = {"landed": "done", "superseded": "failed", "rejected": "failed"}


class Hold(Struct, frozen=True):
    """Why a bead can't be taken up: `id` is what is waited for, `by` the bead whose edge it is (that bead,
    or one above it).
    """

    id: ItemId
    by: ItemId
    why: Why

    @property
    def said(self) -> str:
        """In words."""
        return {
            "open": f"waits for {self.id}",
            "unreadable": f"waits for {self.id}, whose file does not parse",
            "may fail": f"runs only if {self.id} fails",
            "did not fail": f"runs only if {self.id} fails, which it did not",
            "children": f"waits for what is below {self.id}",
            "no children yet": f"waits for what is below {self.id}, which has nothing below it yet",
        }[self.why]


class _FanIn(Struct, frozen=True):
    """The details of a `waits-for` edge, as the interchange format has them."""

    gate: str = "all-children"
    spawner_id: str = ""


class Ledger:
    """The beads of a snapshot as questions about what they wait for see them. All are read, once, when the
    first question needs them all; a question about one bead reads those around it.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.over = statuses.over(snapshot.town)
        self._done = statuses.with_category(snapshot.town, "done")
        self._held: dict[ItemId, bool] = {}
        self._live: Mapping[ItemId, Bead] = {}
        self._elsewhere: dict[ItemId, Bead | None] = {}

    @cached_property
    def beads(self) -> Mapping[ItemId, Bead]:
        """The live beads, by id."""
        self._live = {bead.id: bead for bead in self.snapshot.beads()}
        return self._live

    @cached_property
    def children(self) -> Mapping[ItemId, list[Bead]]:
        """The live beads below each parent."""
        found: dict[ItemId, list[Bead]] = {}
        for bead in self.beads.values():
            if bead.parent:
                found.setdefault(bead.parent, []).append(bead)
        return found

    def find(self, id: ItemId) -> Bead | None:
        """The bead, live or archived."""
        bead = self._live.get(id)
        if bead is not None:
            return bead
        if id not in self._elsewhere:
            self._elsewhere[id] = self.snapshot.bead(id)
        return self._elsewhere[id]

    def below(self, id: ItemId) -> Iterable[Bead]:
        return self.children.get(id, ())

    def is_done(self, bead: Bead) -> bool:
        """Whether it is closed, or what the town's own statuses call done."""
        return bead.status in self._done

    def is_held(self, bead: Bead) -> bool:
        """Whether it, or a parent above it that is not over, waits for something."""
        if not bead.parent:
            return self._has_holds(bead)
        held = False
        line: dict[ItemId, None] = {}
        at: Bead | None = bead
        while at is not None and at.id not in line and (at is bead or at.status not in self.over):
            known = self._held.get(at.id)
            if known is not None:
                held = known
                break
            line[at.id] = None
            if self._has_holds(at):
                held = True
                break
            at = self.find(at.parent) if at.parent else None
        self._held.update(dict.fromkeys(line, held))
        return held

    def holds(self, bead: Bead) -> tuple[Hold, ...]:
        """All that it waits for, nearest first, each once."""
        found: dict[ItemId, Hold] = {}
        for each in self.line(bead):
            for hold in self.own(each):
                found.setdefault(hold.id, hold)
        return tuple(found.values())

    def line(self, bead: Bead) -> list[Bead]:
        """The bead and the parents above it whose waiting is its own: up to one that is over."""
        found = {bead.id: bead}
        at = self.find(bead.parent) if bead.parent else None
        while at is not None and at.id not in found and at.status not in self.over:
            found[at.id] = at
            at = self.find(at.parent) if at.parent else None
        return list(found.values())

    def own(self, bead: Bead) -> tuple[Hold, ...]:
        """What its own edges wait for, without those of its parents."""
        if not self._may_hold(bead):
            return ()
        found: list[Hold] = []
        for id in bead.needs:
            outcome = self.outcome(id)
            if outcome == "open" or outcome == "unreadable":
                found.append(Hold(id, bead.id, outcome))
        for id in bead.conditional_blocks:
            outcome = self.outcome(id)
            if outcome == "unreadable":
                found.append(Hold(id, bead.id, outcome))
            elif outcome == "open" or outcome == "pinned":
                found.append(Hold(id, bead.id, "may fail"))
            elif outcome == "done":
                found.append(Hold(id, bead.id, "did not fail"))
        for id in bead.waits_for:
            found += self._fan_in(bead, id)
        return tuple(found)

    def outcome(self, id: ItemId) -> Outcome:
        """How what an edge leads to stands."""
        bead = self.find(id)
        if bead is not None:
            if bead.status not in self.over:
                return "open"
            return "pinned" if not self.is_done(bead) else "failed" if failed(bead.close_reason) else "done"
        if id.startswith("external:"):
            return self._elsewhere_done(id)
        other = _other(self.snapshot, id)
        if other is not None:
            return other
        there = any(self.snapshot.exists(f"{folder}/{id}.md") for folder in _FOLDERS)
        return "unreadable" if there else "missing"

    def _has_holds(self, bead: Bead) -> bool:
        if not self._may_hold(bead):
            return False
        for id in bead.needs:  # nearly always all there is to see
            found = self._live.get(id)
            if found is not None and found.status not in self.over:
                return True
        return bool(self.own(bead))

    @staticmethod
    def _may_hold(bead: Bead) -> bool:
        return bool(bead.needs or bead.waits_for or bead.conditional_blocks)

    def _fan_in(self, bead: Bead, target: ItemId) -> list[Hold]:
        """What a spawner's children hold up. That it has none yet is no answer until it is over."""
        gate, spawner = _gate(bead, target)
        if spawner.startswith("external:"):
            return [Hold(spawner, bead.id, "open")] if self.outcome(spawner) == "open" else []
        below = [each for each in self.below(spawner) if each.id != bead.id and each.type != "event"]
        if not below:
            outcome = self.outcome(spawner)
            if outcome not in ("open", "unreadable") or self.snapshot.archive.children(spawner):
                return []
            return [Hold(spawner, bead.id, "unreadable" if outcome == "unreadable" else "no children yet")]
        if gate == "any-children":
            free = any(map(self.is_done, below)) or bool(self.snapshot.archive.children(spawner))
        else:
            free = all(each.status in self.over for each in below)
        return [] if free else [Hold(spawner, bead.id, "children")]

    def _elsewhere_done(self, id: ItemId) -> Outcome:
        project, _, capability = id.removeprefix("external:").partition(":")
        prefix = self._projects.get(project)
        if prefix is None:
            return "unknown"
        return "done" if (prefix, capability) in self._provided else "open"

    @cached_property
    def _provided(self) -> frozenset[tuple[str, str]]:
        """(prefix, capability) of what is done and provides something. Such beads are never archived."""
        known = tuple(self._projects.values())
        return frozenset(
            (names.prefix_of(bead.id, known), label.removeprefix(PROVIDES))
            for bead in self.beads.values()
            if bead.labels and self.is_done(bead)
            for label in bead.labels
            if label.startswith(PROVIDES)
        )

    @cached_property
    def _projects(self) -> Mapping[str, str]:
        town = self.snapshot.town
        return {
            town.name: TOWN_PREFIX,
            TOWN_PREFIX: TOWN_PREFIX,
            **{str(rig.name): rig.prefix for rig in self.snapshot.rigs()},
        }


def failed(reason: str) -> bool:
    """Whether a bead was closed because it failed, as its `close_reason` tells."""
    said = reason.lower()
    return any(word in said for word in FAILURE)


def _other(snapshot: Snapshot, id: ItemId) -> Outcome | None:
    """How an item that is no bead stands; None when there is none."""
    molecule = snapshot.molecule(id)
    if molecule is not None:
        if molecule.status != "closed":
            return "open"
        flow = Flow(snapshot, molecule)
        return "failed" if any(flow.state(id) == "failed" for id in flow.ids) else "done"
    merge = snapshot.merge(id)
    if merge is not None:
        return _MERGES.get(merge.status, "open")
    found = snapshot.convoy(id) or snapshot.escalation(id)
    return None if found is None else "done" if found.status == "closed" else "open"


def _gate(bead: Bead, target: ItemId) -> tuple[str, ItemId]:
    """Which children a fan-in waits for, and whose."""
    edge = detail(bead, "waits-for", target)
    if edge is None or not edge.metadata:
        return "all-children", target
    try:
        said = msgspec.json.decode(edge.metadata, type=_FanIn)
    except msgspec.MsgspecError:  # what other trackers wrote there; the edge itself still holds
        return "all-children", target
    return said.gate, ItemId(said.spawner_id) or target
