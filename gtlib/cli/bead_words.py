"""`bd statuses` and `types`: the words that beads take."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.bead_rows import mark
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.rules.fields import ALIASES
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.fields import TYPES
from gtlib.rules.statuses import CATEGORIES

STATUSES = {
    "open": "to be done",
    "in_progress": "somebody works on it",
    "hooked": "on an agent's hook",
    "blocked": "held up, as somebody said by hand",
    "deferred": "put off, until its date if it has one",
    "pinned": "context that stays",
    "closed": "done",
}
KINDS = {
    "task": "a piece of work",
    "bug": "something is wrong",
    "feature": "something new for users",
    "epic": "work in several parts",
    "chore": "upkeep",
    "decision": "what was decided, and why",
    "spike": "something to find out",
    "story": "what a user wants",
    "milestone": "a point to reach",
    "gate": "a condition that work waits for",
    "molecule": "the root of a workflow",
    "message": "mail",
    "merge-request": "an entry of the merge queue",
    "event": "something that happened",
}


@command("bead statuses", example="bd statuses")
def statuses(*, json: bool = False) -> None:
    """List the statuses that beads may have."""
    own = here().snapshot().town.statuses
    if json:
        built_in = [
            {"name": name, "category": CATEGORIES[name], "icon": mark(name), "description": text}
            for name, text in STATUSES.items()
        ]
        custom = [{"name": name, "category": category, "icon": mark(name)} for name, category in own.items()]
        output.json_out({"built_in_statuses": built_in, "custom_statuses": custom})
        return
    rows = [[f"{mark(name)} {name}", CATEGORIES[name], text] for name, text in STATUSES.items()]
    rows += [[f"{mark(name)} {name}", category, "the town's own"] for name, category in own.items()]
    output.table(["status", "category", "meaning"], rows)


@command("bead types", example="bd types")
def types(*, json: bool = False) -> None:
    """List the types that beads may have."""
    own = here().snapshot().town.types
    also = {kind: [word for word, meant in ALIASES.items() if meant == kind] for kind in TYPES}
    if json:
        core = [{"name": kind, "description": KINDS[kind], "aliases": also[kind]} for kind in TYPES]
        output.json_out({"core_types": core, "custom_types": own})
        return
    rows = [
        [kind, ", ".join(also[kind]), f"{KINDS[kind]}{' (system work)' if kind in SYSTEM_TYPES else ''}"]
        for kind in TYPES
    ]
    output.table(["type", "also", "meaning"], [*rows, *([kind, "", "the town's own"] for kind in own)])
