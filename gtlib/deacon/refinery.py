"""Start the refinery of a rig as a process of its own, so that gates never hold up catch-up."""

from __future__ import annotations

import time

from gtlib.actions import running
from gtlib.names import Address
from gtlib.runtimes import runs
from gtlib.runtimes.runs import Run
from gtlib.store.town import Town
from gtlib.system import process

AGAIN_SECONDS = 60.0


def start(town: Town, rig: str) -> str:
    """What was done, in a line; empty when one runs, or ended lately and nothing has changed since."""
    address = Address(f"{rig}/refinery")
    run = runs.read(town.local, address)
    tip = town.tip()
    if run is not None and running.is_alive(run):
        return ""
    if run is not None and run.seen == tip and 0 <= time.time() - run.began < AGAIN_SECONDS:
        return ""
    log = runs.log(town.local, address)
    argv = process.python("gtlib.cli", "gt", "refinery", "run", rig)
    env = {"GT_ROLE": address, "GT_TOWN": str(town.root)}
    proc = process.spawn(argv, town.root, env, log)
    runs.write(
        town.local,
        Run(address=address, proc=proc, began=time.time(), log=str(log), ended=False, seen=tip),
    )
    return f"{address}: started, pid {proc.pid}"
