"""`bd mol wisp list`: the wisps there are, without libgit2."""

from __future__ import annotations

from gtlib import clock
from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.rules import wisps as rules
from gtlib.rules.flow import Flow
from gtlib.rules.steps import progress
from gtlib.store import wisps

OLD_HOURS = 24


@command(
    "mol wisp list",
    "mol wisp ls",
    help={"all": "closed ones too", "type": f"of this kind: {', '.join(rules.TTL_HOURS)}"},
    example="bd mol wisp list",
)
def list_(*, all: bool = False, type: str = "", json: bool = False) -> None:
    """List the wisps: molecules that are not committed."""
    where = here()
    snapshot = where.snapshot()
    now = clock.stamp(clock.now())
    kind = choice("--type", type, rules.TTL_HOURS) if type else ""
    held = wisps.every(where.root)
    found = [
        each for each in held.wisps if (all or each.status != "closed") and kind in ("", rules.kind_of(each))
    ]
    found.sort(key=lambda each: (each.created, each.id), reverse=True)
    for error in held.broken:
        output.progress(f"bad: {error}")
    rows = [_row(Flow(snapshot, each), now) for each in found]
    if json:
        output.json_out(
            {"wisps": rows, "count": len(rows), "old_count": sum(bool(row["old"]) for row in rows)}
        )
    elif not rows:
        output.line("no wisps" if all else "no open wisps")
        output.next_steps(["bd mol wisp create FORMULA"])
    else:
        cells = [
            [
                each.id,
                "{}/{}".format(*progress(Flow(snapshot, each))) if each.steps else None,
                each.status,
                rules.kind_of(each) or None,
                age(each.created),
                each.title,
            ]
            for each in found
        ]
        output.table(["id", "steps", "status", "kind", "age", "title"], cells)
    mention_mail(where, snapshot)


def _row(flow: Flow, now: str) -> dict[str, object]:
    wisp = flow.molecule
    done, total = progress(flow)
    return {
        "id": wisp.id,
        "title": wisp.title,
        "formula": wisp.formula,
        "status": wisp.status,
        "priority": 2,
        "assignee": wisp.assignee,
        "wisp_type": rules.kind_of(wisp),
        "created_at": wisp.created,
        "updated_at": rules.touched(wisp),
        "completed": done,
        "total": total,
        "old": rules.hours_old(wisp, now) > OLD_HOURS,
    }
