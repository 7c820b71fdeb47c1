"""`python -m gtlib.cli gt ...` and `python -m gtlib.cli bd ...`: the programs without their scripts."""

from __future__ import annotations

import sys

from gtlib.cli.start import start

sys.exit(start(sys.argv[1], sys.argv[2:]))
