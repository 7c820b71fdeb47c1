from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model import trailers


def git_says(message: str) -> str:
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(
        ["git", "interpret-trailers", "--parse", "--no-divider"],
        input=message.encode(),
        env=env,
        cwd="/",
        check=True,
        capture_output=True,
        timeout=30,
    ).stdout.decode()


MESSAGES = [
    "",
    "subject",
    "Bead: gt-1",
    "subject\n\nBead: gt-abc12\nStep: run-tests\n",
    "subject\n\nbody\n\nBead : gt-abc12\nStep:run-tests\nNote:\n",
    "subject\n\nbody\nBead: gt-abc12\n",
    "subject\n\nbody\n\nEscalate: high it is\n  folded over\n\tlines\nDone: gt-1\n\n\n",
    "subject\n\nno trailer\nSigned-off-by: a <a@b>\nBead: x\n",
    "subject\n\none\ntwo\nthree\nfour\nSigned-off-by: a <a@b>\n",
    "subject\n\n(cherry picked from commit 1234)\nBead: x\n",
    "subject\n\nBead: x\n# a comment\nStep: y\n# last\n",
    "subject\n\nBead: x\n---\n diff\n",
    "subject\r\n\r\nBead: x\r\nStep: y\r\n",
    "subject\n\n  Bead: x\n",
    "subject\n\nBead: x\n# note\n folded\nSigned-off-by: me",
    "subject\n\nBead: x\n\nDone: y",
]


def shown(message: str) -> str:
    return "".join(f"{key}: {value}\n" for key, value in trailers.parse(message))


@pytest.mark.parametrize("message", MESSAGES)
def test_parse_as_git_does(message: str) -> None:
    assert shown(message) == git_says(message)


line = st.sampled_from(
    [
        "Bead: x",
        "Done:y",
        "Key : v",
        " folded",
        "\tfolded",
        "text",
        "",
        " ",
        "# note",
        "a: b: c",
        "Signed-off-by: me",
    ]
    + ["(cherry picked from commit 1)", "é: x", "-: x", ": x", "two words: x", "Key:"]
)


@given(st.lists(line, max_size=9).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_parse_as_git_does_whatever_the_message(message: str) -> None:
    assert shown(f"subject\n\n{message}\n") == git_says(f"subject\n\n{message}\n")


pairs = st.lists(
    st.tuples(
        st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True),
        st.text("abc: #é", max_size=9).map(str.strip),
    ),
    max_size=3,
).map(lambda found: [(key, " ".join(value.split())) for key, value in found])


@given(st.lists(line, max_size=6).map("\n".join), pairs)
def test_what_is_appended_is_found_at_the_end(message: str, added: list[tuple[str, str]]) -> None:
    made = trailers.append(f"subject\n\n{message}", added)
    assert trailers.parse(made)[len(trailers.parse(made)) - len(added) :] == added


def test_append() -> None:
    assert trailers.append("subject", [("Bead", "gt-1")]) == "subject\n\nBead: gt-1\n"
    assert (
        trailers.append("subject\n\nBead: gt-1\n", [("Step", "a\nb ")])
        == "subject\n\nBead: gt-1\nStep: a b\n"
    )
    assert trailers.append("subject\n\ntext\n\n", [("A", ""), ("B", "c")]) == "subject\n\ntext\n\nA:\nB: c\n"
    assert trailers.append("subject\n\n", []) == "subject\n"
    with pytest.raises(UserError, match="'a b' cannot be a trailer; write letters, digits and -"):
        trailers.append("subject", [("a b", "c")])
