"""The examples of `docs/formulas.md`: each is a file, each is cooked, poured and worked through to its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from typing import NamedTuple

import pytest

from gtlib import clock
from gtlib.actions.check_gates import check_gates
from gtlib.actions.go_on import go_on
from gtlib.model import formula_compose
from gtlib.model import formula_convoy
from gtlib.model import formula_extras
from gtlib.model import formula_keys
from gtlib.model import formula_overlay
from gtlib.model import formula_vars
from gtlib.model.formula import parse
from gtlib.model.formula_overlay import parse_overlay
from gtlib.names import StepId
from gtlib.rules.flow import OVER
from tests.support import ROOT
from tests.support import inside
from tests.support import towns
from tests.support.playing import Play
from tests.support.playing import Stage
from tests.support.playing import Waiting
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run as gh_run

GUIDE = (ROOT / "docs" / "formulas.md").read_text(encoding="utf-8")
FOLDER = ROOT / "docs" / "formulas"
FILES = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml"))}
FORMULAS = {
    name.removesuffix(".formula.toml"): text for name, text in FILES.items() if name.endswith(".formula.toml")
}
OVERLAYS = {
    name.removesuffix(".overlay.toml"): text for name, text in FILES.items() if name.endswith(".overlay.toml")
}
LATER = timedelta(hours=3)


class Example(NamedTuple):
    """How an example ends: `order` are its steps as their commits follow each other, `log` what they leave."""

    order: str
    log: dict[str, str] = {}
    given: dict[str, str] = {}
    skipped: str = ""
    bead: dict[str, Any] = {}
    waiting: Waiting | None = None


def by_hand(play: Play) -> None:
    """The next step is done by whoever has the hook."""
    step = play.flow.ready()[0].id
    play.by_hand(step, *(["verdict=good"] if step == "talk" else []))


def by_a_person(play: Play) -> None:
    """Somebody looks at what failed: first it gets another try, then they say that it is done."""
    [failed] = [id for id in play.flow.ids if play.flow.state(id) == "failed"]
    if play.molecule.attempts[failed] == 2:
        path = f"molecules/{play.molecule.id}.md"
        towns.put(
            play.town, path, towns.show(play.town, path).replace(f"- [!] **{failed}**", f"- [ ] **{failed}**")
        )
        assert play.flow.state(failed) == "open"
    else:
        ran = inside.run(play.town.root, "gt", "mol", "step", "done", f"{play.molecule.id}.{failed}")
        assert ran.code == 0, ran.err
    go_on(play.town, play.address)  # gt session start


def by_others_then_by_hand(play: Play) -> None:
    """The step that is somebody else's is closed by them, then comes one for whoever has the hook."""
    if play.flow.state(StepId("picture")) == "open":
        ran = inside.run(play.town.root, "bd", "close", f"{play.molecule.id}.picture")
        assert ran.code == 0, ran.err
    else:
        by_hand(play)


def by_the_world(play: Play) -> None:
    """Everything that gates wait for comes about, then the deacon looks."""
    gates = play.molecule.gates
    for words in (
        ("bd", "gate", "resolve", gates["captain"]),
        ("bd", "close", "pr-parts"),
        ("gt", "mail", "send", "overseer", "-s", "Weather: clear until Sunday", "-m", "Go."),
    ):
        ran = inside.run(play.town.root, *words)
        assert ran.code == 0, ran.err
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GT_NOW", clock.stamp(clock.now() + LATER))
        check_gates(play.town, "deacon")


EXAMPLES = {
    "page": Example(
        "write contents",
        {"setup.md": "# To be done\n", "CONTENTS": "setup.md\n"},
        {"name": "setup"},
    ),
    "poster": Example(
        "order",
        {"order.txt": "3 A2 true: Come in. \n"},
        {"text": "Come in", "size": "A2", "copies": "3", "color": "true"},
    ),
    "interview": Example("talk write-up", {"interviews/last.txt": "Ada\n"}, {"who": "Ada"}, waiting=by_hand),
    "measure": Example("words tell", {"words.txt": "1\n"}),
    "stubborn": Example("build", {"wall.txt": "stone\nstone\n"}, skipped="decorate", waiting=by_a_person),
    "house": Example("ground north south roof", {"site.txt": "ground\nnorth\nsouth\nroof\n"}),
    "publish": Example(
        "spell mend upload announce tidy",
        {"log.txt": "mended\nuploaded\nannounced\ntidied\n"},
        skipped="praise",
    ),
    "launch": Example(
        "fuel tank captain cool-down parts weather road tests review start",
        {"sky.txt": "up\n"},
        {"blocker": "pr-parts"},
        waiting=by_the_world,
    ),
    "rounds": Example(
        "knock.iter1.door knock.iter2.door stairs.iter1.up stairs.iter2.up stairs.iter3.up "
        "search.iter1.look search.iter2.look open",
        {"log.txt": "knock 1\nknock 2\nstep 1\nstep 2\nstep 3\nopen\n"},
    ),
    "guests": Example(
        "list list.1.write list.2.write stamp post",
        {"log.txt": "1: Dear Ada\n2: Dear Bo Li\nstamps\nposted\n"},
    ),
    "letter": Example("write", {"log.txt": "1: Dear Ada\n"}, {"name": "Ada", "seat": "4"}),
    "magazine": Example("text proof", {"text.txt": "text\n"}, waiting=by_others_then_by_hand),
    "manual": Example("outline setup use bind", {"log.txt": "outline\nsetup\nuse\nbind\n"}),
    "pocket-manual": Example(
        "outline setup use bind fold", {"log.txt": "outline\nsetup\nten lines\nbind\nfold\n"}
    ),
    "draft-and-edit": Example("main.draft main.edit", {"log.txt": "draft main, plain\nedit main\n"}),
    "careful-manual": Example(
        "outline preface.draft preface.edit preface.edit.claims preface.edit.names preface.edit.spell setup.draft "
        "setup.edit setup.edit.spell use.draft use.edit use.edit.spell bind",
        {
            "log.txt": "outline\ndraft preface, warm\nedit preface\nclaims\nnames\nspell preface.edit\n"
            "draft setup, dry\nedit setup\nspell setup.edit\n"
            "draft use, plain\nedit use\nspell use.edit\nbind\n"
        },
    ),
    "legal": Example("claims names", {"log.txt": "claims\nnames\n"}),
    "spelling": Example(""),
    "fair": Example(
        "pack tickets food go.keys umbrella.take go go.lock",
        {"log.txt": "pack\ntickets\nfood\nkeys\numbrella red\ngo\nlock\n"},
        bead={"labels": ("rain",)},
    ),
    "umbrella": Example("take", {"log.txt": "umbrella black\n"}),
    "look-over": Example("right clear synthesis", {"reports/all.md": "clear\nright\n"}, {"files": "README"}),
    "morning": Example("mail stuck", waiting=by_hand),
}
WOVEN = {"spelling"}  # nothing of its own is cooked

# The keys of each kind of table, by the heading of its table in the guide.
KEYS = {
    "The formula": formula_keys.FORMULA_KEYS,
    "A variable": formula_vars._KEYS,
    "A step": formula_keys.STEP_KEYS,
    "A gate": formula_extras._GATE_KEYS,
    "A loop": formula_extras._LOOP_KEYS,
    "For each item: `on_complete`": formula_extras._FAN_KEYS,
    "Retry": formula_extras._RETRY_KEYS,
    "Check": formula_extras._CHECK_KEYS,
    "Compose": formula_compose._COMPOSE,
    "Advice": formula_compose._ADVICE,
    "A pointcut": formula_compose._POINTCUT,
    "An input": formula_convoy._INPUT,
    "A leg": formula_convoy._LEG,
    "Synthesis": formula_convoy._SYNTHESIS,
    "Output": formula_convoy._OUTPUT,
    "An overlay: `[[step-overrides]]`": formula_overlay._KEYS,
}
KEPT = {"The formula": formula_keys.FORMULA_KEPT, "A step": formula_keys.STEP_KEPT}
WITHIN_COMPOSE = {
    "expand": formula_compose._EXPAND,
    "map": formula_compose._MAP,
    "branch": formula_compose._BRANCH,
    "gate": formula_compose._GATE,
    "bond_points": formula_compose._BOND_POINT,
    "hooks": formula_compose._HOOK,
}

_STAGES: dict[Path, Stage] = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guide")


@pytest.fixture
def stage(folder: Path) -> Iterator[Stage]:
    """The town, with all examples in it; made by the first test, in whose world it is."""
    if folder not in _STAGES:
        made = Stage(folder, hooks=False)
        made.put(**FORMULAS)
        made.write({"beads/pr-parts.md": towns.bead("pr-parts", "Parts")})
        _STAGES[folder] = made
    yield _STAGES[folder]


@pytest.mark.parametrize("name", sorted({*FORMULAS, *EXAMPLES} - WOVEN))
def test_an_example_runs_to_its_end(
    stage: Stage, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = EXAMPLES[name]
    gh = StubGh(tmp_path / "bin", monkeypatch)
    gh.says("run list", [gh_run(77)])
    gh.says("run view", gh_run(77))
    gh.says("pr view", {"state": "MERGED", "number": 5})

    play = stage.begin(name, example.given, **example.bead)
    order = play.run(example.waiting)

    assert " ".join(order) == example.order
    assert {path: (play.worktree / path).read_text() for path in example.log} == example.log
    states = play.states()
    assert set(states.values()) <= OVER and play.molecule.status == "closed"
    assert {id for id, state in states.items() if state == "skipped"} == set(example.skipped.split())


def test_the_guide_shows_every_file_as_it_is() -> None:
    shown = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert sorted(shown) == sorted(FILES.values())
    assert {*FORMULAS} == {*EXAMPLES} and len(FORMULAS) + len(OVERLAYS) == len(FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_nothing_is_odd_in_an_example(name: str) -> None:
    if name.endswith(".overlay.toml"):
        overlay = parse_overlay(f"formula-overlays/{name.removesuffix('.overlay.toml')}.toml", FILES[name])
        assert overlay.overrides and overlay.warnings == ()
    else:
        assert parse(f"formulas/{name}", FILES[name]).warnings == ()


def test_an_overlay_runs_to_its_end(stage: Stage) -> None:
    stage.write({"formula-overlays/page.toml": OVERLAYS["page"]})
    stage.allow("ls -t *.md > CONTENTS")
    play = stage.begin("page", {"name": "overlaid"})
    assert play.run() == ["write", "contents"]
    assert [step.title for step in play.molecule.steps] == [
        "Write overlaid.md (two sentences)",
        "List the newest first",
    ]


@pytest.mark.parametrize("heading", sorted(KEYS))
def test_every_key_has_its_line(heading: str) -> None:
    section = GUIDE.split(f"\n### {heading}\n")[1].split("\n#")[0]
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)) == sorted(KEYS[heading])
    kept = section.partition("Kept, without meaning: ")[2]
    assert sorted(re.findall(r"`(\w+)`", kept)) == sorted(KEPT.get(heading, ()))


@pytest.mark.parametrize("key", sorted(WITHIN_COMPOSE))
def test_what_stands_in_compose_has_its_keys(key: str) -> None:
    [row] = re.findall(rf"^\| `{key}` \| list of tables \| (.*) \|$", GUIDE, re.MULTILINE)
    assert WITHIN_COMPOSE[key] <= set(re.findall(r"`(\w+)`", row))


def test_every_kind_of_gate_is_told() -> None:
    section = GUIDE.split("\n## Gates\n")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `([\w:]+)` \| when", section, re.MULTILINE)) == sorted(
        formula_extras.GATES
    )
