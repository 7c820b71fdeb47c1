"""A file that does not parse is told to whoever committed it, once for each broken version (promise 3)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from msgspec import Struct

from gtlib import names
from gtlib.model import misplaced
from gtlib.model.archive import FOLDER
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.base import Files
from gtlib.rules.base import mail

TOLD = "Told"


class Unreadable(Struct, frozen=True, kw_only=True):
    """A broken version of a file. `what` begins with `path:line`.

    `broke` is the commit that brought it; `stands` the one whose version counts meanwhile, empty
    when no version of the file ever parsed.
    """

    path: str
    blob: str
    what: str
    mend: str
    broke: str = ""
    stands: str = ""


def letter_of(path: str, blob: str) -> ItemId:
    """The id of the mail about that version of that file."""
    return names.derive("msg", "", *_causes(path, blob))


def _causes(path: str, blob: str) -> tuple[str, str, str]:
    return "unreadable", _shown(path), blob


def was_told(snapshot: Snapshot, letter: ItemId) -> bool:
    """Whether that mail lies in anybody's mailbox, unread or read."""
    return any(path.endswith(f"/{letter}.md") for path in snapshot.paths("mail/"))


def quarantine(snapshot: Snapshot, found: Sequence[Unreadable], to: str, now: str) -> Edit | None:
    """One mail for each of these versions, to `to`; those of which somebody has the mail are left out.

    Each is named in a `Told:` trailer, so that a mail thrown away does not come again.
    """
    untold = [each for each in found if not was_told(snapshot, letter_of(each.path, each.blob))]
    files: Files = ()
    for each in untold:
        causes = _causes(each.path, each.blob)
        files += mail(
            snapshot, now, [to], f"{_word(each.path)}: {_shown(each.path)}", _body(each), causes, priority=1
        )
    if not files:
        return None
    more = f" (and {len(untold) - 1} more)" if len(untold) > 1 else ""
    told = ((TOLD, letter_of(each.path, each.blob)) for each in untold)
    return Edit(
        subject=f"{_word(untold[0].path).lower()}: {_shown(untold[0].path)}, mail to {to}{more}",
        files=files,
        trailers=(("Event", "unreadable"), *told),
    )


def _shown(path: str) -> str:
    """The path as a text that any file can hold: git takes names that are no text at all."""
    return path if path.isprintable() else path.encode("unicode_escape").decode("ascii")


def _word(path: str) -> str:
    return "Misplaced" if misplaced.suspect(path) else "Unreadable"


def _body(each: Unreadable) -> str:
    path = _shown(each.path)
    lines = [each.what.replace(each.path, path), f"Mend it: {_shown(each.mend)}", ""]
    if each.broke:
        lines.append(f"Commit {each.broke[:12]} brought this version.")
    if path.startswith(f"{FOLDER}/") and each.stands:
        lines.append(f"Until it is mended the version of commit {each.stands[:12]} stands for every id that")
        lines.append("can't be read here, and nothing of the town writes the file.")
    elif _word(each.path) == "Misplaced":
        lines.append("Until then it counts for nothing, but its id stays taken.")
    elif path.startswith(f"{FOLDER}/"):
        lines.append("Until it is mended nothing of the town writes the file.")
    elif each.stands:
        lines.append(f"Until it is mended the version of commit {each.stands[:12]} stands,")
        lines.append("and nothing of the town writes the file.")
    else:
        lines.append(
            "No version of it ever parsed: until it is mended it is an open blocker of what names it."
        )
    lines.append(f"See the difference: git log -p -- {shlex.quote(path)}")
    return "\n".join(lines) + "\n"
