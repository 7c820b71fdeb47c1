"""`bd gate create`, `check`, `resolve`, `add-waiter` and `discover`: commands that change gates."""

from __future__ import annotations

from typing import Any

from gtlib import clock
from gtlib import output
from gtlib.actions.add_waiter import add_waiter as add_to
from gtlib.actions.check_gates import Checked
from gtlib.actions.check_gates import check_gates
from gtlib.actions.create_gate import create_gate
from gtlib.actions.discover_gates import discover_gates
from gtlib.actions.gate_world import SECONDS
from gtlib.actions.resolve_gate import resolve_gate
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import tell
from gtlib.rules.gate_plans import Wanted
from gtlib.rules.gates import KINDS
from gtlib.store.town import Town

MOST_SECONDS = 2 * SECONDS  # as long as two commands of gates may run

_CHOICES = {
    "all": None,
    "gh": frozenset({"gh:run", "gh:pr"}),
    **{kind: frozenset({kind}) for kind in KINDS},
}


@command(
    "gate create",
    short={"type": "t", "reason": "r"},
    spellings={"block": "blocks", "on": "await_id", "condition": "await_id"},
    help={
        "blocks": "a bead that the gate holds up; may be repeated",
        "type": f"what it waits for: {', '.join(KINDS)}",
        "reason": "why",
        "await_id": "the run or workflow, the pull request, the bead, the sender or subject, the condition",
        "timeout": "of a timer: when it opens; else: when it is late and the overseer is told, as 2h",
        "run": "of exec: the script that ends with 0 when the gate is to open",
        "waiter": "who is told when it opens; may be repeated",
    },
    example="bd gate create --blocks gt-abc12 -t timer --timeout 2h -r 'let it settle'",
)
def create(
    *,
    blocks: tuple[str, ...] = (),
    type: str = "human",
    reason: str = "",
    await_id: str = "",
    timeout: str = "",
    run: str = "",
    waiter: tuple[str, ...] = (),
    json: bool = False,
) -> None:
    """Make a gate: beads wait until it opens."""
    where = here()
    choice("--type", type, KINDS)
    town = Town.open(where.root)
    wanted = Wanted(
        blocks=blocks, kind=type, on=await_id, timeout=timeout, reason=reason, run=run, waiters=waiter
    )
    gate = create_gate(town, wanted, where.actor)
    tell(town)
    if json:
        output.json_out(shapes.issue(town.snapshot(), gate))
        return
    output.line(f"created {gate.id}  {output.one_line(gate.title)}")
    then = f"bd gate resolve {gate.id}" if type == "human" else f"bd gate check {gate.id}"
    output.next_steps([f"bd gate show {gate.id}", then])


@command(
    "gate check",
    short={"type": "t", "escalate": "e", "limit": "l"},
    help={
        "ids": "these gates; none: all that are shut",
        "type": f"only of that kind: all, gh, {', '.join(KINDS)}",
        "dry_run": "only say what would be",
        "escalate": "tell the overseer and the mayor of what failed, and of what is late; each once",
        "limit": "so many at most; 0 is all",
    },
    example="bd gate check --type gh --escalate",
)
def check(
    *ids: str,
    type: str = "all",
    dry_run: bool = False,
    escalate: bool = False,
    limit: int = 100,
    json: bool = False,
) -> None:
    """Look at gates, and open those whose condition is met. Another look is waited for."""
    where = here()
    kinds = _CHOICES[choice("--type", type, _CHOICES)]
    town = Town.open(where.root)
    found = check_gates(
        town,
        where.actor,
        ids=ids,
        kinds=kinds,
        most=limited(limit),
        dry=dry_run,
        escalate=escalate,
        wait=MOST_SECONDS,
        tell=output.progress,
    )
    tell(town)
    if json:
        counts = {"checked": len(found.verdicts), "resolved": len(found.opened)}
        output.json_out(
            {**counts, "escalated": _escalated(found), "errors": found.count("error"), "dry_run": dry_run}
        )
        return
    for verdict in found.verdicts:
        word = "would open" if verdict.state == "open" and dry_run else verdict.state
        late = ", and late" if verdict.gate.id in found.late else ""
        output.line(output.one_line(f"{word}: {verdict.gate.id} {verdict.why}{late}"))
    opens = f"{len(found.opened)} {'would open' if dry_run else 'opened'}"
    output.line(
        f"{output.count(len(found.verdicts), 'gate')} checked, {opens}, {found.count('failed')} failed, "
        f"{output.count(found.count('error'), 'error')}"
    )
    output.next_steps(["bd ready --gated"] if found.opened else ["bd gate list"])


@command(
    "gate resolve",
    short={"reason": "r", "force": "f"},
    help={
        "id": "the gate",
        "reason": "why it opens",
        "force": "for agents: before its condition is met; a person's word needs no force",
    },
    example="bd gate resolve gt-abc12 -r 'approved'",
)
def resolve(id: str, *, reason: str = "", force: bool = False, json: bool = False) -> None:
    """Open a gate."""
    where = here()
    town = Town.open(where.root)
    found = resolve_gate(town, id, reason, where.actor, force=force)
    tell(town)
    if json:
        output.json_out(shapes.issue(town.snapshot(), found.gate))
        return
    said = "opened" if found.changed else "open already:"
    output.line(f"{said} {found.gate.id}  {output.one_line(found.gate.title)}")
    for id in found.freed:
        output.line(f"ready now: {id}")
    output.next_steps(["bd ready --gated"])


@command(
    "gate add-waiter",
    help={"id": "the gate", "waiter": "an agent's address, or overseer"},
    example="bd gate add-waiter gt-abc12 mayor",
)
def add_waiter(id: str, waiter: str, *, json: bool = False) -> None:
    """Have somebody told when a gate opens."""
    where = here()
    town = Town.open(where.root)
    gate, address, changed = add_to(town, id, waiter, where.actor)
    tell(town)
    if json:
        output.json_out(shapes.issue(town.snapshot(), gate))
        return
    output.line(f"{address} {'is told' if changed else 'is told already'} when {gate.id} opens")
    output.next_steps([f"bd gate show {gate.id}"])


@command(
    "gate discover",
    short={"branch": "b", "limit": "l", "max_age": "a", "dry_run": "n"},
    spellings={"age": "max_age"},
    help={
        "branch": "runs of that branch; none: of the one that is checked out here",
        "limit": "look at so many runs",
        "max_age": "runs that began at most so long ago",
        "dry_run": "only say what was found",
    },
    example="bd gate discover --branch main --max-age 1h",
)
def discover(
    *, branch: str = "", limit: int = 10, max_age: str = "30m", dry_run: bool = False, json: bool = False
) -> None:
    """Find the runs that gates of kind gh:run wait for without naming one."""
    where = here()
    town = Town.open(where.root)
    seconds = clock.seconds(max_age)
    found = discover_gates(
        town, where.actor, where.cwd, branch=branch, most=limited(limit) or 1000, seconds=seconds, dry=dry_run
    )
    tell(town)
    if json:
        matched: list[dict[str, Any]] = [
            {"gate_id": each.gate.id, "run_id": each.run, "workflow": each.workflow, "score": each.score}
            for each in found.matched
        ]
        counts = {"checked": found.checked, "matched": matched, "errors": len(found.errors)}
        output.json_out({**counts, "dry_run": dry_run})
        return
    for each in found.matched:
        output.line(output.one_line(f"{each.gate.id} waits for run {each.run} of {each.workflow or '?'}"))
    for line in found.errors:
        output.line(output.one_line(line))
    output.line(f"{output.count(found.checked, 'gate')} without a run, {len(found.matched)} matched")
    output.next_steps(["bd gate check --type gh"] if found.matched else ["bd gate list"])


def _escalated(found: Checked) -> int:
    """How many gates a person is to look at."""
    failed = {verdict.gate.id for verdict in found.verdicts if verdict.state == "failed"}
    return len(failed.union(found.late))
