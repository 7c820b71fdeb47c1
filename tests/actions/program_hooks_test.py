"""Hooks of agents' programs: looked at, made again when they are gone, taken out with the rest of gt."""

from __future__ import annotations

from pathlib import Path

from gtlib.actions.follow_up import reconcile
from gtlib.actions.hooks_list import hooks_list
from gtlib.actions.hooks_repair import hooks_repair
from gtlib.actions.uninstall import uninstall
from gtlib.runtimes import hookfiles
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import preset
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from tests.support import working
from tests.support.working import TOAST


def listed(town: Town) -> tuple[bool | None, str]:
    (found,) = hooks_list(town.root, town.snapshot(), town.host)
    return found.runtime_hooks, found.problem


def test_hooks_of_a_program_that_runs(tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": None})
    working.sling(town, runtime="manual")
    reconcile(town)
    assert listed(town) == (None, "")
    for name in ("copilot", "claude"):
        runs.write(town.local, Run(address=TOAST, session="s-1", runtime=name, mode="tmux", ended=False))
        missing = "hooks of its program are missing: gt hooks repair"
        assert listed(town) == (False, missing)
        assert hooks_repair(town).done == (f"{TOAST}: hooks of {name}",)
        assert listed(town) == (True, "")
        assert hooks_repair(town).done == ()
    runs.write(town.local, Run(address=TOAST, runtime="gone", mode="tmux", ended=False))
    assert listed(town) == (None, "")
    tree = town.root / TOAST
    spec = Spec(
        town=town.root, address=TOAST, bead=working.hook(town).bead, session="s-1", worktree=tree,
        log=tmp_path / "log", program=preset("claude"),
    )  # fmt: skip
    hookfiles.untracked(spec)
    runs.write(town.local, Run(address=TOAST))
    uninstall(town)
    assert not (tree / ".github").exists() or not any((tree / ".github").rglob("*.json"))
    assert not (tree / ".claude" / "settings.local.json").exists()
    assert list((town.local / "hooks").glob("*/*")) == []
