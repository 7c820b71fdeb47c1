"""What the model answers: scripts by agent, and which step of one comes next."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any
from typing import Final

from msgspec import Struct

from tests.support.scripted.request import Request

# See tests/support/scripted_model.py for what may stand in one.
Plain = str | Mapping[str, Any]
Step = Plain | Callable[[Request], Plain]
Steps = Sequence[Step]

END: Final = "(script end)"
SIDE: Final = "side"


class Rules(Struct, frozen=True):
    """Answers by what the user said last: the first (regular expression, steps) that is found in it.

    How many answers followed those words says which step is next, so a restart or a retry loses nothing.
    """

    pairs: tuple[tuple[str, Steps], ...]


Script = Steps | Rules | Callable[[Request], Plain]


class Scripts:
    """The scripts of all agents, and how far each agent is in his."""

    def __init__(self, scripts: Script | Mapping[str, Script]) -> None:
        self._lock = Lock()
        self._scripts = dict(scripts) if isinstance(scripts, Mapping) else {"*": scripts}
        self._done: dict[str, int] = {}

    def replace(self, agent: str, script: Script) -> None:
        """Another script for an agent (or pattern), from its start."""
        with self._lock:
            # Not at the end: who was named later comes first among patterns.
            self._scripts = {
                agent: script,
                **{key: old for key, old in self._scripts.items() if key != agent},
            }
            self._done = {key: count for key, count in self._done.items() if not fnmatchcase(key, agent)}

    def done(self, agent: str) -> int:
        """How many steps an agent has used up."""
        return self._done.get(agent, 0)

    def step(self, request: Request) -> dict[str, Any]:
        """The answer to a request."""
        if request.kind != "main":
            return {"text": SIDE}
        with self._lock:
            found = self._find(request)
        step = found(request) if callable(found) else found
        return {"text": step} if isinstance(step, str) else dict(step)

    def _find(self, request: Request) -> Step:
        script = self._script(request.agent)
        if isinstance(script, Rules):
            said, answers = request.last_prompt
            steps = next((steps for when, steps in script.pairs if re.search(when, said, re.S)), ())
            return steps[answers] if answers < len(steps) else END
        if callable(script):
            return script
        count = self._done.get(request.agent, 0)
        if count >= len(script):
            return END
        self._done[request.agent] = count + 1
        return script[count]

    def _script(self, agent: str) -> Script:
        if agent in self._scripts:
            return self._scripts[agent]
        return next((each for key, each in self._scripts.items() if fnmatchcase(agent, key)), ())


def calls(step: Mapping[str, Any], shell: str) -> list[tuple[str, dict[str, Any]]]:
    """The (tool, input) that a step asks for; `shell` is the program's name for its shell tool."""
    found = []
    for each in step.get("calls") or (step,):
        if "shell" in each:
            found.append((shell, {**_shell_input(shell, each["shell"]), **each.get("extra", {})}))
        elif "tool" in each:
            found.append((each["tool"], dict(each.get("input", {}))))
    return found


def usage(step: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, int]:
    """What the answer costs, in tokens: in, out, cache_read, cache_write."""
    guess = {"in": max(1, len(json.dumps(body)) // 4), "out": 7, "cache_read": 0, "cache_write": 0}
    return {**guess, **step.get("usage", {})}


def _shell_input(tool: str, command: str) -> dict[str, Any]:
    if tool == "exec_command":
        return {"cmd": command}
    if tool in ("shell", "local_shell"):
        return {"command": ["bash", "-lc", command]}
    return {"command": command, "description": "scripted step"}
