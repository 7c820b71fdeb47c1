"""Make what hooks need whole again: worktrees from git, our git hooks, and the hooks of agents' programs."""

from __future__ import annotations

from msgspec import Struct

from gtlib.actions import shims
from gtlib.actions.catch_up import catch_up
from gtlib.actions.follow_up import missing_worktrees
from gtlib.actions.hooks_list import program_at_work
from gtlib.actions.hooks_list import runtime_hooks
from gtlib.errors import UserError
from gtlib.runtimes import hookfiles
from gtlib.store.rig import Rig
from gtlib.store.town import Town


class Repaired(Struct, frozen=True, kw_only=True):
    """What was mended, and what could not be, in words."""

    done: tuple[str, ...]
    failed: tuple[str, ...]


def hooks_repair(town: Town, actor: str = "") -> Repaired:
    """Rebuild what is missing of git hooks, worktrees and programs' hooks, then catch up. No work is lost."""
    done: list[str] = []
    failed: list[str] = []
    old = shims.missing(town.git_dir / "hooks", shims.TOWN)
    if old:
        shims.install(town.git_dir / "hooks", shims.TOWN)
        done.append(f"the town: git hooks {', '.join(old)}")
    for config in town.snapshot().rigs():
        try:
            done += _git_hooks(Rig(town.root, config))
        except UserError as error:
            failed.append(f"{config.name}: {error}")
    wanted = [each.worktree for each, _ in missing_worktrees(town)]
    report = catch_up(town, actor)
    left = {each.worktree for each, _ in missing_worktrees(town)}
    done += [f"{path}: worktree" for path in wanted if path not in left]
    done += [applied.edit.subject for applied in report.applied]
    try:
        done += _runtime_hooks(town)
    except UserError as error:
        failed.append(str(error))
    return Repaired(done=tuple(done), failed=(*failed, *report.notes))


def _git_hooks(rig: Rig) -> list[str]:
    if not rig.exists():
        again = f"gt rig add {rig.config.name} {rig.config.url}"
        raise UserError("its clone is not on this machine", f"{again} makes it")
    old = shims.missing(rig.hooks_dir(), shims.RIG, rig.target)
    if old:
        shims.install(rig.hooks_dir(), shims.RIG, rig.target)
    return [f"{rig.config.name}: git hooks {', '.join(old)}"] if old else []


def _runtime_hooks(town: Town) -> list[str]:
    """Of the programs that run: they read the files again at their next start."""
    done = []
    snapshot = town.snapshot()
    for agent in snapshot.agents():
        if agent.host == town.host and runtime_hooks(town.root, snapshot, agent) is False:
            program = program_at_work(town.root, snapshot, agent)
            if program is not None and agent.hook is not None:
                hookfiles.ensure(town.root, program, town.root / agent.hook.worktree)
                done.append(f"{agent.address}: hooks of {program.name}")
    return done
