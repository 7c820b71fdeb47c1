"""`gt role ...`: what the roles of a town are, and what is said to them."""

from __future__ import annotations

from msgspec import Struct

from gtlib import output
from gtlib.actions.prime import ROLES
from gtlib.actions.prime import directives
from gtlib.actions.prime import role_prompt
from gtlib.cli.argv import nearest
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import here
from gtlib.cli.options import rig_here
from gtlib.errors import UserError
from gtlib.model.agent import of_address


class Role(Struct, frozen=True):
    """One role: where it is, what its addresses look like, who serves it, and what it does."""

    name: str
    scope: str
    address: str
    served_by: str
    does: str


KNOWN = {
    role.name: role
    for role in (
        Role("mayor", "town", "mayor", "a model", "files beads, makes convoys, slings, watches, reports"),
        Role("polecat", "rig", "RIG/polecats/NAME", "a model", "does one bead at a time, and hands it in"),
        Role("crew", "rig", "RIG/crew/NAME", "a person or a model", "long-lived work by hand"),
        Role("witness", "rig", "RIG/witness", "code", "watches the workers' health"),
        Role("refinery", "rig", "RIG/refinery", "code", "lands what was handed in"),
        Role("deacon", "town", "deacon", "code", "watches the town, starts sessions, tidies up"),
        Role("dog", "town", "deacon/dogs/NAME", "a model or code", "does chores for the deacon"),
    )
}
WHICH = f"one of {', '.join(ROLES)} (default: yours)"


@command(
    "role show",
    "role",
    help={"role": WHICH, "rig": "with what is said in that rig"},
    example="gt role show mayor",
)
def show(role: str = "", *, rig: str = "", json: bool = False) -> None:
    """Print what is said to a role at the start of each session: its prompt, and directives."""
    where = here()
    found = known(where, role)
    path, text = role_prompt(where.root, found.name)
    said = directives(where.root, found.name, rig_here(where, where.snapshot(), rig))
    if json:
        output.json_out(
            {
                "role": found.name,
                "prompt": {"path": path, "text": text},
                "directives": [{"path": each, "text": more} for each, more in said],
            }
        )
        return
    output.line(f"# {found.name}: {path}")
    output.line(text.rstrip("\n"))
    for each, more in said:
        output.line("")
        output.line(f"# and {each}")
        output.line(more.rstrip("\n"))


@command("role list", example="gt role list")
def list_(*, json: bool = False) -> None:
    """List the roles: who serves them, what they do, where their prompts come from."""
    where = here()
    rows = [(role, role_prompt(where.root, role.name)[0]) for role in KNOWN.values()]
    if json:
        output.json_out([_shape(role, prompt) for role, prompt in rows])
        return
    output.table(
        ("role", "address", "served by", "does", "prompt"),
        [(role.name, role.address, role.served_by, role.does, prompt) for role, prompt in rows],
    )


@command("role def", help={"role": WHICH}, example="gt role def polecat")
def def_(role: str = "", *, json: bool = False) -> None:
    """Say what a role is."""
    where = here()
    found = known(where, role)
    shape = _shape(found, role_prompt(where.root, found.name)[0])
    if json:
        output.json_out(shape)
        return
    for key, value in shape.items():
        output.line(f"{key.replace('_', ' ') + ':':11}{value}")


def known(where: Here, text: str) -> Role:
    """The role of that name, or of who asks. UserError for another word."""
    name = text or of_address(where.agent or where.actor)[1]
    if name not in KNOWN:
        what = f"no role {name!r}" if text else f"{name} is no role with a prompt"
        raise UserError(what, nearest(name, KNOWN, f"one of: {', '.join(KNOWN)}"))
    return KNOWN[name]


def _shape(role: Role, prompt: str) -> dict[str, str]:
    return {
        "role": role.name,
        "scope": role.scope,
        "address": role.address,
        "served_by": role.served_by,
        "does": role.does,
        "prompt": prompt,
    }
