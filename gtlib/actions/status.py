"""The town at a glance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from msgspec import Struct

from gtlib.actions.agents import View
from gtlib.actions.agents import agents
from gtlib.actions.settings_checks import odd
from gtlib.errors import FileError
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.choose import PERMISSIONS as AUTONOMOUS
from gtlib.rules.kept import without_templates
from gtlib.rules.submit import is_held
from gtlib.runtimes import holder
from gtlib.store import tip
from gtlib.store.roots import branch_ref

# Marks of git in the checkout; their end lets transitions go on.
OPERATIONS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("sequencer", "cherry-pick or revert"),
)


class Daemon(Struct, frozen=True):
    """The deacon's process. `ready`: it has caught up once."""

    running: bool
    pid: int = 0
    ready: bool = False


class Queue(Struct, frozen=True):
    """A rig's merge requests: those to be tried, the one in testing, those that were sent back or wait; how
    many of the last are held until a person lets them land.
    """

    pending: int
    in_flight: int
    blocked: int
    held: int = 0


class RigView(Struct, frozen=True):
    """One rig."""

    name: str
    branch: str
    polecats: tuple[str, ...]
    polecat_count: int
    crews: tuple[str, ...]
    crew_count: int
    mq: Queue


class Status(Struct, frozen=True, kw_only=True):
    """The town. `operation` is what git has in progress in the checkout; `broken` don't parse.

    `permissions` are those of roles (`rig/role` for one rig alone) that are not autonomous. `held` are the
    merge requests that wait for a person, `warnings` are on what nothing knows in the settings.
    """

    name: str
    location: str
    overseer: str
    daemon: Daemon
    branch: str
    head: str
    operation: str
    pending: bool
    agents: tuple[View, ...]
    rigs: tuple[RigView, ...]
    broken: tuple[str, ...]
    unread_mail: int
    summary: dict[str, int]
    permissions: dict[str, str] = {}
    held: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def status(root: Path, snapshot: Snapshot) -> Status:
    """How the town at `root` stands."""
    git_dir = root / ".git"
    local = git_dir / "gt"
    found = holder.holder(local)
    views = agents(snapshot, local)
    permissions, wrong = _permissions(snapshot)
    return Status(
        name=snapshot.town.name,
        location=str(root),
        overseer=snapshot.town.overseer,
        daemon=Daemon(found is not None, found.proc.pid if found else 0, found.ready if found else False),
        branch=branch_ref(git_dir).removeprefix("refs/heads/"),
        head=_head(git_dir),
        operation=next((name for mark, name in OPERATIONS if (git_dir / mark).exists()), ""),
        pending=(local / "journal").exists(),
        agents=views,
        rigs=tuple(_rig(snapshot, rig.name, rig.branch, views) for rig in snapshot.rigs()),
        broken=(*(str(error) for error in snapshot.broken()), *wrong),
        unread_mail=sum(1 for _ in snapshot.paths(f"mail/{OVERSEER}/new/")),
        summary=_summary(snapshot, views),
        permissions=permissions,
        held=tuple(request.id for request in snapshot.merges() if is_held(request)),
        warnings=odd(snapshot),
    )


def _permissions(snapshot: Snapshot) -> tuple[dict[str, str], tuple[str, ...]]:
    """By role, or rig and role, what is not autonomous; and what is wrong with the settings."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    for rig in ("", *(config.name for config in snapshot.rigs())):
        try:
            settings = rig_settings(snapshot, rig) if rig else town_settings(snapshot)
        except FileError as error:
            wrong.append(str(error))
            continue
        for role, value in (settings.permissions if settings is not None else {}).items():
            if value != AUTONOMOUS:
                found[f"{rig}/{role}" if rig else role] = value
    return found, tuple(wrong)


def _rig(snapshot: Snapshot, name: str, branch: str, views: tuple[View, ...]) -> RigView:
    mine = [view for view in views if view.rig == name]
    polecats = tuple(view.name for view in mine if view.role == "polecat")
    crews = tuple(view.name for view in mine if view.role == "crew")
    requests = [request for request in snapshot.merges() if request.rig == name]
    states = Counter(request.status for request in requests)
    queue = Queue(
        states["ready"],
        states["testing"],
        states["blocked"] + states["conflict"] + states["rework"],
        sum(map(is_held, requests)),
    )
    return RigView(name, branch, polecats, len(polecats), crews, len(crews), queue)


def _summary(snapshot: Snapshot, views: tuple[View, ...]) -> dict[str, int]:
    states = Counter(view.state for view in views)
    beads = Counter(bead.status for bead in without_templates(snapshot.bead, snapshot.beads()))
    return {
        **{state: states[state] for state in ("working", "waiting", "suspended", "submitted", "idle")},
        "sessions": sum(view.running for view in views),
        "open_beads": sum(count for state, count in beads.items() if state != "closed"),
        "closed_beads": beads["closed"],
        "open_convoys": sum(convoy.status == "open" for convoy in snapshot.convoys()),
    }


def _head(git_dir: Path) -> str:
    """The branch that the checkout shows; a commit's id when it is detached."""
    text = (git_dir / "HEAD").read_text(encoding="utf-8").strip()
    if text.startswith("ref: "):
        return text.removeprefix("ref: ").removeprefix("refs/heads/")
    return (tip.read(git_dir, "HEAD") or text)[:12]
