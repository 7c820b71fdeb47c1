"""What lies unread in a mailbox, and how a model is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gtlib.framing import clean
from gtlib.framing import explain
from gtlib.framing import frame
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.output import count

URGENT, HIGH = 0, 1
SUBJECT_LIMIT = 200
LEAST_BODY = 80  # a body that is cut shows at least so much, else its message waits for the next time

TOLD = (
    (
        "Urgent mail ({}). STOP what you are doing, read it now and act on it before anything else.",
        range(URGENT, HIGH),
    ),
    (
        "Mail of high priority ({}). Finish the task that you are at, then deal with it before you go idle.",
        range(HIGH, HIGH + 1),
    ),
    (
        "Mail ({}), for your information: it interrupts nothing. Go on with your work.",
        range(HIGH + 1, 100),
    ),
)


class Told(Struct, frozen=True):
    """What a model is shown, and the ids of the messages that stand in it: these it has then seen."""

    text: str
    ids: tuple[ItemId, ...]


def unread(snapshot: Snapshot, address: str) -> tuple[tuple[str, Message], ...]:
    """The (path, message) of each unread message: urgent ones, then high ones, of each the oldest first."""
    found = snapshot.mail(address, "new")
    return tuple(sorted(found, key=lambda each: (min(each[1].priority, HIGH + 1), each[1].sent, each[1].id)))


def reminder(messages: Sequence[Message], mark: str, limit_chars: int, *, explained: bool = False) -> str:
    """The text of `tell` for these messages, "" for none."""
    return tell(messages, mark, limit_chars, explained=explained).text


def tell(messages: Sequence[Message], mark: str, limit_chars: int, *, explained: bool = False) -> Told:
    """Unread messages as a model is shown them, in the order given: an instruction for each priority there
    is, then each message as data behind `mark`. `explained`: the document has said already what frames are.

    Over the limit bodies are cut, all to about the same length, and the command that shows the rest is
    named; what does not even fit so is only counted, and is not among the ids.
    """
    if not messages:
        return Told("", ())
    room = limit_chars - (0 if explained else len(explain(mark)) + 2) - len(_left(len(messages))) - 2
    room -= sum(len(line) + 16 for line, wanted in TOLD if any(each.priority in wanted for each in messages))
    shown: list[Message] = []
    for message in messages:
        least = len(_framed(message, mark, min(LEAST_BODY, _length(message)))) + 2
        if least > room:
            break
        room -= least
        shown.append(message)
    spare = [max(0, _length(message) - LEAST_BODY) for message in shown]
    bodies = [LEAST_BODY + more for more in _shares(spare, room)]
    parts = [] if explained else [explain(mark)]
    for line, wanted in TOLD:
        found = [pair for pair in zip(shown, bodies, strict=True) if pair[0].priority in wanted]
        if found:
            parts.append(line.format(count(len(found), "message")))
            parts += [_framed(message, mark, size) for message, size in found]
    if len(shown) < len(messages):
        parts.append(_left(len(messages) - len(shown)))
    return Told("\n\n".join(parts) + "\n", tuple(message.id for message in shown))


def _left(number: int) -> str:
    return f"{count(number, 'more message')} unread: gt mail inbox -u"


def _length(message: Message) -> int:
    return len(clean(message.body).strip())


def _framed(message: Message, mark: str, size: int) -> str:
    """The message with at most `size` characters of its body."""
    subject = " ".join(clean(message.subject).split())
    if len(subject) > SUBJECT_LIMIT:
        subject = subject[:SUBJECT_LIMIT] + "..."
    body = clean(message.body).strip()
    head = f"From: {' '.join(clean(message.sender).split())[:SUBJECT_LIMIT]}\nSubject: {subject}"
    cut = len(body) > size
    text = f"{head}\n\n{body[:size].rstrip()}" if body else head
    found = frame(f"message {message.id}", f"{text} ..." if cut else text, mark)
    return f"{found}\nThe message goes on: gt mail read {message.id}" if cut else found


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """How much of `room` each gets: as much as it wants, while the others get as much."""
    shares = [0] * len(wanted)
    for number, place in enumerate(sorted(range(len(wanted)), key=lambda place: wanted[place])):
        shares[place] = min(wanted[place], max(0, room) // (len(wanted) - number))
        room -= shares[place]
    return shares
