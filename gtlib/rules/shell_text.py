"""Shell command lines taken apart into simple commands, as far as looking at one before it runs needs it."""

from __future__ import annotations

import re
from typing import Final
from typing import NamedTuple

from msgspec import Struct

MOST: Final = 65536  # characters that are looked at
_DEEPEST: Final = 20
_BREAKS: Final = re.compile(r"&&|\|\||;;&?|;&|\|&|[;&|\n()]")
_PIPES: Final = ("|", "|&")
_REDIRECTION: Final = re.compile(r"\d*(?:<<<|<<-?|<>|>>|>\||[<>]&|<|>)|&>>?")
_ENDS_WORD: Final = frozenset(" \t\r\n;&|()<>")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*\+?=")
_KEYWORDS: Final = frozenset(
    (
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "do",
        "done",
        "while",
        "until",
        "case",
        "esac",
        "{",
        "}",
        "!",
        "time",
    )
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "e": "\x1b"}
SUBSTITUTED: Final = "$()"  # stands for what a command would print


class Unreadable(Exception):
    """The text can't be taken apart: a quote or parenthesis is not closed, or it is too long or deep."""


class Simple(Struct, frozen=True):
    """One simple command: its words without assignments and redirections, and the text that is fed to it.

    Those of one pipeline have the same `pipe`; `assigned` are variables set for it, `NAME=value`.
    """

    words: tuple[str, ...]
    fed: str = ""
    pipe: int = 0
    assigned: tuple[str, ...] = ()


def commands(text: str) -> tuple[Simple, ...]:
    """Every simple command in the text, those inside of substitutions too. Raises Unreadable."""
    drafts: list[_Draft] = []
    _Reader(text, drafts, 0).read("")
    return tuple(found for draft in drafts if (found := _finished(draft)) is not None)


class _Draft(NamedTuple):
    words: list[str]
    fed: list[str]
    pipe: int


def _finished(draft: _Draft) -> Simple | None:
    start, words = 0, draft.words
    while start < len(words) and (words[start] in _KEYWORDS or _ASSIGNMENT.match(words[start])):
        start += 1
    assigned = tuple(word for word in words[:start] if word not in _KEYWORDS)
    return Simple(tuple(words[start:]), "\n".join(draft.fed), draft.pipe, assigned) if words else None


class _Reader:
    """Reads `text` from `at` on, up to the parenthesis that closes it where it is asked to."""

    def __init__(self, text: str, drafts: list[_Draft], depth: int) -> None:
        if len(text) > MOST or depth > _DEEPEST:
            raise Unreadable
        self.text, self.drafts, self.depth = text, drafts, depth
        self.at = 0
        self.owed: list[tuple[str, list[str]]] = []  # here-documents: their end, and where the text goes

    def read(self, until: str) -> None:
        draft = self._draft()
        while True:
            self._blanks()
            if self.at >= len(self.text):
                if until:
                    raise Unreadable
                return
            if until and self.text[self.at] == until:
                self.at += 1
                return
            if self._fed(draft):
                continue
            sign = _BREAKS.match(self.text, self.at)
            if sign is None:
                draft.words.append(self._word())
                continue
            self.at = sign.end()
            if sign[0] == "(":
                self._inner(")")
            if sign[0] == "\n":
                self._here()
            draft = self._draft(draft.pipe if sign[0] in _PIPES else -1)

    def _draft(self, pipe: int = -1) -> _Draft:
        draft = _Draft([], [], len(self.drafts) if pipe < 0 else pipe)
        self.drafts.append(draft)
        return draft

    def _inner(self, until: str) -> None:
        """Read what stands in parentheses, from here on."""
        inside = _Reader(self.text, self.drafts, self.depth + 1)
        inside.at, inside.owed = self.at, self.owed
        inside.read(until)
        self.at = inside.at

    def _blanks(self) -> None:
        while self.at < len(self.text):
            if self.text[self.at] in " \t\r":
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def _fed(self, draft: _Draft) -> bool:
        """Pass over a redirection; what stands in the command line as input is kept."""
        found = _REDIRECTION.match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        if self.text.startswith("(", self.at):
            self.at += 1
            self._inner(")")
            draft.words.append(SUBSTITUTED)
            return True
        self._blanks()
        word = self._word()
        sign = found[0].lstrip("0123456789")
        if sign == "<<<":
            draft.fed.append(word)
        elif sign in ("<<", "<<-"):
            self.owed.append((word, draft.fed))
        return True

    def _here(self) -> None:
        for end, fed in self.owed:
            lines = []
            while True:
                if self.at >= len(self.text):
                    break
                line, _, _ = self.text[self.at :].partition("\n")
                self.at += len(line) + 1
                if line.strip("\t") == end:
                    break
                lines.append(line)
            fed.append("\n".join(lines))
        self.owed.clear()

    def _word(self) -> str:
        found: list[str] = []
        while self.at < len(self.text) and self.text[self.at] not in _ENDS_WORD:
            sign = self.text[self.at]
            self.at += 1
            if sign == "\\":
                found.append(self.text[self.at : self.at + 1].replace("\n", ""))
                self.at += 1
            elif sign == "'":
                found.append(self._up_to("'"))
            elif sign == '"':
                found.append(self._double())
            elif sign == "$":
                found.append(self._dollar(bare=True))
            elif sign == "`":
                found.append(self._backticks())
            else:
                found.append(sign)
        return "".join(found)

    def _up_to(self, end: str) -> str:
        at = self.text.find(end, self.at)
        if at < 0:
            raise Unreadable
        found = self.text[self.at : at]
        self.at = at + len(end)
        return found

    def _double(self) -> str:
        found: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign == '"':
                return "".join(found)
            if sign == "\\":
                after = self.text[self.at : self.at + 1]
                self.at += 1
                found.append("" if after == "\n" else after if after in '$`"\\' else sign + after)
            elif sign == "$":
                found.append(self._dollar(bare=False))
            elif sign == "`":
                found.append(self._backticks())
            else:
                found.append(sign)
        raise Unreadable

    def _dollar(self, *, bare: bool) -> str:
        """What follows a dollar sign: a substitution is read, a variable stays as it is written."""
        if self.text.startswith("((", self.at):
            self.at += 2
            self._up_to("))")
            return SUBSTITUTED
        if self.text.startswith("(", self.at):
            self.at += 1
            self._inner(")")
            return SUBSTITUTED
        if self.text.startswith("{", self.at):
            self.at += 1
            return "${" + self._up_to("}") + "}"
        if bare and self.text.startswith("'", self.at):
            self.at += 1
            return self._escaped()
        return "" if bare and self.text.startswith('"', self.at) else "$"

    def _escaped(self) -> str:
        found: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign == "'":
                return "".join(found)
            if sign == "\\":
                code = re.compile(r"x([0-9a-fA-F]{1,2})|([0-7]{1,3})").match(self.text, self.at)
                if code:
                    self.at = code.end()
                    found.append(chr(int(code[1], 16) if code[1] else int(code[2], 8)))
                    continue
                sign = self.text[self.at : self.at + 1]
                self.at += 1
                sign = _ESCAPES.get(sign, sign)
            found.append(sign)
        raise Unreadable

    def _backticks(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] != "`":
            self.at += 2 if self.text[self.at] == "\\" else 1
        if self.at >= len(self.text):
            raise Unreadable
        inside = re.sub(r"\\([$`\\])", r"\1", self.text[start : self.at])
        self.at += 1
        _Reader(inside, self.drafts, self.depth + 1).read("")
        return SUBSTITUTED
