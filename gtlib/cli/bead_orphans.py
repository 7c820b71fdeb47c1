"""`bd orphans`: open beads whose work has landed."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.bead_rows import bead_line
from gtlib.cli.command import command
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.model.bead import Bead
from gtlib.rules.ready import naturally
from gtlib.rules.statuses import is_over
from gtlib.store.mentions import Mention
from gtlib.store.mentions import of_target
from gtlib.store.rig import Rig


@command(
    "bead orphans",
    help={"details": "with the commits", "rig": "commits of that rig alone"},
    example="bd orphans --details",
)
def orphans(*, details: bool = False, rig: str = "", json: bool = False) -> None:
    """List open beads that commits on a project's target branch name: landed, but not closed."""
    where = here()
    snapshot = where.snapshot()
    rigs = list(snapshot.rigs())
    if rig:
        rigs = [each for each in rigs if each.name == choice("--rig", rig, [str(each.name) for each in rigs])]
    live = {str(b.id): b for b in snapshot.beads() if not is_over(snapshot.town, b.status)}
    found: dict[str, Mention] = {}
    for config in rigs:
        for id, mention in of_target(Rig(where.root, config), live).items():
            found.setdefault(id, mention)
    beads = naturally(live[id] for id in found)
    if json:
        output.json_out([_orphan(bead, found[bead.id]) for bead in beads])
        return
    for bead in beads:
        output.line(bead_line(bead))
        if details:
            mention = found[bead.id]
            output.line(f"  {mention.commit[:10]} in {mention.rig}: {output.one_line(mention.subject)}")
    if not beads:
        output.line("no open bead is named by a commit that has landed")
    output.next_steps([f"bd close {bead.id} -r landed" for bead in beads[:3]])


def _orphan(bead: Bead, mention: Mention) -> dict[str, str]:
    return {
        "issue_id": bead.id,
        "title": bead.title,
        "status": bead.status,
        "latest_commit": mention.commit,
        "latest_commit_message": mention.subject,
        "rig": mention.rig,
    }
