"""`gt compact`: wisps whose time is over go, or become beads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gtlib import output
from gtlib.actions import compact as actions
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import tell
from gtlib.model.wisp_ends import Ended
from gtlib.rules.wisps import kind_of
from gtlib.store import wisps
from gtlib.store.town import Town

OTHER = "other"


@command(
    "compact",
    short={"verbose": "v"},
    help={"dry_run": "say what would become of them, and change nothing", "verbose": "say why of each"},
    example="gt compact --dry-run",
)
def compact(*, dry_run: bool = False, verbose: bool = False, json: bool = False) -> None:
    """Delete closed wisps whose time is over, make beads of open ones and of what is to be kept."""
    where = here()
    town = Town.open(where.root)
    found = actions.compact(town, where.actor, dry=dry_run)
    tell(town)
    promoted, deleted = _by_fate(found.ended)
    if json:
        output.json_out(
            {
                "promoted": [_shape(each) for each in promoted],
                "deleted": [_shape(each) for each in deleted],
                "skipped": found.kept,
                "errors": [str(error) for error in found.broken],
                "dry_run": dry_run,
            }
        )
        return
    would = "would be " if dry_run else ""
    for each in found.ended if verbose or dry_run else promoted:
        became = f" as {each.bead}" if each.bead else ""
        word = "promoted" if each.fate == "promote" else "deleted"
        output.line(f"{would}{word}: {each.id}{became}  {output.one_line(each.title)} ({each.why})")
    output.line(f"{would}promoted {len(promoted)}, {would}deleted {len(deleted)}, left alone {found.kept}")
    for error in found.broken:
        output.line(f"bad: {output.one_line(str(error))}")
    output.next_steps(["gt compact" if dry_run and found.ended else "bd mol wisp list"])


@command(
    "compact report",
    help={"weekly": "of the last seven days, not of the last one"},
    example="gt compact report --weekly",
)
def report(*, weekly: bool = False, json: bool = False) -> None:
    """Say what became of wisps lately, by kind, and how many there are."""
    where = here()
    town = Town.open(where.root)
    days = 7 if weekly else 1
    promoted, deleted = _by_fate(actions.recent(town, days))
    there = Counter(kind_of(wisp) or OTHER for wisp in wisps.every(town.root).wisps)
    gone, kept = _kinds(deleted), _kinds(promoted)
    every = sorted({*there, *gone, *kept})
    if json:
        rows = [{"wisp_type": k, "active": there[k], "deleted": gone[k], "promoted": kept[k]} for k in every]
        output.json_out(
            {
                "days": days,
                "deleted": len(deleted),
                "promoted": [_shape(each) for each in promoted],
                "active": there.total(),
                "by_type": rows,
            }
        )
        return
    since = "the last 7 days" if weekly else "the last day"
    output.line(f"{since}: promoted {len(promoted)}, deleted {len(deleted)}; there are {there.total()}")
    output.table(["kind", "there", "deleted", "promoted"], [[k, there[k], gone[k], kept[k]] for k in every])
    for each in promoted:
        output.line(f"{each.id} is {each.bead}  {output.one_line(each.title)} ({each.why})")
    output.next_steps(["bd mol wisp list"])


def _by_fate(ended: Sequence[Ended]) -> tuple[list[Ended], list[Ended]]:
    return [each for each in ended if each.fate == "promote"], [
        each for each in ended if each.fate != "promote"
    ]


def _kinds(ended: Sequence[Ended]) -> Counter[str]:
    return Counter(each.wisp_type or OTHER for each in ended)


def _shape(each: Ended) -> dict[str, str]:
    shape = {"id": each.id, "title": each.title, "reason": each.why, "wisp_type": each.wisp_type}
    return {**shape, **({"bead": each.bead} if each.bead else {})}
