"""`gt whoami`: who speaks here, and by what."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gtlib import layout
from gtlib import output
from gtlib.actions.who import NAMED
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.model.agent import of_address
from gtlib.output import count
from gtlib.rules.base import OVERSEER
from gtlib.rules.post import unread


@command("whoami", example="gt whoami")
def whoami(*, json: bool = False) -> None:
    """Say who you are to the town, what says so, and where your mail is."""
    where = here()
    snapshot = where.snapshot()
    rig, role = of_address(where.actor)
    source = _source(where, os.environ)
    new = unread(snapshot, where.actor)
    if json:
        output.json_out(
            {
                "identity": where.actor,
                "role": role,
                "rig": rig,
                "source": source,
                "worktree": where.agent,
                "mailbox": f"mail/{where.actor}",
                "unread": new,
                "known": snapshot.agent(where.actor) is not None,
                "town": str(where.root),
            }
        )
        return
    output.line(f"{where.actor}{f', {role} of the rig {rig}' if rig else ''}")
    output.line(f"by:      {source}")
    if where.actor == OVERSEER and not (where.agent or os.environ.get("GT_ROLE")):
        output.line("prime:   gt prime here shows the mayor's")
    output.line(f"mailbox: {layout.mail_folder(where.actor, 'new')}, {count(new, 'message')} unread")
    output.line(f"town:    {where.root}")


def _source(where: Here, environ: Mapping[str, str]) -> str:
    """What says who speaks, in the order in which it counts."""
    if environ.get("GT_ROLE"):
        return "GT_ROLE"
    if where.agent == where.actor:
        return "the worktree you stand in"
    named = next((key for key in NAMED if environ.get(key, "").strip()), "")
    return named or "nothing else: you are the person"
