"""Terminals of a town: its own tmux server, and one session in it for each agent. The one door to tmux."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from libtmux.common import tmux_cmd
from libtmux.exc import TmuxCommandNotFound
from msgspec import Struct

from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.runtimes import runs
from gtlib.runtimes import sockets
from gtlib.runtimes.screen import Screen
from gtlib.system import process

WIDTH, HEIGHT = "160", "45"
SERVE_SECONDS: Final = 10.0
# Of our sessions and panes: whose they are.
_SESSION: Final = "@gt_session"
_NEXT: Final = "\0;"  # begins the next command; in every other word a ";" is only that
# All that the server gets: a key in its environment would reach every session.
_KEPT: Final = frozenset(
    ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TMUX_TMPDIR", "TZ")
)
_OPTIONS: Final = (
    ("-s", "exit-empty", "off"),  # until there is a session
    ("-g", "update-environment", ""),
    ("-g", "default-shell", "/bin/sh"),
    ("-g", "default-size", f"{WIDTH}x{HEIGHT}"),
    ("-g", "history-limit", "5000"),
    ("-gw", "remain-on-exit", "on"),
    ("-gw", "allow-rename", "off"),
    ("-g", "status-right", " leave it with C-b d "),
)
# Who looks at a program that ends gets the own terminal back; its last screen stays for who looks later.
_AT_THE_END: Final = "run-shell -C \"detach-client -s '=#{session_name}'\""
_FACTS: Final = "#{cursor_x} #{cursor_y} #{pane_dead} #{pane_in_mode} #{pane_title}"


class Shown(Struct, frozen=True):
    """A session of the town's server: its name, whose it is (empty: none of ours), whether it has ended."""

    name: str
    session: str
    dead: bool


def socket(local: Path) -> str:
    """The name of the server of the town with that local folder: no two towns share one."""
    return f"gt-{hashlib.sha256(os.fsencode(os.path.realpath(local.parents[1]))).hexdigest()[:10]}"


def session_name(address: str) -> str:
    """What tmux calls the session of an address."""
    return address.replace("/", "-")


def sessions(local: Path) -> tuple[Shown, ...]:
    """All that the town's server shows, by name."""
    found: dict[str, Shown] = {}
    facts = f"#{{pane_dead}} #{{{_SESSION}}} #{{session_name}}"
    for line in _run(local, "list-panes", "-a", "-F", facts).stdout:
        dead, session, name = line.split(" ", 2)
        if name not in found or session:
            found[name] = Shown(name, session, dead == "1")
    return tuple(found[name] for name in sorted(found))


def shutdown(local: Path) -> tuple[str, ...]:
    """End the town's server, unless something still runs in it: the names of what does."""
    left = tuple(each.name for each in sessions(local) if not each.dead)
    if not left:
        _run(local, "kill-server")
        _unlink(local)
    return left


def _unlink(local: Path) -> None:
    """Take away the socket that an ended server leaves; not while somebody may be starting another."""
    lock = FileLock(runs.folder(local) / "spawn.lock")
    if not lock.acquire(timeout=0):
        return
    try:
        if _run(local, "list-sessions").returncode:
            sockets.remove(local, socket(local))
    finally:
        lock.release()


class Terminal(Struct, frozen=True):
    """One terminal, by the id that tmux gives no other while its server lives."""

    local: Path
    id: str

    def close(self) -> None:
        """Take its session away, by the id of its terminal."""
        self.tmux("kill-session", "-t", self.id)

    def tmux(self, *words: str) -> list[str]:
        """What a command for this server prints."""
        return _run(self.local, *words).stdout

    def screen(self) -> Screen | None:
        """As `typist.Pane.screen`."""
        capture = ("capture-pane", "-p", "-e", "-t", self.id)
        done = _run(self.local, "display-message", "-p", "-t", self.id, _FACTS, _NEXT, *capture)
        if done.returncode or not done.stdout:
            return None
        x, y, dead, mode, title = done.stdout[0].split(" ", 4)
        return Screen(
            raw=tuple(done.stdout[1:]),
            x=int(x),
            y=int(y),
            title=title,
            dead=dead == "1",
            scrolled=mode != "0",
        )

    def text(self, lines: int) -> str:
        """The screen and that many lines above it, as they were printed."""
        return "\n".join(self.tmux("capture-pane", "-p", "-J", "-S", f"-{lines}", "-t", self.id))

    def keys(self, *names: str) -> None:
        """As `typist.Pane.keys`."""
        self.tmux("send-keys", "-t", self.id, *names)

    def literal(self, text: str) -> None:
        """As `typist.Pane.literal`."""
        self.tmux("send-keys", "-t", self.id, "-l", "--", text)

    def paste(self, text: str) -> None:
        """As `typist.Pane.paste`."""
        # By a file: what may be said in an argument is bounded.
        name = f"paste.{os.getpid()}.{self.id.lstrip('%')}"
        file = runs.folder(self.local) / name
        with open(
            os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as opened:
            opened.write(text)
        try:
            paste = ("paste-buffer", "-d", "-p", "-b", name, "-t", self.id)
            self.tmux("load-buffer", "-b", name, str(file), _NEXT, *paste)
        finally:
            file.unlink()

    def top(self) -> None:
        """As `typist.Pane.top`."""
        screen = self.screen()
        if screen is not None and screen.scrolled:
            self.tmux("send-keys", "-t", self.id, "-X", "cancel")

    def pressed(self) -> float:
        """As `typist.Pane.pressed`."""
        times = self.tmux("list-clients", "-F", "#{client_activity}", "-t", self.id)
        return max((float(each) for each in times if each.isdigit()), default=0.0)

    def is_over(self) -> bool:
        """Whether its program has ended."""
        screen = self.screen()
        return screen is None or screen.dead


def _run(local: Path, *words: str) -> tmux_cmd:
    """One call of tmux, for the server of that town; several commands stand in a row with _NEXT between."""
    given = (";" if word == _NEXT else f"{word[:-1]}\\;" if word.endswith(";") else word for word in words)
    try:
        # None but `serve` may start a server: it would have our environment.
        return tmux_cmd(*_front(local), "-N", *given)
    except TmuxCommandNotFound:
        raise UserError("tmux is not installed here", "apt install tmux, or brew install tmux") from None


def _front(local: Path) -> tuple[str, ...]:
    name = socket(local)
    own = sockets.place(local) in ("", sockets.here())
    where = ("-L", name) if own else ("-S", str(sockets.path(local, name)))
    return (*where, "-f", os.devnull, "-u")


def version() -> str:
    """What tmux is installed, as it says it; empty when none is."""
    try:
        return " ".join(tmux_cmd("-V").stdout).removeprefix("tmux ")
    except TmuxCommandNotFound:
        return ""


def serve(local: Path) -> None:
    """Have the town's server run, with an environment that says nothing of us. UserError when it can't."""
    if sockets.place(local) != sockets.here() and _run(local, "list-sessions").returncode:
        sockets.keep(local)
    words = ["tmux", *_front(local), "start-server"]
    for where, *option in _OPTIONS:
        words += [";", "set-option", where, *option]
    words += [";", "set-hook", "-g", "pane-died", _AT_THE_END]
    env = {key: None for key in os.environ if key not in _KEPT}
    if process.run(words, Path("/"), env, SERVE_SECONDS) != 0:
        said = " ".join(_run(local, "list-sessions").stderr) or "it said nothing"
        raise UserError(f"tmux can't serve the town: {said}", "see that TMUX_TMPDIR, or /tmp, can be written")


def free(local: Path, name: str) -> Terminal | None:
    """A terminal of that name whose session has ended, to be used again. UserError where it has not."""
    facts = f"#{{pane_id}} #{{pane_dead}} #{{{_SESSION}}}"
    lines = _run(local, "list-panes", "-s", "-t", f"={name}:", "-F", facts).stdout
    for line in lines:
        id, dead, session = line.split(" ")
        if session and dead == "1":
            return Terminal(local, id)
    if lines:
        look = shlex.join(attach(local, name, {}))
        raise UserError(f"the terminal {name} runs something already", f"look at it: {look}")
    return None


def open_in(
    local: Path, name: str, session: str, folder: Path, words: Sequence[str], before: Terminal | None
) -> Terminal:
    """Start a program in a terminal: in the one before, or in a new one. No shell reads its words.

    UserError when tmux refuses.
    """
    path = os.environ.get("PYTHONPATH")
    where = ["-c", str(folder), *(["-e", f"PYTHONPATH={path}"] if path else [])]
    if before is not None:
        start = ["respawn-pane", *where, "-t", before.id]
    else:
        start = [
            "new-session",
            "-d",
            "-E",
            "-P",
            "-F",
            "#{pane_id}",
            "-s",
            name,
            "-x",
            WIDTH,
            "-y",
            HEIGHT,
            *where,
        ]
    target = before.id if before else f"={name}:"
    mark = ("set-option", "-p", "-t", target, _SESSION, session)
    last = ("set-option", "-s", "exit-empty", "on")
    done = _run(local, *start, *words, _NEXT, *mark, _NEXT, *last)
    if done.returncode and before is None and not _run(local, "list-sessions").stdout:
        # The server ended meanwhile, with the last session in it.
        serve(local)
        done = _run(local, *start, *words, _NEXT, *mark, _NEXT, *last)
    if done.returncode:
        raise UserError(
            f"tmux did not start {name}: {' '.join(done.stderr)}", "mend that, then start it again"
        )
    return before or Terminal(local, done.stdout[0])


def attach(local: Path, name: str, environ: Mapping[str, str]) -> list[str]:
    """The words that show that session in this terminal, which may be inside of the same server."""
    inside = Path(environ.get("TMUX", "").split(",")[0]).name == socket(local)
    verb = "switch-client" if inside else "attach-session"
    return ["tmux", *_front(local), verb, "-t", f"={name}"]


def find(local: Path, session: str) -> Terminal | None:
    """The terminal of exactly that session of ours."""
    for line in _run(local, "list-panes", "-a", "-F", f"#{{pane_id}} #{{{_SESSION}}}").stdout:
        id, _, found = line.partition(" ")
        if session and found == session:
            return Terminal(local, id)
    return None
