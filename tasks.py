"""`inv ...` in this repository: the commands of gt, and the development tasks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from gtlib.cli.namespace import namespace

PYTHON = sys.executable
MEMORY = "/dev/shm"
ROOM = 2 * 2**30  # bytes
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@task
def test(c: Context) -> None:
    """Run the tests; the long ones are left to `torture`."""
    c.run(f"{PYTHON} -m pytest -q -n 4 --dist worksteal tests", env=_in_memory())


def _in_memory() -> dict[str, str]:
    """Where tests keep their folders: in memory (a fifth faster) if there is room, and programs may run."""
    try:
        found = os.statvfs(MEMORY)
    except FileNotFoundError:
        return {}
    fits = found.f_bavail * found.f_frsize > ROOM and not found.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
    return {"PYTEST_DEBUG_TEMPROOT": MEMORY} if fits and os.access(MEMORY, os.W_OK) else {}


@task
def torture(c: Context) -> None:
    """Run the long races and kills, and what is tested with examples on new ones."""
    options = "-n 2 --dist worksteal --hypothesis-profile explore"
    c.run(f'{PYTHON} -m pytest -q {options} -m "torture or hypothesis" tests')


@task
def lint(c: Context) -> None:
    """Check style, types and the rings."""
    c.run(f"{PYTHON} -m ruff check")
    c.run(f"{PYTHON} -m ruff format --check")
    c.run(f"{PYTHON} -m mypy")
    c.run(f"{LINT_IMPORTS} --no-cache")


@task
def bench(c: Context) -> None:
    """Measure, and write docs/benchmarks.md."""
    c.run(f"{PYTHON} -m tests.bench")


@task
def docs(c: Context) -> None:
    """Write what of the documents follows from the code, then test them all."""
    c.run(f"{PYTHON} -m tests.docs")
    c.run(f"{PYTHON} -m pytest -q tests/docs_test.py")


@task
def requirements(c: Context) -> None:
    """Write requirements/*.txt: exact versions known to work together."""
    options = (
        "-q --strip-extras --allow-unsafe --no-header --no-annotate "
        "--no-emit-index-url --no-emit-find-links --no-emit-trusted-host"
    )
    for name, extra in (("run", ""), ("test", "--extra test")):
        pinned = c.run(f"{PYTHON} -m piptools compile {options} {extra} -o - setup.cfg", hide="out")
        text = f"# Exact versions known to work together. Made by: inv requirements\n{pinned.stdout}"
        Path(f"requirements/{name}.txt").write_text(text, encoding="utf-8")


ns = namespace(Collection(test, torture, lint, bench, docs, requirements))
