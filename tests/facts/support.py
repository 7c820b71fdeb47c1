"""Factories for the tests of the facts: real repositories, and hooks that write down that they ran."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

LISTENED = (
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
    "push-to-checkout",
    "reference-transaction",
)
WITH_WORD = ("post-merge", "post-rewrite")


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*argv: str | Path, cwd: Path, env: dict[str, str] | None = None, stdin: str = "") -> Done:
    """A program's exit status and output; any status is fine. `env` is added to the environment."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def git(cwd: Path, *words: str | Path, env: dict[str, str] | None = None, stdin: str = "") -> str:
    """What git printed, without the last newline; AssertionError with git's own words when it failed."""
    done = run("git", *words, cwd=cwd, env=env, stdin=stdin)
    assert done.code == 0, f"git {words}: {done}"
    return done.out.removesuffix("\n")


def repository(path: Path, **files: str) -> Path:
    """A repository on branch main with one commit; `a="x"` is a file `a.txt` of one line."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "-b", "main")
    commit(path, "first", **(files or {"a": "first"}))
    return path


def commit(path: Path, subject: str, **files: str) -> str:
    """One more commit on the branch that is checked out; returns its id."""
    for name, line in files.items():
        (path / f"{name}.txt").write_text(f"{line}\n", encoding="utf-8")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", subject)
    return tip(path)


def tip(path: Path, ref: str = "HEAD") -> str:
    return git(path, "rev-parse", "--verify", ref)


def status(path: Path) -> list[str]:
    """`git status` in its short form, a line for each path."""
    return git(path, "status", "--porcelain").splitlines()


def write_hook(path: Path, name: str, script: str) -> None:
    """A git hook of the repository at `path`, written in sh."""
    hook = path / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    hook.chmod(0o755)


class Ears:
    """Every hook of one repository, each of which writes its name and arguments into a log."""

    def __init__(self, path: Path, log: Path) -> None:
        self._log = log
        for name in LISTENED:
            write_hook(path, name, f'printf "%s %s\\n" {name} "$*" >> {shlex.quote(str(log))}')

    def heard(self) -> list[str]:
        """The hooks that ran, in order; no reference transactions, and arguments only if they are words."""
        runs = [line.split() for line in self._text().splitlines()]
        return [
            " ".join([name, *rest]) if name in WITH_WORD else name
            for name, *rest in runs
            if name != "reference-transaction"
        ]

    def transactions(self) -> set[str]:
        """The states of reference transactions that were seen: prepared, committed, aborted."""
        name = "reference-transaction "
        return {line.split()[1] for line in self._text().splitlines() if line.startswith(name)}

    def _text(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""
