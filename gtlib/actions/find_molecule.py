"""Which molecule or wisp a person means, without libgit2."""

from __future__ import annotations

from pathlib import Path

from gtlib.errors import UserError
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules import find
from gtlib.rules.steps import molecule_on_hook
from gtlib.store import wisps


def find_molecule(root: Path, snapshot: Snapshot, text: str, actor: str = "") -> Molecule:
    """The molecule or wisp that `text` means, whole or in part; for no text what is on the actor's hook.

    An agent's address means what is on its hook. `gtlib.store.wisps.is_id` tells wisps by their id. UserError
    when there is none, or several.
    """
    whose = text or actor
    if whose and (not text or "/" in text or text in ("mayor", "deacon")):
        on_hook = molecule_on_hook(snapshot, whose)
        if on_hook is None:
            raise UserError(f"{whose} has no molecule on the hook", "name one: gt mol list shows them")
        return on_hook
    if wisps.is_id(text):
        wisp = wisps.one(root, text)
        if wisp is not None:
            return wisp
    wisp = wisps.find(root, text)
    try:
        molecule = find.find_molecule(snapshot, text)
    except UserError as refusal:
        if wisp is None or "means" in refusal.what:
            raise
        return wisp
    if wisp is not None and molecule.id != text:
        raise UserError(f"{text!r} means 2 items", f"write one of: {molecule.id}, {wisp.id}")
    return molecule


def named_step(root: Path, text: str) -> tuple[ItemId, str] | None:
    """The wisp and the step that `<wisp>.<step>` means; None when it is no such thing."""
    head, dot, step = text.partition(".")
    wisp = wisps.find(root, head) if dot and step else None
    return (wisp.id, step) if wisp is not None else None
