"""Commands of every shape, for the tests of the command line. Each says what it was called with."""

from __future__ import annotations

from gtlib import output
from gtlib.cli.command import command
from gtlib.cli.registry import Entry
from gtlib.cli.registry import Program
from gtlib.errors import FileError
from gtlib.errors import UserError

HERE = "tests.support.commands"


@command("down", example="gt down")
def down(*, json: bool = False) -> None:
    """Stop."""
    output.line("down")


@command(
    "convoy create",
    "convoy new",
    alone={"notify": "mayor"},
    short={"limit": "n", "human": "u", "label": "l", "notify": "N", "args": "a"},
    spellings={"tag": "label"},
    help={"name": "what it is for", "notify": "who is told"},
    example="gt convoy create 'Feature X' gt-a gt-b --notify",
)
def create(
    name: str,
    *ids: str,
    notify: str = "",
    human: bool = False,
    wait: bool = True,
    no_convoy: bool = False,
    limit: int = 50,
    label: tuple[str, ...] = (),
    args: str | None = None,
    from_: str = "",
    json: bool = False,
) -> None:
    """Track some beads together."""
    output.json_out(
        {
            "name": name,
            "ids": ids,
            "notify": notify,
            "limit": limit,
            "label": label,
            "args": args,
            "wait": wait,
        }
    )


@command("convoy list", example="gt convoy list")
def list_(*, json: bool = False) -> None:
    """List the convoys."""
    output.line("list")


@command("escalate", short={"severity": "s"}, example="gt escalate -s HIGH 'it burns'")
def escalate(text: str, target: str = "mayor", *, severity: str, json: bool = False) -> None:
    """Say that something needs a person."""
    output.line(f"{severity} {text} {target}")


@command("escalate list", example="gt escalate list")
def escalate_list(*, json: bool = False) -> None:
    """List the escalations."""
    output.line("escalations")


@command("mail", "mail inbox", example="gt mail")
def inbox(*, json: bool = False) -> None:
    """List your mail."""
    output.line("inbox")


@command("mail send", example="gt mail send mayor -s Hello")
def send(to: str, *, json: bool = False) -> None:
    """Send a message."""
    output.line(f"to {to}")


@command("bead create", example="bd create Title")
def bead_create(title: str = "", *, json: bool = False) -> int:
    """Make a bead."""
    output.line(f"bead {title}")
    return 0 if title else 1


@command("bead step done", example="bd step done 1")
def step_done(step: str, *, json: bool = False) -> None:
    """Tick a step."""
    output.line(f"done {step}")


@command("fail", example="gt fail user")
def fail(how: str, *, json: bool = False) -> None:
    """Fail in some way."""
    problems: dict[str, BaseException] = {
        "user": UserError("no rig\x1b[31m 'x'", "see gt rig list\nor make one"),
        "file": FileError("beads/gt-a.md", 3, "no title", "give it one"),
        "denied": PermissionError(13, "Permission denied", "/town/beads"),
        "pipe": BrokenPipeError(32, "Broken pipe"),
        "interrupt": KeyboardInterrupt(),
        "bug": ValueError("what\nnow"),
    }
    raise problems[how]


ENTRIES = {
    key: Entry(HERE, "Test", f"the {key} commands")
    for key in ("down", "convoy", "escalate", "mail", "bead", "fail")
}
GT = Program("gt", "a program to test", ENTRIES)
BD = Program("bd", "a flat program to test", {"bead": ENTRIES["bead"], "mail": ENTRIES["mail"]}, home="bead")
