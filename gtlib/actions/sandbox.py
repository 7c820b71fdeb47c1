"""Whether a program's own sandbox lets it do its work in a worktree: tried, not believed."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from gtlib.actions.which_runtime import allowed_program
from gtlib.errors import UserError
from gtlib.model.settings import DEFAULT
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.output import one_line
from gtlib.rules import choose
from gtlib.rules.choose import TOWN_ROLES
from gtlib.runtimes import programs
from gtlib.runtimes.base import OWN
from gtlib.runtimes.presets import Preset
from gtlib.store.town import Town
from gtlib.system import git
from gtlib.system import process

SECONDS: Final = 30.0


def probe(program: Preset, worktree: Path) -> str:
    """Have the program's sandbox make a ref in that worktree, write its index and remove the ref, as a commit
    and what follows do: why it could not, or nothing.
    """
    if not program.sandbox:
        return f"{program.name} has no sandbox of its own that gt knows"
    if not program.probe:
        return f"nothing is known to try the sandbox of {program.name} with"
    gone = programs.missing(program)
    if gone:
        return gone
    ref = f"refs/gt/probe/{secrets.token_hex(4)}"
    try:
        _, said = _inside(program, worktree, "update-ref", ref, "HEAD")
        if not _is_there(worktree, ref):
            return f"the sandbox of {program.name} could not make a ref in {worktree}: {said}"
        code, said = _inside(program, worktree, "update-index", "--force-write-index")
        if code:
            return f"the sandbox of {program.name} could not write the index of {worktree}: {said}"
        _, said = _inside(program, worktree, "update-ref", "-d", ref)
        if _is_there(worktree, ref):
            return f"the sandbox of {program.name} could not remove a ref in {worktree}: {said}"
    finally:
        if _is_there(worktree, ref):
            git.run([*git.RIG_FLAGS, "update-ref", "-d", ref], worktree)
    return ""


def refuse_sandbox(town: Town, snapshot: Snapshot, rig: str, role: str) -> None:
    """UserError unless the program that the settings of `snapshot` choose for the role passes in one of its
    folders; for a town's setting, those of every rig.
    """
    why = "there is no worktree to try it in"
    for place, folder in _folders(town, snapshot, rig, role):
        both = town_settings(snapshot), rig_settings(snapshot, place)
        agent = choose.choose(*both, role).agent
        if agent in OWN:
            why = f"{agent} has no sandbox"
            continue
        try:
            why = probe(allowed_program(town.local, snapshot, place, agent), folder)
        except UserError as error:
            why = str(error)
        if not why:
            return
    raise UserError(
        f"{role} can't work in a sandbox here: {why}",
        f"without it: gt config set permissions.{role} autonomous{f' --rig {rig}' if rig else ''}",
    )


def newly_sandboxed(before: Snapshot, after: Snapshot, rig: str) -> tuple[str, ...]:
    """The roles that the file gives a sandbox now and did not before; `default` stands for polecats."""
    old = rig_settings(before, rig) if rig else town_settings(before)
    new = rig_settings(after, rig) if rig else town_settings(after)
    had = old.permissions if old is not None else {}
    said = new.permissions if new is not None else {}
    roles = [role for role, value in said.items() if value == "sandbox" and had.get(role) != value]
    return tuple(dict.fromkeys("polecat" if role == DEFAULT else role for role in roles))


def _folders(town: Town, snapshot: Snapshot, rig: str, role: str) -> Iterator[tuple[str, Path]]:
    """(rig, folder) where the role's sessions stand on this machine."""
    if role in TOWN_ROLES:
        yield "", town.root
        return
    kinds = {"polecat": ("polecats",), "crew": ("crew",)}.get(role, ("polecats", "crew"))
    for name in (rig,) if rig else tuple(config.name for config in snapshot.rigs()):
        for kind in kinds:
            for path in sorted((town.root / name / kind).glob("*/.git")):
                yield name, path.parent


def _inside(program: Preset, worktree: Path, *words: str) -> tuple[int, str]:
    """Run git in the sandbox: how it ended, and what it said at last."""
    argv = [*program.wrapper, program.command]
    for word in program.probe:
        if word == "{roots}":
            argv += programs.root_flags(program, worktree)
        elif word == "{command}":
            argv += ["git", *git.RIG_FLAGS, *words]
        else:
            argv.append(word)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "said"
        code = process.run(argv, worktree, _variables(program), SECONDS, log)
        lines = log.read_text("utf-8", "replace").split("\n") if log.exists() else []
    last = next((line for line in reversed(lines) if line.strip()), "")
    return code, one_line(last)[:200] or f"it ended with {code}"


def _variables(program: Preset) -> Mapping[str, str | None]:
    """What its sessions get too, without what another session left in ours."""
    gone = {key: None for key in os.environ if any(fnmatchcase(key, each) for each in program.scrub)}
    return {**gone, **program.env}


def _is_there(worktree: Path, ref: str) -> bool:
    return git.run([*git.RIG_FLAGS, "rev-parse", "-q", "--verify", ref], worktree, check=False).code == 0
