"""Have a person edit a draft."""

from __future__ import annotations

from collections.abc import Mapping

from gtlib.errors import UserError
from gtlib.store.drafts import Draft
from gtlib.system import editor


def edit_draft(draft: Draft, environ: Mapping[str, str]) -> str:
    """What the person's editor left of the draft; empty when it is no file any more.

    Raises UserError when the editor failed. What had been written by then is kept.
    """
    try:
        editor.edit(draft.path, environ)
        return draft.text
    except UserError as problem:
        if draft.path.is_file() and draft.text != draft.base:
            raise
        draft.discard()
        hint = "nothing was written" if str(draft.path) in problem.hint else problem.hint
        raise UserError(problem.what, hint) from None
    except FileNotFoundError:
        return ""
