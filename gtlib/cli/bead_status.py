"""`bd status`: the numbers of the ledger, and what happened in the last day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import PurePath

from gtlib import clock
from gtlib import names
from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import prefixes
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.kept import without_templates
from gtlib.rules.stats import summary
from gtlib.store import history

HOURS = 24
WORDS = {
    "open_issues": "open",
    "in_progress_issues": "in progress",
    "blocked_issues": "blocked",
    "deferred_issues": "deferred",
    "pinned_issues": "pinned",
    "closed_issues": "closed",
    "ready_issues": "ready",
    "epics_eligible_for_closure": "epics that can be closed",
}
# of the front matter alone: parsing all that a busy day changed takes seconds
_WORD = {
    key: re.compile(rb"^%s:[ \t]*[\"']?([A-Za-z0-9_-]+)" % key.encode(), re.MULTILINE)
    for key in ("status", "type")
}


@command(
    "bead status",
    "bead stats",
    help={
        "no_activity": "without what happened in the last day, which git is asked for",
        "assigned": "only what is assigned to you",
        "all": "the whole town",
        "rig": HELP["rig"],
        "all_rigs": HELP["all_rigs"],
        "at": AT,
    },
    example="bd status",
)
def status(
    *,
    no_activity: bool = False,
    assigned: bool = False,
    all: bool = False,
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Say how many beads are open, ready, blocked and done, and what happened in the last day."""
    where = here()
    snapshot = where.snapshot(at)
    prefix = scope(where, snapshot, rig, all_rigs or (all and not rig))
    beads = [bead for bead in snapshot.beads() if bead.type not in SYSTEM_TYPES]
    beads = without_templates(snapshot.bead, of_prefix(snapshot, beads, prefix))
    if assigned:
        me = where.agent or where.actor
        beads = [bead for bead in beads if bead.assignee == me]
    shape: dict[str, object] = {"summary": summary(snapshot, beads, clock.stamp(clock.now()))}
    if not no_activity:
        shape["recent_activity"] = activity(where, snapshot, prefix)
    if json:
        output.json_out(shape)
    else:
        _print(shape)


def activity(where: Here, snapshot: Snapshot, prefix: str | None = None) -> dict[str, int]:
    """What became of beads in the last day: of that prefix, without system work. Raises GitError."""
    start = clock.now() - timedelta(hours=HOURS)
    commits, changed = history.since(where.root, start, snapshot.commit, "beads")
    known = prefixes(snapshot)
    found = [
        each
        for each in changed
        if each.path.endswith(".md") and prefix in (None, names.prefix_of(PurePath(each.path).stem, known))
    ]
    texts = history.blobs(where.root, (blob for each in found for blob in (each.old, each.new) if blob))
    found = [each for each in found if _word("type", texts, each.new or each.old) not in SYSTEM_TYPES]
    counts = dict.fromkeys(("created", "closed", "reopened", "updated"), 0)
    for each in found:
        if each.new is None:
            continue
        was = _word("status", texts, each.old) or "open"
        now = _word("status", texts, each.new) or "open"
        counts["created"] += each.old is None
        if was != "closed" and now == "closed":
            counts["closed"] += 1
        elif was == "closed" and now != "closed":
            counts["reopened"] += 1
        else:
            counts["updated"] += each.old is not None
    return {
        "hours_tracked": HOURS,
        "commit_count": commits,
        **{f"issues_{name}": number for name, number in counts.items()},
        "total_changes": sum(counts.values()),
    }


def _word(key: str, texts: Mapping[str, bytes], blob: str | None) -> str:
    found = _WORD[key].search(texts.get(blob or "", b"").partition(b"\n---")[0])
    return found[1].decode() if found else ""


def _print(shape: dict[str, object]) -> None:
    numbers, recent = shape["summary"], shape.get("recent_activity")
    assert isinstance(numbers, dict)
    output.line(output.count(numbers["total_issues"], "bead"))
    for key, word in WORDS.items():
        if numbers[key]:
            output.line(f"  {numbers[key]:>5}  {word}")
    if numbers["average_lead_time_hours"]:
        output.line(f"  {numbers['average_lead_time_hours']:g} hours from creation to the end, on average")
    if isinstance(recent, dict):
        output.line("")
        output.line(f"last {recent['hours_tracked']} hours: {output.count(recent['commit_count'], 'commit')}")
        for word in ("created", "closed", "reopened", "updated"):
            if recent[f"issues_{word}"]:
                output.line(f"  {recent[f'issues_{word}']:>5}  {word}")
    output.next_steps(["bd ready", "bd list"])
