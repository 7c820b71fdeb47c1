"""Commits of a rig's target that name beads: in parentheses in the subject, or by a trailer."""

from __future__ import annotations

import re
from collections.abc import Container

from msgspec import Struct

from gtlib.names import CommitId
from gtlib.store.rig import Rig

_PARENTHESES = re.compile(r"\(([A-Za-z][\w.-]*-[\w.-]*\w)\)")
_TRAILER = re.compile(r"^(?:Bead|Closes|Done): *(\S+) *$", re.MULTILINE | re.IGNORECASE)


class Mention(Struct, frozen=True):
    """The newest commit of a target that names a bead."""

    bead: str
    rig: str
    commit: CommitId
    subject: str


def of_target(rig: Rig, wanted: Container[str]) -> dict[str, Mention]:
    """By bead, the newest commit of the rig's target that names one of those wanted; nothing for a rig whose
    clone or target is not there. Raises GitError.
    """
    if not rig.exists() or rig.bare.commit(rig.tracking) is None:
        return {}
    out = rig.bare.git(
        "log", "-z", "--no-show-signature", "--no-color", "--encoding=UTF-8", "--extended-regexp",
        r"--grep=\([A-Za-z][A-Za-z0-9_.-]*-[A-Za-z0-9_.-]+\)", "--grep=^(Bead|Closes|Done):", "-i",
        "--format=%H%x01%s%x01%B", rig.tracking, "--",
    ).out  # fmt: skip
    found: dict[str, Mention] = {}
    for record in out.decode("utf-8", "replace").split("\0"):
        commit, _, rest = record.partition("\x01")
        subject, _, message = rest.partition("\x01")
        for id in (*_PARENTHESES.findall(message), *_TRAILER.findall(message)):
            if id in wanted:
                found.setdefault(id, Mention(id, str(rig.config.name), CommitId(commit.strip()), subject))
    return found
