"""What trailers ask for that are about no step: a bead that waits, mail, an escalation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from gtlib import layout
from gtlib import names
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.edit import Edit
from gtlib.model.message import Message
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.rules.base import Changed
from gtlib.rules.base import has_mail
from gtlib.rules.base import holds
from gtlib.rules.base import live_hook
from gtlib.rules.base import mail
from gtlib.rules.base import require_bead
from gtlib.rules.base import require_writable
from gtlib.rules.base import writable
from gtlib.rules.dependencies import Wanted
from gtlib.rules.dependencies import plan_add
from gtlib.rules.dispatch import AT_WORK
from gtlib.rules.edits import merge_edits
from gtlib.rules.escalations import plan_escalate
from gtlib.rules.fields import TITLE_LIMIT
from gtlib.rules.holding import Ledger
from gtlib.rules.mail_to import Book
from gtlib.rules.sessions import WAITS
from gtlib.rules.sessions import ended

if TYPE_CHECKING:
    from gtlib.rules.claims import Claim

MAX_LETTER = 64 * 1024  # characters of a commit message that becomes mail


def serve_blocked(snapshot: Snapshot, claim: Claim, now: str) -> Edit | None:
    """`Blocked-By:` draws the edge; in a rig, where the agent itself can't go on, its hook is suspended too.

    UserError for what is unknown, a circle, a bead that waits for itself, and another agent's bead.
    """
    blocker = names.item_id(claim.value)
    if blocker not in snapshot.taken():
        require_bead(snapshot, blocker)
    bead = _bead_of(snapshot, claim)
    _, drawn = plan_add(snapshot, [Wanted(bead, blocker)], claim.agent)
    edits = [] if drawn is None else [drawn]
    if claim.rig:
        after = snapshot if drawn is None else snapshot.with_edit(drawn)
        waiting = plan_wait_for(after, Address(claim.agent), bead, blocker, now)
        edits += [] if waiting is None else [waiting]
    merged = merge_edits(edits, subject=f"block: {bead} needs {blocker}")
    if merged is None:
        return None
    trailers = (("Event", "block"), ("Bead", bead), ("Agent", claim.agent))
    return replace(merged, trailers=trailers, actor=claim.agent)


def plan_wait_for(
    snapshot: Snapshot, address: Address, bead: ItemId, blocker: ItemId, now: str
) -> Edit | None:
    """The hook with that bead is suspended until the blocker is over; None when it need not wait."""
    agent = snapshot.agent(address)
    hook = live_hook(agent) if agent else None
    if agent is None or hook is None or hook.bead != bead or hook.state not in (*AT_WORK, "suspended"):
        return None
    waits = tuple(dict.fromkeys((*hook.waits_for, blocker)))
    if blocker in hook.waits_for or blocker not in _holding(Ledger(snapshot), bead, waits):
        return None
    if hook.state == "suspended" and not hook.waits_for:
        return None  # for another reason, which only a person can put right
    require_writable(snapshot, agent)
    suspended = replace(hook, state="suspended", waits_for=waits)
    return Edit(
        subject=f"waits: {address} {bead}, for {', '.join(waits)}",
        put=(replace(ended(agent, f"{WAITS}for {', '.join(waits)}", now), hook=suspended),),
        trailers=(("Event", "waits"), ("Bead", bead), ("Agent", address)),
        actor=address,
    )


def go_on(snapshot: Snapshot, now: str, changed: Changed = None) -> Edit | None:
    """A hook that waits for items goes on when its bead waits for none of them any more; its agent is told.

    That the hook names none of them records it. What a person made active, or another state, waits no more.
    """
    ledger: Ledger | None = None
    edits: list[Edit] = []
    for agent in snapshot.agents():
        hook = agent.hook
        if hook is None or not hook.waits_for or not writable(snapshot, agent):
            continue
        ledger = ledger or Ledger(snapshot)
        suspended = hook.state == "suspended"
        if suspended and _holding(ledger, hook.bead, hook.waits_for):
            continue
        edits.append(_gone_on(snapshot, agent, now, suspended=suspended))
    return merge_edits(edits)


def _gone_on(snapshot: Snapshot, agent: Agent, now: str, *, suspended: bool) -> Edit:
    hook = agent.hook
    assert hook is not None
    waited = ", ".join(hook.waits_for)
    after = replace(hook, waits_for=(), state="active" if suspended else hook.state)
    body = f"{hook.bead} waited for {waited}, and need not any more. Go on with it.\n"
    told = mail(
        snapshot, now, [agent.address], f"{hook.bead} can go on", body,
        ("go on", agent.address, hook.bead, hook.since, *hook.waits_for, now),
    )  # fmt: skip
    return Edit(
        subject=f"hook: {agent.address} {after.state} {hook.bead}",
        put=(replace(agent, hook=after),),
        files=told if suspended else (),
        trailers=(("Event", "hook"), ("Bead", hook.bead), ("Agent", agent.address)),
    )


def serve_mail(snapshot: Snapshot, claim: Claim, now: str) -> Edit | None:
    """`Mail-To:` sends what the commit message says; each line of several is a recipient of one message.

    None for who has it. UserError for an unknown address, and a message that is empty or too long.
    """
    book = Book(snapshot)
    to = book.meant(claim.value)
    subject, body = claim.subject, claim.body
    if not subject:
        raise UserError("the commit says nothing in its first line", "write there what the mail is about")
    if len(body) > MAX_LETTER:
        raise UserError(f"the message has {len(body):,} characters", f"mail has {MAX_LETTER:,} at most")
    if len(subject) > TITLE_LIMIT:
        subject, body = f"{subject[: TITLE_LIMIT - 3]}...", f"{subject}\n\n{body}"
    everybody = [found for text in claim.to if (found := _label(book, text)) is not None]
    id = names.derive("msg", "", "mail-to", claim.letter)
    places = [place for place in to.places if not has_mail(snapshot, place, id)]
    if not places:
        return None
    message = Message(
        id=id,
        sender=claim.agent,
        to=tuple(dict.fromkeys(everybody)),
        subject=subject,
        type="notification",
        thread=id,
        sent=now,
        body=body,
    )
    return Edit(
        subject=f"mail: {id} to {to.label}",
        files=tuple((layout.mailbox(place, "new", id), kinds.render(message)) for place in places),
        trailers=(("Event", "mail"),),
        actor=claim.agent,
    )


def serve_escalation(snapshot: Snapshot, claim: Claim, now: str) -> Edit | None:
    """`Escalate: <severity> <text>` files an escalation about the bead that the commit is about.

    UserError for another severity, and for no text.
    """
    severity, _, text = claim.value.partition(" ")
    hook = live_hook(agent) if (agent := snapshot.agent(Address(claim.agent))) else None
    about = claim.bead or (hook.bead if hook else "")
    edit = plan_escalate(
        snapshot,
        severity,
        text,
        source=claim.agent,
        related=[about] if about in snapshot.taken() else [],
        now=now,
        actor=claim.agent,
        cause=("claim", claim.key),
        body=f"Commit {claim.commit} {f'in {claim.rig}' if claim.rig else 'in the town'} says so.",
    )
    return edit if edit.put else None


def _bead_of(snapshot: Snapshot, claim: Claim) -> ItemId:
    """What `Blocked-By:` is about: the bead that `Bead:` names, else the one on the speaker's hook."""
    agent = snapshot.agent(Address(claim.agent))
    mine = holds(agent) if agent else ()
    if claim.bead:
        bead = require_bead(snapshot, ItemId(claim.bead))
        if claim.rig and bead.id not in mine and bead.assignee != claim.agent:
            whose = f"belongs to {bead.assignee}" if bead.assignee else "belongs to nobody"
            raise UserError(f"{bead.id} {whose}", "say what your own bead waits for")
        return bead.id
    hook = live_hook(agent) if agent else None
    if hook is None:
        raise UserError(
            f"nothing is on the hook of {claim.agent}", "name the bead that waits beside it: Bead: gt-abc12"
        )
    return hook.bead


def _holding(ledger: Ledger, bead: ItemId, waits: tuple[ItemId, ...]) -> set[ItemId]:
    """Those of `waits` that the bead still waits for. One whose edge was taken out is none of them."""
    found = ledger.find(bead)
    return {hold.id for hold in ledger.own(found)}.intersection(waits) if found else set()


def _label(book: Book, text: str) -> str | None:
    try:
        return book.meant(text).label
    except UserError:  # its own claim says so
        return None
