"""What an agent is told, cut to a budget: what matters least is shortened first, and says how to see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from gtlib.framing import clean
from gtlib.framing import frame
from gtlib.model.message import Message
from gtlib.names import ItemId
from gtlib.rules.unread import tell

CHARACTERS: Final = 4  # of a token, about
BUDGET: Final = 2300  # tokens: programs cut what their hooks say at 10,000 characters
SMALLEST: Final = 200
_NOTE: Final = 60  # characters that it takes to say that something is cut
_ALL: Final = 1_000_000


class Section(Struct, frozen=True, kw_only=True):
    """One part of what an agent is told. `text` is ours or the person's, `data` what stands in beads, mail
    and the like: it is framed, named by `what`.

    `weight` 0: never cut; the higher, the sooner. `least` characters stay while anything else can be cut.
    `whole` is the command that shows all of it. `letters` are unread messages that it tells, instead of data;
    `mail` is the one that its data is.
    """

    key: str
    why: str
    title: str = ""
    text: str = ""
    data: str = ""
    what: str = ""
    whole: str = ""
    weight: int = 0
    least: int = 0
    letters: tuple[Message, ...] = ()
    mail: ItemId = ItemId("")


class Part(Struct, frozen=True, kw_only=True):
    """What became of a section: its size in characters, how many of them are shown, and why it is there."""

    key: str
    title: str
    why: str
    size: int
    shown: int
    whole: str = ""


class Fitted(Struct, frozen=True, kw_only=True):
    """The text, its parts, and the messages that it shows whole."""

    text: str
    parts: tuple[Part, ...] = ()
    mail: tuple[ItemId, ...] = ()


def fitted(sections: Sequence[Section], budget: int, mark: str) -> Fitted:
    """The sections as one text of at most `budget` tokens, if what is never cut leaves room.

    First everything is cut down to its `least`, then to nothing, then left out: what weighs most first.
    """
    most = max(budget, SMALLEST) * CHARACTERS
    pieces = [_Piece(section, mark) for section in sections]
    order = sorted((piece for piece in pieces if piece.section.weight), key=lambda each: -each.section.weight)
    for floor in (True, False):
        for piece in order:
            piece.shorten(_over(pieces, most), piece.section.least if floor else 0)
    for piece in order:
        if _over(pieces, most) > 0:
            piece.leave_out()
    return Fitted(
        text="\n\n".join(piece.text for piece in pieces if piece.text),
        parts=tuple(piece.part() for piece in pieces),
        mail=tuple(id for piece in pieces for id in piece.mail),
    )


def _over(pieces: Sequence[_Piece], most: int) -> int:
    """By how many characters the text is too long."""
    return sum(len(piece.text) + 2 for piece in pieces if piece.text) - 2 - most


class _Piece:
    """A section on its way into the text: what can be cut of it is its data, its letters, else its text."""

    def __init__(self, section: Section, mark: str) -> None:
        self.section = section
        self._mark = mark
        self._body = (
            tell(section.letters, mark, _ALL, explained=True).text.strip("\n")
            if section.letters
            else clean(section.data or section.text).strip("\n")
        )
        self._ahead = section.text if section.data or section.letters else ""
        self._keep = len(self._body)
        self._left = 0
        self.text = ""
        self.mail: tuple[ItemId, ...] = ()
        self._render()

    def shorten(self, over: int, least: int) -> None:
        """Leave out so many characters, but keep `least`."""
        note = _NOTE + len(self.section.whole)
        if over > 0 and self._keep - least > note:
            self._keep = max(least, self._keep - over - note)
            self._render()

    def leave_out(self) -> None:
        """Say nothing of it."""
        self._left, self.text, self.mail = len(self._body), "", ()

    def part(self) -> Part:
        """What became of it."""
        section, size = self.section, len(self._ahead) + len(self._body)
        shown = size - self._left if self.text else 0
        return Part(
            key=section.key, title=section.title, why=section.why, size=size, shown=shown, whole=section.whole
        )

    def _render(self) -> None:
        section = self.section
        if section.letters:
            part = self._letters()
        else:
            part = _cut(self._body, self._keep)
            self.mail = (section.mail,) if section.mail and len(part) == len(self._body) else ()
        self._left = max(0, len(self._body) - len(part))
        lines = [f"## {section.title}"] if section.title else []
        lines += [clean(self._ahead)] if self._ahead else []
        if part:
            lines.append(frame(section.what, part, self._mark) if section.data else part)
        if self._left and not (section.letters and part):  # cut letters say so themselves
            how = f": `{section.whole}`" if section.whole else ""
            lines.append(f"({self._left} characters {'more' if part else 'not shown'}{how})")
        self.text = "\n".join(lines)

    def _letters(self) -> str:
        whole = self._keep >= len(self._body)
        told = tell(self.section.letters, self._mark, _ALL if whole else self._keep, explained=True)
        self.mail = told.ids
        return told.text.strip("\n") if told.ids else ""


def _cut(text: str, size: int) -> str:
    """At most that many characters, to the end of a line or of a word where one is near."""
    if len(text) <= size:
        return text
    head = text[:size]
    for end in ("\n", " "):
        at = head.rfind(end)
        if at > size // 2:
            return head[:at].rstrip()
    return head
