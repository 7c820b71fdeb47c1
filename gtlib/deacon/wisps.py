"""Wisps in the deacon's round: those that waited for something go on, and once a day old ones go."""

from __future__ import annotations

from collections.abc import Callable

from gtlib.actions import compact
from gtlib.actions import wisp
from gtlib.errors import UserError
from gtlib.output import count
from gtlib.store.town import Town


def look(town: Town, say: Callable[[str], None], once: Callable[[str, str], None]) -> None:
    """One look: a town without wisps costs a look at a folder."""
    try:
        wisp.settle_all(town)
        done = compact.daily(town)
    except UserError as error:
        once("wisps", str(error))
        return
    if done is None:
        return
    for problem in done.broken:
        once(problem.path, str(problem))
    if done.ended:
        kept = sum(each.fate == "promote" for each in done.ended)
        say(f"{count(len(done.ended), 'wisp')} ended, {kept} of them as beads")
