"""Escalations: what a person must decide, filed, mailed, taken up and closed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gtlib import names
from gtlib.errors import UserError
from gtlib.model.edit import Edit
from gtlib.model.escalation import SEVERITIES
from gtlib.model.escalation import Escalation
from gtlib.model.snapshot import Snapshot
from gtlib.names import TOWN_PREFIX
from gtlib.names import ItemId
from gtlib.rules.base import MAYOR
from gtlib.rules.base import OVERSEER
from gtlib.rules.base import mail
from gtlib.rules.base import require_writable
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.references import escalations

_PRIORITY = {"critical": 0, "high": 1, "medium": 2, "low": 3}
_TO = {"critical": (OVERSEER, MAYOR), "high": (OVERSEER, MAYOR), "medium": (OVERSEER,), "low": (OVERSEER,)}


def severity_of(text: str) -> str:
    """The severity that a word names, in whatever case. UserError for another word."""
    word = text.strip().lower()
    if word not in SEVERITIES:
        raise UserError(f"{text!r} is no severity", f"one of: {', '.join(SEVERITIES)}")
    return word


def escalation_id(*cause: str) -> ItemId:
    """The id of the escalation that was, or would be, filed for that cause."""
    return names.derive(TOWN_PREFIX, "esc", *cause)


def plan_escalate(
    snapshot: Snapshot,
    severity: str,
    text: str,
    *,
    source: str,
    related: Sequence[str] = (),
    now: str,
    actor: str,
    cause: Sequence[str],
    body: str = "",
) -> Edit:
    """File what a person must decide; mail to the overseer, and the mayor when it is high or critical.

    The id follows from `cause`: a cause that was escalated already asks for nothing more (an edit that
    changes nothing). `source` is who or what asks; `related` are ids. UserError for another severity,
    an empty text, an unknown id.
    """
    severity = severity_of(severity)
    title, more = _title(text)
    unknown = [id for id in related if id not in snapshot.taken()]
    if unknown:
        raise UserError(f"{unknown[0]} does not exist", "look for its id with: bd list")
    id = escalation_id(*cause)
    trailers = (("Event", "escalate"), ("Escalation", id), *(("Bead", each) for each in related))
    subject = f"escalate: {id} {severity} {title}"
    if id in snapshot.taken():
        return Edit(subject=subject, trailers=trailers, actor=actor)
    to = _TO[severity]
    filed = Escalation(
        id=id,
        title=title,
        severity=severity,
        source=source,
        related=tuple(ItemId(each) for each in related),
        routes=tuple(f"mail:{address}" for address in to),
        created=now,
        body="\n\n".join(part for part in (more, body.strip("\n")) if part.strip()),
    )
    return Edit(
        subject=subject,
        put=(filed,),
        files=mail(
            snapshot,
            now,
            to,
            f"{severity}: {title}"[:TITLE_LIMIT],
            _letter(filed),
            ("escalate", id),
            type="escalation",
            priority=_PRIORITY[severity],
        ),
        trailers=trailers,
        actor=actor,
    )


def find_escalation(snapshot: Snapshot, text: str) -> Escalation:
    """The live escalation that `text` means, whole or in part. UserError for none, or several."""
    live = {each.id: each for each in escalations(snapshot)}
    try:
        return live[names.resolve(text, live)]
    except UserError as refusal:
        if "means" in refusal.what:
            raise
    raise UserError(f"no escalation {text}", "see them with: gt escalate list --all")


def listed(snapshot: Snapshot, *, closed: bool = False) -> list[Escalation]:
    """Those that are not closed (`closed`: all), the most severe first, then the oldest."""
    found = [each for each in escalations(snapshot) if closed or each.status != "closed"]
    return sorted(found, key=lambda each: (SEVERITIES.index(each.severity), each.created, each.id))


def plan_ack(snapshot: Snapshot, text: str, actor: str) -> tuple[ItemId, Edit | None]:
    """Somebody looks into it; None when somebody does. UserError for one that is closed."""
    found = find_escalation(snapshot, text)
    if found.status == "closed":
        raise UserError(f"{found.id} is closed", "file a new one: gt escalate -s SEVERITY TEXT")
    if found.status == "acked":
        return found.id, None
    return found.id, _changed(snapshot, replace(found, status="acked", acked_by=actor), "ack", actor)


def plan_close_escalation(
    snapshot: Snapshot, text: str, reason: str, actor: str, now: str
) -> tuple[ItemId, Edit | None]:
    """It is decided; whoever asked is told by mail. None when it was closed already."""
    found = find_escalation(snapshot, text)
    if found.status == "closed":
        return found.id, None
    reason = " ".join(reason.split())
    closed = replace(found, status="closed", closed=now, closed_by=actor, close_reason=reason)
    edit = _changed(snapshot, closed, "close", actor)
    asked = [found.source] if any(a.address == found.source for a in snapshot.agents()) else []
    body = f"{found.id} was closed by {actor}{f': {reason}' if reason else ''}.\n\n{found.title}\n"
    to = [each for each in asked if each != actor]
    subject = f"Closed: {found.title}"[:TITLE_LIMIT]
    letter = mail(snapshot, now, to, subject, body, ("escalation closed", found.id, now))
    return found.id, replace(edit, files=letter)


def _title(text: str) -> tuple[str, str]:
    """The title of a text, and what did not fit: one that is too long goes on in the body."""
    said = " ".join(text.split())
    if not said:
        raise UserError("an escalation needs a text", "write what is to be decided")
    return (said, "") if len(said) <= TITLE_LIMIT else (f"{said[: TITLE_LIMIT - 3]}...", said)


def _letter(filed: Escalation) -> str:
    about = f"About: {', '.join(filed.related)}\n" if filed.related else ""
    more = f"\n{filed.body}\n" if filed.body else ""
    return (
        f"{filed.title}\n{more}\nFrom: {filed.source}\n{about}Severity: {filed.severity}\n\n"
        f"Take it up with: gt escalate ack {filed.id}\nDecided: gt escalate close {filed.id} --reason TEXT\n"
    )


def _changed(snapshot: Snapshot, item: Escalation, verb: str, actor: str) -> Edit:
    require_writable(snapshot, item)
    return Edit(
        subject=f"escalation: {verb} {item.id} {item.title}",
        put=(item,),
        trailers=(("Event", "escalation"), ("Escalation", item.id)),
        actor=actor,
    )
