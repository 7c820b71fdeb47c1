"""Find the runs that gates of kind gh:run wait for without naming one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib import clock
from gtlib.actions.gate_gh import Gh
from gtlib.actions.gate_gh import Run
from gtlib.actions.gate_gh import is_number
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.rules.base import instant
from gtlib.rules.gate_plans import plan_verdicts
from gtlib.rules.gates import Verdict
from gtlib.rules.gates import kind_of
from gtlib.rules.gates import shut_gates
from gtlib.store.town import Town
from gtlib.system import git

LEAST: Final = 30  # a run that has less to do with a gate is not the one
_NEAR: Final = ((300, 30), (600, 20), (1800, 10))  # seconds between gate and run: points


class Match(Struct, frozen=True):
    """A gate and the run that it waits for from now on."""

    gate: Bead
    run: str
    workflow: str
    score: int


class Discovered(Struct, frozen=True):
    """What was found for the gates that name no run."""

    checked: int
    matched: tuple[Match, ...]
    errors: tuple[str, ...]


def discover_gates(
    town: Town, actor: str, cwd: Path, *, branch: str, most: int, seconds: float, dry: bool
) -> Discovered:
    """Match gates with the newest `most` runs of `branch` (none: what is checked out in `cwd`) that began at
    most `seconds` ago, and have each gate wait for the best. UserError for a branch that is none.
    """
    if branch.startswith("-"):
        raise UserError(f"{branch!r} is no branch", "name one, as main")
    now = clock.stamp(clock.now())
    snapshot = town.snapshot()
    gates = [
        gate for gate in shut_gates(snapshot) if kind_of(gate) == "gh:run" and not is_number(gate.on.strip())
    ]
    commit, here = (_ask(cwd, "rev-parse", "HEAD"), _ask(cwd, "symbolic-ref", "--quiet", "--short", "HEAD"))
    gh, matched, errors = Gh(town.root, snapshot), [], []
    for gate in gates:
        try:
            runs = gh.runs(gate, limit=most, branch=branch)
        except UserError as refusal:
            errors.append(f"{gate.id}: {refusal.what}")
            continue
        best = best_run(gate, runs, now, seconds, commit, branch or here)
        if best is not None:
            matched.append(best)
    verdicts = [Verdict(gate=each.gate, state="shut", why="", on=each.run) for each in matched]
    if verdicts and not dry:
        transition(town, lambda fresh: plan_verdicts(fresh, verdicts, now, actor, escalate=False), actor)
    return Discovered(len(gates), tuple(matched), tuple(errors))


def best_run(
    gate: Bead, runs: Iterable[Run], now: str, seconds: float, commit: str, branch: str
) -> Match | None:
    """The run that has most to do with the gate: name of the workflow 200, commit 100, branch 50, near in
    time up to 30, still going 5. None when none has enough; of equals the newest.
    """
    found = [
        (score, run.created_at, run.database_id, run)
        for run in runs
        if _age(run, now) <= seconds and (score := _score(gate, run, commit, branch)) >= LEAST
    ]
    if not found:
        return None
    score, _, _, run = max(found, key=lambda each: each[:3])
    return Match(gate, str(run.database_id), run.workflow_name, score)


def _score(gate: Bead, run: Run, commit: str, branch: str) -> int:
    wanted = _plain(gate.on)
    if wanted and wanted != _plain(run.workflow_name):
        return 0
    score = 200 if wanted else 0
    score += 100 if commit and run.head_sha == commit else 0
    score += 50 if branch and run.head_branch == branch else 0
    start, made = instant(run.created_at), instant(gate.created)
    if start is not None and made is not None:
        apart = abs((start - made).total_seconds())
        score += next((points for most, points in _NEAR if apart <= most), 0)
    return score + (5 if run.status.lower() != "completed" else 0)


def _plain(name: str) -> str:
    """A workflow's name, or that of its file, so that they compare: `release.yml` and `Release`."""
    return name.strip().rpartition("/")[2].removesuffix(".yml").removesuffix(".yaml").casefold()


def _age(run: Run, now: str) -> float:
    start, end = instant(run.created_at), instant(now)
    return (end - start).total_seconds() if start is not None and end is not None else float("inf")


def _ask(cwd: Path, *words: str) -> str:
    done = git.run([*git.RIG_FLAGS, *words], cwd, check=False)
    return done.text if done.code == 0 else ""
