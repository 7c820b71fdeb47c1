"""The program that an agent's name stands for: a preset, or a custom agent of the settings."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from pathlib import PurePosixPath
from typing import Final

from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.model.cost_tiers import MODELS
from gtlib.model.settings import OLDER
from gtlib.model.settings import AgentConfig
from gtlib.model.settings import rig_settings
from gtlib.model.settings import town_settings
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import presets
from gtlib.runtimes.base import OWN
from gtlib.runtimes.base import Permissions
from gtlib.runtimes.presets import FLAGS
from gtlib.runtimes.presets import Lines
from gtlib.runtimes.presets import Preset

PROMPT: Final = "{prompt}"
_WHOLE: Final = Lines(start=(FLAGS, PROMPT), headless=(FLAGS, PROMPT))


def program_of(snapshot: Snapshot, rig: str, name: str, effort: str = "") -> Preset:
    """What is started for the agent of that name; `rig` is empty for roles of the town.

    A custom agent counts before a preset of the same name, a rig's before the town's. UserError for a name
    that nobody knows, for settings that can't be read, and for what gt runs itself.
    """
    config = config_of(snapshot, rig, name)
    if config is not None:
        found = resolve(config)
    elif name in presets.presets():
        found = presets.preset(name)
    else:
        raise unknown(known(snapshot), name)
    return _with(found, found.effort, "{effort}", found.efforts.get(effort, effort))


def config_of(snapshot: Snapshot, rig: str, name: str) -> AgentConfig | None:
    """What the settings say of an agent, else what a cost tier means by it; None for a plain preset."""
    both = (rig_settings(snapshot, rig), town_settings(snapshot))
    for settings in both:
        if settings is not None and name in settings.agents:
            return settings.agents[name]
    if name == OLDER:
        return next((each.runtime for each in both if each is not None and each.runtime), None)
    return AgentConfig(name=name, provider="claude", model=MODELS[name]) if name in MODELS else None


def known(snapshot: Snapshot | None = None) -> tuple[str, ...]:
    """Every name that an agent's program can have: what gt runs itself, presets, and agents of the settings
    of town and rigs. UserError for settings that can't be read.
    """
    custom: dict[str, None] = {}
    if snapshot is not None:
        rigs = [rig_settings(snapshot, rig.name) for rig in snapshot.rigs()]
        for settings in (town_settings(snapshot), *rigs):
            custom |= dict.fromkeys(settings.agents) if settings is not None else {}
            custom |= {OLDER: None} if settings is not None and settings.runtime is not None else {}
    return (*dict.fromkeys((*OWN, *presets.presets(), *MODELS, *custom)),)


def unknown(names: Sequence[str], name: str) -> UserError:
    """The error for a name that stands for no program; `names` do."""
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
    return UserError(f"no runtime {name!r}", hint)


def resolve(config: AgentConfig) -> Preset:
    """A custom agent as a program. UserError for a provider that nobody knows, or without a command."""
    base = _base(config)
    same = PurePosixPath(config.command or base.command).name == base.command
    made = replace(
        base,
        name=config.name,
        command=config.command or base.command,
        env={**base.env, **config.env},
        wrapper=config.exec_wrapper,
        install=base.install if same else "",
        instructions=config.instructions or base.instructions,
    )
    if config.args is not None:
        made = _with_args(made, config.args)
    if config.prompt_mode == "none":
        made = replace(made, lines=_unprompted(made.lines))
    if config.ready_prefix and not made.screen.ready:
        ready = f"^{re.escape(config.ready_prefix.rstrip())}"
        made = replace(made, screen=replace(made.screen, ready=(ready,)))
    return _with(made, made.model, "{model}", config.model)


def text_of(config: AgentConfig) -> str:
    """What a person allows by its hash: all that decides what is run; empty when that is a plain preset."""
    own = config.command not in ("", *(each.command for each in presets.presets().values()))
    if not (own or config.args or config.env or config.exec_wrapper):
        return ""
    words = [*config.exec_wrapper, config.command, *(config.args or ())]
    return f"agent\0{json.dumps([config.provider, words, sorted(config.env.items())])}"


def shown(config: AgentConfig) -> str:
    """What a custom agent says itself, as people read it: its variables, its command and its args."""
    env = [f"{key}={shlex.quote(value)}" for key, value in config.env.items()]
    command = config.command or config.provider or config.name
    return " ".join((*env, shlex.join((*config.exec_wrapper, command, *(config.args or ())))))


def line_of(config: AgentConfig, program: Preset) -> str:
    """The command of a custom agent with all that is always said to it, as people read it."""
    env = [f"{key}={shlex.quote(value)}" for key, value in config.env.items()]
    return " ".join((*env, shlex.join((*program.wrapper, program.command, *program.args))))


def missing(program: Preset) -> str:
    """Why it can't be started on this machine and how to get it; empty when it can."""
    first = program.wrapper[0] if program.wrapper else program.command
    if shutil.which(first) is not None:
        return ""
    if program.install and not program.wrapper:
        return f"{first} is not installed here; install it: {program.install}"
    return f"{first} is not installed here; put it on the PATH, or mend agents.{program.name} of the settings"


def mode_flags(program: Preset, permissions: Permissions, worktree: Path) -> tuple[str, ...]:
    """The words that give it its permissions: in a sandbox it may write the worktree and what git writes."""
    if permissions == "autonomous":
        return program.autonomous
    return (*program.sandbox, *root_flags(program, worktree))


def root_flags(program: Preset, worktree: Path) -> tuple[str, ...]:
    """The words that let its sandbox write what git writes for a commit in that worktree."""
    roots = ",".join(json.dumps(str(root)) for root in git_folders(worktree))
    return tuple(word.replace("{roots}", roots) for word in program.sandbox_roots) if roots else ()


def git_folders(worktree: Path) -> tuple[Path, ...]:
    """Where git keeps what belongs to a linked worktree, its own folder and that of all; nothing when the
    worktree has all of it. Both are named: a sandbox may guard the first inside the second.
    """
    try:
        said = (worktree / ".git").read_text("utf-8")
        folder = worktree / said.removeprefix("gitdir:").strip()
        common = folder / (folder / "commondir").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ()
    return folder.resolve(), common.resolve()


def _base(config: AgentConfig) -> Preset:
    """The preset whose behaviour a custom agent has."""
    all_ = presets.presets()
    if config.provider:
        if config.provider not in all_:
            near = get_close_matches(config.provider, all_, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(all_)}"
            raise UserError(f"agents.{config.name}.provider: no preset {config.provider!r}", hint)
        return all_[config.provider]
    if not config.command:
        if config.name in all_:
            return all_[config.name]
        raise UserError(
            f"agents.{config.name} has no command", f'gt config agent set {config.name} "COMMAND"'
        )
    first = PurePosixPath(config.command).name
    named = (each for each in all_.values() if first in (each.command, each.name))
    return next(named, None) or Preset(command=config.command, lines=_WHOLE, results="text")


def _with_args(program: Preset, args: tuple[str, ...]) -> Preset:
    """The args of a custom agent in place of the preset's: none at all when there are none; else what the
    preset can't do without stays, and nothing is said twice.
    """
    if not args:
        return replace(program, args=(), autonomous=())
    given = _without(_without(args, program.autonomous), program.args)
    autonomous = () if set(program.autonomous[:1]).intersection(given) else program.autonomous
    return replace(program, args=(*program.args, *given), autonomous=autonomous)


def _without(args: tuple[str, ...], part: tuple[str, ...]) -> tuple[str, ...]:
    """The words without `part`, where it stands in them in one piece."""
    for at in range(len(args) - len(part) + 1):
        if part and args[at : at + len(part)] == part:
            return (*args[:at], *args[at + len(part) :])
    return args


def _with(program: Preset, words: tuple[str, ...], mark: str, value: str) -> Preset:
    """The program with one more thing to say, unless its args say it already."""
    if not value or not words or set(words[:1]).intersection(program.args) - {"-c"}:
        return program
    return replace(program, args=(*program.args, *(word.replace(mark, value) for word in words)))


def _unprompted(lines: Lines) -> Lines:
    """The lines without first words, for a program that takes none there: they are typed into it."""
    start = tuple(presets.words(lines.start, (FLAGS,), "{id}"))
    resume = tuple(presets.words(lines.resume, (FLAGS,), "{id}"))
    return replace(lines, start=start, resume=resume)


def base_of(config: AgentConfig) -> str:
    """The preset whose behaviour a custom agent has; empty: none. UserError as `resolve`."""
    return _base(config).name
