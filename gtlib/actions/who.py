"""Who speaks: never the author string of a commit, which anybody can set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gtlib import names
from gtlib.names import Address
from gtlib.rules.base import OVERSEER


def speaker(root: Path, cwd: Path, environ: Mapping[str, str]) -> Address:
    """`GT_ROLE` as set by the runtime that started the session, else the agent whose worktree `cwd` is in,
    else the overseer. UserError when GT_ROLE is no address.
    """
    named = environ.get("GT_ROLE")
    if named:
        return names.address(named)
    try:
        parts = cwd.resolve().relative_to(root.resolve()).parts
    except ValueError:
        return OVERSEER
    if len(parts) >= 3 and parts[1] == "polecats":
        return names.address("/".join(parts[:3]))
    return OVERSEER  # crew without a session is a person who stands there
