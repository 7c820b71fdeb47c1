"""Carry out many changes written line by line."""

from __future__ import annotations

import time

from gtlib import clock
from gtlib.actions.carry_out import carry_out
from gtlib.rules.batch import Asked
from gtlib.rules.batch import Made
from gtlib.rules.batch import lines_of
from gtlib.rules.batch import plan_batch
from gtlib.store.town import Town


def batch(town: Town, text: str, prefix: str, actor: str) -> tuple[Made, ...]:
    """What each line did, all in one commit. UserError, with the line's number, when one is refused."""
    lines = lines_of(text)
    asked = Asked(actor, clock.stamp(clock.now()), prefix, time.time_ns())
    return carry_out(town, lambda snapshot: plan_batch(snapshot, lines, asked), actor)[0]
