"""The commands as tasks of invoke, for the tasks.py of this repository and of a town.

`inv group.command` takes required words and flags; optional words and trailing ones are flags there.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter
from inspect import Signature

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task

from gtlib.cli.command import Command
from gtlib.cli.command import Param
from gtlib.cli.command import Value
from gtlib.cli.program import run
from gtlib.cli.registry import GT
from gtlib.cli.registry import Program
from gtlib.cli.registry import every


def namespace(root: Collection | None = None, program: Program = GT) -> Collection:
    """`root`, or a new collection, with every command added, groups as collections in it."""
    if root is None:
        root = Collection()
    commands = sorted(every(program), key=lambda command: command.names[0])
    groups = {
        name[:size] for command in commands for name in command.names[:1] for size in range(1, len(name))
    }
    made: dict[tuple[str, ...], Collection] = {(): root}
    for group in sorted(groups):
        made[group] = Collection(group[-1])
        made[group[:-1]].add_collection(made[group])
    for command in commands:
        name = command.names[0]
        # A group and a command of one name: the command is the group's default.
        home = made[name] if name in groups else made[name[:-1]]
        home.add_task(_task(command), name=name[-1], default=name in groups)
    return root


def _task(command: Command) -> Task[Callable[..., None]]:
    def body(_: Context, **values: Value) -> None:
        code = run(command, {name: _value(by_name[name], value) for name, value in values.items()})
        if code:
            raise Exit(code=code)

    by_name = {param.name: param for param in command.params}
    body.__name__ = command.names[0][-1]
    body.__doc__ = f"{command.purpose}\n\nexample: {command.example}"
    required_first = sorted(command.params, key=lambda param: not param.required)
    body.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter("c", Parameter.POSITIONAL_ONLY), *map(_parameter, required_first)]
    )
    return Task(
        body,
        positional=[param.name for param in command.params if param.role == "word"],
        optional=[param.name for param in command.params if param.alone is not None],
        iterable=[param.name for param in command.params if param.type == "list"],
        auto_shortflags=False,
        help={param.name: param.help for param in command.params if param.help},
    )


def _parameter(param: Param) -> Parameter:
    kind = Parameter.POSITIONAL_OR_KEYWORD if param.required else Parameter.KEYWORD_ONLY
    default = None if param.type == "list" else param.default
    return Parameter(param.name, kind, default=Parameter.empty if param.required else default)


def _value(param: Param, value: object) -> Value:
    """What invoke found, as the command wants it: it gives True for a flag that stands alone."""
    if param.type == "list":
        assert isinstance(value, list)
        return tuple(value)
    if value is True and param.type != "switch":
        return param.alone
    assert value is None or isinstance(value, str | int)
    return value
