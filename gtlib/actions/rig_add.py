"""Add a project to the town: our own bare clone, registered last, or nothing at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

from gtlib import clock
from gtlib import layout
from gtlib import names
from gtlib.actions import shims
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model.agent import Agent
from gtlib.model.config import Gate
from gtlib.model.config import RigConfig
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import RigName
from gtlib.rules.base import OVERSEER
from gtlib.store import allowed
from gtlib.store.cloning import clone
from gtlib.store.cloning import location
from gtlib.store.cloning import shown
from gtlib.store.rig import Rig
from gtlib.store.town import Town

HELPERS = ("witness", "refinery")


def rig_add(
    town: Town,
    name: str,
    url: str,
    *,
    prefix: str = "",
    branch: str = "",
    gates: Mapping[str, str] | None = None,
    actor: str = "",
    on_clone: Callable[[], None] = lambda: None,
) -> RigConfig:
    """Clone `url` (an address or a path) and register it as rig `name`.

    `gates` (name -> command) that a person typed are allowed on this machine, an agent's not. What an add
    that was killed has left is cleared first. UserError, and nothing left behind, for a name or prefix
    that is taken or reserved, a repository that can't be read or is empty. A rig that is registered, and
    whose clone this machine lacks, is cloned from the address that it was added from. `on_clone` is
    called when nothing is in the way, and the clone begins.
    """
    rig = names.rig_name(name)
    chosen = names.prefix(prefix or names.derive_prefix(rig))
    where = shown(location(url))
    with _alone(town.local, rig):
        town.recover()
        _clear_leftover(town, rig)
        known = town.snapshot().rig(rig)
        if known is not None and not Rig(town.root, known).exists():
            _refuse_other(known, where)
            on_clone()
            return _clone_again(town, known, url)
        _refuse_taken(town.snapshot(), rig, chosen)
        _refuse_folder(town.root / layout.rig_folder(rig))
        on_clone()
        with _nothing_left(town, rig):
            config = _make(town, rig, chosen, url, branch, gates or {})
            if actor in ("", OVERSEER):
                _allow(town, config)
            transition(town, lambda snapshot: _registered(snapshot, config, town.host, actor), actor)
    return config


def _make(
    town: Town, rig: RigName, prefix: str, url: str, branch: str, gates: Mapping[str, str]
) -> RigConfig:
    target = clone(url, town.root / layout.rig_folder(rig), branch or None)
    config = RigConfig(
        name=rig,
        prefix=prefix,
        url=shown(location(url)),
        branch=target,
        gates={gate: Gate(command=command) for gate, command in gates.items()},
        created=clock.stamp(clock.now()),
    )
    shims.install(Rig(town.root, config).hooks_dir(), shims.RIG, target)
    return config


def _allow(town: Town, config: RigConfig) -> None:
    for name, gate in config.gates.items():
        allowed.allow_text(town.local, gate.command, f"{layout.path_of_rig(config.name)} gate {name}")


def _refuse_other(rig: RigConfig, where: str) -> None:
    if where != rig.url:
        raise UserError(
            f"the rig {rig.name} is that of {rig.url}", "give that address, or choose another name"
        )


def _clone_again(town: Town, rig: RigConfig, url: str) -> RigConfig:
    clone(url, town.root / layout.rig_folder(rig.name), rig.branch)
    shims.install(Rig(town.root, rig).hooks_dir(), shims.RIG, rig.branch)
    return rig


def _registered(snapshot: Snapshot, config: RigConfig, host: str, actor: str) -> Edit:
    _refuse_taken(snapshot, config.name, config.prefix)
    helpers = (
        Agent(address=Address(f"{config.name}/{role}"), role=role, rig=config.name, host=host)
        for role in HELPERS
    )
    new = (agent for agent in helpers if not snapshot.exists(layout.path_of_agent(agent.address)))
    return Edit(subject=f"rig: {config.name} added", put=(config, *new), actor=actor)


def _refuse_taken(snapshot: Snapshot, rig: RigName, prefix: str) -> None:
    if snapshot.exists(layout.path_of_rig(rig)):
        raise UserError(f"the rig {rig} is there already", "choose another name, or see it: gt rig list")
    taken = {"hq": "the town", "msg": "mail", **{r.prefix: f"the rig {r.name}" for r in snapshot.rigs()}}
    if prefix in taken:
        raise UserError(
            f"the prefix {prefix} is that of {taken[prefix]}",
            f"choose another with --prefix: gt rig add {rig} ...",
        )


def _refuse_folder(folder: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise UserError(f"{folder} is there already", "choose another name, or move that folder away")


@contextmanager
def _alone(local: Path, rig: RigName) -> Iterator[None]:
    """One add of that name at a time: so a mark that is found is that of a dead one."""
    lock = FileLock(local / "adding" / f"{rig}.lock")
    if not lock.acquire(timeout=0):
        raise UserError(f"the rig {rig} is being added by another process", "wait for it: gt rig list")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _nothing_left(town: Town, rig: RigName) -> Iterator[None]:
    """Mark the folder as ours while it is made; clear it when what is done inside does not end well."""
    _mark(town, rig).touch()
    try:
        yield
    finally:
        _clear_leftover(town, rig)


def _clear_leftover(town: Town, rig: RigName) -> None:
    """Take away the clone of an add that did not come to its end; of the folder nothing that is not ours."""
    mark = _mark(town, rig)
    if not mark.exists():
        return
    if not town.snapshot().exists(layout.path_of_rig(rig)):
        folder = town.root / layout.rig_folder(rig)
        shutil.rmtree(folder / ".repo", ignore_errors=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    mark.unlink(missing_ok=True)


def _mark(town: Town, rig: RigName) -> Path:
    return town.local / "adding" / rig
