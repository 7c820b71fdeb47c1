"""Let a molecule go on by conditions that ask for files and the environment: those of whoever works on it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.advance import advanced
from gtlib.rules.asking import World
from gtlib.store.town import Town


def decide(town: Town, molecule_id: str, folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether something came of it: conditions of the molecule are looked at in the worktree `folder`.

    A file is there when it lies in that folder itself: a link that leads out of it counts for nothing.
    """
    world = World(lambda path: contains(folder, path), environ)
    now = clock.stamp(clock.now())

    def plan(snapshot: Snapshot) -> Edit | None:
        molecule = snapshot.molecule(ItemId(molecule_id))
        if molecule is None or molecule.status == "closed":
            return None
        return advanced(snapshot, molecule, now, world)

    if plan(town.snapshot()) is None:
        return False
    return transition(town, plan) is not None


def contains(folder: Path, path: str) -> bool:
    """Whether a relative path names a file or folder below `folder`, all links followed."""
    if not path or "\0" in path or os.path.isabs(path):
        return False
    inside = os.path.realpath(folder)
    found = os.path.realpath(os.path.join(inside, path))
    return found.startswith(inside + os.sep) and os.path.exists(found)
