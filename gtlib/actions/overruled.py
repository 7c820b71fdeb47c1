"""Which claims in the town a later commit overrules: one that sets the same field by hand."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import CommitId
from gtlib.names import ItemId
from gtlib.rules.base import live_hook
from gtlib.rules.claims import Claim
from gtlib.rules.steps_done import find_step
from gtlib.store.repo import CommitInfo
from gtlib.store.repo import Repo


class _Field(Struct, frozen=True):
    """What a claim is about: a file, and how to tell the value in it from the parsed item."""

    path: str
    read: Callable[[Any], object]


def overruled(
    repo: Repo, snapshot: Snapshot, claims: Sequence[Claim], made: Sequence[CommitInfo]
) -> frozenset[str]:
    """The keys of those claims whose field a later one of the commits `made` (oldest first) has changed."""
    found = set()
    for claim in claims:
        # no clock and no order of two branches tells what is later: only that one commit is above another
        later = [
            each
            for each in made
            if each.id != claim.commit and repo.is_ancestor(CommitId(claim.commit), each.id)
        ]
        if later and any(_sets(repo, each, field) for field in _fields(snapshot, claim) for each in later):
            found.add(claim.key)
    return frozenset(found)


def _sets(repo: Repo, made: CommitInfo, field: _Field) -> bool:
    if len(made.parents) != 1:
        return False  # what a merge brings was set by the commits that it merges
    old, new = (repo.blob_at(commit, field.path) for commit in (made.parents[0], made.id))
    if old == new or new is None:
        return False
    before, after = (_parsed(repo, field.path, blob) for blob in (old, new))
    return after is not None and before is not None and field.read(before) != field.read(after)


def _parsed(repo: Repo, path: str, blob: str | None) -> object:
    data = repo.blob(blob) if blob else None
    try:
        return kinds.parse(path, data.decode("utf-8", "replace")) if data is not None else None
    except FileError:
        return None  # it says nothing


def _fields(snapshot: Snapshot, claim: Claim) -> Iterator[_Field]:
    try:
        if claim.kind in ("step", "failed"):
            molecule, step = find_step(snapshot, claim.value.partition(" ")[0], claim.agent)
            yield _Field(layout.path_of_molecule(molecule.id), lambda item: _box(item, step))
            yield _Field(layout.path_of_bead(names.item_id(f"{molecule.id}.{step}")), _status)
        elif claim.kind == "closes":
            yield _Field(layout.path_of_bead(names.item_id(claim.value)), _status)
        elif claim.kind == "blocked-by":
            bead = names.item_id(claim.bead or _on_hook(snapshot, claim.agent))
            yield _Field(layout.path_of_bead(bead), lambda item: _needs(item, claim.value))
    except UserError:
        return  # serving it says what is wrong with it


def _box(item: object, step: str) -> str:
    steps = item.steps if isinstance(item, Molecule) else ()
    return next((each.state for each in steps if each.id == step), "")


def _status(item: object) -> str:
    return item.status if isinstance(item, Bead) else ""


def _needs(item: object, id: str) -> bool:
    return isinstance(item, Bead) and id in item.needs


def _on_hook(snapshot: Snapshot, agent: str) -> ItemId:
    found = snapshot.agent(Address(agent))
    hook = live_hook(found) if found else None
    return hook.bead if hook else ItemId("")
