"""Flags that several commands share: the fields of a struct."""

from __future__ import annotations

import pytest
from msgspec import Struct

from gtlib import output
from gtlib.cli.argv import parse
from gtlib.cli.command import Command
from gtlib.cli.command import command
from gtlib.cli.namespace import namespace
from gtlib.cli.registry import Entry
from gtlib.cli.registry import Program


class Chosen(Struct, frozen=True, kw_only=True):
    """What is chosen."""

    size: int = 3
    color: tuple[str, ...] = ()
    from_: str | None = None
    plain: bool = False


@command(
    "shop list",
    flags={"chosen": Chosen},
    short={"color": "c"},
    help={"size": "how large", "color": "which", "from_": "whence", "plain": "no more", "late": "when"},
    example="gt shop list -c red",
)
def shop(name: str = "", *, chosen: Chosen, late: bool = False, json: bool = False) -> None:
    """List the goods."""
    output.line(f"{name} {chosen.size} {chosen.color} {chosen.from_} {chosen.plain} {late}")


def declared() -> Command:
    found = shop.command  # type: ignore[attr-defined]
    assert isinstance(found, Command)
    return found


def test_they_are_flags_like_others() -> None:
    params = {param.long: (param.role, param.type, param.short, param.help) for param in declared().params}
    assert params == {
        "name": ("optional", "text", "", ""),
        "size": ("flag", "number", "", "how large"),
        "color": ("flag", "list", "c", "which"),
        "from": ("flag", "text", "", "whence"),
        "plain": ("flag", "switch", "", "no more"),
        "late": ("flag", "switch", "", "when"),
        "json": ("flag", "switch", "", "print one JSON document"),
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], " 3 () None False False"),
        (["x", "-c", "red", "--size=5", "--color", "blue", "--late"], "x 5 ('red', 'blue') None False True"),
        (["--from", "-", "--plain"], " 3 () - True False"),
    ],
)
def test_they_reach_the_function_as_one_value(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    values = parse(declared(), "gt shop list", words)
    assert values is not None and declared()(values) == 0
    assert capsys.readouterr().out == f"{said}\n"


def test_they_are_flags_of_invoke_too() -> None:
    program = Program("gt", "a program to test", {"shop": Entry(__name__, "Test", "goods")})
    task = namespace(program=program).collections["shop"].tasks["list"]
    assert {argument.name for argument in task.get_arguments()} >= {"size", "color", "from_", "plain", "late"}


def test_help_for_what_is_no_flag_is_refused() -> None:
    with pytest.raises(TypeError, match="no parameter hue"):
        command("shop show", flags={"chosen": Chosen}, help={"hue": "x"}, example="gt shop show")(shop)
