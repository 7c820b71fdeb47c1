"""`python -m gtlib.cli gt ...` and `python -m gtlib.cli bd ...`: the programs without their scripts."""

from __future__ import annotations

import sys

from gtlib.cli.program import main

sys.exit(main(sys.argv[1], sys.argv[2:]))
