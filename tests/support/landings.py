"""A town with a rig whose work is to land: real repositories, real branches, real merge requests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gtlib.model.agent import Agent
from gtlib.model.agent import Hook
from gtlib.model.bead import Bead
from gtlib.model.config import Gate
from gtlib.model.config import RigConfig
from gtlib.model.edit import Edit
from gtlib.model.merge import MergeRequest
from gtlib.names import Address
from gtlib.names import CommitId
from gtlib.names import ItemId
from gtlib.names import RigName
from gtlib.store import allowed
from gtlib.store.cloning import clone
from gtlib.store.rig import Rig
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support.towns import make_town

NOW = "2026-11-20T08:00:00Z"


class Scene(Struct, frozen=True):
    """`remote` is what the rig was added from; `person` a checkout of the project that can push to it."""

    town: Town
    rig: Rig
    remote: Path
    person: Path

    def request(self, id: str) -> MergeRequest:
        """The merge request as the town has it now."""
        found = self.town.snapshot().merge(ItemId(id))
        assert found is not None
        return found

    def bead(self, id: str) -> Bead:
        """The bead as the town has it now."""
        found = self.town.snapshot().bead(ItemId(id))
        assert found is not None
        return found

    def tip(self, branch: str = "main") -> str:
        """Where the remote's branch stands."""
        return gitrepo.head(self.remote, f"refs/heads/{branch}")

    def letters(self) -> list[str]:
        """The subjects in the overseer's mailbox."""
        return sorted(message.subject for _, message in self.town.snapshot().mail("overseer", "new"))


def make_scene(
    tmp_path: Path,
    gates: Mapping[str, Gate | str] | None = None,
    files: Mapping[str, str | None] | None = None,
    *,
    bare: bool = True,
    allow: bool = True,
) -> Scene:
    """A town with the rig `proj`; its remote is a bare repository, or a person's checkout of main."""
    person = gitrepo.make_repo(tmp_path / "project", files or {"README": "hello\n"})
    remote = person
    if bare:
        remote = gitrepo.make_bare(tmp_path / "host" / "project.git", person)
        gitrepo.git(person, "remote", "add", "origin", str(remote))
    town = make_town(tmp_path / "town")
    clone(str(remote), town.root / "proj")
    config = rig_config(remote, gates or {})
    for gate in config.gates.values() if allow else ():
        allowed.allow_text(town.local, gate.command, "test")
    town.apply(lambda _: Edit(subject="rig: proj", put=(config,)))
    return Scene(town, Rig(town.root, config), remote, person)


def rig_config(remote: Path, gates: Mapping[str, Gate | str]) -> RigConfig:
    """The rig `proj` with these gates."""
    made = {name: Gate(command=gate) if isinstance(gate, str) else gate for name, gate in gates.items()}
    return RigConfig(name=RigName("proj"), prefix="pr", url=str(remote), gates=made)


def submit(
    scene: Scene,
    bead: str,
    files: Mapping[str, str | None],
    *,
    name: str = "toast",
    message: str = "the work",
    **keys: object,
) -> str:
    """Work of a polecat on `bead`, committed and submitted; the request's id."""
    branch = f"polecat/{name}/{bead}"
    base = scene.rig.target_tip()
    scene.rig.add_worktree(Path("polecats") / name, branch, base)
    worktree = scene.rig.folder / "polecats" / name
    source = gitrepo.commit(worktree, message, files) if files else base
    address = Address(f"proj/polecats/{name}")
    hook = Hook(
        state="completed", bead=ItemId(bead), branch=branch, worktree=f"proj/polecats/{name}", since=NOW
    )
    given = {"source_commit": source, "base": base, "target": "main", **keys}
    request = MergeRequest(
        id=ItemId(f"pr-mr-{bead[3:]}"),
        rig="proj",
        bead=ItemId(bead),
        branch=branch,
        agent=address,
        created=NOW,
        **given,  # type: ignore[arg-type]
    )
    put = (
        Bead(id=ItemId(bead), title=f"Do {bead}", status="hooked", assignee=address, created=NOW),
        Agent(address=address, role="polecat", rig="proj", host=scene.town.host, hook=hook),
        request,
    )
    scene.town.apply(lambda _: Edit(subject=f"submit: {request.id}", put=put))
    return request.id


def worktree(scene: Scene, name: str = "toast") -> Path:
    """A polecat's worktree."""
    return scene.rig.folder / "polecats" / name


def push(scene: Scene, message: str, files: Mapping[str, str | None]) -> CommitId:
    """Somebody else's commit on the remote's main."""
    gitrepo.git(scene.person, "pull", "-q", "--rebase", "origin", "main")
    made = gitrepo.commit(scene.person, message, files)
    gitrepo.git(scene.person, "push", "-q", "origin", "main")
    return CommitId(made)
