"""Send mail."""

from __future__ import annotations

import time

from gtlib import clock
from gtlib.actions.transition import transition
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.rules.post import Letter
from gtlib.rules.post import plan_send
from gtlib.store.town import Town


def send(town: Town, letter: Letter, actor: str) -> Message:
    """Put the letter into the mailbox of each recipient. UserError as `plan_send` says."""
    now = clock.stamp(clock.now())
    sent: list[Message] = []

    def plan(snapshot: Snapshot) -> Edit:
        message, edit = plan_send(snapshot, letter, actor, now, time.time_ns())
        sent.append(message)
        return edit

    transition(town, plan, actor)
    return sent[-1]
