"""Asking a session that has ended: by a copy of it, else from what its program kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gtlib.actions.seance import Answer
from gtlib.actions.seance import ask
from gtlib.actions.seance import framed
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.agent import Session
from gtlib.names import Address
from gtlib.rules.seance import Past
from gtlib.rules.seance import named
from gtlib.store.town import Town
from tests.support import inside
from tests.support import towns

DATA = Path(__file__).parent.parent / "data" / "transcripts"
ID = "11111111-2222-4333-8444-555555555555"
SCRIPT = """\
import json, os, sys
said = {"argv": sys.argv[1:], "env": {k: v for k, v in os.environ.items() if k.startswith("GT_")}, "cwd": os.getcwd()}
open(__file__ + ".asked", "w").write(json.dumps(said))
if "slow" in sys.argv[-1]:
    import time; time.sleep(60)
print(json.dumps({"type": "result", "is_error": "bad" in sys.argv[-1], "result": "I \\x1b[2J stopped at two.",
                  "num_turns": 1, "session_id": "x"}))
"""


def a_town(tmp_path: Path, *sessions: Session) -> Town:
    town = towns.make_town(tmp_path / "town")
    agent = Agent(address=Address("mayor"), sessions=sessions)
    towns.put(town, "agents/mayor.md", kinds.render(agent))
    return town


def session(runtime: str = "claude", native: str = ID, id: str = "s-1") -> Session:
    start = "2026-11-20T08:00:00Z"
    return Session(id=id, runtime=runtime, native=native, started=start, ended=start, outcome="died")


def past(town: Town, id: str = "s-1") -> Past:
    return named(town.snapshot(), id)


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str = "claude") -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{SCRIPT}", "utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return path


def kept(home: Path) -> None:
    path = home / ".claude" / "projects" / "x" / f"{ID}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes((DATA / "claude.jsonl").read_bytes())


def test_a_copy_answers_and_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, monkeypatch)
    monkeypatch.setenv("GT_ROLE", "mayor")
    town = a_town(tmp_path, session())

    answer = ask(town.root, past(town), "-x Where; `did` you stop?")

    assert answer == Answer(session="s-1", address="mayor", bead="", how="asked", text="I  stopped at two.")
    said = json.loads(Path(f"{path}.asked").read_text())
    assert said["argv"][:6] == ["-p", "--resume", ID, "--fork-session", "--output-format", "json"]
    assert said["argv"][-1].endswith("\n\n-x Where; `did` you stop?") and len(said["argv"]) == 7
    assert sorted(said["env"]) == ["GT_SEANCE", "GT_SESSION"]
    assert said["cwd"] == str(town.root)
    assert "answer of session s-1]\nI  stopped at two.\n[end of data " in framed(answer)


def test_one_that_does_not_answer_in_time_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch)
    town = a_town(tmp_path, session())
    kept(Path.home())

    answer = ask(town.root, past(town), "slow", seconds=1.0)

    assert (answer.how, answer.why) == ("transcript", "it said nothing for 1 s and was ended")


def test_from_its_transcript_where_the_program_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    town = a_town(tmp_path, session())
    kept(Path.home())

    answer = ask(town.root, past(town), "Why?")

    assert answer.why == "claude is not installed here; install it: npm install -g @anthropic-ai/claude-code"
    assert answer.text.splitlines() == [
        "The last turns:", "user: please commit", "assistant: Committing.",
        "assistant: $ Bash: echo hello > hello.txt && git add -A && git commit -qm 'scripted commit' && git log "
        "--oneline",
        "assistant: All done.", "user: and now?", "assistant: Second turn.",
    ]  # fmt: skip


def test_older_lines_that_share_words_with_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    town = a_town(tmp_path, session())
    path = Path.home() / ".claude" / "projects" / "x" / f"{ID}.jsonl"
    path.parent.mkdir(parents=True)
    turns = ["the parser fails on tabs", "nothing", *(f"turn {number}" for number in range(6))]
    path.write_text("".join(
        json.dumps({"type": "user", "message": {"role": "user", "content": text}}) + "\n" for text in turns
    ))  # fmt: skip

    answer = ask(town.root, past(town), "What about the Parser?")

    assert answer.text.splitlines()[:4] == [
        "Lines that share words with the question:", "user: the parser fails on tabs", "", "The last turns:"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (session("shell"), "s-1 was a session of shell: it can't be asked"),
        (session(native=""), "s-1 has no id with claude: it can't be asked"),
        (session("nobody"), "no runtime 'nobody'"),
        (session(native="../../x"), "s-1 can't be asked ('../../x' is no id of a session of claude), and claude "
         "keeps no transcript of it here"),
    ],
)  # fmt: skip
def test_who_can_not_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one: Session, said: str
) -> None:
    program(tmp_path, monkeypatch)
    town = a_town(tmp_path, one)

    with pytest.raises(UserError) as caught:
        ask(town.root, past(town), "Why?")

    assert caught.value.what == said


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch)
    monkeypatch.setenv("GT_NOW", "2026-11-20T10:00:00Z")
    town = a_town(tmp_path, session(), session("shell", "", "s-2"))

    listed = inside.run(town.root, "gt", "seance", "--agent", "mayor", "--since", "1d")
    shown = inside.run(town.root, "gt", "seance", "s-1", "--json")
    asked = inside.run(town.root, "gt", "seance", "--talk", "s-1", "-p", "Why?")
    by_flag = inside.run(town.root, "gt", "seance", "--talk=s-1", "-p", "Why?", "--json")
    of_agent = inside.run(town.root, "gt", "seance", "--talk", "-p", "Why?", "--agent", "mayor")
    of_none = inside.run(town.root, "gt", "seance", "--talk", "-p", "Why?", "--agent", "deacon")
    monkeypatch.setenv("GT_ROLE", "mayor")
    last = inside.run(town.root, "gt", "seance", "--talk", "-p", "Why?")
    nothing = inside.run(town.root, "gt", "seance", "--talk", "s-1")

    assert (listed.code, listed.out.splitlines()[0].lower().split()) == (
        0, ["session", "agent", "bead", "program", "began", "outcome", "title"],
    )  # fmt: skip
    assert "next: gt seance --talk=s-1 -p 'What did you find?'" in listed.out
    assert json.loads(shown.out)["native"] == ID
    assert asked.out == "I  stopped at two.\n"
    assert json.loads(by_flag.out)["how"] == "asked"
    assert of_agent.out == asked.out
    assert (of_none.code, of_none.err.splitlines()[0]) == (
        1, "error: there has been no session of deacon; gt seance lists those there were",
    )  # fmt: skip
    assert last.code == 0 and "[data " in last.out and "answer of session s-1]" in last.out
    assert (nothing.code, nothing.err.splitlines()[0]) == (
        2, "error: no question is given; gt seance --talk ID -p 'What did you find?'",
    )  # fmt: skip


@pytest.mark.parametrize("said", [{"exec_wrapper": ["env"]}, {"env": {"A": "b"}}, {"args": ["-x"]}])
def test_what_came_with_settings_is_not_run_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, object]
) -> None:
    path = program(tmp_path, monkeypatch)
    town = a_town(tmp_path, session())
    agents = {"claude": {"provider": "claude", "command": "claude", **said}}
    towns.put(town, "settings/config.json", json.dumps({"agents": agents}))
    with pytest.raises(UserError) as refused:
        ask(town.root, past(town), "what?")
    assert str(refused.value) == (
        "what the agent claude runs is not allowed on this machine yet; read it with gt allow settings/config.json"
    )
    assert not Path(f"{path}.asked").exists()
