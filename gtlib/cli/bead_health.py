"""`bd lint`, `duplicates` and `find-duplicates`: beads that want a look."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gtlib import output
from gtlib.cli.bead_rows import bead_line
from gtlib.cli.command import command
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import scope
from gtlib.cli.select import of_prefix
from gtlib.cli.select import select
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.cli.wanted import LIMIT
from gtlib.cli.wanted import Wanted
from gtlib.errors import UsageError
from gtlib.names import ItemId
from gtlib.rules.alike import alike
from gtlib.rules.duplicates import Group
from gtlib.rules.duplicates import groups
from gtlib.rules.duplicates import left_open
from gtlib.rules.filters import ordered_by
from gtlib.rules.lint import missing_sections
from gtlib.rules.ready import naturally

WHERE = {name: HELP[name] for name in ("rig", "all_rigs")}


@command(
    "bead lint",
    short={"status": "s", "type": "t"},
    help={
        "ids": "these beads alone",
        "status": "of these statuses, with commas between them; without it those that are not done",
        "type": "of these types, with commas between them",
        **WHERE,
        "at": AT,
    },
    example="bd lint -t bug",
)
def lint(
    *ids: str,
    status: tuple[str, ...] = (),
    type: tuple[str, ...] = (),
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> int:
    """List beads that lack a section which their type asks for; exit 1 when some do."""
    where = here()
    snapshot = where.snapshot(at)
    wanted = Wanted(id=ids, status=status, type=type, rig=rig, all_rigs=all_rigs)
    beads = ordered_by(select(where, snapshot, wanted))
    found = [(bead, missing) for bead in beads if (missing := missing_sections(bead))]
    if json:
        results = [
            {
                "id": bead.id,
                "title": bead.title,
                "type": bead.type,
                "missing": missing,
                "warnings": len(missing),
            }
            for bead, missing in found
        ]
        total = sum(len(missing) for _, missing in found)
        output.json_out({"total": total, "issues": len(found), "results": results})
    elif not found:
        output.line(f"nothing is missing ({output.count(len(beads), 'bead')})")
    else:
        for bead, missing in found:
            output.line(bead_line(bead))
            output.line(f"  lacks {', '.join(f'## {heading}' for heading in missing)}")
        output.next_steps([f"bd edit {found[0][0].id}"])
    return 1 if found else 0


@command(
    "bead duplicates",
    help={
        "auto_merge": "close all but one of each group, and lead what pointed to them to that one",
        "dry_run": "show what --auto-merge would do",
        **WHERE,
        "at": AT,
    },
    example="bd duplicates --auto-merge --dry-run",
)
def duplicates(
    *,
    auto_merge: bool = False,
    dry_run: bool = False,
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List beads that are not closed and say exactly the same."""
    if auto_merge and at is not None:
        raise UsageError("--auto-merge and --at contradict each other", "the past can't be changed")
    where = here()
    snapshot = where.snapshot(at)
    every = list(snapshot.beads())
    beads = of_prefix(snapshot, every, scope(where, snapshot, rig, all_rigs))
    found = groups(beads, every)
    left = left_open(snapshot, found, where.actor)
    done = auto_merge and not dry_run and bool(found)
    if done:
        # what writes needs libgit2, which the list does not
        from gtlib.actions.merge_duplicates import merge_duplicates
        from gtlib.store.town import Town

        found, left = merge_duplicates(Town.open(where.root), found, where.actor)
    if json:
        output.json_out(
            {
                "duplicate_groups": len(found),
                "groups": [_group(each, left) for each in found],
                "merged": sum(len(each.others) for each in found) - len(left) if done else 0,
                "left": [{"id": id, "why": why} for id, why in sorted(left.items())],
                "dry_run": dry_run,
            }
        )
        return
    for each in found:
        output.line(f"{'kept' if done else 'keep'}  {bead_line(each.target)}")
        for other in each.others:
            if other.id in left:
                output.line(f"  {'left' if done else 'leave'}  {bead_line(other)}: {left[other.id]}")
            else:
                output.line(f"  {'closed' if done else 'close'}  {bead_line(other)}")
    if not found:
        output.line("no duplicates")
    elif done:
        output.next_steps([f"bd show {found[0].target.id}"])
    elif any(other.id not in left for each in found for other in each.others):
        output.next_steps(["bd duplicates --auto-merge"])
    else:
        output.next_steps([f"bd show {found[0].target.id}"])


def _group(group: Group, left: Mapping[ItemId, str]) -> dict[str, object]:
    return {
        "title": group.target.title,
        "suggested_target": group.target.id,
        "suggested_sources": [bead.id for bead in group.others if bead.id not in left],
        "issues": [
            {
                "id": bead.id,
                "title": bead.title,
                "status": bead.status,
                "priority": bead.priority,
                "dependents": group.weight[bead.id][0],
                "references": group.weight[bead.id][1],
                "is_merge_target": bead is group.target,
            }
            for bead in (group.target, *group.others)
        ],
    }


@command(
    "bead find-duplicates",
    short={"threshold": "t", "limit": "n"},
    help={
        "threshold": "how much of the words must be the same, over 0 and at most 1",
        "method": "mechanical: words that both have, of all words that one has",
        "status": "of these statuses, with commas between them; without it those that are not done",
        "limit": LIMIT,
        **WHERE,
        "at": AT,
    },
    example="bd find-duplicates --threshold 0.6",
)
def find_duplicates(
    *,
    threshold: str = "0.5",
    method: str = "mechanical",
    status: tuple[str, ...] = (),
    limit: int = 50,
    rig: str = "",
    all_rigs: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List pairs of beads whose words are much the same."""
    most = limited(limit)
    choice("--method", method, ("mechanical",))
    least = _threshold(threshold)
    where = here()
    snapshot = where.snapshot(at)
    wanted = Wanted(status=status, rig=rig, all_rigs=all_rigs)
    found = alike(naturally(select(where, snapshot, wanted)), least, most)
    if json:
        output.json_out(
            [
                {
                    "issue_a_id": pair.a.id,
                    "issue_b_id": pair.b.id,
                    "issue_a_title": pair.a.title,
                    "issue_b_title": pair.b.title,
                    "similarity": round(pair.similarity, 4),
                    "method": method,
                    "reason": f"{round(pair.similarity * 100)} % of the words are the same",
                }
                for pair in found
            ]
        )
        return
    for pair in found:
        output.line(f"{round(pair.similarity * 100):>3} %  {bead_line(pair.a)}")
        output.line(f"       {bead_line(pair.b)}")
    if not found:
        output.line("no pair is so much alike")
        return
    if len(found) == most:
        output.line("... and perhaps more: --limit 0 shows all")
    output.next_steps([f"bd duplicate {found[0].b.id} --of {found[0].a.id}"])


def _threshold(text: str) -> Fraction:
    try:
        found = Fraction(text)
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    if not 0 < found <= 1 or len(text) > 20:
        raise UsageError(f"--threshold {text} is not a number over 0 and at most 1", "write --threshold 0.5")
    return found
