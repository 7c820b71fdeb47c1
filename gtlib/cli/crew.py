"""`gt crew ...`: worktrees for people and long-lived agents."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.hooks_list import HookStatus
from gtlib.actions.hooks_list import hooks_list
from gtlib.actions.session_view import SessionView
from gtlib.actions.session_view import session_view
from gtlib.cli.command import command
from gtlib.cli.one_session import local
from gtlib.cli.one_session import short
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UsageError
from gtlib.names import Address
from gtlib.rules.base import live_hook
from gtlib.store.roots import host_of


@command(
    "crew add",
    help={"names": "one or more", "rig": "in which project (default: the one you stand in, or the only one)"},
    example="gt crew add ada --rig myproject",
)
def add(*names: str, rig: str = "", json: bool = False) -> None:
    """Make a worktree for each name, on the branch crew/NAME."""
    from gtlib.actions.crew_add import crew_add  # libgit2 costs 70 ms, which the list need not pay
    from gtlib.actions.where import rig_named
    from gtlib.store.town import Town

    if not names:
        raise UsageError("gt crew add needs NAME", "gt crew add ada --rig myproject")
    where = here()
    town = Town.find(where.cwd)
    project = rig_named(town.snapshot(), where.root, where.cwd, rig, "--rig")
    crew = crew_add(town, names, project, where.actor)
    if json:
        output.json_out([{"address": a.address, "rig": a.rig, **_place(a.address)} for a in crew.agents])
        return
    for agent in crew.agents:
        output.line(f"✓ {agent.address} on branch {_place(agent.address)['branch']}")
    for note in crew.notes:
        output.line(f"! {note}")
    first = crew.agents[0].address
    output.next_steps([f"cd {where.root / first}", "gt crew list"])


@command(
    "crew list",
    "crew",
    help={"rig": "only this project's", "all_rigs": "also when you stand in a project"},
    example="gt crew list --rig myproject",
)
def list_(*, rig: str = "", all_rigs: bool = False, json: bool = False) -> None:
    """List the crew."""

    where = here()
    snapshot = where.snapshot()
    chosen = "" if all_rigs else rig_here(where, snapshot, rig)
    crew = {str(a.address): a for a in snapshot.agents() if a.role == "crew" and chosen in ("", a.rig)}
    every = hooks_list(where.root, snapshot, host_of(where.root), chosen)
    found = [each for each in every if each.role == "crew"]
    sessions = {each.address: session_view(local(where), snapshot, Address(each.address)) for each in found}
    if json:
        output.json_out([_listed(each, sessions[each.address]) for each in found])
        return
    if not found:
        output.line("no crew yet")
        output.next_steps(["gt crew add NAME --rig RIG"])
        return
    rows = []
    for each in found:
        hook = live_hook(crew[each.address])
        dirt = {True: "dirty", False: "clean", None: ""}[each.dirty]
        mail = sum(1 for _ in snapshot.paths(f"mail/{each.address}/new/"))
        bead = hook.bead if hook else ""
        session = short(sessions[each.address])
        rows.append((each.address, session, bead, each.branch, dirt, each.ahead, mail, each.problem))
    output.table(("name", "session", "bead", "branch", "tree", "ahead", "mail", "problem"), rows)


def _listed(hook: HookStatus, session: SessionView) -> dict[str, object]:
    keys = {key: getattr(hook, key) for key in hook.__struct_fields__}
    return {
        **keys,
        "session_running": session.running,
        "session_id": session.session_id if session.running else "",
    }


def _place(address: str) -> dict[str, str]:
    return {"branch": f"crew/{address.rpartition('/')[2]}", "worktree": address}
