"""The entrance for git: what the shims in `.git/hooks` run. Imports neither invoke nor watchdog nor rich.

A git hook of ours never fails the user's git command, but for the checks of staged files (promise 7).
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from gtlib import output
from gtlib.errors import UserError


def main(argv: list[str]) -> int:
    """`argv`: the git hook's name, and in a rig the worktree. Gives git's exit status."""
    name, *rest = argv
    try:
        if name in ("pre-commit", "prepare-commit-msg"):
            return _before(Path.cwd(), check=name == "pre-commit")
        return _after(
            Path(rest[0]) if name.startswith("rig-") else Path.cwd(), in_town=not name.startswith("rig-")
        )
    except UserError as error:
        output.progress(f"gt: {error}")
        return 1 if name == "prepare-commit-msg" else 0
    except Exception as error:  # noqa: BLE001 - a front door: git goes on, the bug is written down
        output.progress(f"gt: {name} failed ({error}); the next catch-up does it: gt catch-up")
        _log(traceback.format_exc())
        return 0


def _before(root: Path, *, check: bool) -> int:
    """Finish the journal, so that this commit can't take a transition back; then check what is staged."""
    if (root / ".git" / "gt" / "journal").exists():
        _finish_journal(root)
    if not check:
        return 0
    from gtlib import checks  # parsers cost time that a prepare-commit-msg need not pay

    errors = checks.staged(root, os.environ.get("GT_INDEX_FILE"))
    for error in errors:
        output.progress(f"gt: {error}")
    if errors:
        output.progress("gt: nothing was committed; mend that, or commit anyway with --no-verify")
    return 1 if errors else 0


def _finish_journal(root: Path) -> None:
    from gtlib.store.town import Town  # opens libgit2, which an ordinary commit need not pay for

    town = Town(root)
    town.recover()
    if town.pending():
        raise UserError(
            "a transition is half way into this checkout, and this commit would take it back",
            "run `gt doctor --fix`, then the same command again",
        )


def _after(start: Path, *, in_town: bool) -> int:
    from gtlib.actions.catch_up import catch_up  # as above
    from gtlib.store.roots import find_root
    from gtlib.store.town import Town

    # Where the commit was made, whatever town GT_TOWN names.
    town = Town(find_root(start, {}))
    if in_town and _git_goes_on(town.git_dir):
        output.progress("gt: the town follows when git has ended; without a deacon: gt catch-up")
        return 0
    if in_town:
        town.courtesy.excuse()
    try:
        report = catch_up(town, os.environ.get("GT_ROLE", "") if in_town else "")
    finally:
        if in_town:
            town.courtesy.commit_ends()
    for done in report.applied:
        output.progress(f"gt: {done.edit.subject}")
    for line in (*report.notes, *report.broken):
        output.progress(f"gt: {line}")
    return 0


def _git_goes_on(git_dir: Path) -> bool:
    """The last of several picks, after a conflict: `--continue` has `git commit` make it, then looks at the
    index as it was before, and says that it failed when a transition has changed that."""
    if (git_dir / "sequencer").exists():
        return False
    try:
        (git_dir / "gt" / "sequenced").unlink()
    except FileNotFoundError:
        return False
    return True


def _log(text: str) -> None:
    logs = Path.cwd() / ".git" / "gt" / "logs"
    if logs.is_dir():
        with open(logs / "githook.log", "a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
