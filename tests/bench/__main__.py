"""`inv bench`: commands, work in process and agents' sessions beside bare git and bare programs, in one run, with
the goals of the design.

Prints a table and writes it to docs/benchmarks.md. `--quick` leaves out the largest size.
"""

from __future__ import annotations

import compileall
import os
import platform
import sys
import tempfile
from datetime import UTC
from datetime import datetime
from pathlib import Path

from gtlib import output
from tests.bench import measure
from tests.bench import molecules
from tests.bench import sessions
from tests.bench.row import Row
from tests.support import ROOT

COLUMNS = ("what", "measured", "git or program alone", "goal")


def main(argv: list[str]) -> int:
    sizes = (100, 1_000) if "--quick" in argv else (100, 1_000, 10_000)
    with tempfile.TemporaryDirectory(prefix="gt-bench-") as folder:
        isolate(Path(folder))
        rows = measure.everything(Path(folder), sizes, 1_000 if "--quick" in argv else 100_000)
        rows += molecules.rows(Path(folder), molecules.SIZES[: 1 if "--quick" in argv else 2])
        rows += sessions.rows(Path(folder) / "sessions")
    output.table(COLUMNS, [(row.what, row.ours, row.bare, row.goal) for row in rows])
    if "--quick" not in argv:
        (ROOT / "docs" / "benchmarks.md").write_text(page(rows), encoding="utf-8")
    return 0


def isolate(folder: Path) -> None:
    """No configuration of the person's own counts."""
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n  name = Bench\n  email = bench@example.invalid\n", encoding="utf-8"
    )
    os.environ.update(HOME=str(home), GIT_CONFIG_NOSYSTEM="1", PYTHONPATH=str(ROOT))
    for name in [name for name in os.environ if name.startswith("GT_") or name == "PYTHONDONTWRITEBYTECODE"]:
        del os.environ[name]
    compileall.compile_dir(ROOT / "gtlib", quiet=1)  # as an installed package is


def page(rows: list[Row]) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Made by `inv bench`; every row was measured beside bare git (or the bare program) in the same run, so read ratios.",
        "",
        f"{platform.system()}, Python {platform.python_version()}, {os.cpu_count()} cores, {datetime.now(UTC):%Y-%m-%d}.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *(f"| {row.what} | {row.ours} | {row.bare} | {row.goal} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
