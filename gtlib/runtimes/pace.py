"""How often a session may ask its model: turns since a step was over, and turns in an hour."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from gtlib.runtimes.runs import State

STEADY: Final = 30
HOURLY: Final = 120
HOUR: Final = 3600.0


def ask(state: State, now: float) -> State:
    """A turn begins at `now`, in seconds since the epoch."""
    return replace(state, steady=state.steady + 1, asked=another(state.asked, now))


def another(times: tuple[int, ...], now: float) -> tuple[int, ...]:
    """Those of `times` that count still, and `now`."""
    return (*_lately(times, now), int(now))[-HOURLY:]


def reached(state: State, work: str, done: int) -> State:
    """So many steps of that work are over: more than ever, or of other work, counts the turns anew."""
    if work == state.work and done <= state.done:
        return state
    return replace(state, work=work, done=done, steady=0)


def too_many(state: State, now: float) -> str:
    """Why it may not be asked again for its work; empty when it may."""
    if state.steady >= STEADY:
        return f"{state.steady} turns in a row brought no step to its end"
    return too_often(state.asked, now)


def too_often(times: tuple[int, ...], now: float) -> str:
    """Why it may not be asked for anything; empty when it may. `times` are those of turns."""
    return f"{HOURLY} turns in less than an hour" if len(_lately(times, now)) >= HOURLY else ""


def _lately(times: tuple[int, ...], now: float) -> tuple[int, ...]:
    # A time to come is a clock that was set back since.
    return tuple(each for each in times if now - HOUR < each <= now)
