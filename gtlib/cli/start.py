"""Where the console scripts gt and bd begin: what must stand before anything else is imported."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

INTERRUPTED = 130


def gt_main() -> int:
    """The console script `gt`; gives the exit code."""
    return start("gt", sys.argv[1:])


def bd_main() -> int:
    """The console script `bd`; gives the exit code."""
    return start("bd", sys.argv[1:])


def start(name: str, words: Sequence[str]) -> int:
    """Run the program of that name with these words; gives the exit code."""
    _open_streams()
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, _leave)
    from gtlib import lean  # noqa: F401  before what it makes faster
    from gtlib.cli.program import main  # an interrupt while it is imported ends here without a traceback

    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return main(name, words)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


def _open_streams() -> None:
    """A stream that was closed (`bd list >&-`) goes to nowhere, and no file of the town gets its number."""
    for number, mode in ((0, "r"), (1, "w"), (2, "w")):
        try:
            os.fstat(number)
        except OSError:
            found = os.open(os.devnull, os.O_RDWR)
            if found != number:
                os.dup2(found, number)
                os.close(found)
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115  as long as the program
            setattr(sys, ("stdin", "stdout", "stderr")[number], stream)
