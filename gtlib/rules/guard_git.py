"""Which git commands an agent's program may not run: worktrees of a rig share refs, stash and settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Final

from gtlib.rules.guard_files import Facts
from gtlib.rules.guard_files import resolve

_GLOBAL_WORD: Final = frozenset(
    ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--super-prefix", "--config-env")
)
_PUSH_WORD: Final = frozenset(("-o", "--push-option", "--receive-pack", "--exec", "--repo"))
_ALWAYS: Final = ("main", "master")
_ALL: Final = frozenset((".", "./", "..", "../", "*", "./*", ":", ":/", ":/*", ":/.", ":(top)", ":!", ":^"))
_SHARED: Final = re.compile(
    r"(?i)remote\..*\.(?:push|mirror|pushurl)|core\.(?:hookspath|worktree)|push\.default"
)
_LOOKS: Final = frozenset(
    ("-l", "--list", "--get", "--get-all", "--get-regexp", "--unset", "--unset-all", "get", "list", "unset")
)

HAND_IN: Final = "hand the work in with gt done; the merge queue lands it on {target}"
NO_FORCE: Final = "push with --force-with-lease, and only your own branch"
NO_RESET: Final = "commit what you have, then git revert, or git restore FILE for single files"
NO_CLEAN: Final = "git clean -n shows what there is; remove single files by name"
NO_STASH: Final = "every worktree shares one stash: commit on your own branch instead"
NO_BRANCH: Final = "your work is looked for on the branch that you stand on: stay on it"
NO_WORKTREE: Final = "worktrees are made and removed by gt: gt hooks repair, gt polecat nuke"
NO_SHARED: Final = "every worktree of the rig shares it: leave it as it is"
NO_ELSEWHERE: Final = "work in your own worktree: leave it out"
NO_ALL: Final = "that throws away all that is not committed: name the files, or commit and git revert"
NAME_IT: Final = "nobody can tell which branch that is: say its name, or HEAD"
NO_HISTORY: Final = "lost work of every agent is found again through it: leave it alone"


def why_denied(words: Sequence[str], facts: Facts) -> str:
    """Why `git WORDS` may not be run, with what to do instead; empty when it may."""
    command, rest, settings, tree = _parts(words)
    for setting in settings:
        alias, _, value = setting.partition("=")
        if alias.lower() == f"alias.{command.lower()}" and not value.startswith("!"):
            return why_denied([*_split(value), *rest], facts)
    if "-h" in rest or "--help" in rest:
        return ""
    if command in ("push", "send-pack"):
        return _push(rest, settings, facts.target, facts.branch)
    if tree and not _inside(tree, facts):
        return f"denied: git --work-tree={tree[:200]}: {NO_ELSEWHERE}"
    why = _elsewhere(command, rest, facts.role, facts.target) or _all_of_it(command, rest, facts)
    return f"denied: git {command}: {why}" if why else ""


def _inside(tree: str, facts: Facts) -> bool:
    full = resolve(tree, facts.cwd)
    return bool(full) and (not facts.worktree or f"{full}/".startswith(f"{facts.worktree}/"))


def _all_of_it(command: str, rest: Sequence[str], facts: Facts) -> str:
    """Why a command may not throw away what is changed in the whole worktree."""
    options, names = _options(rest), [word for word in rest if not word.startswith("-")]
    whole = any(name in _ALL or _is_above(resolve(name, facts.cwd), facts.worktree) for name in names)
    if command == "checkout":
        return NO_ALL if whole or _has(options, "f", "--force") else ""
    if command == "switch":
        return NO_ALL if _has(options, "f", "--force", "--discard-changes") else ""
    if command == "restore":
        kept = _has(options, "S", "--staged") and not _has(options, "W", "--worktree")
        return NO_ALL if whole and not kept else ""
    if command == "rm":
        return NO_ALL if whole and "--cached" not in options else ""
    return ""


def _is_above(full: str, worktree: str) -> bool:
    return bool(full) and bool(worktree) and f"{worktree}/".startswith(f"{full.rstrip('/')}/")


def _elsewhere(command: str, rest: Sequence[str], role: str, target: str) -> str:
    if command == "reset":
        return NO_RESET if {"--hard", "--merge", "--keep"} & set(_options(rest)) else ""
    if command == "config":
        return _config(rest)
    if command == "clean":
        forced = _has(rest, "f", "--force")
        return NO_CLEAN if forced and not _has(rest, "n", "--dry-run") else ""
    if command == "stash":
        return "" if rest[:1] and rest[0] in ("list", "show") else NO_STASH
    if command == "worktree":
        return NO_WORKTREE if rest[:1] and rest[0] in ("remove", "prune", "move") else ""
    if command == "update-ref":
        refs = {f"refs/heads/{target}", f"refs/remotes/origin/{target}"}
        return HAND_IN.format(target=target) if refs & set(rest) else ""
    if command == "reflog":
        return NO_HISTORY if rest[:1] and rest[0] in ("expire", "delete") else ""
    if command == "gc":
        return NO_HISTORY if any(word in ("--prune=now", "--prune=all") for word in rest) else ""
    if command in ("filter-branch", "filter-repo", "prune"):
        return NO_HISTORY
    return _branches(command, rest) if role == "polecat" else ""


def _config(rest: Sequence[str]) -> str:
    """Why a setting may not be changed; reading is anybody's."""
    words = [word for word in rest if not word.startswith("-") and word not in ("set", "add")]
    if _LOOKS & set(rest) or len(words) < 2 or not _SHARED.fullmatch(words[0]):
        return ""
    safe = words[0].lower() == "push.default" and words[1] in ("simple", "current", "nothing")
    return "" if safe else NO_SHARED


def _branches(command: str, rest: Sequence[str]) -> str:
    """What a polecat may not do: leave its branch for a new one, or remove any."""
    if command == "checkout":
        return NO_BRANCH if _has(_options(rest), "bB", "--orphan") else ""
    if command == "switch":
        made = _has(_options(rest), "cC", "--create", "--force-create", "--orphan")
        return NO_BRANCH if made else ""
    if command == "branch":
        gone = _has(_options(rest), "dDmM", "--delete", "--move")
        return NO_BRANCH if gone else ""
    return ""


def _push(rest: Sequence[str], settings: Sequence[str], target: str, branch: str) -> str:
    options, names = _push_words(rest)
    if _has(options, "n", "--dry-run"):
        return ""
    if any(
        re.match(r"(?i)(?:push\.default=(?:matching|upstream|tracking)|remote\..*\.(?:push|mirror)=)", each)
        for each in settings
    ):
        return _to_target(target)
    protected = {target, *_ALWAYS}
    refs = names[1:]
    if {"--all", "--mirror", "--branches", "--prune"} & set(options):
        return f"denied: git push of every branch: {NO_FORCE}"
    gone = _has(options, "d", "--delete")
    for ref in refs:
        source, colon, to = ref.removeprefix("+").partition(":")
        name = (to if colon else source).removeprefix("refs/heads/").removeprefix("heads/")
        name = branch if name in ("HEAD", "@") else name
        if "$" in name and name not in protected:
            return f"denied: git push of {ref[:200]!r}: {NAME_IT}"
        if name in protected or "*" in name or (colon and not to and source in ("", "HEAD", "@")):
            return _to_target(target)
    if not refs and branch in protected:
        return _to_target(target)
    if _has(options, "f", "--force") or any(ref.startswith("+") for ref in refs):
        return f"denied: git push --force: {NO_FORCE}"
    removes = gone or any(ref.startswith(":") for ref in refs)
    own = {branch, ""} if branch else set()
    if removes and not all(ref.lstrip(":+").removeprefix("refs/heads/") in own for ref in refs):
        return "denied: git push --delete: branches are removed when their work has landed"
    return ""


def _to_target(target: str) -> str:
    return f"denied: git push to the default branch: {HAND_IN.format(target=target)}"


def _push_words(rest: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options, and the remote with the refs behind it."""
    options, names = [], []
    left = list(rest)
    while left:
        word = left.pop(0)
        if word == "--":
            names += left
            break
        if word.startswith("-"):
            options.append(word)
            if word in _PUSH_WORD and left:
                left.pop(0)
        else:
            names.append(word)
    return options, names


def _parts(words: Sequence[str]) -> tuple[str, list[str], list[str], str]:
    """The command, its words, the settings (`-c name=value`) before it, and the work tree that is named."""
    left, settings, tree = list(words), [], ""
    while left and left[0].startswith("-"):
        option, _, value = left.pop(0).partition("=")
        if option in _GLOBAL_WORD and not value and left:
            value = left.pop(0)
        settings += [value] if option == "-c" else []
        tree = value if option == "--work-tree" else tree
    return (left[0], left[1:], settings, tree) if left else ("", [], settings, tree)


def _options(rest: Sequence[str]) -> list[str]:
    return list(rest[: rest.index("--")]) if "--" in rest else list(rest)


def _has(options: Sequence[str], letters: str, *longs: str) -> bool:
    """Whether one of the options is there, short ones bundled or not."""
    short = re.compile(rf"-[A-Za-z]*[{letters}][A-Za-z]*")
    return any(short.fullmatch(word) or word.partition("=")[0] in longs for word in options)


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
