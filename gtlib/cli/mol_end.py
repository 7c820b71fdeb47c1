"""`bd mol squash` and `burn`: molecules and wisps that end before their last step."""

from __future__ import annotations

from typing import Any

from gtlib import clock
from gtlib import output
from gtlib.actions.mol_end import Burned
from gtlib.actions.mol_end import burn as burn_molecules
from gtlib.actions.mol_end import squash as squash_molecule
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import tell
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.store.town import Town


@command(
    "mol squash",
    help={
        "id": "a molecule, a wisp, or an agent; without it what is on your hook",
        "summary": "what the digest says, in place of how its steps ended",
        "digest": "leave no digest behind",
        "keep_children": "steps that are beads stay as they are; a wisp stays, closed",
        "jitter": "at most so long, as scripts for Gas Town say; nothing waits here, writers take turns",
    },
    example="bd mol squash gt-wisp-k2p9x --summary 'all quiet'",
)
def squash(
    id: str = "",
    *,
    summary: str = "",
    digest: bool = True,
    keep_children: bool = False,
    jitter: str = "",
    json: bool = False,
) -> None:
    """End a molecule: one closed bead says what it was."""
    where = here()
    if summary and not digest:
        raise UsageError("--summary and --no-digest contradict each other", "give one of them")
    try:
        clock.seconds(jitter or "0s")
    except UserError as refusal:
        raise UsageError(f"--jitter: {refusal.what}", refusal.hint) from None
    town = Town.open(where.root)
    done = squash_molecule(town, id, where.actor, summary=summary, with_digest=digest, keep=keep_children)
    tell(town)
    gone = 1 if done.is_wisp and not keep_children else 0
    if json:
        output.json_out(
            {
                "molecule_id": done.id,
                "digest_id": done.digest.id if done.digest else "",
                "squashed_ids": done.ids,
                "squashed_count": len(done.ids),
                "deleted_count": gone,
                "kept_children": keep_children,
                "wisp_squash": done.is_wisp,
            }
        )
        return
    more = f", {output.count(len(done.ids) - 1, 'bead')} of it closed" if len(done.ids) > 1 else ""
    output.line(f"squashed {done.id}{more}")
    if done.digest is not None:
        output.line(f"{done.digest.id}  {output.one_line(done.digest.title)}")
        output.next_steps([f"bd show {done.digest.id}"])
    else:
        output.next_steps(["bd mol wisp list" if done.is_wisp else f"gt mol show {done.id}"])
    mention_mail(where, town.snapshot())


@command(
    "mol burn",
    short={"force": "f"},
    help={
        "ids": "molecules, wisps or agents; without any what is on your hook",
        "force": "molecules too, which are committed: git's history keeps them",
    },
    example="bd mol burn gt-wisp-k2p9x",
)
def burn(*ids: str, force: bool = False, json: bool = False) -> None:
    """Take a molecule away with its steps, and leave no digest."""
    where = here()
    town = Town.open(where.root)
    burned = burn_molecules(town, ids, where.actor, force=force)
    tell(town)
    if json:
        shapes = [_shape(each) for each in burned]
        total = sum(len(each.ids) for each in burned)
        many = {"results": shapes, "total_deleted": total, "failed_count": 0}
        output.json_out(shapes[0] if len(shapes) == 1 else many)
        return
    for each in burned:
        more = f" and {output.count(len(each.ids) - 1, 'bead')} of it" if len(each.ids) > 1 else ""
        output.line(f"burned {each.id}{more}")
    output.next_steps(["gt mol list", "bd mol wisp list"])
    mention_mail(where, town.snapshot())


def _shape(each: Burned) -> dict[str, Any]:
    return {"molecule_id": each.id, "deleted_ids": each.ids, "deleted_count": len(each.ids)}
