"""`gt demo`: a town at work, to watch."""

from __future__ import annotations

import shlex
import shutil
import signal
import tempfile
from pathlib import Path
from types import FrameType

from gtlib import output
from gtlib.actions.demo import demo
from gtlib.actions.demo_report import Report
from gtlib.actions.demo_report import Told
from gtlib.cli.command import command

STYLES = {"note": "cyan", "town": "", "good": "green", "bad": "bold red"}
MARKS = {"note": "▶", "town": " ", "good": "✓", "bad": "✗"}


@command(
    "demo",
    help={
        "path": "a folder to make it in (default: a temporary one)",
        "keep": "do not keep the folder, but remove it in the end",
    },
    example="gt demo",
)
def demo_(*, path: str = "", keep: bool = True, json: bool = False) -> int:
    """Watch five agents without a model work in a fresh town: four land, one is sent back."""
    folder = Path(path).expanduser().absolute() if path else Path(tempfile.mkdtemp(prefix="gt-demo-"))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        report = demo(folder, _ignore if json else _tell)
    except KeyboardInterrupt:
        output.progress(f"interrupted; nothing runs any more, and what was done is in {folder}")
        raise
    if json:
        output.json_out(report)
    else:
        _summary(report, keep)
    if not keep:
        shutil.rmtree(folder)
    return 1 if report.problems else 0


def _tell(told: Told) -> None:
    output.event(f"{told.seconds:5.1f}s", MARKS[told.kind], told.who, told.what, STYLES[told.kind])


def _ignore(told: Told) -> None:
    """With --json the report alone is printed."""


def _summary(report: Report, keep: bool) -> None:
    output.line()
    output.line(f"{len(report.landed)} landed, {len(report.sent_back)} sent back, in {report.seconds:g} s")
    output.table(
        ("bead", "title", "state", "because"),
        [
            (e.bead, e.title, e.state, e.reason or f"commit {e.commit[:7]}" * bool(e.commit))
            for e in report.beads
        ],
    )
    left = len(report.beads) - len(report.landed)
    output.line(f"convoy {report.convoy} is {report.convoy_status}" + f": {left} to go" * bool(left))
    output.line()
    output.line("mail of the overseer")
    for letter in report.mail:
        output.line(f"  {letter.id}  from {letter.sender}: {letter.subject}")
    for name, lines in (("project", report.project_log), ("town", report.town_log)):
        output.line()
        output.line(f"git log --oneline --graph of the {name}, the newest {len(lines)}")
        for each in lines:
            output.line(f"  {each}")
    if report.problems:
        output.line()
        output.line("what did not work as it should")
        for problem in report.problems:
            output.line(f"  ✗ {problem}")
    if keep:
        output.line()
        output.next_steps(_next(report))


def _next(report: Report) -> list[str]:
    where = [f"cd {shlex.quote(report.town)}", "gt status", f"gt convoy show {report.convoy}"]
    read = [f"gt mail read {letter.id}" for letter in report.mail[:1]]
    back = [f"bd show {ended.bead}" for ended in report.sent_back[:1]]
    log = [f"git -C {shlex.quote(report.project)} log --graph"]
    return [*where, *read, *back, *log, f"rm -rf {shlex.quote(report.path)}"]


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
