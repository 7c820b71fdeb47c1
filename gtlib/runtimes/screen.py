"""A program's screen as a terminal shows it, and whether words stand in its input box."""

from __future__ import annotations

import re
from typing import Final
from typing import Literal

from msgspec import Struct

from gtlib import framing
from gtlib.runtimes import panes
from gtlib.runtimes.panes import Look
from gtlib.runtimes.presets import Preset

Box = Literal["empty", "words", "unknown"]

# The margin and glyph that a box begins with.
_PROMPT: Final = re.compile("[ │┃|]*[❯›>][ \u00a0]?")
# A hint in an empty box is dim, and the cursor stands before it.
_DIM: Final = re.compile(r"\x1b\[(?:[01];)*2m")


class Screen(Struct, frozen=True, kw_only=True):
    """`raw` are its lines with their colours; the cursor's cell is counted from 0.

    `dead`: its program has ended; `scrolled`: a person looks at what was before.
    """

    raw: tuple[str, ...]
    x: int = 0
    y: int = 0
    title: str = ""
    dead: bool = False
    scrolled: bool = False

    @property
    def text(self) -> str:
        """Its lines without colours."""
        return "\n".join(framing.clean(line).rstrip(" ") for line in self.raw)

    def look(self, program: Preset) -> Look:
        """What it says of that program."""
        return panes.classify(program, self.text, self.title)

    def box(self, program: Preset) -> Box:
        """Whether words stand in the input box. Unknown where the preset says nothing about screens.

        The cursor tells it best: in an empty box it stands at the prompt, before nothing or a dim hint.
        """
        ready = program.screen.ready
        if not ready:
            return "unknown"
        raw = self.raw[self.y] if self.y < len(self.raw) else ""
        line = framing.clean(raw)
        prompt = _PROMPT.match(line)
        if prompt is not None and self.x <= prompt.end():
            hint = line[prompt.end() :].strip(" \u00a0│┃|")
            return "empty" if not hint or _DIM.search(raw) else "words"
        return "empty" if re.search(ready[0], self.text, re.MULTILINE) else "words"

    @property
    def prompted(self) -> bool:
        """Whether the cursor is in a line with a prompt."""
        return self.y < len(self.raw) and _PROMPT.match(framing.clean(self.raw[self.y])) is not None

    def written(self, program: Preset) -> str:
        """The words in the line of the cursor, without the prompt."""
        line = framing.clean(self.raw[self.y]) if self.y < len(self.raw) else ""
        return _PROMPT.sub("", line, count=1).strip(" \u00a0│┃|")
