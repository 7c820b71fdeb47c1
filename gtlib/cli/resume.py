"""`gt resume`: the notes that earlier sessions left."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.options import ago
from gtlib.cli.options import here
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.output import count
from gtlib.rules.base import OVERSEER
from gtlib.rules.handoff_note import Note
from gtlib.rules.handoff_note import notes
from gtlib.rules.route import resolve_address


@command(
    "resume",
    help={"agent": "whose (default: yours)", "status": "only say whether there is one"},
    example="gt resume --status",
)
def resume(agent: str = "", *, status: bool = False, json: bool = False) -> None:
    """Show the note that an earlier session left for you, and which others there are."""
    where = here()
    snapshot = where.snapshot()
    own = Address(where.agent) if where.agent and where.actor == OVERSEER else where.actor
    address = resolve_address(snapshot, agent) if agent else own
    if address == OVERSEER:
        raise UserError("you are the overseer, who has no session", "say whose notes: gt resume mayor")
    found = notes(snapshot, address)
    if json:
        output.json_out([_shape(each) for each in found])
        return
    if not found:
        output.line(f"no session of {address} left a note")
        output.next_steps(["gt hook", "gt prime"])
        return
    fresh = sum(each.unread for each in found)
    output.line(f"{count(len(found), 'note')} for {address}, {fresh} unread")
    if status:
        return
    first, *rest = found
    output.line(f"\n{output.one_line(first.message.subject)} ({first.message.id}, {ago(first.message.sent)})")
    output.line()
    output.line(first.message.body)
    if rest:
        output.line()
        for each in rest:
            output.line(
                f"{each.message.id} {ago(each.message.sent)}: {output.one_line(each.message.subject)}"
            )
    output.next_steps(["gt hook", "gt prime"])


def _shape(note: Note) -> dict[str, object]:
    message = note.message
    return {
        "id": message.id,
        "from": message.sender,
        "subject": message.subject,
        "body": message.body,
        "timestamp": message.sent,
        "read": not note.unread,
    }
