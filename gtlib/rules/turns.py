"""The turns of steps that go on by themselves: conditions, gates, rounds, copies, ends of control steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.model import kinds
from gtlib.model import outputs
from gtlib.model.bead import Bead
from gtlib.model.cooked import CStep
from gtlib.model.formula_parts import Gate
from gtlib.model.kinds import Item
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import StepState
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules import unfold
from gtlib.rules.asking import World
from gtlib.rules.asking import holds
from gtlib.rules.close import closed
from gtlib.rules.flow import ENDED
from gtlib.rules.flow import GATE
from gtlib.rules.flow import OVER
from gtlib.rules.flow import Flow
from gtlib.rules.flow import bead_id
from gtlib.rules.gates import OPENED
from gtlib.rules.marks import in_states
from gtlib.rules.marks import marked
from gtlib.rules.marks import without
from gtlib.rules.unfold import filled
from gtlib.rules.unfold import short


class Turns(Flow):
    """A molecule in which the turns of steps are taken: what one comes to counts for those after it.

    `said` are (step, what it came to). Nothing of it is true before `items` are committed.
    """

    def __init__(self, snapshot: Snapshot, molecule: Molecule, now: str, world: World | None = None) -> None:
        super().__init__(snapshot, molecule)
        self.said: list[tuple[StepId, str]] = []
        self._before = molecule
        self._now, self._world = now, world
        self._states: dict[StepId, StepState] = {}
        self._changed: dict[ItemId, Bead] = {}

    def take(self, id: StepId) -> None:
        """Take the turn of a step as far as it goes.

        Raises UserError for what can't be written, as an id that is too long.
        """
        while self.has(id) and self._turn(id):
            pass

    def items(self) -> tuple[Item, ...]:
        """What is different from before."""
        self._flush()
        changed = () if self.molecule == self._before else (self.molecule,)
        return (*changed, *self._changed.values())

    def state(self, id: str) -> StepState:
        return self._states.get(StepId(id)) or super().state(id)

    def bead(self, id: str) -> Bead | None:
        if not self.molecule.poured:
            return None
        return self._changed.get(bead_id(self.molecule, id)) or super().bead(id)

    def _holds(self, id: str) -> bool:
        made = self._changed.get(ItemId(id))
        return super()._holds(id) if made is None else made.status != "closed"

    def _turn(self, id: StepId) -> bool:
        how = self.recipe.get(id)
        if how is None:
            return False
        state = self.state(id)
        if state == "done" and how.fan is not None and id not in self.molecule.fanned:
            return self._fan_out(how)
        if state != "open" or self.awaits(id):
            return False
        undecided = self.undecided(id)
        if undecided is not None:
            return self._decide(undecided)
        if how.gate is not None:
            if self._gate(how, how.gate):
                return True
            if self.waits(id):
                return False
        return self._end(how) if how.control else self._open(how)

    def _decide(self, how: CStep) -> bool:
        """The condition of a step, or of one that it is in, is looked at once."""
        found = holds(self, how.when, how.id, self._world)
        if found is None:
            return False
        self._record(decided={**self.molecule.decided, how.id: "true" if found else "false"})
        if not found:
            for id in (how.id, *self.descendants(how.id)):
                if self.state(id) not in OVER:
                    self._mark(id, "skipped", f"condition: {how.when}")
            return self._say(how.id, "skipped")
        bead = self.bead(how.id)
        if bead is not None and bead.status == "blocked":
            self._put(replace(bead, status="open"))
        return self._say(how.id, "condition holds")

    def _gate(self, how: CStep, gate: Gate) -> bool:
        made = self.molecule.gates.get(how.id)
        if made is None:
            return self._make_gate(how, gate)
        bead = self._changed.get(ItemId(made)) or self.snapshot.bead(ItemId(made))
        if bead is None or gate.type != "conditional" or bead.status == "closed" or OPENED in bead.metadata:
            return False
        if not holds(self, gate.condition, how.id, self._world):
            return False
        # a person who shuts it again has the last word
        opened = replace(bead, metadata={**bead.metadata, OPENED: gate.condition})
        self._put(closed(opened, self._now, f"condition holds: {gate.condition}"))
        return self._say(how.id, f"opens {made}")

    def _make_gate(self, how: CStep, gate: Gate) -> bool:
        """The gate that is there already, when only the record of it was taken out; else a new one."""
        id, turn = names.item_id(f"{self.molecule.id}.{GATE}{how.id}"), 1
        there = self.snapshot.bead(id)
        while there is not None and there.type != "gate" or there is None and self._is_taken(id):
            turn += 1
            id = names.item_id(f"{self.molecule.id}.{GATE}{how.id}-{turn}")
            there = self.snapshot.bead(id)
        if there is None:
            self._put(_gate_bead(self.molecule, how, gate, id, self._now), new=True)
        self._record(gates={**self.molecule.gates, how.id: id})
        waiting = self.bead(how.id)
        if waiting is not None and id not in waiting.needs:
            self._put(replace(waiting, needs=(*waiting.needs, id)))
        return self._say(how.id, f"waits at {id}")

    def _is_taken(self, id: ItemId) -> bool:
        return self.snapshot.exists(layout.path_of_bead(id))

    def _end(self, how: CStep) -> bool:
        """A control step ends once: one that a person opens again is theirs."""
        if how.id in self.molecule.evidence:
            return False
        return self._round(how) if how.until else self._done(how, "")

    def _round(self, how: CStep) -> bool:
        """A round is over: that was the last one, or another begins."""
        number = self.molecule.rounds.get(how.id, 1)
        step = self.step(how.id)
        last = step.needs if step else ()
        within = f"{how.id}.iter{number}."
        found = holds(self, how.until, last[-1] if last else how.id, self._world, within)
        if found is None and number < how.max and self._world is None:
            return False
        if found or number >= how.max:
            return self._done(how, "" if found else f"stopped after {number} rounds without: {how.until}")
        new = unfold.next_round(how, number + 1, last)
        self._grow(new, before=how.id)
        self._need(how.id, unfold.sinks(new))
        self._record(rounds={**self.molecule.rounds, how.id: number + 1})
        return self._say(how.id, f"round {number + 1}")

    def _done(self, how: CStep, reason: str) -> bool:
        self._mark(how.id, "done", reason)
        self._record(evidence={**self.molecule.evidence, how.id: ENDED})
        return self._say(how.id, "done")

    def _open(self, how: CStep) -> bool:
        """A poured step that waited for children can be taken up; whoever blocks it later has a reason."""
        bead = self.bead(how.id)
        if bead is None or bead.status != "blocked" or how.when or how.id in self.molecule.decided:
            return False
        self._record(decided={**self.molecule.decided, how.id: "true"})
        self._put(replace(bead, status="open"))
        return self._say(how.id, "opens")

    def _fan_out(self, how: CStep) -> bool:
        assert how.fan is not None
        found = outputs.of(self.molecule.outputs, how.id).get(how.fan.output)
        items = found if isinstance(found, list) else [] if found is None else [found]
        if len(items) > unfold.MOST_ITEMS:
            said = f"{len(items):,} items in {how.fan.output}, more than {unfold.MOST_ITEMS:,}: none was made"
            items = []
            self._record(reasons={**self.molecule.reasons, how.id: said})
        self._grow(unfold.copies(how, how.fan, items), after=how.id)
        self._record(fanned={**self.molecule.fanned, how.id: len(items)})
        return self._say(how.id, f"fans out to {len(items)}")

    def _grow(self, new: Sequence[CStep], *, before: str = "", after: str = "") -> None:
        """More steps, before or after one that is there."""
        for step in new:
            names.step_id(step.id)
        self._flush()
        self.molecule, beads = unfold.added(self, new, before=before, after=after)
        for bead in beads:
            self._put(bead, new=True)
        for name in ("recipe", "_listed", "_families"):
            self.__dict__.pop(name, None)
        for step in new:
            self._beads.pop(step.id, None)

    def _need(self, id: StepId, needs: Sequence[StepId]) -> None:
        bead = self.bead(id)
        if bead is not None:
            self._put(replace(bead, needs=tuple(bead_id(self.molecule, need) for need in needs)))
            return
        self._flush()
        steps = (replace(step, needs=tuple(needs)) if step.id == id else step for step in self.molecule.steps)
        self._record(steps=tuple(steps))
        self.__dict__.pop("_listed", None)

    def _mark(self, id: StepId, state: StepState, reason: str) -> None:
        reasons = {**self.molecule.reasons, id: reason} if reason else without(self.molecule.reasons, id)
        self._record(reasons=reasons)
        bead = self.bead(id)
        if bead is not None:
            self._put(marked(bead, state, reason, self._now))
        elif not self.molecule.poured:
            self._states[id] = state

    def _flush(self) -> None:
        """The states that steps of the list came to, into the list."""
        if self._states:
            self._record(steps=in_states(self.molecule, self._states))
            self._states = {}
            self.__dict__.pop("_listed", None)

    def _put(self, bead: Bead, *, new: bool = False) -> None:
        if new:
            kinds.render(bead)  # what can't be written is refused here, not when all of it is
        self._changed[bead.id] = bead

    def _record(self, **fields: Any) -> None:
        self.molecule = replace(self.molecule, **fields)

    def _say(self, id: StepId, what: str) -> bool:
        self.said.append((id, what))
        return True


def _gate_bead(molecule: Molecule, how: CStep, gate: Gate, id: ItemId, now: str) -> Bead:
    values = {**molecule.vars, **how.env}
    on = filled(gate.id, values)
    said = on or gate.condition or how.title or how.id
    metadata: dict[str, Any] = {"run": gate.run, "vars": values} if gate.run is not None else {}
    if gate.condition:
        metadata["condition"] = gate.condition
    return Bead(
        id=id,
        title=short(f"Gate: {gate.type} {said}"),
        type="gate",
        await_=gate.type,
        on=on,
        timeout=filled(gate.timeout, values),
        metadata=metadata,
        waiters=(molecule.assignee,) if molecule.assignee else (),
        created=now,
        created_by=molecule.created_by,
        description=f"Step {how.id} of {molecule.id} waits for this.",
    )
