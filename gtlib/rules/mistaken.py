"""A file that git took for another in a merge by line: both as their own sides had them, and told."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from posixpath import basename

from msgspec import Struct

from gtlib.model import kinds
from gtlib.model import threeway
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import Files
from gtlib.rules.base import mail
from gtlib.rules.edits import merge_edits

SERVED = "Parted"


class Mistake(Struct, frozen=True, kw_only=True):
    """Merge `commit` has in `new` what one side had changed in `old`, which the other had deleted.

    `changed` is the text of `old` on the side that kept it, `made` that of `new` on the side that made it,
    `merged` what the merge made of both. `renamed` says that they are one item under two names.
    """

    commit: str
    key: str
    old: str
    changed: str
    new: str
    made: str
    merged: str
    renamed: bool = False


def part(snapshot: Snapshot, mistakes: Sequence[Mistake], now: str) -> Edit | None:
    """Each side's file again, with a mail to the overseer that names both. Of an item that was renamed git
    put the change where it belongs: that is only told.

    Each is named by its key in a `Parted:` trailer, so that nothing happens twice.
    """
    edits: list[Edit] = []
    for each in mistakes:
        files = () if each.renamed else _apart(snapshot, each)
        if not files and not each.renamed:
            continue  # put right by hand
        letter = mail(
            snapshot, now, [OVERSEER], _subject(each), _body(each), ("mistaken", each.key), priority=1
        )
        word = "told" if each.renamed else "restore"
        edits.append(
            Edit(
                subject=f"{word}: {_name(each.old)} {_name(each.new)}",
                files=(*files, *letter),
                trailers=(("Event", word), ("Caused-By", each.commit), (SERVED, each.key)),
            )
        )
        snapshot = snapshot.with_edit(edits[-1])
    return merge_edits(edits)


def _apart(snapshot: Snapshot, each: Mistake) -> Files:
    files: Files = ()
    stands = snapshot.text(each.new)
    if stands is not None and not snapshot.is_broken(each.new):
        # Later commits may have changed more; what they say counts.
        text = threeway.merge(each.new, each.merged, stands, each.made, lambda *_: None, mine_wins=True)
        if text is not None and text != stands:
            files += ((each.new, text),)
    if not snapshot.exists(each.old):
        files += ((each.old, each.changed),)
    return files


def _subject(each: Mistake) -> str:
    if each.renamed:
        return f"{_name(each.old)} was changed while it became {_name(each.new)}"
    return f"{_name(each.old)} and {_name(each.new)} were mixed up in a merge"


def _body(each: Mistake) -> str:
    if each.renamed:
        return (
            f"One clone gave {_name(each.old)} the name {_name(each.new)} while another changed it. Merge "
            f"{each.commit[:12]} put that change into {each.new}, where it is.\n"
            f"What the other clone said of {_name(each.old)} since then still says so: gt doctor names it.\n"
        )
    id = _name(each.old)
    away = (
        f"bd delete {id} --force" if kinds.kind_of(each.old) == "bead" else f"git rm {shlex.quote(each.old)}"
    )
    return (
        f"Merge {each.commit[:12]} was made by line, and git took {each.new} for a new name of {each.old}: "
        f"what one clone had changed in {each.old} stood in {each.new}, and {each.old}, which the other "
        "clone had deleted, was gone.\n"
        f"{each.new} is again as it was made, and {each.old} is there again as it was changed.\n"
        f"If {id} was to go: {away}\n"
    )


def _name(path: str) -> str:
    return basename(path).removesuffix(".md")
