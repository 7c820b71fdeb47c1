"""`bd ready`: what can be taken up now."""

from __future__ import annotations

from gtlib import clock
from gtlib import names
from gtlib.cli.beads import FILTERS
from gtlib.cli.beads import _labelled
from gtlib.cli.beads import _of_type
from gtlib.cli.beads import _print
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import scope
from gtlib.cli.shapes import Neighbours
from gtlib.rules import fields
from gtlib.rules.find import find_id
from gtlib.rules.new_bead import known_assignee
from gtlib.rules.ready import ready as ready_beads


@command(
    "bead ready",
    short={"limit": "n", "priority": "p", "type": "t", "assignee": "a", "label": "l"},
    help={**FILTERS, "type": "of this type"},
    example="bd ready -n 5",
)
def ready(
    *,
    limit: int = 100,
    priority: str = "",
    type: str = "",
    assignee: str | None = None,
    label: tuple[str, ...] = (),
    label_any: tuple[str, ...] = (),
    parent: str = "",
    rig: str = "",
    all_rigs: bool = False,
    json: bool = False,
) -> None:
    """List the beads that can be taken up now: open, and nothing that they need is open."""
    most = limited(limit)
    where = here()
    snapshot = where.snapshot()
    near = Neighbours(snapshot)
    kept = list(ready_beads(snapshot, clock.stamp(clock.now())))
    kept = _of_type(kept, (type,) if type else (), near.ledger.beads.values())
    prefix = scope(where, snapshot, rig, all_rigs)
    kept = [bead for bead in kept if prefix is None or names.prefix_of(bead.id) == prefix]
    if parent:
        above = find_id(snapshot, parent, "beads")
        kept = [bead for bead in kept if bead.parent == above]
    if assignee is not None:
        who = known_assignee(snapshot, assignee)
        kept = [bead for bead in kept if bead.assignee == who]
    kept = _labelled(kept, priority, fields.labels(label), fields.labels(label_any))
    _print(where, snapshot, near, kept, most, json, nothing="nothing is ready")
