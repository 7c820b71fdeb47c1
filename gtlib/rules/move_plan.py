"""What a town becomes by moving an installation in: its rigs, beads, mail, agents, convoys and files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec import field
from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import formula
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.bead import Bead
from gtlib.model.config import RigConfig
from gtlib.model.edit import Edit
from gtlib.model.gastown import FoundRig
from gtlib.model.gastown import Installation
from gtlib.model.gastown import Left
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.rules.base import has_mail
from gtlib.rules.edits import merge_edits
from gtlib.rules.import_plan import Outcome
from gtlib.rules.import_plan import edit_of
from gtlib.rules.import_plan import plan_import
from gtlib.rules.importing import Batch
from gtlib.rules.importing import moment
from gtlib.rules.moving import Folk
from gtlib.rules.moving import Moved
from gtlib.rules.moving import moved

HELPERS = ("witness", "refinery")


class Ours(Struct, frozen=True, kw_only=True):
    """What this machine knows: its name, the names of built-in formulas, settings of a fresh town."""

    host: str
    formulas: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = {}


class Move(Struct):
    """The plan: what is made, and what is left."""

    rigs: list[RigConfig] = field(default_factory=list)
    mail: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    convoys: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)


def joined(batches: Iterable[Batch]) -> tuple[Batch, dict[str, str], list[Left]]:
    """All ledgers as one: of several lines with one id the newest counts. Gives where each id stands, and
    what was not taken."""
    whole = Batch("the installation")
    where: dict[str, str] = {}
    left: list[Left] = []
    for batch in batches:
        left += (Left(f"{batch.source}:{each.line}", each.reason) for each in batch.refused)
        left += (Left(f"{batch.source}:{each.line}", each.reason) for each in batch.repeated)
        for id, (number, bead) in batch.beads.items():
            known = whole.beads.get(id)
            if known is not None and moment(known[1].updated) >= moment(bead.updated):
                if known[1] != bead:
                    left.append(Left(f"{batch.source}:{number}", f"{where[id]} has {id} as new or newer"))
                continue
            if known is not None:
                left.append(Left(where[id], f"{batch.source}:{number} has {id} newer"))
            whole.beads[id] = (number, bead)
            whole.said[id] = batch.said[id]
            where[id] = f"{batch.source}:{number}"
        whole.memories |= batch.memories
    return whole, where, left


def plan_move(
    snapshot: Snapshot, found: Installation, batch: Batch, where: Mapping[str, str], ours: Ours, now: str
) -> tuple[Move, Edit | None]:
    """The plan and the edit; None when the town has all of it."""
    move = Move(left=list(found.left))
    edits = [_rigs(snapshot, move, found.rigs, ours.host, now)]
    usable = {rig.name for rig in move.rigs} | {str(rig.name) for rig in snapshot.rigs()}
    folk = Folk(rig for rig in found.rigs if rig.name in usable)
    beads = [bead for _, bead in batch.beads.values()]
    as_items = moved(beads, folk, ours.host)
    move.left += (Left(where.get(id, id), f"{id} stays a bead: {why}") for id, why in as_items.stayed.items())
    edits.append(_items(snapshot, move, as_items, beads))
    taken = {*as_items.mail, *as_items.agents, *as_items.convoys}
    rest = Batch(batch.source, said=batch.said, memories=batch.memories)
    rest.beads = {id: row for id, row in batch.beads.items() if id not in taken}
    move.outcome = plan_import(snapshot, rest)
    move.left += (Left(where.get(each.id, each.id), each.reason) for each in move.outcome.refused)
    edits.append(edit_of(snapshot, move.outcome, "import: beads"))
    files = dict(_files(snapshot, move, found, usable, ours))
    move.files = sorted(files)
    if files:
        edits.append(Edit(subject="import: files", files=tuple(files.items())))
    whole = merge_edits([edit for edit in edits if edit is not None])
    if whole is None:
        return move, None
    subject = f"import: {len(whole.put) + len(whole.files)} files of {found.name or 'a Gas Town'}"
    return move, replace(whole, subject=subject, trailers=(("Event", "import"),))


def _rigs(snapshot: Snapshot, move: Move, rigs: Iterable[FoundRig], host: str, now: str) -> Edit | None:
    taken = {"hq": "the town", "msg": "mail"} | {rig.prefix: f"the rig {rig.name}" for rig in snapshot.rigs()}
    put: list[kinds.Item] = []
    for rig in rigs:
        if snapshot.exists(layout.path_of_rig(rig.name)):
            continue
        try:
            name = names.rig_name(rig.name)
            prefix = names.prefix(rig.prefix or names.derive_prefix(name))
            if prefix in taken:
                raise UserError(f"its prefix {prefix} is that of {taken[prefix]}", "")
            if not rig.url:
                raise UserError("it has no address", "")
            gates = dict(rig.gates)
            config = RigConfig(
                name=name, prefix=prefix, url=rig.url, branch=rig.branch, gates=gates, created=now
            )
            kinds.render(config)
        except UserError as error:
            move.left.append(Left(f"{rig.name}/config.json", f"{error.what}: gt rig add NAME URL"))
            continue
        taken[prefix] = f"the rig {name}"
        move.rigs.append(config)
        put.append(config)
        helpers = (Agent(address=Address(f"{name}/{role}"), host=host) for role in HELPERS)
        put += (agent for agent in helpers if not snapshot.exists(kinds.path_of(agent)))
    return Edit(subject="import: rigs", put=tuple(put)) if put else None


def _items(snapshot: Snapshot, move: Move, found: Moved, beads: Iterable[Bead]) -> Edit | None:
    """Mail, agents and convoys that the town has not got yet; an agent that says nothing gets its notes."""
    put: list[kinds.Item] = []
    files: list[tuple[str, str]] = []
    for to, box, message in found.mail.values():
        if not has_mail(snapshot, Address(to), message.id):
            path = layout.mailbox(to, box, message.id)
            files.append((path, kinds.render(message)))
            move.mail.append(path)
    named = {agent.address for agent in found.agents.values()}
    for to in dict.fromkeys(to for to, _, _ in found.mail.values() if "/crew/" in to):
        # who has mail can read it before gt crew add makes the worktree
        if to not in named and snapshot.agent(Address(to)) is None:
            put.append(Agent(address=Address(to)))
            move.agents.append(to)
    for agent in found.agents.values():
        there = snapshot.agent(agent.address)
        wanted = agent
        if there is not None:
            wanted = replace(there, notes=there.notes or agent.notes, extra={**agent.extra, **there.extra})
        if wanted != there and not snapshot.is_broken(kinds.path_of(agent)):
            put.append(wanted)
            move.agents.append(agent.address)
    for convoy in found.convoys.values():
        if convoy.id not in snapshot.taken():
            put.append(convoy)
            move.convoys.append(convoy.id)
    return Edit(subject="import: items", put=tuple(put), files=tuple(files)) if put or files else None


def _files(
    snapshot: Snapshot, move: Move, found: Installation, usable: set[str], ours: Ours
) -> Iterator[tuple[str, str]]:
    """Settings, formulas, directives, groups of mail. A file that the town has stays as it is."""
    settings = _settings(snapshot, found.settings, ours.settings)
    if settings:
        yield layout.SETTINGS, settings
    for path, text in found.files:
        top, _, _ = path.partition("/")
        if top not in (*usable, "formulas", "directives", "mail"):
            move.left.append(Left(path, f"{top} is no rig of the town"))
        elif snapshot.exists(path):
            if snapshot.text(path) != text:
                move.left.append(Left(path, "the town has a file of its own there"))
        elif reason := _unfit(path, text, ours):
            move.left.append(Left(path, reason))
        else:
            yield path, text


def _unfit(path: str, text: str, ours: Ours) -> str:
    """Why a formula can't be taken, "" when it can."""
    name, is_formula, _ = path.rpartition("/")[2].partition(".formula.")
    if not is_formula:
        return ""
    if name in ours.formulas:
        return "gt has a built-in formula of that name"
    try:
        formula.parse(path, text)
    except FileError as error:
        return error.what
    return ""


def _settings(snapshot: Snapshot, theirs: Mapping[str, Any], fresh: Mapping[str, Any]) -> str:
    """The town's settings with theirs where it still has those of a fresh town; "" when nothing changes."""
    try:
        mine = json.loads(snapshot.text(layout.SETTINGS) or "{}")
    except ValueError:
        return ""
    if not isinstance(mine, dict) or not theirs:
        return ""
    own = {key: value for key, value in mine.items() if fresh.get(key) != value}
    merged = {**mine, **theirs, **own}
    return "" if merged == mine else json.dumps(merged, indent=2, ensure_ascii=False) + "\n"
