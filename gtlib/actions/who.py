"""Who speaks: never the author string of a commit, which anybody can set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gtlib import names
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.route import nearest
from gtlib.store.reading import read

# `bd --actor X` for the time of its command; processes that it starts speak as the same
ASKED = "BD_ACTOR_ASKED"
NAMED = (ASKED, "BD_ACTOR", "BEADS_ACTOR")
# a person or a program: it becomes an author of commits and an assignee, and is looked for as a file
_NAME = re.compile(r"[^\W_][\w.@+ -]{0,79}\Z")


def speaker(root: Path, cwd: Path, environ: Mapping[str, str], *, known: bool = True) -> Address:
    """`GT_ROLE` as set by the runtime that started the session, else the agent whose worktree `cwd` is in,
    else the actor that is named (`bd --actor`, BD_ACTOR, BEADS_ACTOR), else the overseer.

    `known`: GT_ROLE must be somebody's; what happened already is put down to whatever it says.

    An actor may be no agent at all: a person or a program, with an agent's authority. UserError when GT_ROLE
    is nobody's address, the actor is no name, and for `--actor` where GT_ROLE or the folder says another.
    """
    bound = _bound(root, cwd, environ, known=known)
    if bound is None:
        named = next((text for key in NAMED if (text := environ.get(key, "").strip())), "")
        return actor(root, named) if named else OVERSEER
    asked = environ.get(ASKED, "").strip()
    if asked and actor(root, asked) != bound:
        raise UserError(f"you are {bound} here, and can't speak as {asked!r}", "leave --actor out")
    return bound


def actor(root: Path, text: str) -> Address:
    """Whom a named actor means: an agent, in any spelling of its address, or a person or program.

    UserError for an unknown address, and for what is no name.
    """
    if "/" not in text and not _is_name(text):
        raise UserError(f"{text!r} is no name of an actor", "use letters, digits, spaces and . _ @ + - (80)")
    known = known_addresses(read(root))
    found = look_up(known, text) or look_up(known, text.lower())
    if found is None and "/" in text:
        near = nearest(text, known)
        raise UserError(
            f"no agent {text!r}", f"did you mean {' or '.join(near)}?" if near else "gt agents lists them"
        )
    return found or Address(" ".join(text.split()))


def _is_name(text: str) -> bool:
    return _NAME.match(text) is not None and ".." not in text and not text.endswith((".", ".lock"))


def _somebody(root: Path, address: Address) -> Address:
    # The file is looked at first: every command of an agent asks.
    if (
        not (root / "agents" / f"{address}.md").is_file()
        and address not in known_addresses(read(root)).values()
    ):
        raise UserError(
            f"GT_ROLE says {address}, which is no agent", "start sessions by gt, or unset GT_ROLE"
        )
    return address


def _bound(root: Path, cwd: Path, environ: Mapping[str, str], *, known: bool) -> Address | None:
    """Who it is that can't choose: whose session this is, or whose worktree."""
    role = environ.get("GT_ROLE")
    if role:
        return _somebody(root, names.address(role)) if known else names.address(role)
    try:
        parts = cwd.resolve().relative_to(root.resolve()).parts
    except ValueError:
        return None
    if len(parts) >= 3 and parts[1] == "polecats":
        return names.address("/".join(parts[:3]))
    return None  # crew without a session is a person who stands there
