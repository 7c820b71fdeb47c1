"""Make a town, or make an existing one whole again."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path

from gtlib import clock
from gtlib import layout
from gtlib.actions import editor
from gtlib.actions import merge_setup
from gtlib.actions import shims
from gtlib.errors import UserError
from gtlib.lock import FileLock
from gtlib.model import kinds
from gtlib.model.agent import Agent
from gtlib.model.config import TownConfig
from gtlib.model.edit import Edit
from gtlib.model.snapshot import Snapshot
from gtlib.names import Address
from gtlib.store.rig import Rig
from gtlib.store.roots import UNINSTALLED
from gtlib.store.roots import is_town
from gtlib.store.town import Town
from gtlib.system import git

CONFIG = {
    "core.splitIndex": "false",
    "index.sparse": "false",
    "core.fsync": "committed,reference,index",
    "core.untrackedCache": "false",
    "gc.auto": "0",  # packing is the Deacon's: a gc in the middle of a person's command would hold it up
}
SETTINGS = {
    "type": "town-settings",
    "version": 1,
    "default_agent": "claude",
    "agents": {},
    "role_agents": {},
}


def install(path: Path, name: str = "", owner: str = "") -> Town:
    """A town at `path`; running it again puts right what is missing and changes nothing else.

    UserError when `path` lies in another town, is a repository of something else, can't be written, or its
    filesystem has no locks.
    """
    git.check_version()
    root = Path(os.path.realpath(path.expanduser()))
    _refuse_nested(root)
    _refuse_project(root)
    _make_folder(root)
    if not (root / ".git").exists():
        git.run(["init", "--quiet", "--template=", "--initial-branch=main", "."], root)
    elif not (root / ".git").is_dir():
        raise UserError(
            f"{root} is a worktree or submodule of another repository", "choose a folder of its own"
        )
    _prepare_local(root)
    _configure(root)
    town = Town(root)
    _first_commit(town, name or root.name, owner)
    town.apply(merge_setup.plan)
    editor.write_schemas(root / editor.SCHEMAS)
    (town.local / UNINSTALLED).unlink(missing_ok=True)
    shims.install(root / ".git" / "hooks", shims.TOWN)
    if town.processed() is None:
        town.set_processed(town.tip())
    town.save_index()
    for config in town.snapshot().rigs():
        rig = Rig(root, config)
        if rig.exists():
            shims.install(rig.hooks_dir(), shims.RIG, rig.target)
    return town


def has_identity(town: Town) -> bool:
    """Whether git would let the person commit here: it knows, or can tell, their name and mail address."""
    return git.run(["var", "GIT_AUTHOR_IDENT"], town.root, check=False).code == 0


def _refuse_nested(root: Path) -> None:
    for folder in root.parents:
        if is_town(folder):
            raise UserError(
                f"{root} lies in the town {folder}", "choose a folder outside it, or work in that town"
            )


def _refuse_project(root: Path) -> None:
    """A clone of a town becomes one, an empty repository too; somebody's project never."""
    if not (root / ".git").is_dir() or (root / ".git" / "gt").is_dir():
        return
    has_commits = git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], root, check=False).code == 0
    if has_commits and git.run(["cat-file", "-e", "HEAD:town.yaml"], root, check=False).code != 0:
        raise UserError(
            f"{root} is a repository with something else in it",
            "choose a folder of its own, then add this one: gt rig add NAME PATH",
        )


def _make_folder(root: Path) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe = root / ".gt-probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise UserError(f"{root}: {error.strerror}", "choose a folder that you may write") from error


def _prepare_local(root: Path) -> None:
    """`.git/gt`: what this machine alone knows. The lock is tried: some network filesystems have none."""
    local = root / ".git" / "gt"
    local.mkdir(exist_ok=True)
    (local / "logs").mkdir(exist_ok=True)
    lock = FileLock(local / "lock")
    if not lock.acquire(timeout=30):
        raise UserError(
            f"{local / 'lock'} is held by another process", "wait for it to end, then run this again"
        )
    second = FileLock(local / "lock")
    excluded = not second.acquire(timeout=0)
    lock.release()
    if not excluded:
        second.release()
        raise UserError(
            f"{root} is on a filesystem whose locks do not exclude", "choose a folder on a local disk"
        )
    for name, text in (("host", platform.node() or "localhost"), ("branch", _branch(root))):
        if not (local / name).exists():
            (local / name).write_text(text + "\n", encoding="utf-8")


def _branch(root: Path) -> str:
    """The branch that the checkout is on: truth of a new town, as of one that was cloned."""
    found = git.run(["symbolic-ref", "--quiet", "--short", "HEAD"], root, check=False)
    return found.text or "main"


def _configure(root: Path) -> None:
    for key, value in CONFIG.items():
        if git.run(["config", "--local", "--get", key], root, check=False).text != value:
            git.run(["config", "--local", key, value], root)
    merge_setup.configure(root)


def _first_commit(town: Town, name: str, owner: str) -> None:
    """Whatever of the town's own files is missing, in one commit."""
    if town.repo.ref(town.branch) is None:
        _root_commit(town)
    overseer = owner or town.repo.signature()[1]

    def plan(snapshot: Snapshot) -> Edit | None:
        files = {
            "town.yaml": kinds.render(TownConfig(name=name, overseer=overseer, home=town.host)),
            "settings/config.json": json.dumps(SETTINGS, indent=2) + "\n",
            "tasks.py": (layout.resource("templates") / "town-tasks.py").read_text(encoding="utf-8"),
            ".gitignore": layout.GITIGNORE,
            **{f"{folder}/.gitkeep": "" for folder in layout.KEPT_FOLDERS},
            **{f"agents/{role}.md": _agent(role, town.host) for role in ("overseer", "mayor", "deacon")},
        }
        if not snapshot.exists("town.yaml") and not (town.root / editor.SETTINGS).exists():
            files[editor.SETTINGS] = editor.settings()  # whoever takes it away later does not want it
        missing = tuple((path, text) for path, text in files.items() if not snapshot.exists(path))
        return Edit(subject=f"install: {name}", files=missing) if missing else None

    town.apply(plan)


def _agent(role: str, host: str) -> str:
    return kinds.render(Agent(address=Address(role), role=role, host=host))


def _root_commit(town: Town) -> None:
    """The first commit holds `.gitattributes`, so that line ends are settled before any other file."""
    path, text = ".gitattributes", layout.GITATTRIBUTES
    blob = town.repo.write_blob(text.encode("utf-8"))
    who = town.repo.signature()
    new = town.repo.commit(None, {path: blob}, "install: line ends\n", who, who, int(clock.now().timestamp()))
    town.create_branch(new)
    (town.root / path).write_text(text, encoding="utf-8")
    git.run(["add", "--", path], town.root)
