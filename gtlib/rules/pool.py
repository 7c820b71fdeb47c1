"""Names for new polecats."""

from __future__ import annotations

from collections.abc import Container
from collections.abc import Sequence

from gtlib.names import RESERVED

POOL = (
    "toast", "nux", "slit", "capable", "dag", "cheedo", "ace", "morsov", "keeper", "valkyrie",
    "furiosa", "rictus", "organic", "splendid", "imperator", "glory", "fender", "gasket", "piston", "rivet",
    "copper", "chrome", "rust", "diesel", "ember", "flint", "cinder", "soot", "anvil", "bellows",
    "hammer", "tongs", "wrench", "spanner", "ratchet", "sprocket", "pinion", "clutch", "throttle", "choke",
    "badger", "otter", "stoat", "marten", "ferret", "weasel", "lynx", "heron", "kestrel", "plover",
    "juniper", "sorrel", "yarrow", "bracken", "thistle", "clover", "nettle", "alder", "rowan", "hazel",
)  # fmt: skip


def next_name(taken: Container[str], pool: Sequence[str] = POOL) -> str:
    """The first name of the pool that is neither taken nor reserved, numbered from 2 when all are."""
    turn = 1
    while True:
        for name in pool or POOL:
            found = name if turn == 1 else f"{name}{turn}"
            if found not in taken and found not in RESERVED:
                return found
        turn += 1
