"""Ask an earlier session: through a fork of it, which leaves it as it is, or else from its transcript."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from typing import Literal

from msgspec import Struct

from gtlib import framing
from gtlib.actions.which_runtime import allowed_program
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.seance import Past
from gtlib.runtimes import argv
from gtlib.runtimes import environ
from gtlib.runtimes import programs
from gtlib.runtimes import transcripts
from gtlib.runtimes.base import OWN
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.turn import Limits
from gtlib.runtimes.turn import run_turn
from gtlib.store.reading import read
from gtlib.system.process import Proc

SECONDS: Final = 300.0
LOG: Final = "seance.log"
TURNS: Final = 6
ANSWER_CHARS: Final = 16_000
LINE_CHARS: Final = 400
MATCHES: Final = 20
# What tells our hooks in the program that nobody is at work.
ASKS: Final = "GT_SEANCE"
_WORD: Final = re.compile(r"\w{4,}")
HINT: Final = "its commits and the bead's comments say what it did"
ASKED: Final = (
    "[gt] A successor of yours asks about the session so far. Answer from what you know, in a few lines. "
    "Run nothing and change nothing: you are a copy, and your work goes on elsewhere.\n\n"
)


class Answer(Struct, frozen=True, kw_only=True):
    """What came of a question: the session's own answer, or (`how` is transcript) what of it may say it, and
    `why` it could not be asked itself.
    """

    session: str
    address: str
    bead: str
    how: Literal["asked", "transcript"]
    text: str
    why: str = ""


def ask(root: Path, past: Past, question: str, *, seconds: float = SECONDS) -> Answer:
    """What that session says to the question, within so many seconds.

    Raises UserError when its program is unknown, may not run here or kept nothing of it here.
    """
    snapshot = read(root)
    session = past.session
    program = _program(root / ".git" / "gt", snapshot, past)
    if not session.native:
        raise UserError(
            f"{session.id} has no id with {session.runtime}: it can't be asked",
            HINT,
        )
    spec = _spec(root, past, program)
    env = {key: value for key, value in environ.whole(spec, os.environ).items() if not key.startswith("GT_")}
    env |= {ASKS: "1", "GT_SESSION": spec.session}
    text, why = _fork(spec, program, session.native, question, env, seconds)
    if not why:
        return _answer(past, "asked", text, "")
    said = _from_transcript(program, session.native, spec.worktree, env, question)
    if not said:
        raise UserError(
            f"{session.id} can't be asked ({why}), and {program.name} keeps no transcript of it here", HINT
        )
    return _answer(past, "transcript", said, why)


def framed(answer: Answer) -> str:
    """The answer as a model is shown it."""
    mark = framing.boundary()
    what = (
        f"answer of session {answer.session}" if answer.how == "asked" else f"transcript of {answer.session}"
    )
    return f"{framing.explain(mark)}\n\n{framing.frame(what, answer.text, mark)}"


def _answer(past: Past, how: Literal["asked", "transcript"], text: str, why: str) -> Answer:
    said = framing.clean(text).strip()
    if len(said) > ANSWER_CHARS:
        said = f"... {said[-ANSWER_CHARS:]}" if how == "transcript" else f"{said[:ANSWER_CHARS]} ..."
    return Answer(
        session=past.session.id, address=past.address, bead=past.session.bead, how=how, text=said, why=why
    )


def _program(local: Path, snapshot: Snapshot, past: Past) -> Preset:
    name = past.session.runtime
    if name in OWN:
        raise UserError(f"{past.session.id} was a session of {name or 'no program'}: it can't be asked", HINT)
    agent = snapshot.agent(past.address)
    return allowed_program(local, snapshot, agent.rig if agent else "", name)


def _spec(root: Path, past: Past, program: Preset) -> Spec:
    """A copy stands where the session stood: some programs look for it there."""
    folder = root / past.address
    return Spec(
        town=root,
        address=Address(past.address),
        bead=ItemId(""),
        session=f"seance-{secrets.token_hex(4)}",
        worktree=folder if (folder / ".git").exists() else root,
        log=root / ".git" / "gt" / "logs" / LOG,
        program=program,
    )


def _fork(
    spec: Spec, program: Preset, native: str, question: str, env: Mapping[str, str], seconds: float
) -> tuple[str, str]:
    """(answer, why there is none)."""
    why = programs.missing(program) if program.lines.fork else f"{program.name} can't copy a session"
    if why:
        return "", why
    limits = Limits(silent=seconds, long=seconds)
    try:
        line = argv.fork(program, native, ASKED + question)
        turn = run_turn(
            line, spec.worktree, env, format=program.results, log=spec.log, limits=limits,
            on_start=_nothing, on_native=_nothing,
        )  # fmt: skip
    except UserError as error:
        return "", error.what
    if turn.error or not turn.result.text:
        return "", turn.error or f"{program.name} said nothing"
    return turn.result.text, ""


def _nothing(what: Proc | str) -> None:
    """Nobody waits for it."""


def _from_transcript(program: Preset, native: str, cwd: Path, env: Mapping[str, str], question: str) -> str:
    """The last turns of the session, and what else in it shares words with the question; empty for none."""
    path = transcripts.find(program, native, cwd, env)
    if path is None:
        return ""
    try:
        every = transcripts.tail(program, path, transcripts.MOST_SAID)
    except OSError:
        return ""
    starts = [number for number, (who, _) in enumerate(every) if who == "user"]
    last = starts[-TURNS] if len(starts) >= TURNS else 0
    words = {word.lower() for word in _WORD.findall(question)}
    hits = [
        (len(words.intersection(word.lower() for word in _WORD.findall(line))), who, line)
        for who, text in every[:last]
        for line in text.splitlines()
    ]
    best = sorted((hit for hit in hits if hit[0]), key=lambda hit: -hit[0])[:MATCHES]
    parts = [f"{who}: {' '.join(line.split())[:LINE_CHARS]}" for _, who, line in best]
    ends = [f"{who}: {text}" for who, text in every[last:]]
    head = ["Lines that share words with the question:", *parts, ""] if parts else []
    return "\n".join([*head, "The last turns:", *ends]) if ends or parts else ""
