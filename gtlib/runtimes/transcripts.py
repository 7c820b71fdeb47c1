"""What programs keep of their sessions: where it is, what was used, and what was said last."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gtlib.runtimes import fields
from gtlib.runtimes.base import Usage
from gtlib.runtimes.fields import Event
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.printed import pi_usage
from gtlib.runtimes.printed import plus

CONFIG: Final = "{config}/"
LINE_BYTES: Final = 8 * 1024 * 1024
# Where a file's name does not say whose it is, so many are looked into.
NEWEST: Final = 50
HEAD_BYTES: Final = 64 * 1024
MOST_SAID: Final = 2000
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}\Z")
_MANGLED: Final = re.compile(r"[^A-Za-z0-9]")

Said = tuple[str, str]


def find(program: Preset, native: str, cwd: Path, environ: Mapping[str, str]) -> Path | None:
    """The transcript of a session that the program calls `native` and that stood in `cwd`, or None.

    `native` may be anything: what is no plain id finds nothing, nor does what lies outside its own folder.
    """
    if not _ID.match(native) or ".." in native or not program.transcript.startswith(CONFIG):
        return None
    config = _config(program, environ)
    pattern = program.transcript.removeprefix(CONFIG).replace("{id}", native)
    names = pattern.replace("{cwd}", _MANGLED.sub("-", os.path.realpath(cwd)))
    # It may have gone on elsewhere, or the program writes folders in another way: the id alone tells it too.
    for each in dict.fromkeys((names, pattern.replace("{cwd}", "*"))):
        found = sorted(_files(config, each), key=_age)
        if "{id}" not in program.transcript:
            found = [path for path in found[-NEWEST:] if _is_of(path, native)]
        if found:
            return found[-1]
    return None


def usage(program: Preset, path: Path) -> Usage:
    """What the session has used in all; nothing where nobody can tell. OSError when it can't be read."""
    kind = program.results
    used = Usage()
    claude: dict[str, Usage] = {}
    turns = 0
    for event in _events(path):
        turns += any(who == "user" for who, _ in _said(kind, event))
        if kind == "claude":
            message = fields.part(event, "message")
            if event.get("type") == "assistant" and "usage" in message:
                # one line a part of it, each with the whole count
                claude[fields.text(message, "id")] = _claude(message)
            elif event.get("type") == "cost-state":
                used = Usage(cost=fields.decimal(event, "totalCostUSD"))
        elif kind == "codex":
            used = _codex(event, used)
        elif kind == "gemini" and fields.part(event, "tokens"):
            used = plus(used, _gemini(event))
        elif kind == "pi" and fields.part(fields.part(event, "message"), "usage"):
            used = plus(used, pi_usage(fields.part(event, "message")))
    for each in claude.values():
        used = plus(used, each)
    return Usage(
        input=used.input, output=used.output, cache_read=used.cache_read, cache_write=used.cache_write,
        cost=used.cost, turns=turns, model=used.model,
    )  # fmt: skip


def tail(program: Preset, path: Path, turns: int) -> list[Said]:
    """(user or assistant, text) of the last turns, oldest first; tools that were called stand as lines.

    Raises OSError when the file can't be read.
    """
    found: deque[Said] = deque(maxlen=MOST_SAID)
    for event in _events(path):
        found.extend(_said(program.results, event))
    starts = [number for number, (who, _) in enumerate(found) if who == "user"]
    return list(found)[starts[-turns] if turns and len(starts) >= turns else 0 :] if turns else []


def _said(kind: str, event: Event) -> list[Said]:
    """What an entry of the transcript says, to people."""
    if kind == "claude":
        who = fields.text(event, "type")
        if who not in ("user", "assistant") or event.get("isMeta") or event.get("isSidechain"):
            return []
        return _words(who, event.get("message"))
    if kind == "codex":
        item = fields.part(event, "payload")
        if event.get("type") != "response_item":
            return []
        if item.get("type") == "function_call":
            words = fields.event_of(fields.text(item, "arguments")) or {}
            return [("assistant", f"$ {fields.tool({**item, 'arguments': words}, 'name', 'arguments')}")]
        found = _words(fields.text(item, "role"), item) if item.get("type") == "message" else []
        return [each for each in found if not (each[0] == "user" and each[1].startswith("<"))]
    if kind == "gemini":
        who = {"user": "user", "gemini": "assistant"}.get(fields.text(event, "type"), "")
        return _words(who, {"content": event.get("content")})
    if kind == "pi" and event.get("type") == "message":
        message = fields.part(event, "message")
        return _words(fields.text(message, "role"), message)
    return []


def _words(who: str, message: object) -> list[Said]:
    text, tools = fields.content(message)
    told = "\n".join(each for each in (text, *tools) if each)
    return [(who, told)] if who in ("user", "assistant") and told else []


def _claude(message: Event) -> Usage:
    used = fields.part(message, "usage")
    return Usage(
        input=fields.number(used, "input_tokens"),
        output=fields.number(used, "output_tokens"),
        cache_read=fields.number(used, "cache_read_input_tokens"),
        cache_write=fields.number(used, "cache_creation_input_tokens"),
        model="" if fields.text(message, "model").startswith("<") else fields.text(message, "model"),
    )


def _codex(event: Event, before: Usage) -> Usage:
    """What the last count says of the whole session."""
    payload = fields.part(event, "payload")
    model = fields.text(payload, "model") if event.get("type") == "turn_context" else ""
    used = fields.part(fields.part(payload, "info"), "total_token_usage")
    if payload.get("type") != "token_count" or not used:
        return plus(before, Usage(model=model))
    cached = fields.number(used, "cached_input_tokens")
    return Usage(
        input=fields.number(used, "input_tokens") - cached,
        output=fields.number(used, "output_tokens"),
        cache_read=cached,
        cache_write=fields.number(used, "cache_write_input_tokens"),
        model=before.model,
    )


def _gemini(event: Event) -> Usage:
    tokens = fields.part(event, "tokens")
    cached = fields.number(tokens, "cached")
    return Usage(
        input=fields.number(tokens, "input") - cached,
        output=fields.number(tokens, "output") + fields.number(tokens, "thoughts"),
        cache_read=cached,
        model=fields.text(event, "model"),
    )


def _events(path: Path) -> Iterator[Event]:
    """The entries of a file of JSON lines; what is no entry, or far too long, is left out."""
    with path.open("rb") as file:
        inside = False
        while line := file.readline(LINE_BYTES):
            whole = line.endswith(b"\n") or len(line) < LINE_BYTES
            event = fields.event_of(line) if whole and not inside else None
            inside = not whole
            if event is not None:
                yield event


def _config(program: Preset, environ: Mapping[str, str]) -> Path:
    named = environ.get(program.config_env, "") if program.config_env else ""
    home = environ.get("HOME", "") or str(Path.home())
    return Path(named or program.config_dir.replace("~", home, 1))


def _files(config: Path, pattern: str) -> list[Path]:
    """Plain files below `config`, no link leading out of it."""
    top = os.path.realpath(config)
    found = (Path(os.path.realpath(path)) for path in Path(top).glob(pattern))
    return [path for path in found if path.is_relative_to(top) and path.is_file()]


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _is_of(path: Path, native: str) -> bool:
    try:
        with path.open("rb") as file:
            return f'"{native}"'.encode() in file.read(HEAD_BYTES)
    except OSError:
        return False
