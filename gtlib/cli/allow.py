"""`gt allow`: what may run on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path

from gtlib import clock
from gtlib import output
from gtlib.actions.allow import Runnable
from gtlib.actions.allow import brought
from gtlib.actions.allow import permit
from gtlib.actions.allow import waiting
from gtlib.actions.unblock import unblock
from gtlib.actions.who import speaker
from gtlib.cli.command import command
from gtlib.cli.options import short
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town


@command(
    "allow",
    short={"yes": "y"},
    help={
        "path": "a formula, an overlay, a molecule, a rig.yaml, a gate, .pre-commit-config.yaml or "
        "settings/config.json; without it: list what waits",
        "yes": "don't ask: you have read it",
    },
    example="gt allow myproject/rig.yaml",
)
def allow_(path: str = "", *, yes: bool = False, json: bool = False) -> None:
    """Show what a file would run, and allow it on this machine; off a terminal only with --yes."""
    cwd = Path.cwd()
    town = Town.find(cwd)
    if not path:
        _list(waiting(town), json)
        return
    found = brought(town, path, cwd, speaker(town.root, cwd, os.environ))
    asked = not yes and any(not each.allowed for each in found)
    if asked and (json or not _on_terminal()):
        what = f"nobody can be asked here whether {visible(found[0].path)} may run its commands"
        raise UsageError(what, f"read them, then say: gt allow --yes {visible(found[0].path)}")
    if asked:
        for line in _lines(found, "would run on this machine", asked=True):
            output.line(line)
        _ask(found)
    permit(town, found)
    for rig in {each.path.removesuffix("/rig.yaml") for each in found if each.path.endswith("/rig.yaml")}:
        unblock(town, rig, clock.stamp(clock.now()))
    if json:
        output.json_out([_shape(each) for each in found])
        return
    for line in [f"{found[0].path}: allowed"] if asked else _lines(found, "allowed on this machine"):
        output.line(line)
    output.next_steps(_after(town, dict.fromkeys(each.path for each in found)))


def _list(found: Sequence[Runnable], json: bool) -> None:
    if json:
        output.json_out([_shape(each) for each in found])
        return
    if not found:
        output.line("nothing waits to be allowed on this machine")
        return
    for line in _lines(found, "not allowed on this machine"):
        output.line(line)
    output.next_steps([f"gt allow {each}" for each in dict.fromkeys(each.path for each in found)])


def _shape(each: Runnable) -> dict[str, object]:
    return {"path": each.path, "name": each.name, "command": each.command, "waiting": each.waiting}


def _on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(found: Sequence[Runnable]) -> None:
    """UserError unless the person says yes."""
    number = output.count(sum(not each.allowed for each in found), "command")
    try:
        said = input(f"allow {number} of {visible(found[0].path)}? [y/N] ")
    except EOFError:
        said = ""
    if said.strip().lower() not in ("y", "yes"):
        raise UserError("nothing was allowed", "say y to allow it")


def _lines(found: Sequence[Runnable], said: str, *, asked: bool = False) -> Iterable[str]:
    for number, each in enumerate(found):
        if number == 0 or found[number - 1].path != each.path:
            yield f"{visible(each.path)}: {said}"
        first, *rest = visible(each.command).rstrip("\n").split("\n")
        before = " (allowed before)" if asked and each.allowed else ""
        yield f"  {visible(each.name)}{before}: {first}"
        yield from (f"    {line}" for line in rest)
        if each.waiting:
            yield f"    waited for by {', '.join(short(who) for who in each.waiting)}"


def visible(text: str) -> str:
    """Text with what a terminal would act on or leave out written as escapes: here nothing may hide."""
    return "".join(c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _after(town: Town, paths: Iterable[str]) -> list[str]:
    if holder(town.local) is None:
        return ["gt up"]
    rigs = [path.removesuffix("/rig.yaml") for path in paths if path.endswith("/rig.yaml")]
    return [f"gt mq list {rig}" for rig in rigs] or ["gt hooks list"]
