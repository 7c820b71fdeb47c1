"""Answer a message."""

from __future__ import annotations

from gtlib.actions.send import send
from gtlib.model.message import Message
from gtlib.rules.post import Letter
from gtlib.rules.post import find_visible
from gtlib.store.town import Town


def reply(town: Town, text: str, body: str, actor: str, subject: str = "") -> Message:
    """The answer, in the same thread and of the same priority, to whoever sent the message that `text` means;
    to those whom it went to when that was the actor. `Re: ` stands before its subject once.

    UserError when there is no such message for the actor, or nobody to answer.
    """
    original = find_visible(town.snapshot(), text, actor).message
    to = original.to if original.sender in ("", actor) else (original.sender,)
    said = subject or original.subject
    letter = Letter(
        to=to,
        subject=said if subject or said.lower().startswith("re:") else f"Re: {said}",
        body=body,
        priority=min(original.priority, 3),
        type="reply",
        reply_to=original.id,
    )
    return send(town, letter, actor)
