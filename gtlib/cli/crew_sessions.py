"""`gt crew at`, `start`, `stop`, `restart`, `status`: sessions of long-lived agents."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from gtlib import names
from gtlib import output
from gtlib.actions.session_view import session_view
from gtlib.cli import one_session
from gtlib.cli.command import command
from gtlib.cli.one_session import local
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.model.agent import Agent
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.target import find_rig

NAME = "as gt crew list shows it, or its name alone (default: the one whose worktree you stand in)"
RIG = "in which project (default: the one you stand in, or the only one)"


@command(
    "crew at",
    "crew attach",
    short={"detached": "d"},
    help={
        "name": "who",
        "rig": RIG,
        "agent": one_session.AGENT,
        "tmux": "without a session: only print the folder",
        "detached": "start the session, but don't show it here",
        "create": "make who is not there yet",
    },
    example="gt crew at ada --rig myproject --create",
)
def at(
    name: str = "",
    *,
    rig: str = "",
    agent: str = "",
    tmux: bool = True,
    detached: bool = False,
    create: bool = False,
    json: bool = False,
) -> None:
    """Show the session of a crew member in this terminal; it is started when none runs."""
    where = here()
    snapshot = where.snapshot()
    address = _one(where, snapshot, name, rig) if create else _known(where, snapshot, name, rig)
    made = snapshot.agent(address) is None
    if made:
        if tmux:
            _refuse_in_vain(where, address, agent, shown=not (detached or json))
        _make(where, address)
        output.progress(f"{address} is new: made its worktree {where.root / address}")
    if not tmux:
        if json:
            output.json_out({"address": address, "folder": str(where.root / address), "made": made})
        else:
            output.line(str(where.root / address))
        return
    if detached or json:
        found, ran = one_session.start(where, address, agent)
        one_session.tell_start(found, ran, [f"gt crew at {address}", f"gt peek {address}"], json=json)
        return
    one_session.attach(where, address, agent, f"gt crew at {address}")


@command(
    "crew start",
    short={"all_": "a"},
    help={"names": NAME, "rig": RIG, "agent": one_session.AGENT, "all_": "everybody of the rig"},
    example="gt crew start ada grace --rig myproject",
)
def start(*names: str, rig: str = "", agent: str = "", all_: bool = False, json: bool = False) -> None:
    """Start sessions of crew members, unless they run."""
    where = here()
    found = [one_session.start(where, each, agent) for each in _several(where, names, rig, all_)]
    if json:
        output.json_out([view for view, _ in found])
        return
    for view, ran in found:
        how = "runs already" if ran else "works"
        output.line(f"{view.address} {how} ({one_session.described(view)})")
    output.next_steps([f"gt crew at {found[0][0].address}", "gt session list"])


@command(
    "crew stop",
    short={"all_": "a"},
    help={"names": NAME, "rig": RIG, "all_": "everybody of the rig"},
    example="gt crew stop ada",
)
def stop(*names: str, rig: str = "", all_: bool = False, json: bool = False) -> None:
    """End sessions of crew members; worktrees and work stay as they are."""
    where = here()
    one_session.stop_each(where, _several(where, names, rig, all_), json=json)


@command(
    "crew restart",
    "crew rs",
    short={"all_": "a"},
    help={
        "names": NAME,
        "rig": RIG,
        "agent": one_session.AGENT,
        "resume": "with the history of the sessions that are ended",
        "all_": "everybody of the rig whose session runs",
    },
    example="gt crew restart ada",
)
def restart(
    *names: str,
    rig: str = "",
    agent: str = "",
    resume: bool = False,
    all_: bool = False,
    json: bool = False,
) -> None:
    """End sessions of crew members, and start ones that begin anew."""
    where = here()
    chosen = _several(where, names, rig, all_)
    if all_:
        chosen = [each for each in chosen if one_session.view(where, each).running]
    found = [one_session.restart(where, each, agent, resume=resume) for each in chosen]
    if json:
        output.json_out(found)
        return
    for view in found:
        output.line(f"{view.address} works ({one_session.described(view)})")
    if not found:
        output.line("no session of the crew runs here")
    output.next_steps(["gt session list"])


@command("crew status", help={"name": NAME, "rig": RIG}, example="gt crew status ada")
def status(name: str = "", *, rig: str = "", json: bool = False) -> None:
    """Show the session, hook and mail of a crew member; without a name: of the whole crew."""
    where = here()
    snapshot = where.snapshot()
    if name or where.agent:
        found = one_session.view(where, _known(where, snapshot, name, rig), look=True)
        steps = [f"gt crew at {found.address}"]
        one_session.tell_status(found, steps, json=json)
        return
    chosen = rig_here(where, snapshot, rig)
    crew = [a.address for a in snapshot.agents() if a.role == "crew" and chosen in ("", a.rig)]
    views = [session_view(local(where), snapshot, each) for each in crew]
    if json:
        output.json_out(views)
        return
    if not views:
        output.line("no crew yet")
        output.next_steps(["gt crew add NAME --rig RIG"])
        return
    output.table(
        ("name", "session", "bead", "mail"),
        [(each.address, one_session.short(each), each.hook_bead, each.unread_mail) for each in views],
    )


def _several(where: Here, typed: Sequence[str], rig: str, everybody: bool) -> list[Address]:
    """Whom the words mean: names, of which the first may be a rig. UsageError for nobody."""
    snapshot = where.snapshot()
    if typed and not rig and snapshot.rig(typed[0]) is not None:
        rig, typed = typed[0], typed[1:]
    if everybody or (rig and not typed):
        if typed:
            raise UsageError("--all and names contradict each other", "give one of them")
        chosen = rig_here(where, snapshot, rig)
        crew = [a.address for a in snapshot.agents() if a.role == "crew" and chosen in ("", a.rig)]
        if not crew:
            raise UserError(f"no crew {f'in {chosen}' if chosen else 'yet'}", "gt crew add NAME --rig RIG")
        return crew
    found = [_known(where, snapshot, each, rig) for each in typed or ("",)]
    return list(dict.fromkeys(found))


def _known(where: Here, snapshot: Snapshot, name: str, rig: str) -> Address:
    """The address of a crew member that is there. UserError when it is not."""
    address = _one(where, snapshot, name, rig)
    if snapshot.agent(address) is None:
        near = get_close_matches(address, [a.address for a in snapshot.agents() if a.role == "crew"], n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        raise UserError(f"no crew member {address}", f"{meant}gt crew at {address} --create makes one")
    return address


def _one(where: Here, snapshot: Snapshot, name: str, rig: str) -> Address:
    """The address that a name means, whether anybody is there or not. UserError for what can't be one."""
    parts = name.strip("/").split("/")
    if not name:
        if "/crew/" in where.agent:
            return Address(where.agent)
        raise UsageError("no name is given", "name somebody: gt crew list")
    if len(parts) > 3 or (len(parts) == 3 and parts[1] != "crew"):
        raise UserError(f"{name!r} is no crew member", "gt crew list shows them")
    rig = parts[0] if len(parts) > 1 else rig
    own = names.agent_name(parts[-1])
    if rig:
        return Address(f"{find_rig(snapshot, rig).name}/crew/{own}")
    there = [a.address for a in snapshot.agents() if a.role == "crew" and a.address.endswith(f"/crew/{own}")]
    chosen = rig_here(where, snapshot)
    if not chosen and len(there) == 1:
        return there[0]
    rigs = [chosen] if chosen else [str(each.name) for each in snapshot.rigs()]
    if len(rigs) != 1:
        said = f"one of: {', '.join(rigs)}" if rigs else "gt rig add NAME URL makes one"
        raise UserError(f"{name} of which rig?", f"say it with --rig; {said}")
    return Address(f"{rigs[0]}/crew/{own}")


def _refuse_in_vain(where: Here, address: Address, asked: str, *, shown: bool) -> None:
    """UserError, before anything is made, when no session could start there, or be shown here."""
    from gtlib.actions.modes import runtime as runtime_of  # as below
    from gtlib.actions.session_spec import how
    from gtlib.actions.sling import check_runtime
    from gtlib.actions.startable import refused_here
    from gtlib.actions.which_runtime import which_runtime
    from gtlib.store.town import Town

    town = Town.open(where.root)
    snapshot = town.snapshot()
    check_runtime(asked, snapshot)
    wanted = Agent(address=address)
    chosen = how(snapshot, wanted, which_runtime(snapshot, wanted, asked))
    why = runtime_of(chosen.mode).missing(chosen.program) or refused_here(
        town, snapshot, wanted, chosen.runtime
    )
    if why:
        raise UserError(why, "name another program with --agent")
    if shown and not one_session.is_terminal():
        raise UserError(
            "this is no terminal, so nothing can be shown in it",
            f"type in one: gt crew at {address} --create",
        )


def _make(where: Here, address: Address) -> None:
    from gtlib.actions.crew_add import crew_add  # libgit2 costs 70 ms, which a look need not pay
    from gtlib.store.town import Town

    town = Town.open(where.root)
    rig, _, name = address.split("/")
    made = crew_add(town, [name], find_rig(town.snapshot(), rig), where.actor)
    for note in made.notes:
        output.progress(note)
