"""`bd label add`, `remove` and `propagate`, `tag` and `set-state`: labels of beads."""

from __future__ import annotations

from collections.abc import Sequence

from gtlib import output
from gtlib.actions.propagate import propagate
from gtlib.actions.set_state import set_state
from gtlib.actions.update import Updated
from gtlib.actions.update import update
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.rules import fields
from gtlib.rules.change_bead import Changes
from gtlib.store.town import Town


@command(
    "bead label add",
    help={"words": "the beads, and last the label"},
    example="bd label add gt-abc12 gt-def34 auth",
)
def add(*words: str, json: bool = False) -> None:
    """Add a label to beads."""
    ids, labels = _sorted(words, "add")
    _change(ids, Changes(add_labels=labels), labels, json)


@command(
    "bead label remove",
    "bead label rm",
    help={"words": "the beads, and last the label"},
    example="bd label remove gt-abc12 gt-def34 auth",
)
def remove(*words: str, json: bool = False) -> None:
    """Take a label off beads that have it."""
    ids, labels = _sorted(words, "remove")
    _change(ids, Changes(remove_labels=labels), labels, json)


@command(
    "bead label propagate",
    help={"parent": "the bead whose children are meant", "label": "the label"},
    example="bd label propagate gt-abc12 auth",
)
def propagate_label(parent: str, label: str, *, json: bool = False) -> None:
    """Add a label to all children of a bead."""
    where = here()
    labels = fields.labels([label])
    town = Town.open(where.root)
    _say(town, propagate(town, parent, labels, where.actor), labels, json)


@command(
    "bead tag",
    help={"id": "the bead", "label": "labels, with commas between them"},
    example="bd tag gt-abc12 auth",
)
def tag(id: str, label: str, *, json: bool = False) -> None:
    """Add a label to a bead."""
    labels = fields.labels([label])
    _change([id], Changes(add_labels=labels), labels, json)


@command(
    "bead set-state",
    short={"reason": "r"},
    help={"id": "the bead", "state": "DIMENSION=VALUE", "reason": "why; the event that is made tells it"},
    example="bd set-state gt-abc12 mode=degraded --reason 'the queue is full'",
)
def set_state_of(id: str, state: str, *, reason: str = "", json: bool = False) -> None:
    """Give a bead a state: a label DIMENSION:VALUE, and an event that tells of the change."""
    where = here()
    town = Town.open(where.root)
    found = set_state(town, id, state, reason, where.actor)
    tell(town)
    changed = bool(found.event)
    if json:
        output.json_out(
            {
                "issue_id": found.bead,
                "dimension": found.dimension,
                "old_value": found.old,
                "new_value": found.new,
                "event_id": found.event,
                "changed": changed,
            }
        )
        return
    if changed:
        was = f" (was {found.old})" if found.old else ""
        output.line(f"{found.bead}: {found.dimension} is {found.new}{was}, told by {found.event}")
    else:
        output.line(f"{found.bead}: {found.dimension} is {found.new} already: nothing changed")
    output.next_steps([f"bd show {found.bead}"])


def _change(ids: Sequence[str], changes: Changes, labels: tuple[str, ...], json: bool) -> None:
    where = here()
    town = Town.open(where.root)
    _say(town, update(town, ids, changes, where.actor), labels, json)


def _sorted(words: tuple[str, ...], verb: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids and the labels of `ID... LABEL`."""
    if len(words) < 2:
        raise UsageError(
            f"bd label {verb} needs beads and a label", f"name them: bd label {verb} gt-abc12 auth"
        )
    return words[:-1], fields.labels(words[-1:])


def _say(town: Town, done: Sequence[Updated], labels: Sequence[str], json: bool) -> None:
    tell(town)
    rows = [(each.bead.id, label, _status(each, label)) for each in done for label in labels]
    if json:
        output.json_out([{"status": how, "issue_id": id, "label": label} for id, label, how in rows])
        return
    said = {"added": "added {1} to {0}", "removed": "took {1} off {0}", "unchanged": "{0} has {1} already"}
    for id, label, how in rows:
        output.line(said[how].format(id, label))
    output.next_steps([f"bd show {each.bead.id}" for each in done[:3]])


def _status(each: Updated, label: str) -> str:
    had, has = label in each.before.labels, label in each.bead.labels
    return "unchanged" if had == has else "added" if has else "removed"
