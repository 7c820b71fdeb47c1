"""`bd ready`: what can be taken up now, why, and to claim the first of it."""

from __future__ import annotations

from msgspec import Struct

from gtlib import clock
from gtlib import output
from gtlib.cli import shapes
from gtlib.cli.bead_rows import print_rows
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import limited
from gtlib.cli.options import mention_mail
from gtlib.cli.options import scope
from gtlib.cli.ready_text import explain_ready
from gtlib.cli.ready_text import print_gated
from gtlib.cli.ready_text import print_steps
from gtlib.cli.select import filter_of
from gtlib.cli.select import of_prefix
from gtlib.cli.select import refuse_contradictions
from gtlib.cli.wanted import AT
from gtlib.cli.wanted import HELP
from gtlib.cli.wanted import LIMIT
from gtlib.cli.wanted import Wanted
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.rules.fields import SYSTEM_TYPES
from gtlib.rules.filters import Filter
from gtlib.rules.filters import chosen
from gtlib.rules.find import find_bead
from gtlib.rules.find import find_molecule
from gtlib.rules.find import ids_in
from gtlib.rules.holding import Ledger
from gtlib.rules.ready import SORTS
from gtlib.rules.ready import Ask
from gtlib.rules.ready import blocked
from gtlib.rules.ready import ready as find_ready
from gtlib.rules.tree import descendants


class Asked(Struct, frozen=True, kw_only=True):
    """The flags by which `bd ready` chooses."""

    type: tuple[str, ...] = ()
    exclude_type: tuple[str, ...] = ()
    priority: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    label: tuple[str, ...] = ()
    label_any: tuple[str, ...] = ()
    exclude_label: tuple[str, ...] = ()
    parent: str | None = None
    mol: str | None = None
    mol_type: str | None = None
    metadata_field: tuple[str, ...] = ()
    include_deferred: bool = False
    include_ephemeral: bool = False
    sort: str = "priority"
    rig: str = ""
    all_rigs: bool = False


@command(
    "bead ready",
    short={
        "limit": "n",
        "type": "t",
        "priority": "p",
        "assignee": "a",
        "unassigned": "u",
        "label": "l",
        "sort": "s",
    },
    help={
        **{name: HELP[name] for name in Asked.__struct_fields__ if name in HELP},
        "unassigned": "of nobody",
        "parent": "below that bead, at any depth",
        "mol": "steps of that molecule",
        "include_deferred": "what is put off, too",
        "include_ephemeral": "wisps too",
        "sort": "by priority (newest first), hybrid (what is older than two days by age) or oldest",
        "limit": LIMIT,
        "gated": "molecules that a gate set free",
        "claim": "claim the first of them",
        "explain": "say why, and what the others wait for",
        "plain": "a numbered list",
        "at": AT,
    },
    flags={"asked": Asked},
    example="bd ready -n 5",
)
def ready(
    *,
    asked: Asked,
    limit: int = 100,
    gated: bool = False,
    claim: bool = False,
    explain: bool = False,
    plain: bool = False,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List the beads that can be taken up now: open, awake, and held up by nothing."""
    most = limited(limit)
    choice("--sort", asked.sort, SORTS)
    if sum((gated, claim, explain, plain and not json)) > 1:
        raise UsageError(
            "more than one form is asked for", "give one of --gated, --claim, --explain and --plain"
        )
    if claim and at is not None:
        raise UsageError("--claim and --at contradict each other", "claim what is ready now")
    where = here()
    if claim:
        _claim(where, asked, json)
        return
    snapshot = where.snapshot(at)
    ledger = Ledger(snapshot)
    molecule = _molecule(snapshot, asked)
    found = [] if molecule else _ready(where, ledger, asked)
    if molecule is not None:
        print_steps(snapshot, molecule, most, json)
    elif explain:
        explain_ready(ledger, found[:most], _held(where, ledger, asked), json)
    elif gated:
        prefix = scope(where, snapshot, asked.rig, asked.all_rigs)
        print_gated(ledger, found, json, prefix=prefix)
    elif plain and found and not json:
        for number, bead in enumerate(found[:most], 1):
            output.line(
                f"{number}. [P{bead.priority}] [{bead.type}] {bead.id}: {output.one_line(bead.title)}"
            )
    else:
        steps = ("bd blocked", "bd create 'What is to be done'")
        print_rows(where, snapshot, found, most, json, nothing="nothing is ready", steps=steps)
        return
    mention_mail(where, snapshot)


def _molecule(snapshot: Snapshot, asked: Asked) -> Molecule | None:
    """The molecule that `--mol` names, when its steps are in its file; else they are beads below one."""
    if asked.mol is None or any(asked.mol in id for id in ids_in(snapshot, "beads")):
        return None
    return find_molecule(snapshot, asked.mol)


def _ready(where: Here, ledger: Ledger, asked: Asked) -> list[Bead]:
    """What can be taken up now of what is asked for. UsageError and UserError as flags of lists have them."""
    wanted = _filter(ledger, asked)
    ask = Ask(types=wanted.types, deferred=asked.include_deferred, ephemeral=asked.include_ephemeral)
    now = clock.stamp(clock.now())
    found = find_ready(ledger.snapshot, now, ask, ledger, asked.sort)
    return _matching(where, ledger, asked, wanted, found)


def _filter(ledger: Ledger, asked: Asked) -> Filter:
    if asked.unassigned and asked.assignee is not None and asked.assignee.strip():
        raise UsageError("--assignee and --unassigned contradict each other", "give one of them")
    wanted = Wanted(
        all=True,
        type=asked.type,
        exclude_type=asked.exclude_type,
        priority=asked.priority,
        assignee=asked.assignee,
        no_assignee=asked.unassigned,
        label=asked.label,
        label_any=asked.label_any,
        exclude_label=asked.exclude_label,
        mol_type=asked.mol_type,
        metadata_field=asked.metadata_field,
        rig=asked.rig,
        all_rigs=asked.all_rigs,
    )
    refuse_contradictions(wanted)
    return filter_of(ledger.snapshot, wanted, ledger.beads.values(), clock.now())


def _matching(
    where: Here, ledger: Ledger, asked: Asked, wanted: Filter, beads: tuple[Bead, ...]
) -> list[Bead]:
    snapshot = ledger.snapshot
    found = of_prefix(snapshot, chosen(beads, wanted), scope(where, snapshot, asked.rig, asked.all_rigs))
    for text in (asked.parent, asked.mol):
        if text is not None:
            inside = descendants(ledger, find_bead(snapshot, text).id)
            found = [bead for bead in found if bead.id in inside]
    return found


def _claim(where: Here, asked: Asked, json: bool) -> None:
    from gtlib.actions.take import take  # libgit2 costs 70 ms, which lists save
    from gtlib.store.town import Town

    if _molecule(where.snapshot(), asked) is not None:
        raise UsageError("a molecule's file is claimed as a whole", "put it on a hook: gt sling")
    town = Town.open(where.root)
    bead = take(town, lambda snapshot: _ready(where, Ledger(snapshot), asked), where.actor)
    if json:
        output.json_out(shapes.issue(town.snapshot(), bead))
        return
    output.line(f"claimed {bead.id}  {output.one_line(bead.title)}")
    output.next_steps([f"bd show {bead.id}", f"bd close {bead.id} --claim-next"])
    mention_mail(where, town.snapshot())


def _held(where: Here, ledger: Ledger, asked: Asked) -> list[Bead]:
    """What is blocked of what is asked for."""
    every = (bead for bead, _ in blocked(ledger.snapshot, ledger))
    kept = tuple(bead for bead in every if asked.type or bead.type not in SYSTEM_TYPES)
    return _matching(where, ledger, asked, _filter(ledger, asked), kept)
