"""The built-in formulas, and the release run for real in a small project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from gtlib import layout
from gtlib.actions import trust
from gtlib.cli import registry
from gtlib.cli.registry import BD
from gtlib.cli.registry import GT
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model.cook import command
from gtlib.model.cook import compile_
from gtlib.model.cook import cook
from gtlib.model.cook import program
from gtlib.model.cook_values import resolve
from gtlib.model.formula import Formula
from gtlib.model.formula import parse
from gtlib.model.molecule import Molecule
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.pour import Order
from gtlib.rules.pour import pour

MAKEFILE = "test:\n\t@echo tested\nbuild:\n\t@echo built > out\n"
# What each cannot do without; `{{x}}` and `$(x)` in a value are text like any other.
HARMLESS = 'A door: `x` $(y) "z"'
NEEDED: dict[str, dict[str, str]] = {
    "bug-triage": {"bug": HARMLESS},
    "code-review": {"branch": "topic"},
    "conflict-resolve": {},
    "deliver-bead": {"bead": "gt-abc12"},
    "design": {"problem": HARMLESS},
    "file-bead": {"title": HARMLESS},
    "hanoi": {"disks": "2"},
    "idea-to-delivery": {"idea": HARMLESS},
    "idea-to-plan": {"idea": HARMLESS},
    "patrol": {"role": "witness"},
    "polecat-work": {},
    "release": {"version": "1.4.0"},
    "rule-of-five": {},
    "security-audit": {},
    "shiny": {"feature": HARMLESS},
    "tdd-cycle": {},
}


def built_in(name: str) -> Formula:
    path = layout.resource("formulas") / f"{name}.formula.toml"
    return parse(path.name, path.read_text(encoding="utf-8"), "built-in")


def git(cwd: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def project(path: Path, **files: str) -> Path:
    path.mkdir()
    git(path, "init", "-q")
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    git(path, "add", "-A")
    git(path, "commit", "-q", "--allow-empty", "-m", "Begin")
    return path


def run(path: Path, step: str, **values: str) -> tuple[int, str]:
    cooked = cook(built_in("release"), {"version": "1.4.0", **values}, load=built_in)
    built = command(next(each for each in cooked.steps if each.id == step), cooked.values)
    assert built is not None
    done = subprocess.run(
        built.argv,
        cwd=path,
        env={**os.environ, **built.env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def unnumbered(item: object) -> Molecule:
    """The molecule of a file, without the lines in it at which its steps stand."""
    assert isinstance(item, Molecule)
    return replace(item, steps=tuple(replace(step, line=0) for step in item.steps))


def test_these_are_all() -> None:
    found = sorted(path.name for path in layout.resource("formulas").iterdir() if path.suffix == ".toml")
    assert found == [f"{name}.formula.toml" for name in sorted(NEEDED)]


@pytest.mark.parametrize("beads", [False, True])
@pytest.mark.parametrize("name", sorted(NEEDED))
def test_each_is_read_cooked_and_poured_without_a_warning(name: str, beads: bool) -> None:
    formula = built_in(name)
    assert (formula.name, formula.warnings) == (name, ())
    cooked = cook(formula, NEEDED[name], load=built_in)
    assert cooked.warnings == compile_(formula, load=built_in).warnings == ()
    order = Order(prefix="gt", created="2026-11-20T08:00:00Z", created_by="overseer", beads=beads)
    poured = pour(Snapshot.of({}), cooked, order)
    texts = [(step.title, step.text) for step in poured.molecule.steps]
    texts += [(bead.title, bead.description) for bead in poured.beads]
    shown = [cooked.title, cooked.description, *(text for both in texts for text in both)]
    assert [text for text in shown if re.search(r"\{\{|\{[a-z][a-z.]*\}", text)] == []
    assert len(texts) == len(cooked.steps)
    for item in poured.items:
        path = kinds.path_of(item)
        found = kinds.parse(path, kinds.render(item))
        assert (unnumbered(found) if isinstance(item, Molecule) else found) == item


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_each_step_says_what_to_do_and_is_named_rightly(name: str) -> None:
    cooked = cook(built_in(name), NEEDED[name], load=built_in)
    for step in cooked.steps:
        if step.control:
            continue
        assert step.text, step.id
        named = re.findall(r'--trailer "Step: ([^"<]+)"|gt mol step done (\S+)', step.text)
        assert {one or other for one, other in named} <= {step.id, "<id>"}


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_each_command_that_is_named_is_there(name: str) -> None:
    cooked = cook(built_in(name), NEEDED[name], load=built_in)
    said = "\n".join([cooked.description, *(f"{step.text}\n{step.run}" for step in cooked.steps)])
    for which, words in re.findall(r"(?:`|^ {4}|\$\()(gt|bd) ([a-z]+(?: [a-z]+)*)", said, re.MULTILINE):
        found = registry.find({"gt": GT, "bd": BD}[which], words.split())
        assert found.command is not None, f"{which} {words}"


def test_ten_disks_are_1025_steps() -> None:
    cooked = cook(built_in("hanoi"), {"disks": "10"}, load=built_in)
    assert len([step for step in cooked.steps if not step.control]) == 1025
    for disks in ("0", "14", "-1", "x", "2; ls"):
        with pytest.raises(UserError, match="^disks="):
            cook(built_in("hanoi"), {"disks": disks}, load=built_in)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"branch": "topic"}, "git diff origin/main...origin/topic"),
        ({"files": "a.py, b.py"}, "- `a.py`\n- `b.py`\n"),
        ({"pr": "7"}, "gh pr diff 7"),
    ],
)
def test_what_a_review_reads(given: dict[str, str], said: str) -> None:
    cooked = cook(built_in("code-review"), given, load=built_in)
    assert [said in step.text for step in cooked.steps] == [True] * 7 + [False]
    assert [step.metadata for step in cooked.steps][:7] == [{"review_only": "true"}] * 7


def test_a_review_wants_something_to_read() -> None:
    with pytest.raises(UserError) as caught:
        cook(built_in("code-review"), {}, load=built_in)
    assert caught.value.what == "formula code-review needs a value for one of branch, files, pr"


def test_the_steps_of_a_release() -> None:
    steps = built_in("release").steps
    assert [(step.id, *step.needs) for step in steps] == [
        ("bump-version",),
        ("run-tests", "bump-version"),
        ("build", "run-tests"),
        ("create-tag", "build"),
        ("publish", "create-tag"),
    ]
    assert all(isinstance(step.run, str) for step in steps)


def test_the_steps_of_a_polecat_are_done_by_whoever_works() -> None:
    formula = built_in("polecat-work")
    ids = ["load-context", "implement", "self-review", "test", "submit"]
    assert [(step.id, *step.needs) for step in formula.steps] == [
        (step, *ids[max(0, place - 1) : place]) for place, step in enumerate(ids)
    ]
    assert [step.run for step in formula.steps] == [None] * 5
    for step in formula.steps:
        assert re.findall(r'--trailer "Step: ([a-z-]+)"', step.description) == [step.id]


def test_a_polecat_sees_its_bead_in_the_steps() -> None:
    values = {"issue": "gt-abc12", "title": "Refresh the token"}
    cooked = cook(built_in("polecat-work"), values, load=built_in)
    order = Order(prefix="gt", created="2026-11-20T08:00:00Z", created_by="mayor", bead=ItemId("gt-abc12"))
    poured = pour(Snapshot.of({}), cooked, order).molecule
    assert poured.title == "Refresh the token"
    assert poured.steps[1].title == "Do it: Refresh the token"
    assert "bd show gt-abc12" in poured.steps[0].text
    assert '--trailer "Done: gt-abc12"' in poured.steps[4].text


@pytest.mark.parametrize("version", ["", "1", "v1.4.0", "1.4.0\n", "1.4; rm -rf .", "1.4 beta"])
def test_a_release_wants_a_version(version: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(built_in("release"), {"version": version})
    assert str(caught.value) == (
        rf"version={version!r} does not match ^[0-9]+(\.[0-9]+)+([-+][0-9A-Za-z.+-]+)?$; "
        "give another --var version=... (the new version, such as 1.4.0)"
    )
    with pytest.raises(UserError) as caught:
        resolve(built_in("release"), {})
    assert str(caught.value) == "formula release needs a value for version; add --var version=..."


@pytest.mark.parametrize(
    ("name", "value"), [("publish_script", "../x"), ("publish_script", "/bin/x"), ("test_target", "-f x")]
)
def test_values_of_a_release_name_things_of_the_project_only(name: str, value: str) -> None:
    with pytest.raises(UserError, match=f"^{name}='"):
        resolve(built_in("release"), {"version": "1.0", name: value})


# What a pull or an edit by hand may bring, which no formula has looked at.
FOUL = (
    "--eval=$(shell touch pwned)",
    "X:=$(shell touch pwned)",
    "SHELL=./evil",
    "a[$(touch pwned)]",
    "../evil",
    "./evil",
    "sub/../../evil",
    "/evil",
    "-x",
    "--help",
    "1; touch pwned",
    "1\ntouch pwned",
)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_values_that_nobody_checked_run_nothing(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None or shutil.which("make") is None:
        pytest.skip("it is not here")
    path = project(tmp_path / "p", Makefile="test:\n\t@echo honest\n", evil="#!/bin/sh\ntouch pwned\n")
    (path / "evil").chmod(0o755)
    shutil.copy(path / "evil", tmp_path / "evil")
    (path / "sub").mkdir()
    makes = {"GNUMAKEFLAGS": FOUL[0], "MAKEFLAGS": FOUL[0], "MAKEFILES": "evil"}
    built = program(run_of("release", "run-tests"), {"test_target": "test", **makes}, makes)
    assert built is not None and built.env == {"test_target": "test"}
    assert started(path, "sh", built.argv[2], built.env) == (0, "honest\n")
    before = sorted(path.iterdir())
    for name, id, script in scripts():
        for foul in FOUL:
            names = ("version", "test_target", "build_target", "publish_script", "disks", "i")
            built = program(script, dict.fromkeys(names, foul), {})
            assert built is not None
            code, said = started(path, shell, script, built.env)
            assert (code, sorted(path.iterdir())) == (1, before), (name, id, foul, said)
    built = program(run_of("release", "publish"), {"version": "1.0", "publish_script": "../evil"}, {})
    assert built is not None
    assert started(path, shell, built.argv[2], built.env) == (
        1,
        "publish_script is no path in this project\n",
    )


def scripts() -> list[tuple[str, str, str]]:
    """The scripts of the formulas that start programs of the project, or count."""
    found = [(name, *each) for name in ("release", "hanoi") for each in trust.commands(built_in(name))]
    return [(name, step.id, script) for name, step, _, script in found if isinstance(script, str)]


def run_of(name: str, step: str) -> str:
    return next(script for formula, id, script in scripts() if (formula, id) == (name, step))


def started(path: Path, shell: str, script: str, env: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [shell, *(["--posix"] if shell == "bash" else []), "-c", script],
        cwd=path,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_a_release_of_a_project_with_a_makefile(tmp_path: Path) -> None:
    path = project(tmp_path / "p", Makefile=MAKEFILE)
    script = path / "publish.sh"
    script.write_text('#!/bin/sh\necho "published $1"\n', encoding="utf-8")
    assert run(path, "bump-version") == (0, "VERSION is now 1.4.0\n")
    assert run(path, "bump-version") == (0, "VERSION is 1.4.0 already\n")
    assert (path / "VERSION").read_text(encoding="utf-8") == "1.4.0\n"
    assert run(path, "run-tests") == (0, "tested\n")
    assert run(path, "build") == (0, "")
    assert (path / "out").read_text(encoding="utf-8") == "built\n"
    assert run(path, "create-tag") == (0, "made the tag v1.4.0\n")
    git(path, "commit", "-q", "--allow-empty", "-m", "More")
    assert run(path, "create-tag") == (0, "the tag v1.4.0 is there already\n")
    assert git(path, "cat-file", "-t", "v1.4.0") == "tag"
    assert run(path, "publish") == (0, "no publish_script given: nothing published\n")
    assert run(path, "publish", publish_script="publish.sh") == (
        1,
        "publish.sh is no program in this project; make it one with: chmod +x publish.sh\n",
    )
    script.chmod(0o755)
    assert run(path, "publish", publish_script="publish.sh") == (0, "published 1.4.0\n")


def test_a_release_of_a_project_without_a_makefile(tmp_path: Path) -> None:
    path = project(tmp_path / "p")
    assert run(path, "run-tests") == (0, "no Makefile: nothing run\n")
    assert run(path, "run-tests", test_target="") == (0, "no test_target given: nothing run\n")
    assert run(path, "build") == (0, "no Makefile: nothing built\n")
    assert run(path, "build", build_target="") == (0, "no build_target given: nothing built\n")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_a_makefile_without_the_target_passes_and_a_failing_one_fails(tmp_path: Path) -> None:
    path = project(tmp_path / "p", Makefile="all: missing\n\t@true\nbad:\n\t@echo oh; exit 3\n")
    assert run(path, "run-tests") == (0, "the Makefile has no target test: nothing run\n")
    assert run(path, "build") == (0, "the Makefile has no target build: nothing built\n")
    code, said = run(path, "run-tests", test_target="all")
    assert (code, "No rule to make target 'missing', needed by 'all'" in said) == (2, True)
    code, said = run(path, "run-tests", test_target="bad")
    assert (code, said.startswith("oh\n")) == (2, True)


def test_a_tag_on_another_line_of_commits_is_not_taken_for_this_release(tmp_path: Path) -> None:
    path = project(tmp_path / "p")
    start = git(path, "rev-parse", "HEAD")
    git(path, "commit", "-q", "--allow-empty", "-m", "Elsewhere")
    git(path, "tag", "-a", "v1.4.0", "-m", "Old")
    git(path, "checkout", "-q", start)
    git(path, "commit", "-q", "--allow-empty", "-m", "Here")
    assert run(path, "create-tag") == (
        1,
        "the tag v1.4.0 stands on another line of commits; delete it with: git tag -d v1.4.0\n",
    )
