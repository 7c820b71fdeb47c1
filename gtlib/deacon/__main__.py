"""`python -m gtlib.deacon TOWN`."""

from __future__ import annotations

import sys
from pathlib import Path

from gtlib import output
from gtlib.deacon.loop import serve
from gtlib.errors import UserError


def main(argv: list[str]) -> int:
    """`argv`: the town's folder."""
    try:
        return serve(Path(argv[0]))
    except UserError as error:
        output.error(error)
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
