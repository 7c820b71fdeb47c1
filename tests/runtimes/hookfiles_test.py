"""Hook settings: what is written where, beside what is a person's, and taken out again."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import beside
from gtlib.runtimes import hookfiles
from gtlib.runtimes import hookformats
from gtlib.runtimes.base import Spec
from gtlib.runtimes.hookformats import Answer
from gtlib.runtimes.presets import Hooks
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset
from gtlib.runtimes.presets import presets
from tests.support import gitrepo

COMMAND = f"{sys.executable} -P -m gtlib.runtimehook"


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    """A session of claude in a worktree of a bare clone, as rigs have them."""
    project = gitrepo.make_repo(tmp_path / "project", {"README": "hello\n", ".cursor/rules": "x\n"})
    town, repo = tmp_path / "town", tmp_path / "town" / "proj" / ".repo" / ".git"
    (town / ".git" / "gt").mkdir(parents=True)
    gitrepo.git(tmp_path, "clone", "--quiet", "--bare", str(project), str(repo))
    tree = town / "proj" / "polecats" / "toast"
    gitrepo.git(repo, "worktree", "add", "--quiet", "-b", "polecat/toast", str(tree))
    return Spec(
        town=town, address=Address("proj/polecats/toast"), bead=ItemId("pr-1"), session="s-1", worktree=tree,
        log=town / "log", program=preset("claude"),
    )  # fmt: skip


def of(spec: Spec, name: str) -> Spec:
    return replace(spec, program=preset(name))


def status(spec: Spec) -> str:
    return gitrepo.git(spec.worktree, "status", "--short", "--untracked-files=all")


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_claude_is_told_of_a_local_file(spec: Spec) -> None:
    file = spec.town / ".git/gt/hooks/claude/claude.json"
    assert hookfiles.install(spec) == ("--settings", str(file))
    found = json.loads(file.read_text("utf-8"))
    assert found["skipDangerousModePermissionPrompt"] is True
    assert found["hooks"]["SessionStart"] == [
        {"matcher": "", "hooks": [{"type": "command", "command": f"{COMMAND} start claude", "timeout": 60}]}
    ]
    assert found["hooks"]["PreToolUse"][0]["matcher"] == "Bash"
    assert {*found["hooks"]} == {*preset("claude").hooks.events.values()}
    assert status(spec) == ""
    stamp = file.stat().st_ino
    hookfiles.install(spec)
    assert file.stat().st_ino == stamp


def test_codex_is_told_on_its_command_line(spec: Spec) -> None:
    flags = hookfiles.install(of(spec, "codex"))
    assert flags[::2] == ("-c",) * len(preset("codex").hooks.events)
    found = tomllib.loads("\n".join(flags[1::2]))["hooks"]
    assert found["SessionStart"] == [
        {"hooks": [{"type": "command", "command": f"{COMMAND} start claude", "timeout": 60}]}
    ]
    assert found["PreToolUse"][0]["matcher"] == "Bash"
    assert status(spec) == "" and not (spec.town / ".git/gt/hooks").exists()


def test_settings_in_a_persons_home_are_left_alone(spec: Spec) -> None:
    program = Preset(name="x", command="x", hooks=Hooks(format="gemini", place="home", file="x.json"))
    assert "a person's own" in hookfiles.problem(spec.town, program, spec.worktree)
    assert hookfiles.ensure(spec.town, program, spec.worktree) == ()


@pytest.mark.parametrize("name", [each for each, p in presets().items() if p.hooks.place == "worktree"])
def test_what_is_read_from_the_worktree_stays_unseen_by_git(spec: Spec, name: str) -> None:
    asked = of(spec, name)
    file = preset(name).hooks.file
    for _ in range(2):
        assert hookfiles.install(asked) == ()
    assert "gtlib.runtimehook" in (spec.worktree / file).read_text("utf-8")
    assert status(spec) == ""
    exclude = spec.town / "proj/.repo/.git/info/exclude"
    assert exclude.read_text("utf-8").endswith(f"{beside.BEGIN}\n/{file}\n{beside.END}\n")
    assert hookfiles.is_installed(spec.town, preset(name), spec.worktree)
    assert hookfiles.remove(spec.town, [spec.worktree]) == (str(spec.worktree / file),)
    assert not (spec.worktree / file).exists() and beside.BEGIN not in exclude.read_text("utf-8")
    assert hookfiles.remove(spec.town, [spec.worktree]) == ()
    assert not hookfiles.is_installed(spec.town, preset(name), spec.worktree)


def test_a_file_of_the_project_is_left_alone(spec: Spec) -> None:
    asked = of(spec, "cursor")
    file = spec.worktree / ".cursor" / "hooks.json"
    file.write_text("{}\n", "utf-8")
    gitrepo.git(spec.worktree, "add", ".cursor/hooks.json")
    assert (
        hookfiles.problem(spec.town, preset("cursor"), spec.worktree)
        == ".cursor/hooks.json is the project's own"
    )
    assert hookfiles.install(asked) == () and file.read_text("utf-8") == "{}\n"
    assert hookfiles.is_installed(spec.town, preset("cursor"), spec.worktree)


def test_a_persons_hooks_stay_beside_ours(spec: Spec) -> None:
    file = spec.worktree / ".cursor" / "hooks.json"
    theirs = {"version": 1, "hooks": {"stop": [{"command": "mine"}]}, "more": [1]}
    file.write_text(json.dumps(theirs), "utf-8")
    for _ in range(2):
        hookfiles.install(of(spec, "cursor"))
    found = json.loads(file.read_text("utf-8"))
    assert found["hooks"]["stop"] == [{"command": "mine"}, {"command": f"{COMMAND} stop cursor"}]
    assert found["more"] == [1]
    hookfiles.remove(spec.town, [spec.worktree])
    assert json.loads(file.read_text("utf-8")) == theirs
    file.write_text("{ // mine\n}", "utf-8")
    assert hookfiles.install(of(spec, "cursor")) == () and file.read_text("utf-8") == "{ // mine\n}"


def test_nothing_is_written_outside_of_the_worktree(spec: Spec, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(spec.worktree / ".cursor")
    (spec.worktree / ".cursor").symlink_to(outside)
    for file in (".cursor/hooks.json", "../x.json", "/etc/x.json", ""):
        program = Preset(name="x", command="x", hooks=Hooks(format="cursor", place="worktree", file=file))
        assert hookfiles.problem(spec.town, program, spec.worktree)
        assert hookfiles.ensure(spec.town, program, spec.worktree) == ()
    assert files(outside) == set()
    odd = Preset(name="../x", command="x", hooks=Hooks(format="claude", file="a.json"))
    with pytest.raises(Exception, match="has no plain name"):
        hookfiles.ensure(spec.town, odd, spec.worktree)


def test_programs_without_hooks_say_so(spec: Spec) -> None:
    none = Preset(name="x", command="x")
    assert hookfiles.problem(spec.town, none, spec.worktree) == "x has no hooks"
    assert hookfiles.ensure(spec.town, none, spec.worktree) == ()
    assert hookfiles.install(replace(spec, program=None)) == ()


def test_programs_without_hooks_read_where_to_begin(spec: Spec) -> None:
    file = spec.worktree / "AGENTS.md"
    assert hookfiles.install(of(spec, "amp")) == ()
    assert "`gt prime` first" in file.read_text("utf-8") and status(spec) == ""
    assert hookfiles.remove(spec.town, [spec.worktree]) == (str(file),)
    file.write_text("Mine.\n", "utf-8")
    hookfiles.install(of(spec, "amp"))
    assert file.read_text("utf-8") == "Mine.\n" and status(spec) == "?? AGENTS.md"
    hookfiles.install(replace(of(spec, "amp"), worktree=spec.town))
    assert not (spec.town / "AGENTS.md").exists()


def test_a_person_starts_claude_in_the_worktree(spec: Spec) -> None:
    (file,) = hookfiles.untracked(spec)
    assert file == spec.worktree / ".claude" / "settings.local.json"
    found = json.loads(file.read_text("utf-8"))
    assert found["hooks"]["Stop"][0]["hooks"][0]["command"] == f"{COMMAND} stop claude manual"
    assert "skipDangerousModePermissionPrompt" not in found
    assert status(spec) == "" and hookfiles.line(spec) == "claude"
    assert str(file) in hookfiles.remove(spec.town, [spec.worktree])
    assert not file.exists()


def test_a_person_starts_codex_in_the_worktree(spec: Spec) -> None:
    asked = of(spec, "codex")
    (file,) = hookfiles.untracked(asked)
    # it looks beside the repository that a worktree is of, if the worktree has such a folder too
    assert (spec.worktree / ".codex").is_dir() and status(spec) == ""
    assert file == spec.town / "proj" / ".repo" / ".codex" / "hooks.json"
    assert f"{COMMAND} start claude manual" in file.read_text("utf-8")
    assert hookfiles.line(asked) == (
        f"env GT_TOWN={spec.town} GT_ROLE=proj/polecats/toast "
        "codex --dangerously-bypass-hook-trust -c allow_login_shell=false "
        "--dangerously-bypass-approvals-and-sandbox --no-daemon"
    )
    sandboxed = hookfiles.line(replace(asked, permissions="sandbox"))
    repo = Path(spec.town).resolve() / "proj/.repo/.git"
    assert 'sandbox_mode="workspace-write"' in sandboxed and str(repo) in sandboxed
    assert hookfiles.remove(spec.town, [spec.worktree]) == (str(file),)
    assert not (spec.worktree / ".codex").exists()


def test_our_commands_are_found_by_what_a_person_starts(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    own = f'PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"'
    assert hookfiles.line(of(spec, "codex")).startswith(f"env {own} GT_TOWN=")
    assert hookfiles.line(spec) == f"env {own} claude"


def test_a_person_may_start_what_they_like(spec: Spec) -> None:
    for _ in range(2):
        claude, codex = hookfiles.by_hand(spec.town, spec.address, spec.worktree)
        assert claude == "claude" and codex.endswith(" --no-daemon")
    assert (spec.worktree / ".claude/settings.local.json").exists() and status(spec) == ""
    assert (spec.town / "proj/.repo/.codex/hooks.json").exists()


def test_patterns_of_a_person_stay(spec: Spec) -> None:
    exclude = spec.town / "proj/.repo/.git/info/exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_bytes(b"*.mine\n\xff\xfe")
    hookfiles.untracked(spec)
    hookfiles.install(of(spec, "cursor"))
    exclude.write_bytes(exclude.read_bytes() + b"*.later\n")
    hookfiles.install(of(spec, "copilot"))
    listed = b"/.claude/settings.local.json\n/.cursor/hooks.json\n/.github/hooks/gt.json\n"
    begin, end = beside.BEGIN.encode(), beside.END.encode()
    assert exclude.read_bytes() == b"*.mine\n\xff\xfe\n*.later\n" + begin + b"\n" + listed + end + b"\n"
    hookfiles.remove(spec.town, [spec.worktree])
    assert exclude.read_bytes() == b"*.mine\n\xff\xfe\n*.later\n"


@pytest.mark.parametrize("format", hookformats.SCRIPTS)
def test_scripts_are_javascript_that_calls_us(format: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on the PATH, so scripts can't be read")
    text = hookformats.document(format, {}, ["/bin/it's me", 'a"b'])
    assert "__" not in text and '["/bin/it\'s me", "a\\"b"]' in text
    script = tmp_path / "script.mjs"
    script.write_text(text, "utf-8")
    subprocess.run([node, "--check", str(script)], check=True, timeout=60)


LONG = "x" * 20_000


def test_answers_are_in_the_words_of_each_program() -> None:
    def said(format: str, event: str, **words: str) -> tuple[object, str, int]:
        out, err, code = hookformats.answer(format, event, Answer(**words))
        return (json.loads(out) if out else ""), err, code

    for format in hookformats.KNOWN:
        assert hookformats.answer(format, "prompt", Answer()) == ("", "", 0)
        assert len(hookformats.answer(format, "prompt", Answer(context=LONG))[0]) < 10_000
        assert hookformats.CUT.strip() in hookformats.answer(format, "start", Answer(context=LONG))[
            0
        ].replace("\\n", "")
    more = {"hookEventName": "PostToolUse", "additionalContext": "hi"}
    assert said("claude", "after_tool", context="hi") == ({"hookSpecificOutput": more}, "", 0)
    assert said("claude", "stop", block="go on") == ({"decision": "block", "reason": "go on"}, "", 0)
    deny = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "no"}
    assert said("claude", "before_tool", deny="no") == ({"hookSpecificOutput": deny}, "", 0)
    more = {"hookEventName": "BeforeAgent", "additionalContext": "hi"}
    assert said("gemini", "prompt", context="hi") == ({"hookSpecificOutput": more}, "", 0)
    assert said("gemini", "before_tool", deny="no") == ("", "no\n", 2)
    assert said("gemini", "stop", block="go on") == ({"decision": "deny", "reason": "go on"}, "", 0)
    assert said("copilot", "start", context="hi") == ({"additionalContext": "hi"}, "", 0)
    assert said("copilot", "stop", block="go on") == ({"decision": "block", "reason": "go on"}, "", 0)
    assert said("cursor", "stop", block="go on") == ({"followup_message": "go on"}, "", 0)
    assert said("pi", "prompt", context="hi") == ({"context": "hi"}, "", 0)
    assert said("opencode", "stop", block="go on") == ({"block": "go on"}, "", 0)


def test_every_preset_with_hooks_can_have_them(spec: Spec) -> None:
    for name, program in presets().items():
        if program.hooks.format:
            assert program.hooks.format in hookformats.KNOWN, name
            assert {*program.hooks.events} <= {*hookformats.CLAUDE_NAMES}, name
            assert hookfiles.problem(spec.town, program, spec.worktree) == ""
