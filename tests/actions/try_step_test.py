"""A step of the shell runtime: its outputs, its check, and what a commit of it may say."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib.actions import shell_session
from gtlib.actions.allow import allow
from gtlib.actions.catch_up import catch_up
from gtlib.actions.next_step import next_step
from gtlib.actions.sling import Wish
from gtlib.actions.sling import sling
from gtlib.model import outputs
from gtlib.model.molecule_args import args_and_vars
from gtlib.runtimes import runs
from gtlib.store.town import Town
from tests.support import towns
from tests.support import working
from tests.support.gitrepo import git
from tests.support.working import TOAST


def serve(town: Town, name: str = "s-1") -> tuple[str, str]:
    """A session in this process to its end: its outcome, and what it said."""
    shell_session.serve(town, TOAST, name)
    own = runs.read_own(town.local, TOAST)
    assert own is not None
    return own.outcome, own.said


BAD_OUTPUTS = [
    ('echo my.key=1 > "$GT_OUTPUT"', "'my.key' is no key for an output"),
    ('echo 1st=1 > "$GT_OUTPUT"', "'1st' is no key for an output"),
    ("""printf '{"k\\\\nStep: two": 1}' > "$GT_OUTPUT\"""", "'k\\nStep: two' is no key for an output"),
    ('echo nothing > "$GT_OUTPUT"', "'nothing' in its GT_OUTPUT has no ="),
    ("""printf '{"k": %05000d}' 1 | sed 's/ 0/ 1/' > "$GT_OUTPUT\"""", "what it wrote to GT_OUTPUT is not JSON: Exceeds"),
    ("""seq -s '' 9 | head -c 1 > x; { printf '{"k":"'; yes x | head -c 62000 | tr '\\n' '\\t'; printf '"}'; } > "$GT_OUTPUT\"""",
     "what it wrote to GT_OUTPUT is not JSON: line 1: Invalid control"),
    ("""{ printf '{"k":['; seq -s, 14000 | tr -d '\\n'; printf ']}'; } > "$GT_OUTPUT\"""", "it wrote 72,"),
    ("""{ printf '{"k":['; seq -s, 12500 | tr -d '\\n'; printf ']}'; } > "$GT_OUTPUT\"""", "the outputs of one are larger than"),
]  # fmt: skip


@pytest.mark.parametrize(("script", "why"), BAD_OUTPUTS, ids=range(len(BAD_OUTPUTS)))
def test_outputs_that_the_town_would_refuse_fail_the_step_before_its_commit(
    script: str, why: str, tmp_path: Path
) -> None:
    town = working.working_town(tmp_path, {"one": f"test -e ../good || {{ {script}; }}", "two": "true"})
    working.sling(town)

    outcome, said = serve(town)

    assert (outcome, said[: len(f"step one: {why}")]) == ("failed", f"step one: {why}")
    assert (working.commits(town), working.mail(town, TOAST)) == ([], [])
    (town.root / TOAST / ".." / "good").touch()
    assert serve(town, "s-2")[0] == "submitted"
    assert working.commits(town) == ["Do one", "Do two"]


def test_a_value_never_becomes_a_line_of_the_commit(tmp_path: Path) -> None:
    script = """printf 'a=x\\rStep: two\\nb=1\\r\\nc=[1,\\t2]\\nd=\\302\\205\\n' > "$GT_OUTPUT\""""
    jsons = r'''printf '%s' '{"e": "1\nStep: two", "f": "\ud800\u2028", "g": {"h": "\n"}}' > "$GT_OUTPUT"'''
    town = working.working_town(tmp_path, {"one": script, "two": jsons})
    working.sling(town)

    assert serve(town)[0] == "submitted"

    said = git(town.root / TOAST, "log", "--reverse", "--format=%(trailers)", "origin/main..").split("\n")
    assert [line for line in said if line] == [
        "Step: one", r'Output: a="x\rStep: two"', "Output: b=1", "Output: c=[1, 2]", r'Output: d="\u0085"',
        "Bead: pr-work1",
        "Step: two", r'Output: e="1\nStep: two"', r'Output: f="\ud800\u2028"', r'Output: g={"h": "\n"}',
        "Bead: pr-work1",
    ]  # fmt: skip
    found = outputs.read(working.molecule(town).outputs)
    assert found["one"] == {"a": "x\rStep: two", "b": 1, "c": [1, 2], "d": "\x85"}
    assert found["two"] == {"e": "1\nStep: two", "f": "\ud800\u2028", "g": {"h": "\n"}}


FAN = """
formula = "fan"
[[steps]]
id = "a"
title = "A"
run = 'test ! -e ../good || echo "xs=[]" > "$GT_OUTPUT"'
on_complete = { for_each = "output.xs", bond = "chore", parallel = true }
"""


@pytest.mark.parametrize("retry", ["", "retry = { max_attempts = 2 }"])
def test_a_step_without_the_list_that_it_fans_out_to_fails(retry: str, tmp_path: Path) -> None:
    town = working.working_town(tmp_path, {"one": "true"})
    towns.put(town, "formulas/fan.formula.toml", FAN + retry)
    allow(town, "formulas/fan.formula.toml")
    working.sling(town, name="fan")

    outcome, said = serve(town)

    assert working.commits(town) == []
    if retry:
        assert (outcome, working.molecule(town).attempts) == ("over", {"a": 2})
        assert working.hook(town).state == "suspended"
        return
    assert (outcome, said) == (
        "failed",
        "step a: it fans out to its output xs, a list of at most 1,000 items",
    )
    (town.root / TOAST / ".." / "good").touch()
    assert serve(town, "s-2")[0] == "submitted"


def test_a_commit_that_was_refused_is_made_anew_and_not_for_ever(tmp_path: Path) -> None:
    """As by a hook of the project that changes what commits say."""
    town = working.working_town(tmp_path, {"one": "echo one >> log.txt", "two": "true"})
    working.sling(town)
    catch_up(town)
    hook = town.root / "proj" / ".repo" / ".git" / "hooks" / "prepare-commit-msg"
    kept = hook.read_bytes() if hook.exists() else None
    hook.write_text('#!/bin/sh\ngit interpret-trailers --in-place --trailer "Output: a.b=1" "$1"\n', "utf-8")
    hook.chmod(0o755)

    outcome, said = serve(town)

    assert (outcome, said) == (
        "failed", "step one is open again after its commit; mail says why when it was refused"
    )  # fmt: skip
    assert working.commits(town) == ["Do one"]
    hook.unlink()
    if kept is not None:
        hook.write_bytes(kept)
        hook.chmod(0o755)
    assert serve(town, "s-2")[0] == "submitted"
    assert working.commits(town) == ["Do one", "Do one", "Do two"]


CHECKED = """
formula = "look"
[vars.args]
default = "three"
[[steps]]
id = "a"
title = "A"
run = 'echo "$args" >> log.txt'
retry = { max_attempts = 1, check = ["grep", "-q", "{{args}}", "log.txt"] }
[[steps]]
id = "b"
title = "B"
needs = ["a"]
run = ["true", "{{args}}"]
"""


def looking(tmp_path: Path) -> Town:
    town = working.working_town(tmp_path, {"one": "true"})
    towns.put(town, "formulas/look.formula.toml", CHECKED)
    allow(town, "formulas/look.formula.toml")
    return town


def test_that_a_check_passed_is_believed_of_a_session_only(tmp_path: Path) -> None:
    town = looking(tmp_path)
    working.sling(town, name="look")
    catch_up(town)
    words = [
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "Mine",
        "--trailer",
        "Step: a",
        "--trailer",
        "Checked: yes",
    ]
    git(town.root / TOAST, *words)
    catch_up(town)
    assert [step.state for step in working.molecule(town).steps] == ["open", "open"]
    [(_, message)] = town.snapshot().mail(TOAST, "new")
    hint = f"gt mol step done {working.molecule(town).id}.a runs it"
    assert message.subject == "Refused: Step: a" and hint in message.body

    assert serve(town)[0] == "submitted"

    assert working.commits(town) == ["Mine", "A", "B"]
    assert (town.root / TOAST / "log.txt").read_text() == "three\n"


def test_words_for_whoever_does_it_are_no_value_of_a_command(tmp_path: Path) -> None:
    town = looking(tmp_path)
    wish = Wish(formula="look", args="be quick; touch x")
    slung = sling(town, "pr-work1", "proj/toast", wish, town.root, "overseer")
    assert slung.molecule is not None
    assert args_and_vars(slung.molecule) == ("be quick; touch x", {"args": "three"})
    todo = next_step(town, town.snapshot(), TOAST, working.hook(town))
    assert todo is not None and todo.command is not None and todo.check is not None
    assert (todo.command.env, todo.check.argv) == ({"args": "three"}, ("grep", "-q", "three", "log.txt"))
    old = replace(slung.molecule, extra={}, vars={"args": "be quick"})
    assert args_and_vars(old) == ("be quick", {})
