"""The entrance for git: what the shims in `.git/hooks` run. Imports neither invoke nor watchdog nor rich.

A git hook of ours never fails the user's git command, but for the checks of staged files (promise 7).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gtlib import lean  # noqa: F401  before what it makes faster
from gtlib import output
from gtlib.errors import Busy
from gtlib.errors import UserError
from gtlib.system import process

_FINISH_SECONDS = 10.0
# They run before a commit is made, and may refuse it.
_BEFORE = ("journal", "pre-commit", "prepare-commit-msg", "commit-msg")


def main(argv: list[str]) -> int:
    """`argv`: the git hook's name, and in a rig the worktree. Gives git's exit status."""
    name, *rest = argv
    try:
        if name == "finish":
            return _finish(Path.cwd())
        if name == "pack":
            return _pack(Path.cwd())
        if name in _BEFORE:
            return _before(Path.cwd(), name, tuple(rest))
        return _after(
            Path(rest[0]) if name.startswith("rig-") else Path.cwd(), in_town=not name.startswith("rig-")
        )
    except UserError as error:
        # In the town the person knows of the operation, and gt status says that the town waits for its end.
        if not isinstance(error, Busy) or name.startswith("rig-"):
            output.progress(f"gt: {error}")
        return 1 if name in _BEFORE else 0
    except Exception as error:  # noqa: BLE001 - a front door: git goes on, the bug is written down
        output.progress(f"gt: {name} failed ({error}); the next catch-up does it: gt catch-up")
        import traceback  # reads sources, which a git hook that works need not pay for

        _log(traceback.format_exc())
        return 0


def _before(root: Path, name: str, args: tuple[str, ...]) -> int:
    """Finish the journal, so that this commit can't take a transition back; then check what is staged, or the
    message; then the framework."""
    if name != "commit-msg" and (root / ".git" / "gt" / "journal").exists():
        _finish_journal(root)
    if name not in ("pre-commit", "commit-msg"):
        return 0
    from gtlib import checks  # parsers cost time that a prepare-commit-msg need not pay
    from gtlib.actions.handover import handover

    index_file = os.environ.get("GT_INDEX_FILE", "")
    if name == "pre-commit":
        found = checks.staged(root, index_file or None)
    else:
        found = checks.message(root, Path(args[0]), os.environ.get("GT_ROLE", ""))
    for finding in found:
        output.progress(f"gt: {finding}")
    if all(finding.warning for finding in found):
        return handover(root, name, args, index_file)
    again = f"git commit --edit --file={args[0]}" if args else "mend that"
    output.progress(f"gt: nothing was committed; {again}, or commit anyway with --no-verify")
    return 1


def _finish_journal(root: Path) -> None:
    from gtlib.store.town import Town  # opens libgit2, which an ordinary commit need not pay for

    town = Town(root)
    town.recover()
    if town.pending():
        # `commit -a` holds git's index.lock until it has ended, so somebody else must wait for that
        argv = process.python("gtlib.githook", "finish")
        process.spawn(argv, root, None, town.local / "logs" / "githook.log")
        raise UserError(
            "a transition is half way into this checkout, and this commit would take it back",
            "it is finished now: run the same command again (if that does not help: gt doctor --fix)",
        )


def _finish(root: Path) -> int:
    """Bring the checkout in line as soon as the git command that was refused has given its lock back."""
    from gtlib.store.town import Town  # as above

    process.until(lambda: not (root / ".git" / "index.lock").exists(), _FINISH_SECONDS)
    Town(root).recover()
    return 0


def _pack(root: Path) -> int:
    from gtlib.actions.pack import pack  # as above

    os.nice(10)  # whoever works comes first
    pack(root)
    return 0


def _after(start: Path, *, in_town: bool) -> int:
    from gtlib.actions.catch_up import catch_up  # as above
    from gtlib.actions.who import speaker
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
        # What other agents did meanwhile is done too, but is no answer to this commit.
        actor = speaker(town.root, start, os.environ, known=False) if in_town else ""
        whose = "" if in_town else os.path.relpath(start.resolve(), town.root.resolve())
        report = catch_up(town, actor, whose=whose)
    finally:
        if in_town:
            town.courtesy.commit_ends()
    for line in (*report.events, *report.notes, *report.broken):
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
        try:
            with open(logs / "githook.log", "a", encoding="utf-8") as file:
                file.write(text)
        except OSError:  # no room for it: the line on the terminal has said what failed
            return


if __name__ == "__main__":
    # A person waits for it: taking the interpreter apart at the end is not worth a tenth of it.
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
