"""`gt unsling`: work off the hook again."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.unsling import unsling as unsling_bead
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.store.town import Town


@command(
    "unsling",
    "unhook",
    help={"bead": "a bead, or a part of its id that is its alone"},
    example="gt unsling gt-abc12",
)
def unsling(bead: str, *, json: bool = False) -> None:
    """Take a bead off the hook; its branch and worktree are kept."""
    where = here()
    undone = unsling_bead(Town.find(where.cwd), bead, where.actor)
    held = undone.agent
    status = undone.bead.status if undone.bead else "its file is gone"
    hook = held.hook if held.hook is not None and held.hook.bead == undone.id else None
    if json:
        output.json_out(
            {
                "bead": undone.id,
                "status": undone.bead.status if undone.bead else "",
                "agent": held.address,
                "branch": hook.branch if hook else "",
                "worktree": hook.worktree if hook else "",
            }
        )
        return
    output.line(f"✓ {undone.id} is off the hook of {held.address}, and {status}")
    if hook is not None and hook.branch:
        output.line(f"✓ kept: branch {hook.branch}, worktree {hook.worktree}")
    for note in undone.notes:
        output.line(f"! {note}")
    again = [f"gt sling {undone.id} {held.rig or held.address}"] if undone.bead else []
    output.next_steps([*again, "gt hooks list"])
