"""What state asks of the world outside the town's files: each is safe to repeat, and none is remembered.

A crash between a commit and its follow-up loses nothing: the next look finds the same thing wanting.
"""

from __future__ import annotations

from gtlib.actions import shims
from gtlib.errors import UserError
from gtlib.rules import dispatch
from gtlib.store.rig import Rig
from gtlib.store.town import Town


def reconcile(town: Town) -> tuple[str, ...]:
    """Make the worktrees that hooks of this machine ask for; lines say what could not be done."""
    snapshot = town.snapshot()
    failed = []
    for wanted in dispatch.wanted(snapshot, town.host):
        if wanted.kind != "worktree" or (town.root / wanted.worktree / ".git").exists():
            continue
        config = snapshot.rig(wanted.rig)
        if config is None:
            continue
        rig = Rig(town.root, config)
        try:
            rig.add_worktree(town.root / wanted.worktree, wanted.branch, rig.target_tip())
            shims.install(rig.hooks_dir(), shims.RIG, config.branch)
        except UserError as error:
            failed.append(f"{wanted.worktree}: {error}")
    return tuple(failed)
