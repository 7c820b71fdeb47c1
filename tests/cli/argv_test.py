from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtlib.cli.argv import parse
from gtlib.cli.registry import find
from gtlib.errors import UsageError
from tests.support.commands import BD
from tests.support.commands import GT

PROGRAMS = {"gt": GT, "bd": BD}
USAGE = "usage: gt convoy create NAME [IDS...] [flags]"


def read(typed: str) -> tuple[str, dict[str, object] | None]:
    """The first name of the command that `typed` runs, and its values."""
    return read_words(typed.split()[0], shlex.split(typed)[1:])


def read_words(program: str, words: list[str]) -> tuple[str, dict[str, object] | None]:
    found = find(PROGRAMS[program], words)
    if found.command is None:
        return " ".join(found.name), None
    name = " ".join((program, *found.name))
    return " ".join(found.command.names[0]), parse(found.command, name, found.rest)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("X", {"name": "X"}),
        ("X a b", {"name": "X", "ids": ("a", "b")}),
        ("X down", {"name": "X", "ids": ("down",)}),
        ("X list", {"name": "X", "ids": ("list",)}),
        ("''", {"name": ""}),
        ("--name X a", {"name": "X", "ids": ("a",)}),
        ("a b --name X", {"name": "X", "ids": ("a", "b")}),
        ("X --ids a b", {"name": "X", "ids": ("a", "b")}),
        ("X a --notify b --human", {"name": "X", "ids": ("a", "b"), "notify": "mayor", "human": True}),
        ("X --notify=ada a", {"name": "X", "ids": ("a",), "notify": "ada"}),
        ("X --notify=", {"name": "X", "notify": ""}),
        ("X -N a", {"name": "X", "ids": ("a",), "notify": "mayor"}),
        ("X -Nada", {"name": "X", "notify": "ada"}),
        ("-n5 X", {"name": "X", "limit": 5}),
        ("-n 5 X", {"name": "X", "limit": 5}),
        ("-n=5 X", {"name": "X", "limit": 5}),
        ("--limit=5 X", {"name": "X", "limit": 5}),
        ("--limit 5 X --limit 6", {"name": "X", "limit": 6}),
        ("--limit -5 X", {"name": "X", "limit": -5}),
        ("-un5 X", {"name": "X", "human": True, "limit": 5}),
        ("X --human=false", {"name": "X", "human": False}),
        ("X --human --no-human", {"name": "X", "human": False}),
        ("X --no-wait", {"name": "X", "wait": False}),
        ("X --no-convoy", {"name": "X", "no_convoy": True}),
        ("X --no_convoy", {"name": "X", "no_convoy": True}),
        ("X --no-no-convoy", {"name": "X", "no_convoy": False}),
        ("X --from ada", {"name": "X", "from_": "ada"}),
        ("X -l a --label b --tag=c -ld", {"name": "X", "label": ("a", "b", "c", "d")}),
        ("X --args -x", {"name": "X", "args": "-x"}),
        ("X --args --human", {"name": "X", "args": "--human"}),
        ("X --args --", {"name": "X", "args": "--"}),
        ("X --args --help", {"name": "X", "args": "--help"}),
        ("X -a '-x --y'", {"name": "X", "args": "-x --y"}),
        ("X --args=--y=z", {"name": "X", "args": "--y=z"}),
        ("X -5 -3d", {"name": "X", "ids": ("-5", "-3d")}),
        ("X -", {"name": "X", "ids": ("-",)}),
        ("X -- --human -- -h", {"name": "X", "ids": ("--human", "--", "-h")}),
        ("-- --human", {"name": "--human"}),
        ("X --help", None),
        ("-h", None),
        ("X -- --help", {"name": "X", "ids": ("--help",)}),
    ],
)
def test_values(typed: str, values: dict[str, object] | None) -> None:
    assert read(f"gt convoy create {typed}") == ("convoy create", values)


@pytest.mark.parametrize(
    ("typed", "command", "values"),
    [
        ("gt convoy.create X", "convoy create", {"name": "X"}),
        ("gt convoy new X", "convoy create", {"name": "X"}),
        ("gt --json convoy create X", "convoy create", {"name": "X", "json": True}),
        ("gt convoy --json create X", "convoy create", {"name": "X", "json": True}),
        ("gt escalate -s HIGH text", "escalate", {"text": "text", "severity": "HIGH"}),
        ("gt escalate -s HIGH list", "escalate", {"text": "list", "severity": "HIGH"}),
        ("gt escalate text ada -sHIGH", "escalate", {"text": "text", "target": "ada", "severity": "HIGH"}),
        (
            "gt escalate text --target ada -sHIGH",
            "escalate",
            {"text": "text", "target": "ada", "severity": "HIGH"},
        ),
        ("gt escalate list", "escalate list", {}),
        ("gt escalate --help", "escalate", None),
        ("gt mail", "mail", {}),
        ("gt mail inbox", "mail", {}),
        ("gt mail send mayor", "mail send", {"to": "mayor"}),
        ("gt convoy --help", "convoy", None),
        ("gt bead step --help", "bead step", None),
        ("gt --help", "", None),
        ("gt bead step done 1", "bead step done", {"step": "1"}),
        ("bd create T", "bead create", {"title": "T"}),
        ("bd bead create T", "bead create", {"title": "T"}),
        ("bd create", "bead create", {}),
        ("bd step done 1", "bead step done", {"step": "1"}),
        ("bd step.done 1", "bead step done", {"step": "1"}),
        ("bd mail", "mail", {}),
    ],
)
def test_commands(typed: str, command: str, values: dict[str, object] | None) -> None:
    assert read(typed) == (command, values)


@pytest.mark.parametrize(
    ("typed", "what", "hint"),
    [
        ("gt convoi create X", "unknown command 'gt convoi'", "did you mean convoy?"),
        ("gt xyzzy", "unknown command 'gt xyzzy'", "see gt --help"),
        ("gt convoy", "gt convoy needs a command", "one of: create, list, new"),
        ("gt convoy crate X", "unknown command 'gt convoy crate'", "did you mean create?"),
        ("gt convoy xyzzy", "unknown command 'gt convoy xyzzy'", "one of: create, list, new"),
        ("gt bead step", "gt bead step needs a command", "one of: done"),
        ("gt bead step dne", "unknown command 'gt bead step dne'", "did you mean done?"),
        ("gt mail inbx", "unknown command 'gt mail inbx'", "did you mean inbox?"),
        ("gt --verbose down", "no command", "see gt --help"),
        ("bd bead", "bd bead needs a command", "one of: create, step"),
        ("bd step", "bd step needs a command", "one of: done"),
        ("bd creat T", "unknown command 'bd creat'", "did you mean create?"),
        ("bd down", "unknown command 'bd down'", "see bd --help"),
        ("gt down now", "gt down: one word too many: 'now'", "usage: gt down [flags]"),
        ("gt convoy create", "gt convoy create needs NAME", USAGE),
        ("gt escalate text", "gt escalate needs --severity", "usage: gt escalate TEXT [TARGET] --severity SEVERITY [flags]"),
        ("gt convoy create X --humn", "gt convoy create has no flag --humn", "did you mean --human?"),
        ("gt convoy create X -x", "gt convoy create has no flag -x", "see gt convoy create --help"),
        ("gt convoy create X -ux", "gt convoy create has no flag -x", "see gt convoy create --help"),
        ("gt convoy create X --args", "--args needs a value", USAGE),
        ("gt convoy create X --limit many", "--limit is a whole number, not 'many'", USAGE),
        ("gt convoy create X --limit 1.5", "--limit is a whole number, not '1.5'", USAGE),
        ("gt convoy create X --human=maybe", "--human is true or false, not 'maybe'", USAGE),
        ("gt convoy create X --no-args", "gt convoy create has no flag --no-args", "did you mean --args or --no-wait or --tag?"),
    ],
)  # fmt: skip
def test_wrong_words(typed: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(typed)
    assert (caught.value.what, caught.value.hint) == (what, hint)


FRAGMENTS = """
    down convoy create list escalate mail send bead step done X gt-a convoy.create
    -n -n5 -5 - -- --- --=x -= -l -s -h --notify --notify=a --human --no-wait --args --label --severity=LOW --json --help
"""
WORDS = st.one_of(st.text(max_size=6), st.sampled_from(FRAGMENTS.split()))


@given(st.sampled_from(["gt", "bd"]), st.lists(WORDS, max_size=8))
def test_any_words_name_one_command_or_none(program: str, words: list[str]) -> None:
    try:
        found = find(PROGRAMS[program], words)
        values = parse(found.command, program, found.rest) if found.command else None
    except UsageError:
        return
    dotted = " ".join(words).replace(".", " ").split()
    assert [word for word in dotted if word in found.name][: len(found.name)] == list(found.name)
    if found.command is not None and values is not None:
        required = {param.name for param in found.command.params if param.required}
        assert required <= set(values) <= {param.name for param in found.command.params}


@given(st.text(), st.lists(st.text()))
def test_words_behind_two_dashes_are_taken_as_they_are(name: str, ids: list[str]) -> None:
    expected: dict[str, object] = {"name": name} | ({"ids": tuple(ids)} if ids else {})
    assert read_words("gt", ["convoy", "create", "--", name, *ids]) == ("convoy create", expected)


@given(st.text(), st.text())
def test_a_flag_that_needs_a_value_takes_any_word(name: str, value: str) -> None:
    words = ["convoy", "create", "--args", value, "--", name]
    assert read_words("gt", words) == ("convoy create", {"name": name, "args": value})
