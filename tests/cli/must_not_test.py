"""What must not happen when beads are read (reference 1.10): each test names the entry of the list that it is about."""

from __future__ import annotations

import pytest

from gtlib.store.town import Town
from tests.support import towns
from tests.support.asked import NOW
from tests.support.asked import commit
from tests.support.asked import ok
from tests.support.asked import read
from tests.support.asked import refused

LISTS = ("list", "search x", "count", "stale")


def ids(words: str, *more: str) -> str:
    return " ".join(sorted(row["id"].removeprefix("hq-") for row in read(words, *more)))


def test_8_a_child_that_was_given_another_parent_is_under_that_one_alone(town: Town) -> None:
    commit(town, a1={"type": "epic"}, b1={"type": "epic"}, **{"a1.1": {"parent": "hq-b1"}})
    assert (ids("list --parent a1"), ids("list --parent b1")) == ("", "a1.1")
    assert read("show a1 b1 --children")["hq-a1"] == []


def test_4_hand_set_and_derived_blocked_are_two_things(town: Town) -> None:
    commit(town, a1={"status": "blocked"}, b1={"needs": ["hq-a1"]}, c1={})
    assert (ids("list -s blocked"), ids("blocked")) == ("a1", "b1")


def test_18_count_and_list_agree(town: Town) -> None:
    commit(
        town,
        a1={"labels": ["x"]},
        b1={"status": "closed", "closed": NOW},
        c1={"status": "deferred"},
        d1={"type": "gate"},
        e1={"pinned": "true"},
        f1={"template": "true"},
        g1={"type": "message"},
        h1={"status": "tombstone"},
    )
    for flags in ("", "--all", "-s closed,deferred", "-t gate", "-l x", "--pinned", "--include-gates --include-infra",
                  "--include-templates", "--no-assignee", "-s all"):  # fmt: skip
        rows = read(f"list --limit 0 {flags}".strip())
        assert read(f"count {flags}".strip())["count"] == len(rows), flags
        assert sum(g["count"] for g in read(f"count --by-status {flags}".strip())["groups"]) == len(rows)
    assert (ids("list"), ids("list --all")) == ("a1", "a1 b1 c1 d1 e1 f1 g1")


def test_23_a_defer_date_that_has_passed_hides_nothing(town: Town) -> None:
    past, ahead = {"defer": "2026-11-19"}, {"defer": "2026-11-21"}
    commit(town, a1=past, b1=ahead, c1={**past, "status": "deferred"}, d1={**ahead, "status": "deferred"})
    assert (ids("list"), ids("ready"), ids("list --deferred")) == ("a1 b1 c1", "a1 c1", "b1 d1")


def test_28_label_patterns_and_expressions_work(town: Town) -> None:
    commit(town, a1={"labels": ["area:web"]}, b1={"labels": ["web"]}, c1={})
    assert (ids("list --label-pattern area:*"), ids("list --label-regex ^w")) == ("a1", "b1")
    assert refused("list --label-regex (") == (
        1, "--label-regex '(': missing ), unterminated subpattern at position 0; correct the regular expression"
    )  # fmt: skip


@pytest.mark.parametrize("command", LISTS)
def test_30_ready_and_status_contradict_each_other(town: Town, command: str) -> None:
    said = "--ready and --status contradict each other; give one of them"
    assert refused(f"{command} --ready -s in_progress") == (2, said)


def test_31_an_empty_assignee_is_nobody(town: Town) -> None:
    commit(town, a1={"assignee": "ada"}, b1={})
    assert ids("list", "--assignee", "") == ids("list --no-assignee") == "b1"
    assert read("count", "-a", "")["count"] == 1
    said = "--assignee and --no-assignee contradict each other; give one of them"
    assert refused("list -a ada --no-assignee") == (2, said)


@pytest.mark.parametrize("days", ["-1", "0", "-30"])
def test_32_and_61_stale_days_are_at_least_one(town: Town, days: str) -> None:
    said = f"--days {days} is less than 1; give a number of days, such as --days 14"
    assert refused(f"stale --days {days}") == (2, said)


@pytest.mark.parametrize("command", ["list", "search x", "query status=open"])
def test_33_an_unknown_sort_is_refused(town: Town, command: str) -> None:
    assert refused(f"{command} --sort priorty") == (2, "--sort 'priorty' is unknown; did you mean priority?")
    code, said = refused(f"{command} --sort nonsense")
    assert (code, said) == (
        2,
        "--sort 'nonsense' is unknown; one of: priority, created, updated, closed, status, id, title, type, assignee",
    )


@pytest.mark.parametrize("command", LISTS)
def test_36_a_range_of_priorities_is_not_turned_round(town: Town, command: str) -> None:
    said = "--priority-min 3 is more than --priority-max 1; 0 is the most urgent, 4 the least"
    assert refused(f"{command} --priority-min 3 --priority-max 1") == (2, said)


@pytest.mark.parametrize("field", ["created", "updated", "closed", "due", "defer"])
def test_37_a_range_of_times_is_not_turned_round(town: Town, field: str) -> None:
    said = (
        f"--{field}-after 2026-11-10T00:00:00Z is not before --{field}-before 2026-11-09T00:00:00Z; "
        "nothing lies between them"
    )
    words = f"--{field}-after 2026-11-10 --{field}-before 2026-11-09"
    assert [refused(f"{command} {words}") for command in LISTS] == [(2, said)] * len(LISTS)


@pytest.mark.parametrize(
    "command", ["list", "search x", "query status=open", "stale", "find-duplicates", "ready"]
)
def test_38_a_negative_limit_is_refused(town: Town, command: str) -> None:
    assert refused(f"{command} -n -1") == (2, "--limit -1 is negative; 0 shows all")


def test_38_no_limit_is_none(town: Town) -> None:
    commit(town, *(f"{letter}{number}" for letter in "abcdef" for number in range(10)))
    assert [len(read(f"list{flags}")) for flags in ("", " -n 0", " --all --limit 0", " -n 7")] == [
        50,
        60,
        60,
        7,
    ]


def test_44_and_62_statuses_may_be_a_list(town: Town) -> None:
    commit(town, a1={}, b1={"status": "closed", "closed": NOW}, c1={"status": "blocked"})
    for command in ("list", "search title"):
        assert ids(f"{command} -s open,closed") == ids(f"{command} -s open -s closed") == "a1 b1"
    assert read("count --status open,closed")["count"] == 2
    assert refused("list", "-s", "open,") == (1, "an empty status; name the status, or leave the flag out")


@pytest.mark.parametrize("command", LISTS)
def test_11_an_unknown_status_is_refused(town: Town, command: str) -> None:
    assert refused(f"{command} -s opne") == (1, "unknown status 'opne'; did you mean open?")
    assert refused(f"{command} -s open,nonsense")[0] == 1


def test_54_ids_may_be_pieces(town: Town) -> None:
    commit(town, "abc1", "abd2", "xyz3")
    assert (ids("list --id abc,xyz3"), ids("list --id hq-abd2")) == ("abc1 xyz3", "abd2")
    assert refused("list --id ab") == (1, "'ab' means 2 items; write one of: hq-abc1, hq-abd2")


@pytest.mark.parametrize(
    "words",
    ["list --parent no_such", "list --id no_such", "search x --parent no_such", "count --parent no_such", "show no_such", "show no_such --children",
     "comments no_such", "label list no_such", "state no_such health", "state list no_such", "history no_such", "lint no_such", "children no_such",
     "blocked --parent no_such", "dep list no_such"],
)  # fmt: skip
def test_59_and_69_a_bead_that_is_not_there_is_no_empty_answer(town: Town, words: str) -> None:
    commit(town, "a1")
    assert refused(words) == (1, "no bead no_such; see them with: bd list --all")


@pytest.mark.parametrize("command", [*LISTS, "lint"])
def test_63_an_unknown_type_is_refused(town: Town, command: str) -> None:
    assert refused(f"{command} -t bgu") == (1, "unknown type 'bgu'; did you mean bug?")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--pinned --no-pinned", "--pinned and --no-pinned contradict each other; give one of them"),
        ("--parent a1 --no-parent", "--parent and --no-parent contradict each other; give one of them"),
        ("--no-labels -l x", "--no-labels and --label contradict each other; give one of them"),
        ("-p 1 --priority-max 2", "--priority and --priority-max contradict each other; give one of them"),
        ("-l x,y --exclude-label y", "--label and --exclude-label both name y; give one of them"),
        ("-t bug --exclude-type bug", "--type and --exclude-type both name bug; give one of them"),
        ("--rig hq --all-rigs", "--rig and --all-rigs contradict each other; give one of them"),
        ("--empty-description --desc-contains x", "--empty-description and --desc-contains contradict each other; give one of them"),
        ("--metadata-field x", "--metadata-field 'x' is not key=value; write --metadata-field team=web"),
        ("--mol-type swrm", "--mol-type 'swrm' is unknown; did you mean swarm?"),
        ("--title=", "--title is empty; say what is looked for, or leave it out"),
        ("--tree --long", "--long and --tree contradict each other; give one of them"),
        ("--format dot --tree", "--tree and --format contradict each other; give one of them"),
        ("--format dto", "--format 'dto' is unknown; did you mean dot?"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_not_silently_empty(town: Town, words: str, said: str) -> None:
    commit(town, "a1")
    assert refused(f"list {words}") == (2, said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("list --created-after soon", "'soon' is not a time; write 7d, 2w, yesterday, or 2026-11-20"),
        ("list -p high", "'high' is no priority; write 0 (critical), 1, 2, 3 or 4 (backlog)"),
        ("list --at nonsense", "'nonsense' is neither a commit of the town nor a time; write a commit, a tag, 2d, or 2026-11-20"),
        ("list --at 1990-01-01", "the town had not begun at 1990-01-01T00:00:00Z; see its beginning with: git log"),
        ("query stats=open", "column 1: no field 'stats'; did you mean status?"),
        ("query type=bgu", "column 1: unknown type 'bgu'; did you mean bug?"),
        ("state a1 a:b", "'a:b' is no dimension; write its name alone, such as health"),
        ("recall nothing", "no memory 'nothing'; see them with: bd memories"),
    ],
)  # fmt: skip
def test_10_a_refusal_is_one_line_and_no_success(town: Town, words: str, said: str) -> None:
    commit(town, "a1")
    before = town.tip()
    assert refused(words) == (1, said)
    assert (town.tip(), towns.status(town)) == (before, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("search", "nothing to search for is given; bd search 'token expires'"),
        ("query", "no expression is given; bd query 'status=open AND priority<=1'"),
        ("find-duplicates --threshold 2", "--threshold 2 is not a number over 0 and at most 1; write --threshold 0.5"),
        ("find-duplicates --method ai", "--method 'ai' is unknown; one of: mechanical"),
        ("count --by-status --by-type", "--by-status and --by-type contradict each other; give one of them"),
        ("show", "no id is given; name one or more: bd show gt-abc12"),
        ("show a1 --long --short", "--short and --long contradict each other; give one of them"),
        ("show a1 --current", "--current and ids contradict each other; give one of them"),
        ("show a1 --at HEAD --as-of HEAD", "--at and --as-of contradict each other; give one of them"),
        ("duplicates --auto-merge --at HEAD", "--auto-merge and --at contradict each other; the past can't be changed"),
        ("prime --memories-only --full", "--memories-only and --full contradict each other; give one of them"),
    ],
)  # fmt: skip
def test_10_wrong_words_are_refused(town: Town, words: str, said: str) -> None:
    commit(town, "a1")
    assert refused(words) == (2, said)


def test_special_characters_come_back(town: Town) -> None:
    title = "\"quotes\" 'and' <tags> & \\back ünï 世界 #hash: yes"
    ok("create", title, "-d", f"{title}\n\n## Notes\nnot ours", "--id", "hq-spec1", "-l", "a:b/c")
    shown = read("show spec1")[0]
    assert (shown["title"], shown["description"], shown["labels"]) == (
        title,
        f"{title}\n\n## Notes\nnot ours",
        ["a:b/c"],
    )
    assert (
        ids("search", "世界")
        == ids("query", 'title="\\"quotes\\""')
        == ids("list", "--title", "<tags> & \\")
        == "spec1"
    )


def test_due_and_defer_come_back(town: Town) -> None:
    ok("create Timed --id hq-time1 --due 2026-12-01 --defer +3d")
    shown = read("show time1")[0]
    assert (shown["due_at"], shown["defer_until"]) == ("2026-12-01T00:00:00Z", "2026-11-23T08:00:00Z")
    assert ids("list --due-before 2026-12-02 --deferred") == "time1"
