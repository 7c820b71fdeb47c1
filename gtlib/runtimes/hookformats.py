"""What the programs' own hooks look like: their settings, and the answers that they understand."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final

from msgspec import Struct

from gtlib import layout

LIMIT: Final = 9500  # programs cut what is longer than 10,000 characters down to a preview
CUT: Final = "\n[cut here; all of it: gt prime, gt mail inbox]"
SHELL_TOOLS: Final = "Bash"
START_SECONDS: Final = 60
SECONDS: Final = 30

CLAUDE_NAMES: Final = {
    "start": "SessionStart", "prompt": "UserPromptSubmit", "before_tool": "PreToolUse",
    "after_tool": "PostToolUse", "compact": "PreCompact", "stop": "Stop", "stop_error": "StopFailure",
    "interrupt": "Interrupt", "end": "SessionEnd",
}  # fmt: skip
GEMINI_NAMES: Final = {
    "start": "SessionStart", "prompt": "BeforeAgent", "before_tool": "BeforeTool", "after_tool": "AfterTool",
    "compact": "PreCompress", "stop": "AfterAgent", "end": "SessionEnd",
}  # fmt: skip
# Programs that load JavaScript: their file calls our command and does what it says.
SCRIPTS: Final = {"opencode": "opencode.js", "pi": "pi.js", "omp": "pi.js"}
KNOWN: Final = ("claude", "gemini", "copilot", "cursor", *SCRIPTS)


class Answer(Struct, frozen=True, kw_only=True):
    """What a hook has to say: words for the model, why a tool may not run, why it may not stop. `nudged` is
    the session that claimed the nudges which stand in these words, if any do.
    """

    context: str = ""
    deny: str = ""
    block: str = ""
    nudged: str = ""


Printed = tuple[str, str, int]


def document(format: str, events: Mapping[str, str], command: Sequence[str], *more: str) -> str:
    """The text of the settings (or script) that call `command EVENT FORMAT MORE` for each of `events` (ours
    to theirs). KeyError for a format that has none.
    """
    if format in SCRIPTS:
        script = layout.resource(f"templates/hooks/{SCRIPTS[format]}").read_text(encoding="utf-8")
        words = json.dumps([*command], ensure_ascii=True)
        return script.replace("__COMMAND__", words).replace("__FORMAT__", json.dumps(format))
    found = {
        theirs: [_ENTRIES[format](event, shlex.join([*command, event, format, *more]))]
        for event, theirs in events.items()
    }
    return json.dumps({**_HEADS.get(format, {}), "hooks": found}, indent=2, ensure_ascii=True) + "\n"


def flag(event: str, theirs: str, command: Sequence[str]) -> str:
    """One event's hook as a setting on codex's command line."""
    line = json.dumps(shlex.join([*command, event, "claude"]), ensure_ascii=True)
    matcher = f'matcher="{SHELL_TOOLS}",' if event == "before_tool" else ""
    return (
        f'hooks.{theirs}=[{{{matcher}hooks=[{{type="command",command={line},timeout={_seconds(event)}}}]}}]'
    )


def answer(format: str, event: str, said: Answer, name: str = "") -> Printed:
    """(standard output, standard error, exit status) that tell a program `said`; all empty for nothing.

    `name` is what the program itself calls the event.
    """
    if said == Answer():
        return "", "", 0
    short = Answer(context=_short(said.context), deny=_short(said.deny), block=_short(said.block))
    return _ANSWERS[format](event, name, short)


def _short(text: str) -> str:
    return text if len(text) <= LIMIT else text[: LIMIT - len(CUT)] + CUT


def _seconds(event: str) -> int:
    return START_SECONDS if event == "start" else SECONDS


def _claude_entry(event: str, line: str) -> dict[str, Any]:
    matcher = SHELL_TOOLS if event == "before_tool" else ""
    return {"matcher": matcher, "hooks": [{"type": "command", "command": line, "timeout": _seconds(event)}]}


def _gemini_entry(event: str, line: str) -> dict[str, Any]:
    one = {"name": f"gt-{event}", "type": "command", "command": line, "timeout": _seconds(event) * 1000}
    return {"matcher": "run_shell_command" if event == "before_tool" else "*", "hooks": [one]}


def _copilot_entry(event: str, line: str) -> dict[str, Any]:
    return {"type": "command", "bash": line, "timeoutSec": _seconds(event)}


def _cursor_entry(event: str, line: str) -> dict[str, Any]:
    return {"command": line}


_HEADS: Final[Mapping[str, Mapping[str, Any]]] = {
    "claude": {"skipDangerousModePermissionPrompt": True},
    "copilot": {"version": 1},
    "cursor": {"version": 1},
}
_ENTRIES: Final = {
    "claude": _claude_entry,
    "gemini": _gemini_entry,
    "copilot": _copilot_entry,
    "cursor": _cursor_entry,
}


def _print(value: Mapping[str, Any]) -> Printed:
    return json.dumps(value, ensure_ascii=True) + "\n", "", 0


def _specific(name: str, **more: str) -> Printed:
    return _print({"hookSpecificOutput": {"hookEventName": name, **more}})


def _claude(event: str, name: str, said: Answer) -> Printed:
    if said.block:
        return _print({"decision": "block", "reason": said.block})
    name = name or CLAUDE_NAMES[event]
    if said.deny:
        return _specific(name, permissionDecision="deny", permissionDecisionReason=said.deny)
    return _specific(name, additionalContext=said.context)


def _gemini(event: str, name: str, said: Answer) -> Printed:
    if said.block:
        return _print({"decision": "deny", "reason": said.block})
    if said.deny:
        return "", said.deny + "\n", 2
    return _specific(name or GEMINI_NAMES[event], additionalContext=said.context)


def _copilot(event: str, name: str, said: Answer) -> Printed:
    if said.block:
        return _print({"decision": "block", "reason": said.block})
    if said.deny:
        return _print({"permissionDecision": "deny", "permissionDecisionReason": said.deny})
    return _print({"additionalContext": said.context})


def _cursor(event: str, name: str, said: Answer) -> Printed:
    if said.block:
        return _print({"followup_message": said.block})
    if said.deny:
        return _print({"permission": "deny", "agent_message": said.deny, "user_message": said.deny})
    return _print({"additional_context": said.context})


def _script(event: str, name: str, said: Answer) -> Printed:
    return _print({key: value for key, value in _fields(said) if value})


def _fields(said: Answer) -> tuple[tuple[str, str], ...]:
    return ("context", said.context), ("deny", said.deny), ("block", said.block)


_ANSWERS: Final = {
    "claude": _claude,
    "gemini": _gemini,
    "copilot": _copilot,
    "cursor": _cursor,
    **dict.fromkeys(SCRIPTS, _script),
}
