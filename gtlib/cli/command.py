"""Declare a command: a plain function whose signature says what may be typed.

    @command("convoy create", alone={"notify": "mayor"}, example="gt convoy create 'Feature X' gt-a --notify")
    def create(name: str, *ids: str, notify: str = "", human: bool = False, json: bool = False) -> None:
        '''Track some beads together.'''

Parameters before the star are words (with a default: optional ones), `*ids` takes the words that are left,
and what follows it (or a bare `*`) are flags: `bool` a switch (one that is on by itself is typed as `--no-X`,
and its help is that of this), `int` a number, `tuple[str, ...]` a flag that may be repeated, `str` a text. A
name's trailing underscore is not typed: `from_` is `--from`.

Flags that several commands share are the fields of a struct: `flags={"wanted": Wanted}` gives the parameter
`wanted` one made of what was typed for them.

The same function is a task of invoke (`gtlib.cli.namespace`) and a command of gt and bd, which start
without invoke (docs/decisions/0002-gt-without-invoke-at-start.md).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from types import FunctionType
from types import ModuleType
from typing import Any
from typing import Literal
from typing import ParamSpec

import msgspec

P = ParamSpec("P")
Role = Literal["word", "optional", "rest", "flag"]
Type = Literal["text", "number", "switch", "list"]
Value = str | int | bool | tuple[str, ...] | None

TYPES: dict[str, Type] = {
    "str": "text",
    "str | None": "text",
    "int": "number",
    "int | None": "number",
    "bool": "switch",
    "tuple[str, ...]": "list",
}
NO_DEFAULT = object()


class Param(msgspec.Struct, frozen=True):
    """One parameter. `alone`: what a flag means that is given without a value; None: it needs one.
    `group`: the parameter of the function that holds it, for a shared flag.
    """

    name: str
    role: Role
    type: Type
    required: bool
    default: Value
    short: str
    alone: str | None
    help: str
    group: str = ""

    @property
    def long(self) -> str:
        """The name as typed behind `--`."""
        return self.name.rstrip("_").replace("_", "-")

    @property
    def typed(self) -> str:
        """The long flag that says something: `no-` stands before a switch that is on by itself."""
        return f"no-{self.long}" if self.type == "switch" and self.default is True else self.long

    @property
    def label(self) -> str:
        """The name as usage lines show it."""
        return self.long.upper()


class Command(msgspec.Struct, frozen=True):
    """A command: its names (the first is the one that invoke knows), parameters, and what `--help` says."""

    names: tuple[tuple[str, ...], ...]
    function: Callable[..., int | None]
    params: tuple[Param, ...]
    spellings: dict[str, str]
    purpose: str
    example: str
    groups: dict[str, type[msgspec.Struct]] = {}

    def __call__(self, values: Mapping[str, Value]) -> int:
        """Run it with these values by parameter, defaults for the others; gives the exit code."""
        full = {param.name: values.get(param.name, param.default) for param in self.params}
        words = [full[param.name] for param in self.params if param.role in ("word", "optional")]
        rest = [item for param in self.params if param.role == "rest" for item in _items(full[param.name])]
        flags: dict[str, object] = {
            param.name: full[param.name] for param in self.params if param.role == "flag" and not param.group
        }
        for name, kind in self.groups.items():
            flags[name] = kind(**{each.name: full[each.name] for each in self.params if each.group == name})
        return self.function(*words, *rest, **flags) or 0


def command(
    *names: str,
    example: str,
    short: Mapping[str, str] | None = None,
    help: Mapping[str, str] | None = None,
    alone: Mapping[str, str] | None = None,
    spellings: Mapping[str, str] | None = None,
    flags: Mapping[str, type[msgspec.Struct]] | None = None,
) -> Callable[[Callable[P, int | None]], Callable[P, int | None]]:
    """Make the function a command known as `names` ("group command", or one word), and leave it callable.

    `short`, `help` and `alone` are by parameter; `spellings` maps further long flags to parameters; `flags`
    names the parameters that are structs of shared flags.
    """

    def declare(function: Callable[P, int | None]) -> Callable[P, int | None]:
        assert isinstance(function, FunctionType)
        groups = dict(flags or {})
        params = _params(function, groups, short or {}, help or {}, alone or {})
        lines = (function.__doc__ or "").strip().splitlines()
        if not lines or not example or "json" not in {param.name for param in params}:
            raise TypeError(f"{names[0]}: a command has a docstring, an example, and a flag json")
        function.command = Command(  # type: ignore[attr-defined]
            names=tuple(tuple(name.split()) for name in names),
            function=function,
            params=params,
            spellings=dict(spellings or {}),
            purpose=lines[0],
            example=example,
            groups=groups,
        )
        return function

    return declare


def flag(name: str, type: Type, help: str, short: str = "") -> Param:
    """A flag that is no command's own: a switch, or a text that is empty when it is not given."""
    default = False if type == "switch" else ""
    return Param(
        name=name, role="flag", type=type, required=False, default=default, short=short, alone=None, help=help
    )


def commands_of(module: ModuleType) -> dict[tuple[str, ...], Command]:
    """The commands that a module declares, by each of their names."""
    found: dict[tuple[str, ...], Command] = {}
    for value in vars(module).values():
        declared = getattr(value, "command", None)
        if isinstance(declared, Command) and declared.function.__module__ == module.__name__:
            found.update(dict.fromkeys(declared.names, declared))
    return found


def _params(
    function: FunctionType,
    groups: Mapping[str, type[msgspec.Struct]],
    short: Mapping[str, str],
    help: Mapping[str, str],
    alone: Mapping[str, str],
) -> tuple[Param, ...]:
    # By hand: importing inspect takes longer than the rest of the command line.
    code = function.__code__
    count, only = code.co_argcount, code.co_kwonlyargcount
    words, flags = code.co_varnames[:count], code.co_varnames[count : count + only]
    rest = code.co_varnames[count + only : count + only + bool(code.co_flags & 0x04)]
    defaults: dict[str, Any] = dict(zip(reversed(words), reversed(function.__defaults__ or ()), strict=False))
    defaults |= function.__kwdefaults__ or {}
    shared = {name: group for group, kind in groups.items() for name in kind.__struct_fields__}
    for name in {*short, *help, *alone} - {*words, *rest, *flags, *shared}:
        raise TypeError(f"{function.__name__}: no parameter {name}")
    types = dict(function.__annotations__)
    for kind in groups.values():
        types |= kind.__annotations__
        defaults |= zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True)

    def param(name: str, role: Role) -> Param:
        default = () if role == "rest" else defaults.get(name, NO_DEFAULT)
        return Param(
            name=name,
            role=role,
            type="list" if role == "rest" else TYPES[types[name]],
            required=default is NO_DEFAULT,
            default=None if default is NO_DEFAULT else default,
            short=short.get(name, ""),
            alone=alone.get(name),
            help=help.get(name, "print one JSON document" if name == "json" else ""),
            group=shared.get(name, ""),
        )

    return (
        *(param(name, "optional" if name in defaults else "word") for name in words),
        *(param(name, "rest") for name in rest),
        *(param(name, "flag") for each in flags for name in _fields(each, groups)),
    )


def _fields(name: str, groups: Mapping[str, type[msgspec.Struct]]) -> tuple[str, ...]:
    return groups[name].__struct_fields__ if name in groups else (name,)


def _items(value: Value) -> tuple[str, ...]:
    assert isinstance(value, tuple)
    return value
