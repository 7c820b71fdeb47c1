"""Every start of a program that settings name asks first whether that may run on this machine."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

GTLIB = Path(__file__).parent.parent / "gtlib"

# Who turns a name into a program. `allowed_program` asks; add who only looks at one, with what for.
RESOLVE = {
    "actions/which_runtime.py allowed_program": "it asks not_allowed",
    "actions/session_spec.py how": "session._spawn asks not_allowed; others only show what would be",
    "actions/config_show.py _cannot": "looks whether it is there",
    "actions/config_agents.py _known": "shows it",
    "actions/config_agent.py _notes": "looks whether it is there",
    "actions/hooks_list.py program_at_work": "looks for its hooks",
    "runtimes/programs.py program_of": "is what the others call",
    "runtimes/advice.py _agents": "looks at its flags",
}
ASK = {"actions/which_runtime.py allowed_program", "actions/session.py _spawn"}
# Who starts one: by what it got from `allowed_program`, or for `session._spawn`, which has asked.
START = {
    "actions.which_runtime.allowed_program": {
        "actions/seance.py _program",
        "actions/sandbox.py refuse_sandbox",
    },
    "actions.session_spec.session_spec": {"actions/session.py _start"},
    "actions.session._start": {"actions/session.py _spawn"},
    "runtimes.turn.run_turn": {"actions/seance.py _fork", "actions/turns.py Turns"},
    "actions.sandbox.probe": {"actions/sandbox.py refuse_sandbox"},
}


def callers(*names: str) -> set[str]:
    """Who uses one of them: the module's path, and the function or class at its top."""
    return {who for who, uses in every_use().items() if uses.intersection(names)}


@cache
def every_use() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted(GTLIB.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.asname or alias.name: f"{node.module}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        module = ".".join(path.relative_to(GTLIB.parent).with_suffix("").parts)
        for node in tree.body:
            name = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else "(module)"
            uses = found.setdefault(f"{path.relative_to(GTLIB).as_posix()} {name}", set())
            uses |= {_full(each, imported, module) for each in ast.walk(node)}
    return found


def _full(node: ast.AST, imported: dict[str, str], module: str) -> str:
    if isinstance(node, ast.Name):
        return imported.get(node.id, f"{module}.{node.id}")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{imported.get(node.value.id, node.value.id)}.{node.attr}"
    return ""


def test_programs_are_resolved_where_it_is_known() -> None:
    names = ("gtlib.runtimes.programs.program_of", "gtlib.runtimes.programs.resolve")
    assert callers(*names) == set(RESOLVE)


def test_who_starts_one_asks() -> None:
    assert callers("gtlib.actions.which_runtime.not_allowed") >= ASK
    assert {name: callers(f"gtlib.{name}") for name in START} == START
