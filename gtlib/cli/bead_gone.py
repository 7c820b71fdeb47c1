"""`bd delete`, `duplicate`, `supersede` and `rename`: beads that go, or go by another id."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.delete import Gone
from gtlib.actions.delete import delete as delete_beads
from gtlib.actions.rename import rename as rename_bead
from gtlib.actions.replace import replace
from gtlib.cli.command import command
from gtlib.cli.options import here
from gtlib.cli.options import need_ids
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.store.town import Town


@command(
    "bead delete",
    "bead rm",
    short={"force": "f"},
    help={
        "ids": "the beads",
        "force": "do it; without this, only what would go is shown",
        "cascade": "also what is below them or waits for them, and so on",
        "from_file": "also the ids of this file, one a line; - is standard input",
        "dry_run": "only show what would go",
    },
    example="bd delete gt-abc12 --force",
)
def delete(
    *ids: str,
    force: bool = False,
    cascade: bool = False,
    from_file: str = "",
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Delete beads and the edges to them; git keeps them, and gives them back."""
    lines = (text_from("--from-file", None, from_file) or "").splitlines()
    named = (*ids, *(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")))
    need_ids(named, "bd delete gt-abc12")
    where = here()
    town = Town.open(where.root)
    dry = dry_run or not force
    found = delete_beads(town, named, where.actor, force=force, cascade=cascade, dry=dry)
    tell(town)
    if json:
        output.json_out(
            {
                "deleted": [bead.id for bead in found.deleted.beads],
                "updated": list(found.cleaned),
                "dry_run": dry,
                "commit": found.commit,
            }
        )
    else:
        _say_gone(found, dry, named, cascade)


def _say_gone(found: Gone, dry: bool, named: tuple[str, ...], cascade: bool) -> None:
    for bead in found.deleted.beads:
        verb = "would delete" if dry else "deleted"
        output.line(f"{verb} {bead.id}  {bead.status}  {output.one_line(bead.title)}")
    for path in found.cleaned:
        output.line(f"{'would take' if dry else 'took'} it out of {path}")
    if dry:
        words = ["bd", "delete", *named, *(["--cascade"] if cascade else []), "--force"]
        output.next_steps([" ".join(words)])
    else:
        output.next_steps([f"git revert --no-edit {found.commit[:12]}  # brings them back"])


@command(
    "bead duplicate",
    help={"id": "the bead to close", "of": "the one that says the same"},
    example="bd duplicate gt-abc12 --of gt-def34",
)
def duplicate(id: str, *, of: str, json: bool = False) -> None:
    """Close a bead that says the same as another one."""
    _replace(id, of, "duplicates", ("duplicate", "canonical"), "duplicate of", json)


@command(
    "bead supersede",
    spellings={"by": "with_"},
    help={"id": "the bead to close", "with_": "the one that takes its place"},
    example="bd supersede gt-abc12 --with gt-def34",
)
def supersede(id: str, *, with_: str, json: bool = False) -> None:
    """Close a bead in whose place another one is."""
    _replace(id, with_, "supersedes", ("superseded", "replacement"), "superseded by", json)


def _replace(id: str, by: str, type: str, keys: tuple[str, str], said: str, json: bool) -> None:
    where = here()
    town = Town.open(where.root)
    bead, other, changed = replace(town, id, by, type, where.actor)
    tell(town)
    if json:
        output.json_out({keys[0]: bead.id, keys[1]: other.id, "status": bead.status})
        return
    verb = "closed" if changed else "closed already:"
    output.line(f"{verb} {bead.id}  {output.one_line(bead.title)}: {said} {other.id}")
    output.next_steps([f"bd show {other.id}"])


@command(
    "bead rename",
    help={"id": "the bead", "to": "its id from now on", "force": "whatever the prefix of the new id"},
    example="bd rename gt-abc12 gt-login",
)
def rename(id: str, to: str, *, force: bool = False, json: bool = False) -> None:
    """Give a bead another id, and change all that names it."""
    where = here()
    if not to.strip():
        raise UsageError("the new id is empty", "name it: bd rename gt-abc12 gt-login")
    town = Town.open(where.root)
    found = rename_bead(town, id, to, where.actor, force=force)
    tell(town)
    if json:
        output.json_out({"old_id": found.old, "new_id": found.new, "updated": list(found.changed)})
        return
    output.line(f"renamed {found.old} to {found.new}")
    for path in found.changed:
        output.line(f"changed in {path}")
    output.next_steps([f"bd show {found.new}"])
