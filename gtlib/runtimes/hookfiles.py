"""Where the programs' hook settings are written: never into a project's own file, never over a person's.

Most stand in the town's local folder and are named by a flag. What a program reads only from the worktree is
written there, untracked, and listed in the repository's own `info/exclude`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.runtimes import beside
from gtlib.runtimes import hookformats
from gtlib.runtimes import programs
from gtlib.runtimes.base import Spec
from gtlib.runtimes.beside import BEGIN
from gtlib.runtimes.beside import MODULE
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset
from gtlib.runtimes.presets import presets
from gtlib.system import git
from gtlib.system import process

FOLDER: Final = "hooks"  # below .git/gt
MANUAL: Final = "manual"  # tells our command that it stands in a file that sessions of ours read too
# What a program that a person starts by hand reads from the worktree, or from the repository that it is of.
UNTRACKED: Final[Mapping[str, str]] = {"claude": ".claude/settings.local.json", "codex": ".codex/hooks.json"}
_OF_REPOSITORY: Final = ".codex/hooks.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_INSTRUCTIONS: Final = f"""<!-- {MODULE}: written by gt for this worktree, no part of the project -->

You work in a town of agents. Run `gt prime` first, and again when you don't know any more what you are to do:
it says who you are and what is on your hook.
"""
_BYPASS: Final = ("--dangerously-bypass-hook-trust", "--no-daemon")


def install(spec: Spec) -> tuple[str, ...]:
    """Write the hook settings of the session's program; the words of its command line that name them.

    Nothing, and no words, for a program that has none, and where they can't stand (`problem` says why).
    """
    return () if spec.program is None else ensure(spec.town, spec.program, spec.worktree)


def problem(town: Path, program: Preset, worktree: Path) -> str:
    """Why the program can't have hooks there, so that its words are typed; empty when it can."""
    hooks = program.hooks
    if not hooks.format:
        return f"{program.name} has no hooks"
    if hooks.format not in hookformats.KNOWN:
        return f"gt can't write hooks of the format {hooks.format}"
    if hooks.place == "home":
        return f"gt changes no settings in a person's own {program.config_dir or 'folder'}"
    if hooks.place == "worktree":
        return _unfit(worktree, hooks.file)
    return ""


def ensure(town: Path, program: Preset, worktree: Path) -> tuple[str, ...]:
    """As `install`, for a program and a worktree. Once more changes nothing. UserError when a file can't be
    written.
    """
    hooks = program.hooks
    if not hooks.format:
        _instruct(town, program, worktree)
    if problem(town, program, worktree):
        return ()
    if hooks.place == "worktree":
        _write_in(town, worktree, hooks.file, _text(program))
        return hooks.flags
    if any("{event}" in word for word in hooks.flags):
        settings = [hookformats.flag(ours, theirs, _command()) for ours, theirs in hooks.events.items()]
        return tuple(word.replace("{event}", setting) for setting in settings for word in hooks.flags)
    file = _file(town, program)
    beside.write(file, _text(program))
    return tuple(word.replace("{file}", str(file)) for word in hooks.flags)


def _instruct(town: Path, program: Preset, worktree: Path) -> None:
    """What a program without hooks reads by itself, where the project has nothing of that name."""
    file = program.instructions
    if worktree == town or file not in _names() or _unfit(worktree, file):
        return
    _write_in(town, worktree, file, _INSTRUCTIONS)


def is_installed(town: Path, program: Preset, worktree: Path) -> bool:
    """Whether the files that the program's hooks need are there; true for one that needs none."""
    hooks = program.hooks
    if problem(town, program, worktree) or any("{event}" in word for word in hooks.flags):
        return True
    path = worktree / hooks.file if hooks.place == "worktree" else _file(town, program)
    return MODULE in beside.read(path)


def untracked(spec: Spec) -> tuple[Path, ...]:
    """Write what a program that a person starts in the worktree reads there; the files.

    They do nothing in a session of ours, which has settings of its own. Empty when none can stand there.
    """
    return () if spec.program is None else _untracked(spec.town, spec.program, spec.worktree)


def by_hand(town: Path, address: str, worktree: Path) -> tuple[str, ...]:
    """The same for every program that is known to read such settings; the lines that a person types, one a
    program, the plainest first.
    """
    known = [preset(name) for name in UNTRACKED]
    return tuple(
        _line(town, address, each, programs.mode_flags(each, "autonomous", worktree))
        for each in known
        if _untracked(town, each, worktree)
    )


def _untracked(town: Path, program: Preset, worktree: Path) -> tuple[Path, ...]:
    file = UNTRACKED.get(Path(program.command).name, "")
    if not file:
        ensure(town, program, worktree)
        path = worktree / program.hooks.file
        return (path,) if program.hooks.place == "worktree" and MODULE in beside.read(path) else ()
    where = _home(worktree, file)
    if _unfit(where, file):
        return ()
    text = hookformats.document(program.hooks.format, program.hooks.events, _command(), MANUAL)
    settings = json.loads(text)
    settings.pop("skipDangerousModePermissionPrompt", None)  # the person's to answer
    _write_in(town, where, file, json.dumps(settings, indent=2) + "\n")
    marker = worktree / Path(file).parts[0]
    if where != worktree and not marker.is_symlink():
        marker.mkdir(exist_ok=True)  # without this folder here it does not look there
    return (where / file,)


def line(spec: Spec) -> str:
    """What a person types in the worktree to start the program with our hooks; empty without program."""
    if spec.program is None:
        return ""
    flags = programs.mode_flags(spec.program, spec.permissions, spec.worktree)
    return _line(spec.town, spec.address, spec.program, flags)


def _line(town: Path, address: str, program: Preset, flags: Sequence[str]) -> str:
    built_in = presets().get(Path(program.command).name)
    given = program.env.items() - (built_in.env.items() if built_in is not None else ())
    own = [f"{key}={value}" for key, value in sorted(given)]
    words = [*program.wrapper, program.command, *program.args]
    if any("{event}" in word for word in program.hooks.flags):
        # It runs no hooks that nobody confirmed, and its own sandbox keeps it from committing, neither with
        # a word: so the whole line has to be typed.
        own = [f"GT_TOWN={town}", f"GT_ROLE={address}", *own]
        words += [*flags, *(flag for flag in _BYPASS if flag not in words)]
    path = _path()
    if not (own or path):
        return shlex.join(words)
    return " ".join(part for part in ("env", path, shlex.join([*own, *words])) if part)


def _path() -> str:
    """What puts our commands on the PATH, as a shell reads it; empty where they are found."""
    if shutil.which("gt") is not None:
        return ""
    return f'PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"'


def remove(town: Path, worktrees: Iterable[Path]) -> tuple[str, ...]:
    """Take out every hook file of ours; a person's own words in them stay. What was taken out."""
    gone = []
    for worktree in worktrees:
        for file in _names():
            path = _home(worktree, file) / file
            _drop_empty(worktree / _OF_REPOSITORY)
            if MODULE in beside.read(path):
                beside.take_out(path)
                gone.append(str(path))
        exclude = _exclude(worktree)
        if exclude is not None and BEGIN in beside.read(exclude):
            beside.write(exclude, beside.without(beside.read(exclude)))
    folder = town / ".git" / "gt" / FOLDER
    for path in sorted(folder.glob("*/*")):
        path.unlink()
        gone.append(str(path))
    return tuple(gone)


def _drop_empty(file: Path) -> None:
    """Remove the folder of a file of ours when nothing is in it."""
    folder = file.parent
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def _names() -> tuple[str, ...]:
    """Every file of ours that may stand in a worktree."""
    found = {each.hooks.file for each in presets().values() if each.hooks.place == "worktree"}
    found |= {each.instructions for each in presets().values() if not each.hooks.format}
    return (*sorted({*found, *UNTRACKED.values()} - {""}),)


def _command() -> list[str]:
    return process.python(MODULE)


def _text(program: Preset) -> str:
    return hookformats.document(program.hooks.format, program.hooks.events, _command())


def _file(town: Path, program: Preset) -> Path:
    name, file = program.name, program.hooks.file
    if not (_NAME.fullmatch(name) and _NAME.fullmatch(file)):
        raise UserError(
            f"{name or 'a runtime'} has no plain name for its hook file: {file!r}", "name it in its hooks"
        )
    return town / ".git" / "gt" / FOLDER / name / file


def _unfit(worktree: Path, file: str) -> str:
    """Why a file of ours can't stand in a worktree; empty when it can."""
    path = worktree / file
    if not file or os.path.isabs(file) or ".." in Path(file).parts:
        return f"{file!r} is no file of a worktree"
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(worktree)):
        return f"{file} leads out of the worktree"
    if git.run(["ls-files", "--", file], worktree, check=False).text:
        return f"{file} is the project's own"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return f"{file} is no plain file"
    text = beside.read(path)
    if text and MODULE not in text and not file.endswith(".json"):
        return f"{file} is somebody's own"
    return beside.unfit(path) if file.endswith(".json") else ""


def _write_in(town: Path, worktree: Path, file: str, text: str) -> None:
    """Write a file of a worktree beside what a person has there, and keep git from seeing it."""
    path = worktree / file
    with FileLock(town / ".git" / "gt" / FOLDER / "lock"):
        exclude = _exclude(worktree)
        if exclude is not None:
            beside.list_in(exclude, f"/{file}")
        beside.write(
            path,
            beside.joined(beside.bare(beside.loaded(path)), json.loads(text))
            if file.endswith(".json")
            else text,
        )


def _home(worktree: Path, file: str) -> Path:
    """Where a program looks for a file: in the worktree, or beside the repository that it belongs to."""
    common = _common(worktree) if file == _OF_REPOSITORY else None
    return common.parent if common is not None and common.name == ".git" else worktree


def _exclude(worktree: Path) -> Path | None:
    """The file of patterns that all worktrees of the repository share; None outside of one."""
    common = _common(worktree)
    return None if common is None else common / "info" / "exclude"


def _common(worktree: Path) -> Path | None:
    found = git.run(["rev-parse", "--path-format=absolute", "--git-common-dir"], worktree, check=False)
    return Path(found.text) if found.code == 0 else None
