"""The shape of the code: small modules and functions, few front doors, no shell, packaged whole."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from tests.support import ROOT

MODULE_LINES = 300
FUNCTION_LINES = 60

# What is longer, and why: "gtlib/x.py" or "gtlib/x.py:function".
LONGER: dict[str, str] = {
    "gtlib/cli/registry.py": "one table of all the commands",
    "gtlib/frontmatter.py": "one reader of one format, with all that it refuses",
    "gtlib/model/schemas.py": "one table of all the kinds of file",
    "gtlib/model/snapshot.py": "all that a town holds, behind one view",
    "gtlib/store/repo.py": "the one door to libgit2",
}

# Where anything may be caught, so that a bug is reported and not shown as a traceback.
FRONT_DOORS: dict[str, int] = {
    "gtlib/cli/program.py": 1,
    "gtlib/deacon/loop.py": 1,
    "gtlib/githook.py": 1,
    "gtlib/mergedriver.py": 1,
    "gtlib/runtimehook.py": 1,
}

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "gtlib").rglob("*.py"))


@lru_cache(maxsize=1)
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def too_long(name: str, text: str) -> list[str]:
    sizes = {name: (len(text.splitlines()), MODULE_LINES)}
    for function in functions(parsed(text)):
        size = (function.end_lineno or function.lineno) - function.lineno + 1
        sizes[f"{name}:{function.name}"] = (size, FUNCTION_LINES)
    return [
        f"{what}: {size} lines" for what, (size, most) in sizes.items() if size > most and what not in LONGER
    ]


def broad_excepts(text: str) -> int:
    """How many handlers catch anything and keep it; to tidy up and raise again is no matter."""

    def is_broad(node: ast.expr | None) -> bool:
        if isinstance(node, ast.Tuple):
            return any(is_broad(element) for element in node.elts)
        return node is None or (isinstance(node, ast.Name) and node.id in ("Exception", "BaseException"))

    def raises_again(node: ast.ExceptHandler) -> bool:
        return isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None

    handlers = (node for node in ast.walk(parsed(text)) if isinstance(node, ast.ExceptHandler))
    return sum(is_broad(node.type) and not raises_again(node) for node in handlers)


def shells(text: str) -> list[int]:
    return [
        node.value.lineno
        for node in ast.walk(parsed(text))
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]


@pytest.mark.parametrize("name", MODULES)
def test_module(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert too_long(name, text) == []
    assert shells(text) == []
    assert broad_excepts(text) == FRONT_DOORS.get(name, 0)


def test_exceptions_are_still_needed() -> None:
    for what in LONGER:
        name, _, function = what.partition(":")
        assert (ROOT / name).is_file(), what
        names = {node.name for node in functions(ast.parse((ROOT / name).read_text(encoding="utf-8")))}
        assert not function or function in names, what
    assert set(FRONT_DOORS) <= set(MODULES)


def test_every_package_is_in_the_wheel() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(config["options"]["packages"].split())
    made = {Path(name).parent.as_posix().replace("/", ".") for name in MODULES}
    assert listed == made | {"gtlib.share.formulas", "gtlib.share.hooks", "gtlib.share.templates"}


def test_the_checks_can_fail() -> None:
    long = "def f():\n" + "    pass\n" * 60
    assert too_long("x.py", long) == ["x.py:f: 61 lines"]
    assert too_long("x.py", "\n" * 301) == ["x.py: 301 lines"]
    assert shells("run('x', shell=True)") == [1]
    caught = "try:\n    pass\nexcept {}:\n    {}\n"
    broad = ("Exception", "(OSError, BaseException)", "", "OSError")
    assert [broad_excepts(caught.format(what, "pass")) for what in broad] == [1, 1, 1, 0]
    assert [broad_excepts(caught.format(what, "raise")) for what in broad] == [0, 0, 0, 0]
