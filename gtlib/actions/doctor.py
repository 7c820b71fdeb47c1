"""What may be wrong with a town, each thing looked at and, where that is safe, mended."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable
from collections.abc import Iterator

from gtlib import layout
from gtlib.actions import editor
from gtlib.actions import file_checks
from gtlib.actions import follow_up
from gtlib.actions import hook_checks
from gtlib.actions import merge_setup
from gtlib.actions import session_checks
from gtlib.actions import stale
from gtlib.actions.allow import waiting
from gtlib.actions.catch_up import catch_up
from gtlib.actions.hook_checks import Check
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.rules import dispatch
from gtlib.rules.base import live_hook
from gtlib.rules.cycles import cycles
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import missing
from gtlib.runtimes.holder import holder
from gtlib.store import place
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from gtlib.system import git

Look = Callable[[Town, Snapshot], Iterator[Check]]


def doctor(town: Town, *, fix: bool = False) -> tuple[Check, ...]:
    """Look at everything; with `fix` mend what can be mended and say in `fixed` what was done.

    A look that fails is an error among the others, never the end.
    """
    mended = _mend(town) if fix else {}
    snapshot = town.snapshot()
    found = [check for name, look in LOOKS for check in _guarded(name, look, town, snapshot)]
    checks = tuple(_with_fix(check, mended.pop(check.name, ())) for check in found)
    return checks + tuple(Check(name=name, fixed=lines) for name, lines in mended.items())


def overall_ok(checks: tuple[Check, ...]) -> bool:
    """Whether nothing is an error."""
    return all(check.status != "error" for check in checks)


def _with_fix(check: Check, lines: tuple[str, ...]) -> Check:
    return Check(check.name, check.status, check.message, check.detail, check.fix, check.category, lines)


def _guarded(name: str, look: Look, town: Town, snapshot: Snapshot) -> list[Check]:
    try:
        return list(look(town, snapshot))
    except UserError as error:
        return [Check(name, "error", error.what, fix=error.hint)]


def _mend(town: Town) -> dict[str, tuple[str, ...]]:
    """What was done, by the check that it belongs to. What can't be mended now, the look after it sees."""
    done = {"index-lock": stale.clear(town), "git-hooks": hook_checks.mend(town), "editor": editor.mend(town)}
    if town.pending():
        town.recover()
        done["journal"] = () if town.pending() else ("finished the transition that was half way",)
    if not stale.town_lock(town)[0] and not place.of(town.repo, town.branch).operation:
        done["merge"] = merge_setup.mend(town)
    before = set(_unmade(town, town.snapshot()))
    follow_up.reconcile(town)
    made = before - set(_unmade(town, town.snapshot()))
    done["worktrees"] = tuple(f"made {path}" for path in sorted(made))
    done["catch-up"] = _caught_up(town)
    return {name: lines for name, lines in done.items() if lines}


def _caught_up(town: Town) -> tuple[str, ...]:
    """Nothing while somebody holds git's lock, or is in the middle of an operation: the looks name these."""
    if stale.town_lock(town)[0] is not None or place.of(town.repo, town.branch).operation:
        return ()
    return tuple(each.edit.subject for each in catch_up(town).applied)


def _head(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    where = place.of(town.repo, town.branch)
    branch = town.branch.removeprefix("refs/heads/")
    if where.operation:
        yield Check("head", "error", f"a {where.operation} is in progress", fix=where.way_out)
    elif not where.on_branch:
        message = f"the checkout is not on {branch}; transitions go on there"
        yield Check("head", "warning", message, fix=f"git switch {branch}")
    else:
        yield Check("head", message=f"on {branch}")


def _journal(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    if town.pending():
        yield Check("journal", "error", "a transition is half way into the checkout", fix="gt doctor --fix")
    else:
        yield Check("journal", message="clean")


def _index_lock(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    path, why = stale.town_lock(town)
    if path is None:
        yield Check("index-lock", message="free")
    elif why:
        message = f"{path} is there: {why}"
        yield Check("index-lock", "warning", message, fix="wait for it; it is never removed by age alone")
    else:
        message = f"{path} was left behind by a git that is gone"
        yield Check("index-lock", "error", message, fix="gt doctor --fix")


def _files(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    broken = snapshot.broken()
    for error in broken:
        yield Check("files", "error", error.what, fix=error.hint, category="files")
    strays = [path for path in snapshot.paths(f"{layout.OUTBOX}/") if _is_stray(path)]
    for path in strays:
        message = f"{path} is not looked at: only {layout.OUTBOX}/NAME.md is"
        yield Check("files", "warning", message, fix="give it such a name", category="files")
    twice = list(_twice(snapshot))
    for first, second in twice:
        message = f"{second} has the id of {first}, and ids are one namespace"
        fix = "give one of them another name and id, and name it so where it is meant"
        yield Check("files", "error", message, fix=fix, category="files")
    if not broken and not strays and not twice:
        yield Check("files", message="every file parses", category="files")


def _twice(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """The paths of items of two kinds that have one id."""
    seen: dict[str, str] = {}
    for folder in layout.ITEM_FOLDERS:
        for path in snapshot.paths(f"{folder}/"):
            if kinds.kind_of(path) is not None:
                first = seen.setdefault(posixpath.basename(path), path)
                if first != path:
                    yield first, path


def _is_stray(path: str) -> bool:
    name = posixpath.basename(path)
    return kinds.kind_of(path) is None and not name.startswith(".") and not name.lower().startswith("readme")


def _needs(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    ledger = Ledger(snapshot)
    circles = cycles(ledger)
    for path in circles:
        loop = " -> ".join((*path, path[0]))
        fix = f"take one of them out of needs, as in beads/{path[0]}.md"
        yield Check("needs", "error", f"beads wait for each other: {loop}", fix=fix, category="files")
    gone = missing(snapshot, ledger)
    for bead_id, need in gone:
        message = f"beads/{bead_id}.md needs {need}, which does not exist"
        yield Check("needs", "warning", message, fix="take it out, or make that bead", category="files")
    if not circles and not gone:
        yield Check("needs", message="no cycle", category="files")


def _worktrees(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    wrong = False
    for path in _unmade(town, snapshot):
        wrong = True
        yield Check("worktrees", "error", f"{path} is not there", fix="gt doctor --fix", category="agents")
    for agent, rig in _workers(town, snapshot):
        hook = live_hook(agent)
        if hook is None or not hook.worktree or not (town.root / hook.worktree / ".git").exists():
            continue
        stands = rig.worktree_status(town.root / hook.worktree).branch
        if stands != hook.branch:
            wrong = True
            message = f"{hook.worktree} stands on {stands or 'no branch'}, not on {hook.branch}"
            fix = f"git -C {town.root / hook.worktree} switch {hook.branch}"
            yield Check("worktrees", "warning", message, fix=fix, category="agents")
    for path in _unknown(town, snapshot):
        wrong = True
        message = f"{path} belongs to no agent"
        yield Check("worktrees", "warning", message, fix="look at it, then move it away", category="agents")
    if not wrong:
        yield Check("worktrees", message="as the hooks say", category="agents")


def _unmade(town: Town, snapshot: Snapshot) -> list[str]:
    wanted = (each for each in dispatch.wanted(snapshot, town.host) if each.kind == "worktree")
    return [each.worktree for each in wanted if not (town.root / each.worktree / ".git").exists()]


def _workers(town: Town, snapshot: Snapshot) -> Iterator[tuple[Agent, Rig]]:
    for agent in snapshot.agents():
        config = snapshot.rig(agent.rig) if agent.rig else None
        if config is not None and agent.host == town.host:
            yield agent, Rig(town.root, config)


def _unknown(town: Town, snapshot: Snapshot) -> Iterator[str]:
    known = {agent.address for agent in snapshot.agents()}
    for rig in snapshot.rigs():
        for kind in ("polecats", "crew"):
            for folder in sorted((town.root / rig.name / kind).glob("*")):
                path = folder.relative_to(town.root).as_posix()
                if path not in known:
                    yield path


def _rigs(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    for config in snapshot.rigs():
        rig = Rig(town.root, config)
        if not rig.exists():
            fix = f"gt rig add {config.name} {shlex.quote(config.url)} makes it again"
            message = f"{config.name} has no clone on this machine"
            yield Check("rigs", "error", message, fix=fix, category="rigs")
            continue
        try:
            rig.target_tip()
        except UserError as error:
            yield Check("rigs", "error", error.what, fix=error.hint, category="rigs")
            continue
        yield Check("rigs", message=f"{config.name}: {config.branch}", category="rigs")


def _locks(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    first, second = FileLock(town.local / "probe.lock"), FileLock(town.local / "probe.lock")
    if not first.acquire(timeout=5):
        yield Check("locks", "warning", "another doctor is at work", fix="run it again")
        return
    excluded = not second.acquire(timeout=0)
    first.release()
    second.release()
    if excluded:
        yield Check("locks", message="this filesystem's locks exclude")
    else:
        message = "this filesystem's locks do not exclude"
        yield Check("locks", "error", message, fix="move the town to a local disk")


def _git(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    git.check_version()
    yield Check("git", message=git.run(["version"], town.root).text)


def _deacon(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    found = holder(town.local)
    if found is None:
        message = "does not run: nothing starts sessions or lands work by itself"
        yield Check("deacon", "warning", message, fix="gt up", category="agents")
    else:
        yield Check("deacon", message=f"runs (pid {found.proc.pid})", category="agents")


def _allowed(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    paths = sorted({each.path for each in waiting(town)})
    for path in paths:
        message = f"commands of {path} may not run on this machine yet"
        yield Check("allowed", "warning", message, fix=f"read them, then: gt allow {path}", category="rigs")
    if not paths:
        yield Check("allowed", message="no command waits to be allowed", category="rigs")


LOOKS: tuple[tuple[str, Look], ...] = (
    ("git", _git),
    ("locks", _locks),
    ("head", _head),
    ("journal", _journal),
    ("index-lock", _index_lock),
    ("git-hooks", hook_checks.town_hooks),
    ("merge", merge_setup.look),
    ("files", _files),
    ("formulas", file_checks.look),
    ("settings", file_checks.settings),
    ("molecules", file_checks.molecules),
    ("wisps", file_checks.wisps),
    ("needs", _needs),
    ("rigs", _rigs),
    ("rig-hooks", hook_checks.rig_hooks),
    ("allowed", _allowed),
    ("worktrees", _worktrees),
    ("editor", editor.look),
    ("sessions", session_checks.look),
    ("deacon", _deacon),
)
