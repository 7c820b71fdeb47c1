"""`gt doctor`."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from gtlib import clock
from gtlib import output
from gtlib.actions.doctor import doctor
from gtlib.actions.doctor import overall_ok
from gtlib.actions.hook_checks import Check
from gtlib.cli.command import command
from gtlib.cli.version import VERSION
from gtlib.output import count
from gtlib.store.town import Town

SIGNS = {"ok": "ok", "warning": "!", "error": "x"}


@command(
    "doctor",
    help={"fix": "mend what can be mended", "verbose": "show too what is well"},
    short={"verbose": "v"},
    example="gt doctor --fix",
)
def doctor_(*, fix: bool = False, verbose: bool = False, json: bool = False) -> int:
    """Look for what is wrong with the town; exit 1 when something is."""
    town = Town.find(Path.cwd())
    checks = doctor(town, fix=fix)
    fine = overall_ok(checks)
    if json:
        output.json_out(
            {
                "path": str(town.root),
                "checks": msgspec.to_builtins(checks),
                "overall_ok": fine,
                "cli_version": VERSION,
                "timestamp": clock.stamp(clock.now()),
                "platform": sys.platform,
                "suppressed_count": 0,
            }
        )
        return 0 if fine else 1
    for check in checks:
        _show(check, verbose)
    counts = {status: sum(check.status == status for check in checks) for status in SIGNS}
    found = [count(counts[status], status) for status in ("warning", "error")]
    output.line(", ".join((f"{counts['ok']} ok", *found)))
    fixes = dict.fromkeys(check.fix for check in checks if check.fix.startswith(("gt ", "git ")))
    output.next_steps(fixes)
    return 0 if fine else 1


def _show(check: Check, verbose: bool) -> None:
    for line in check.fixed:
        output.line(f"fixed {check.name}: {line}")
    if check.status != "ok" or verbose:
        output.line(f"{SIGNS[check.status]:2} {check.name}: {check.message}")
        if check.fix and check.status != "ok":
            output.line(f"   {check.fix}")
