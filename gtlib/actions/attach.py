"""Let a bead be worked through by a molecule."""

from __future__ import annotations

from gtlib.actions.carry_out import carry_out
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.rules.attach import Attached
from gtlib.rules.attach import molecule_in_mail
from gtlib.rules.attach import plan_attach
from gtlib.rules.edits import merge_edits
from gtlib.rules.post import find_mail
from gtlib.rules.post import plan_read
from gtlib.store.town import Town
from gtlib.store.wisps import is_id


def attach(town: Town, target: str, molecule: str, actor: str) -> tuple[Attached, bool]:
    """What is attached then, and whether that is new. UserError as `plan_attach` says."""
    if is_id(molecule):
        raise UserError(f"{molecule} is a wisp, which is not committed", "pour the formula: bd mol pour")
    found, applied = carry_out(town, lambda snapshot: plan_attach(snapshot, target, molecule, actor), actor)
    return found, applied is not None


def attach_from_mail(town: Town, mail: str, actor: str) -> tuple[Attached, bool]:
    """As `attach`, of the molecule that a message of the actor's names; the message counts as read then."""

    def plan(snapshot: Snapshot) -> tuple[Attached, Edit | None]:
        path, message = find_mail(snapshot, mail, actor)
        found, edit = plan_attach(snapshot, "", molecule_in_mail(message.body), actor)
        read = plan_read(snapshot, path, actor)
        edits = [each for each in (edit, read) if each is not None]
        return found, merge_edits(edits, subject=edits[0].subject if edits else "")

    found, applied = carry_out(town, plan, actor)
    return found, applied is not None
