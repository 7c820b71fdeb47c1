"""Let a person write in an editor what is said to a role, in the town or in a rig."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.actions.edit_draft import edit_draft
from gtlib.actions.prime import directive_paths
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import OVERSEER
from gtlib.store import drafts
from gtlib.store.town import Town


class Written(Struct, frozen=True):
    """The directive's path, and whether it was changed."""

    path: str
    changed: bool


def directive_edit(
    town: Town,
    role: str,
    rig: str,
    actor: str,
    environ: Mapping[str, str],
    on_kept: Callable[[Path], None] = lambda copy: None,
) -> Written:
    """Open it, or an empty one, in the editor, and commit what is written; left empty, it is taken away.

    A copy that was kept is opened again: `on_kept` hears of it first. UserError when the file is not
    committed, or was changed meanwhile: then the copy is kept, and named.
    """
    if actor != OVERSEER:
        raise UserError("only a person edits in an editor", "write the file, and commit it")
    path = directive_paths(role, rig)[-1]
    was = town.snapshot().text(path)
    if was is None and (town.root / path).exists():
        raise UserError(f"{path} is not committed", f"commit it first: git add {path}")
    key = ItemId(path.removesuffix(".md").replace("/", "-"))
    draft = drafts.kept(town.local, key)
    if draft is None:
        draft = drafts.begin(town.local, key, was or "")
    else:
        on_kept(draft.path)
    try:
        base, written = draft.base, edit_draft(draft, environ)
        if written == base:
            draft.discard()
            return Written(path, changed=False)

        def plan(snapshot: Snapshot) -> Edit:
            if (snapshot.text(path) or "") != base:
                raise UserError(f"{path} was changed meanwhile", f"your text is in {draft.path}")
            if not written.strip():
                return Edit(subject=f"directive: without {path}", removes=(path,), actor=actor)
            return Edit(subject=f"directive: {path}", files=((path, written),), actor=actor)

        transition(town, plan, actor)
        draft.discard()
        return Written(path, changed=True)
    finally:
        draft.release()
