"""`gt rig ...`: the projects of a town."""

from __future__ import annotations

import os
from pathlib import Path

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.errors import UsageError
from gtlib.model.config import RigConfig
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import live_hook
from gtlib.rules.queue import QUEUED


@command(
    "rig add",
    help={
        "name": "letters, digits and _; its folder in the town",
        "url": "the address or path of a git repository",
        "prefix": "what ids of its beads begin with (default: from the name)",
        "branch": "where work lands (default: the repository's main branch)",
        "gate": "a check before landing, as test='make test'",
    },
    example="gt rig add myproject https://example.com/me/myproject.git --gate test='make test'",
)
def add(
    name: str,
    url: str,
    *,
    prefix: str = "",
    branch: str = "",
    gate: tuple[str, ...] = (),
    json: bool = False,
) -> None:
    """Add a project: a clone of its own, nothing changed where it came from."""
    from gtlib.actions.rig_add import rig_add  # libgit2 costs 70 ms, which the list need not pay
    from gtlib.store.cloning import shown
    from gtlib.store.town import Town

    where = here()
    gates = _gates(gate)
    town = Town.find(where.cwd)

    def told() -> None:
        if not json:
            output.progress(f"cloning {shown(url)}")

    rig = rig_add(
        town, name, url, prefix=prefix, branch=branch, gates=gates, actor=where.actor, on_clone=told
    )
    if json:
        output.json_out(_row(where.root, town.snapshot(), rig))
        return
    output.line(f"✓ clone of {rig.url} in {rig.name}/.repo")
    output.line(f"✓ git hooks for its worktrees; work lands on {rig.branch}")
    output.line(f"✓ {rig.name}/witness and {rig.name}/refinery")
    for known, what in rig.gates.items():
        output.line(f"✓ gate {known}: {what.command}")
    output.line(f"✓ registered in {rig.name}/rig.yaml, prefix {rig.prefix}")
    output.next_steps(
        [
            f"gt crew add {os.environ.get('USER') or 'yourname'} --rig {rig.name}",
            f"bd create 'What is wanted' --rig {rig.name}",
            f"gt sling <bead> {rig.name}",
        ]
    )


@command("rig list", "rig", example="gt rig list --json")
def list_(*, json: bool = False) -> None:
    """List the projects."""
    where = here()
    snapshot = where.snapshot()
    rows = [_row(where.root, snapshot, rig) for rig in snapshot.rigs()]
    if json:
        output.json_out(rows)
        return
    if not rows:
        output.line("no rigs yet")
        output.next_steps(["gt rig add NAME URL-or-PATH"])
        return
    columns = ("name", "prefix", "branch", "polecats", "crew", "working", "queue", "url")
    shown = [[_clone(row) if name == "url" else row[name] for name in columns] for row in rows]
    output.table(columns, shown)


def _clone(row: dict[str, object]) -> str:
    again = f" (not cloned here: gt rig add {row['name']} {row['url']})"
    return f"{row['url']}{'' if row['cloned'] else again}"


def _row(root: Path, snapshot: Snapshot, rig: RigConfig) -> dict[str, object]:
    agents = [agent for agent in snapshot.agents() if agent.rig == rig.name]
    return {
        "name": rig.name,
        "prefix": rig.prefix,
        "url": rig.url,
        "branch": rig.branch,
        "gates": {name: gate.command for name, gate in rig.gates.items()},
        "created": rig.created,
        "polecats": sum(agent.role == "polecat" for agent in agents),
        "crew": sum(agent.role == "crew" for agent in agents),
        "working": sum(live_hook(agent) is not None for agent in agents),
        "queue": sum(m.rig == rig.name and m.status in QUEUED for m in snapshot.merges()),
        "cloned": (root / rig.name / ".repo" / ".git").is_dir(),
    }


def _gates(texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, _, gate = text.partition("=")
        if not name.strip() or not gate.strip() or name.strip() in found:
            raise UsageError(f"--gate {text!r} is no new name=command", "write --gate test='make test'")
        found[name.strip()] = gate.strip()
    return found
