"""`bd gate list` and `show`: commands that only read gates, without libgit2."""

from __future__ import annotations

import os
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

from gtlib import clock
from gtlib import output
from gtlib.actions import trust
from gtlib.actions.gate_gh import MISSING
from gtlib.actions.gate_world import NOT_ALLOWED
from gtlib.actions.gate_world import judge_condition
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import age
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules.gate_plans import find_gate
from gtlib.rules.gates import command_text
from gtlib.rules.gates import due
from gtlib.rules.gates import holds_up
from gtlib.rules.gates import judge
from gtlib.rules.gates import kind_of
from gtlib.rules.statuses import is_over
from gtlib.store import looked
from gtlib.system import program


@command(
    "gate list",
    "gate ls",
    short={"all": "a", "limit": "n"},
    help={
        "all": "open ones too",
        "limit": "so many at most; 0 is all",
        "rig": "of that rig; hq is the town itself",
        "all_rigs": "of the whole town",
    },
    example="bd gate list --all",
)
def list_(
    *, all: bool = False, limit: int = 50, rig: str = "", all_rigs: bool = False, json: bool = False
) -> None:
    """List the gates that are shut, the oldest first."""
    most = limited(limit)
    where = here()
    snapshot = where.snapshot()
    gates = [bead for bead in snapshot.beads() if bead.type == "gate"]
    gates = of_prefix(snapshot, gates, scope(where, snapshot, rig, all_rigs))
    found = [gate for gate in gates if all or not is_over(snapshot.town, gate.status)]
    found.sort(key=lambda gate: (gate.created, gate.id))
    shown = found[:most]
    if json:
        output.json_out([shapes.issue(snapshot, gate) for gate in shown])
    elif not found:
        output.line("no gates" if all else "no gate is shut")
    else:
        output.table(
            ["id", "kind", "on", "timeout", "status", "age", "holds up"],
            [
                [gate.id, kind_of(gate), gate.on, gate.timeout, _status(snapshot, gate), age(gate.created),
                 ", ".join(holds_up(snapshot, gate.id))]
                for gate in shown
            ],
        )  # fmt: skip
        if len(found) > len(shown):
            output.line(f"... and {len(found) - len(shown)} more: --limit 0 shows all")
        human = [gate for gate in shown if kind_of(gate) == "human" and _status(snapshot, gate) == "shut"]
        checked = len(human) < sum(_status(snapshot, gate) == "shut" for gate in shown)
        output.next_steps(
            [f"bd gate resolve {gate.id}" for gate in human[:1]]
            + [f"bd gate show {shown[0].id}"]
            + (["bd gate check"] if checked else [])
        )
    mention_mail(where, snapshot)


@command("gate show", help={"id": "the gate"}, example="bd gate show gt-abc12")
def show(id: str, *, json: bool = False) -> None:
    """Show a gate: what it waits for, how that stands, and what it holds up."""
    where = here()
    snapshot = where.snapshot()
    gate = find_gate(snapshot, id)
    stands, last = standing(where.root, snapshot, gate), _last_look(where.root, gate)
    held = holds_up(snapshot, gate.id)
    if json:
        shape: dict[str, Any] = shapes.issue(snapshot, gate)
        output.json_out(
            {**shape, "standing": stands, "blocks": held, **({"last_check": last} if last else {})}
        )
        return
    output.line(f"{gate.id}  {output.one_line(gate.title)}")
    end = due(gate)
    facts = {
        "waits for": f"{kind_of(gate)} {gate.on}".strip(),
        "runs": command_text(gate),
        "timeout": f"{gate.timeout}, until {clock.stamp(end)}" if end else gate.timeout,
        "status": _status(snapshot, gate),
        "stands": stands,
        "last look": last,
        "holds up": ", ".join(held),
        "waiters": ", ".join(gate.waiters),
        "made": f"{ago(gate.created)} by {gate.created_by}" if gate.created_by else ago(gate.created),
    }
    for name, value in facts.items():
        if value:
            output.line(f"  {name + ':':<11}{output.one_line(value)}")
    for line in gate.description.strip().splitlines():
        output.line(f"  {line}".rstrip())
    if not is_over(snapshot.town, gate.status):
        look = [] if kind_of(gate) == "human" else [f"bd gate check {gate.id}"]
        output.next_steps([*look, f"bd gate resolve {gate.id}"])


def standing(root: Path, snapshot: Snapshot, gate: Bead) -> str:
    """How a gate stands, as far as that can be told without starting a program."""
    if is_over(snapshot.town, gate.status):
        return gate.close_reason or "open"
    kind = kind_of(gate)
    verdict = judge(snapshot, gate, clock.stamp(clock.now()))
    if verdict is None and kind == "conditional":
        verdict = judge_condition(root, snapshot, gate, os.environ)
    if verdict is not None:
        opens = "; bd gate check opens it" if verdict.state == "open" else ""
        return f"{verdict.why}{opens}"
    if kind == "exec" and not ((text := trust.text_of_gate(gate)) and trust.may_run_text(_local(root), text)):
        return NOT_ALLOWED if text else "its metadata has no `run`"
    if kind != "exec" and not program.is_there("gh"):
        return MISSING
    return f"bd gate check {gate.id} looks"


def _last_look(root: Path, gate: Bead) -> str:
    look = looked.read(_local(root)).get(gate.id)
    if look is None:
        return ""
    at = clock.stamp(datetime.fromtimestamp(look.at, UTC))
    return f"{at}: {look.said}"


def _status(snapshot: Snapshot, gate: Bead) -> str:
    return "open" if is_over(snapshot.town, gate.status) else "shut"


def _local(root: Path) -> Path:
    return root / ".git" / "gt"
