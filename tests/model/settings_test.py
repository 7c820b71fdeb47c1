"""Settings files: what they say, what is wrong with them by its line, and what changes in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import jsonschema
from gtlib.model import settings_text
from gtlib.model.jsonplace import line_of
from gtlib.model.settings import AgentConfig
from gtlib.model.settings import Namepool
from gtlib.model.settings import Role
from gtlib.model.settings import Settings
from gtlib.model.settings import parse
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.settings_keys import AGENT
from gtlib.model.settings_keys import KEPT
from gtlib.model.settings_keys import USED
from gtlib.model.settings_keys import unknown_keys
from tests.support.world import world

TEXT = """\
{
    "type": "rig-settings",
    "version": 1,
    "agent": "fast",
    "agents": {
        "fast": {
            "provider": "claude", "command": "claude", "args": ["--model", "opus"], "env": {"A": ""},
            "session": "headless", "prompt_mode": "none", "exec_wrapper": ["nice"], "model": "opus",
            "instructions": {"file": "X.md"}, "tmux": {"ready_prompt_prefix": "> "}
        },
        "none": {"args": [], "session": {"session_id_env": "X"}, "preset": "codex"}
    },
    "role_agents": {"polecat": "fast", "crew": "codex"},
    "worker_agents": {"max": "codex"}, "crew_agents": {"emma": "gemini"},
    "role_effort": {"polecat": "high"},
    "roles": {"witness": {"agent": "codex", "patrol": true}},
    "runtime": {"provider": "claude"},
    "cost_tier": "economy",
    "sessions": {"default": "tmux", "polecat": "headless"},
    "permissions": {"polecat": "sandbox"},
    "namepool": {"style": "mad-max", "names": ["a", "b"], "max_before_numbering": 7},
    "workflow": {"default_formula": "chore"},
    "crew": {"startup": "max, not emma"},
    "scheduler": {"max_polecats": 5},
    "merge_queue": null,
    "mine": [1, 2.50, "ü"]
}
"""


def test_what_a_file_says() -> None:
    assert parse("proj/settings/config.json", TEXT) == Settings(
        path="proj/settings/config.json",
        agent="fast",
        agents={
            "fast": AgentConfig(
                name="fast", provider="claude", command="claude", args=("--model", "opus"), env={"A": ""},
                session="headless", prompt_mode="none", exec_wrapper=("nice",), model="opus",
                instructions="X.md", ready_prefix="> ",
            ),
            "none": AgentConfig(name="none", provider="codex", args=()),
        },
        role_agents={"polecat": "fast", "crew": "codex"},
        worker_agents={"max": "codex"},
        crew_agents={"emma": "gemini"},
        role_effort={"polecat": "high"},
        roles={"witness": Role(agent="codex", patrol=True)},
        runtime=AgentConfig(name="runtime", provider="claude"),
        cost_tier="economy",
        sessions={"default": "tmux", "polecat": "headless"},
        permissions={"polecat": "sandbox"},
        namepool=Namepool(style="mad-max", names=("a", "b"), max_before_numbering=7),
        default_formula="chore",
        crew_startup="max, not emma",
        scheduler={"max_polecats": 5},
        raw=json.loads(TEXT),
    )  # fmt: skip


def test_of_town_and_rig() -> None:
    files = {
        "settings/config.json": '{"default_agent": "codex"}',
        "proj/settings/config.json": '{"agent": "pi"}',
    }
    snapshot = world(files=files)
    assert town_settings(snapshot).default_agent == "codex"
    rig = rig_settings(snapshot, "proj")
    assert rig is not None and (rig.agent, rig.path) == ("pi", "proj/settings/config.json")
    assert (rig_settings(snapshot, ""), rig_settings(world(), "proj")) == (None, None)
    assert town_settings(world()) == Settings()


WRONG = [
    ('{"a": 1,\n}', "2: this is not JSON: Expecting property name enclosed in double quotes; mend it; JSON has no comments"),
    ("[]", '1: these are no settings; write {"key": value}'),
    ("[" * 100_000, "1: this is no JSON that settings have; mend it"),
    ('{\n "default_agent": 5}', '2: default_agent is no text; write "..."'),
    ('{"agents": {\n "x": 1}}', '2: agents.x is no table; write {"key": value}'),
    ('{"agents": {"x": {"args": "--model opus"}}}', '1: agents.x.args is no list of texts; write ["...", "..."]'),
    ('{"agents": {"x": {\n"env": {\n"A B": "x"}}}}', "3: agents.x.env.A B is no variable that a program can be given; write NAME: text"),
    ('{"agents": {"x": {"model": "--yolo"}}}', "1: agents.x.model is a flag; write the name of a model"),
    ('{"agents": {"x": {"instructions": {"file": "../x"}}}}', "1: agents.x.instructions.file leaves the worktree; write a name such as AGENTS.md"),
    ('{"agents": {"x": {"session": "tmx"}}}', '1: agents.x.session can\'t be "tmx"; write tmux or headless or manual'),
    ('{"permissions": {\n\n"polecat": "sandbx"}}', '3: permissions.polecat can\'t be "sandbx"; write autonomous or sandbox'),
    ('{"roles": {"mayor": {"patrol": "yes"}}}', "1: roles.mayor.patrol is neither true nor false; write one of them, without quotes"),
    ('{"namepool": {"max_before_numbering": -1}}', "1: namepool.max_before_numbering is no number; write a whole number, not below 0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), WRONG)
def test_what_is_wrong_is_named_by_its_line(text: str, line: str) -> None:
    with pytest.raises(FileError) as refusal:
        parse("settings/config.json", text)
    assert str(refusal.value) == f"settings/config.json:{line}"


def test_keys_that_nothing_knows_are_kept_and_named() -> None:
    text = """\
{
  "default_agnt": "x",
  "cli_theme": "dark",
  "role_agents": {"polcat": "codex", "crew": "codex"},
  "agents": {
    "a": {"comand": "x", "acp": {}}
  },
  "roles": {"mayor": {"agnt": "x"}},
  "operational": {"anything": 1},
  "xyzzy": 1
}
"""
    assert unknown_keys(parse("p", text), text) == (
        "p:2: nothing knows default_agnt; did you mean default_agent?",
        "p:10: nothing knows xyzzy; it is kept as it is",
        "p:4: nothing knows role_agents.polcat; did you mean polecat?",
        "p:6: nothing knows agents.a.comand; did you mean command?",
        "p:8: nothing knows roles.mayor.agnt; did you mean agent?",
    )


@pytest.mark.parametrize(("keys", "line"), [
    ((), 1), (("type",), 2), (("agents", "fast"), 6), (("agents", "fast", "env", "A"), 7),
    (("agents", "none", "session", "session_id_env"), 11), (("mine",), 26), (("agents", "nobody", "x"), 5),
    (("nothing",), 1), (("type", "x"), 2),
])  # fmt: skip
def test_the_line_of_a_key(keys: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, keys) == line


def test_a_change_keeps_order_unknown_keys_and_indent() -> None:
    def change(raw: dict[str, Any]) -> None:
        settings_text.put(raw, ("role_agents", "mayor"), "codex")
        settings_text.drop(raw, ("scheduler", "max_polecats"))
        settings_text.drop(raw, ("scheduler", "none", "x"))

    made = settings_text.changed("p", TEXT, change)
    assert list(json.loads(made)) == list(json.loads(TEXT))
    assert made == json.dumps(json.loads(made), indent=4, ensure_ascii=False) + "\n"
    assert json.loads(made)["role_agents"] == {"polecat": "fast", "crew": "codex", "mayor": "codex"}
    assert json.loads(made)["scheduler"] == {} and json.loads(made)["mine"] == [1, 2.5, "ü"]
    assert settings_text.changed("p", TEXT, lambda raw: None) == TEXT


def test_what_a_change_may_not_make_of_it() -> None:
    for keys, value, line in (
        (("sessions", "crew"), "x", 'sessions.crew can\'t be "x"; write tmux or headless or manual'),
        (("agent", "x"), "y", "agent is no table; gt config get agent shows it"),
    ):
        with pytest.raises(UserError) as refusal:
            settings_text.changed("p", TEXT, lambda raw, at=keys, to=value: settings_text.put(raw, at, to))
        assert str(refusal.value) == line
    assert settings_text.changed("p", "{}", lambda raw: settings_text.put(raw, ("a", "b"), "\ud800")) == (
        '{\n  "a": {\n    "b": "\\ud800"\n  }\n}\n'
    )


def test_dotted_keys_name_what_is_there_first() -> None:
    raw = {"agents": {"gpt-5.1": {"args": []}, "gpt-5": {}}}
    assert settings_text.split(raw, "agents.gpt-5.1.args") == ("agents", "gpt-5.1", "args")
    assert settings_text.split(raw, "agents.gpt-5.x") == ("agents", "gpt-5", "x")
    assert settings_text.split(raw, "a.b") == ("a", "b")
    for key in ("", "a..b", "."):
        with pytest.raises(UserError, match="is no key"):
            settings_text.split(raw, key)


def test_the_schema_says_the_same() -> None:
    schema = jsonschema.schema("settings")
    check = Draft202012Validator(schema)
    check.check_schema(schema)
    assert list(check.iter_errors(json.loads(TEXT))) == []
    for text in ('{"sessions": {"crew": "x"}}', '{"agents": {"x": {"model": "-x"}}}', '{"namepool": 1}'):
        assert not check.is_valid(json.loads(text)), text
        with pytest.raises(FileError):
            parse("p", text)
    assert {*USED, *KEPT} == set(schema["properties"])
    assert set(AGENT) == set(schema["properties"]["agents"]["additionalProperties"]["properties"])
