"""The model of the end-to-end tests: who gets which step, and what it keeps."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted_model import Model
from tests.support.scripted_model import Rules
from tests.support.scripted_model import scripted

BASH = [{"name": "Bash"}]


def post(model: Model, path: str, body: dict[str, Any], method: str = "POST") -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(model.url.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def say(model: Model, text: str, agent: str = "", tools: object = BASH) -> Any:
    """What claude is answered: its words, or the input of its tool."""
    path = f"/{agent}/v1/messages" if agent else "/v1/messages"
    body = {"tools": tools, "messages": [{"role": "user", "content": text}]}
    status, found = post(model, path, body)
    if status != 200:
        return status
    return [part.get("text") or part.get("input") for part in found["content"]]


def test_each_agent_goes_through_its_own_steps(tmp_path: Path) -> None:
    with scripted({"mayor": ["m"], "*/polecats/*": ["p1", {"shell": "ls"}]}, tmp_path) as model:
        assert say(model, "x", "mayor") == ["m"]
        assert say(model, "x", "proj/polecats/toast") == ["p1"]
        assert say(model, "x", "proj/polecats/toast") == [{"command": "ls", "description": "scripted step"}]
        assert say(model, "x", "proj/polecats/rye") == ["p1"]
        assert say(model, "x", "mayor") == ["(script end)"]
        assert say(model, "x") == ["(script end)"]
        assert (model.done("mayor"), model.done("proj/polecats/toast")) == (1, 2)
        model.replace("*/polecats/*", ["new"])
        assert say(model, "x", "proj/polecats/toast") == ["new"]
        assert [each.agent for each in model.requests("mayor")] == ["mayor", "mayor"]
    assert len((tmp_path / "requests.jsonl").read_text().splitlines()) == 7


def test_what_is_asked_besides_uses_up_no_step(tmp_path: Path) -> None:
    with scripted(["one"], tmp_path) as model:
        assert say(model, "a title?", tools=[]) == ["side"]
        assert post(model, "/v1/messages/count_tokens", {"messages": []})[0] == 200
        assert post(model, "/v1/models", {}, "GET")[1]["data"][0]["id"] == "scripted"
        assert post(model, "/api/other", {})[0] == 404
        assert say(model, "x") == ["one"]
        assert [each.kind for each in model.requests(kind=None)] == [
            "side",
            "count",
            "other",
            "other",
            "main",
        ]


def test_rules_go_by_the_last_words_and_have_no_memory(tmp_path: Path) -> None:
    rules = Rules((("build", ["b1", "b2"]), ("", ["else"])))
    with scripted(rules, tmp_path) as model:
        assert [say(model, text) for text in ("build it", "build it", "hello")] == [["b1"], ["b1"], ["else"]]
        talk = [
            {"role": "user", "content": "build it"},
            {"role": "assistant", "content": [{"type": "tool_use"}]},
            {"role": "user", "content": [{"type": "tool_result", "content": "done so"}]},
        ]
        body = {"tools": BASH, "messages": talk}
        assert post(model, "/v1/messages", body)[1]["content"] == [{"type": "text", "text": "b2"}]
        assert model.wait_for("done so", 1).number == 3


def test_an_answer_waits_for_a_file(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with scripted([{"text": "late", "wait_for": gate}], tmp_path) as model:
        found: list[Any] = []
        thread = threading.Thread(target=lambda: found.append(say(model, "x")))
        thread.start()
        model.wait_for("x", 10)
        assert found == []
        gate.touch()
        thread.join(10)
        assert found == [["late"]]


def test_errors_cuts_and_who_wants_to_get_out(tmp_path: Path) -> None:
    with scripted([{"status": 529}, {"text": "x", "drop": True}], tmp_path) as model:
        assert say(model, "x") == 529
        body = {"tools": BASH, "messages": [], "stream": True}
        with pytest.raises(http.client.IncompleteRead):
            post(model, "/v1/messages", body)
        connection = http.client.HTTPConnection(model.url.removeprefix("http://"))
        connection.set_tunnel("example.invalid", 443)
        with pytest.raises(OSError, match="403"):
            connection.request("GET", "/")
        connection.close()
        assert model.strays() == ["example.invalid:443"]


def test_a_step_may_be_a_function_and_its_errors_come_out(tmp_path: Path) -> None:
    with scripted([lambda request: request.words.upper()], tmp_path) as model:
        assert say(model, "hello") == ["USER\nHELLO"]
    with (
        pytest.raises(ZeroDivisionError),
        scripted([lambda request: str(1 // 0)], tmp_path) as model,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        say(model, "hello")


def test_it_says_what_was_asked_when_what_is_wanted_does_not_come(tmp_path: Path) -> None:
    with scripted(["x"], tmp_path) as model:
        say(model, "something else")
        with pytest.raises(pytest.fail.Exception, match="not shown 'mail'.*\n0 main .*something else"):
            model.wait_for("mail", 0.01)
