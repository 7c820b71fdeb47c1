"""Collect the claims that commits make by trailers: in the town, and on the agents' branches of the rigs."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from itertools import chain
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from gtlib.actions.based import based
from gtlib.actions.overruled import overruled
from gtlib.errors import UserError
from gtlib.model import trailers
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import CommitId
from gtlib.rules.base import OVERSEER
from gtlib.rules.claims import SERVED
from gtlib.rules.claims import Claim
from gtlib.rules.read_claims import Made
from gtlib.rules.read_claims import read_claims
from gtlib.runtimes import runs
from gtlib.store.repo import CommitInfo
from gtlib.store.rig import Rig
from gtlib.store.rig import RigCommit
from gtlib.store.town import Town

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
    found = _town_claims(town, snapshot, actor)
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
    open_ = tuple(_proven(town, claim) for claim in unserved(town, ordered))
    return Collected(open_, tuple(seen), tuple(failed))


def _proven(town: Town, claim: Claim) -> Claim:
    """The claim; that its check passed is believed of the sessions of this machine only.

    Anybody can write `Checked: yes` into a commit. They note the key of the claim before they commit it.
    """
    if not claim.checked or (claim.rig and runs.is_checked(town.local, claim.agent, claim.key)):
        return claim
    return replace(claim, checked=False)


def _rig_claims(
    rig: Rig, snapshot: Snapshot
) -> tuple[list[tuple[int, Claim]], list[tuple[Rig, str, CommitId]]]:
    """(author's time, claim) of what is new on the rig's branches, and where these stood."""
    claims: list[tuple[int, Claim]] = []
    stood = []
    moving = rig.rebasing()
    branches, processed = rig.looked_at()
    for branch, tip in branches.items():
        before = processed.get(branch)
        if before != tip and moving.get(branch) not in (tip, ""):
            claims += _branch_claims(rig, snapshot, branch, before, tip)
            stood.append((rig, branch, tip))
    return claims, stood


def _town_claims(town: Town, snapshot: Snapshot, actor: str) -> list[tuple[int, Claim]]:
    before, tip = town.processed(), town.tip()
    made = [info for info in town.repo.commits(before, tip) if not _records(info)]
    found = [(info.when, claim) for info in made for claim in read_claims(_made(info), actor or OVERSEER)]
    if not found:
        return []
    gone = town.repo.commits(tip, before) if before is not None else ()
    known = {claim.key for info in gone for claim in read_claims(_made(info), "")}
    known |= overruled(town.repo, snapshot, [claim for _, claim in found], made)
    return [(when, claim) for when, claim in found if claim.key not in known]


def _records(info: CommitInfo) -> bool:
    """The town's own commits record, they do not ask."""
    return any(key == "Event" for key, _ in trailers.parse(info.message))


def _branch_claims(
    rig: Rig, snapshot: Snapshot, branch: str, before: CommitId | None, tip: CommitId
) -> Iterator[tuple[int, Claim]]:
    speaker = speaker_of(rig.config.name, branch)
    agent = snapshot.agent(Address(speaker))
    if agent is not None and agent.hook is not None and agent.hook.branch == branch:
        rig = based(rig.root, snapshot, agent, rig.config)
    made = [_made_on(rig, each) for each in rig.claims_range(branch, before, rig.target)]
    found = [(each.when, claim) for each in made for claim in read_claims(each, speaker)]
    # What an amend or a rebase took the place of was looked at, however long ago.
    gone = rig.rewritten(branch, before) if found and before else ()
    known = {claim.key for each in gone for claim in read_claims(_made_on(rig, each), speaker)}
    for when, claim in found:
        if claim.key in known:
            continue
        submits = claim.kind == "done"
        base = rig.fork_point(tip, branch, landed_sources(snapshot, branch)) if submits else None
        yield (
            when,
            replace(
                claim,
                commit=tip if submits else claim.commit,
                branch=branch,
                rig=rig.config.name,
                base=base or "",
                target=rig.target,
            ),
        )


def _made(info: CommitInfo) -> Made:
    return Made(info.id, info.message, info.author, info.when)


def _made_on(rig: Rig, each: RigCommit) -> Made:
    where = f"{rig.config.name} {each.branch}"
    return Made(each.commit, each.message, each.author, each.author_time, where)


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
    # What is new may have been pulled, with what served it, and then stands on no first parent.
    new = town.repo.commits(town.processed(), town.tip())
    for info in chain(new, islice(town.repo.history(town.tip()), _LOOK_BACK)):
        served.update(value for key, value in trailers.parse(info.message) if key == SERVED)
    return tuple(claim for claim in claims if claim.key not in served)
