"""`gt mail` as people type it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import gt


def send(*words: str) -> str:
    done = gt("mail", "send", *words, "--json")
    assert done.stderr == ""
    return str(json.loads(done.stdout)["id"])


def test_sent_listed_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    id = send(
        "mayor", "-s", "The build is red", "-m", "Since \x1b[31mnoon.\n", "--urgent", "--cc", "overseer"
    )
    text = towns.show(town, f"mail/mayor/new/{id}.md")
    assert text == towns.show(town, f"mail/overseer/new/{id}.md")
    assert gt("mail", "inbox", "mayor").stdout == (
        f"mayor: 1 message, 1 unread\n   #  ID         FROM      AGE  SUBJECT\n*  1  {id}  overseer  now  !! The build is red\n"
    )
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert gt("mail", "read", id[4:]).stdout == (
        "The build is red\n  From:     overseer\n  To:       mayor\n  Cc:       overseer\n  Sent:     now\n"
        f"  Priority: urgent\n\nSince noon.\n\nmail/mayor/cur/{id}.md\n"
        f"next: gt mail inbox\n      gt mail reply {id} '...'\n"
    )
    assert towns.show(town, f"mail/mayor/cur/{id}.md") == text
    assert towns.git(town.root, "ls-files", "mail/mayor").splitlines() == [f"mail/mayor/cur/{id}.md"]
    before = town.tip()
    assert gt("mail", "read", "1").returncode == 0
    assert (town.tip(), towns.status(town)) == (before, "")
    assert gt("mail", "inbox", "-u").stdout == "mayor: 1 message, 0 unread\n"


def test_json(town: Town) -> None:
    first = send("overseer", "-s", "One", "-m", "text")
    second = send("overseer", "-s", "Two", "--reply-to", first)
    rows = json.loads(gt("mail", "inbox", "--json").stdout)
    assert {each["id"]: each for each in rows}[first] == {
        "id": first, "from": "overseer", "to": "overseer", "recipients": ["overseer"], "cc": [], "subject": "One",
        "body": "text", "timestamp": NOW, "read": False, "priority": "normal", "type": "notification",
        "thread_id": first, "reply_to": "", "pinned": False, "wisp": False, "delivery": "queue", "queue": "",
        "channel": "", "claimed_by": "", "claimed_at": "", "delivery_state": "pending", "delivery_acked_by": "",
        "delivery_acked_at": "",
    }  # fmt: skip
    read = json.loads(gt("mail", "read", second, "--json").stdout)
    assert (read["read"], read["type"], read["thread_id"], read["reply_to"]) == (True, "reply", first, first)


def test_the_overseer_looks_at_others_mail_and_leaves_it_unread(town: Town) -> None:
    id = send("mayor", "-s", "Hello")
    before = town.tip()
    assert gt("mail", "read", id).stdout.splitlines()[-2:] == [
        "in the mailbox of mayor, left as it was",
        f"next: gt mail track {id}",
    ]
    assert town.tip() == before


def test_refusals_change_nothing(town: Town) -> None:
    before = town.tip()
    for words, code, said in (
        (["send", "myaor", "-s", "x"], 1, "unknown address 'myaor'; did you mean mayor?"),
        (["send", "mayor", "-s", " "], 1, "the subject is empty; say what it is about: -s SUBJECT"),
        (["send", "mayor", "-s", "x" * 501], 1, "the subject has 501 characters, 500 is the most; put the rest in the text"),
        (["send", "-s", "x"], 2, "nobody to send it to; usage: gt mail send TO... -s SUBJECT -m TEXT"),
        (["send", "mayor"], 2, "gt mail send needs --subject; usage: gt mail send [TO...] --subject SUBJECT [flags]"),
        (["send", "mayor", "-s", "x", "--priority", "loud"], 1, "'loud' is no priority of mail; one of: urgent, high, normal, low, or 0 to 3"),
        (["send", "mayor", "-s", "x", "--type", "zz"], 1, "unknown type of mail 'zz'; one of: notification, task, reply, escalation, scavenge, handoff"),
        (["send", "mayor", "-s", "x", "--reply-to", "no_such"], 1, "no message no_such for overseer; see them with: gt mail inbox"),
        (["read", "no_such"], 1, "no message no_such for overseer; see them with: gt mail inbox"),
        *((["read", number], 1, f"no message {number} for overseer; see them with: gt mail inbox") for number in "0123456789"),
        (["inbox", "nobody"], 1, "unknown address 'nobody'; see gt agents"),
    ):  # fmt: skip
        done = gt("mail", *words)
        assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {said}\n")
    assert town.tip() == before


def test_a_command_on_a_terminal_mentions_unread_mail(town: Town) -> None:
    send("overseer", "-s", "One")
    send("overseer", "-s", "Two")
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "gtlib.cli", "bd", "list", "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=True,
        )  # fmt: skip
        said = os.read(ours, 1000)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (json.loads(done.stdout), said) == ([], b"2 messages for you: gt mail inbox\r\n")
    assert gt("convoy", "list").stderr == ""
