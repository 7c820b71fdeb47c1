"""A program that looks like a coding agent's: for sessions in terminals and without, with all that can go wrong.

    python fake_program.py [--mode WORD[,WORD...]] [--record FILE] [--settings FILE] [-p] [--resume ID]
                           [--session-id ID] [PROMPT]

It draws a prompt box like claude's, works when it is asked to (`SLOW SECONDS`, `UNTIL FILE`, `RUN COMMAND`), takes what is
said meanwhile into its queue, and ends its turn at Escape. FILE of `--record` gets a JSON line of each event. With
`-p` it prints one turn as claude's stream-json. FILE may be a folder: then each agent has a file in it. Modes:

    normal      as above                     swallow    the first Enter does nothing
    deaf        draws, but takes no keys     blind      takes keys and words, but draws no box
    hang        reads nothing at all         dialog     asks something before the box
    flood       prints without end           exit0      ends at once, as if all were well
    orphans     leaves processes that have   stubborn   ignores SIGTERM
                left its group               meddler    writes into the town's run state
    work        does the work of its agent, and of `fake_work` the other modes: how that goes wrong

As `fake_program.py --hook EVENT` it is what such a program calls at its events: it writes the session's state.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import time
import tty
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.fake_work import Worker

PATH = Path(__file__)
RULE = "─" * 60
EVENTS = {"SessionStart": "start", "UserPromptSubmit": "prompt", "Stop": "stop", "SessionEnd": "end"}
_ACTIVITY = {"start": "idle", "prompt": "busy", "stop": "idle", "end": "idle"}


def settings() -> str:
    """Settings for `--settings` whose hooks write the session's state."""
    command = shlex.join([sys.executable, str(PATH), "--hook"])
    found = {
        theirs: [{"hooks": [{"type": "command", "command": f"{command} {ours}"}]}]
        for theirs, ours in EVENTS.items()
    }
    return json.dumps({"hooks": found})


def hook(event: str) -> int:
    """Write what the program says into the state file of its session."""
    from gtlib.runtimes import runs  # the program itself starts without it

    said = json.load(sys.stdin)
    local, address = Path(os.environ["GT_TOWN"]) / ".git" / "gt", os.environ["GT_ROLE"]
    session = os.environ["GT_SESSION"]
    before = runs.read_state(local, address)
    turns = before.turns if before is not None and before.session == session else 0
    state = runs.State(
        session=session, native=said["session_id"], transcript=said["transcript_path"], event=event,
        activity=_ACTIVITY[event], at=time.time(), turns=turns + (event == "prompt"),
    )  # fmt: skip
    runs.write_state(local, address, state)
    return 0


class Program:
    """One run of it."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.modes = given.mode.split(",")
        self.record = given.record
        if self.record and Path(self.record).is_dir():
            self.record = str(Path(self.record) / os.environ["GT_ROLE"].replace("/", "."))
        self.resumed = bool(given.resume)
        self.id = given.resume or given.session_id or str(uuid.uuid4())
        self.transcript = Path.home() / ".fake" / f"{self.id}.jsonl"
        self.hooks = json.loads(Path(given.settings).read_text())["hooks"] if given.settings else {}
        self.box = ""
        self.queue: list[str] = []
        self.until: float | Path | None = None
        self.swallow = "swallow" in self.modes
        self.said: list[str] = []
        self.worker: Worker | None = None

    def note(self, event: str, **more: object) -> None:
        if self.record:
            with open(self.record, "a", encoding="utf-8") as file:
                file.write(json.dumps({"event": event, "pid": os.getpid(), **more}) + "\n")

    def tell(self, event: str) -> str:
        """Run the hooks of an event, as claude does; why it may not stop, when they say so."""
        said = {
            "session_id": self.id, "transcript_path": str(self.transcript), "hook_event_name": event,
            "cwd": os.getcwd(), "source": "resume" if self.resumed else "startup",
        }  # fmt: skip
        why = ""
        for entry in self.hooks.get(event, ()):
            for one in entry["hooks"]:
                words = ["/bin/sh", "-c", one["command"]]
                done = subprocess.run(
                    words, input=json.dumps(said).encode(), check=False, stdout=subprocess.PIPE
                )
                if done.stdout:
                    answer = json.loads(done.stdout)
                    self.note("told", at=time.time(), by=event, answer=answer)
                    why = why or answer.get("reason", "")
        return why

    def write(self, kind: str, text: str) -> None:
        self.transcript.parent.mkdir(parents=True, exist_ok=True)
        message = {"id": f"m-{time.time_ns()}", "role": kind, "content": text, "model": "fake-1"}
        usage = {"input_tokens": 10, "output_tokens": 2}
        line = {
            "type": kind,
            "sessionId": self.id,
            "message": message | ({"usage": usage} if kind == "assistant" else {}),
        }
        with self.transcript.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def submit(self, text: str) -> None:
        self.note("prompt", text=text, at=time.time())
        self.write("user", text)
        self.said.append(f"❯ {text}")
        self.tell("UserPromptSubmit")
        if self.until is not None:
            self.queue.append(text)
            return
        self.work(text)

    def work(self, text: str) -> None:
        """Begin what is asked for; what asks for nothing is answered."""
        if self.worker is not None:
            self.until = self.worker.begin()
            return
        asked = re.search(r"\b(SLOW|UNTIL|RUN) (.+)", text)
        verb, rest = asked.groups() if asked else ("", "")
        if verb == "SLOW":
            self.until = time.monotonic() + float(rest)
        elif verb == "UNTIL":
            self.until = Path(rest.strip())
        else:
            if verb == "RUN":
                subprocess.Popen(["/bin/sh", "-c", rest], stdin=subprocess.DEVNULL)
            self.answer()

    def answer(self) -> None:
        self.until = None
        self.write("assistant", "Done.")
        self.said.append("● Done.")
        self.note("answer")
        why = self.tell("Stop")
        if self.worker is not None and not self.worker.may_stop(why):
            self.until = self.worker.begin()

    def step(self) -> None:
        """Go on with the turn."""
        over = self.until.exists() if isinstance(self.until, Path) else time.monotonic() >= (self.until or 0)
        if self.until is not None and over:
            self.queue.clear()
            self.answer()

    def draw(self) -> None:
        if "blind" in self.modes:
            return
        count = f"{len(self.queue)} queued, {time.monotonic():.0f} s"
        busy = [f"✻ Working… ({count})"] if self.until is not None else []
        foot = "  ⏵⏵ go on" + (" · esc to interrupt" if busy else "")
        lines = [*self.said[-20:], "", *busy, RULE, f"❯\xa0{self.box}", RULE, foot]
        at = len(lines) - 2
        # As claude does it: the cursor is not seen, but stands behind what was typed.
        sys.stdout.write("\x1b[H\x1b[2J\x1b[?25l" + "\r\n".join(lines) + f"\x1b[{at};{3 + len(self.box)}H")
        sys.stdout.flush()

    def take(self, text: str) -> None:
        """What was typed or pasted."""
        if text == "\x1b":
            self.note("escape")
            if self.until is not None:
                self.until = None
                self.said.append("  Interrupted")
            return
        for part in text.replace("\x1b[200~", "").replace("\x1b[201~", ""):
            if part == "\r":
                if self.swallow:
                    self.swallow = False
                elif self.box:
                    said, self.box = self.box, ""
                    self.submit(said)
            elif part == "\x15":
                self.box = ""
            elif part == "\x03":
                raise SystemExit(0)
            elif part >= " ":
                self.box += part

    def run(self, prompt: str) -> None:
        sys.stdout.write("\x1b[?2004h")
        if "dialog" in self.modes:
            self.ask()
        self.tell("SessionStart")
        if prompt:
            self.submit(prompt)
        self.draw()
        while True:
            if select.select([sys.stdin], [], [], 0.02)[0]:
                data = os.read(0, 65536).decode("utf-8", "replace")
                if not data:
                    return
                if "deaf" not in self.modes:
                    self.take(data)
                self.draw()
            elif self.until is not None:
                self.step()
                self.draw()

    def ask(self) -> None:
        sys.stdout.write(
            "Quick safety check: is this a folder that you trust?\r\n\r\n❯ No, exit\r\n  Yes\r\n"
        )
        sys.stdout.flush()
        self.note("key", text=os.read(0, 100).decode("utf-8", "replace"))

    def print(self, prompt: str) -> int:
        """One turn without a terminal."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.note("prompt", text=prompt)
        self.write("user", prompt)
        self.say(type="system", subtype="init", session_id=self.id, model="fake-1")
        self.tell("SessionStart")
        self.tell("UserPromptSubmit")
        self.work(prompt)
        while self.until is not None:
            time.sleep(0.02)
            self.step()
        usage = {"input_tokens": 10, "output_tokens": 2}
        content = [{"type": "text", "text": "Done."}]
        message = {"id": "m-1", "role": "assistant", "model": "fake-1", "content": content, "usage": usage}
        self.say(type="assistant", session_id=self.id, message=message)
        self.say(
            type="result", subtype="success", is_error=False, session_id=self.id, usage=usage, num_turns=1,
            total_cost_usd=0.01, result="Done.", modelUsage={"fake-1": {"inputTokens": 10, "outputTokens": 2, "costUSD": 0.01}},
        )  # fmt: skip
        self.tell("SessionEnd")
        return 0

    def say(self, **line: object) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def orphan(note: Program) -> None:
    """A process that has left the group, the terminal and its parent: once as it is, once deaf to SIGTERM."""
    for stubborn in (False, True):
        if os.fork():
            continue
        os.setsid()
        if os.fork():
            os._exit(0)
        if stubborn:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        note.note("orphan")
        time.sleep(600)
        os._exit(0)


def meddle() -> None:
    """Make all that is known of sessions useless."""
    for path in (Path(os.environ["GT_TOWN"]) / ".git" / "gt" / "run").glob("*.state.json"):
        path.write_text('{"session": 7, "turns": "many')


def main() -> int:
    reader = argparse.ArgumentParser()
    for flag in ("--mode", "--record", "--settings", "--resume", "--session-id", "--hook"):
        reader.add_argument(flag, default="")
    reader.add_argument("-p", dest="print", action="store_true")
    reader.add_argument("--dangerously-skip-permissions", action="store_true")
    reader.add_argument("prompt", nargs="?", default="")
    given = reader.parse_args()
    if given.hook:
        return hook(given.hook)
    program = Program(given)
    program.note("begin", argv=sys.argv[1:], env=dict(os.environ))
    if "work" in program.modes:
        from tests.support import fake_work  # who only draws a box starts without it

        program.worker = fake_work.Worker(program)
        program.modes = program.worker.modes
    if "stubborn" in program.modes:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "orphans" in program.modes:
        orphan(program)
    if "meddler" in program.modes:
        meddle()
    if "exit0" in program.modes:
        return 0
    while "hang" in program.modes:
        time.sleep(600)
    while "flood" in program.modes:
        sys.stdout.write("y" * 150 + "\n")
    if given.print:
        return program.print(given.prompt)
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        program.run(given.prompt)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
