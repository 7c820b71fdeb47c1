"""`gt catch-up`: what every wake-up does, by hand."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.catch_up import catch_up as run
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.output import count
from gtlib.rules.edits import events
from gtlib.store.town import Town


@command("catch-up", example="gt catch-up")
def catch_up(*, json: bool = False) -> None:
    """Look at everything new, as git hooks and the deacon do, and do what follows."""
    where = here()
    report = run(Town.find(where.cwd), where.actor)
    if json:
        output.json_out(
            {
                "commits": [{"commit": a.commit, "events": events(a.edit)} for a in report.applied],
                "notes": report.notes,
                "broken": report.broken,
            }
        )
        return
    for applied in report.applied:
        for event in events(applied.edit):
            output.line(f"✓ {event}")
    for note in report.notes:
        output.line(f"! {note}")
    for problem in report.broken:
        output.line(f"! {problem}")
    if not report.applied:
        output.line("nothing to do")
    else:
        commits = count(len(report.applied), "commit")
        output.next_steps([f"git log --stat -{len(report.applied)}   shows the {commits}"])
