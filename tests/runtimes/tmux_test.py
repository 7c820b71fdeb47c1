"""Sessions in real terminals: reached, seen and ended exactly, whatever the program does."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.runtimes import clients
from gtlib.runtimes import launch
from gtlib.runtimes import runs
from gtlib.runtimes import terminal
from gtlib.runtimes import tmux
from gtlib.runtimes import typist
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.runs import Run
from gtlib.runtimes.tmux import Tmux
from gtlib.system import kin
from gtlib.system import process
from gtlib.system.process import Proc
from tests.support import terminals
from tests.support.terminals import events
from tests.support.terminals import program
from tests.support.terminals import prompts
from tests.support.terminals import spec

LOOK = "[gt] look: a nudge waits"
SECONDS = 20.0


@pytest.fixture(autouse=True)
def sockets() -> Iterator[Path]:
    with terminals.servers() as folder:
        yield folder


class Here:
    """One session of the fake program."""

    def __init__(self, path: Path) -> None:
        self.town = path / "town"
        self.town.mkdir()
        self.local = self.town / ".git" / "gt"
        self.record = path / "record"
        self.runtime = Tmux()
        self.run: Run

    def start(
        self, mode: str = "normal", *, hooks: bool = False, method: str = "paste", prompt: str = ""
    ) -> Run:
        preset = program(self.record, mode, hooks=hooks, method=method)
        return self.begin(preset, prompt=prompt)

    def begin(self, preset: Preset, session: str = "s-one", prompt: str = "") -> Run:
        given = spec(self.town, preset, session, prompt=prompt)
        self.run = terminals.begin(self.runtime, given, "tmux")
        return self.run

    def ready(self) -> None:
        assert self.runtime.ready(self.run, SECONDS) == ""

    def shows(self, text: str) -> None:
        assert process.until(lambda: text in self.runtime.look(self.run, 45), SECONDS), self.runtime.look(
            self.run, 45
        )

    def type(self, *words: str) -> None:
        """As somebody who is not gt does it."""
        terminals.tmux("-L", terminal.socket(self.local), "send-keys", "-t", "=mayor:", *words)


@pytest.fixture
def here(tmp_path: Path, sockets: Path) -> Iterator[Here]:
    made = Here(tmp_path)
    yield made
    if hasattr(made, "run"):
        made.runtime.stop(made.run, 0.2)


def test_started_reached_and_ended(here: Here) -> None:
    run = here.start(hooks=True)
    here.ready()
    assert here.runtime.alive(run) and here.runtime.activity(run) == "idle"
    assert launch.who(runs.folder(here.local), "mayor") == (
        "s-one",
        run.proc and run.proc.pid,
        run.proc and run.proc.started,
    )
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    assert prompts(here.record) == [LOOK]
    [begun] = events(here.record, "begin")
    env = begun["env"]
    assert (env["GT_ROLE"], env["GT_SESSION"], env["TERM"]) == ("mayor", "s-one", tmux.TERM)
    assert "TMUX" not in env
    here.shows("❯ " + LOOK)
    here.runtime.stop(run, 5)
    assert not here.runtime.alive(run)
    assert here.runtime.activity(run) == "unknown"
    assert here.runtime.deliver(run, LOOK, 1) == "its session is over"
    assert tmux.sessions(here.local) == ()
    assert "❯ " + LOOK in here.runtime.look(run, 45)  # its last screen


def test_nothing_of_us_is_in_the_server_and_the_order_is_gone(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "secret-of-mine")
    run = here.start()
    server = terminals.tmux("-L", terminal.socket(here.local), "display-message", "-p", "#{pid}")
    for told in ("show-environment -g", "show-environment -t =mayor"):
        assert "secret" not in terminals.tmux("-L", terminal.socket(here.local), *told.split())
    assert b"secret" not in Path(f"/proc/{int(server)}/environ").read_bytes()
    assert process.until(lambda: bool(events(here.record, "begin")), SECONDS)
    assert events(here.record, "begin")[0]["env"]["SOME_KEY"] == "secret-of-mine"
    left = [path for path in here.local.rglob("*") if path.is_file() and "secret" in path.read_text()]
    assert left == [] and not (here.local / "run" / "mayor.launch.json").exists()
    assert run.proc is not None


@pytest.mark.parametrize(("method", "hooks"), [("paste", True), ("literal", False)])
def test_words_arrive_once_idle_and_busy(here: Here, method: str, hooks: bool, tmp_path: Path) -> None:
    run = here.start(hooks=hooks, method=method)
    here.ready()
    assert here.runtime.deliver(run, f"UNTIL {tmp_path}/go", SECONDS) == ""
    assert process.until(lambda: here.runtime.activity(run) == "busy", SECONDS)
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    long = "word " * 300 + "end;"
    assert here.runtime.deliver(run, long, SECONDS) == ""
    (tmp_path / "go").touch()
    assert process.until(lambda: here.runtime.activity(run) == "idle", SECONDS)
    assert prompts(here.record) == [f"UNTIL {tmp_path}/go", LOOK, long]


HOSTILE = {
    "!touch owned": "[gt] !touch owned",
    "/exit": "[gt] /exit",
    "a;": "a;",
    ";": ";",
    "a\\;": "a\\;",
    "#{pane_id} #(touch owned) $(touch owned) `touch owned`": "#{pane_id} #(touch owned) $(touch owned) `touch owned`",
    "\x1b[201~\rRUN touch owned": "RUN touch owned",
    "Enter": "Enter",
    "-t other": "[gt] -t other",
    "C-c": "C-c",
}  # fmt: skip


@pytest.mark.parametrize("method", ["paste", "literal"])
def test_hostile_words_are_only_words(here: Here, method: str) -> None:
    run = here.start(method=method)
    here.ready()
    for text in HOSTILE:
        if not text.startswith("\x1b"):
            assert here.runtime.deliver(run, text, SECONDS) == ""
    assert prompts(here.record) == [
        f"[gt] {said}" if said[0] == "#" else said for text, said in HOSTILE.items() if text[0] != "\x1b"
    ]
    assert list(here.town.rglob("owned")) == []


def test_an_enter_that_was_swallowed_is_pressed_again(here: Here) -> None:
    run = here.start("swallow")
    here.ready()
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    assert prompts(here.record) == [LOOK]


def test_a_deaf_program_is_told_of(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typist, "SHOWN_SECONDS", 0.3)
    run = here.start("deaf")
    here.ready()
    assert here.runtime.deliver(run, LOOK, SECONDS) == "it does not take what is typed"
    assert prompts(here.record) == []


def test_a_program_that_hangs_is_told_of(here: Here) -> None:
    run = here.start("hang")
    assert here.runtime.ready(run, 0.5) == "it was not ready after 0.5 s"
    assert here.runtime.activity(run) == "unknown"
    assert here.runtime.deliver(run, LOOK, 0.5) == "it shows no empty input box"


def test_a_question_is_left_to_a_person(here: Here) -> None:
    run = here.start("dialog")
    why = "it asks what only a person may answer: Quick safety check: is this a folder that you trust?"
    assert here.runtime.ready(run, SECONDS) == why
    assert here.runtime.deliver(run, LOOK, SECONDS) == why
    assert here.runtime.activity(run) == "unknown"
    assert events(here.record, "key") == []


def test_what_ends_at_once_is_told_of(here: Here) -> None:
    run = here.start("exit0")
    assert process.until(lambda: not here.runtime.alive(run), SECONDS)
    assert here.runtime.ready(run, SECONDS) == "its session is over"


def test_a_program_whose_screen_nobody_knows_is_typed_to(here: Here) -> None:
    run = here.start("blind", hooks=True)
    here.ready()  # its hooks say so
    assert here.runtime.activity(run) == "idle"


def test_words_that_a_person_left_in_the_box_stay(here: Here) -> None:
    run = here.start()
    here.ready()
    here.type("-l", "half a thought")
    here.shows("half a thought")
    assert here.runtime.deliver(run, LOOK, 0.3) == "words of somebody else stand in its input box"
    here.shows("❯\u00a0half a thought")
    here.type("Enter")
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    assert prompts(here.record) == ["half a thought", LOOK]


def test_words_of_a_sender_that_was_killed_are_cleared(here: Here) -> None:
    run = here.start()
    here.ready()
    (here.local / "run" / "mayor.typed").write_text("[gt] half said")
    here.type("-l", "[gt] half sa")
    here.shows("[gt] half sa")
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    assert prompts(here.record) == [LOOK]
    assert not (here.local / "run" / "mayor.typed").exists()


def test_nobody_types_while_a_person_does(here: Here) -> None:
    run = here.start()
    here.ready()
    words = here.runtime.attach(run, os.environ)
    assert words[-3:] == ["attach-session", "-t", "=mayor"]
    with attached(words) as keyboard:
        socket = terminal.socket(here.local)
        assert process.until(lambda: bool(terminals.tmux("-L", socket, "list-clients")), SECONDS)
        os.write(keyboard, b"x")
        here.shows("❯\u00a0x")
        os.write(keyboard, b"\x15")
        assert here.runtime.deliver(run, LOOK, 0.3) == "a person is typing there"
        assert here.runtime.deliver(run, LOOK, SECONDS) == ""  # when the person has stopped
    assert prompts(here.record) == [LOOK]


class attached:
    """A person's terminal that shows a session, as a context: its keyboard."""

    def __init__(self, words: list[str]) -> None:
        self.words = words

    def __enter__(self) -> int:
        self.main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color"}
        self.client = subprocess.Popen(
            self.words, stdin=other, stdout=other, stderr=other, env=env, start_new_session=True
        )
        os.close(other)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self.main

    def read(self) -> None:
        try:
            while os.read(self.main, 65536):
                pass
        except OSError:  # the other end is closed
            return

    def __exit__(self, *_: object) -> None:
        self.client.terminate()
        self.client.wait(10)
        self.reader.join(10)
        os.close(self.main)


def test_the_view_of_what_was_before_is_left_first(here: Here) -> None:
    run = here.start()
    here.ready()
    socket = terminal.socket(here.local)
    terminals.tmux("-L", socket, "copy-mode", "-t", "=mayor:")
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    assert prompts(here.record) == [LOOK]


def test_one_sender_at_a_time(here: Here) -> None:
    run = here.start()
    here.ready()
    said = [f"{number} said by one of many" for number in range(4)]
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda text=text: answers.append(here.runtime.deliver(run, text, 60)))
        for text in said
    ]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [""] * 4
    assert sorted(prompts(here.record)) == said


@pytest.mark.parametrize("hooks", [True, False], ids=["hooks", "screen"])
def test_interrupted_it_is_idle_again(here: Here, hooks: bool, tmp_path: Path) -> None:
    run = here.start(hooks=hooks, prompt=f"UNTIL {tmp_path}/never")
    here.shows("esc to interrupt")
    assert here.runtime.interrupt(run) == ""
    # Its hooks still say that it works.
    assert process.until(lambda: here.runtime.activity(run) == "idle", SECONDS)
    assert here.runtime.interrupt(run) == "it does nothing now"
    assert len(events(here.record, "escape")) == 1


def test_all_that_it_left_ends_and_others_live_on(here: Here, sockets: Path, tmp_path: Path) -> None:
    terminals.tmux("-L", "theirs", "new-session", "-d", "-s", "mayor", "sleep 600")
    theirs = terminals.tmux("-L", "theirs", "display-message", "-p", "-t", "=mayor:", "#{pane_pid}")
    run = here.start("orphans,stubborn", prompt="RUN sleep 600 & sleep 600")
    here.ready()
    assert process.until(lambda: len(events(here.record, "orphan")) == 2, SECONDS)
    assert run.proc is not None
    pids = {run.proc.pid, *(each["pid"] for each in events(here.record, "orphan"))}
    procs = {Proc(pid, process.started(pid)) for pid in pids} | kin.descendants(run.proc)
    assert len(kin.live(procs)) == 6  # the program, a shell with two of it, two orphans
    here.runtime.stop(run, 0.2)
    assert kin.live(procs) == set()
    assert (
        terminals.tmux("-L", "theirs", "display-message", "-p", "-t", "=mayor:", "#{pane_pid} #{pane_dead}")
        == f"{theirs.strip()} 0\n"
    )
    assert tmux.shutdown(here.local) == ()
    assert "mayor" in terminals.tmux("-L", "theirs", "list-sessions")


def test_the_server_ends_when_nothing_runs_in_it(here: Here) -> None:
    run = here.start()
    here.ready()
    socket = terminal.socket(here.local)
    terminals.tmux("-L", socket, "new-session", "-d", "-s", "a person's", "sleep 600")
    assert tmux.shutdown(here.local) == ("a person's", "mayor")
    assert here.runtime.alive(run)
    here.runtime.stop(run, 5)
    assert tmux.shutdown(here.local) == ("a person's",)
    terminals.tmux("-L", socket, "kill-session", "-t", "=a person's")
    assert tmux.shutdown(here.local) == ()
    assert terminals.tmux("-L", socket, "list-sessions") == ""
    assert tmux.shutdown(here.local) == ()


def test_an_ended_session_leaves_its_terminal_to_the_next(here: Here) -> None:
    first = here.start()
    here.ready()
    assert first.proc is not None
    os.kill(first.proc.pid, signal.SIGKILL)
    assert process.until(lambda: not here.runtime.alive(first), SECONDS)
    second = here.begin(program(here.record), "s-two")
    here.ready()
    assert [each.name for each in tmux.sessions(here.local)] == ["mayor"]
    assert here.runtime.deliver(first, LOOK, 1) == "its session is over"
    here.runtime.stop(first, 1)
    assert here.runtime.alive(second) and here.runtime.deliver(second, LOOK, SECONDS) == ""
    with pytest.raises(UserError, match="the terminal mayor runs something already; look at it: tmux -L gt-"):
        here.begin(program(here.record), "s-three")
    assert here.runtime.alive(second)


def test_what_can_not_start_says_why(here: Here) -> None:
    with pytest.raises(UserError, match="no program is named for mayor"):
        here.runtime.start(spec(here.town, None))
    missing = Preset(name="none", command="no-such-program", install="npm install -g none")
    assert (
        here.runtime.missing(missing)
        == "no-such-program is not installed here; install it: npm install -g none"
    )
    run = here.begin(missing)  # removed since it was looked for
    assert process.until(lambda: not here.runtime.alive(run), SECONDS)
    assert "no-such-program: No such file or directory" in here.runtime.look(run, 5)


def test_two_towns_and_two_agents_do_not_meet(here: Here, tmp_path: Path) -> None:
    first = here.start()
    other = Here(tmp_path / "other") if (tmp_path / "other").mkdir() is None else None
    assert other is not None
    second = other.start()
    crew = spec(here.town, program(here.record), "s-crew", address=Address("proj/crew/amy"))
    third = terminals.begin(here.runtime, crew, "tmux")
    assert terminal.socket(here.local) != terminal.socket(other.local)
    assert [each.name for each in tmux.sessions(here.local)] == ["mayor", "proj-crew-amy"]
    here.runtime.stop(first, 5)
    assert other.runtime.alive(second) and here.runtime.alive(third)
    other.runtime.stop(second, 5)
    here.runtime.stop(third, 5)


def test_spoilt_state_is_no_state(here: Here) -> None:
    run = here.start()
    here.ready()
    runs.path(here.local, "mayor", runs.STATE).write_text('{"session": 7')
    assert here.runtime.activity(run) == "idle"
    assert here.runtime.deliver(run, LOOK, SECONDS) == ""
    assert prompts(here.record) == [LOOK]


def test_the_server_is_found_where_it_was_started(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = here.start()
    own = os.environ["TMUX_TMPDIR"]
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    assert [each.session for each in terminal.sessions(here.local)] == ["s-one"]
    words = here.runtime.attach(run, os.environ)
    assert words[1] == "-S" and words[2].startswith(own)
    here.runtime.stop(run, 1.0)
    assert tmux.shutdown(here.local) == () and not any(Path(own).glob("tmux-*/*"))
    here.start()  # where the socket is to stand from now on
    assert here.runtime.attach(here.run, os.environ)[1] == "-L" and any(tmp_path.glob("tmux-*/*"))
    here.runtime.stop(here.run, 1.0)
    tmux.shutdown(here.local)


def test_who_looks_at_a_program_that_ends_is_let_go(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    run = here.start()
    here.ready()
    with attached(here.runtime.attach(run, os.environ)) as keyboard:
        assert process.until(lambda: clients.clients(here.local) != (), SECONDS)
        assert run.proc is not None
        os.kill(run.proc.pid, signal.SIGKILL)
        assert process.until(lambda: clients.clients(here.local) == (), SECONDS)
        assert keyboard is not None
    shown = here.runtime.look(run, 45)
    assert shown
    here.begin(program(here.record), "s-two")
    monkeypatch.setattr(terminal, "version", lambda: "")
    assert shown.splitlines()[-1] in here.runtime.look(run, 45)
    assert here.runtime.look(here.run, 45) == ""  # nothing of the session before
