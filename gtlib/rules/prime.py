"""What an agent is told at the start of a session: who it is, what is on its hook, what waits for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Final
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from gtlib import framing
from gtlib.model.agent import Agent
from gtlib.model.agent import Session
from gtlib.model.agent import of_address
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import prime_mail
from gtlib.rules import prime_town
from gtlib.rules import prime_work
from gtlib.rules.base import live_hook
from gtlib.rules.prime_fit import Section
from gtlib.rules.prime_words import person
from gtlib.rules.prime_words import plain

Text = tuple[str, str]  # a path in the town, and what the file says
State = Literal["normal", "post-handoff", "crash-recovery", "autonomous"]

SHORT: Final = ("compact", "resume")
_NAME = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_WELL = ("submitted", "over", "done", "completed", "handed off", "stopped")


class Facts(Struct, frozen=True, kw_only=True):
    """What the town's files don't tell. `mark` is the boundary of all frames, `source` why the session begins
    (startup, resume, clear, compact), `session` its id with us, `root` where the town is.

    `role` is the prompt of the role; it, directives and contexts are the person's own words.
    `round` is the open patrol round of a role that has no hook. `warnings` are lines of ours.
    """

    address: Address
    mark: str
    root: str = ""
    source: str = "startup"
    session: str = ""
    role: Text = ("", "")
    directives: tuple[Text, ...] = ()
    contexts: tuple[Text, ...] = ()
    warnings: tuple[str, ...] = ()
    round: Molecule | None = None


def sections(snapshot: Snapshot, facts: Facts) -> tuple[Section, ...]:
    """The parts of what is told, in order; few and short after a compaction or when a session goes on."""
    agent = agent_of(snapshot, facts.address)
    if facts.source in SHORT:
        return tuple(_short(snapshot, facts, agent))
    return (
        *_identity(facts, agent),
        *prime_mail.handoff(snapshot, agent.address),
        *_words(facts, agent),
        *prime_town.town(snapshot, agent),
        *prime_mail.letters(snapshot, agent.address),
        *prime_work.work(snapshot, agent, facts.session),
        *_round(facts),
        prime_work.now(snapshot, agent, facts.round),
    )


def state(snapshot: Snapshot, facts: Facts) -> State:
    """How the session begins: with a note of its predecessor, after one that did not end well, with work."""
    agent = agent_of(snapshot, facts.address)
    if prime_mail.notes(snapshot, agent.address):
        return "post-handoff"
    hook = live_hook(agent)
    if hook is None:
        return "normal"
    before = [each for each in agent.sessions if each.bead == hook.bead and each.id != facts.session]
    return "crash-recovery" if before and not _ended_well(before[-1]) else "autonomous"


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with `{{ name }}` put in; names that are not known stay as they are."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)


def values(snapshot: Snapshot, facts: Facts) -> dict[str, str]:
    """What a role's prompt may name."""
    agent = agent_of(snapshot, facts.address)
    rig = snapshot.rig(agent.rig) if agent.rig else None
    return {
        "address": agent.address,
        "name": agent.address.rpartition("/")[2],
        "role": plain(agent.role),
        "rig": agent.rig,
        "target": plain(rig.branch) if rig else "main",
        "town": facts.root,
        "overseer": person(snapshot.town.overseer),
    }


def agent_of(snapshot: Snapshot, address: Address) -> Agent:
    """The agent with the role and rig that its address says: what its file says of them is anybody's text."""
    rig, role = of_address(address)
    found = snapshot.agent(address) or Agent(address=address)
    return found if (found.rig, found.role) == (rig, role) else replace(found, rig=rig, role=role)


def _ended_well(session: Session) -> bool:
    return bool(session.ended) and session.outcome.startswith(_WELL)


def _identity(facts: Facts, agent: Agent) -> Iterator[Section]:
    yield from _warnings(facts)
    yield Section(key="identity", why="every session is told who it is", text=_who(facts, agent))


def _warnings(facts: Facts) -> Iterator[Section]:
    if facts.warnings:
        said = "\n".join(f"WARNING: {line}" for line in facts.warnings)
        yield Section(key="warnings", why="something is not as it should be", text=said)


def _who(facts: Facts, agent: Agent) -> str:
    of = f" of the rig {agent.rig}" if agent.rig else ""
    session = f", session {plain(facts.session)}" if facts.session else ""
    town = f" The town is {facts.root}." if facts.root else ""
    you = f"[gt] You are {agent.address} ({plain(agent.role)}{of}){session}.{town}"
    return f"{you}\n{framing.explain(facts.mark)}"


def _words(facts: Facts, agent: Agent) -> Iterator[Section]:
    """The words of the person: role, directives, contexts."""
    path, text = facts.role
    if text.strip():
        yield Section(
            key="role",
            why=f"the prompt of the role, from {path}",
            text=text,
            whole=f"gt role show {agent.role}",
            weight=1,
            least=1500,
        )
    for kind, title, found in (
        ("directive", "Directives", facts.directives),
        ("context", "About this place", facts.contexts),
    ):
        for number, (path, text) in enumerate(found):
            if text.strip():
                yield Section(
                    key=f"{kind}:{path}",
                    why=f"{path} is there",
                    title=title if number == 0 else "",
                    text=text,
                    whole=f"cat {facts.root}/{path}",
                    weight=2 if kind == "directive" else 6,
                    least=600 if kind == "directive" else 400,
                )


def _round(facts: Facts) -> Iterator[Section]:
    if facts.round is not None:
        yield Section(
            key="round",
            why="a patrol round is open, and nothing is on the hook",
            title=f"Your round {plain(facts.round.id)}",
            data="\n\n".join((facts.round.title, facts.round.description)),
            what="the round's formula",
            whole=f"gt mol show {plain(facts.round.id)}",
            weight=2,
            least=1500,
        )


def _short(snapshot: Snapshot, facts: Facts, agent: Agent) -> Iterator[Section]:
    yield from _warnings(facts)
    what = "Your context was compacted" if facts.source == "compact" else "Your session goes on"
    said = f"{_who(facts, agent)}\n{what}: what you knew of the work is in your files, commits and hook."
    yield Section(key="identity", why=f"the session begins by {plain(facts.source)}", text=said)
    yield from prime_work.brief(snapshot, agent)
    end = "Go on with what you did. `gt prime` tells everything again."
    yield Section(key="now", why="a short start", text=end)
