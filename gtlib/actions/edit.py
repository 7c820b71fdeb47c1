"""Let a person write a bead's file in an editor."""

from __future__ import annotations

from collections.abc import Mapping

from gtlib import layout
from gtlib.actions.transition import transition
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.edit import as_changed
from gtlib.model.snapshot import Snapshot
from gtlib.rules.base import OVERSEER
from gtlib.rules.find import find_bead
from gtlib.store.town import Town
from gtlib.system import editor


def edit(town: Town, text: str, actor: str, environ: Mapping[str, str]) -> tuple[Bead, bool]:
    """The bead, and whether it was changed: by what was written into a copy of its file, as one commit.

    UserError, naming the copy, when that does not parse or the file was changed meanwhile; nothing changed.
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
    copy = town.local / "edit" / f"{bead.id}.md"
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(was.encode("utf-8", "surrogateescape"))
    editor.edit(copy, environ)
    written = copy.read_bytes().decode("utf-8", "surrogateescape")
    if written == was:
        copy.unlink()
        return bead, False
    wanted = _parsed(path, written, str(copy), bead)
    meant = kinds.edit(path, written, as_changed(wanted, bead))

    def plan(snapshot: Snapshot) -> Edit:
        if snapshot.text(path) != was:
            raise UserError(f"{bead.id} was changed meanwhile", f"your text is in {copy}")
        return Edit(
            subject=f"edit: {bead.id} {wanted.title}",
            files=((path, meant),),
            trailers=(("Bead", bead.id),),
            actor=actor,
        )

    transition(town, plan, actor)
    copy.unlink()
    return find_bead(town.snapshot(), bead.id), True


def _parsed(path: str, text: str, copy: str, bead: Bead) -> Bead:
    try:
        found = kinds.parse(path, text)
    except FileError as problem:
        raise UserError(problem.what, f"{problem.hint}; your text is in {copy}") from None
    assert isinstance(found, Bead)
    return found
