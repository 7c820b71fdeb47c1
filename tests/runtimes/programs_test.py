"""What an agent's name stands for: presets, and custom agents that behave as one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.settings import parse
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import advice
from gtlib.runtimes import presets
from gtlib.runtimes import programs
from gtlib.runtimes.presets import Lines
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import Screen
from gtlib.runtimes.presets import preset
from gtlib.system import git
from tests.support import gitrepo
from tests.support.world import world

CLAUDE = preset("claude")


def town(agents: dict[str, object], rig: dict[str, object] | None = None, **more: object) -> Snapshot:
    files = {"settings/config.json": json.dumps({"agents": agents, **more})}
    if rig is not None:
        files["proj/settings/config.json"] = json.dumps({"agents": rig})
    return world(files=files)


def of(said: dict[str, object], rig: str = "", effort: str = "") -> Preset:
    return programs.program_of(town({"mine": said}), rig, "mine", effort)


def test_presets_and_what_a_tier_means() -> None:
    assert programs.program_of(world(), "proj", "claude") == CLAUDE
    assert programs.program_of(world(), "", "claude-haiku") == replace(
        CLAUDE, name="claude-haiku", args=("--model", "haiku")
    )
    assert programs.program_of(world(), "", "codex", "max").args[-2:] == (
        "-c",
        'model_reasoning_effort="xhigh"',
    )
    assert programs.program_of(world(), "", "claude", "low").args == ("--effort", "low")
    assert programs.program_of(world(), "", "gemini", "low") == preset("gemini")


def test_a_rig_goes_before_the_town_and_both_before_presets() -> None:
    snapshot = town({"claude": {"model": "a"}, "x": {"command": "x"}}, {"claude": {"model": "b"}})
    assert programs.program_of(snapshot, "", "claude").args == ("--model", "a")
    assert programs.program_of(snapshot, "proj", "claude").args == ("--model", "b")
    assert programs.program_of(snapshot, "proj", "x").command == "x"


def test_the_older_key_runtime() -> None:
    snapshot = town({}, runtime={"command": "claude", "args": ["--model", "x"]})
    assert programs.program_of(snapshot, "proj", "runtime").args == ("--model", "x")
    assert programs.known(snapshot)[-1] == "runtime"


@pytest.mark.parametrize(("said", "args", "autonomous"), [
    ({"command": "claude"}, (), CLAUDE.autonomous),
    ({"command": "/opt/bin/claude", "args": ["--model", "opus"]}, ("--model", "opus"), CLAUDE.autonomous),
    ({"command": "claude", "args": []}, (), ()),
    ({"command": "claude", "args": ["--dangerously-skip-permissions", "-c"]}, ("-c",), CLAUDE.autonomous),
    ({"command": "claude", "model": "x", "args": ["--model", "y"]}, ("--model", "y"), CLAUDE.autonomous),
    ({"command": "wrapped", "provider": "claude", "model": "x"}, ("--model", "x"), CLAUDE.autonomous),
    ({"provider": "gemini", "args": ["--approval-mode", "auto_edit"]}, ("--approval-mode", "auto_edit"), ()),
    ({"command": "codex", "args": ["-m", "x"]}, ("--dangerously-bypass-hook-trust", "-c", "allow_login_shell=false", "-m", "x"), preset("codex").autonomous),
    ({"command": "codex", "args": []}, (), ()),
    ({"command": "other", "args": ["-x"]}, ("-x",), ()),
])  # fmt: skip
def test_args(said: dict[str, object], args: tuple[str, ...], autonomous: tuple[str, ...]) -> None:
    made = of(said)
    assert (made.args, made.autonomous) == (args, autonomous)


def test_behaviour_is_that_of_what_is_named_first() -> None:
    assert of({"command": "/opt/bin/claude"}) == replace(CLAUDE, name="mine", command="/opt/bin/claude")
    assert of({"command": "cursor-agent"}).hooks.format == "cursor"
    wrapped = of({"command": "claude", "exec_wrapper": ["nice", "-n5"], "env": {"A": "b"}})
    assert (wrapped.wrapper, wrapped.env) == (("nice", "-n5"), {**CLAUDE.env, "A": "b"})
    other = of({"command": "other", "tmux": {"ready_prompt_prefix": "$ "}, "instructions": {"file": "X.md"}})
    assert other == Preset(
        name="mine", command="other", instructions="X.md", results="text", screen=Screen(ready=(r"^\$",)),
        lines=Lines(start=("{flags}", "{prompt}"), headless=("{flags}", "{prompt}")),
    )  # fmt: skip
    typed = of({"command": "claude", "prompt_mode": "none"}).lines
    assert typed.start == ("--session-id", "{id}", "{flags}") and typed.resume == (
        "--resume",
        "{id}",
        "{flags}",
    )
    assert typed.headless == CLAUDE.lines.headless


@pytest.mark.parametrize(("said", "line"), [
    ({"provider": "cluade"}, "agents.mine.provider: no preset 'cluade'; did you mean claude?"),
    ({}, 'agents.mine has no command; gt config agent set mine "COMMAND"'),
])  # fmt: skip
def test_agents_that_can_not_be(said: dict[str, object], line: str) -> None:
    with pytest.raises(UserError) as refusal:
        of(said)
    assert str(refusal.value) == line


def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(UserError, match=r"^no runtime 'fsat'; did you mean fast\?$"):
        programs.program_of(town({"fast": {"command": "claude"}}), "", "fsat")
    assert programs.known() == ("shell", "manual", *presets.presets(), "claude-sonnet", "claude-haiku")


def test_what_has_to_be_allowed() -> None:
    def text(**said: object) -> str:
        config = parse("p", json.dumps({"agents": {"mine": said}})).agents["mine"]
        return programs.text_of(config)

    assert {text(provider="claude", model="x"), text(command="codex"), text(command="codex", args=[])} == {""}
    texts = [
        text(command="x"), text(command="./claude"), text(command="claude", args=["-c"]),
        text(command="claude", args=["-c", ""]), text(provider="claude", env={"A": "b"}),
        text(provider="codex", env={"A": "b"}), text(command="claude", exec_wrapper=["-c"]),
    ]  # fmt: skip
    assert len(set(texts)) == len(texts) and all(texts)


def test_what_is_missing_names_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.missing(CLAUDE) == (
        "claude is not installed here; install it: npm install -g @anthropic-ai/claude-code"
    )
    own = of({"command": "other"})
    assert programs.missing(own) == (
        "other is not installed here; put it on the PATH, or mend agents.mine of the settings"
    )
    (tmp_path / "nice").write_text("")
    (tmp_path / "nice").chmod(0o755)
    assert programs.missing(replace(CLAUDE, wrapper=("nice",))) == ""


def test_a_sandbox_may_write_what_git_writes(tmp_path: Path) -> None:
    project = gitrepo.make_repo(tmp_path / "project")
    git.run(["worktree", "add", "-q", str(tmp_path / "tree"), "-b", "x"], project)
    folders = (project / ".git/worktrees/tree", project / ".git")
    assert programs.git_folders(tmp_path / "tree") == folders
    assert (programs.git_folders(project), programs.git_folders(tmp_path)) == ((), ())
    roots = ",".join(json.dumps(str(each)) for each in folders)
    codex = preset("codex")
    assert programs.mode_flags(codex, "sandbox", tmp_path / "tree") == (
        *codex.sandbox, "-c", f"sandbox_workspace_write.writable_roots=[{roots}]",
    )  # fmt: skip
    assert programs.mode_flags(codex, "sandbox", project) == codex.sandbox
    assert programs.mode_flags(codex, "autonomous", tmp_path / "tree") == codex.autonomous


def test_what_is_odd_in_settings_is_said_with_its_line() -> None:
    text = """\
{
  "default_agent": "coedx",
  "agents": {
    "a": {"command": "claude", "args": ["--modle", "x", "--max-turns=3", "-p=1", "--", "--zzz"]},
    "b": {"command": "other", "args": ["--modle"], "env": {"GROQ_API_KEY": "k", "EMPTY_TOKEN": ""}},
    "c": {"provider": "x"}
  },
  "role_agents": {"polecat": "a", "crew": "nobody"},
  "agnts": {}
}
"""
    settings = parse("p", text)
    assert advice.warnings(settings, text, ("a", "b", "c", "codex")) == (
        "p:9: nothing knows agnts; did you mean agents?",
        "p:4: agents.a: claude does not know --modle; did you mean --model?",
        "p:5: agents.b: GROQ_API_KEY is committed with the town; leave it to the environment of gt up",
        f"p:6: agents.c.provider: no preset 'x'; one of {', '.join(presets.presets())}",
        "p:2: default_agent: no runtime 'coedx'; did you mean codex?",
        "p:8: role_agents.crew: no runtime 'nobody'; gt config agent set nobody \"COMMAND\" makes it known",
    )
