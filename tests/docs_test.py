"""The documents are true: their commands run, what they print is what is shown, names in them exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from gtlib.cli import registry
from tests.docs import blocks
from tests.docs.reference import reference
from tests.docs.reference import with_modules
from tests.support import ROOT
from tests.support import gitrepo
from tests.support import gt

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
)
# Groups and commands that are plain words.
PLAIN_WORDS = {
    "assign",
    "escalate",
    "done",
    "down",
    "install",
    "peek",
    "release",
    "schema",
    "status",
    "unhook",
    "uninstall",
    "unsling",
    "up",
    "version",
    "work",
}
PACKAGES = {path.stem for path in (ROOT / "gtlib").iterdir() if path.is_dir() or path.suffix == ".py"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A newcomer's home folder with the project that the README speaks of."""
    makefile = "test:\n\ttest -f README\n"
    gitrepo.make_repo(tmp_path / "src" / "myproject", {"README": "mine\n", "Makefile": makefile})
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "docs/guide.md",
        "docs/sessions.md",
        "docs/checks.md",
        "docs/formulas.md",
        "docs/mail.md",
    ],
)
def test_commands_run_and_print_what_is_shown(name: str, home: Path) -> None:
    found = list(blocks.blocks(read(name)))
    try:
        printed = blocks.run(found, home)
    finally:
        gt("down", cwd=home / "gt")
    for block, text in zip(found, printed, strict=True):
        if block.printed is not None:
            assert (block.line, blocks.plain(text, home)) == (block.line, blocks.plain(block.printed, home))


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    assert read("docs/reference.md") == reference(), "run: inv docs"
    assert read("docs/architecture.md") == with_modules(read("docs/architecture.md")), "run: inv docs"


def test_every_module_is_named_once() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|", read("docs/architecture.md"), re.MULTILINE)
    modules = {path for path in (ROOT / "gtlib").rglob("*.py") if not path.stem.startswith("__")}
    assert sorted(rows) == sorted(
        ".".join(path.relative_to(ROOT / "gtlib").with_suffix("").parts) for path in modules
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_named_exists(name: str) -> None:
    text = read(name)
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []
    paths = re.findall(r"`((?:gtlib|tests|hooks|templates|docs|formulas)/[\w./-]+\.\w+|hooks/[\w-]+)`", text)
    ours = [path for path in paths if not path.startswith("formulas/")]
    assert [path for path in ours if not (ROOT / path).exists()] == []
    dotted = [
        word for word in re.findall(r"`([a-z_]+(?:\.[A-Za-z_]+)+)`", text) if word.split(".")[0] in PACKAGES
    ]
    assert [word for word in dotted if not is_there(word)] == []
    assert re.findall(r"/(?:work|root|tmp|Users)/\S*", text) == []


def is_there(dotted: str) -> bool:
    """Whether `module.function` or `module.Class.method` of gtlib is there."""
    parts = dotted.split(".")
    for size in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module("gtlib." + ".".join(parts[:size]))
        except ModuleNotFoundError:
            continue
        for part in parts[size:]:
            found = getattr(found, part, None)
        return found is not None
    return False


def test_glossary_has_each_term_once_in_order_and_every_group() -> None:
    terms = re.findall(r"^\*\*([^*]+)\*\*", read("docs/glossary.md"), re.MULTILINE)
    assert terms == sorted(set(terms))
    groups = {
        key.split()[0].removesuffix("s") if key.split()[0] in ("agents", "hooks") else key.split()[0]
        for key in registry.ENTRIES
    }
    assert groups - set(terms) == PLAIN_WORDS


def test_the_checks_can_fail(tmp_path: Path) -> None:
    text = "<!-- not run -->\n```sh\nexit 1\n```\n<!-- run: x=1 -->\n\n```sh\necho $x\n```\n```text\n1\n```\n```sh\nfalse\n```\n"
    found = list(blocks.blocks(text))
    assert found == [
        blocks.Block(5, "x=1\n"),
        blocks.Block(7, "echo $x\n", "1\n"),
        blocks.Block(13, "false\n"),
    ]
    assert blocks.run(found[:2], tmp_path) == ["", "1\n"]
    with pytest.raises(AssertionError, match="line 13 ended with 1"):
        blocks.run(found, tmp_path)
    assert (
        blocks.plain(f"{tmp_path}/x he-mol-4dpu0xna  at 5461a8e ", tmp_path)
        == "/home/ada/x he-mol-ID at HASH"
    )
    assert is_there("rules.sling.plan_sling")
    assert not is_there("rules.sling.gone")
