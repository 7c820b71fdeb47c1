"""What `gt demo` works on: a small project with real tests, and five pieces of work, one of them wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from gtlib import layout
from gtlib.system import git

RIG: Final = "shapes"
FORMULA: Final = "demo-work"
# Of the standard library alone, so that the gate runs wherever gt does.
GATE: Final = "python3 -m unittest"


class Work(Struct, frozen=True):
    """A bead to file, and the function that its polecat is to write by the formula's variables."""

    title: str
    function: str
    parameters: str
    result: str
    call: str
    expected: str

    def vars(self) -> Mapping[str, str]:
        """The formula's variables."""
        return {
            "function": self.function,
            "parameters": self.parameters,
            "result": self.result,
            "call": self.call,
            "expected": self.expected,
        }


WORK: Final = (
    Work("The area of a rectangle", "rectangle", "width, height", "width * height", "rectangle(3, 4)", "12"),
    Work("The area of a triangle", "triangle", "base, height", "base * height / 2", "triangle(3, 4)", "6"),
    Work("The perimeter of a rectangle", "perimeter", "a, b", "a + b", "perimeter(3, 4)", "14"),
    Work("The area of a rhombus", "rhombus", "p, q", "p * q / 2", "rhombus(4, 6)", "12"),
    Work("The area of a trapezoid", "trapezoid", "a, b, h", "(a + b) / 2 * h", "trapezoid(2, 4, 3)", "9"),
)  # fmt: skip


def make_project(folder: Path, identity: tuple[str, str]) -> None:
    """The sample project as a git repository with one commit on `main`; `folder` is made."""
    source = layout.resource("templates") / "demo" / RIG
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(source).as_posix()
            target = folder / (".gitignore" if name == "gitignore" else name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    git.run(["init", "--quiet", "--template=", "--initial-branch=main"], folder)
    git.run(["add", "--all"], folder)
    commit(folder, "A square, and its test", identity)


def formula_text() -> str:
    """The formula that the polecats work by."""
    source = layout.resource("templates") / "demo" / f"{FORMULA}.formula.toml"
    return source.read_text(encoding="utf-8")


def commit(folder: Path, message: str, identity: tuple[str, str]) -> str:
    """Commit what is staged as a person does, git hooks and all; what these said. Raises GitError."""
    name, mail = identity
    who = ("-c", f"user.name={name}", "-c", f"user.email={mail}", "-c", "commit.gpgSign=false")
    done = git.run([*who, "commit", "--quiet", "-m", message], folder, env={"GT_ROLE": None})
    return done.err.decode("utf-8", "replace").strip()
