"""`gt escalate`, `ack` and `close`: commands that change escalations."""

from __future__ import annotations

from gtlib import output
from gtlib.actions import escalate as actions
from gtlib.actions.escalate import Wish
from gtlib.cli.command import command
from gtlib.cli.escalations import shape
from gtlib.cli.options import here
from gtlib.cli.options import mention_mail
from gtlib.cli.options import tell
from gtlib.cli.options import text_from
from gtlib.model.escalation import Escalation
from gtlib.store.town import Town


@command(
    "escalate",
    short={"severity": "s", "reason": "r", "dry_run": "n"},
    help={
        "text": "what is to be decided",
        "severity": "critical, high, medium or low",
        "reason": "why, in as many words as it needs",
        "stdin": "read the reason from standard input",
        "source": "what asks, when that is not you: plugin:x, patrol:y",
        "related": "an item that it is about",
        "dry_run": "show what would be filed",
    },
    example="gt escalate -s HIGH 'The tests need a key' --related gt-abc12",
)
def escalate(
    text: str,
    *,
    severity: str = "medium",
    reason: str | None = None,
    stdin: bool = False,
    source: str = "",
    related: tuple[str, ...] = (),
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Ask a person for a decision; the overseer gets mail, and when it is urgent the mayor too."""
    where = here()
    town = Town.open(where.root)
    body = text_from("--reason", reason, "-" if stdin else "") or ""
    wish = Wish(text=text, severity=severity, body=body, source=source, related=related)
    made = actions.escalate(town, wish, where.actor, dry_run=dry_run)
    if json:
        output.json_out(_delivered(made, dry_run))
        return
    output.line(
        f"{'would file' if dry_run else 'filed'} {made.id}  {made.severity}  {output.one_line(made.title)}"
    )
    output.line(f"{'would be ' if dry_run else ''}told to {', '.join(_targets(made))}")
    if not dry_run:
        output.next_steps(["gt escalate list", f"gt escalate ack {made.id}"])
    mention_mail(where, town.snapshot())


@command("escalate ack", help={"id": "the escalation"}, example="gt escalate ack hq-esc-9x2k1")
def ack(id: str, *, json: bool = False) -> None:
    """Say that you look into it."""
    where = here()
    town = Town.open(where.root)
    found, changed = actions.ack(town, id, where.actor)
    if json:
        output.json_out(shape(found))
        return
    tell(town)
    output.line(
        f"{found.id} is taken up" if changed else f"{found.id} was taken up by {found.acked_by or 'somebody'}"
    )
    output.next_steps([f"gt escalate close {found.id} --reason '...'"])


@command(
    "escalate close",
    short={"reason": "r"},
    help={"id": "the escalation", "reason": "what was decided"},
    example="gt escalate close hq-esc-9x2k1 --reason 'the key is in the vault'",
)
def close(id: str, *, reason: str = "", json: bool = False) -> None:
    """Say that it is decided; the agent that asked is told."""
    where = here()
    town = Town.open(where.root)
    found, changed = actions.close(town, id, reason, where.actor)
    if json:
        output.json_out(shape(found))
        return
    tell(town)
    output.line(f"closed {found.id}" if changed else f"{found.id} was closed already")
    output.next_steps(["gt escalate list"])


def _targets(made: Escalation) -> list[str]:
    return [route.removeprefix("mail:") for route in made.routes]


def _delivered(made: Escalation, dry_run: bool) -> dict[str, object]:
    status = "planned" if dry_run else "delivered"
    return {
        **shape(made),
        "actions": ["bead", *made.routes],
        "targets": _targets(made),
        "delivery": [
            {"channel": "mail", "target": target, "status": status, "error": ""} for target in _targets(made)
        ],
    }
