"""The flags of `gt sling`, and what they mean together."""

from __future__ import annotations

import sys
from typing import Final

from msgspec import Struct

from gtlib.actions.sling import Wish
from gtlib.cli.options import choice
from gtlib.errors import UsageError
from gtlib.errors import UserError
from gtlib.rules import fields
from gtlib.rules.terms import Terms

HELP: Final = {
    "bead": "a bead, or a part of its id; a formula, for which a bead is made; an epic, convoy or poured "
    "molecule, for what of it is ready",
    "more": "further beads, then RIG: a free polecat of it, or a new one; RIG/NAME, RIG/crew/NAME: that "
    "agent; RIG/witness, RIG/refinery; crew, mayor; dog: or dog:NAME; . you (default: you, or its rig)",
    "agent": "the runtime to do this bead with, as shell or claude",
    "account": "not known here: accounts are the program's own",
    "formula": "the workflow (default: the molecule that is there, else the rig's, else polecat-work)",
    "on": "the bead that the formula, which is named first, is for",
    "hook_raw_bead": "without a workflow: the bead says what is to be done",
    "var": "name=value for the formula",
    "args": "words for whoever does it",
    "subject": "what it is about, in a line before these words",
    "message": "more words, before --args",
    "stdin": "read --args (given: --message) from standard input",
    "crew": "that crew member of the rig",
    "create": "make the named polecat or dog when there is none",
    "convoy": "without a convoy of its own, which it gets unless one tracks it",
    "owned": "the convoy stays open until you close it",
    "merge": "direct, mr: it lands by the queue; pr, local: it waits for a person once it is handed in",
    "no_merge": "it does not land before a person says so, when it is handed in",
    "review_only": "look at it and report: nothing is to land",
    "base_branch": "begin from that branch of the remote, and land there",
    "ralph": "a new session for each step",
    "max_concurrent": "of several beads, how many at once: the convoy slings the rest",
    "boot": "nothing has to be woken here: it does not matter",
    "force": "what is blocked, deferred, another rig's, in somebody's hands, or has another molecule, too",
    "dry_run": "only say what would be done",
}


class Flags(Struct, frozen=True):
    """The flags of `gt sling`, as typed."""

    agent: str | None = None
    account: str = ""
    formula: str = ""
    on: str = ""
    hook_raw_bead: bool = False
    var: tuple[str, ...] = ()
    args: str = ""
    subject: str = ""
    message: str = ""
    stdin: bool = False
    crew: str = ""
    create: bool = False
    convoy: bool = True
    owned: bool = False
    merge: str = ""
    no_merge: bool = False
    review_only: bool = False
    base_branch: str = ""
    ralph: bool = False
    max_concurrent: int = 0
    boot: bool = True
    force: bool = False
    dry_run: bool = False


def wish_of(bead: str, flags: Flags) -> Wish:
    """What is wished for; `bead` is a formula when `--on` is given. UserError for what is not to be had."""
    if flags.account:
        hint = "name an agent with its own env in the settings: gt config agent set, then --agent"
        raise UserError("accounts are settings of the agents' programs", hint)
    if flags.agent is not None and not flags.agent.strip():
        raise UsageError("--agent names no program", "gt config agent list shows them; or leave it out")
    if flags.on and flags.formula:
        raise UsageError(
            "two formulas are named",
            f"gt sling FORMULA --on {flags.on}, or gt sling {flags.on} --formula NAME",
        )
    if flags.hook_raw_bead and (flags.on or flags.formula):
        raise UsageError("--hook-raw-bead is for no formula", "leave it, or the formula, out")
    if flags.max_concurrent < 0:
        raise UsageError("--max-concurrent is less than nothing", "leave it out for all at once")
    if flags.owned and not flags.convoy:
        raise UsageError("--owned is about the convoy", "leave --no-convoy out")
    merge = choice("--merge", flags.merge, fields.MERGES) if flags.merge else ""
    terms = Terms(
        args=_words(flags),
        merge=merge,
        # what changes something all the same is for a person to look at
        no_merge=flags.no_merge or flags.review_only,
        review_only=flags.review_only,
        base_branch=flags.base_branch,
        ralph=flags.ralph,
    )
    return Wish(
        formula=bead if flags.on else flags.formula,
        raw=flags.hook_raw_bead,
        agent=flags.agent or "",
        vars=fields.pairs(flags.var),
        terms=terms,
        convoy=flags.convoy,
        owned=flags.owned,
        create=flags.create,
        force=flags.force,
    )


def _words(flags: Flags) -> str:
    """What is told to whoever does it: subject, message and args, in paragraphs."""
    message, args = flags.message, flags.args
    if flags.stdin:
        if message and args:
            raise UsageError("--stdin has nothing to stand for", "leave --message or --args out")
        read = sys.stdin.read().strip()
        message, args = (read, args) if args else (message, read)
    return "\n\n".join(filter(None, (" ".join(flags.subject.split()), message, args)))
