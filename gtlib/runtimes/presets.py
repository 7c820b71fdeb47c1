"""The programs that gt can start, as data: `templates/runtimes/<name>.toml`, one file a program."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct

from gtlib import layout
from gtlib.errors import UserError

# Words of a command line that stand for others. {flags}: everything else that is to be said.
FLAGS = "{flags}"


class Screen(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the program's screen looks like, as regular expressions over its lines (re.M).

    Ready when all of `ready` are seen and none of `not_ready`; `busy_title` is looked for in the title.
    `dialogs` are questions that only a person may answer.
    """

    ready: tuple[str, ...] = ()
    not_ready: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    busy_title: str = ""
    dialogs: tuple[str, ...] = ()


class Typing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How words are typed into it. `literal`: keys, in pieces; `paste`: a bracketed paste.

    `pause` is the time in seconds before Enter; `clear` the key that empties the box; words never begin
    with one of `commands`.
    """

    method: Literal["literal", "paste"] = "paste"
    pause: float = 0.3
    clear: str = "C-u"
    commands: str = "/!@#?"


class Hooks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its runtime hooks. `format` says how files and answers look, empty: it has none.

    `place` is where the file stands: `flag` (named by `flags`, {file} stands for it), `home` (its own
    configuration folder) or `worktree` (untracked, and listed in info/exclude); `file` is its name there.
    `events` maps ours (start, prompt, before_tool, after_tool, compact, stop, stop_error, interrupt, end) to
    its own.
    """

    format: Literal["", "claude", "gemini", "copilot", "cursor", "opencode", "pi", "omp", "vibe"] = ""
    place: Literal["flag", "home", "worktree"] = "flag"
    file: str = ""
    flags: tuple[str, ...] = ()
    events: dict[str, str] = {}
    limit: int = 9500


class Lines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Its command lines. {flags} stands for the words of mode, model and hooks, {id} for its session's id,
    {prompt} for the first words, {worktree} for the folder, quoted; a word with {id} or {prompt} in it is
    left out with the flag before it when there is none.

    An empty line: the program can't do that.
    """

    start: tuple[str, ...] = (FLAGS, "{prompt}")
    resume: tuple[str, ...] = ()
    headless: tuple[str, ...] = ()
    headless_resume: tuple[str, ...] = ()
    fork: tuple[str, ...] = ()  # headless: asks an ended session one thing, and leaves it as it is


class Preset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One program. `args` are said always, `autonomous` or `sandbox` by the permissions of the role.

    `sets_id`: it takes the id of its session from us. `root_env` is set where we are root. `scrub` are
    patterns of variables that must not reach it. `results` is what its headless mode prints. `transcript` is
    the pattern of its file, with {config} {cwd} {id}; `config_env` and `config_dir` say where {config} is.
    `sandbox` empty: it has none of its own; `sandbox_roots` names the folders {roots} that it may write
    beside the worktree, and `probe` is what it is called with to run {command} inside. `install` is the
    command that a person types, `note` what else has to be done once. `wrapper` are words before the command.
    `effort` says how hard it is to think, `efforts` what it calls our low, medium, high and max, where it
    differs. `known_flags` are those of its help; none: nobody has written them down.
    """

    name: str = ""
    command: str
    args: tuple[str, ...] = ()
    autonomous: tuple[str, ...] = ()
    sandbox: tuple[str, ...] = ()
    sandbox_roots: tuple[str, ...] = ()
    env: dict[str, str] = {}
    root_env: dict[str, str] = {}
    scrub: tuple[str, ...] = ()
    wrapper: tuple[str, ...] = ()
    model: tuple[str, ...] = ("--model", "{model}")
    effort: tuple[str, ...] = ()
    efforts: dict[str, str] = {}
    sets_id: bool = False
    lines: Lines = Lines()
    hooks: Hooks = Hooks()
    screen: Screen = Screen()
    typing: Typing = Typing()
    instructions: str = "AGENTS.md"
    results: Literal["", "claude", "codex", "gemini", "opencode", "copilot", "pi", "text"] = ""
    transcript: str = ""
    config_env: str = ""
    config_dir: str = ""
    probe: tuple[str, ...] = ()
    install: str = ""
    note: str = ""
    known_flags: tuple[str, ...] = ()


@cache
def presets() -> dict[str, Preset]:
    """The built-in ones, by name."""
    found = {}
    for path in sorted(layout.resource("templates/runtimes").glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = msgspec.convert({"name": path.stem, **data}, Preset)
    return found


def preset(name: str) -> Preset:
    """The built-in one of that name. UserError when there is none."""
    found = presets().get(name)
    if found is None:
        raise UserError(f"no runtime {name!r}", f"known are {', '.join(presets())}")
    return found


def words(line: Sequence[str], flags: Sequence[str], id: str = "", prompt: str = "") -> list[str]:
    """A command line of `Lines` with its words put in, each as one argument."""
    found: list[str] = []
    for number, word in enumerate(line):
        if word == FLAGS:
            found += flags
        elif ("{id}" in word and not id) or ("{prompt}" in word and not prompt):
            before = line[number - 1] if number else ""
            if before.startswith("-"):
                found.pop()
        else:
            found.append(word.replace("{id}", id) if "{id}" in word else word.replace("{prompt}", prompt))
    return found
