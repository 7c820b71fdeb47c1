"""Take out of a town's repositories what made git work with us; every file and all of history stay."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.actions import deacon
from gtlib.actions import merge_setup
from gtlib.actions import running
from gtlib.actions import shims
from gtlib.actions.install import CONFIG
from gtlib.runtimes import hookfiles
from gtlib.runtimes import runs
from gtlib.runtimes.holder import holder
from gtlib.store.rig import Rig
from gtlib.store.roots import UNINSTALLED
from gtlib.store.town import Town
from gtlib.system import git


class Removal(Struct, frozen=True):
    """What is there of ours, or was until it was taken out just now.

    `running` are the deacon and sessions; `hooks` git hooks by whose they are (the town, or a rig),
    `restored` those that were there before ours; `settings` keys of git's local configuration.
    """

    running: tuple[str, ...] = ()
    hooks: dict[str, tuple[str, ...]] = {}
    restored: dict[str, tuple[str, ...]] = {}
    settings: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing of ours to take out."""
        return not (self.running or self.hooks or self.settings)


def uninstall(town: Town, *, dry: bool = False) -> Removal:
    """End what runs, take our git hooks out of the town and its rigs, put back what was there, unset our
    settings where they still are ours. Once more changes nothing. `dry` only looks.

    A transition that is half way into the checkout is finished first: afterwards no git hook would.
    """
    found = _found(town)
    if dry:
        return found
    town.recover()
    deacon.down(town)
    for folder, hooks in _places(town).values():
        shims.remove(folder, hooks)
    hookfiles.remove(town.root, _worktrees(town))
    for key in found.settings:
        git.run(["config", "--local", "--unset-all", key], town.root)
    (town.local / UNINSTALLED).touch()
    return found


def _found(town: Town) -> Removal:
    places = _places(town)
    return Removal(
        running=tuple(_running(town)),
        hooks={whose: names for whose, place in places.items() if (names := shims.present(*place))},
        restored={whose: names for whose, place in places.items() if (names := shims.replaced(*place))},
        settings=tuple(_settings(town.root)),
    )


def _running(town: Town) -> Iterator[str]:
    if holder(town.local) is not None:
        yield deacon.ADDRESS
    yield from (str(run.address) for run in runs.every(town.local) if running.is_alive(run))


def _places(town: Town) -> dict[str, tuple[Path, Mapping[str, str]]]:
    """Hooks folders, and which hooks of ours may be in them."""
    found: dict[str, tuple[Path, Mapping[str, str]]] = {"the town": (town.git_dir / "hooks", shims.TOWN)}
    for config in town.snapshot().rigs():
        rig = Rig(town.root, config)
        if rig.exists():
            found[str(config.name)] = (rig.hooks_dir(), shims.RIG)
    return found


def _worktrees(town: Town) -> list[Path]:
    """Where agents of this machine stand, and the town itself."""
    named = (town.root / str(agent.address) for agent in town.snapshot().agents())
    return [town.root, *(path for path in named if (path / ".git").exists())]


def _settings(root: Path) -> Iterator[str]:
    for key, value in {**CONFIG, **merge_setup.config()}.items():
        found = git.run(["config", "--local", "--get", key], root, check=False).text
        # The driver of another installation of ours is ours.
        if found == value or (key == merge_setup.DRIVER and merge_setup.ENTRANCE in found):
            yield key
