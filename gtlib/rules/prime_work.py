"""What an agent is told of the work on its hook at the start of a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.rules import prime_past
from gtlib.rules import prime_steps
from gtlib.rules.base import live_hook
from gtlib.rules.hooks import has_worktree
from gtlib.rules.patrols import how_to_report
from gtlib.rules.prime_fit import Section
from gtlib.rules.prime_words import one_line
from gtlib.rules.prime_words import plain
from gtlib.rules.terms import of_bead

COMMENTS: Final = 8

# What is said to who has nothing on the hook. Only a model that was started for something reads it.
_JUDGE = (
    "Nothing is on your hook. You were started to judge something: it is in your mail. Answer it, then end "
    "the session; {} is code."
)
_IDLE = {
    "mayor": "Nothing is on your hook. Tell the overseer in a few lines what waits (mail, escalations, "
    "convoys that stand still), then wait for words.",
    "polecat": "Nothing is on your hook: there is nothing to do. Don't look for work. End the session.",
    "crew": "Nothing is on your hook. Look at your mail, then wait for the person you work with.",
    "witness": _JUDGE.format("watching"),
    "refinery": _JUDGE.format("merging"),
    "deacon": _JUDGE.format("watching"),
    "dog": "Nothing is on your hook: the chore is done. End the session.",
}


def work(snapshot: Snapshot, agent: Agent, session: str) -> Iterator[Section]:
    """The bead, what became of it so far, and its molecule. `session` is this one."""
    hook = live_hook(agent)
    if hook is None:
        return
    bead = snapshot.bead(hook.bead)
    yield _hook(agent, hook, bead)
    if bead is not None:
        yield from _texts(bead)
    yield from prime_past.past(snapshot, agent, hook, session)
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is not None:
        yield from prime_steps.steps(snapshot, molecule, agent.address)
    elif bead is not None and of_bead(bead).args:
        yield Section(
            key="args",
            why="whoever slung the work said so",
            data=of_bead(bead).args,
            what="words given with the work",
            whole=f"gt hook {plain(agent.address)}",
            weight=2,
            least=600,
        )


def brief(snapshot: Snapshot, agent: Agent) -> Iterator[Section]:
    """One line of the bead on the hook, and the step that is next."""
    hook = live_hook(agent)
    bead = snapshot.bead(hook.bead) if hook is not None else None
    if hook is None or bead is None:
        return
    yield Section(
        key="hook",
        why="it is on the hook",
        text=f"On your hook ({hook.state}): {bead.id}, {plain(bead.status)}. `bd show {bead.id}` tells all.",
        data=one_line(bead.title),
        what=f"title of {bead.id}",
    )
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    if molecule is not None:
        yield from prime_steps.current(snapshot, molecule, agent.address, weight=1)


def now(snapshot: Snapshot, agent: Agent, going_round: Molecule | None) -> Section:
    """What to do first, in one or two sentences: they end the text."""
    hook = live_hook(agent)
    if hook is not None:
        return Section(
            key="now", why="work on the hook is run", title="Now", text=_order(snapshot, agent, hook)
        )
    if going_round is not None:
        said = f"Go your round now. When it is done: `{how_to_report(agent.address, agent.address)}`"
        return Section(key="now", why="a round is open", title="Now", text=said)
    said = _IDLE.get(agent.role, "Nothing is on your hook. Look at your mail: `gt mail inbox`.")
    return Section(key="now", why=f"nothing is on the hook of a {plain(agent.role)}", title="Now", text=said)


def _order(snapshot: Snapshot, agent: Agent, hook: Hook) -> str:
    bead = snapshot.bead(hook.bead)
    if bead is None or bead.status == "closed":
        gone = "closed" if bead is not None else "gone"
        return f"{hook.bead} is {gone}: take it off with `gt unsling {hook.bead}`, then end the session."
    if hook.state == "completed":
        return f"{hook.bead} is handed in; landing it is not yours. Don't work on it, and end the session."
    if hook.state == "suspended":
        waits = f" for {', '.join(plain(each) for each in hook.waits_for)}" if hook.waits_for else ""
        return f"{hook.bead} waits{waits}. `gt mol current` says for what; don't work round it."
    molecule = snapshot.molecule(hook.molecule) if hook.molecule else None
    step = prime_steps.first(snapshot, molecule, agent.address) if molecule is not None else None
    first = f" with step {step.id}" if step is not None else ""
    end = "hand it in with `gt done`" if has_worktree(agent) else f"close it with `bd close {hook.bead}`"
    return (
        f"The work on your hook is yours: begin{first} at once, without asking. Say in one line what you "
        f"begin. When all of it is done, {end}."
    )


def _hook(agent: Agent, hook: Hook, bead: Bead | None) -> Section:
    where = f", worktree {plain(hook.worktree)} on branch {plain(hook.branch)}" if hook.worktree else ""
    since = f" since {plain(hook.since)}" if hook.since else ""
    if bead is None:
        return Section(
            key="hook",
            why="it is on the hook",
            title=f"On your hook: {hook.bead}",
            text=f"The file of {hook.bead} is gone ({hook.state}{since}{where}).",
        )
    about = f"{plain(bead.type)}, priority {bead.priority}, {plain(bead.status)}"
    queue = f"\nBehind it wait {', '.join(hook.queue)}." if hook.queue else ""
    return Section(
        key="hook",
        why="it is on the hook",
        title=f"On your hook: {bead.id}",
        text=f"{about}; hook {hook.state}{since}{where}.{queue}",
        data="\n\n".join(part for part in (bead.title, bead.description.strip()) if part),
        what=f"bead {bead.id}, title and description",
        whole=f"bd show {bead.id}",
        weight=2,
        least=1200,
    )


def _texts(bead: Bead) -> Iterator[Section]:
    for key, said, text, weight, least in (
        ("acceptance", "acceptance criteria", bead.acceptance, 2, 800),
        ("design", "design", bead.design, 5, 200),
        ("notes", "notes", bead.notes, 4, 300),
    ):
        if text.strip():
            yield Section(
                key=key,
                why=f"the bead has {said}",
                data=text,
                what=f"{said} of {bead.id}",
                whole=f"bd show {bead.id}",
                weight=weight,
                least=least,
            )
    if bead.comments:
        newest = sorted(bead.comments, key=lambda each: (each.created, each.id), reverse=True)[:COMMENTS]
        yield Section(
            key="comments",
            why="somebody said something about the bead",
            data="\n".join(f"{each.author} {each.created}: {each.text.strip()}" for each in newest),
            what=f"comments on {bead.id}, newest first",
            whole=f"bd comments {bead.id}",
            weight=4,
            least=400,
        )
