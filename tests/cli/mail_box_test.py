"""`gt mail archive`, `claim`, `group` ... as people type them."""

from __future__ import annotations

import json

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import gt
from tests.support.asked import ok
from tests.support.asked import read


def sent(*words: str) -> str:
    return str(read("gt mail send", *words)["id"])


def test_archive_mark_delete_and_what_keeps_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = sent("mayor", "-s", "One", "-m", "text"), sent("mayor", "-s", "Two")
    monkeypatch.setenv("GT_ROLE", "mayor")
    text = towns.show(town, f"mail/mayor/new/{one}.md")
    assert ok("gt mail mark-read", one) == "read: 1 message\nnext: gt mail inbox\n"
    assert ok("gt mail archive", one) == f"archived: 1 message\nnext: gt mail mark-unread {one}\n"
    assert towns.show(town, f"mail/mayor/archive/{one}.md") == text
    assert [each["id"] for each in read("gt mail inbox")] == [two]
    assert read("gt mail inbox --archived")[0]["delivery_state"] == "acked"
    assert read("gt mail search one") == []
    assert [each["id"] for each in read("gt mail search ^one --archive")] == [one]
    assert read("gt mail ack --all") == {"read": [two], "dry_run": False, "schema_version": 1}
    assert ok("gt mail mark-read", two) == "read: 0 messages\n"
    printed = ok("gt mail delete", one).splitlines()
    assert printed[:2] == ["deleted: 1 message", "git's history keeps them:"]
    assert towns.git(town.root, *printed[2].split()[2:]) == text
    assert len(read("gt mail clear")["deleted"]) == 1
    assert list(town.snapshot().paths("mail/mayor/")) == []
    assert towns.status(town) == ""


def test_check_and_peek_say_by_their_end_whether_there_is_mail(town: Town) -> None:
    assert ok("gt mail check", code=1) == "overseer: 0 unread messages\n"
    assert ok("gt mail peek", code=1) == "overseer: no unread mail\n"
    assert ok("gt mail check --inject") == ""
    id = sent("overseer", "-s", "Stop", "-m", "\n".join("abcdefg"), "--urgent")
    sent("overseer", "-s", "Later")
    before = town.tip()
    assert ok("gt mail check") == f"overseer: 2 unread messages\nnext: gt mail read {id}\n"
    assert read("gt mail check") == {"address": "overseer", "unread": 2, "has_new": True, "schema_version": 1}
    assert ok("gt mail peek") == (
        f"{id} from overseer, now\nStop\n  a\n  b\n  c\n  d\n  e\n  (+2 more lines)\n(+1 more message)\nnext: gt mail read {id}\n"
    )
    injected = ok("gt mail check --inject")
    assert (
        injected.index("STOP what you are doing") < injected.index(id) < injected.index("interrupts nothing")
    )
    assert town.tip() == before


def test_reply_thread_and_track(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sent("mayor", "-s", "How is it?", "--no-notify", "--pinned", "--permanent", "-n")
    assert "quiet: true" in towns.show(town, f"mail/mayor/new/{first}.md")
    assert read("gt mail read", first)["priority"] == "high"
    monkeypatch.setenv("GT_ROLE", "mayor")
    second = read("gt mail reply", first, "Well.\x1b[2J")["id"]
    monkeypatch.delenv("GT_ROLE")
    third = read("gt mail reply 1 -m Good")
    assert (third["recipients"], third["subject"], third["thread_id"]) == (["mayor"], "Re: How is it?", first)
    assert ok("gt mail thread", second) == (
        f"• {first} overseer, now: How is it?\n  • {second} mayor, now: Re: How is it?\n      Well.\n"
        f"    • {third['id']} overseer, now: Re: How is it?\n        Good\nnext: gt mail reply {third['id']} '...'\n"
    )
    assert [each["depth"] for each in read("gt mail thread", first)] == [0, 1, 2]
    (copy,) = read("gt mail track", first)["deliveries"]
    assert (copy["address"], copy["delivery_state"], copy["delivery_acked_at"]) == ("mayor", "pending", "")
    monkeypatch.setenv("GT_ROLE", "mayor")
    ok("gt mail read", first)
    monkeypatch.delenv("GT_ROLE")
    (copy,) = read("gt mail track", first)["deliveries"]
    assert (copy["delivery_state"], copy["delivery_acked_by"]) == ("acked", "mayor")
    assert copy["delivery_acked_at"]


def test_a_queue_from_its_making_to_its_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ok("gt mail queue create jobs --claimers @town --description", "What is to do") == (
        "made queue:jobs in mail/queues/jobs.md\nnext: gt mail send queue:jobs -s SUBJECT -m TEXT\n"
    )
    id = sent("jobs", "-s", "Sweep", "-m", "the floor")
    assert towns.git(town.root, "ls-files", "mail/queues").splitlines() == [
        "mail/queues/jobs.md",
        f"mail/queues/jobs/new/{id}.md",
    ]
    assert ok("gt mail queue list") == (
        "NAME  CLAIMERS  MESSAGES  DESCRIPTION\njobs  1         1         What is to do\n"
    )
    assert gt("mail", "claim", "jobs").stderr == (
        "error: overseer may not claim from queue:jobs; gt mail queue show jobs\n"
    )
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert ok("gt mail claim").splitlines()[0] == f"claimed {id} from queue:jobs: Sweep"
    assert ok("gt mail claim jobs", code=1) == "nothing to claim in jobs\n"
    assert json.loads(gt("mail", "claim", "--json").stdout) == {"claimed": None, "schema_version": 1}
    shown = read("gt mail queue show jobs")
    assert (shown["available"], shown["claimed"], shown["messages"][0]["claimed_by"]) == (0, 1, "mayor")
    monkeypatch.setenv("GT_ROLE", "deacon")
    assert gt("mail", "release", id).stderr == (
        f"error: {id} was claimed by mayor; only who claimed it can release it\n"
    )
    monkeypatch.setenv("GT_ROLE", "mayor")
    ok("gt mail release", id)
    assert read("gt mail claim")["claimed"]["id"] == id
    assert ok("gt mail read", id).splitlines()[-1] == "in the mailbox of queues/jobs, left as it was"
    ok("gt mail archive", id)
    assert f"mail/queues/jobs/archive/{id}.md" in town.snapshot().paths("mail/queues/")
    assert gt("mail", "queue", "delete", "jobs").returncode == 1
    ok("gt mail queue delete jobs --force")
    assert (list(town.snapshot().boards()), towns.status(town)) == ([], "")


def test_channels_groups_and_announces(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ok("gt mail channel create news --retain-count 1")
    monkeypatch.setenv("GT_ROLE", "mayor")
    ok("gt mail channel subscribe news")
    assert ok("gt mail channel subscribers news") == "channel:news: 1 subscriber\n  mayor\n"
    monkeypatch.delenv("GT_ROLE")
    sent("channel:news", "-s", "Old")
    new = sent("channel:news", "-s", "New")
    shown = read("gt mail channel show news")
    assert ([each["id"] for each in shown["messages"]], shown["subscribers"]) == ([new], ["mayor"])
    assert len(read("gt mail inbox mayor")) == 2
    ok("gt mail channel unsubscribe news mayor")

    ok("gt mail group create staff mayor @deacons")
    assert ok("gt mail group add staff mayor").splitlines()[0] == "group:staff: 2 members, as before"
    assert read("gt mail group show staff")["recipients"] == ["deacon", "mayor"]
    assert (
        ok("gt mail send staff overseer -s", "Hello all").splitlines()[1]
        == "copies for: deacon, mayor, overseer"
    )
    ok("gt mail group remove staff @deacons")
    ok("gt mail group create list:ops group:staff")
    assert [each["address"] for each in read("gt mail group list")] == ["group:staff", "list:ops"]

    ok("gt mail announces create rules --readers mayor")
    rule = sent("announce:rules", "-s", "Be kind")
    assert [each["id"] for each in read("gt mail announces rules")["messages"]] == [rule]
    monkeypatch.setenv("GT_ROLE", "deacon")
    for words in (["announces", "rules"], ["read", rule]):
        assert gt("mail", *words).returncode == 1
    listed = {each["address"]: each["type"] for each in read("gt mail directory")}
    assert (listed["group:staff"], listed["announce:rules"], listed["@town"]) == (
        "group",
        "announce",
        "pattern",
    )
    assert towns.status(town) == ""


def test_refusals_change_nothing(town: Town) -> None:
    sent("overseer", "-s", "x")
    before = town.tip()
    for words, code, said in (
        ("send @nobody -s x", 1, "unknown address '@nobody'; one of: @town,"),
        ("send */witness -s x", 1, "nobody is in */witness; "),
        ("send queue:no -s x", 1, "no queue 'no'; make one: gt mail queue create"),
        ("send mayor -s x --from nobody", 1, "unknown address 'nobody'"),
        ("reply 1", 2, "the answer is empty; usage: gt mail reply ID TEXT"),
        ("search (", 2, "'(' is no regular expression"),
        ("archive", 2, "no id is given"),
        ("archive 1 --stale", 2, "--stale and messages are given"),
        ("archive 1 -n", 2, "-n is for --stale"),
        ("archive --stale", 1, "no session of overseer is known"),
        ("drain --max-age soon", 1, ""),
        ("hook 1", 1, "overseer has no hook"),
        ("group create mayor", 1, "'mayor' is reserved and cannot name a group"),
        ("group create g nobody", 1, "unknown address 'nobody'"),
        ("group add g", 2, "no member is given"),
        ("channel create c --retain-count -1", 2, "--retain-count -1 is negative; 0 is no limit"),
        ("track msg-zzzzz", 1, "no message msg-zzzzz for overseer"),
        ("inbox -u --archived", 2, "-u and --archived contradict each other"),
    ):  # fmt: skip
        done = gt("mail", *words.split())
        assert (done.returncode, done.stdout) == (code, ""), words
        assert done.stderr.startswith(f"error: {said}") and done.stderr.count("\n") == 1, words
    assert town.tip() == before


def test_agents_speak_for_themselves(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read("gt mail send overseer -s x --from mayor")["from"] == "mayor"
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert gt("mail", "send", "overseer", "-s", "x", "--from", "deacon").stderr == (
        "error: you are mayor, and can't send mail as deacon; leave --from out\n"
    )
    assert gt("mail", "clear", "overseer").stderr.startswith("error: the mailbox of overseer is not yours")


def test_drain_takes_the_noise_away(town: Town) -> None:
    for subject in ("POLECAT_DONE nux", "HELP: POLECAT_DONE", "MERGED nux", "Lunch"):
        sent("overseer", "-s", subject)
    assert ok("gt mail drain") == "archived: 0 messages\n"
    assert ok("gt mail drain --all -n").splitlines()[-1] == "would be archived: 2 messages"
    assert len(read("gt mail drain --all")["archived"]) == 2
    assert sorted(each["subject"] for each in read("gt mail inbox")) == ["HELP: POLECAT_DONE", "Lunch"]
