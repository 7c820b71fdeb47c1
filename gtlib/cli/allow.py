"""`gt allow`: what may run on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from gtlib import clock
from gtlib import output
from gtlib.actions.allow import Runnable
from gtlib.actions.allow import allow
from gtlib.actions.allow import waiting
from gtlib.actions.unblock import unblock
from gtlib.actions.who import speaker
from gtlib.cli.command import command
from gtlib.runtimes.holder import holder
from gtlib.store.town import Town

KEYS = ("path", "name", "command")


@command(
    "allow",
    help={"path": "a rig.yaml, a formula or .pre-commit-config.yaml; without it: list what waits"},
    example="gt allow myproject/rig.yaml",
)
def allow_(path: str = "", *, json: bool = False) -> None:
    """Allow the commands of a file to run on this machine."""
    town = Town.find(Path.cwd())
    cwd = Path.cwd()
    found = allow(town, path, cwd, speaker(town.root, cwd, os.environ)) if path else waiting(town)
    for rig in {each.path.removesuffix("/rig.yaml") for each in found if path}:
        unblock(town, rig, clock.stamp(clock.now()))
    if json:
        output.json_out([{key: getattr(each, key) for key in KEYS} for each in found])
        return
    if not found:
        output.line("nothing waits to be allowed on this machine")
        return
    for number, each in enumerate(found):
        if number == 0 or found[number - 1].path != each.path:
            output.line(f"{each.path}: {'' if path else 'not '}allowed on this machine")
        _show(each)
    paths = list(dict.fromkeys(each.path for each in found))
    output.next_steps(_after(town, paths) if path else [f"gt allow {each}" for each in paths])


def _show(each: Runnable) -> None:
    first, *rest = visible(each.command).rstrip("\n").split("\n")
    output.line(f"  {visible(each.name)}: {first}")
    for line in rest:
        output.line(f"    {line}")


def visible(text: str) -> str:
    """Text with what a terminal would act on or leave out written as escapes: here nothing may hide."""
    return "".join(c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _after(town: Town, paths: list[str]) -> list[str]:
    if holder(town.local) is None:
        return ["gt up"]
    rigs = [path.removesuffix("/rig.yaml") for path in paths if path.endswith("/rig.yaml")]
    return [f"gt mq list {rig}" for rig in rigs] or ["gt hooks list"]
