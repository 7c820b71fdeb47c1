"""What `gt sling` prints: what was done, and who goes on with it."""

from __future__ import annotations

from collections.abc import Iterator

from gtlib.actions.running import is_alive
from gtlib.actions.sling_many import Many
from gtlib.actions.sling_many import One
from gtlib.actions.slung import Slung
from gtlib.actions.startable import refused_here
from gtlib.actions.to_type import ToType
from gtlib.actions.to_type import to_type
from gtlib.model import recipe
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.output import count
from gtlib.output import one_line
from gtlib.rules.base import live_hook
from gtlib.rules.feed import at_once
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.rules.terms import HELD
from gtlib.rules.terms import terms_on
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town

HEAD = "dry run: nothing is changed"


class Told:
    """A sling in words and as JSON; `dry` when it is only thought of."""

    def __init__(self, town: Town, slung: Slung, args: str, *, dry: bool) -> None:
        assert slung.after is not None
        self._town, self._slung, self._args, self._dry = town, slung, args, dry
        self._snapshot: Snapshot = slung.after
        self._running = holder(town.local) is not None
        self._who: ToType = to_type(town, slung.after, slung.agent, dry=dry)
        self._refused = _refused(town, slung.after, slung.agent, self._who)

    def lines(self) -> Iterator[str]:
        """What was done, in the order in which it happened, then who goes on."""
        slung, agent, hook = self._slung, self._slung.agent, self._slung.agent.hook
        done = "→" if self._dry else "✓"
        if self._dry:
            yield HEAD
        as_was = "" if slung.new else ", as it was"
        yield f"🎯 {slung.bead.id} {slung.bead.title!r} to {agent.address}{as_was}"
        if slung.taken_from:
            yield f"! taken over from {slung.taken_from}, who is told; its branch and worktree are kept"
        yield from self._convoy(done)
        yield from self._molecule(done)
        if slung.queued and hook is not None:
            yield f"{done} queued behind {hook.bead or 'other work'}"
        else:
            yield f"{done} work attached to the hook of {agent.address}"
        yield from self._terms(done)
        if hook is not None and hook.worktree and not slung.queued and not slung.notes:
            yield f"{done} worktree {hook.worktree} on branch {hook.branch}"
        for note in slung.notes:
            yield f"! {note}"
        if not self._dry:
            yield from self._what_now()
        elif self._who.why or self._refused:
            yield f"▶ {self._who.why or self._refused}"

    def next(self) -> list[str]:
        """What to run next."""
        slung, address = self._slung, self._slung.agent.address
        if self._dry:
            return ["the same again, without --dry-run"]
        steps = [f"gt hook {address}", f"bd show {slung.bead.id}"]
        if slung.convoy is not None:
            steps.append(f"gt convoy show {slung.convoy.id}")
        if slung.agent.role == "mayor" and not self._mayor():
            return ["gt mayor start", *steps]
        if self._refused:
            return [f"gt allow{self._refused.rpartition('gt allow')[2]}", *steps]
        return ["gt up", *steps] if self._starts() and not self._running else steps

    def shape(self) -> dict[str, object]:
        """As JSON. `type` is what a person types where gt starts no program."""
        slung, hook = self._slung, live_hook(self._slung.agent)
        mine = hook if hook is not None and hook.bead == slung.bead.id else None
        terms = terms_on(self._snapshot, slung.agent) if mine is not None else None
        return {
            "bead": slung.bead.id,
            "target": slung.agent.address,
            "rig": slung.agent.rig,
            "slung": slung.new,
            "dry_run": self._dry,
            "queued": slung.queued,
            "convoy": slung.convoy.id if slung.convoy else "",
            "convoy_created": slung.made_convoy,
            "molecule": slung.molecule.id if slung.molecule else "",
            "molecule_created": slung.new and slung.poured and slung.molecule is not None,
            "formula": slung.molecule.formula if slung.molecule else "",
            "branch": mine.branch if mine else "",
            "worktree": mine.worktree if mine else "",
            "base_branch": terms.base_branch if terms else "",
            "runtime": self._who.runtime,
            "deacon": self._running,
            "taken_from": slung.taken_from,
            "type": self._who.line,
            "notes": (*slung.notes, *filter(None, [self._refused])),
        }

    def _convoy(self, done: str) -> Iterator[str]:
        convoy = self._slung.convoy
        if convoy is None:
            yield "- no convoy tracks it"
            return
        beads = count(len(convoy.tracks), "bead")
        said = "made to track it" if self._slung.made_convoy else f"tracks {beads}"
        owned = f", which {convoy.owner} closes" if "gt:owned" in convoy.labels else ""
        merge = f", merge: {convoy.merge}" if convoy.merge else ""
        yield f"{done} convoy {convoy.id} {convoy.title!r}: {said}{owned}{merge}"

    def _molecule(self, done: str) -> Iterator[str]:
        slung, molecule = self._slung, self._slung.molecule
        if molecule is None:
            yield "- no formula: the bead says what is to be done"
        else:
            poured = recipe.read(molecule.recipe) if molecule.poured else molecule.steps
            steps = count(len(poured), "step")
            if slung.poured or not slung.new:
                yield f"{done} formula {molecule.formula}: molecule {molecule.id}, {steps}"
            else:
                over = progress(Flow(self._snapshot, molecule))[0]
                said = f"{molecule.id} of {molecule.formula}, {over} of {steps} over"
                yield f"{done} it goes on with the molecule that was there: {said}"
        for each in slung.dropped:
            yield f"! molecule {each.id} of {each.formula} is closed: nobody works by it any more"

    def _terms(self, done: str) -> Iterator[str]:
        if self._args:
            yield f"{done} args stored"
        hook = live_hook(self._slung.agent)
        if hook is None or hook.bead != self._slung.bead.id:
            return
        terms = terms_on(self._snapshot, self._slung.agent)
        if terms.base_branch:
            yield f"{done} begins from {terms.base_branch}, and lands there"
        if terms.no_merge or terms.merge in HELD:
            yield f"{done} when it is handed in it waits for a person: nothing lands by itself"
        if terms.ralph:
            yield f"{done} each step gets a session of its own"

    def _starts(self) -> bool:
        """Whether the deacon is to start a session for it."""
        return not self._slung.queued and not self._who.why and self._slung.agent.role != "mayor"

    def _mayor(self) -> bool:
        run = runs.read(self._town.local, self._slung.agent.address)
        return run is not None and is_alive(run)

    def _what_now(self) -> Iterator[str]:
        address, who = self._slung.agent.address, self._who
        if self._slung.queued:
            yield "▶ it comes onto the hook when what is before it is done"
        elif self._slung.agent.role == "mayor":
            yield "▶ the mayor is told" if self._mayor() else "▶ no mayor runs: gt mayor start"
        elif who.why:
            by_hand = self._slung.agent.role == "crew" and not self._slung.agent.runtime
            yield f"▶ {address} does it by hand: cd {address}" if by_hand else f"▶ {who.why}"
            if who.line:
                yield f"  type: {who.line}"
        elif self._refused:
            yield f"▶ {self._refused}"
        elif self._running:
            yield f"▶ the deacon starts {who.runtime} there"
        else:
            yield f"▶ no deacon runs: gt up starts one, and it starts {who.runtime} there"
            if who.line:
                yield f"  or type: {who.line}"


def many_lines(town: Town, many: Many, *, dry: bool) -> Iterator[str]:
    """A line for each bead, with what a person types for it, and how many there were."""
    total = len(many.each)
    if dry:
        yield HEAD
    if many.convoy is not None:
        yield f"{'→' if dry else '✓'} convoy {many.convoy.id} {many.convoy.title!r} tracks them"
    for number, one in enumerate(many.each, 1):
        yield f"[{number}/{total}] {_said(one)}"
        if not dry and one.slung is not None and one.slung.after is not None and not one.slung.queued:
            who = to_type(town, one.slung.after, one.slung.agent)
            refused = _refused(town, one.slung.after, one.slung.agent, who)
            if refused:
                yield f"  ▶ {refused}"
            elif who.line:
                yield f"  ▶ {who.why or 'no deacon runs'}; to start it type: {who.line}"
    yield f"{many.succeeded}/{total} succeeded"


def many_shape(many: Many, *, dry: bool) -> dict[str, object]:
    """The same as JSON."""
    return {
        "convoy": many.convoy.id if many.convoy else "",
        "dry_run": dry,
        "succeeded": many.succeeded,
        "total": len(many.each),
        "beads": [
            {
                "bead": one.bead.id,
                "target": one.slung.agent.address if one.slung else "",
                "slung": one.slung is not None and one.slung.new,
                "waits": one.slung is None and not one.why,
                "error": one.why,
                "notes": one.slung.notes if one.slung else (),
            }
            for one in many.each
        ],
    }


def _refused(town: Town, after: Snapshot, agent: Agent, who: ToType) -> str:
    """Why the deacon does not start what is there, though it is its to start."""
    return "" if who.why or agent.role == "mayor" else refused_here(town, after, agent, who.runtime)


def _said(one: One) -> str:
    if one.why:
        return f"✗ {one.bead.id}: {one.why}"
    if one.left_to is not None:
        convoy, so_many = one.left_to.id, at_once(one.left_to)
        return f"- {one.bead.id} waits for its turn: {convoy} slings {so_many} at once; now, too: --force"
    if one.slung is None:
        return f"- {one.bead.id} waits for its turn, the convoy slings it"
    how = "" if one.slung.new else ", as it was"
    how += ", queued" if one.slung.queued else ""
    notes = "".join(f"; {one_line(note)}" for note in one.slung.notes)
    return f"✓ {one.bead.id} to {one.slung.agent.address}{how}{notes}"
