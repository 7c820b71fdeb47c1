"""A rig as the work on a hook sees it: its target is the branch that the work was slung to begin from."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.config import RigConfig
from gtlib.model.snapshot import Snapshot
from gtlib.rules.terms import terms_on
from gtlib.store.rig import Rig


def based(root: Path, snapshot: Snapshot, agent: Agent, config: RigConfig) -> Rig:
    """The agent's rig, with the base branch of its work as target where it has one of its own."""
    base = terms_on(snapshot, agent).base_branch
    return Rig(root, replace(config, branch=base) if base else config)


def check_base(root: Path, config: RigConfig, branch: str) -> None:
    """UserError unless the rig's remote has that branch; it is looked for there when it is not known yet."""
    rig = Rig(root, replace(config, branch=branch))
    if rig.bare.commit(rig.tracking) is not None:
        return
    rig.fetch()
    if rig.bare.commit(rig.tracking) is None:
        raise UserError(
            f"the rig {config.name} has no branch {branch!r} on its remote", "push it there first"
        )
