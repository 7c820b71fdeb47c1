"""`gt convoy create`, `add` and `refresh`: commands that change convoys."""

from __future__ import annotations

from gtlib import output
from gtlib.actions.convoy_add import convoy_add
from gtlib.actions.convoy_create import convoy_create
from gtlib.actions.convoy_refresh import convoy_refresh
from gtlib.cli import shapes
from gtlib.cli.command import command
from gtlib.cli.convoys import show_convoy
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.errors import UsageError
from gtlib.model.convoy import Convoy
from gtlib.output import count
from gtlib.rules import fields
from gtlib.rules.convoys import Wanted
from gtlib.store.town import Town


@command(
    "convoy create",
    "convoy new",
    alone={"notify": "mayor"},
    help={
        "name": "what it is for",
        "ids": "the beads that it tracks",
        "notify": "who is told of the end, with commas between them",
        "human": "tell the overseer",
        "owner": "whose it is; without it yours",
        "merge": "how the work is merged: direct, mr, pr or local",
    },
    example="gt convoy create 'Feature X' gt-abc12 gt-def34 --notify --human",
)
def create(
    name: str,
    *ids: str,
    notify: str = "",
    human: bool = False,
    owner: str = "",
    merge: str = "",
    json: bool = False,
) -> None:
    """Track beads together until all of them are closed."""
    told = fields.words([notify] if notify else [], "address")
    wanted = Wanted(name=name, ids=ids, owner=owner, notify=told, human=human, merge=fields.merge(merge))
    where = here()
    town = Town.open(where.root)
    made = convoy_create(town, wanted, where.actor)
    if json:
        output.json_out(shapes.convoy(town.snapshot(), made))
        return
    output.line(f"created {made.id}  {output.one_line(made.title)}")
    output.line(_tells(made))
    if made.status == "closed":
        output.line("closed at once: all that it tracks is closed")
    more = [] if made.tracks else [f"gt convoy add {made.id} gt-abc12"]
    output.next_steps([*more, f"gt convoy show {made.id}"])
    mention_mail(where, town.snapshot())


def _tells(made: Convoy) -> str:
    told = dict.fromkeys((made.owner, *made.notify, *(["overseer"] if made.human else [])))
    names = ", ".join(each for each in told if each)
    return f"tracks {count(len(made.tracks), 'bead')}; its end is told to {names}"


@command(
    "convoy add",
    help={"convoy": "the convoy", "ids": "more beads to track"},
    example="gt convoy add hq-cv-a1b2c gt-abc12",
)
def add(convoy: str, *ids: str, json: bool = False) -> None:
    """Track more beads; a closed convoy is open again."""
    if not ids:
        raise UsageError("no bead is given", "usage: gt convoy add CONVOY IDS...")
    where = here()
    town = Town.open(where.root)
    done = convoy_add(town, convoy, ids, where.actor)
    if json:
        output.json_out(shapes.convoy(town.snapshot(), done.convoy))
        return
    said = f"tracks {', '.join(done.new)} too" if done.new else "tracks them already"
    output.line(f"{done.convoy.id} {said}: {count(len(done.convoy.tracks), 'bead')}")
    if done.reopened:
        output.line("it was closed and is open again")
    output.next_steps([f"gt convoy show {done.convoy.id}"])
    mention_mail(where, town.snapshot())


@command(
    "convoy refresh",
    help={"id": "the convoy; without it your newest open one"},
    example="gt convoy refresh",
)
def refresh(id: str = "", *, json: bool = False) -> None:
    """Look again at what a convoy tracks, and close it when all is done."""
    where = here()
    town = Town.open(where.root)
    found = convoy_refresh(town, id, where.actor)
    if json:
        output.json_out(shapes.convoy(town.snapshot(), found))
    else:
        show_convoy(town.snapshot(), found)
        output.next_steps(["gt convoy list" if found.status == "closed" else "gt ready"])
    mention_mail(where, town.snapshot())
