"""How slung work is to be done and handed in, kept with its molecule, or with a bead that has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.molecule import Molecule
from gtlib.model.molecule_args import args_and_vars
from gtlib.model.molecule_args import with_args
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import open_convoys

SLUNG: Final = "slung"  # the key of a bead that is worked on without a molecule
RALPH: Final = "ralph"
# Ways by which nothing lands before a person says so.
HELD: Final = frozenset({"local", "pr"})
_FLAGS: Final = ("merge", "no_merge", "review_only", "base_branch")


class Terms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`args` are words for whoever does it. `merge` is direct, mr, pr or local; `no_merge`: nothing lands
    before a person has looked; `review_only`: it is looked at, not changed. `base_branch` is where the work
    begins and lands, empty: the rig's. `ralph`: each step has a session of its own.
    """

    args: str = ""
    merge: str = ""
    no_merge: bool = False
    review_only: bool = False
    base_branch: str = ""
    ralph: bool = False


NONE: Final = Terms()


def noted(molecule: Molecule, terms: Terms) -> Molecule:
    """The molecule with these terms; what they leave open stays as it was."""
    said: dict[str, Any] = {name: value for name in _FLAGS if (value := getattr(terms, name))}
    if terms.ralph:
        said["mode"] = RALPH
    kept = replace(molecule, extra={**molecule.extra, **said}) if said else molecule
    return with_args(kept, terms.args)


def noted_alone(bead: Bead, terms: Terms) -> Bead:
    """The bead with these terms and no others."""
    extra = {key: value for key, value in bead.extra.items() if key != SLUNG}
    said = msgspec.to_builtins(terms)
    return replace(bead, extra={**extra, SLUNG: said} if said else extra)


def of_molecule(molecule: Molecule) -> Terms:
    """The terms that stand in a molecule."""
    extra = molecule.extra
    return Terms(
        args=args_and_vars(molecule)[0],
        merge=_text(extra.get("merge")),
        no_merge=extra.get("no_merge") is True,
        review_only=extra.get("review_only") is True,
        base_branch=_text(extra.get("base_branch")),
        ralph=extra.get("mode") == RALPH,
    )


def of_bead(bead: Bead) -> Terms:
    """The terms that stand in a bead; what a hand wrote wrongly is none."""
    said = bead.extra.get(SLUNG)
    try:
        return msgspec.convert(said, Terms) if isinstance(said, dict) else NONE
    except msgspec.ValidationError:
        return NONE


def terms_of(snapshot: Snapshot, bead: ItemId, molecule: ItemId) -> Terms:
    """The terms of the work on a hook."""
    by = snapshot.molecule(molecule) if molecule else None
    if by is not None:
        return of_molecule(by)
    found = snapshot.bead(bead)
    return of_bead(found) if found is not None else NONE


def terms_on(snapshot: Snapshot, agent: Agent) -> Terms:
    """The terms of what is, or was last, on an agent's hook."""
    hook = agent.hook
    return terms_of(snapshot, hook.bead, hook.molecule) if hook is not None and hook.bead else NONE


def held_back(snapshot: Snapshot, bead: ItemId, molecule: ItemId) -> str:
    """Why work that is handed in waits for a person instead of landing; empty when it lands."""
    terms = terms_of(snapshot, bead, molecule)
    if terms.no_merge:
        return "slung with --no-merge"
    convoy = next(open_convoys(snapshot, bead), None)
    if terms.merge:
        return f"slung with --merge {terms.merge}" if terms.merge in HELD else ""
    if convoy is not None and convoy.merge in HELD:
        return f"the convoy {convoy.id} says merge: {convoy.merge}"
    return ""


def lost(there: Terms, wanted: Terms) -> Iterator[str]:
    """The flags that were given now and are not so already."""
    for name in Terms.__struct_fields__:
        value = getattr(wanted, name)
        if value and value != getattr(there, name):
            yield f"--{name.replace('_', '-')}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
