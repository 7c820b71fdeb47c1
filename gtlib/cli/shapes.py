"""The objects that `--json` prints for items, with the keys that users of beads and Gas Town know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gtlib.model.bead import Bead
from gtlib.model.convoy import Convoy
from gtlib.model.edges import PARENT
from gtlib.model.edges import edges
from gtlib.model.interchange import line_of
from gtlib.model.message import Message
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.names import StepId
from gtlib.rules.flow import Flow
from gtlib.rules.holding import Ledger
from gtlib.rules.mail_to import of_message
from gtlib.rules.post import PRIORITIES
from gtlib.rules.steps import counts
from gtlib.rules.steps import standings
from gtlib.rules.waiting import waiting


def issue(snapshot: Snapshot, bead: Bead) -> dict[str, Any]:
    """A bead in the interchange format, with the time of its last change; what is empty is left out."""
    return line_of(snapshot.dated(bead))


class Neighbours:
    """The edges between all beads, read once: counts for rows, both directions for `show`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.ledger = Ledger(snapshot)
        self.into: dict[ItemId, list[tuple[Bead, str]]] = {}
        for bead in self.ledger.beads.values():
            for edge in edges(bead):
                self.into.setdefault(ItemId(edge.to), []).append((bead, edge.type))

    def row(self, bead: Bead) -> dict[str, Any]:
        """A bead as lists print it."""
        shape = issue(self.ledger.snapshot, bead)
        if bead.parent:
            shape["parent"] = bead.parent
        leads = shape.get("dependencies", ())
        shape["dependency_count"] = sum(each["type"] != PARENT for each in leads)
        shape["dependent_count"] = sum(type != PARENT for _, type in self.into.get(bead.id, ()))
        shape["comment_count"] = len(bead.comments)
        return shape

    def details(self, bead: Bead) -> dict[str, Any]:
        """A bead as `show` prints it: with what it leads to and what leads to it."""
        shape, snapshot = self.row(bead), self.ledger.snapshot
        found = [(edge, self.ledger.find(ItemId(edge.to))) for edge in edges(bead)]
        shape["dependencies"] = [
            {**(issue(snapshot, to) if to else {"id": edge.to}), "dependency_type": edge.type}
            for edge, to in found
        ]
        shape["dependents"] = [
            {**issue(snapshot, each), "dependency_type": type} for each, type in self.into.get(bead.id, ())
        ]
        if bead.type == "epic":
            below = list(self.ledger.below(bead.id))
            closed = sum(each.status == "closed" for each in below)
            shape["epic_total_children"], shape["epic_closed_children"] = len(below), closed
            shape["epic_closeable"] = bool(below) and closed == len(below)
        return shape


def molecule(snapshot: Snapshot, item: Molecule) -> dict[str, Any]:
    """A molecule with its steps and how each stands."""
    flow = Flow(snapshot, item)
    done, skipped, total = counts(flow)
    steps = standings(flow)
    current = next((step for step, standing in steps if standing == "current"), None)
    return {
        "molecule_id": item.id,
        "molecule_title": item.title,
        "formula": item.formula,
        "status": item.status,
        "assignee": item.assignee,
        "for": item.bead,
        "vars": item.vars,
        "created_at": item.created,
        "closed_at": item.closed,
        "current_step": current.id if current else None,
        "next_step": _after(steps, current.id) if current else None,
        "steps": [
            {
                "issue": {"id": f"{item.id}.{step.id}", "title": step.title, "description": step.text},
                "id": step.id,
                "needs": step.needs,
                "status": standing,
                "is_current": standing == "current",
                **_step_facts(flow, step.id),
            }
            for step, standing in steps
        ],
        "waits": [
            {"step": each.step, "kind": each.kind, "on": each.on, "said": each.said, "how": each.how}
            for each in waiting(flow, item.assignee)
        ],
        "poured": item.poured,
        "template": item.template,
        "completed": done + skipped,
        "skipped": skipped,
        "total": total,
    }


def _step_facts(flow: Flow, id: str) -> dict[str, Any]:
    """What is known of a step where there is something."""
    bead, how = flow.bead(id), flow.recipe.get(StepId(id))
    known: dict[str, Any] = {
        "commit": flow.evidence(id),
        "reason": flow.molecule.reasons.get(id, ""),
        "attempts": flow.molecule.attempts.get(id, 0),
        "gate": flow.molecule.gates.get(id, ""),
        "assignee": bead.assignee if bead is not None else how.assignee if how is not None else "",
        "control": how.control if how is not None else "",
    }
    return {key: value for key, value in known.items() if value}


def _after(steps: Iterable[tuple[Any, str]], current: str) -> str | None:
    found = iter(steps)
    for step, _ in found:
        if step.id == current:
            break
    return next((step.id for step, standing in found if standing in ("ready", "pending")), None)


def message(item: Message, owner: str, read: bool) -> dict[str, Any]:
    """A message as it lies in the mailbox of `owner`. When it was read only `gt mail track` looks up."""
    words = {number: word for word, number in PRIORITIES.items()}
    return {
        "id": item.id,
        "from": item.sender,
        "to": owner,
        "recipients": item.to,
        "cc": item.cc,
        "subject": item.subject,
        "body": item.body,
        "timestamp": item.sent,
        "read": read,
        "priority": words.get(item.priority, "normal"),
        "type": item.type,
        "thread_id": item.thread,
        "reply_to": item.reply_to,
        "pinned": item.pinned,
        "wisp": False,
        "delivery": "queue",
        "queue": of_message(item.to, "queue"),
        "channel": of_message(item.to, "channel"),
        "claimed_by": item.claimed_by,
        "claimed_at": item.claimed_at,
        "delivery_state": "acked" if read else "pending",
        "delivery_acked_by": owner if read else "",
        "delivery_acked_at": "",
    }


def convoy(snapshot: Snapshot, item: Convoy) -> dict[str, Any]:
    """A convoy with what it tracks."""
    beads = [snapshot.bead(id) for id in item.tracks]
    owned = "gt:owned" in item.labels
    return {
        "id": item.id,
        "title": item.title,
        "status": item.status,
        "owned": owned,
        "lifecycle": "caller-managed" if owned else "system-managed",
        "merge_strategy": item.merge,
        "owner": item.owner,
        "notify": item.notify,
        "human": item.human,
        "created_at": item.created,
        "closed_at": item.closed,
        "tracked": [
            {"id": id, "title": "", "status": "unknown"}
            if bead is None
            else {
                "id": id,
                "title": bead.title,
                "status": bead.status,
                "issue_type": bead.type,
                "assignee": bead.assignee,
                "close_reason": bead.close_reason,
            }
            for id, bead in zip(item.tracks, beads, strict=True)
        ],
        "completed": sum(bead is not None and bead.status == "closed" for bead in beads),
        "total": len(beads),
    }
