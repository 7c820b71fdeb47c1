"""`gt escalate list`: what a person must decide, without libgit2."""

from __future__ import annotations

from typing import Any

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import short
from gtlib.model.escalation import Escalation
from gtlib.rules.escalations import listed


@command("escalate list", "escalate ls", help={"all": "closed ones too"}, example="gt escalate list --all")
def list_(*, all: bool = False, json: bool = False) -> None:
    """List what waits for a person's decision, the most severe first."""
    where = here()
    snapshot = where.snapshot()
    found = listed(snapshot, closed=all)
    if json:
        output.json_out([shape(each) for each in found])
    elif not found:
        output.line("no escalations" if all else "no open escalations")
    else:
        rows = [
            [each.id, each.severity, each.status, short(each.source), age(each.created), each.title]
            for each in found
        ]
        output.table(["id", "severity", "status", "from", "age", "title"], rows)
        first = next((each for each in found if each.status == "open"), None)
        output.next_steps([f"gt escalate ack {first.id}"] if first else [])
    mention_mail(where, snapshot)


def shape(item: Escalation) -> dict[str, Any]:
    """An escalation as JSON: the fields of its file."""
    return {
        "id": item.id,
        "title": item.title,
        "severity": item.severity,
        "status": item.status,
        "source": item.source,
        "related": item.related,
        "routes": item.routes,
        "created": item.created,
        "acked_by": item.acked_by,
        "closed": item.closed,
        "closed_by": item.closed_by,
        "close_reason": item.close_reason,
        "body": item.body,
    }
