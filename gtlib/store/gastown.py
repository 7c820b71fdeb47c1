"""Reads a Gas Town installation: its files alone, nothing in it is changed and no program is run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gtlib import clock
from gtlib.errors import UserError
from gtlib.model import beads_dump
from gtlib.model import jsonl
from gtlib.model import messaging
from gtlib.model.config import Gate
from gtlib.model.gastown import FoundRig
from gtlib.model.gastown import Installation
from gtlib.model.gastown import Ledger
from gtlib.model.gastown import Left
from gtlib.store.cloning import location
from gtlib.store.cloning import shown

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_LARGEST = 2**20  # bytes of a settings or formula file
_REDIRECTS = 3
_LEDGERS = ("issues.jsonl", "beads.jsonl")
_CHECKS = ("typecheck", "lint", "build", "test")
# what stands in an installation and has no place here
_NOT_TAKEN = {
    "mayor/daemon.json": "the deacon here has no patrols to configure",
    "mayor/accounts.json": "accounts of models are not kept in a town",
    "mayor/wasteland.json": "federation is not taken along",
    "settings/agents.json": "write agents into settings/config.json",
    "settings/escalation.json": "write escalation into settings/config.json",
    "plugins": "plugins call Gas Town's programs: look them through, then copy them",
    "roles": "roles are texts here: write roles/<role>.md",
    "formula-overlays": "change the formula itself, in formulas/",
    ".events.jsonl": "events of the past are not taken along",
    "warrants": "requests to end sessions are not taken along",
    ".wasteland": "federation is not taken along",
}


class Reader:
    """One look at an installation; what could not be taken gathers in `left`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.left: list[Left] = []

    def read(self) -> Installation:
        """Everything but the beads. UserError when the folder is no installation."""
        if not (self.root / "mayor" / "town.json").is_file():
            raise UserError(
                f"{self.root} is no Gas Town installation (it has no mayor/town.json)",
                "name its top folder, or take in a ledger alone: bd import FILE",
            )
        town = self._json("mayor/town.json")
        registry = self._json("mayor/rigs.json").get("rigs")
        known = registry if isinstance(registry, dict) else {}
        rigs = tuple(
            self._rig(name, entry if isinstance(entry, dict) else {}) for name, entry in known.items()
        )
        ledgers = [*self._ledgers("", required=True)]
        for rig in rigs:
            ledgers += self._ledgers(rig.name)
        self._others(rigs)
        return Installation(
            name=_text(town.get("name")),
            owner=_text(town.get("owner")),
            rigs=rigs,
            ledgers=tuple({ledger.path: ledger for ledger in ledgers}.values()),
            settings=self._json("settings/config.json"),
            files=(*self._files(rigs), *self._boards()),
            left=tuple(self.left),
        )

    def _rig(self, name: str, entry: dict[str, Any]) -> FoundRig:
        own = self._json(f"{name}/config.json")
        beads = [part.get("beads") for part in (entry, own)]
        prefixes = [_text(each.get("prefix")) for each in beads if isinstance(each, dict)]
        urls = [_text(part.get(key)) for key in ("git_url", "local_repo") for part in (entry, own)]
        for key in ("push_url", "upstream_url"):
            if _text(entry.get(key)) or _text(own.get(key)):
                self._leave(f"{name}/config.json", f"{key}: a rig here has one address")
        return FoundRig(
            name=name,
            url=self._address(name, next(filter(None, urls), "")),
            prefix=next(filter(None, prefixes), "").rstrip("-"),
            branch=_text(own.get("default_branch")) or "main",
            crew=self._folders(f"{name}/crew"),
            polecats=self._folders(f"{name}/polecats"),
            gates=_gates(self._json(f"{name}/settings/config.json").get("merge_queue")),
        )

    def _address(self, rig: str, url: str) -> str:
        try:
            return shown(location(url)) if url else ""
        except UserError as error:
            self._leave(f"{rig}/config.json", error.what)
            return ""

    def _ledgers(self, rig: str, *, required: bool = False) -> Iterator[Ledger]:
        places = [f"{rig}/.beads", f"{rig}/mayor/rig/.beads"] if rig else [".beads"]
        found = False
        for place in places:
            folder = self._redirected(place)
            names = [name for name in _LEDGERS if self._is_file(f"{folder}/{name}")]
            if names:
                yield Ledger(f"{folder}/{names[0]}")
            elif self._is_file(f"{folder}/backup/issues.jsonl"):
                yield Ledger(f"{folder}/backup", tables=True)
            else:
                continue
            found = True
        if not found and (required or any((self.root / place).is_dir() for place in places)):
            self._leave(places[0], "there is no issues.jsonl and no backup/: write one with bd export there")

    def _redirected(self, folder: str) -> str:
        for _ in range(_REDIRECTS):
            if not self._is_file(f"{folder}/redirect"):
                break
            to = self._text_of(f"{folder}/redirect").strip()
            place = Path(to) if to.startswith("/") else (self.root / folder).parent / to
            real = place.resolve()
            if not to or not real.is_relative_to(self.root):
                self._leave(f"{folder}/redirect", "it leads out of the installation")
                break
            folder = real.relative_to(self.root).as_posix()
        return folder

    def _files(self, rigs: tuple[FoundRig, ...]) -> Iterator[tuple[str, str]]:
        for place, pattern, to in (
            (".beads/formulas", "*.formula.*", "formulas"),
            ("directives", "*.md", "directives"),
            *((f"{rig.name}/.beads/formulas", "*.formula.*", f"{rig.name}/formulas") for rig in rigs),
            *(
                (f"{rig.name}/mayor/rig/.beads/formulas", "*.formula.*", f"{rig.name}/formulas")
                for rig in rigs
            ),
        ):
            for path in sorted((self.root / place).glob(pattern)):
                inside = f"{place}/{path.name}"
                if not _NAME.match(path.name):
                    self._leave(inside, "its name is none for a file here: letters, digits, ., - and _")
                elif text := self._text_of(inside):
                    yield f"{to}/{path.name}", text
        for rig in rigs:
            if self._json(f"{rig.name}/settings/config.json"):
                yield f"{rig.name}/settings/config.json", self._text_of(f"{rig.name}/settings/config.json")

    def _boards(self) -> Iterator[tuple[str, str]]:
        """Lists, queues and announces of mail, a file each."""
        for path, text in messaging.boards(self._json(messaging.NAME)):
            if path:
                yield path, text
            else:
                self._leave(messaging.NAME, text)

    def _others(self, rigs: tuple[FoundRig, ...]) -> None:
        for path, reason in _NOT_TAKEN.items():
            if (self.root / path).exists():
                self._leave(path, reason)
        for rig in rigs:
            for kind, people in (("crew", rig.crew), ("polecats", rig.polecats)):
                for name in people:
                    self._leave(f"{rig.name}/{kind}/{name}", "its checkout stays there: push what is in it")

    def _folders(self, place: str) -> tuple[str, ...]:
        folder = self.root / place
        if not folder.is_dir() or not folder.resolve().is_relative_to(self.root):
            return ()
        found = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
        return tuple(sorted(path.name for path in found if not path.name.startswith(".")))

    def _is_file(self, path: str) -> bool:
        place = self.root / path
        return place.is_file() and place.resolve().is_relative_to(self.root)

    def _json(self, path: str) -> dict[str, Any]:
        """The object in a file; empty when there is none."""
        text = self._text_of(path)
        try:
            found = json.loads(text) if text else {}
        except (ValueError, RecursionError) as problem:
            self._leave(path, f"it is not JSON ({problem})")
            return {}
        if not isinstance(found, dict):
            self._leave(path, "it is not a JSON object")
            return {}
        return found

    def _text_of(self, path: str) -> str:
        if not self._is_file(path):
            return ""
        try:
            data = (self.root / path).read_bytes()
            if len(data) > _LARGEST:
                self._leave(path, "it is too large")
                return ""
            return data.decode("utf-8")
        except OSError as problem:
            self._leave(path, f"it can't be read: {problem.strerror}")
        except UnicodeDecodeError:
            self._leave(path, "it is not UTF-8")
        return ""

    def _leave(self, path: str, reason: str) -> None:
        if not any(each.path == path and each.reason == reason for each in self.left):
            self.left.append(Left(path, reason))


def lines(root: Path, ledger: Ledger) -> Iterator[tuple[int, bytes | None]]:
    """The numbered lines of a ledger; of a dump of tables one for each row of its issues.

    UserError when a file can't be read.
    """
    try:
        if ledger.tables:
            yield from _dumped(root / ledger.path)
            return
        with open(root / ledger.path, "rb") as stream:
            yield from jsonl.lines(stream)
    except OSError as problem:
        raise UserError(f"{ledger.path}: {problem.strerror}", "see who owns it") from None


def _dumped(folder: Path) -> Iterator[tuple[int, bytes | None]]:
    of: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for table in ("dependencies", "labels", "comments"):
        of[table] = {}
        for row in _rows(folder / f"{table}.jsonl"):
            of[table].setdefault(str(row.get("issue_id")), []).append(row)
    with open(folder / "issues.jsonl", "rb") as stream:
        for number, raw in jsonl.lines(stream):
            try:
                row = jsonl.loads(raw or b"")
            except UserError:
                yield number, raw  # whoever takes it in says what is wrong
                continue
            mine = (of[table].get(str(row.get("id")), ()) for table in ("dependencies", "labels", "comments"))
            yield number, jsonl.dumps(beads_dump.line_of(row, *mine)).encode("utf-8")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    with open(path, "rb") as stream:
        for _, raw in jsonl.lines(stream):
            try:
                yield jsonl.loads(raw or b"")
            except UserError:
                continue  # a row that nothing can be read from names no bead


def _gates(queue: Any) -> dict[str, Gate]:
    """The checks before landing that the settings of a rig name."""
    if not isinstance(queue, dict):
        return {}
    found = {name: Gate(command=text) for name in _CHECKS if (text := _text(queue.get(f"{name}_command")))}
    gates = queue.get("gates")
    for name, gate in gates.items() if isinstance(gates, dict) else ():
        command = _text(gate.get("cmd")) if isinstance(gate, dict) else ""
        if command:
            found[str(name)] = Gate(command=command, timeout=_seconds(gate.get("timeout")))
    return found


def _seconds(raw: Any) -> int:
    try:
        return max(1, int(clock.seconds(_text(raw))))
    except UserError:
        return Gate(command="").timeout


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""
