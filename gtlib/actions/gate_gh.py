"""Ask GitHub's own program, `gh`, about runs of workflows and pull requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from typing import TypeVar

import msgspec
from msgspec import Struct

from gtlib import layout
from gtlib.errors import UserError
from gtlib.model.bead import Bead
from gtlib.model.snapshot import Snapshot
from gtlib.output import one_line
from gtlib.rules.base import prefix_of
from gtlib.rules.gates import Verdict
from gtlib.rules.gates import consumed
from gtlib.rules.gates import error
from gtlib.rules.gates import kind_of
from gtlib.system import process
from gtlib.system import program

SECONDS: Final = 20.0
MISSING: Final = "gh is not installed here: https://cli.github.com"
LOGGED_OUT: Final = "gh is not logged in: gh auth login"
_THEN: Final = "then try again: bd gate check"
_PASSED: Final = ("success", "skipped")
_AUTH: Final = 4  # gh's exit status when it wants a login
_SETTINGS: Final = {
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "GH_PAGER": "cat",
    "NO_COLOR": "1",
    "CLICOLOR_FORCE": None,
    "GH_FORCE_TTY": None,
}
_WORKFLOW = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_. /()-]{0,199}\Z")
_GONE = re.compile(r"\b404\b|not found|could not resolve to|no pull requests found", re.IGNORECASE)
_RUN_KEYS = "databaseId,status,conclusion,workflowName,headSha,headBranch,createdAt"

T = TypeVar("T")


class Run(Struct, frozen=True, rename="camel"):
    """A run of a workflow, as gh tells it; `conclusion` is empty before its end."""

    database_id: int
    status: str = ""
    conclusion: str | None = ""
    workflow_name: str = ""
    head_sha: str = ""
    head_branch: str = ""
    created_at: str = ""


class Pull(Struct, frozen=True):
    """A pull request, as gh tells it."""

    state: str = ""


class Gone(UserError):
    """gh was there, and says that there is no such thing."""


class Gh:
    """gh in the folders of a town. What keeps it from answering at all is asked for once."""

    def __init__(self, root: Path, snapshot: Snapshot) -> None:
        self._root = root
        self._snapshot = snapshot
        self._trouble = "" if program.is_there("gh") else MISSING

    def judge(self, gate: Bead) -> Verdict:
        """How a gate of kind gh:run or gh:pr stands."""
        try:
            return consumed(self._pull(gate) if kind_of(gate) == "gh:pr" else self._run(gate))
        except Gone as gone:
            cause = f"{kind_of(gate)} {gate.on} not found"
            return Verdict(gate=gate, state="failed", why=gone.what, cause=cause)
        except UserError as refusal:
            return error(gate, refusal.what)

    def runs(self, gate: Bead, *, limit: int, branch: str = "", workflow: str = "") -> list[Run]:
        """The newest runs in the gate's repository. UserError when gh does not answer."""
        words = ["run", "list", f"--limit={limit}", f"--json={_RUN_KEYS}"]
        words += [f"--branch={branch}"] if branch else []
        words += [f"--workflow={workflow}"] if workflow else []
        return self._ask(gate, words, list[Run])

    def _run(self, gate: Bead) -> Verdict:
        wanted = gate.on.strip()
        if not wanted:
            return error(gate, "it names no run yet: bd gate discover")
        if is_number(wanted):
            return _of_run(gate, self._ask(gate, ["run", "view", wanted, f"--json={_RUN_KEYS}"], Run))
        if not _WORKFLOW.match(wanted):
            return error(gate, f"{wanted!r} is neither a run nor a workflow")
        found = self.runs(gate, limit=1, workflow=wanted)
        if not found:
            return Verdict(gate=gate, state="shut", why=f"no run of {wanted} yet")
        return _of_run(gate, found[0])

    def _pull(self, gate: Bead) -> Verdict:
        number = gate.on.strip().removeprefix("#")
        if not is_number(number):
            return error(gate, f"{gate.on!r} is no number of a pull request")
        state = self._ask(gate, ["pr", "view", number, "--json=state"], Pull).state.upper()
        said = one_line(f"pull request {number} is {state.lower() or 'in no state'}")
        if state == "MERGED":
            return Verdict(gate=gate, state="open", why=said, cause=f"gh:pr {number}")
        if state == "CLOSED":
            return Verdict(
                gate=gate, state="failed", why=f"{said}, not merged", cause=f"gh:pr {number} closed"
            )
        return Verdict(gate=gate, state="shut", why=said)

    def _ask(self, gate: Bead, words: Sequence[str], type_: type[T]) -> T:
        if self._trouble:
            raise UserError(self._trouble, _THEN)
        answer = program.ask(["gh", *words], self._folder(gate), _SETTINGS, SECONDS)
        if answer.code == process.TIMEOUT:
            self._trouble = f"gh: no answer in {SECONDS:g} s"
            raise UserError(self._trouble, _THEN)
        if answer.code == _AUTH:
            self._trouble = LOGGED_OUT
            raise UserError(self._trouble, _THEN)
        if answer.code != 0:
            said = _first_line(answer.err) or f"exit status {answer.code}"
            raise (Gone if _GONE.search(said) else UserError)(f"gh: {said}", _THEN)
        try:
            return msgspec.json.decode(answer.out, type=type_)
        except msgspec.DecodeError:
            raise UserError("gh: an answer that is not understood", _THEN) from None

    def _folder(self, gate: Bead) -> Path:
        """Where gh finds the repository: the rig's own, else the town."""
        prefix = prefix_of(self._snapshot, gate.id)
        rig = next((rig for rig in self._snapshot.rigs() if rig.prefix == prefix), None)
        if rig is None:
            return self._root
        folder = self._root / layout.repo_folder(rig.name)
        if not folder.is_dir():
            raise UserError(f"{rig.name} has no repository on this machine", _THEN)
        return folder


def is_number(text: str) -> bool:
    """Whether it is the number of a run or a pull request."""
    return text.isascii() and text.isdecimal() and len(text) < 20


def _of_run(gate: Bead, run: Run) -> Verdict:
    on = str(run.database_id)
    name = one_line(f"run {on}")
    if run.status.lower() != "completed":
        return Verdict(gate=gate, state="shut", why=one_line(f"{name} is {run.status or 'waiting'}"), on=on)
    end = (run.conclusion or "").lower()
    said = one_line(f"{name} ended: {end or 'nothing is said of how'}")
    if end in _PASSED:
        return Verdict(gate=gate, state="open", why=said, cause=f"gh:run {on}", on=on)
    return Verdict(gate=gate, state="failed", why=said, cause=one_line(f"gh:run {on} {end}"), on=on)


def _first_line(text: bytes) -> str:
    lines = [line.strip() for line in text.decode("utf-8", "replace").splitlines() if line.strip()]
    return one_line(lines[0])[:300] if lines else ""
