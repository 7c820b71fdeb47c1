"""Whether what a commit message names is there: ids, steps and addresses, looked up in git's index."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from difflib import get_close_matches

from gtlib import layout
from gtlib.errors import FileError
from gtlib.model import kinds
from gtlib.model import recipe
from gtlib.model.agent import Agent
from gtlib.model.board import FOLDERS
from gtlib.model.check import Finding
from gtlib.model.molecule import Molecule
from gtlib.model.trailer_check import Question
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.store.staged import Staged

_MOST_NAMED = 12
_ALWAYS = ("overseer", "mayor", "deacon")
_OF_A_RIG = ("witness", "refinery")


def answer(index: Staged, questions: Sequence[Question], speaker: str) -> Iterator[Finding]:
    """What is not there, of all that the trailers name. `speaker` is whose hook a bare step is about."""
    ids = [question.value for question in questions if question.kind == "item"]
    missing = index.missing(ids) if ids else ()
    for question in questions:
        if question.kind == "step":
            yield from _step(index, question, speaker)
        elif question.kind == "address":
            yield from _address(index, question)
        elif question.value in missing:
            yield question.refuse(f"{question.value} does not exist", "look for its id with: bd list")


def _step(index: Staged, question: Question, speaker: str) -> Iterator[Finding]:
    value = question.value
    for at in (at for at, char in enumerate(value) if char == "."):
        molecule = _molecule(index, value[:at])
        if molecule is not None:
            yield from _in_molecule(question, molecule, value[at + 1 :])
            return
    if not index.holds(layout.TOWN_CONFIG):
        return  # whose hook it is about, only a town can tell
    who = speaker or "overseer"
    agent = _parsed(index, layout.path_of_agent(Address(who)))
    on_hook = agent.hook.molecule if isinstance(agent, Agent) and agent.hook else ItemId("")
    molecule = _molecule(index, on_hook) if on_hook else None
    if molecule is None:
        what = f"{who} has no molecule on the hook"
        yield question.refuse(what, f"write {question.key}: <molecule>.{value}")
    else:
        yield from _in_molecule(question, molecule, value)


def _in_molecule(question: Question, molecule: Molecule, step: str) -> Iterator[Finding]:
    steps = recipe.read(molecule.recipe) if molecule.poured else [each.id for each in molecule.steps]
    if step not in steps:
        near = get_close_matches(step, steps, n=1)
        some = ", ".join(list(steps)[:_MOST_NAMED]) + (", ..." if len(steps) > _MOST_NAMED else "")
        hint = f"write {question.key}: {molecule.id}.{near[0]}" if near else f"its steps are {some}"
        yield question.refuse(f"{molecule.id} has no step {step!r}", hint)


def _address(index: Staged, question: Question) -> Iterator[Finding]:
    if not index.holds(layout.TOWN_CONFIG):
        return
    address = question.value.rstrip("/")
    if address.startswith("@") or "*" in address:
        return  # whom it fits is seen when it is sent
    kind, colon, board = address.partition(":")
    if colon:
        if not index.holds(f"mail/{FOLDERS[kind]}/{board}.md"):
            yield question.refuse(f"no {kind} {board!r}", f"gt mail {kind} list shows what there is")
        return
    rig, _, name = address.partition("/")
    paths = [f"agents/{each}.md" for each in (address, f"{rig}/polecats/{name}", f"{rig}/crew/{name}")]
    paths += [f"mail/{FOLDERS[each]}/{address}.md" for each in ("group", "queue", "channel") if not name]
    if name in _OF_A_RIG:
        paths.append(layout.path_of_rig(rig))
    if address not in _ALWAYS and not index.holds(*paths):
        yield question.refuse(f"unknown address {address!r}", "see gt agents")


def _molecule(index: Staged, id: str) -> Molecule | None:
    found = _parsed(index, layout.path_of_molecule(ItemId(id)))
    return found if isinstance(found, Molecule) else None


def _parsed(index: Staged, path: str) -> object:
    """None when it is not there or does not parse: that is for another check to say."""
    (data,) = index.objects([f":{path}"])
    try:
        return kinds.parse(path, data.decode("utf-8", "replace")) if data is not None else None
    except FileError:
        return None
