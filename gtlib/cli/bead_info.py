"""`bd info` and `bd where`: which town this is, and what is in it."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import prefix_here
from gtlib.cli.options import rig_here
from gtlib.store.roots import branch_ref
from gtlib.store.roots import host_of


@command("bead info", example="bd info")
def info(*, json: bool = False) -> None:
    """Say which town this is, how much is in it, and which prefixes its beads have."""
    where = here()
    snapshot = where.snapshot()
    broken = snapshot.broken()
    facts: dict[str, object] = {
        "town": snapshot.town.name,
        "path": str(where.root),
        "branch": branch_ref(where.root / ".git").removeprefix("refs/heads/"),
        "commit": snapshot.commit,
        "machine": host_of(where.root),
        "speaker": where.actor,
        "issue_count": sum(1 for _ in snapshot.beads()),
        "archived_count": len(snapshot.archive),
        "memory_count": sum(1 for _ in snapshot.memories()),
        "unreadable_count": len(broken),
        "prefixes": {"hq": "town", **{rig.prefix: str(rig.name) for rig in snapshot.rigs()}},
        "mode": "files",
    }
    if json:
        output.json_out(facts)
        return
    prefixes = facts["prefixes"]
    assert isinstance(prefixes, dict)
    facts["prefixes"] = ", ".join(f"{prefix} ({name})" for prefix, name in prefixes.items())
    for name, value in facts.items():
        if name != "mode" and value not in ("", 0):
            output.line(
                f"{name.replace('_count', 's').replace('issues', 'beads'):<12}{output.one_line(str(value))}"
            )
    if broken:
        output.next_steps(["gt doctor"])


@command("bead where", example="bd where")
def where(*, json: bool = False) -> None:
    """Say where the beads are kept, and what the ids of new ones begin with here."""
    place = here()
    snapshot = place.snapshot()
    prefix, rig = prefix_here(place, snapshot), rig_here(place, snapshot)
    if json:
        output.json_out(
            {
                "path": str(place.root),
                "beads": str(place.root / "beads"),
                "prefix": prefix,
                "rig": rig or None,
            }
        )
        return
    output.line(str(place.root / "beads"))
    output.line(f"prefix {prefix}" + (f" (rig {rig})" if rig else ""))
