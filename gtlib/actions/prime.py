"""Tell an agent at the start of a session who it is and what it has to do. Changes nothing."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gtlib import framing
from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.agent import of_address
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import prime as rules
from gtlib.rules import prime_fit
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import live_hook
from gtlib.rules.patrols import open_rounds
from gtlib.rules.prime_fit import Part
from gtlib.store import wisps
from gtlib.store.reading import read

BUDGET: Final = prime_fit.BUDGET
ROLES: Final = ("mayor", "polecat", "crew", "witness", "refinery", "deacon", "dog")
_LIMIT: Final = 200_000  # bytes of a prompt


class Primed(Struct, frozen=True, kw_only=True):
    """What is told, by parts, and how the session begins. `mail` are the unread messages that stand in it:
    they count as read when the session is known to have got them.

    `fault` is why nothing could be told, in one line; the text says it too.
    """

    address: str
    role: str
    text: str
    state: str = "normal"
    parts: tuple[Part, ...] = ()
    mail: tuple[ItemId, ...] = ()
    fault: str = ""


def prime(
    root: Path,
    address: str,
    *,
    source: str = "startup",
    budget: int = BUDGET,
    session: str = "",
    warnings: tuple[str, ...] = (),
) -> Primed:
    """What the agent is told when a session begins by `source` (startup, resume, clear, compact).

    `budget` is in tokens, `session` the session's id with us, `warnings` are further lines to begin with.
    Raises UserError for an unknown agent, and when the town can't be read.
    """
    snapshot = read(root)
    known = names.address(address)
    if snapshot.agent(known) is None:
        raise UserError(f"no agent {address}", "gt agents --all lists them")
    agent = rules.agent_of(snapshot, known)
    facts = rules.Facts(
        address=agent.address,
        mark=framing.boundary(),
        root=str(root),
        source=source,
        session=session,
        warnings=warnings,
        round=_round(root, snapshot, agent),
    )
    if source not in rules.SHORT:
        facts = _worded(root, snapshot, agent, facts)
    fitted = prime_fit.fitted(rules.sections(snapshot, facts), budget, facts.mark)
    return Primed(
        address=agent.address,
        role=agent.role,
        text=fitted.text + "\n",
        state=rules.state(snapshot, facts),
        parts=fitted.parts,
        mail=fitted.mail,
    )


def prime_or_fault(root: Path, address: str, *, source: str = "startup", session: str = "") -> Primed:
    """The same for programs' hooks, which must not fail: what is wrong is told instead."""
    try:
        return prime(root, address, source=source, session=session)
    except (UserError, OSError) as problem:
        return faulty(address, problem)


def faulty(address: str, problem: UserError | OSError) -> Primed:
    """What a session is told when nothing else can be."""
    what, hint = (problem.what, problem.hint) if isinstance(problem, UserError) else (str(problem), "")
    said = framing.clean(" ".join(f"{what}{f'; {hint}' if hint else ''}".split()))
    text = f"[gt] gt prime failed: {said}. Change nothing and don't run `gt done` before `gt prime` works.\n"
    return Primed(address=address, role=of_address(address)[1], text=text, fault=said)


def role_prompt(root: Path, role: str) -> tuple[str, str]:
    """(where it stands, text) of a role's prompt: the town's own, else the built-in one, else nothing."""
    path = f"roles/{role}.md"
    own = _own(root, path)
    if own is not None or role not in ROLES:
        return path, own or ""
    return "built in", layout.resource(f"templates/roles/{role}.md").read_text("utf-8")


def directive_paths(role: str, rig: str) -> tuple[str, ...]:
    """Where what is said to a role stands, beside its prompt: in the town, and for a rig."""
    return (f"directives/{role}.md", *((f"{rig}/directives/{role}.md",) if rig else ()))


def directives(root: Path, role: str, rig: str) -> tuple[tuple[str, str], ...]:
    """(path, text) of those that are there."""
    return tuple(
        (path, text) for path in directive_paths(role, rig) if (text := _own(root, path)) is not None
    )


def _worded(root: Path, snapshot: Snapshot, agent: Agent, facts: rules.Facts) -> rules.Facts:
    """With the person's own words: prompt, directives, contexts. The checkout holds them, as formulas."""
    path, text = role_prompt(root, agent.role)
    places = ("CONTEXT.md", *((f"{agent.rig}/CONTEXT.md",) if agent.rig else ()))
    return replace(
        facts,
        role=(path, rules.filled(text, rules.values(snapshot, facts))),
        directives=directives(root, agent.role, agent.rig),
        contexts=tuple((each, said) for each in places if (said := _own(root, each)) is not None),
    )


def _own(root: Path, path: str) -> str | None:
    """A file of the checkout that a person wrote; None when it is not there.

    UserError for one that is no plain file, lies behind a link, is no UTF-8, or far too long.
    """
    at = root
    for piece in path.split("/"):
        at = at / piece
        try:
            found = at.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(found.st_mode):
            raise UserError(f"{path} is a link, or lies behind one", "put the file itself there")
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LIMIT:
        raise UserError(f"{path} is no file, or has more than {_LIMIT} bytes", "shorten it")
    try:
        return at.read_text("utf-8")
    except UnicodeDecodeError as problem:
        raise UserError(f"{path} is not UTF-8 (byte {problem.start})", "save it as UTF-8") from None


def _round(root: Path, snapshot: Snapshot, agent: Agent) -> Molecule | None:
    """The patrol round of a role that has nothing on its hook."""
    if agent.role in ("polecat", "crew", OVERSEER) or live_hook(agent) is not None:
        return None
    return next(reversed(open_rounds(wisps.every(root).wisps, agent.address)), None)
