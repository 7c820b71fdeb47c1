"""Errors that people see: what happened, and what to do next."""


class UserError(Exception):
    """Something the user can mend. One line on stderr, exit 1, nothing changed.

    `what` says what happened and where (`path:line: ...` when a file is at fault);
    `hint` says what to do next.
    """

    exit_code = 1

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what}; {hint}")
        self.what = what
        self.hint = hint


class UsageError(UserError):
    """The words of a command are wrong. Exit 2."""

    exit_code = 2


class FileError(UserError):
    """A file of the town does not parse: `path:line: what; what to do`."""

    def __init__(self, path: str, line: int, what: str, hint: str) -> None:
        super().__init__(f"{path}:{line}: {what}", hint)
        self.path = path
        self.line = line


class NoFormula(UserError):
    """There is no formula of the name that was asked for; `hint` names the nearest."""


class Busy(UserError):
    """A git operation is in progress in the town: no transition now. The wake-up is kept."""
