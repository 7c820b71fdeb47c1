"""Whether a branch's work is in the target: from commits and contents, never from what somebody says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from gtlib.names import CommitId
from gtlib.store.bare import Bare
from gtlib.system import git

_REVERTS: Final = re.compile(r"^This reverts commit ([0-9a-f]{7,64})", re.M)
_ID: Final = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")
# Of a merge, the change is what it brought to its first parent.
_PATCH: Final = (
    "diff-tree",
    "-r",
    "-p",
    "--root",
    "--diff-merges=first-parent",
    "--text",
    "--full-index",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-prefix",
    "--diff-algorithm=myers",
    "-U3",
)


class Merged(Struct, frozen=True):
    """The tree that a merge without conflict gives."""

    tree: str


class Conflict(Struct, frozen=True):
    """The paths that a merge could not settle."""

    paths: tuple[str, ...]


class _Work(Struct, frozen=True):
    """A branch's work: its own commits (newest first), its fork point, its tip."""

    bare: Bare
    own: tuple[CommitId, ...]
    base: CommitId
    head: CommitId


def merge(bare: Bare, ours: CommitId, theirs: CommitId) -> Merged | Conflict:
    """Merge two commits without a worktree. Raises GitError."""
    argv = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    done = bare.git(*argv, check=False)
    # A word that names no commit gives the status of a conflict, and no tree.
    if done.code not in (0, 1) or not done.out:
        raise git.GitError(argv, bare.git_dir.parent, done.code, done.err)
    tree, *paths = done.out.decode("utf-8", "replace").split("\0")
    return Conflict(tuple(path for path in paths if path)) if done.code else Merged(tree)


def landed(
    bare: Bare, recorded: CommitId | None, tip: CommitId, head: CommitId, base: CommitId
) -> CommitId | None:
    """The commit of `base..tip` that holds the work of `base..head`, in force at `tip`; None: no evidence.

    In turn: the recorded landing commit; the branch itself, merged; commits of the same patch; the commit
    whose tree is what merging the branch gives; touched paths of equal content. Raises GitError.
    """
    own = _ids(bare, f"{base}..{head}")
    if not own:
        return None
    work = _Work(bare, tuple(own), base, head)
    if recorded and _is_new(bare, recorded, base, tip) and _stands(work, recorded, tip):
        return recorded
    if bare.is_ancestor(head, tip):
        entry = _entry(bare, head, tip)
        return entry if _stands(work, entry, tip) else _by_patch(work, base, tip)
    fork = CommitId(bare.git("merge-base", tip, head).text)
    return _by_patch(work, fork, tip) or _by_merging(work, fork, tip) or _by_content(work, fork, tip)


def _is_new(bare: Bare, commit: CommitId, base: CommitId, tip: CommitId) -> bool:
    """In the target, and not there before the branch was."""
    known = bare.commit(commit) is not None
    return known and bare.is_ancestor(commit, tip) and not bare.is_ancestor(commit, base)


def _entry(bare: Bare, head: CommitId, tip: CommitId) -> CommitId:
    """The first commit of the target's own line that contains `head`."""
    descendants = set(_ids(bare, "--ancestry-path", f"{head}..{tip}"))
    line = _ids(bare, "--first-parent", tip, f"^{head}^@")
    return head if head in line else [commit for commit in line if commit in descendants][-1]


def _stands(work: _Work, landing: CommitId, tip: CommitId) -> bool:
    """Whether nothing from `landing` to `tip` takes it, or a part of it, back: by its word or its patch."""
    bare = work.bare
    parent = bare.commit(landing + "^1")
    if parent is None:
        return False
    brought = {landing, *work.own, *_ids(bare, f"{parent}..{landing}")}
    # What would undo a patch, and the patch it would undo: of each commit, and of all at once.
    prints, inverses = _prints(bare, list(brought)), _prints(bare, list(brought), "-R")
    undoes = {inverses[commit]: prints[commit] for commit in prints if commit in inverses}
    wholes = [(parent, landing), (work.base, work.head)]
    undoes |= {_print_of(bare, new, old): _print_of(bare, old, new) for old, new in wholes}
    everything = {_print_of(bare, old, new) for old, new in wholes}
    later = _messages(bare, f"{landing}..{tip}")
    patches = _prints(bare, [commit for commit, _ in later])
    undoing: dict[str, str] = {}
    for commit, message in later:
        named = {
            full
            for word in _REVERTS.findall(message)
            for full in brought | undoing.keys()
            if full.startswith(word)
        }
        patch = patches.get(commit, "")
        undoing = {
            by: what
            for by, what in undoing.items()
            if by not in named and not (patch and (what == patch or patch in everything))
        }
        if named & brought:
            undoing[commit] = prints.get(CommitId(next(iter(named & brought))), "")
        elif patch and patch in undoes:
            undoing[commit] = undoes[patch]
    return not undoing


def _by_patch(work: _Work, fork: CommitId, tip: CommitId) -> CommitId | None:
    """The work squashed into one commit, or each of its commits by itself."""
    bare = work.bare
    there: dict[str, list[CommitId]] = {}
    range_ids = [commit for commit in _ids(bare, f"{work.base}..{tip}") if commit not in work.own]
    for commit, patch in _prints(bare, range_ids).items():
        there.setdefault(patch, []).append(commit)
    for squash in there.get(_print_of(bare, fork, work.head), []):
        if _stands(work, squash, tip):
            return squash
    changes = _ids(bare, "--no-merges", f"{work.base}..{work.head}", f"^{fork}")
    wanted = set(_prints(bare, changes).values())
    found = set()
    for patch in wanted:
        pick = next((commit for commit in there.get(patch, []) if _stands(work, commit, tip)), None)
        if pick is None:
            return None
        found.add(pick)
    return next((commit for commit in range_ids if commit in found), None)


def _by_merging(work: _Work, fork: CommitId, tip: CommitId) -> CommitId | None:
    """A squash beside lines that had changed: its patch looks different, its tree is that of the merge."""
    bare, paths = work.bare, _touched(work.bare, fork, work.head)
    for commit in _ids(bare, "--first-parent", f"{work.base}..{tip}", paths=paths) if paths else ():
        parent = bare.commit(commit + "^1")
        tree = bare.git("rev-parse", commit + "^{tree}").text
        if parent and merge(bare, parent, work.head) == Merged(tree) and _stands(work, commit, tip):
            return commit
    return None


def _by_content(work: _Work, fork: CommitId, tip: CommitId) -> CommitId | None:
    """Every path that the branch touched is in the target as the branch has it."""
    paths = _touched(work.bare, fork, work.head)
    if not paths or set(paths) & set(_touched(work.bare, work.head, tip)):
        return None
    return next(iter(_ids(work.bare, "--max-count=1", f"{work.base}..{tip}", paths=paths)), None)


def _touched(bare: Bare, old: CommitId, new: CommitId) -> list[bytes]:
    out = bare.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new).out
    return [name for name in out.split(b"\0") if name]


def _ids(bare: Bare, *words: str, paths: Sequence[bytes] = ()) -> list[CommitId]:
    lines = [word for word in words if not word.startswith("-")]
    flags = [word for word in words if word.startswith("-")]
    said = b"\n".join([*(line.encode() for line in lines), *([b"--", *paths] if paths else []), b""])
    out = bare.git("--literal-pathspecs", "rev-list", *flags, "--stdin", input=said).text
    return [CommitId(line) for line in out.splitlines()]


def _print_of(bare: Bare, old: str, new: str) -> str:
    return _fingerprint(bare.git(*_PATCH, old, new).out.split(b"\n"))


def _prints(bare: Bare, commits: Sequence[CommitId], *flags: str) -> dict[CommitId, str]:
    """The patch of each commit as a fingerprint; a commit that changes nothing has none."""
    said = "".join(commit + "\n" for commit in commits).encode()
    out = bare.git(*_PATCH, *flags, "--stdin", input=said).out if commits else b""
    patches: dict[CommitId, list[bytes]] = {}
    lines: list[bytes] = []
    # Every line of a patch begins with a mark or a word, so an id alone on a line is the next commit.
    for line in out.split(b"\n"):
        if _ID.fullmatch(line):
            lines = patches.setdefault(CommitId(line.decode()), [])
        else:
            lines.append(line)
    found = {commit: _fingerprint(lines) for commit, lines in patches.items()}
    return {commit: patch for commit, patch in found.items() if patch}


def _fingerprint(patch: list[bytes]) -> str:
    """As git's patch-id, blind to line numbers, but it sees white space and file modes."""
    lines = (line for line in patch if line and not line.startswith(b"index "))
    kept = [b"@@" if line.startswith(b"@@ ") else line for line in lines]
    return hashlib.sha256(b"\n".join(kept)).hexdigest() if kept else ""


def _messages(bare: Bare, line: str) -> list[tuple[CommitId, str]]:
    """Commits of a range and their messages, oldest first."""
    argv = ("log", "-z", "--reverse", "--topo-order", "--no-patch", "--no-show-signature", "--format=%H%n%B")
    records = bare.git(*argv, line, "--").out.decode("utf-8", "replace").split("\0")
    pairs = (record.partition("\n") for record in records if record)
    return [(CommitId(commit), message) for commit, _, message in pairs]
