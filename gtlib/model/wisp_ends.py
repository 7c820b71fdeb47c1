"""What is told of wisps that are gone."""

from __future__ import annotations

from msgspec import Struct


class Patrol(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A patrol that was reported. `steps` say OK or SKIP by step; `bead` is the digest that takes it up."""

    id: str
    role: str
    formula: str = ""
    started: str = ""
    ended: str
    summary: str = ""
    steps: dict[str, str] = {}
    left: tuple[str, ...] = ()
    bead: str = ""


class Ended(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wisp whose time was over: `fate` is delete or promote, `bead` what it became."""

    at: str
    fate: str
    id: str
    title: str
    wisp_type: str = ""
    why: str = ""
    bead: str = ""
