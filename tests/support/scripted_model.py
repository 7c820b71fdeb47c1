"""A model that answers by a script, for the real programs: no account, no key, no network.

    with scripted([{"text": "Committing.", "shell": "git commit -qam x"}, "All done."], tmp_path) as model:
        env = programs.home_for_claude(Path.home(), model.url)
        ...
        model.wait_for("All done.", 10)

It speaks Anthropic Messages (claude) and OpenAI Responses (codex) on a free port of 127.0.0.1, in a thread of
this process. One server serves many agents: `http://127.0.0.1:PORT/<agent>/v1/...` says who asks, and
programs.home_for_claude and home_for_codex put the session's GT_ROLE there. So a script is

    a list of steps       each agent goes through them on its own, one an answer; then "(script end)"
    Rules(((regex, steps), ...))   by the last words of the user, without memory: survives kills and resumes
    a function of the Request      asked each time
    {agent: one of these}          an agent's address, or a pattern as "*/polecats/*"; without GT_ROLE: ""

and a step is

    "..."                     say this and end the turn
    {"text": "...", "shell": "git status"}     call the program's own shell tool (`extra`: more input for it)
    {"tool": "Read", "input": {...}}, {"calls": [step, ...]}      a named tool; several in one answer
    "wait_for": path          answer when that file is there (60 s at most)
    "delay": 2.0              answer after so many seconds: the program looks busy
    "status": 529, "error": "..."     an HTTP error instead;  "drop": True   cut the connection in mid-answer
    "usage": {"in": 100, "out": 20, "cache_read": 0, "cache_write": 0}     in tokens
    a function of the Request that gives one of these

What programs ask besides (titles, topics, quota, tokens) is answered and uses up no step.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.scripted.request import Kind
from tests.support.scripted.request import Request
from tests.support.scripted.script import Rules
from tests.support.scripted.script import Script
from tests.support.scripted.script import Scripts
from tests.support.scripted.server import Server

__all__ = ["Model", "Request", "Rules", "Script", "scripted"]


class Model:
    """What a test sees of the server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Without a slash at its end, and without /v1."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def url_for(self, agent: str) -> str:
        """As `url`, for one agent."""
        return f"{self.url}/{agent}"

    def requests(self, agent: str | None = None, kind: Kind | None = "main") -> list[Request]:
        """What was asked so far, by one agent or all; `kind` None: side calls and strays too."""
        with self._server.came:
            return [
                each
                for each in self._server.kept
                if (agent is None or each.agent == agent) and (kind is None or each.kind == kind)
            ]

    def wait_for(
        self, text: str, seconds: float = 30.0, agent: str | None = None, after: int = -1
    ) -> Request:
        """The first request (later than number `after`) that shows the model those words. Fails without one."""
        return self.wait(lambda each: text in each.words, seconds, agent, after, repr(text))

    def wait(
        self,
        wanted: Callable[[Request], bool],
        seconds: float = 30.0,
        agent: str | None = None,
        after: int = -1,
        what: str = "what was wanted",
    ) -> Request:
        """As `wait_for`, with a condition of your own."""

        def found() -> Request | None:
            later = (each for each in self.requests(agent) if each.number > after)
            return next((each for each in later if wanted(each)), None)

        with self._server.came:
            request = self._server.came.wait_for(found, seconds)
        if request is None:
            pytest.fail(f"the model was not shown {what} in {seconds:g} s; {self.told()}")
        return request

    def told(self) -> str:
        """What was asked so far, a line a request, for the message of a failure."""
        lines = [
            f"{each.number} {each.kind} {each.agent} {each.path} {each.last_prompt[0][-200:]!r}"
            for each in self.requests(kind=None)
        ]
        return "\n".join([f"asked so far: {len(lines)} (whole in {self._server.log})", *lines])

    def strays(self) -> list[str]:
        """Hosts that a program wanted to reach through us as its proxy."""
        return [each.path for each in self.requests(kind="stray")]

    def done(self, agent: str = "") -> int:
        """How many steps of its list an agent has used up."""
        return self._server.scripts.done(agent)

    def replace(self, agent: str, script: Script) -> None:
        """Another script for an agent or a pattern, from its first step."""
        self._server.scripts.replace(agent, script)


@contextmanager
def scripted(scripts: Script | Mapping[str, Script], folder: Path) -> Iterator[Model]:
    """A model for the time of the block; `folder` gets requests.jsonl, for who looks for what went wrong.

    An error in a step that is a function comes out at the end of the block.
    """
    server = Server(Scripts(scripts), folder / "requests.jsonl")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Model(server)
    finally:
        server.close()
        thread.join()
    if server.errors:
        raise server.errors[0]
