"""What may be wrong with sessions: hooks without one and why, and sessions that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from gtlib.actions.agents import reason
from gtlib.actions.hook_checks import Check
from gtlib.actions.session_looks import clashes
from gtlib.model.snapshot import Snapshot
from gtlib.runtimes import runs
from gtlib.store.town import Town


def look(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """For `gt doctor`; nothing when all is well."""
    for run in runs.every_readable(town.local)[0]:
        agent = snapshot.agent(run.address)
        if agent is not None and (said := reason(agent, run)):
            yield Check("sessions", "warning", f"{run.address}: {said}", category="agents")
    for clash in clashes(town.root, town.local):
        fix = "gt agents check --fix" if clash.pid else "remove the file, after a look with ps"
        who = f"process {clash.pid} " if clash.pid else ""
        yield Check("sessions", "error", f"{clash.address}: {who}{clash.problem}", fix=fix, category="agents")
