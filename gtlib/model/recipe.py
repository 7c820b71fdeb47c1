"""The recipe of a molecule: how its steps are done, a line of JSON for each that needs more than a box."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from functools import lru_cache
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import keyed_text
from gtlib.model.cooked import CStep
from gtlib.model.keyed_text import Block
from gtlib.model.keyed_text import Keyed
from gtlib.names import StepId

OPENING = "```json"
CLOSING = "```"

_decode = msgspec.json.Decoder(CStep).decode
_encode = msgspec.json.Encoder().encode


def write(steps: Iterable[CStep], *, every: bool = False) -> str:
    """The text of `## Recipe`; title, text and needs stay out of it, as the task list or the beads have them.

    Steps with nothing else are left out, too, unless `every`: a poured molecule has its order from here.
    """
    lines = []
    for step in steps:
        bare = replace(step, title="", text="", needs=())
        if every or bare != CStep(id=step.id):
            lines.append(_encode(bare).decode())
    return "\n".join((OPENING, *lines, CLOSING)) if lines else ""


@lru_cache(maxsize=64)
def read(text: str) -> MappingProxyType[StepId, CStep]:
    """The steps of a recipe that was checked when its file was read."""
    return MappingProxyType({step.id: step for _, step in _entries("", text.split("\n"), 1)})


def check(path: str, lines: list[str], first_line: int) -> None:
    """FileError for the first line that is no step in JSON, or one of a step that stands twice."""
    _check(path, "\n".join(lines), first_line)


# A recipe seldom changes, and its molecule is read several times for each step that is done.
@lru_cache(maxsize=8)
def _check(path: str, text: str, first_line: int) -> None:
    lines = text.split("\n")
    seen: dict[StepId, int] = {}
    parents: dict[StepId, StepId] = {}
    for number, step in _entries(path, lines, first_line):
        for each in (step, *step.body, *(step.fan.body if step.fan else ())):
            try:
                names.step_id(each.id)
            except UserError as error:
                raise FileError(path, number, error.what, error.hint) from None
        if step.id in seen:
            what = f"the recipe of step {step.id} stands twice (first in line {seen[step.id]})"
            raise FileError(path, number, what, "keep one of the two lines")
        seen[step.id] = number
        parents[step.id] = step.parent
    for id in parents:
        trail: dict[StepId, None] = {}
        above = id
        while above and above not in trail:
            trail[above] = None
            above = parents.get(above, StepId(""))
        if above:
            what = f"the parents of step {id} go round in a circle: {' -> '.join((*trail, above))}"
            raise FileError(path, seen[id], what, "take one of these parents out")


def _entries(path: str, lines: list[str], first_line: int) -> Iterator[tuple[int, CStep]]:
    for number, line in enumerate(lines, first_line):
        said = line.strip()
        if not said or said in (OPENING, CLOSING):
            continue
        try:
            yield number, _decode(said)
        except msgspec.MsgspecError as error:
            hint = 'write {"id": "step", "run": ["program", "argument"]} on a line of its own, or remove it'
            raise FileError(path, number, f"not a step in JSON: {error}", hint) from None


# Merging: a line is its step's, and in a poured molecule their order is that of the steps.


def _blocks(text: str) -> list[Block]:
    found = [Block()]
    for line in keyed_text.lines_of(text or f"{OPENING}\n{CLOSING}"):
        said = line.strip()
        if said == CLOSING:
            found.append(Block(CLOSING, line, CLOSING))
        elif not said or said == OPENING:
            found[-1] = found[-1]._replace(tail=found[-1].tail + line)
        else:
            ((_, step),) = _entries("", [line], 1)
            # as it stands: it may hold keys that are none of ours
            found.append(Block(step.id, line, msgspec.json.decode(said)))
    return found


def _finished(text: str, sides: tuple[str, str]) -> str:
    check("", text.split("\n"), 1)
    return text if read(text) or "" not in sides else ""


KEYED = Keyed(_blocks, _finished)
