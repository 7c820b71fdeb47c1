"""A merge request: one branch on its way to the target branch of its rig."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.names import ItemId


class MergeRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of `merges/<id>.md`.

    status is ready, testing, landed, rework, conflict, superseded, rejected or blocked.
    `evidence` is the landing commit as read back from the target; `applied` is true once
    bead, convoy and agent have been brought in line with it (same commit).
    """

    id: ItemId
    status: str = "ready"
    rig: str = ""
    bead: ItemId = ItemId("")
    branch: str = ""
    target: str = ""
    source_commit: str = ""
    base: str = ""
    agent: str = ""
    convoy: ItemId = ItemId("")
    attempts: int = 0
    landed_commit: str = ""
    evidence: str = ""
    applied: bool = False
    reason: str = ""
    created: str = ""
    log: str = ""
    extra: dict[str, Any] = {}
