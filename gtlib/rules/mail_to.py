"""Whom the words in `to` and `cc` of a message mean: agents, patterns, groups, lists, queues, channels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model.board import FOLDERS
from gtlib.model.board import Board
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER
from gtlib.rules.route import known_addresses
from gtlib.rules.route import look_up
from gtlib.rules.route import nearest

# what a word without a prefix may name besides an agent
BARE = ("group", "queue", "channel")
CROWDS = (
    *("@town", "@rig/<rig>", "@crew", "@crew/<rig>", "@polecats", "@polecats/<rig>"),
    *("@witnesses", "@refineries", "@dogs", "@deacons", "@overseer"),
)
_ONE_COPY = ("queue", "announce")


class Meant(Struct, frozen=True):
    """What a word means: how a message names it, and the mailboxes that get a copy.

    A queue, a channel or an announce has a mailbox of its own, `queues/<name>` ...
    """

    label: str
    places: tuple[Address, ...]


class Book:
    """The addresses of the town at one snapshot, each looked up once."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.known = known_addresses(snapshot)
        self._found: dict[str, Meant | UserError] = {}

    def meant(self, text: str) -> Meant:
        """What the word means. UserError for one that is unknown, that names several things, whose group is
        in itself or names somebody unknown, and for a pattern that nobody fits.
        """
        found = self._meant(text, ())
        if not found.places:
            raise UserError(f"nobody is in {found.label}", "gt mail directory lists whom mail can be sent to")
        return found

    def one(self, text: str) -> Address:
        """The agent that `text` means. UserError for an unknown one, and for what is no agent."""
        found = look_up(self.known, text)
        if found is None:
            raise self._unknown(text)
        return found

    def check(self, text: str) -> None:
        """UserError as `meant` says, but that nobody may fit it yet."""
        self._meant(text, ())

    def all(self, texts: Iterable[str]) -> tuple[Meant, ...]:
        """What the words mean, each once. UserError as `meant` says."""
        return tuple({found.label: found for found in map(self.meant, texts)}.values())

    def board(self, text: str, *allowed: str) -> Board:
        """The queue, channel, group ... that `text` names, with its prefix or without.

        UserError when there is none, or it is none of those allowed.
        """
        prefix, colon, name = text.strip().partition(":")
        if colon and prefix not in allowed:
            raise UserError(f"{text!r} is no {allowed[0]}", f"leave {prefix}: out, or write {allowed[0]}:")
        wanted = (prefix,) if colon else allowed
        found = [each for kind in wanted if (each := self._board(kind, name if colon else prefix))]
        if len(found) == 1:
            return found[0]
        if found:
            labels = [each.label for each in found]
            raise UserError(f"{text!r} means {' and '.join(labels)}", f"say which: {labels[0]}")
        near = [each.name for each in self._snapshot.boards() if each.kind in wanted]
        listed = f"there is: {', '.join(near[:5])}" if near else f"make one: gt mail {allowed[0]} create"
        raise UserError(f"no {allowed[0]} {name if colon else prefix!r}", listed)

    def members(self, board: Board) -> tuple[Address, ...]:
        """Whom a board's members are, those left out that nobody is (any more)."""
        return tuple(dict.fromkeys(self._present(board, ())))

    def _meant(self, text: str, above: tuple[str, ...]) -> Meant:
        word = text.strip()
        board = self._named(word)
        label = board.label if board else word
        if label in above:
            chain = " > ".join((*above[above.index(label) :], label))
            raise UserError(f"{label} is in itself: {chain}", "take one of them out of the other")
        known = self._found.get(label)
        if isinstance(known, UserError):
            raise known
        if known is None:
            try:
                known = self._look(word, board, (*above, label))
            except UserError as error:
                self._found[label] = error
                raise
            self._found[label] = known
        return known

    def _look(self, word: str, board: Board | None, above: tuple[str, ...]) -> Meant:
        if board is not None:
            return Meant(board.label, self._places(board, above))
        if word.startswith("@"):
            return Meant(word, self._crowd(word))
        if "*" in word:
            return Meant(word, self._fitting(word))
        found = look_up(self.known, word)
        if found is None:
            raise self._unknown(word)
        return Meant(found, (found,))

    def _named(self, word: str) -> Board | None:
        """The board that a word names: by its prefix, or by its bare name where no agent has that."""
        prefix, colon, name = word.partition(":")
        if colon and prefix in FOLDERS:
            return self.board(word, prefix)
        if "/" in word or "*" in word or word.startswith("@") or look_up(self.known, word):
            return None
        found = [each for kind in BARE if (each := self._board(kind, word))]
        if len(found) > 1:
            labels = [each.label for each in found]
            raise UserError(f"{word!r} means {' and '.join(labels)}", f"say which: {labels[0]}")
        return found[0] if found else None

    def _board(self, kind: str, name: str) -> Board | None:
        return self._snapshot.board(f"{FOLDERS[kind]}/{name}") if "/" not in name else None

    def _places(self, board: Board, above: tuple[str, ...]) -> tuple[Address, ...]:
        if board.kind in _ONE_COPY:
            return (board.address,)
        if board.kind == "channel":
            return tuple(dict.fromkeys((board.address, *self._present(board, above))))
        found: dict[Address, None] = {}
        for member in board.members:
            try:
                found |= dict.fromkeys(self._meant(member, above).places)
            except UserError as error:
                if " is in itself" in error.what:
                    raise
                hint = f"gt mail group remove {board.label.removeprefix('group:')} {member}, or: {error.hint}"
                raise UserError(f"{board.label} holds {member!r}: {error.what}", hint) from None
        return tuple(found)

    def _present(self, board: Board, above: tuple[str, ...]) -> Iterator[Address]:
        for member in board.members:
            try:
                yield from self._meant(member, above).places
            except UserError:  # who has gone takes nothing away from the others
                continue

    def _crowd(self, word: str) -> tuple[Address, ...]:
        name, slash, rig = word[1:].partition("/")
        full = tuple(dict.fromkeys(self.known.values()))
        if slash and self._snapshot.rig(rig) is None:
            names = ", ".join(each.name for each in self._snapshot.rigs()) or "none yet"
            raise UserError(f"{word!r} names no rig of the town", f"the rigs are: {names}")
        of_rig = tuple(each for each in full if not slash or each.startswith(f"{rig}/"))
        if name == "rig" and slash:
            return of_rig
        if name in ("crew", "polecats"):
            return tuple(each for each in of_rig if each.split("/")[1:2] == [name])
        found = {
            "town": tuple(each for each in full if "/" not in each and each != OVERSEER),
            "witnesses": tuple(each for each in full if each.endswith("/witness")),
            "refineries": tuple(each for each in full if each.endswith("/refinery")),
            "dogs": tuple(each for each in full if "dogs" in each.split("/")[:-1]),
            "deacons": (POSTMASTER,),
            "overseer": (OVERSEER,),
        }.get(name)
        if found is None or slash:
            raise UserError(f"unknown address {word!r}", f"one of: {', '.join(CROWDS)}")
        return found

    def _fitting(self, pattern: str) -> tuple[Address, ...]:
        """The agents whose address, whole or short (`<rig>/<name>`), fits; `*` is any part of one word."""
        if pattern == "*":
            return tuple(each for each in dict.fromkeys(self.known.values()) if each != OVERSEER)
        fits = re.compile("[^/]*".join(map(re.escape, re.split(r"\*+", pattern)))).fullmatch
        return tuple(dict.fromkeys(address for text, address in self.known.items() if fits(text)))

    def _unknown(self, word: str) -> UserError:
        labels = {
            text: each.address
            for each in self._snapshot.boards()
            for text in ((each.label, each.name) if each.kind in BARE else (each.label,))
        }
        near = [each.label for each in self._snapshot.boards() if each.name == word]
        near = near or nearest(word, self.known | labels)
        hint = f"did you mean {' or '.join(near)}?" if near else "see gt agents, and gt mail directory"
        return UserError(f"unknown address {word!r}", hint)


def is_member(book: Book, board: Board, address: str) -> bool:
    """Whether somebody is among the members; of a board without any everybody is."""
    return not board.members or Address(address) in book.members(board)


def of_message(texts: Iterable[str], kind: str) -> str:
    """The name of the first board of that kind that a message was sent to, "" for none."""
    return next((text.partition(":")[2] for text in texts if text.startswith(f"{kind}:")), "")
