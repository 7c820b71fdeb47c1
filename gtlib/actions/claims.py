"""Collect the claims that commits make by trailers: in the town, and on the agents' branches of the rigs."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from typing import Literal

from msgspec import Struct

from gtlib.errors import UserError
from gtlib.model import trailers
from gtlib.model.snapshot import Snapshot
from gtlib.names import CommitId
from gtlib.rules.base import OVERSEER
from gtlib.rules.claims import SERVED
from gtlib.rules.claims import Claim
from gtlib.store.rig import Rig
from gtlib.store.town import Town

_KINDS: dict[str, Literal["step", "closes", "done"]] = {"Step": "step", "Closes": "closes", "Done": "done"}
_LOOK_BACK = 300  # commits of the town among which a claim that a crash left uncounted can have been served


class Collected(Struct, frozen=True):
    """Claims, oldest first, and where each rig branch stood when they were read.

    `failed` are lines about rigs that could not be read: the rest of the town goes on.
    """

    claims: tuple[Claim, ...]
    seen: tuple[tuple[Rig, str, CommitId], ...]
    failed: tuple[str, ...] = ()


def collect(town: Town, snapshot: Snapshot, actor: str) -> Collected:
    """Every claim that has not been served. `actor` is who made the town's newest commits."""
    found = list(_town_claims(town, actor))
    seen: list[tuple[Rig, str, CommitId]] = []
    failed = []
    for config in snapshot.rigs():
        rig = Rig(town.root, config)
        try:
            claims, stood = _rig_claims(rig, snapshot) if rig.exists() else ([], [])
        except UserError as error:
            failed.append(f"{config.name}: {error}")
            continue
        found += claims
        seen += stood
    # Work is handed in when its steps are done, whichever trailer of a commit comes first.
    ordered = [claim for _, claim in sorted(found, key=lambda pair: (pair[0], pair[1].kind == "done"))]
    return Collected(unserved(town, ordered), tuple(seen), tuple(failed))


def _rig_claims(
    rig: Rig, snapshot: Snapshot
) -> tuple[list[tuple[int, Claim]], list[tuple[Rig, str, CommitId]]]:
    """(author's time, claim) of what is new on the rig's branches, and where these stood."""
    claims: list[tuple[int, Claim]] = []
    stood = []
    processed = rig.all_processed()
    moving = rig.rebasing()
    for branch, tip in rig.branches().items():
        before = processed.get(branch)
        if before != tip and moving.get(branch) != tip:
            claims += _branch_claims(rig, snapshot, branch, before, tip)
            stood.append((rig, branch, tip))
    return claims, stood


def _town_claims(town: Town, actor: str) -> Iterator[tuple[int, Claim]]:
    for info in town.repo.commits(town.processed(), town.tip()):
        pairs = trailers.parse(info.message)
        if any(key == "Event" for key, _ in pairs):
            continue  # the town's own commits record, they do not ask
        yield from _claims(pairs, "", info.author, info.when, actor or OVERSEER, info.id)


def _branch_claims(
    rig: Rig, snapshot: Snapshot, branch: str, before: CommitId | None, tip: CommitId
) -> Iterator[tuple[int, Claim]]:
    speaker = speaker_of(rig.config.name, branch)
    for made in rig.claims_range(branch, before, rig.target):
        for when, claim in _claims(
            trailers.parse(made.message),
            f"{rig.config.name} {branch}",
            made.author,
            made.author_time,
            speaker,
            made.commit,
        ):
            submits = claim.kind == "done"
            base = rig.fork_point(tip, branch, landed_sources(snapshot, branch)) if submits else None
            yield (
                when,
                Claim(
                    kind=claim.kind,
                    value=claim.value,
                    agent=speaker,
                    commit=tip if submits else claim.commit,
                    key=claim.key,
                    branch=branch,
                    rig=rig.config.name,
                    base=base or "",
                    target=rig.target,
                ),
            )


def _claims(
    pairs: Iterable[tuple[str, str]], branch: str, author: str, when: int, agent: str, commit: CommitId
) -> Iterator[tuple[int, Claim]]:
    for key, value in pairs:
        kind = _KINDS.get(key)
        if kind is not None and value:
            served = _key(branch, author, when, key, value)
            yield when, Claim(kind=kind, value=value, agent=agent, commit=commit, key=served)


def _key(branch: str, author: str, when: int, trailer: str, value: str) -> str:
    """What amend and rebase keep of a claim: branch, author, author's time, the trailer's line.

    The branch, because many agents commit as one author, and the same words in the same second.
    """
    return sha256(f"{branch}\0{author}\0{when}\0{trailer}: {value}".encode()).hexdigest()[:20]


def speaker_of(rig: str, branch: str) -> str:
    """The agent whose branch it is: `polecat/<name>/<bead>` or `crew/<name>`."""
    kind, _, rest = branch.partition("/")
    folder = "polecats" if kind == "polecat" else "crew"
    return f"{rig}/{folder}/{rest.partition('/')[0]}"


def landed_sources(snapshot: Snapshot, branch: str) -> tuple[str, ...]:
    """The commits of a branch whose landing closed a bead: for a bead that was reopened they are no work."""
    found = (m for m in snapshot.merges() if m.branch == branch and m.status == "landed")
    return tuple(m.source_commit for m in found)


def unserved(town: Town, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Those that no commit of the town names as served."""
    if not claims:
        return ()
    served: set[str] = set()
    for info in islice(town.repo.history(town.tip()), _LOOK_BACK):
        served.update(value for key, value in trailers.parse(info.message) if key == SERVED)
    return tuple(claim for claim in claims if claim.key not in served)
