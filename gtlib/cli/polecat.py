"""`gt polecat list`, `status`, `stop` and `nuke`: the workers of a rig."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gtlib import clock
from gtlib import output
from gtlib.actions.polecats import polecat_status
from gtlib.actions.polecats import polecats
from gtlib.cli import one_session
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.route import resolve_address
from gtlib.rules.target import find_rig

if TYPE_CHECKING:  # it loads libgit2, which the looks need not
    from gtlib.actions.nuke import Nuke

ADDRESS = "RIG/NAME, as gt agents shows it"


@command(
    "polecat list",
    short={"all_": "a"},
    help={
        "rig": "only those of this rig (default: the one that you stand in)",
        "all_": "of all rigs, also when you stand in one",
    },
    example="gt polecat list myproject",
)
def list_(rig: str = "", *, all_: bool = False, json: bool = False) -> None:
    """List the polecats: what they do, and whether a session of theirs runs."""
    where = here()
    snapshot = where.snapshot()
    found = polecats(where.root, snapshot, "" if all_ else rig_here(where, snapshot, rig))
    if json:
        output.json_out(found)
        return
    if not found:
        output.line("no polecat works here yet")
        output.next_steps(["gt sling BEAD RIG"])
        return
    output.table(
        ("", "polecat", "state", "bead", "title", "session"),
        [
            (
                "●" if each.session_running else "○",
                f"{each.rig}/{each.name}",
                "zombie" if each.zombie else each.state,
                each.issue,
                each.title,
                f"{each.runtime} {each.mode}, {each.activity}" if each.session_running else "",
            )
            for each in found
        ],
    )


@command("polecat status", help={"address": ADDRESS}, example="gt polecat status myproject/toast")
def status(address: str, *, json: bool = False) -> None:
    """Show a polecat: its work, session, branch and worktree."""
    where = here()
    snapshot = where.snapshot()
    found = polecat_status(where.root, snapshot, resolve_address(snapshot, address))
    if json:
        output.json_out(found)
        return
    output.line(f"{found.address}: {found.state}")
    output.line(f"bead:     {f'{found.issue} {output.one_line(found.title)}' if found.issue else 'none'}")
    if found.session_running:
        how = f"{found.runtime} in {found.mode}, {found.activity}, since {found.created_at}"
        output.line(f"session:  {found.session_id}, {how}{', shown in a terminal' if found.attached else ''}")
    else:
        output.line("session:  none runs here")
    if found.why:
        output.line(f"why:      {output.one_line(found.why)}")
    dirt = {True: "not all is committed", False: "clean", None: found.problem or "none here"}[found.dirty]
    output.line(f"worktree: {dirt}, {found.clone_path}")
    ahead = f", {output.count(found.ahead, 'commit')} ahead" if found.dirty is not None else ""
    output.line(f"branch:   {found.branch or 'none'}{ahead}")
    output.line(f"mail:     {found.unread_mail} unread")
    output.next_steps([f"gt peek {found.address}", f"gt polecat identity show {found.rig} {found.name}"])


@command("polecat stop", help={"addresses": ADDRESS}, example="gt polecat stop myproject/toast")
def stop(*addresses: str, json: bool = False) -> None:
    """End sessions of polecats; work stays on their hooks, and the deacon goes on with it."""
    where = here()
    chosen = _polecats(where.snapshot(), addresses, "gt polecat stop RIG/NAME")
    one_session.stop_each(where, chosen, json=json)


@command(
    "polecat nuke",
    short={"dry_run": "n", "force": "f", "all_": "a"},
    help={
        "addresses": f"{ADDRESS}; with --all a rig",
        "all_": "every polecat of the rigs that are named",
        "dry_run": "say what would be done",
        "force": "also with work on the hook, a merge request, or a worktree that is not clean",
    },
    example="gt polecat nuke myproject/toast -n",
)
def nuke(
    *addresses: str, all_: bool = False, dry_run: bool = False, force: bool = False, json: bool = False
) -> int:
    """End polecats: what is in the worktree is saved, it is removed, and work is open again."""
    from gtlib.actions import nuke as action  # libgit2 costs 70 ms, which the looks need not pay
    from gtlib.store.town import Town

    where = here()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    if all_:
        rigs = {str(find_rig(snapshot, each).name) for each in addresses}
        addresses = tuple(a.address for a in snapshot.agents() if a.role == "polecat" and a.rig in rigs)
    chosen = _polecats(snapshot, addresses, "gt polecat nuke RIG/NAME")
    found = action.look(town, chosen, where.actor)
    if not dry_run:
        found = action.nuke(town, found, where.actor, clock.stamp(clock.now()), force=force)
    if json:
        output.json_out(found)
        return 1 if any(each.problem for each in found) else 0
    for each in found:
        for line in _would(each) if dry_run else _did(each):
            output.line(line)
    if dry_run:
        output.next_steps([f"gt polecat nuke {' '.join(chosen)}"])
    else:
        output.next_steps(["gt polecat list", "gt ready"])
    return 1 if any(each.problem for each in found) else 0


def _would(each: Nuke) -> Iterator[str]:
    yield f"{each.address}: " + ("its session would be ended" if each.running else "no session of it runs")
    if each.beads:
        yield f"  open again: {', '.join(each.beads)}"
    if each.requests:
        yield f"  superseded: {', '.join(each.requests)}"
    if each.worktree:
        yield f"  worktree saved and removed: {each.worktree}{', not all is committed' if each.dirty else ''}"
    if each.branch:
        yield f"  branch kept: {each.branch}, {output.count(each.ahead, 'commit')} ahead"
    if each.against:
        yield f"  only with -f: {', '.join(each.against)}"


def _did(each: Nuke) -> Iterator[str]:
    if each.problem:
        yield f"! {each.address}: the worktree is still there: {output.one_line(each.problem)}"
    else:
        yield f"✓ {each.address} is ended" + (", its worktree removed" if each.removed else "")
    if each.beads:
        yield f"  open again: {', '.join(each.beads)}"
    if each.requests:
        yield f"  superseded: {', '.join(each.requests)}"
    if each.saved:
        yield f"  what was in it is saved: git -C {each.address.partition('/')[0]}/.repo show {each.saved}"
    if each.branch:
        yield f"  branch kept: {each.branch}, {output.count(each.ahead, 'commit')} ahead"


def _polecats(snapshot: Snapshot, typed: Sequence[str], example: str) -> list[Address]:
    if not typed:
        raise UsageError("no polecat is named", example)
    found = [resolve_address(snapshot, each) for each in typed]
    for address in found:
        agent = snapshot.agent(address)
        if agent is None or agent.role != "polecat":
            raise UserError(f"{address} is no polecat", "gt polecat list shows them")
    return list(dict.fromkeys(found))
