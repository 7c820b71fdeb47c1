"""One request's way to the target: merge, gates, push, read back, and the commit that says how it ended."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from gtlib import names
from gtlib.actions.gates import Failed
from gtlib.actions.gates import gates
from gtlib.actions.obstacle import checkout_obstacle
from gtlib.actions.obstacle import gates_obstacle
from gtlib.actions.obstacle import passes_by_itself
from gtlib.actions.transition import transition
from gtlib.errors import UserError
from gtlib.model import trailers
from gtlib.model.edit import Edit
from gtlib.model.merge import MergeRequest
from gtlib.model.snapshot import Snapshot
from gtlib.names import CommitId
from gtlib.names import ItemId
from gtlib.output import one_line
from gtlib.rules.landing import plan_blocked
from gtlib.rules.landing import plan_conflict
from gtlib.rules.landing import plan_landed
from gtlib.rules.landing import plan_rework
from gtlib.rules.queue import QUEUED
from gtlib.rules.reviewed import NOTHING
from gtlib.rules.reviewed import is_review
from gtlib.rules.reviewed import plan_reviewed
from gtlib.store.beginnings import checked_base
from gtlib.store.cloning import TRACKING
from gtlib.store.landing import Conflict
from gtlib.store.landing import Dirty
from gtlib.store.landing import Pushed
from gtlib.store.landing import commit_merge
from gtlib.store.landing import landed_evidence
from gtlib.store.landing import merge_tree
from gtlib.store.landing import push
from gtlib.store.landing import read_back
from gtlib.store.rig import Rig
from gtlib.store.town import Town

TRIES: Final = 5


class Outcome(Struct, frozen=True, omit_defaults=True):
    """What became of a request: `status` is landed, rework, conflict or blocked.

    `commit` is what landed, `reason` why it did not, `log` the file with the failing gate's output.
    """

    request: ItemId
    bead: ItemId
    status: str
    target: str
    commit: str = ""
    reason: str = ""
    log: str = ""


class Work(Struct, frozen=True):
    """A request with its names looked up: `source` and `base` are commits that are there."""

    town: Town
    rig: Rig
    request: MergeRequest
    target: str
    source: CommitId
    base: CommitId
    now: str


def work_of(town: Town, rig: Rig, request: MergeRequest, now: str) -> Work | str:
    """The request with its names looked up, or why that can't be done: the file is anybody's to edit."""
    target = request.target or rig.target
    tip = rig.bare.refs(TRACKING + target).get(TRACKING + target)
    if tip is None:
        return f"the remote has no branch {one_line(target)}; bring it back, or correct the request's target"
    source = rig.bare.commit(request.source_commit)
    if source is None:
        what = one_line(request.source_commit) or "no source_commit"
        return f"{what} is no commit of the rig's repository; hand the work in again with gt done"
    base = checked_base(rig.bare, tip, source, request.branch, request.base)
    if base is None:
        return f"{request.branch} has nothing in common with {target}; begin the branch at {target}"
    return Work(town, rig, request, target, source, base, now)


def attempt(work: Work) -> Outcome | None:
    """Take the work to an end; None when it has to wait behind another, or was taken back meanwhile.

    Raises UserError when the target moves all the time; GitError when the remote can't be reached.
    """
    for _ in range(TRIES):
        tip = _tip(work)
        found = _evidence(work, None)
        if found is not None:
            return _landed(work, found)
        merged = merge_tree(work.rig, tip, work.source)
        if isinstance(merged, Conflict):
            return _conflict(work, merged.paths, tip)
        if merged.tree == work.rig.bare.git("rev-parse", tip + "^{tree}").text:
            return _reviewed(work) or _blocked(work, _nothing_new(work))
        hindrance = obstacle(work)
        if hindrance is not None:
            return _blocked(work, hindrance)
        commit = commit_merge(work.rig, merged.tree, (tip, work.source), _message(work), _author(work))
        failed = gates(work.rig, work.request, commit)
        if failed is not None:
            return _rework(work, failed, tip)
        if not _wanted(work, work.town.snapshot()):
            return None
        pushed = push(work.rig, commit, work.target, tip)
        if isinstance(pushed, Pushed):
            return _read_back(work, commit)
        work.rig.fetch()
        if _tip(work) == tip:
            said = one_line(pushed.reason)
            refused = f"the remote refused: {said}; mend that, then gt mq retry {work.request.id}"
            return _blocked(work, (isinstance(pushed, Dirty) and obstacle(work)) or refused)
    what = f"{work.target} of {work.rig.config.name} moved {TRIES} times while {work.request.id} was tested"
    raise UserError(what, "it stays in the queue, and is tried again later")


def obstacle(work: Work) -> str | None:
    """What keeps the work from landing although nothing is wrong with it. Raises GitError."""
    found = gates_obstacle(work.town.local, work.rig.config)
    if found is not None:
        return found
    tip = _tip(work)
    merged = merge_tree(work.rig, tip, work.source)
    if isinstance(merged, Conflict):
        return None  # for the attempt to tell: no checkout is in its way
    return checkout_obstacle(work.rig, work.target, tip, merged.tree)


def block(town: Town, rig: Rig, request: MergeRequest, reason: str, now: str) -> Outcome:
    """Let a request wait for something outside."""
    transition(town, lambda s: plan_blocked(s, request.id, reason, now))
    return Outcome(request.id, request.bead, "blocked", request.target or rig.target, reason=reason)


def waits_for(snapshot: Snapshot, rig: Rig, reason: str | None) -> bool:
    """Whether a request of the rig is blocked for just this reason: its mail speaks for all."""
    return reason is not None and any(m.reason == reason for m in blocked(snapshot, rig))


def blocked(snapshot: Snapshot, rig: Rig) -> list[MergeRequest]:
    """The requests of a rig that wait for something outside."""
    found = (m for m in snapshot.merges() if m.rig == rig.config.name and m.status == "blocked")
    return [m for m in found if not m.applied]


def _blocked(work: Work, reason: str) -> Outcome | None:
    snapshot = work.town.snapshot()
    if not _wanted(work, snapshot) or (passes_by_itself(reason) and waits_for(snapshot, work.rig, reason)):
        return None
    return block(work.town, work.rig, work.request, reason, work.now)


def _tip(work: Work) -> CommitId:
    tip = work.rig.bare.commit(TRACKING + work.target)
    if tip is None:
        raise UserError(f"the branch {work.target} of {work.rig.config.name} is gone", "bring it back")
    return tip


def _evidence(work: Work, commit: CommitId | None) -> CommitId | None:
    return landed_evidence(work.rig, commit, work.target, work.source, work.base)


def _read_back(work: Work, commit: CommitId) -> Outcome:
    read_back(work.rig, work.target)
    found = _evidence(work, commit)
    if found is None:
        what = f"{commit[:12]} was pushed, and is not in force on {work.target} now"
        raise UserError(what, f"see what happened on {work.target} since; the bead stays open")
    return _landed(work, found)


def _landed(work: Work, commit: CommitId) -> Outcome:
    closes = tuple(_closes(work, commit))
    transition(work.town, lambda s: plan_landed(s, work.request.id, commit, commit, work.now, closes))
    return _outcome(work, "landed", commit=commit)


def _reviewed(work: Work) -> Outcome | None:
    """The end of work that only reviews and left nothing to land; None for any other."""
    if not is_review(work.town.snapshot(), work.request.bead):
        return None
    transition(work.town, lambda s: plan_reviewed(s, work.request.id, work.now))
    return _outcome(work, "superseded", reason=NOTHING)


def _closes(work: Work, commit: CommitId) -> Iterator[ItemId]:
    """The beads that the branch's own commits, or the commit that brought them, say they close."""
    bare = work.rig.bare
    first, *others = bare.git("rev-parse", commit + "^@").text.splitlines() or [""]
    known = [work.base, first] if others else [work.base]
    argv = ("log", "-z", "--no-walk=unsorted", "--no-patch", "--no-show-signature", "--format=%B")
    ids = bare.git("rev-list", "--reverse", "--topo-order", work.source, "--not", *known).text.splitlines()
    out = bare.git(*argv, *ids, commit, "--").out.decode("utf-8", "replace")
    for message in out.split("\0"):
        for key, value in trailers.parse(message):
            if key == "Closes":
                yield from _item(value)


def _item(text: str) -> Iterator[ItemId]:
    try:
        yield names.item_id(text)
    except UserError:
        return  # a project's own `Closes: #12` is none of ours


def _conflict(work: Work, paths: tuple[str, ...], tip: CommitId) -> Outcome:
    shown = tuple(one_line(path) for path in paths)
    how = f"{_goto(work)} && git merge {tip}"
    _send_back(work, lambda s: plan_conflict(s, work.request.id, shown, tip, how, work.now))
    return _outcome(work, "conflict", reason=f"conflicts with {work.target} in {', '.join(shown)}")


def _rework(work: Work, failed: Failed, tip: CommitId) -> Outcome:
    gate, command = one_line(failed.gate), failed.command
    log = f"{failed.tail}\n{failed.why}".lstrip("\n")
    how = _reproduce(work, command, tip)
    _send_back(work, lambda s: plan_rework(s, work.request.id, gate, one_line(command), log, how, work.now))
    reason = f"gate {gate} failed ({failed.why}): {one_line(command)}"
    return _outcome(work, "rework", reason=reason, log=str(failed.log))


def _reproduce(work: Work, command: str, tip: CommitId) -> str:
    """The same tree in a folder of its own: the target as it was, the work merged into it."""
    repo = shlex.quote(str(work.rig.bare.git_dir))
    folder = shlex.quote(f"/tmp/{work.request.id}")
    return (
        f"git -C {repo} worktree add --detach {folder} {tip} && cd {folder} && "
        f"git merge --no-commit --no-ff {work.source} && sh -c {shlex.quote(command)}"
    )


def _goto(work: Work) -> str:
    agent = work.town.snapshot().agent(names.Address(work.request.agent)) if work.request.agent else None
    if agent is not None and agent.hook is not None and agent.hook.branch == work.request.branch:
        return f"cd {shlex.quote(str(work.town.root / agent.hook.worktree))}"
    return f"git switch {shlex.quote(work.request.branch)}"


def _nothing_new(work: Work) -> str:
    if work.source == work.base or work.rig.bare.is_ancestor(work.source, work.base):
        return f"{work.request.branch} has no commit of its own; commit the work, then gt done"
    return (
        f"merging {work.request.branch} changes nothing on {work.target}, where its work is not in force; "
        f"if it was reverted there, revert the revert in the branch, then gt done"
    )


def _message(work: Work) -> str:
    request = work.request
    bead = work.town.snapshot().bead(request.bead)
    title = one_line(bead.title) if bead else one_line(request.branch)
    pairs = {"Bead": request.bead, "Merge-Request": request.id, "Agent": request.agent}
    lines = [f"{key}: {one_line(value)}" for key, value in pairs.items() if value]
    return "\n".join([f"{title} ({request.bead or request.id})", "", *lines, ""])


def _author(work: Work) -> str:
    who = one_line(work.request.agent) or f"{work.rig.config.name}/refinery"
    return f"{who} <{who.replace('/', '.')}@town.invalid>"


def _wanted(work: Work, snapshot: Snapshot) -> bool:
    """Whether the request still is what was begun: gates take long, and people change their mind."""
    now = snapshot.merge(work.request.id)
    bead = snapshot.bead(work.request.bead)
    same = now is not None and now.status in QUEUED and now.source_commit == work.request.source_commit
    return same and (bead is None or bead.status != "closed")


def _send_back(work: Work, plan: Callable[[Snapshot], Edit]) -> None:
    transition(work.town, lambda s: plan(s) if _wanted(work, s) else None)


def _outcome(work: Work, status: str, *, commit: str = "", reason: str = "", log: str = "") -> Outcome:
    return Outcome(work.request.id, work.request.bead, status, work.target, commit, reason, log)
