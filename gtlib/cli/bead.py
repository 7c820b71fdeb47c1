"""`bd create` and `q`: new beads, one or many."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from gtlib import output
from gtlib.actions.create import create as create_bead
from gtlib.actions.create import create_all
from gtlib.actions.create import create_graph
from gtlib.cli import shapes
from gtlib.cli.bead_flags import HELP
from gtlib.cli.bead_flags import SHORT
from gtlib.cli.bead_flags import SPELLINGS
from gtlib.cli.bead_flags import Content
from gtlib.cli.bead_flags import content_of
from gtlib.cli.bead_flags import type_of
from gtlib.cli.command import command
from gtlib.cli.options import Here
from gtlib.cli.options import choice
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import prefix_here
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.errors import UsageError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.rules import fields
from gtlib.rules.base import prefix_of
from gtlib.rules.draft_file import drafts
from gtlib.rules.graph_plan import Graph
from gtlib.rules.graph_plan import graph_of
from gtlib.rules.graph_plan import notes
from gtlib.rules.metadata import complaints
from gtlib.rules.new_bead import GATES
from gtlib.rules.new_bead import Draft
from gtlib.rules.ready import blockers
from gtlib.store.town import Town


class New(Struct, frozen=True, kw_only=True):
    """What is typed for a new bead alone."""

    labels: tuple[str, ...] = ()
    no_inherit_labels: bool = False
    parent: str = ""
    context: str = ""
    deps: tuple[str, ...] = ()
    waits_for: str = ""
    waits_for_gate: str = ""
    id: str = ""
    force: bool = False
    validate: bool = False
    ephemeral: bool = False
    mol_type: str = ""
    event_category: str = ""
    event_actor: str = ""
    event_target: str = ""
    event_payload: str = ""


NEW_HELP = {
    "labels": "labels, with commas between them",
    "no_inherit_labels": "without the labels of the parent",
    "parent": "make it a child of that bead",
    "context": "a paragraph more, behind the description",
    "deps": "beads that it needs; blocks:ID, related:ID, discovered-from:ID for other edges",
    "waits_for": "wait for what is below that bead",
    "waits_for_gate": "all-children (default) or any-children of it",
    "id": "this id instead of a made-up one",
    "force": "with --id: whatever its prefix",
    "validate": "refuse it when its type asks for sections that the description has not",
    "ephemeral": "refused: every bead is kept",
    "mol_type": "swarm, patrol or work",
    "event_category": "what kind of event; the type is event",
    "event_actor": "who did it",
    "event_target": "to whom or what",
    "event_payload": "more about it",
}


@command(
    "bead create",
    "bead new",
    short={**SHORT, "labels": "l", "file": "f"},
    spellings={**SPELLINGS, "label": "labels"},
    flags={"content": Content, "new": New},
    help={
        **HELP,
        **NEW_HELP,
        "title": "what is to be done, in a few words",
        "file": "make all beads of a Markdown file: ## TITLE, then text, ### Priority, ### Type and so on",
        "graph": "make the nodes and edges of a JSON plan",
        "rig": "the rig that it belongs to; hq is the town",
        "silent": "print the id alone",
        "dry_run": "show what would be made",
    },
    example="bd create 'Refresh the token before it expires' -t bug -p 1 -l auth",
)
def create(
    title: str = "",
    *,
    content: Content,
    new: New,
    file: str = "",
    graph: str = "",
    rig: str = "",
    silent: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Make a bead, or many from a file."""
    where = here()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    prefix = prefix_here(where, snapshot, rig)
    if file or graph:
        if title or (file and graph) or (content, new) != (Content(), New()):
            raise UsageError(
                "--file and --graph say all about the beads", "leave the title and other flags out"
            )
        if graph:
            _graph(town, graph_of(text_from("--graph", None, graph) or ""), prefix, where, dry_run, json)
        else:
            found = drafts(file, text_from("--file", None, file) or "", snapshot.town)
            beads = create_all(town, found, prefix, where.actor, dry=dry_run)
            tell(town)
            _say_all(town.snapshot(), beads, silent, dry_run, json)
        return
    draft = _draft(snapshot, title, content, new)
    bead = create_bead(town, draft, prefix, where.actor, dry=dry_run)
    tell(town)
    snapshot = town.snapshot()
    if json:
        output.json_out(shapes.issue(snapshot, bead))
    elif silent:
        output.line(bead.id)
    else:
        _say_made(snapshot, bead, dry_run)
    mention_mail(where, snapshot)


@command(
    "bead q",
    short={"type": "t", "priority": "p", "labels": "l"},
    spellings={"label": "labels"},
    help={
        "title": "what is to be done, in a few words",
        "type": HELP["type"],
        "priority": HELP["priority"],
        "labels": NEW_HELP["labels"],
        "rig": "the rig that it belongs to; hq is the town",
    },
    example="bd q 'Refresh the token before it expires' -p 1",
)
def q(
    title: str,
    *,
    type: str = "task",
    priority: str = "2",
    labels: tuple[str, ...] = (),
    rig: str = "",
    json: bool = False,
) -> None:
    """Make a bead and print nothing but its id."""
    where = here()
    town = Town.open(where.root)
    snapshot = town.snapshot()
    draft = Draft(
        title=fields.title(title),
        type=type_of(snapshot, type),
        priority=fields.priority(priority),
        labels=fields.labels(labels),
    )
    bead = create_bead(town, draft, prefix_here(where, snapshot, rig), where.actor)
    if json:
        output.json_out(shapes.issue(town.snapshot(), bead))
    else:
        output.line(bead.id)


def _draft(snapshot: Snapshot, title: str, content: Content, new: New) -> Draft:
    if new.ephemeral:
        raise UsageError("a bead is a file that is kept, so it can't be ephemeral", "leave --ephemeral out")
    if new.waits_for_gate and not new.waits_for:
        raise UsageError("--waits-for-gate without --waits-for", "say what it waits for: --waits-for ID")
    if new.force and not new.id:
        raise UsageError("--force without --id", "leave it out")
    said = content_of(content, snapshot)
    if content.append_notes:
        said["notes"] = f"{said.get('notes', '')}\n{content.append_notes}".lstrip("\n")
    if new.context.strip():
        parts = (said.get("description", "").rstrip("\n"), new.context.strip("\n"))
        said["description"] = "\n\n".join(filter(None, parts))
    return Draft(
        title=fields.title(title),
        **said,
        labels=fields.labels(new.labels),
        inherit_labels=not new.no_inherit_labels,
        parent=new.parent,
        deps=fields.words(new.deps, "id of a bead"),
        waits_for=new.waits_for,
        gate=choice("--waits-for-gate", new.waits_for_gate or GATES[0], GATES),
        id=new.id,
        force=new.force,
        validate=new.validate,
        mol_type=choice("--mol-type", new.mol_type, ("swarm", "patrol", "work")) if new.mol_type else "",
        **_event(content, new),
    )


def _event(content: Content, new: New) -> dict[str, Any]:
    said = {
        "event_kind": new.event_category,
        "actor": new.event_actor,
        "target": new.event_target,
        "payload": new.event_payload,
    }
    if any(said.values()) and content.type != "event":
        raise UsageError("--event-... is for events alone", "add --type event")
    return said


def _say_made(snapshot: Snapshot, bead: Bead, dry_run: bool) -> None:
    verb = "would make" if dry_run else "created"
    output.line(f"{verb} {bead.id}  P{bead.priority} {bead.type}  {output.one_line(bead.title)}")
    waiting = blockers(snapshot, bead)
    if waiting:
        output.line(f"waits for {', '.join(waiting)}")
    for said in complaints(snapshot.town.metadata, bead.metadata):
        output.line(f"note: {said}")
    if dry_run:
        return
    rigs = [rig.name for rig in snapshot.rigs() if rig.prefix == prefix_of(snapshot, bead.id)]
    output.next_steps([f"bd show {bead.id}", *(f"gt sling {bead.id} {rig}" for rig in rigs)])


def _say_all(snapshot: Snapshot, beads: tuple[Bead, ...], silent: bool, dry_run: bool, json: bool) -> None:
    if json:
        output.json_out([shapes.issue(snapshot, bead) for bead in beads])
        return
    verb = "would make" if dry_run else "created"
    for bead in beads:
        title = output.one_line(bead.title)
        output.line(bead.id if silent else f"{verb} {bead.id}  P{bead.priority} {bead.type}  {title}")
    if not (silent or dry_run):
        output.next_steps(["bd list", "bd ready"])


def _graph(town: Town, graph: Graph, prefix: str, where: Here, dry_run: bool, json: bool) -> None:
    beads = create_graph(town, graph, prefix, where.actor, dry=dry_run)
    tell(town)
    if json and dry_run:
        output.json_out(_preview(town.snapshot(), graph, beads))
    elif json:
        output.json_out({"ids": {key: bead.id for key, bead in beads.items()}})
    else:
        for note in notes(graph):
            output.line(f"note: {note}")
        for key, bead in beads.items():
            said = f"{'would make' if dry_run else 'created'} {bead.id} for {key}"
            output.line(f"{said}  P{bead.priority} {bead.type}  {output.one_line(bead.title)}")
        if not dry_run:
            output.next_steps(["bd list", "bd ready"])


def _preview(snapshot: Snapshot, graph: Graph, beads: dict[str, Bead]) -> dict[str, Any]:
    return {
        "dry_run": True,
        "node_count": len(graph.nodes),
        "edge_count": len(graph.edges),
        "parent_deps": sum(bool(bead.parent) for bead in beads.values()),
        "validation_notes": notes(graph),
        "nodes": [{"key": key, **shapes.issue(snapshot, bead)} for key, bead in beads.items()],
    }
