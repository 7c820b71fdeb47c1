"""Where a command was typed: the rig that is meant when none is named."""

from __future__ import annotations

from pathlib import Path

from gtlib.errors import UserError
from gtlib.model.config import RigConfig
from gtlib.model.snapshot import Snapshot


def rig_here(snapshot: Snapshot, root: Path, cwd: Path) -> RigConfig | None:
    """The rig whose folder `cwd` lies in; None outside all of them."""
    try:
        parts = cwd.resolve().relative_to(root.resolve()).parts
    except ValueError:
        return None
    return snapshot.rig(parts[0]) if parts else None


def rig_named(snapshot: Snapshot, root: Path, cwd: Path, name: str, flag: str) -> RigConfig:
    """The rig `name`, else the one that `cwd` lies in, else the only one there is.

    UserError when there is none of that name, or none can be meant; `flag` is how it is named.
    """
    known = {rig.name: rig for rig in snapshot.rigs()}
    if name:
        found = snapshot.rig(name)
        if found is None:
            there = ", ".join(known) or "none yet; add one with gt rig add NAME URL"
            raise UserError(f"no rig {name!r}", f"the rigs are: {there}")
        return found
    here = rig_here(snapshot, root, cwd)
    if here is not None:
        return here
    if len(known) == 1:
        return next(iter(known.values()))
    there = f"one of: {', '.join(known)}" if known else "add one first: gt rig add NAME URL"
    raise UserError("no rig is named", f"say which with {flag}; {there}")
