"""The entrance for agents' programs: what their own hooks run, `python -P -m gtlib.runtimehook EVENT FORMAT`.

It never breaks the program: whatever goes wrong is written down, and nothing is said. What an ordinary call
needs is imported here, what the others need where they need it: a model waits for each of them.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from gtlib import lean  # noqa: F401  before what it makes faster

# isort: split
from msgspec.structs import replace

from gtlib.actions import hook_news
from gtlib.actions.hand_run import hand_run
from gtlib.actions.hook_whose import Whose
from gtlib.actions.hook_whose import note
from gtlib.actions.hook_whose import who
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.runtimes import hookformats
from gtlib.runtimes import nudges
from gtlib.runtimes import pace
from gtlib.runtimes import runs
from gtlib.runtimes.hookformats import Answer
from gtlib.runtimes.hookinput import Heard
from gtlib.runtimes.hookinput import hear
from gtlib.runtimes.runs import State

MANUAL = "manual"  # said by files that also sessions of ours read, which have hooks of their own
MOST = 1_000_000  # bytes of an event that are looked at
LOCK_SECONDS = 5.0
_NOTHING = Answer()
_BESIDE = (
    "[gt] Another session, {}, is at work in this folder. Change nothing here unless a person asks you to."
)
# What only a model that has read what it was shown brings about; what ends a session proves nothing.
_PROOFS = ("before_tool", "after_tool", "stop")
# Programs whose shells turn git hooks off, and those that are surely asked again when they are not to stop.
_WITHOUT_GIT_HOOKS = ("gemini",)
_HELD = ("claude", "gemini", "copilot")
_ACTIVITY = {
    "prompt": "busy", "before_tool": "busy", "after_tool": "busy", "compact": "busy",
    "stop": "idle", "stop_error": "idle", "interrupt": "idle", "end": "",
}  # fmt: skip


def main(argv: list[str]) -> int:
    """`argv`: event, format, and for files that sessions of ours read too the word manual."""
    whose: Whose | None = None
    try:
        event, format, *more = argv
        if MANUAL in more and os.environ.get("GT_SESSION"):
            return 0
        heard = hear(_input(), format)
        whose = who(os.environ, Path(heard.cwd or os.getcwd()))
        if whose is None:
            return 0
        said = serve(whose, event, heard, asked=bool(os.environ.get("GT_SEANCE")))
        out, err, code = hookformats.answer(format, event, said, heard.name)
    except Exception as error:  # noqa: BLE001 - a front door: the program goes on, the fault is written down
        note(whose, f"{' '.join(argv[:2])}: {_story(error)}")
        return 0
    sys.stdout.write(out)
    sys.stderr.write(err)
    if said.nudged:
        hook_news.note_shown(whose, said.nudged, shown=bool(out or err))
    return code


def serve(whose: Whose, event: str, heard: Heard, *, asked: bool = False) -> Answer:
    """Do what follows from an event, and say what the program is to be told.

    `asked`: it is an earlier session that is asked something, of which nothing is kept.
    """
    denied = Answer(deny=_guard(whose, heard)) if event == "before_tool" else _NOTHING
    if asked:
        return denied
    if not whose.session:
        whose = hand_run(whose, event, heard)
        if whose.beside:
            return Answer(context=_BESIDE.format(whose.beside)) if event == "start" else denied
    lock = FileLock(runs.path(whose.local, whose.address, ".state.lock"))
    if not lock.acquire(LOCK_SECONDS):
        note(whose, f"{event}: another hook of the session did not end")
        return denied
    try:
        before = _state(whose, event, heard)
        if event in _PROOFS:
            nudges.confirm(whose.local, whose.address, before.session)
            before = _count_as_read(whose, before) if before.unseen else before
        state, said = _EVENTS.get(event, _nothing)(whose, before, heard)
        kept = _keep(whose, state)
    finally:
        lock.release()
    if event in ("stop", "end"):
        _cost(whose, state)
    # What can't be counted could go on for ever.
    if said.block and not kept:
        return replace(said, block="", nudged="")
    return denied if denied.deny else said


def _state(whose: Whose, event: str, heard: Heard) -> State:
    """What is known of the session, with what this event itself says."""
    found = _kept(whose)
    same = found is not None and found.session == whose.session
    state = found if found is not None and same else State(session=whose.session)
    # What it says to itself because it may not stop was counted when that was refused.
    if event == "prompt" and (state.event, state.activity) != ("stop", "busy"):
        state = pace.ask(state, time.time())
    return replace(
        state,
        native=heard.native or state.native,
        transcript=heard.transcript or state.transcript,
        model=heard.model or state.model,
        activity=_ACTIVITY.get(event, state.activity),
        event=event,
        at=time.time(),
    )


def _kept(whose: Whose) -> State | None:
    try:
        return runs.read_state(whose.local, whose.address)
    except UserError as error:  # it is ours to write anew
        note(whose, str(error))
        return None


def _keep(whose: Whose, state: State) -> bool:
    try:
        runs.write_state(whose.local, whose.address, state)
    except OSError as error:
        note(whose, f"can't keep the state: {error.strerror}")
        return False
    return True


def _nothing(whose: Whose, state: State, heard: Heard) -> tuple[State, Answer]:
    return state, _NOTHING


def _start(whose: Whose, state: State, heard: Heard) -> tuple[State, Answer]:
    from gtlib.actions.prime import prime_or_fault  # reads the town and its prompts

    source = heard.source if heard.source in ("resume", "clear", "compact") else "startup"
    told = prime_or_fault(whose.root, whose.address, source=source, session=whose.session)
    if source == "compact":
        return replace(state, unseen=told.mail), Answer(context=told.text)
    if whose.by_hand:
        _by_hand(whose, state, over=False)
    fresh = replace(state, activity="idle", shown=told.mail, unseen=told.mail, refused=0, stood="")
    return fresh, Answer(context=told.text)


def _prompt(whose: Whose, state: State, heard: Heard) -> tuple[State, Answer]:
    return _tell(whose, replace(state, turns=state.turns + 1))


def _after_tool(whose: Whose, state: State, heard: Heard) -> tuple[State, Answer]:
    if heard.format in _WITHOUT_GIT_HOOKS and "commit" in heard.command:
        from gtlib.actions.hook_events import catch_up  # opens libgit2

        fault = catch_up(whose.root, whose.address)
        if fault:
            note(whose, f"after_tool: {fault}")
    return _tell(whose, state) if hook_news.is_news(whose, state.shown) else (state, _NOTHING)


def _tell(whose: Whose, state: State) -> tuple[State, Answer]:
    from gtlib.actions import hook_events  # as above

    told = hook_events.news(whose.root, whose.local, whose.address, state.session, state.shown)
    known = (*state.shown, *told.mail)[-500:]
    state = replace(state, shown=known, unseen=(*state.unseen, *told.mail))
    return state, Answer(context=told.text, nudged=state.session if told.nudged else "")


def _stop(whose: Whose, state: State, heard: Heard) -> tuple[State, Answer]:
    from gtlib.actions import hook_events  # as above
    from gtlib.rules.stop import MOST as MOST_REFUSED
    from gtlib.rules.stop import reached

    found = hook_events.may_stop(whose.root, whose.local, whose.address, whose.session, state.stood)
    refused = state.refused if state.stood == found.stood else 0
    state = pace.reached(replace(state, stood=found.stood, refused=refused), *reached(found.stood))
    too_many = pace.too_many(state, state.at)
    held = heard.format in _HELD and not pace.too_often(state.asked, state.at)
    words = ""
    if held:
        words = hook_events.nudged_now(whose.local, whose.address, state.session, found.mark)
    why = "" if too_many or refused >= MOST_REFUSED or _is_talk(whose, state) else found.why
    if found.why and not why and (refused == MOST_REFUSED or (too_many and refused < MOST_REFUSED)):
        note(whose, f"stop: {too_many or f'{refused} refusals brought no progress'}, so it may")
        state = replace(state, refused=MOST_REFUSED + 1)
    if why:
        state = replace(state, refused=refused + 1)
    if not (why or words):
        return state, _NOTHING
    said = Answer(
        block="\n\n".join(part for part in (words, why) if part), nudged=state.session if words else ""
    )
    return pace.ask(replace(state, activity="busy"), state.at), said


def _end(whose: Whose, state: State, heard: Heard) -> tuple[State, Answer]:
    if whose.by_hand:
        _by_hand(whose, state, over=True)
    return state, _NOTHING


def _is_talk(whose: Whose, state: State) -> bool:
    """Whether a person speaks with it: crew that were asked more than what they were started with."""
    return "/crew/" in whose.address and (whose.by_hand or state.turns > 1)


def _by_hand(whose: Whose, state: State, *, over: bool) -> None:
    """A session that a person started stands in the agent's file as others do."""
    from gtlib.actions.by_hand import begun  # opens libgit2
    from gtlib.actions.by_hand import ended

    try:
        if over:
            ended(whose.root, whose.address, whose.session, state.native)
        elif (run := runs.read(whose.local, whose.address)) is not None and run.session == whose.session:
            begun(whose.root, whose.address, run.session, run.native, run.runtime)
    except UserError as error:
        note(whose, f"{state.event}: {error}")


def _count_as_read(whose: Whose, state: State) -> State:
    """Mail that was shown before is read by now. What can't be written down is tried again."""
    from gtlib.actions.seen import seen  # opens libgit2, only after mail
    from gtlib.store.town import Town

    try:
        seen(Town.open(whose.root), whose.address, state.unseen)
    except UserError as error:
        note(whose, f"mail counts as unread still: {error}")
        return state
    return replace(state, unseen=())


def _guard(whose: Whose, heard: Heard) -> str:
    if not heard.command:
        return ""
    from gtlib.actions.guarded import guarded  # only for shells
    from gtlib.rules.guard import is_readable

    why = guarded(whose.root, whose.address, heard.tool, heard.command, heard.cwd)
    if why:
        note(whose, f"{why[:200]!r} for {heard.command[:500]!r}")
    elif not is_readable(heard.command):
        note(whose, f"let through unread: {heard.command[:500]!r}")
    return why


def _cost(whose: Whose, state: State) -> None:
    if not state.transcript:
        return
    from gtlib.actions.costs import record_transcript  # reads what the program wrote

    record_transcript(whose.local, whose.address, state)


_EVENTS = {"start": _start, "prompt": _prompt, "after_tool": _after_tool, "stop": _stop, "end": _end}


def _input() -> bytes:
    """What the program says; read to its end, or it would be told that nobody listens."""
    if sys.stdin.isatty():
        return b""
    found = sys.stdin.buffer.read(MOST)
    while sys.stdin.buffer.read(MOST):
        pass
    return found


def _story(error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    import traceback  # reads sources, which a hook that works need not pay for

    return "".join(traceback.format_exception(error))


if __name__ == "__main__":
    # A model waits for it: taking the interpreter apart at the end is not worth a tenth of it.
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
