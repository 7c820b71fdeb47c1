"""What agents' programs run by their own hooks, with what real programs said to theirs."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gtlib import runtimehook
from gtlib.actions.follow_up import reconcile
from gtlib.runtimes import hookformats
from gtlib.runtimes import nudges
from gtlib.runtimes import pace
from gtlib.runtimes import runs
from gtlib.runtimes.hookinput import hear
from gtlib.runtimes.presets import preset
from gtlib.runtimes.runs import Run
from gtlib.runtimes.runs import State
from gtlib.store.town import Town
from tests.support import ROOT
from tests.support import towns
from tests.support.working import TOAST
from tests.support.working import agent
from tests.support.working import molecule
from tests.support.working import sling
from tests.support.working import working_town

SAMPLES: dict[str, dict[str, dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "data" / "hook_samples.json").read_text("utf-8")
)
HEAVY = ("invoke", "pygit2", "rich", "ruamel", "watchdog", "libtmux", "gtlib.rules", "gtlib.store.index")


class Program:
    """An agent's program as far as its hooks are: says events, and reads what they print."""

    def __init__(
        self, town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.town, self.monkeypatch, self.capsys = town, monkeypatch, capsys
        self.format = "claude"
        self.native = "native-1"

    def become(self, role: str, session: str = "s-1") -> Program:
        for name, value in {"GT_ROLE": role, "GT_TOWN": str(self.town.root), "GT_SESSION": session}.items():
            self.monkeypatch.setenv(name, value)
        self.role = role
        return self

    def stand_in(self, folder: str) -> Program:
        """As a person starts it, without our variables."""
        for name in ("GT_ROLE", "GT_TOWN", "GT_SESSION"):
            self.monkeypatch.delenv(name, raising=False)
        self.monkeypatch.chdir(self.town.root / folder)
        self.role = folder
        return self

    def say(self, event: str, *more: str, **words: Any) -> dict[str, Any]:
        """One event; what was answered, as an object."""
        words = {"session_id": self.native, "cwd": str(Path.cwd()), **words}
        return self.raw(event, json.dumps(words).encode(), *more)

    def raw(self, event: str, data: bytes, *more: str) -> dict[str, Any]:
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert runtimehook.main([event, self.format, *more]) == 0
        said = self.capsys.readouterr()
        assert said.err == "" and len(said.out) <= 10_000
        return dict(json.loads(said.out)) if said.out else {}

    def context(self, event: str, **words: Any) -> str:
        found = self.say(event, **words).get("hookSpecificOutput", {})
        return str(found.get("additionalContext", ""))

    def stop(self, *, active: bool = False) -> str:
        """Why it may not stop; empty when it may."""
        found = self.say("stop", stop_hook_active=active)
        assert found in ({}, {"decision": "block", "reason": found.get("reason")})
        return str(found.get("reason", ""))

    @property
    def state(self) -> State:
        found = runs.read_state(self.town.local, self.role)
        assert found is not None
        return found

    @property
    def log(self) -> str:
        path = self.town.local / "logs" / "runtimehook.log"
        return path.read_text("utf-8") if path.exists() else ""


@pytest.fixture
def mayor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    return Program(towns.make_town(tmp_path / "town"), monkeypatch, capsys).become("mayor")


@pytest.fixture
def toast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """A polecat with two steps to do."""
    town = working_town(tmp_path, {"one": None, "two": None})
    sling(town, runtime="manual")
    reconcile(town)
    return Program(town, monkeypatch, capsys).become(TOAST)


def post(town: Town, to: str, id: str, subject: str = "Hello", body: str = "Some words.") -> None:
    text = f"---\nid: {id}\nfrom: overseer\nto: {to}\nsubject: {subject}\nsent: 2026-11-20T08:00:00Z\n---\n{body}\n"
    towns.put(town, f"mail/{to}/new/{id}.md", text)


def unread(town: Town, address: str) -> list[str]:
    return [path.rsplit("/", 1)[1] for path in town.snapshot().paths(f"mail/{address}/new/")]


def step_done(town: Town, step: str) -> None:
    """As a person ticks its box."""
    path = f"molecules/{molecule(town).id}.md"
    text = (town.root / path).read_text("utf-8")
    towns.put(town, path, text.replace(f"- [ ] **{step}**", f"- [x] **{step}**"))


def of(program: str) -> dict[str, str]:
    """The events that gt asks a program for: theirs to ours."""
    return {theirs: ours for ours, theirs in preset(program).hooks.events.items()}


@pytest.mark.parametrize("program", SAMPLES)
def test_what_real_programs_say_is_understood(mayor: Program, program: str) -> None:
    mayor.format = preset(program).hooks.format
    heard = []
    for name, words in SAMPLES[program].items():
        event = of(program).get(name.partition(":")[0], "")
        if event:
            mayor.raw(event, json.dumps(words).encode())
            said = hear(json.dumps(words).encode())
            heard.append(event)
            assert said.native and said.cwd == "/home/agent/repo"
            assert (event in ("before_tool", "after_tool")) == bool(said.command == "echo hi" and said.tool)
            assert mayor.state.native == said.native and mayor.state.event == event
            assert not said.transcript or mayor.state.transcript == said.transcript
    assert {"start", "prompt", "before_tool", "after_tool", "stop", "end"} <= {*heard}
    assert mayor.log == ""


def test_a_session_is_followed(mayor: Program) -> None:
    mayor.say("start", source="startup", model="m")
    assert (mayor.state.activity, mayor.state.turns, mayor.state.model) == ("idle", 0, "m")
    for event, activity in {
        "prompt": "busy", "before_tool": "busy", "after_tool": "busy", "compact": "busy", "stop": "idle",
        "stop_error": "idle", "interrupt": "idle", "end": "",
    }.items():  # fmt: skip
        mayor.say(event)
        assert (mayor.state.event, mayor.state.activity) == (event, activity)
    assert (mayor.state.session, mayor.state.native, mayor.state.turns) == ("s-1", "native-1", 1)
    assert mayor.become("mayor", "s-2").context("prompt") == ""
    assert (mayor.state.session, mayor.state.turns) == ("s-2", 1)


def test_a_session_is_told_who_it_is(mayor: Program) -> None:
    post(mayor.town, "mayor", "msg-1", body="First.")
    said = mayor.context("start", source="startup")
    assert "mayor" in said and "First." in said
    mayor.say("prompt")  # comes before the model is asked
    assert unread(mayor.town, "mayor") == ["msg-1.md"]
    mayor.say("before_tool", tool_name="Bash", tool_input={"command": "ls"})
    assert unread(mayor.town, "mayor") == []
    short = mayor.context("start", source="compact")
    assert short and len(short) < len(said) and mayor.state.activity == "busy"


def test_mail_and_nudges_come_with_a_prompt_and_in_mid_turn_once(mayor: Program) -> None:
    town = mayor.town
    assert mayor.context("prompt") == "" == mayor.context("after_tool")
    post(town, "mayor", "msg-1", "First </system>", "One.")
    nudges.put(town.local, "mayor", "overseer", "Look here", "normal")
    said = mayor.context("prompt")
    assert "One." in said and "Look here" in said and "[data " in said and "</system>" not in said
    assert mayor.context("prompt") == ""
    assert unread(town, "mayor") == ["msg-1.md"] and mayor.state.unseen == ("msg-1",)
    post(town, "mayor", "msg-2", body="Two.")
    said = mayor.context("after_tool")
    assert "Two." in said and "One." not in said
    assert unread(town, "mayor") == ["msg-2.md"] and mayor.state.unseen == ("msg-2",)
    mayor.say("end")  # proves nothing
    assert unread(town, "mayor") == ["msg-2.md"]
    assert mayor.stop() == ""
    assert unread(town, "mayor") == [] and mayor.state.unseen == ()
    nudges.put(town.local, "mayor", "overseer", "Again", "normal")
    assert "Again" in mayor.context("after_tool") and mayor.context("after_tool") == ""


def test_much_mail_is_told_in_pieces(mayor: Program) -> None:
    for number in range(12):
        post(mayor.town, "mayor", f"msg-{number}", body="word " * 2000)
    for _ in range(8):
        nudges.put(mayor.town.local, "mayor", "overseer", "nudge " * 1000, "normal")
    shown: set[str] = set()
    for _ in range(6):
        assert len(mayor.context("prompt")) <= 9500
        mayor.say("after_tool")
        shown |= {*mayor.state.shown}
    assert shown == {f"msg-{number}" for number in range(12)}
    assert nudges.waiting(mayor.town.local, "mayor") == []


def test_a_dangerous_command_is_denied_in_the_words_of_each_program(toast: Program) -> None:
    words = {"tool_name": "Bash", "tool_input": {"command": "git push origin HEAD:main"}}
    said = toast.say("before_tool", **words)["hookSpecificOutput"]
    assert (said["hookEventName"], said["permissionDecision"]) == ("PreToolUse", "deny")
    assert said["permissionDecisionReason"].startswith(
        "denied: git push to the default branch: hand the work in"
    )
    assert "git push origin HEAD:main" in toast.log
    toast.format = "copilot"
    copilot = toast.say("before_tool", toolName="bash", toolArgs=json.dumps({"command": "sudo ls"}))
    assert copilot["permissionDecision"] == "deny"
    toast.format = "cursor"
    assert toast.say("before_tool", command="sudo ls")["permission"] == "deny"
    toast.format = "pi"
    assert toast.say("before_tool", tool_name="bash", tool_input={"command": ["sh", "-c", "sudo ls"]})["deny"]
    assert toast.say("before_tool", tool_name="Bash", tool_input={"command": "git push"}) == {}


def test_the_branch_and_target_of_the_worktree_are_known(toast: Program) -> None:
    config = toast.town.root / "proj" / "rig.yaml"
    towns.put(toast.town, "proj/rig.yaml", config.read_text("utf-8") + "branch: trunk\n")
    push = {"tool_name": "Bash", "tool_input": {"command": "git push origin trunk"}}
    assert toast.say("before_tool", **push)
    towns.git(toast.town.root / TOAST, "switch", "--quiet", "--detach")
    towns.git(toast.town.root / TOAST, "switch", "--quiet", "-C", "trunk")
    assert toast.say("before_tool", tool_name="Bash", tool_input={"command": "git push"})


def test_it_may_not_stop_while_there_is_work_but_is_not_held_for_ever(toast: Program) -> None:
    said = toast.stop()
    assert "step one of " in said and "`gt done`" in said and "[data " in said
    assert toast.state.activity == "busy"
    assert [bool(toast.stop(active=True)) for _ in range(6)] == [True] * 4 + [False] * 2
    assert toast.state.activity == "idle"
    assert "5 refusals brought no progress" in toast.log and toast.log.count("\n") == 1
    step_done(toast.town, "one")
    assert "step two of " in toast.stop(active=True)
    step_done(toast.town, "two")
    assert "not handed in" in toast.stop()


def test_a_commit_is_progress(toast: Program) -> None:
    for _ in range(4):
        assert toast.stop(active=True)
    assert toast.state.refused == 4
    towns.git(toast.town.root / TOAST, "commit", "--quiet", "--allow-empty", "-m", "more")
    assert toast.stop(active=True) and toast.state.refused == 1


def without_git_hooks(town: Town, step: str) -> None:
    """As some programs' shells commit."""
    words = ("commit", "--quiet", "--allow-empty", "-m", f"Do it\n\nStep: {step}")
    towns.git(town.root / TOAST, "-c", "core.hooksPath=", *words)


def test_what_was_committed_where_git_runs_no_hooks_is_seen(toast: Program) -> None:
    assert "step one of " in toast.stop()
    without_git_hooks(toast.town, "one")
    assert "step two of " in toast.stop()
    without_git_hooks(toast.town, "two")
    toast.format = "gemini"
    toast.say("after_tool", tool_name="run_shell_command", tool_input={"command": "git commit -m x"})
    assert molecule(toast.town).status == "closed"


def test_it_may_stop_when_it_is_being_ended_or_its_work_waits(toast: Program) -> None:
    runs.write(toast.town.local, Run(address=TOAST, session="s-1", ended=False, ending="handoff"))
    assert toast.stop() == ""
    runs.write(toast.town.local, Run(address=TOAST, session="s-1", ended=False))
    assert toast.stop() != ""
    path = f"agents/{TOAST}.md"
    text = (toast.town.root / path).read_text("utf-8")
    towns.put(
        toast.town,
        path,
        text.replace("state: created", "state: suspended").replace("state: active", "state: suspended"),
    )
    assert toast.stop() == ""


def test_nudges_that_came_in_the_turn_are_told_at_its_end(mayor: Program) -> None:
    nudges.put(mayor.town.local, "mayor", "overseer", "One more thing", "normal")
    mayor.format = "pi"  # may be over before it is asked again
    assert mayor.stop() == ""
    mayor.format = "claude"
    assert "One more thing" in mayor.stop()
    assert mayor.stop() == ""


def stands(town: Town) -> dict[str, str]:
    return {nudge.message: where for nudge, where in nudges.known(town.local, "mayor")}


def test_a_nudge_is_read_when_the_session_goes_on_and_shown_again_when_it_does_not(mayor: Program) -> None:
    town = mayor.town
    nudges.put(town.local, "mayor", "overseer", "Look here", "normal")
    assert "Look here" in mayor.context("prompt")
    assert stands(town) == {"Look here": "shown"}
    mayor.say("end")  # proves nothing
    assert nudges.release(town.local, "mayor", "s-1") == 1
    mayor.become("mayor", "s-2")
    assert "Look here" in mayor.context("prompt") and mayor.context("prompt") == ""
    mayor.say("before_tool", tool_name="Bash", tool_input={"command": "ls"})
    assert stands(town) == {"Look here": "taken"}
    nudges.put(town.local, "mayor", "overseer", "At the end", "normal")
    assert "At the end" in mayor.stop() and stands(town)["At the end"] == "shown"
    assert mayor.stop() == "" and stands(town)["At the end"] == "taken"


def test_a_hook_that_ends_before_it_printed_has_shown_nothing(
    mayor: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = mayor.town
    nudges.put(town.local, "mayor", "overseer", "Look here", "normal")
    with monkeypatch.context() as broken:
        broken.setattr(hookformats, "answer", lambda *words: 1 / 0)
        assert mayor.say("prompt") == {}
    mayor.say("before_tool", tool_name="Bash", tool_input={"command": "ls"})
    assert stands(town) == {"Look here": "claimed"}
    with monkeypatch.context() as later:
        later.setattr(nudges, "_STAGES", (("claimed", -1.0), ("shown", 600.0)))
        assert "Look here" in mayor.context("prompt")


def test_many_are_shown_whole_and_once(mayor: Program) -> None:
    left = [f"number {number} {'x' * 600} end" for number in range(nudges.MOST)]
    for words in left:
        nudges.put(mayor.town.local, "mayor", "overseer", words, "normal")
    told = ""
    while said := mayor.context("prompt"):
        assert len(said) <= 9500
        told += said
    assert [told.count(words) for words in left] == [1] * nudges.MOST


def test_one_that_is_cut_names_the_command_that_shows_it_whole(mayor: Program) -> None:
    left = nudges.put(mayor.town.local, "mayor", "overseer", "word " * 1800, "normal")
    told = mayor.context("prompt")
    assert len(told) < 9500 and f"`gt nudge show {left.id}` shows it whole." in told


def test_who_cannot_be_counted_is_not_held(toast: Program) -> None:
    runs.path(toast.town.local, TOAST, ".state.json").mkdir(parents=True)
    assert toast.stop() == ""
    assert "can't keep the state" in toast.log or "cannot read" in toast.log


def test_a_person_starts_it_in_the_worktree(toast: Program) -> None:
    toast.stand_in(TOAST)
    assert toast.say("start", "manual", source="startup")["hookSpecificOutput"]["additionalContext"]
    (session,) = agent(toast.town).sessions
    assert (session.native, session.ended) == ("native-1", "") and session.id.startswith("h-")
    nudges.put(toast.town.local, TOAST, "mayor", "Hello you", "normal")
    assert "Hello you" in json.dumps(toast.say("prompt", "manual"))
    assert toast.stop()
    toast.say("end", "manual")
    assert agent(toast.town).sessions[0].outcome == "ended"
    toast.become(TOAST)
    assert toast.say("start", "manual", source="startup") == {}  # has hooks of its own


def test_crew_that_talk_with_a_person_are_not_held(toast: Program) -> None:
    town = toast.town
    text = (town.root / f"agents/{TOAST}.md").read_text("utf-8")
    towns.write(
        town, "agents/proj/crew/ada.md", text.replace(str(TOAST), "proj/crew/ada").replace("polecat", "crew")
    )
    bare = text[: text.index("hook:")] + text[text.index("---", 4) :]
    towns.write(town, f"agents/{TOAST}.md", bare)
    towns.git(town.root, "add", "--", "agents")
    towns.commit(town.root, "-m", "by hand")
    toast.become("proj/crew/ada")
    toast.say("prompt")
    assert toast.stop()
    toast.say("prompt")
    assert toast.stop() == ""


def test_an_earlier_session_that_is_asked_leaves_nothing(toast: Program) -> None:
    toast.monkeypatch.setenv("GT_SEANCE", "1")
    assert toast.say("start", source="resume") == {} == toast.say("prompt")
    assert toast.stop() == ""
    assert toast.say("before_tool", tool_name="Bash", tool_input={"command": "sudo ls"})
    assert runs.read_state(toast.town.local, TOAST) is None


FAULTS = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b'{"session_id": 5, "tool_input": 7}',
    b'{"a":' * 5000,
)


@pytest.mark.parametrize("data", FAULTS)
def test_whatever_a_program_says_it_goes_on(mayor: Program, data: bytes) -> None:
    for event in ("start", "prompt", "before_tool", "after_tool", "compact", "stop", "end", "unknown"):
        mayor.raw(event, data)
    assert mayor.log == ""


def test_an_event_that_is_too_long_still_says_whose_it_is(mayor: Program) -> None:
    long = {"session_id": "far-too-long", "transcript_path": "/x", "tool_response": "x" * 2_000_000}
    mayor.raw("after_tool", json.dumps(long).encode())
    assert (mayor.state.native, mayor.state.transcript) == ("far-too-long", "/x")


def test_faults_are_written_down_and_nothing_is_said(mayor: Program) -> None:
    mayor.say("compact")
    runs.path(mayor.town.local, "mayor", ".state.json").write_text("{", "utf-8")
    assert mayor.context("prompt") == ""
    assert "can't be read" in mayor.log and mayor.state.turns == 1
    assert runtimehook.main(["prompt"]) == 0
    mayor.become("../../etc").say("prompt")
    mayor.monkeypatch.setenv("GT_TOWN", "/nowhere")
    mayor.say("prompt")
    mayor.stand_in(".").say("prompt")
    assert (mayor.town.local / "run").is_dir()
    assert not (mayor.town.root.parent / "etc").exists()


def test_an_ordinary_call_loads_little(mayor: Program) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-P", "-m", "gtlib.runtimehook", "after_tool", "claude"],
        input=json.dumps({"session_id": "x", "cwd": "/"}),
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd="/",
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert done.returncode == 0 and done.stdout == "" and "gtlib.runtimes.runs" in imported
    inside = tuple(f"{name}." for name in HEAVY)
    assert sorted(name for name in imported if name in HEAVY or name.startswith(inside)) == []
    assert mayor.state.event == "after_tool"


def test_commits_alone_hold_it_for_a_bounded_number_of_turns(toast: Program) -> None:
    toast.say("prompt", prompt="Begin.")
    assert toast.stop() and (toast.state.steady, len(toast.state.asked)) == (1, 2)
    runs.write_state(toast.town.local, TOAST, replace(toast.state, steady=pace.STEADY - 1))
    tree = toast.town.root / TOAST
    towns.git(tree, "commit", "--quiet", "--allow-empty", "-m", "one")
    assert toast.stop(active=True)
    towns.git(tree, "commit", "--quiet", "--allow-empty", "-m", "two")
    assert toast.stop(active=True) == "" and toast.stop(active=True) == ""
    assert toast.log.count("30 turns in a row brought no step to its end, so it may") == 1
    step_done(toast.town, "one")
    assert "step two of " in toast.stop(active=True) and toast.state.steady == 1


def test_what_it_says_because_it_may_not_stop_is_counted_once(toast: Program) -> None:
    toast.say("prompt", prompt="Begin.")
    assert toast.stop()
    toast.say("prompt", prompt="There is work on your hook.")
    assert len(toast.state.asked) == 2
    toast.say("prompt", prompt="And this.")
    assert len(toast.state.asked) == 3


def test_beyond_the_turns_of_an_hour_nothing_holds_it_not_even_nudges(mayor: Program) -> None:
    mayor.say("prompt", prompt="Hello.")
    nudges.put(mayor.town.local, "mayor", "overseer", "One more thing", "normal")
    full = tuple(int(time.time()) for _ in range(pace.HOURLY))
    runs.write_state(mayor.town.local, "mayor", replace(mayor.state, asked=full))
    assert mayor.stop() == ""
    assert len(nudges.waiting(mayor.town.local, "mayor")) == 1
