"""Towns in memory: snapshots made of items, for tests of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.config import TownConfig
from gtlib.model.convoy import Convoy
from gtlib.model.edit import Edit
from gtlib.model.merge import MergeRequest
from gtlib.model.molecule import Molecule
from gtlib.model.molecule import Step
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.names import RigName
from gtlib.names import StepId

NOW = "2026-11-20T08:00:00Z"
LATER = "2026-11-20T09:00:00Z"
HOST = "here"
COMMIT = "c" * 40
BASE = "b" * 40


def world(*items: kinds.Item, files: Mapping[str, str] | None = None) -> Snapshot:
    """A town with the rig `proj` and these items; `files` are texts by path."""
    texts = {kinds.path_of(item): kinds.render(item) for item in (town(), rig(), *items)}
    return Snapshot.of({**texts, **(files or {})})


def committed(snapshot: Snapshot, edit: Edit | None) -> Snapshot:
    """The town after that commit, read from its files again."""
    after = snapshot.with_edit(edit) if edit else snapshot
    return Snapshot.of({path: after.text(path) or "" for path in after.paths("")})


def town(**keys: Any) -> TownConfig:
    return TownConfig(**{"name": "gt", "overseer": "ada", "home": HOST, **keys})


def rig(name: str = "proj", prefix: str = "pr") -> RigConfig:
    return RigConfig(name=RigName(name), prefix=prefix, url=f"/srv/{name}.git")


def bead(id: str, **keys: Any) -> Bead:
    return Bead(id=ItemId(id), **{"title": f"Do {id}", "created": "2026-11-19T08:00:00Z", **keys})


def closed_bead(id: str, **keys: Any) -> Bead:
    return bead(id, **{"status": "closed", "closed": "2026-11-19T20:00:00Z", **keys})


def hooked(id: str, name: str = "toast", **keys: Any) -> Bead:
    return bead(id, **{"status": "hooked", "assignee": f"proj/polecats/{name}", **keys})


def hook(id: str, name: str = "toast", **keys: Any) -> Hook:
    given = {
        "state": "active",
        "bead": ItemId(id),
        "branch": f"polecat/{name}/{id}",
        "worktree": f"proj/polecats/{name}",
        "since": "2026-11-20T07:00:00Z",
    }
    return Hook(**{**given, **keys})


def polecat(name: str = "toast", on: Hook | None = None, **keys: Any) -> Agent:
    given = {"address": Address(f"proj/polecats/{name}"), "role": "polecat", "rig": "proj", "host": HOST}
    return Agent(hook=on, **{**given, **keys})


def crew(name: str = "max", on: Hook | None = None, **keys: Any) -> Agent:
    given = {"address": Address(f"proj/crew/{name}"), "role": "crew", "rig": "proj", "host": HOST}
    return Agent(hook=on, **{**given, **keys})


def convoy(id: str, *tracks: str, **keys: Any) -> Convoy:
    given = {"title": f"Convoy {id}", "created": "2026-11-19T08:00:00Z"}
    return Convoy(id=ItemId(id), tracks=tuple(ItemId(each) for each in tracks), **{**given, **keys})


def step(id: str, state: Any = "open", *needs: str) -> Step:
    return Step(id=StepId(id), title=f"Step {id}", state=state, needs=tuple(StepId(each) for each in needs))


def molecule(id: str, *steps: Step, **keys: Any) -> Molecule:
    given = {"title": f"Molecule {id}", "formula": "polecat-work", "created": "2026-11-20T07:00:00Z"}
    return Molecule(id=ItemId(id), steps=steps, **{**given, **keys})


def request(id: str, bead: str, name: str = "toast", **keys: Any) -> MergeRequest:
    given = {
        "rig": "proj",
        "bead": ItemId(bead),
        "branch": f"polecat/{name}/{bead}",
        "target": "main",
        "source_commit": COMMIT,
        "base": BASE,
        "agent": f"proj/polecats/{name}",
        "created": "2026-11-20T07:30:00Z",
    }
    return MergeRequest(id=ItemId(id), **{**given, **keys})


def put(edit: Edit | None) -> dict[str, kinds.Item]:
    """What an edit writes, by path; nothing for no edit."""
    return {kinds.path_of(item): item for item in edit.put} if edit else {}


def letters(edit: Edit | None) -> dict[str, str]:
    """The mail that an edit delivers: recipient to subject."""
    found = {}
    for path, text in edit.files if edit else ():
        message = kinds.parse(path, text)
        found[path.removeprefix("mail/").rpartition("/new/")[0]] = getattr(message, "subject", "")
    return found
