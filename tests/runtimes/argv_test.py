"""Command lines: as the programs want them, and text in them stays text."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes import argv
from gtlib.runtimes.base import Spec
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset

HOOKS = ("--settings", "/t/hooks.json")


def spec(program: Preset | None, **more: object) -> Spec:
    whole = Spec(
        town=Path("/t"), address=Address("mayor"), bead=ItemId(""), session="s-1", worktree=Path("/t"),
        log=Path("/t/.git/gt/logs/mayor.log"), program=program, prompt="go on",
    )  # fmt: skip
    return replace(whole, **more)


CLAUDE = preset("claude")
CODEX = preset("codex")
TRUST = '-c projects={"/t"={trust_level="trusted"}}'
LINES = [
    (spec(CLAUDE, native="id-1"), HOOKS, "claude --session-id id-1 --dangerously-skip-permissions --settings /t/hooks.json|go on"),
    (spec(CLAUDE), (), "claude --dangerously-skip-permissions|go on"),
    (spec(CLAUDE, native="id-1", resume=True, prompt=""), (), "claude --resume id-1 --dangerously-skip-permissions"),
    (spec(CLAUDE, permissions="sandbox"), (), "claude|go on"),
    (spec(CODEX), (), f"codex --no-daemon {TRUST} --dangerously-bypass-hook-trust -c allow_login_shell=false --dangerously-bypass-approvals-and-sandbox|go on"),
    (spec(CODEX, permissions="sandbox", native="id-1"), (), f"codex --no-daemon {TRUST} --dangerously-bypass-hook-trust -c allow_login_shell=false --sandbox workspace-write --ask-for-approval never|go on"),
    (spec(CODEX, native="id-1", resume=True), ("-c", "x"), f"codex resume id-1 --no-daemon {TRUST} --dangerously-bypass-hook-trust -c allow_login_shell=false --dangerously-bypass-approvals-and-sandbox -c x|go on"),
    (spec(replace(CLAUDE, wrapper=("nice", "-n5")), prompt=""), (), "nice -n5 claude --dangerously-skip-permissions"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "hooks", "line"), LINES)
def test_interactive(given: Spec, hooks: tuple[str, ...], line: str) -> None:
    words, _, prompt = line.partition("|")
    if "sandbox" in given.permissions:  # what a sandbox is told is the preset's
        assert given.program is not None
        permitted = given.program.sandbox
        assert not set(given.program.autonomous) & set(argv.interactive(given, hooks))
        assert " ".join(permitted) in " ".join(argv.interactive(given, hooks))
        return
    assert argv.interactive(given, hooks) == words.split() + ([prompt] if prompt else [])


def test_headless_and_asking_an_ended_session() -> None:
    tail = ["--output-format", "stream-json", "--verbose"]
    flags = ["--dangerously-skip-permissions"]
    claude = spec(CLAUDE)
    assert argv.headless(claude, (), "do it", "id-1") == [
        "claude", "-p", "--session-id", "id-1", *flags, *tail, "do it",
    ]  # fmt: skip
    assert argv.headless(claude, (), "do it", "id-1", True) == [
        "claude",
        "-p",
        "--resume",
        "id-1",
        *flags,
        *tail,
        "do it",
    ]
    assert argv.fork(CLAUDE, "id-1", "why?") == [
        "claude", "-p", "--resume", "id-1", "--fork-session", "--output-format", "json", "why?",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("look", "look"),
        ("!rm -rf /", "[gt] !rm -rf /"),
        ("/exit", "[gt] /exit"),
        ("--resume x", "[gt] --resume x"),
        ("\x1b[31m/exit\x1b[0m", "[gt] /exit"),
        ("\u200b/exit", "[gt] /exit"),
        ("  \t!x\x00\ty ", "[gt] !x y"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\x1b[201~\r!x", "[gt] !x"),
    ],
)
def test_words_are_only_words(text: str, said: str) -> None:
    assert argv.spoken(CLAUDE, text) == said
    assert argv.interactive(spec(CLAUDE, prompt=text))[-1] == said


@pytest.mark.parametrize("id", ["", "-p", "--fork-session", "a b", "../x", "a\n", "x" * 129])
def test_what_is_no_id_goes_on_with_nothing(id: str) -> None:
    for made in (
        lambda: argv.interactive(spec(CLAUDE, native=id, resume=True)),
        lambda: argv.headless(spec(CLAUDE), (), "x", id, True),
        lambda: argv.fork(CLAUDE, id, "x"),
    ):
        with pytest.raises(UserError, match="is no id of a session of claude; start a new session of it"):
            made()


def test_what_a_program_can_not_do() -> None:
    bare = Preset(name="bare", command="bare")
    with pytest.raises(UserError, match="bare can't go on with a session; start"):
        argv.interactive(spec(bare, native="x", resume=True))
    with pytest.raises(UserError, match="bare can't run without a terminal"):
        argv.headless(spec(bare))
    with pytest.raises(UserError, match="bare can't be asked about an ended session"):
        argv.fork(bare, "x", "y")
    with pytest.raises(UserError, match="no program is named for mayor; name one with --agent"):
        argv.interactive(spec(None))
