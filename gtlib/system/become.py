"""Give our place to another program: same pid, terminal and folder."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gtlib.system import process


def become(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Run the program at argv[0], a path, with these variables. UserError when it can't start."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and that would be inherited
    try:
        os.execve(argv[0], list(argv), dict(env))
    except OSError as error:
        raise process.cannot_start(argv[0], Path.cwd(), error) from error
