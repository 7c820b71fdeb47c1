"""Facts 14 and 20: what invoke does with a command line, and what it cannot do."""

from __future__ import annotations

import pytest
from invoke import Collection
from invoke import Config
from invoke import Context
from invoke import Exit
from invoke import Failure
from invoke import Program
from invoke import Result
from invoke import Task
from invoke import UnexpectedExit
from invoke import task


class Calls:
    """Tasks that write down how they were called."""

    def __init__(self) -> None:
        self.made: list[tuple[object, ...]] = []

    def tasks(self) -> list[Task]:
        made = self.made

        @task
        def create(c: Context, title: str, kind: str = "bug") -> None:
            made.append(("create", title, kind))

        @task
        def down(c: Context) -> None:
            made.append(("down",))

        @task(positional=["title"])
        def none(c: Context, title: str | None = None) -> None:
            made.append(("none", title))

        @task(positional=["title"])
        def default(c: Context, title: str = "default") -> None:
            made.append(("default", title))

        @task(iterable=["names"], positional=["names"])
        def many(c: Context, names: list[str]) -> None:
            made.append(("many", *names))

        @task
        def rest(c: Context) -> None:
            made.append(("rest", c.remainder))

        return [create, down, none, default, many, rest]


def program(*tasks: Task) -> Program:
    return Program(namespace=Collection(*tasks), name="gt", binary="gt")


def exit_of(made: Program, *words: str) -> object:
    """The exit status of a command line that invoke ends with sys.exit."""
    with pytest.raises(SystemExit) as caught:
        made.run(["gt", *words])
    return caught.value.code


def made_by(*words: str) -> list[tuple[object, ...]]:
    """The calls that one accepted command line makes."""
    calls = Calls()
    program(*calls.tasks()).run(["gt", *words])
    return calls.made


@task
def leave(c: Context) -> None:
    raise Exit("it is late", 4)


@task
def start(c: Context) -> None:
    raise UnexpectedExit(Result(command="exit 3", exited=3, hide=("stdout", "stderr")))


@task
def bug(c: Context) -> None:
    raise ValueError("a bug")


@task
def fail(c: Context) -> None:
    raise Failure(Result(exited=5))


@pytest.mark.parametrize(
    ("word", "code", "said"),
    [
        ("leave", 4, "it is late\n"),
        ("nonsense", 1, "No idea what 'nonsense' is!\n"),
        ("start", 3, "Encountered a bad command exit code!\n\nCommand: 'exit 3'\n\nExit code: 3\n"),
    ],
)
def test_three_errors_are_shown_without_a_traceback(
    capsys: pytest.CaptureFixture[str], word: str, code: int, said: str
) -> None:
    """Fact 14: Exit, ParseError and UnexpectedExit end the program with a message and an exit status."""
    assert exit_of(program(leave, start), word) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(said)


@pytest.mark.parametrize(("word", "error"), [("bug", ValueError), ("fail", Failure)])
def test_every_other_error_escapes(word: str, error: type[Exception]) -> None:
    """Fact 14: any other error, invoke's own Failure too, leaves Program.run as it is."""
    with pytest.raises(error):
        program(bug, fail).run(["gt", word])


def test_a_second_identical_call_is_dropped() -> None:
    """Fact 14: the same call twice in one line runs once; a call with other arguments runs again."""
    assert made_by("down", "down") == [("down",)]
    assert made_by("create", "X", "create", "X") == [("create", "X", "bug")]
    assert made_by("create", "X", "create", "Y") == [("create", "X", "bug"), ("create", "Y", "bug")]


class Twice(Config):
    """invoke's settings, with every call kept."""

    @staticmethod
    def global_defaults() -> dict[str, object]:
        defaults = Config.global_defaults()
        defaults["tasks"]["dedupe"] = False
        return defaults


def test_only_the_programs_config_turns_dedupe_off() -> None:
    """Fact 14: tasks.dedupe counts in the program's config, and is ignored in a collection's."""
    calls = Calls()
    namespace = Collection(*calls.tasks())
    namespace.configure({"tasks": {"dedupe": False}})
    Program(namespace=namespace, name="gt", binary="gt").run(["gt", "down", "down"])
    assert calls.made == [("down",)]
    Program(namespace=namespace, name="gt", binary="gt", config_class=Twice).run(["gt", "down", "down"])
    assert calls.made == [("down",)] * 3


def test_remainder_holds_what_follows_the_dashes() -> None:
    """Fact 14: Context.remainder is the words after -- joined by blanks, so word borders are lost."""
    assert made_by("rest", "--", "--not-a-flag", "two words") == [("rest", "--not-a-flag two words")]
    assert made_by("rest") == [("rest", "")]


def test_normalize_argv_sees_the_words_first() -> None:
    """Fact 14: a Program of one's own may change the words in normalize_argv, before anything is parsed."""

    class Own(Program):
        def normalize_argv(self, argv: list[str] | None) -> None:
            super().normalize_argv(argv)
            self.argv = ["gt", "create", " ".join(self.argv[1:])]

    calls = Calls()
    Own(namespace=Collection(*calls.tasks()), name="gt", binary="gt").run(["gt", "--no", "such", "flag"])
    assert calls.made == [("create", "--no such flag", "bug")]


def test_a_positional_with_default_none_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    """Fact 20: a positional whose default is None is required."""
    assert exit_of(program(*Calls().tasks()), "none") == 1
    assert capsys.readouterr().err == "'none' did not receive required positional arguments: 'title'\n"
    assert made_by("none", "X") == [("none", "X")]


def test_a_positional_with_another_default_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """Fact 20: a positional with another default takes no word, though it was asked for as positional."""
    assert made_by("default") == [("default", "default")]
    assert exit_of(program(*Calls().tasks()), "default", "X") == 1
    assert capsys.readouterr().err == "No idea what 'X' is!\n"
    assert made_by("default", "--title", "X") == [("default", "X")]


def test_there_are_no_trailing_lists(capsys: pytest.CaptureFixture[str]) -> None:
    """Fact 20: a list takes no trailing words, its flag must be repeated."""
    assert exit_of(program(*Calls().tasks()), "many", "a", "b") == 1
    assert capsys.readouterr().err == "No idea what 'a' is!\n"
    assert made_by("many", "--names", "a", "--names", "b") == [("many", "a", "b")]


def test_a_trailing_word_that_is_a_task_runs() -> None:
    """Fact 20: `create X down` runs create and then down."""
    assert made_by("create", "X", "down") == [("create", "X", "bug"), ("down",)]


@pytest.mark.parametrize(
    ("auto", "names"),
    [
        (True, [("type", "t"), ("title", "i"), ("target", "a"), ("at", None)]),
        (False, [("type", None), ("title", None), ("target", None), ("at", None)]),
    ],
)
def test_short_flags_are_letters_in_turn(auto: bool, names: list[tuple[str, str | None]]) -> None:
    """Fact 20: a flag's short form is the first free letter of its name, unless auto_shortflags=False."""

    @task(auto_shortflags=auto)
    def flags(c: Context, type: str = "", title: str = "", target: str = "", at: str = "") -> None: ...

    found = [(argument.name, argument.names[1:] or (None,)) for argument in flags.get_arguments()]
    assert found == [(name, (short,)) for name, short in names]


def test_a_task_and_a_collection_of_one_name_conflict() -> None:
    """Fact 20: a task and a collection of one name are a ValueError, in either order."""
    create, down, *_ = Calls().tasks()
    task_first = Collection()
    task_first.add_task(down, name="mail")
    with pytest.raises(ValueError, match="has a task named 'mail' already"):
        task_first.add_collection(Collection("mail", create))
    with pytest.raises(ValueError, match="has a sub-collection named 'mail' already"):
        Collection(Collection("mail", create)).add_task(down, name="mail")


@pytest.mark.parametrize("words", [["mail"], ["mail.down"]])
def test_a_collection_with_a_default_task_works(words: list[str]) -> None:
    """Fact 20: a collection's default task runs by the collection's name and by its own."""
    calls = Calls()
    create, down, *_ = calls.tasks()
    mail = Collection("mail", create)
    mail.add_task(down, default=True)
    program(mail).run(["gt", *words])
    assert calls.made == [("down",)]
