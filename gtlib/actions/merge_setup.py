"""What git needs to merge the town's files field by field: attributes in the town, the driver in its config.

A driver is a command, so git takes it from the local config alone: each clone has to be told, by `gt install`
or its next catch-up. Where it is not known (a git host, a bare repository) git merges by line and conflicts.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from gtlib import layout
from gtlib.actions.hook_checks import PROOF_SECONDS
from gtlib.actions.hook_checks import Check
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.store.roots import UNINSTALLED
from gtlib.store.town import Town
from gtlib.system import git
from gtlib.system import process

ATTRIBUTES = ".gitattributes"
DRIVER = "merge.gt.driver"
STRATEGY = "pull.twohead"  # also that of rebase, cherry-pick and revert
ENTRANCE = "gtlib.mergedriver"

# Anything but a merge (the interpreter is gone, or the package) is git's own merge by line, with markers:
# else git would take ours for the result. -P, since the town's own folder is no place to import from.
_COMMAND = (
    "{python} -P -m gtlib.mergedriver %O %A %B %P %L || "
    "if grep -q '^<<<<<<<' %A; then exit 1; "
    "else git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B || exit 1; fi"
)


def config() -> dict[str, str]:
    """The settings of a town's repository, as this installation wants them."""
    python = shlex.quote(sys.executable).replace("%", "%%")
    return {
        "merge.gt.name": "the town's files, field by field",
        DRIVER: _COMMAND.format(python=python),
        # small files that look alike are no renames of each other (fact 25)
        "merge.renames": "false",
        # the strategy that heeds it; later versions of git take this word for one that does, too
        STRATEGY: "recursive",
    }


def configure(root: Path) -> tuple[str, ...]:
    """Set what is not as it should be; the keys that were set. A strategy that a person chose stays."""
    wrong = [
        key
        for key, value in config().items()
        if git.run(["config", "--local", "--get", key], root, check=False).text != value
        and not (key == STRATEGY and git.run(["config", "--get", key], root, check=False).text)
    ]
    for key in wrong:
        git.run(["config", "--local", "--replace-all", key, config()[key]], root)
    return tuple(wrong)


def ensure(town: Town) -> None:
    """Tell git of the driver, where it knows of none that can be run: a town that is older than it."""
    if (town.local / UNINSTALLED).exists():
        return
    known = town.repo.config(DRIVER)
    if not known or not town.repo.config(STRATEGY) or _is_gone(known):
        configure(town.root)


def attributes(text: str) -> str:
    """A `.gitattributes` with our lines in it; what else it says stays above them."""
    present = {" ".join(line.split()) for line in text.splitlines()}
    missing = [line for line in layout.GITATTRIBUTES.splitlines() if line not in present]
    if not missing:
        return text
    begun = text if text.endswith("\n") or not text else text + "\n"
    return begun + "".join(f"{line}\n" for line in missing)


def plan(snapshot: Snapshot) -> Edit | None:
    """Our lines into the town's `.gitattributes`, where some are missing."""
    text = snapshot.text(ATTRIBUTES) or ""
    if attributes(text) == text:
        return None
    subject = f"install: {ATTRIBUTES} says how the town's files are merged"
    return Edit(subject=subject, files=((ATTRIBUTES, attributes(text)),))


def look(town: Town, snapshot: Snapshot) -> Iterator[Check]:
    """Whether git would merge by field here: the attributes, the settings, and that the driver can be run."""
    wrong = False
    if attributes(snapshot.text(ATTRIBUTES) or "") != (snapshot.text(ATTRIBUTES) or ""):
        wrong = True
        message = f"{ATTRIBUTES} does not say how the town's files are merged"
        yield Check("merge", "error", message, fix="gt doctor --fix")
    for key, value in config().items():
        found = town.repo.config(key)
        if key == STRATEGY and found not in ("", value):
            wrong = True
            message = (
                f"git's setting {key} is {found}, which may take one file for another that looks like it"
            )
            yield Check("merge", "warning", message, fix=f"git config --unset {key}, then gt doctor --fix")
            continue
        why = "is not set" if not found else "is not as gt writes it" if found != value else ""
        if key == DRIVER and found:
            why = _proof(found, town.root) or ("" if found == value else "names another installation of gt")
        if why:
            wrong = True
            yield Check("merge", "error", f"git's setting {key} {why}", fix="gt doctor --fix")
    if not wrong:
        yield Check("merge", message="by field")


def mend(town: Town) -> tuple[str, ...]:
    """Attributes and settings put right; what was done."""
    applied = town.apply(plan)
    done = () if applied is None else (applied.edit.subject,)
    return (*done, *(f"set {key}" for key in configure(town.root)))


def _interpreter(command: str) -> str:
    found = re.match(r"('(?:[^']|'\"'\"')*'|\S+) ", command)
    return shlex.split(found[1])[0].replace("%%", "%") if found else ""


def _is_gone(command: str) -> bool:
    return not os.access(_interpreter(command), os.X_OK)


def _proof(command: str, cwd: Path) -> str:
    """Why the driver can't be run; empty when it can."""
    interpreter = _interpreter(command)
    if _is_gone(command):
        return f"names {interpreter or 'no interpreter'}, which is gone"
    code = process.run([interpreter, "-P", "-c", f"import {ENTRANCE}"], cwd, {}, PROOF_SECONDS)
    return "" if code == 0 else f"names {interpreter}, which can't import {ENTRANCE} (exit status {code})"
