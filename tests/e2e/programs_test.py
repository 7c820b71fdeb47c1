"""The real claude and codex, started as gt starts them, with a script in place of the model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import argv
from gtlib.runtimes import launch
from gtlib.runtimes.base import Spec
from gtlib.runtimes.environ import whole
from gtlib.runtimes.presets import preset
from gtlib.system import process
from tests.support import programs
from tests.support.gitrepo import git
from tests.support.scripted_model import Model
from tests.support.scripted_model import scripted

TOAST = "proj/polecats/toast"
NAME = "proj.polecats.toast"
COMMIT = "echo hello > hello.txt && git add hello.txt && git commit -qm 'Say hello' && git log --oneline"
STEPS = [{"text": "I commit it.", "shell": COMMIT}, "All done."]
SECONDS = 60.0
# Only what matters here: an interactive claude that finds this saves no transcript.
OF_ANOTHER = {"CLAUDE_CODE_CHILD_SESSION": "1", "CLAUDECODE": "1", "CODEX_THREAD_ID": "of-another"}


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Model]:
    with scripted({TOAST: STEPS}, tmp_path) as found:
        yield found


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The first words of a command for a server of this test alone."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux on the PATH, so a program can't be given a terminal")
    # Not below tmp_path: the name of a socket is at most about 100 bytes long.
    folder = Path(f"/tmp/gt-{uuid4().hex[:8]}")
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("TMUX_TMPDIR", str(folder))
    words = ["tmux", "-u", "-f", "/dev/null", "-L", "test"]
    yield words
    subprocess.run([*words, "kill-server"], capture_output=True)
    shutil.rmtree(folder)


def a_spec(folder: Path, name: str, native: str = "") -> Spec:
    repository = folder / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    return Spec(
        town=folder / "town",
        address=Address(TOAST),
        bead=ItemId("pr-1"),
        session="s-1",
        worktree=repository.resolve(),
        log=folder / "log",
        program=preset(name),
        native=native,
    )


def order(spec: Spec, words: list[str], env: dict[str, str], log: str) -> list[str]:
    """The command that starts a program as gt does, in an environment that a session has left its marks in."""
    environ = whole(spec, {**os.environ, **env, **OF_ANOTHER})
    folder = spec.log.parent / "run"
    return process.python(
        launch.MODULE, str(launch.order(folder, NAME, spec.session, words, spec.worktree, environ, log=log))
    )


def run(spec: Spec, words: list[str], env: dict[str, str]) -> str:
    """A program to its end; what it printed."""
    ended = subprocess.run(
        order(spec, words, env, str(spec.log)), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
    )
    printed = spec.log.read_text("utf-8")
    assert ended.returncode == 0, printed
    return printed


def settings(folder: Path) -> list[str]:
    """The flags of a claude whose first hook says something."""
    file = folder / "settings.json"
    hook = {"type": "command", "command": "echo You are $GT_ROLE with $GT_BEAD"}
    file.write_text(json.dumps({
        "hooks": {"SessionStart": [{"hooks": [hook]}]}, "skipDangerousModePermissionPrompt": True,
    }))  # fmt: skip
    return ["--settings", str(file)]


def transcripts(home: Path, native: str) -> list[Path]:
    return list(home.glob(f".claude/projects/*/{native}.jsonl"))


def test_claude_commits_by_its_shell(tmp_path: Path, model: Model) -> None:
    env = programs.home_for_claude(Path.home(), model.url)
    native = str(uuid4())
    spec = a_spec(tmp_path, "claude", native)

    printed = run(spec, argv.headless(spec, settings(tmp_path), "Please commit.", native), env)

    result = json.loads(printed.splitlines()[-1])
    assert (result["result"], result["session_id"], result["is_error"]) == ("All done.", native, False)
    assert git(spec.worktree, "log", "--format=%s by %an") == f"Say hello by {TOAST}"
    first, second = model.requests(TOAST)
    assert f"You are {TOAST} with pr-1" in first.words
    assert first.last_prompt[0].endswith("Please commit.")
    assert "Say hello" in second.words
    assert {first.session, second.session} == {native}
    assert len(transcripts(Path.home(), native)) == 1
    assert model.strays() == []


def test_codex_commits_by_its_shell(tmp_path: Path, model: Model) -> None:
    env = programs.home_for_codex(Path.home(), model.url)
    spec = a_spec(tmp_path, "codex")
    hook = 'hooks.SessionStart=[{hooks=[{type="command",command="echo You are $GT_ROLE with $GT_BEAD"}]}]'

    printed = run(spec, argv.headless(spec, ["-c", hook], "Please commit."), env)

    events = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert events[0]["type"] == "thread.started"
    assert events[-1]["type"] == "turn.completed"
    assert git(spec.worktree, "log", "--format=%s by %an") == f"Say hello by {TOAST}"
    first, second = model.requests(TOAST)
    assert f"You are {TOAST} with pr-1" in first.words
    assert first.last_prompt[0].endswith("Please commit.")
    assert "Say hello" in second.words
    assert list(Path.home().glob(f".codex/sessions/*/*/*/rollout-*-{events[0]['thread_id']}.jsonl"))


def test_an_interactive_claude_started_by_another_one_asks_nothing_and_keeps_its_transcript(
    tmp_path: Path, model: Model, tmux: list[str]
) -> None:
    env = programs.home_for_claude(Path.home(), model.url)
    native = str(uuid4())
    spec = a_spec(tmp_path, "claude", native)
    line = argv.interactive(spec, settings(tmp_path))
    words = order(spec, [*line, "Please commit."], env, "")
    subprocess.run([*tmux, "new-session", "-d", "-x", "160", "-y", "45", *words], check=True)

    def screen() -> str:
        return subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True).stdout

    def is_written() -> bool:
        return any("All done." in path.read_text("utf-8") for path in transcripts(Path.home(), native))

    assert process.until(is_written, SECONDS), f"{screen()}\n{model.told()}"
    assert f"You are {TOAST} with pr-1" in model.requests(TOAST)[0].words
    assert git(spec.worktree, "log", "--format=%s by %an") == f"Say hello by {TOAST}"
    found = launch.who(tmp_path / "run", NAME)
    assert found is not None
    proc = process.Proc(found[1], found[2])
    assert found[0] == "s-1"
    assert process.alive(proc)
    process.stop(proc, 10)
    assert not process.alive(proc)
