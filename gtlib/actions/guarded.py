"""Whether an agent's program may run a command: who asks, and where, is found out as far as it matters."""

from __future__ import annotations

from pathlib import Path

from gtlib.names import Address
from gtlib.rules import guard
from gtlib.rules.guard_files import Facts
from gtlib.store.reading import read

_ROLES = {"polecats": "polecat", "dogs": "dog"}


def guarded(root: Path, address: Address, tool: str, command: str, cwd: str) -> str:
    """Why that agent may not call `tool` with a command in the folder `cwd`; empty when it may."""
    rig, _, rest = address.partition("/")
    kind = rest.partition("/")[0]
    role = _ROLES.get(kind, kind) or rig
    tree = root / address if role in ("polecat", "crew") else None
    config = read(root).rig(rig) if tree and ("push" in command or "update-ref" in command) else None
    facts = Facts(
        role=role,
        town=str(root),
        worktree=str(tree) if tree else "",
        cwd=cwd,
        target=config.branch if config is not None else "main",
        branch=_branch(tree) if tree and "push" in command else "",
    )
    return guard.why_denied(tool, command, facts)


def _branch(tree: Path) -> str:
    """What is checked out in a worktree; empty when nobody can tell."""
    try:
        admin = (tree / ".git").read_text("utf-8").strip().removeprefix("gitdir: ")
        head = (tree / admin / "HEAD").read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""
