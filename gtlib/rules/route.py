"""Whom an address means."""

from __future__ import annotations

from difflib import get_close_matches

from gtlib.errors import UserError
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import POSTMASTER


def known_addresses(snapshot: Snapshot) -> dict[str, Address]:
    """Every way to write an address, with the address that it means.

    `<rig>/<name>` is short for a polecat's or crew member's, unless two share it.
    """
    full = [OVERSEER, MAYOR, POSTMASTER]
    full += [Address(f"{rig.name}/{role}") for rig in snapshot.rigs() for role in ("witness", "refinery")]
    full += [agent.address for agent in snapshot.agents()]
    found = {str(address): address for address in full}
    short: dict[str, Address | None] = {}
    for address in dict.fromkeys(full):
        rig, _, rest = address.partition("/")
        role, _, name = rest.partition("/")
        if role in ("polecats", "crew") and name:
            text = f"{rig}/{name}"
            short[text] = None if text in short else address
    return {text: address for text, address in short.items() if address} | found


def resolve_address(snapshot: Snapshot, text: str) -> Address:
    """The address that `text` means. Raises UserError, naming the nearest ones, when there is none."""
    known = known_addresses(snapshot)
    found = look_up(known, text)
    if found is None:
        near = nearest(text, known)
        raise UserError(
            f"unknown address {text!r}", f"did you mean {' or '.join(near)}?" if near else "see gt agents"
        )
    return found


def look_up(known: dict[str, Address], text: str) -> Address | None:
    """The address that `text` means among the known ones; `mayor/` is `mayor`."""
    return known.get(text.strip().rstrip("/"))


def nearest(text: str, known: dict[str, Address]) -> list[str]:
    """At most three addresses that look like `text`, or end in the same name."""
    found = get_close_matches(text, known, n=3, cutoff=0.6)
    name = text.rstrip("/").rpartition("/")[2]
    found += [str(address) for each, address in known.items() if name and each.rpartition("/")[2] == name]
    return list(dict.fromkeys(found))[:3]
