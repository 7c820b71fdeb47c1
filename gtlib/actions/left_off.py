"""Who had a session when the town was let down, and gets none by itself when it is up again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules import dispatch
from gtlib.runtimes import runs

_PEOPLES = ("mayor", "crew")  # whose sessions a person starts
_FILE = "left-off"


def note(local: Path, snapshot: Snapshot, ended: Iterable[str]) -> None:
    """Keep whose sessions were ended just now, beside those that are known from before."""
    path = runs.folder(local) / _FILE
    before = path.read_text("utf-8").split() if path.exists() else []
    agents = [snapshot.agent(Address(each)) for each in ended]
    found = [agent.address for agent in agents if agent is not None and agent.role in _PEOPLES]
    if found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(sorted({*before, *found})), "utf-8")


def left_off(local: Path, snapshot: Snapshot, host: str) -> tuple[Address, ...]:
    """Those that the deacon starts no session for, by address; told once."""
    path = runs.folder(local) / _FILE
    if not path.exists():
        return ()
    known = [Address(each) for each in path.read_text("utf-8", "replace").split()]
    path.unlink()
    comes = {each.address for each in dispatch.wanted(snapshot, host) if each.kind == "session"}
    return tuple(each for each in known if snapshot.agent(each) is not None and each not in comes)
