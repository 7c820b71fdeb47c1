"""What the commands for one agent's session share: start, stop, restart, attach, detach, status."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gtlib import clock
from gtlib import output
from gtlib.actions.session_view import SessionView
from gtlib.actions.session_view import session_view
from gtlib.cli.options import Here
from gtlib.cli.options import ago
from gtlib.errors import UserError
from gtlib.model.agent import start_line
from gtlib.names import Address
from gtlib.rules.route import resolve_address

AGENT = "the program to do it with from now on, as claude, codex or shell (default: as the settings say)"


def view(where: Here, address: str, *, look: bool = False) -> SessionView:
    """The session of an address in any spelling; `look` at its screen too. UserError for an unknown one."""
    snapshot = where.snapshot()
    return session_view(local(where), snapshot, resolve_address(snapshot, address), look=look)


def local(where: Here) -> Path:
    """The town's folder for this machine."""
    return where.root / ".git" / "gt"


def start(where: Here, address: Address, agent: str = "") -> tuple[SessionView, bool]:
    """Its session, and whether it ran already. UserError when none can be started."""
    from gtlib.actions import session  # libgit2 costs 70 ms, which a look need not pay
    from gtlib.store.town import Town

    before = view(where, address)
    town = Town.open(where.root)
    if not before.running or agent not in ("", before.runtime):
        begun = session.start(town, address, where.actor, _now(), agent)
        if begun.proc is None:
            raise UserError(f"no session of {address} started: {begun.why}", "gt agents shows what is known")
    return session_view(town.local, town.snapshot(), address), before.running


def stop(where: Here, address: Address) -> bool:
    """End its session, and write down that it was; whether one ran."""
    from gtlib.actions import session  # as above
    from gtlib.actions.settle import settle
    from gtlib.store.town import Town

    town = Town.open(where.root)
    ended = session.stop(town, address)
    settle(town, _now())
    return ended


def stop_each(where: Here, addresses: Sequence[Address], *, json: bool) -> None:
    """End the sessions of several, and say of each whether one ran."""
    ended = [(each, stop(where, each)) for each in addresses]
    if json:
        output.json_out([{"address": address, "stopped": was} for address, was in ended])
        return
    for address, was in ended:
        output.line(f"ended the session of {address}" if was else f"no session of {address} runs here")
    output.next_steps([start_line(addresses[0])])


def restart(where: Here, address: Address, agent: str = "", *, resume: bool = False) -> SessionView:
    """Its next session, which begins anew, or (`resume`) goes on with the history of the last one."""
    from gtlib.actions.restart import restart  # as above
    from gtlib.store.town import Town

    town = Town.open(where.root)
    begun = restart(town, address, where.actor, _now(), agent, resume=resume)
    if begun.proc is None:
        raise UserError(f"no session of {address} started: {begun.why}", "gt agents shows what is known")
    return session_view(town.local, town.snapshot(), address)


def attach(where: Here, address: Address, agent: str, typed: str) -> None:
    """Become the terminal that shows its session, which is started when none runs.

    UserError off a terminal, with the line to type there: `typed` while none runs.
    """
    from gtlib.actions.look_at import terminal_words  # tmux is asked through libtmux, slow to import
    from gtlib.system.become import become

    running = view(where, address).running
    if not is_terminal():
        line = shlex.join(terminal_words(local(where), address, os.environ)) if running else typed
        raise UserError("this is no terminal, so nothing can be shown in it", f"type in one: {line}")
    if not running or agent:
        start(where, address, agent)
    words = terminal_words(local(where), address, os.environ)
    program = shutil.which(words[0])
    if program is None:
        raise UserError("tmux is not installed here", "apt install tmux, or brew install tmux")
    output.progress(f"{address} is shown here; C-b d leaves it, and it goes on")
    # A terminal of another server would take this one for a mistake.
    env = os.environ if "switch-client" in words else {k: v for k, v in os.environ.items() if k != "TMUX"}
    become([program, *words[1:]], env)


def is_terminal() -> bool:
    """Whether a session can be shown where the command is typed."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def detach(where: Here, address: Address) -> int:
    """Take it out of all terminals that show it; of how many. UserError for an unknown address."""
    from gtlib.runtimes.clients import detach  # as above

    return detach(local(where), view(where, address).address)


def tell_start(found: SessionView, ran: bool, steps: Sequence[str], *, json: bool) -> None:
    """Say that a session runs, or ran already."""
    if json:
        output.json_out({**_shape(found), "already": ran})
        return
    how = "runs already" if ran else "works"
    output.line(f"{found.address} {how} ({described(found)}), log in {found.log}")
    output.next_steps(steps)


def tell_status(found: SessionView, steps: Sequence[str], *, json: bool) -> None:
    """Show one session."""
    if json:
        output.json_out(found)
        return
    if found.running:
        output.line(f"{found.address}: {found.activity or 'runs'}")
        output.line(f"session:  {found.session_id}, {described(found)}, since {ago(found.created_at)}")
    else:
        output.line(f"{found.address}: no session runs here")
        if found.said:
            output.line(f"why:      {output.one_line(found.said)}")
    work = f"{found.hook_bead} {output.one_line(found.work_title)} ({found.hook_state})"
    output.line(f"hook:     {work if found.hook_bead else 'nothing'}")
    output.line(f"mail:     {found.unread_mail} unread")
    output.line(f"log:      {found.log}")
    output.next_steps(steps)


def described(found: SessionView) -> str:
    """Program, mode and process in a few words."""
    how = f"{found.runtime} in {found.mode}" if found.mode not in ("", found.runtime) else found.runtime
    return f"{how}, pid {found.pid}"


def _shape(found: SessionView) -> dict[str, object]:
    return {key: getattr(found, key) for key in found.__struct_fields__}


def _now() -> str:
    return clock.stamp(clock.now())


def short(found: SessionView) -> str:
    """A session in a table's cell; empty when none runs."""
    return f"{found.runtime} {found.mode}, {found.activity}" if found.running else ""
