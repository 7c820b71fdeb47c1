"""The real claude and codex with our hooks: told who they are and what comes, kept at their work, held off main."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from gtlib.actions.costs import costs
from gtlib.actions.follow_up import reconcile
from gtlib.actions.send import send
from gtlib.names import ItemId
from gtlib.rules.post import Letter
from gtlib.runtimes import argv
from gtlib.runtimes import hookfiles
from gtlib.runtimes import nudges
from gtlib.runtimes import runs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.environ import whole
from gtlib.runtimes.presets import preset
from gtlib.store.town import Town
from tests.support import programs
from tests.support import working
from tests.support.scripted_model import Model
from tests.support.scripted_model import Request
from tests.support.scripted_model import scripted
from tests.support.working import TOAST

SECONDS = 60.0
COMMIT = "echo 1 > one && git add one && git commit -qm 'Do one' --trailer 'Step: one'"
HOMES: dict[str, Callable[[Path, str], dict[str, str]]] = {
    "claude": programs.home_for_claude,
    "codex": programs.home_for_codex,
}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A polecat with one step to do."""
    found = working.working_town(tmp_path, {"one": None})
    working.sling(found, runtime="manual")
    reconcile(found)
    return found


def a_spec(town: Town, name: str) -> Spec:
    program = preset(name)
    return Spec(
        town=town.root, address=TOAST, bead=ItemId("pr-work1"), session="s-1", worktree=town.root / TOAST,
        log=runs.log(town.local, TOAST), program=program, native=str(uuid4()) if program.sets_id else "",
    )  # fmt: skip


def run(spec: Spec, words: list[str], env: dict[str, str]) -> str:
    ended = subprocess.run(
        words, cwd=spec.worktree, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.decode()


def log(town: Town) -> str:
    path = town.local / "logs" / "runtimehook.log"
    return path.read_text("utf-8") if path.exists() else ""


@pytest.mark.parametrize("name", HOMES)
def test_a_session_is_told_and_kept_at_its_work(town: Town, tmp_path: Path, name: str) -> None:
    def meanwhile(request: Request) -> dict[str, Any]:
        send(town, Letter(to=(TOAST,), subject="Late", body="between the lines"), "overseer")
        nudges.put(town.local, TOAST, "mayor", "look up once", "normal")
        return {"text": "I look.", "shell": "git status"}

    steps = [
        meanwhile,
        "I think that is all.",
        {"text": "I push.", "shell": "git fetch -q; git push origin HEAD:main"},
        {"text": "I commit.", "shell": COMMIT},
        {"text": "I hand in.", "shell": "gt done"},
        "All done.",
    ]
    spec = a_spec(town, name)
    with scripted({TOAST: steps}, tmp_path) as model:
        env = whole(spec, {**os.environ, **HOMES[name](Path.home(), model.url)})
        run(spec, argv.headless(spec, hookfiles.install(spec), "Do what is on your hook.", spec.native), env)
        seen = [each.words for each in model.requests(TOAST)]
        assert len(seen) == len(steps), model.told()

    assert f"You are {TOAST.rpartition('/')[2]}" in seen[0] or str(TOAST) in seen[0]
    assert "between the lines" in seen[1] and "look up once" in seen[1]
    assert "between the lines" not in seen[0]
    assert "step one of " in seen[2]
    assert "denied: git push to the default branch" in seen[3] and "denied" in log(town)
    assert working.commits(town) == ["Do one"]
    assert working.hook(town).state == "completed"
    assert working.mail(town, TOAST) == []
    state = runs.read_state(town.local, TOAST)
    assert state is not None and state.session == "s-1" and state.native and state.event in ("stop", "end")
    (spent,) = costs(town.local, "agent")
    assert (spent.name, spent.sessions) == (TOAST, 1) and spent.output > 0
    assert log(town).count("\n") == 1


def test_a_person_starts_claude_in_the_worktree(town: Town, tmp_path: Path) -> None:
    spec = replace(a_spec(town, "claude"), session="")
    hookfiles.untracked(spec)
    steps = [{"text": "I commit.", "shell": COMMIT}, {"text": "I hand in.", "shell": "gt done"}, "All done."]
    with scripted({"": steps}, tmp_path) as model:
        environ = whole(spec, {**os.environ, **programs.home_for_claude(Path.home(), model.url)})
        env = {key: value for key, value in environ.items() if not key.startswith("GT_")}
        words = ["claude", "-p", "Go on.", "--dangerously-skip-permissions"]
        run(spec, words, env)
        _check_manual(town, model, "claude")


def test_a_person_starts_codex_with_the_line_that_is_told(town: Town, tmp_path: Path) -> None:
    spec = replace(a_spec(town, "codex"), session="")
    hookfiles.untracked(spec)
    steps = [{"text": "I commit.", "shell": COMMIT}, {"text": "I hand in.", "shell": "gt done"}, "All done."]
    with scripted({"": steps, TOAST: steps}, tmp_path) as model:
        environ = whole(spec, {**os.environ, **programs.home_for_codex(Path.home(), model.url)})
        env = {key: value for key, value in environ.items() if not key.startswith("GT_")}
        # the person has said that the folder is to be trusted
        with open(Path.home() / ".codex" / "config.toml", "a", encoding="utf-8") as file:
            file.write(f'\n[projects."{town.root / "proj" / ".repo"}"]\ntrust_level = "trusted"\n')
        words = hookfiles.line(spec).replace(" codex ", " codex exec ").replace(" --no-daemon", "")
        run(spec, ["sh", "-c", f"exec {words} 'Go on.'"], env)
        _check_manual(town, model, "codex")


def _check_manual(town: Town, model: Model, name: str) -> None:
    seen = [each.words for each in model.requests()]
    assert seen and str(TOAST) in seen[0], model.told()
    assert "Step: " in seen[0]
    assert working.hook(town).state == "completed"
    (session,) = working.agent(town).sessions
    assert (session.runtime, session.outcome) == (name, "submitted")
    assert session.native and session.id.startswith("h-")
    assert log(town) == ""
