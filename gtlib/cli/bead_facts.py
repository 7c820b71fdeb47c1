"""`bd comments`, `label list`, `label list-all`, `state` and `state list`: single facts of beads."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.cli.shapes import issue
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.rules.find import find_bead
from gtlib.rules.stats import grouped


@command(
    "bead comments", "bead comments list", help={"id": "the bead", "at": AT}, example="bd comments gt-abc12"
)
def comments(id: str, *, at: str | None = None, json: bool = False) -> None:
    """Show the comments on a bead, the oldest first."""
    snapshot = here().snapshot(at)
    bead = find_bead(snapshot, id)
    if json:
        output.json_out(issue(snapshot, bead).get("comments", []))
        return
    for number, comment in enumerate(bead.comments):
        if number:
            output.line("")
        output.line(output.one_line(f"{comment.author}, {ago(comment.created)}"))
        for line in comment.text.strip("\n").splitlines():
            output.line(f"  {line}".rstrip())
    if not bead.comments:
        output.line(f"no comments on {bead.id}")
        output.next_steps([f"bd comment {bead.id} 'What is to be said'"])


@command("bead label list", help={"id": "the bead", "at": AT}, example="bd label list gt-abc12")
def label_list(id: str, *, at: str | None = None, json: bool = False) -> None:
    """List the labels of a bead."""
    bead = find_bead(here().snapshot(at), id)
    if json:
        output.json_out(list(bead.labels))
    else:
        output.line("\n".join(map(output.one_line, bead.labels)) or f"{bead.id} has no labels")


@command(
    "bead label list-all",
    help={"rig": HELP["rig"], "all_rigs": HELP["all_rigs"], "at": AT},
    example="bd label list-all",
)
def label_list_all(
    *, rig: str = "", all_rigs: bool = False, at: str | None = None, json: bool = False
) -> None:
    """List the labels that beads have, closed ones too, and how many have each."""
    where = here()
    snapshot = where.snapshot(at)
    beads = of_prefix(snapshot, list(snapshot.beads()), scope(where, snapshot, rig, all_rigs))
    found = sorted(grouped((bead for bead in beads if bead.labels), "label"))
    if json:
        output.json_out([{"label": label, "count": number} for label, number in found])
    elif found:
        output.table(["label", "beads"], found)
    else:
        output.line("no bead has a label")


@command(
    "bead state",
    help={"id": "the bead", "dimension": "which of its states, such as health", "at": AT},
    example="bd state gt-abc12 health",
)
def state(id: str, dimension: str, *, at: str | None = None, json: bool = False) -> None:
    """Say the state of a bead in a dimension: what its label `dimension:value` says."""
    if not dimension.strip() or ":" in dimension:
        raise UserError(f"{dimension!r} is no dimension", "write its name alone, such as health")
    bead = find_bead(here().snapshot(at), id)
    value = _states(bead).get(dimension, "")
    if json:
        output.json_out({"issue_id": bead.id, "dimension": dimension, "value": value or None})
    else:
        output.line(output.one_line(value) or f"{bead.id} has no state {output.one_line(dimension)}")


@command("bead state list", help={"id": "the bead", "at": AT}, example="bd state list gt-abc12")
def state_list(id: str, *, at: str | None = None, json: bool = False) -> None:
    """List the states of a bead by dimension."""
    bead = find_bead(here().snapshot(at), id)
    states = _states(bead)
    if json:
        output.json_out({"issue_id": bead.id, "states": states})
    elif states:
        output.table(["dimension", "value"], list(states.items()))
    else:
        output.line(f"{bead.id} has no states")
        output.next_steps([f"bd set-state {bead.id} health=ok"])


def _states(bead: Bead) -> dict[str, str]:
    """What labels `dimension:value` say; of two with one dimension the last."""
    pairs = (label.partition(":") for label in bead.labels)
    return {dimension: value for dimension, colon, value in pairs if colon and dimension and value}
