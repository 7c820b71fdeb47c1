"""`town.yaml` and `<rig>/rig.yaml`: plain YAML, no body."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib.names import RigName


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The numbers of policy. Seconds unless said otherwise; budgets in US dollars, 0 is none."""

    courtesy: float = 0.3
    commit_wait: float = 30.0
    attempts: int = 3
    rig_sessions: int = 10
    town_sessions: int = 30
    spawns_per_minute: int = 30
    budget_day: float = 0.0
    budget_bead: float = 0.0
    frozen: float = 1800.0
    saved_over: float = 600.0
    archive_days: int = 30


class MetadataRule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one key of beads' `metadata` takes. `type`: string, int, float, bool or enum (one of `values`)."""

    type: str = "string"
    required: bool = False
    values: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None


class MetadataRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What beads' `metadata` must look like. `mode`: none, warn, or error (a command refuses)."""

    mode: str = "none"
    fields: dict[str, MetadataRule] = {}


class TownConfig(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`town.yaml`. `home` is the host that runs the rules of the whole town.

    `statuses` are statuses of one's own with their category (active, wip, frozen, done); `types` likewise.
    """

    format: int = 1
    name: str
    overseer: str = ""
    home: str = ""
    branch: str = "main"
    limits: Limits = Limits()
    statuses: dict[str, str] = {}
    types: tuple[str, ...] = ()
    metadata: MetadataRules = MetadataRules()
    extra: dict[str, Any] = {}


class Gate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check that a merged tree must pass: a `sh -c` command and its time limit in seconds."""

    command: str
    timeout: int = 600


class RigConfig(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`<rig>/rig.yaml`. `branch` is the target that work lands on."""

    name: RigName
    prefix: str
    url: str
    branch: str = "main"
    gates: dict[str, Gate] = {}
    created: str = ""
    extra: dict[str, Any] = {}
