"""Which commands an agent's program may not run, and what to do instead: against slips, not malice."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from gtlib.rules import guard_ends
from gtlib.rules import guard_files
from gtlib.rules import guard_git
from gtlib.rules.guard_files import Facts
from gtlib.rules.shell_text import SUBSTITUTED
from gtlib.rules.shell_text import Simple
from gtlib.rules.shell_text import Unreadable
from gtlib.rules.shell_text import commands

SHELL_TOOLS: Final = frozenset(
    ("", "bash", "shell", "local_shell", "run_shell_command", "exec", "terminal", "execute_command")
)
_SHELLS: Final = frozenset(("sh", "bash", "zsh", "dash", "ksh", "ash"))
_ROOT: Final = frozenset(("sudo", "doas", "su", "pkexec"))
# Programs that run the rest of their words, and which of their options take a word.
_WRAPPERS: Final = {
    "env": "uSC", "command": "", "builtin": "", "exec": "a", "nohup": "", "nice": "n", "ionice": "cn",
    "timeout": "ks", "gtimeout": "ks", "stdbuf": "ioe", "setsid": "", "xargs": "IndPsLaE", "watch": "n",
    "busybox": "", "chronic": "", "unbuffer": "",
}  # fmt: skip
_APT: Final = {"install", "remove", "purge", "upgrade", "full-upgrade", "dist-upgrade", "autoremove"}
_YUM: Final = {"install", "remove", "erase", "update", "upgrade", "localinstall"}
_INSTALLS: Final = {
    "apt": _APT,
    "apt-get": _APT,
    "aptitude": _APT,
    "yum": _YUM,
    "dnf": _YUM,
    "apk": {"add", "del", "upgrade"},
    "brew": {"install", "uninstall", "remove", "upgrade"},
    "snap": {"install", "remove", "refresh"},
    "port": {"install", "uninstall", "upgrade"},
    "zypper": {"install", "in", "remove", "rm", "update", "up"},
    "dpkg": {"-i", "--install", "-r", "--remove", "-P", "--purge"},
}
_SQL: Final = frozenset(
    ("psql", "mysql", "mariadb", "sqlite3", "sqlcmd", "duckdb", "clickhouse-client", "dolt")
)
_SQL_LOSS: Final = re.compile(
    r"\b(?:drop\s+(?:table|database|schema|view)|truncate\s+(?:table\s+)?[\w\"`.]+)", re.I
)
_DEEPEST: Final = 5
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
# Tests of `find` that leave most of what there is.
_NARROW: Final = frozenset(
    ("-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-newer", "-mtime", "-mmin",
     "-size", "-empty", "-ctime", "-cmin", "-samefile", "-inum", "-lname", "-xtype")
)  # fmt: skip
_SUSPECT: Final = re.compile(
    r"\bsudo\b|\bgit\b[^\n;|&]*\b(?:push\b[^\n;|&]*(?:\s-\w*f\w*\b|--force(?!-with-lease)\b|\b(?:main|master)\b)"
    r"|reset\b[^\n;|&]*--hard|clean\b[^\n;|&]*\s-\w*f)|\brm\s+(?:-\w+\s+)*-\w*r\w*\s+(?:-\w+\s+)*[/~](?:\s|\*|$)"
)

NO_ROOT: Final = "work without root: what the machine lacks, ask for with gt escalate"
NO_INSTALL: Final = (
    "install into the worktree (a virtual environment, node_modules), or ask for it with gt escalate"
)
NO_DROP: Final = "data is the overseer's to drop: ask with gt escalate"
NO_PR: Final = "hand the work in with gt done; the merge queue lands it"


def why_denied(tool: str, command: str, facts: Facts) -> str:
    """Why that call of a tool may not be made, with what to do instead; empty when it may.

    Only shells are looked at. What can't be taken apart is searched for what is worst.
    """
    if tool.lower() not in SHELL_TOOLS or not command.strip():
        return ""
    try:
        return _look(command, facts, 0)
    except Unreadable:
        found = _SUSPECT.search(command)
        if found is None:
            return ""
        some = " ".join(found[0].split())
        return f"denied: this can't be read for sure, and has {some!r} in it; say it as plain commands"


class _At(Struct, frozen=True):
    """Where a command stands: the others that it is among, who runs it and how deep inside of others, and
    the variables that were set before it.
    """

    simple: Simple
    all: Sequence[Simple]
    facts: Facts
    depth: int
    known: Mapping[str, str] = {}

    def before(self) -> Iterator[Simple]:
        """What stands before it in its pipeline."""
        for other in self.all:
            if other is self.simple:
                return
            if other.pipe == self.simple.pipe:
                yield other


def is_readable(command: str) -> bool:
    """Whether the command could be taken apart, so that nothing in it went unseen."""
    try:
        commands(command)
    except Unreadable:
        return False
    return True


def _look(text: str, facts: Facts, depth: int) -> str:
    if depth > _DEEPEST:
        raise Unreadable
    found = commands(text)
    facts = replace(facts, cwd=facts.cwd or facts.worktree)
    known = {"PWD": "."}
    for simple in found:
        at = _At(simple, found, facts, depth, known)
        words = _unwrapped(at)
        if not words:
            known |= {name: value for name, _, value in (each.partition("=") for each in simple.assigned)}
        why = _one(words, at)
        if why:
            return why
        if words[:1] in (["cd"], ["pushd"]):
            there = guard_files.resolve(words[1], facts.cwd) if len(words) > 1 else ""
            facts = replace(facts, cwd=there or guard_files.UNKNOWN)
    return ""


def _one(words: list[str], at: _At) -> str:
    if not words:
        return ""
    name, rest = posixpath.basename(words[0]), words[1:]
    if name in _SHELLS or name == "eval":
        return _shell(name, rest, at)
    if name in _ROOT:
        return f"denied: {name}: {NO_ROOT}"
    if _installs(name, rest):
        return f"denied: {name} changes the machine for everybody: {NO_INSTALL}"
    if name == "find":
        return _find(rest, at)
    if name in ("rm", "rmdir", "shred"):
        return guard_files.why_denied(name, _told(rest, at), at.facts)
    if name == "git":
        trees = [f"--work-tree={each.partition('=')[2]}" for each in at.simple.assigned if _is_tree(each)]
        return guard_git.why_denied([*trees, *_told(rest, at)], at.facts)
    if name in ("gh", "glab", "hub"):
        return _forge(name, rest)
    if name == "gt" and at.facts.role == "polecat":
        return guard_ends.of_town(rest)
    if name == "kill":
        return guard_ends.everything(rest)
    kills = any("kill" in each.words for each in at.all)
    if name in ("pkill", "killall") or (name in ("pgrep", "pidof") and kills):
        return guard_ends.by_name(name, rest)
    return _worst(name, rest) or _sql(name, at)


def _told(rest: Sequence[str], at: _At) -> list[str]:
    """The words with the variables that are known, and with what well-known commands print."""
    found = [_VARIABLE.sub(lambda name: at.known.get(name[1] or name[2], name[0]), word) for word in rest]
    if not any(SUBSTITUTED in word for word in found):
        return found
    inner = {each.words for each in at.all}
    if ("pwd",) in inner:
        return [word.replace(SUBSTITUTED, ".") for word in found]
    branch = {("git", "branch", "--show-current"), ("git", "rev-parse", "--abbrev-ref", "HEAD")} & inner
    return [word.replace(SUBSTITUTED, "HEAD") for word in found] if branch else found


def _is_tree(assigned: str) -> bool:
    return assigned.startswith("GIT_WORK_TREE=")


def _unwrapped(at: _At) -> list[str]:
    """The words of what is really run: without `env`, `timeout` and the like before it."""
    words = list(at.simple.words)
    while words and (name := posixpath.basename(words[0])) in _WRAPPERS:
        takes, words = _WRAPPERS[name], words[1:]
        while words and (words[0].startswith("-") or (name == "env" and "=" in words[0])):
            option = words.pop(0)
            if option in ("-S", "--split-string") and words:
                words = words.pop(0).split() + words
            elif re.fullmatch(r"-[A-Za-z]", option) and option[1] in takes and words:
                words.pop(0)
        if name in ("timeout", "gtimeout") and words:
            words.pop(0)
        if name == "xargs" and words:
            words += [word for other in at.before() for word in other.words[1:]]
    return words


def _shell(name: str, rest: list[str], at: _At) -> str:
    script = " ".join(rest) if name == "eval" else _script(rest)
    if script is None:
        script = at.simple.fed
        if not script and not rest:
            said = [each for each in at.before() if each.words[:1] in (("echo",), ("printf",), ("cat",))]
            script = "\n".join(each.fed or " ".join(each.words[1:]) for each in said)
    return _look(script, at.facts, at.depth + 1)


def _script(rest: Sequence[str]) -> str | None:
    """What follows `-c`, however it is bundled with other options."""
    asked, left = False, list(rest)
    while left and left[0][:1] in ("-", "+"):
        option = left.pop(0)
        asked = asked or re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", option) is not None
        if option in ("-o", "+o", "-O", "+O", "--rcfile", "--init-file") and left:
            left.pop(0)
    return left[0] if asked and left else None


def _find(rest: list[str], at: _At) -> str:
    first = next((number for number, word in enumerate(rest) if word.startswith("-")), len(rest))
    narrow = any(
        word in _NARROW and rest[number - 1 : number] not in (["-not"], ["!"])
        for number, word in enumerate(rest)
    )
    inside = [posixpath.join(start, "found") if narrow else start for start in rest[:first] or ["."]]
    for number, word in enumerate(rest):
        run: list[str] = []
        if word == "-delete":
            run = ["rm", "-r", *inside]
        elif word in ("-exec", "-execdir", "-ok"):
            said = [part for part in rest[number + 1 :] if part not in (";", "+")]
            run = [part for part in said if part != "{}"] + (inside if "{}" in said else [])
        why = _one(run, at)
        if why:
            return why
    return ""


def _installs(name: str, rest: Sequence[str]) -> bool:
    words = [word for word in rest if not word.startswith("-") or name == "dpkg"]
    if name in _INSTALLS:
        return any(word in _INSTALLS[name] for word in words[:1])
    if name == "pacman":
        return any(re.match(r"-[SRU](?![a-z]*[is]\b)", word) for word in rest)
    if name in ("npm", "pnpm", "yarn"):
        everywhere = {"-g", "--global"} & set(rest) or (name == "yarn" and words[:1] == ["global"])
        return bool(everywhere) and bool(
            {"install", "i", "add", "uninstall", "remove", "update"} & set(words)
        )
    return name in ("pip", "pip3") and words[:1] == ["install"] and "--break-system-packages" in rest


def _forge(name: str, rest: Sequence[str]) -> str:
    named = {number + 1 for number, word in enumerate(rest) if word in ("-R", "--repo")}
    words = [word for number, word in enumerate(rest) if not word.startswith("-") and number not in named]
    pair = tuple(words[:2])
    if pair in (("pr", "create"), ("pr", "merge"), ("mr", "create"), ("mr", "merge")) or (
        name == "hub" and words[:1] == ["pull-request"]
    ):
        return f"denied: {name} {' '.join(words[:2])}: {NO_PR}"
    if pair == ("repo", "delete"):
        return f"denied: {name} repo delete: {NO_DROP}"
    if (
        name == "gh"
        and words[:1] == ["api"]
        and any(re.search(r"/pulls/\d+/merge\b|/merges\b", w) for w in words)
    ):
        return f"denied: gh api merges: {NO_PR}"
    return ""


def _worst(name: str, rest: Sequence[str]) -> str:
    """Commands that take the machine, or everybody's sessions, with them."""
    if name.startswith("mkfs") or name in ("shutdown", "reboot", "poweroff", "halt"):
        return f"denied: {name}: {NO_ROOT}"
    if name == "dd" and any(re.match(r"of=/dev/(?!null|zero|stdout)", word) for word in rest):
        return f"denied: dd onto a device: {NO_ROOT}"
    if name in ("chmod", "chown", "chgrp") and {"-R", "--recursive"} & set(rest) and "/" in rest:
        return f"denied: {name} -R /: {NO_ROOT}"
    if name == "tmux" and {"kill-server", "kill-session"} & set(rest):
        return "denied: sessions of other agents live in tmux: end one with gt session stop ADDRESS"
    return ""


def _sql(name: str, at: _At) -> str:
    if name == "dropdb":
        return f"denied: dropdb: {NO_DROP}"
    if name not in _SQL:
        return ""
    said = [at.simple, *at.before()]
    text = "\n".join(" ".join((*each.words, each.fed)) for each in said)
    found = _SQL_LOSS.search(text)
    return f"denied: {' '.join(found[0].split())!r}: {NO_DROP}" if found else ""
