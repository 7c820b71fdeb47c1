"""Everything that is written in a bead: what searches look through."""

from __future__ import annotations

from gtlib.model.bead import Bead


def written(bead: Bead) -> str:
    """The title and all texts, labels and comments."""
    comments = (f"{comment.author}\n{comment.text}" for comment in bead.comments)
    texts = (bead.title, bead.description, bead.design, bead.acceptance, bead.notes, bead.close_reason)
    return "\n".join((*texts, bead.external_ref, bead.spec, *bead.labels, *comments))
