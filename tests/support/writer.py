"""A process that makes transitions: `python -m tests.support.writer TOWN NAME COUNT [PAUSE]`.

Each one adds a label of its own to the bead, so that a lost one is seen.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from gtlib.store.town import Town
from tests.support.transitions import ID
from tests.support.transitions import note


def main(root: str, name: str, count: str, pause: str = "0") -> None:
    town = Town.open(Path(root))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for number in range(int(count)):
        applied = town.apply(note(ID, f"{name}-{number}"))
        assert applied is not None
        time.sleep(float(pause))


if __name__ == "__main__":
    main(*sys.argv[1:])
