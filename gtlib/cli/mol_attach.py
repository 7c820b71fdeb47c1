"""`gt mol attach`, `detach` and `attach-from-mail`: which molecule a bead is worked through by."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.attach import attach as attach_molecule
from gtlib.actions.attach import attach_from_mail as attach_named
from gtlib.actions.detach import detach as detach_molecule
from gtlib.cli.command import command
from gtlib.cli.mol_attached import shape
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.rules.attach import Attached
from gtlib.store.town import Town

TARGET = "a bead, or an agent for what is on its hook; without it your hook"


@command(
    "mol attach",
    help={"ids": f"[BEAD] MOLECULE; BEAD is {TARGET}"},
    example="gt mol attach gt-abc12 gt-mol-k2p9x",
)
def attach(*ids: str, json: bool = False) -> None:
    """Let a bead, and the hook that it is on, be worked through by a molecule."""
    if len(ids) not in (1, 2):
        raise UsageError(f"{len(ids)} ids are given", "write gt mol attach [BEAD] MOLECULE")
    where = here()
    town = Town.open(where.root)
    target = ids[0] if len(ids) == 2 else "" if not where.agent else _mine(where.actor, where.agent)
    found, new = attach_molecule(town, target, ids[-1], where.actor)
    tell(town)
    _say(found, "attached" if new else "was attached before:", json=json)
    mention_mail(where, town.snapshot())


@command("mol detach", help={"bead": TARGET}, example="gt mol detach gt-abc12")
def detach(bead: str = "", *, json: bool = False) -> None:
    """Take the molecule from a bead and its hook; it stays, and is nobody's."""
    where = here()
    town = Town.open(where.root)
    found = detach_molecule(town, bead or _mine(where.actor, where.agent), where.actor)
    tell(town)
    _say(found, "detached", json=json)
    mention_mail(where, town.snapshot())


@command(
    "mol attach-from-mail", help={"mail": "a message of yours"}, example="gt mol attach-from-mail msg-4k2p9"
)
def attach_from_mail(mail: str, *, json: bool = False) -> None:
    """Attach the molecule that a message names (`molecule: ID`) to your hook."""
    where = here()
    town = Town.open(where.root)
    found, new = attach_named(town, mail, where.actor)
    tell(town)
    _say(found, "attached" if new else "was attached before:", json=json)
    mention_mail(where, town.snapshot())


def _mine(actor: str, agent: str) -> str:
    return agent if actor == "overseer" and agent else ""


def _say(found: Attached, word: str, *, json: bool) -> None:
    if json:
        output.json_out(shape(found))
        return
    assert found.molecule is not None
    about = f"  (for {found.bead.id})" if found.bead is not None else ""
    output.line(f"{word} {found.molecule.id}  {output.one_line(found.molecule.title)}{about}")
    output.next_steps([f"gt mol current {found.molecule.id}"])
