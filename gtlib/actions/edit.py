"""Let a person write a bead's file in an editor."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

from gtlib import layout
from gtlib.actions.edit_draft import edit_draft
from gtlib.actions.transition import transition
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import threeway
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.edit import as_changed
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.find import find_bead
from gtlib.store import drafts
from gtlib.store.drafts import Draft
from gtlib.store.town import Town


def edit(
    town: Town,
    text: str,
    actor: str,
    environ: Mapping[str, str],
    on_kept: Callable[[Path], None] = lambda copy: None,
) -> tuple[Bead, bool]:
    """The bead, and whether it was changed: by what was written into a copy of its file, as one commit.

    A copy that was kept is opened again, with what has happened since: `on_kept` hears of it first. One
    that is left empty is thrown away. UserError, naming the copy, which is kept, when it does not parse or
    the file was changed meanwhile; nothing changed.
    """
    if actor != OVERSEER:
        raise UserError(
            "only a person edits in an editor", "give what is to change: bd update ID --title ..."
        )
    before = town.snapshot()
    bead = find_bead(before, text)
    path = layout.path_of_bead(bead.id)
    was = before.text(path)
    if was is None:
        raise UserError(f"{bead.id} is archived", f"bring it back first: bd reopen {bead.id}")
    draft = drafts.kept(town.local, bead.id)
    if draft is None:
        draft = drafts.begin(town.local, bead.id, was)
    else:
        _catch_up(town, draft, path, was)
        on_kept(draft.path)
    try:
        return _edited(town, draft, bead, actor, environ)
    finally:
        draft.release()


def _edited(
    town: Town, draft: Draft, bead: Bead, actor: str, environ: Mapping[str, str]
) -> tuple[Bead, bool]:
    path, base = layout.path_of_bead(bead.id), draft.base
    written = edit_draft(draft, environ)
    if not written.strip() or written == base:
        draft.discard()
        return bead, False
    wanted = _parsed(path, written, str(draft.path))
    meant = kinds.edit(path, written, as_changed(wanted, bead))

    def plan(snapshot: Snapshot) -> Edit:
        if snapshot.text(path) != base:
            raise UserError(
                f"{bead.id} was changed meanwhile",
                f"your text is in {draft.path}; bd edit {bead.id} opens it with what has changed",
            )
        return Edit(
            subject=f"edit: {bead.id} {wanted.title}",
            files=((path, meant),),
            trailers=(("Bead", bead.id),),
            actor=actor,
        )

    transition(town, plan, actor)
    draft.discard()
    return find_bead(town.snapshot(), bead.id), True


def _catch_up(town: Town, draft: Draft, path: str, now: str) -> None:
    """Have in the draft what happened to the file since: by field, with markers where both say otherwise;
    by line where it does not parse. One where neither can be done stays as it is, with its base.
    """
    base, mine = draft.base, draft.text
    if base == now:
        return
    lines = town.repo.merge_lines

    def both(was: str, ours: str, theirs: str) -> tuple[str, str]:
        merged = lines(was, ours, theirs)
        return (ours, theirs) if merged is None else (merged, merged)

    made: str | None
    try:
        made = threeway.by_field(path, base, mine, now, both).marked()
    except UserError:
        made = lines(base, mine, now)
    if made is not None:
        draft.write(now, made)


def _parsed(path: str, text: str, copy: str) -> Bead:
    try:
        found = kinds.parse(path, text)
    except FileError as problem:
        raise UserError(problem.what, f"{problem.hint}; your text is in {copy}") from None
    assert isinstance(found, Bead)
    return found
