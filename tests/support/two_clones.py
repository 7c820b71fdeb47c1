"""Two clones of a town that edit the same files at random and pull from each other, and what must hold then."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from gtlib.actions import merge_setup
from gtlib.actions.catch_up import catch_up
from gtlib.actions.install import install
from gtlib.model import archive_line
from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support import gitrepo
from tests.support.clones import Done
from tests.support.clones import run
from tests.support.gitrepo import git
from tests.support.towns import make_town

STEPS = 40
BEADS = ("hq-aaaaa", "hq-bbbbb")
MOLECULE = "molecules/hq-mol-one.md"
CONVOY = "convoys/hq-cv-one.md"
AGENT = "agents/overseer.md"
ARCHIVE = "archive/2026-01.jsonl"


def _bead(id: str) -> str:
    head = f"---\nid: {id}\ntitle: Shared\ntype: epic\nstatus: open\npriority: 2\n# by hand\n"
    return f"{head}created: 2026-01-01T08:00:00Z\ncreated_by: ada\n---\nWhat is wanted.\n"


def _molecule() -> str:
    steps = "\n\n".join(f"- [ ] **s{n}** Step {n}" for n in range(STEPS))
    return f"---\nid: hq-mol-one\ntitle: Long\nassignee: ada\n---\n\n## Steps\n\n{steps}\n"


def _letter(n: int) -> str:
    return f"---\nid: msg-{n:05}\nfrom: ada\nto:\n  - mayor\nsubject: Letter {n}\n---\nText {n}.\n"


class TwoClones:
    """`home` runs the rules of the town, `away` none. What each did is remembered, to be looked for."""

    def __init__(self, tmp_path: Path, seed: int, *, driver: bool = True) -> None:
        self.random = random.Random(seed)
        self.driver = driver
        self.count = 0
        self.conflicts = 0
        self.there: set[str] = set()  # texts that must be somewhere
        self.gone: set[str] = set()  # texts that must be nowhere
        self.values: dict[tuple[str, str], str] = {}  # what the one side that changes it said last
        self.done: set[str] = set()  # steps that were ticked
        self.links: list[tuple[str, str]] = []  # (bead, title of the child that it was related to)
        self.home = make_town(tmp_path / "home")
        self._begin()
        git(self.home.root, "clone", "-q", ".", str(tmp_path / "away"))
        self.away = install(tmp_path / "away")
        (self.away.local / "host").write_text("elsewhere\n", "utf-8")
        for town in (self.home, self.away):
            git(town.root, "config", "core.hooksPath", "/dev/null")
            if not driver:
                (town.git_dir / "info").mkdir(exist_ok=True)
                # an unknown driver, as on a git host; it overrides .gitattributes
                text = "*.md merge=nowhere\n*.yaml merge=nowhere\n"
                (town.git_dir / "info" / "attributes").write_text(text, "utf-8")
                git(town.root, "config", merge_setup.STRATEGY, "ort")
        self.known = dict.fromkeys((self.home.root, self.away.root), self.home.tip())

    def _begin(self) -> None:
        files: dict[str, str | None] = {f"beads/{id}.md": _bead(id) for id in BEADS}
        files |= {f"mail/mayor/new/msg-{n:05}.md": _letter(n) for n in range(60)}
        files |= {MOLECULE: _molecule(), ARCHIVE: '{"id":"hq-old"}\n'}
        files |= dict(self._alike() for _ in range(6))
        files[CONVOY] = "---\nid: hq-cv-one\ntitle: All\nstatus: staged\n---\n"
        gitrepo.commit(self.home.root, "the beginning", files)
        catch_up(self.home)

    # What people do

    def edit(self, town: Town) -> None:
        """A few changes and a commit."""
        for _ in range(self.random.randint(1, 3)):
            self.random.choice(EDITS)(self, town)
        gitrepo.commit(town.root, "edited")
        self._follow(town)

    def token(self, kind: str) -> str:
        self.count += 1
        return f"{kind}x{self.count}x"

    def path(self) -> str:
        return f"beads/{self.random.choice(BEADS)}.md"

    def change(self, town: Town, path: str, change: Callable[[str], str]) -> None:
        file = town.root / path
        file.write_text(change(file.read_text("utf-8")), "utf-8")

    def label(self, town: Town) -> None:
        token, path = self.token("label"), self.path()
        self.change(town, path, lambda text: _listed(text, "labels", token))
        self.there.add(token)

    def unlabel(self, town: Town) -> None:
        path = self.path()
        found = re.findall(r"^  - (labelx\d+x)\n", (town.root / path).read_text("utf-8"), re.MULTILINE)
        if found:
            token = self.random.choice(found)
            self.change(town, path, lambda text: text.replace(f"  - {token}\n", ""))
            self.there.discard(token)
            self.gone.add(token)

    def comment(self, town: Town) -> None:
        token, path = self.token("comment"), self.path()
        self.change(town, path, lambda text: _commented(text, token, self.count))
        self.there.add(token)

    def write(self, town: Town) -> None:
        """Each side has a section that it writes in."""
        token, path = self.token("words"), self.path()
        heading = "Design" if town is self.home else "Notes"
        self.change(town, path, lambda text: _written(text, heading, f"Here are {token}."))
        self.there.add(token)

    def value(self, town: Town) -> None:
        """Each side has fields that it changes; they stand beside each other."""
        path = self.path()
        key = self.random.choice(("priority", "owner") if town is self.home else ("external_ref", "spec"))
        value = str(self.random.randint(0, 4)) if key == "priority" else self.token("value")
        self.change(town, path, lambda text: _set(text, key, value))
        self.values[path, key] = value

    def title(self, town: Town) -> None:
        """What both change: a conflict when both did."""
        token, path = self.token("title"), self.path()
        self.change(town, path, lambda text: _set(text, "title", f"The {token}"))

    def tick(self, town: Town) -> None:
        step = f"s{self.random.randrange(STEPS - 1)}"
        self.change(town, MOLECULE, lambda text: text.replace(f"- [ ] **{step}**", f"- [x] **{step}**"))
        self.done.add(step)

    def track(self, town: Town) -> None:
        token = f"hq-{self.token('t')}"
        self.change(town, CONVOY, lambda text: _listed(text, "tracks", token))
        self.there.add(token)

    def child(self, town: Town) -> None:
        """The next number that this clone has not seen; something else refers to it."""
        numbers = [int(path.stem.rpartition(".")[2]) for path in (town.root / "beads").glob("hq-aaaaa.*.md")]
        id, token = f"hq-aaaaa.{max(numbers, default=0) + 1}", self.token("child")
        second = f"{self.count // 60 % 60:02}:{self.count % 60:02}"
        head = f"---\nid: {id}\ntitle: The {token}\nparent: hq-aaaaa\n"
        text = f"{head}created: 2026-02-01T08:{second}Z\ncreated_by: {town.root.name}\n---\n"
        (town.root / f"beads/{id}.md").write_text(text, "utf-8")
        other = self.random.choice(BEADS)
        self.change(town, f"beads/{other}.md", lambda text: _listed(text, "related", id))
        self.there.add(token)
        self.links.append((other, f"The {token}"))

    def read(self, town: Town) -> None:
        letters = sorted((town.root / "mail/mayor/new").glob("msg-*.md"))
        if letters:
            letter = self.random.choice(letters)
            there = town.root / "mail/mayor/cur" / letter.name
            there.parent.mkdir(exist_ok=True)
            letter.rename(there)
            self.there.add(f"Text {int(letter.stem[4:])}.")

    def archive(self, town: Town) -> None:
        token = self.token("old")
        self.change(town, ARCHIVE, lambda text: f'{text}{{"id":"hq-{token}"}}\n')
        self.there.add(token)

    # Beads that look alike

    def _alike(self) -> tuple[str, str]:
        """A new bead like all of its sort, but for its names and its moment."""
        token = self.token("alike")
        id = f"hq-like{self.count}"
        head = f"---\nid: {id}\ntitle: Look at it\ntype: task\nstatus: open\nlabels:\n  - alike\nowner: ada\n"
        second = f"{self.count // 60 % 60:02}:{self.count % 60:02}"
        more = f"priority: 2\nspec: one\ncreated: 2026-03-01T08:{second}Z\ncreated_by: ada\n---\n"
        self.there.add(token)
        return f"beads/{id}.md", f"{head}{more}{_SAME}I am {token}.\n"

    def alike(self, town: Town) -> Path | None:
        found = sorted((town.root / "beads").glob("hq-like*.md"))
        return self.random.choice(found) if found else None

    def mark(self, town: Town) -> None:
        """Each label says whose it is."""
        file = self.alike(town)
        if file:
            text = file.read_text("utf-8")
            token = f"{self.token('mark')}.{_I_AM.findall(text)[0]}"
            file.write_text(_listed(text, "labels", token), "utf-8")
            self.there.add(token)

    def exchange(self, town: Town) -> None:
        """One goes, and another comes."""
        file = self.alike(town)
        if file:
            self.there -= _tokens(file.read_text("utf-8"))
            file.unlink()
            path, text = self._alike()
            (town.root / path).write_text(text, "utf-8")

    def rename(self, town: Town) -> None:
        file = self.alike(town)
        if file:
            self.count += 1
            id = f"hq-like{self.count}"
            text = file.read_text("utf-8").replace(f"id: {file.stem}\n", f"id: {id}\n")
            file.unlink()
            file.with_name(f"{id}.md").write_text(text, "utf-8")

    def fold(self, town: Town) -> None:
        """One goes into the archive while another comes."""
        file = self.alike(town)
        if file:
            text = file.read_text("utf-8")
            item = kinds.parse(f"beads/{file.name}", text)
            assert item is not None
            self.change(town, ARCHIVE, lambda lines: lines + archive_line.line_of(item, text))
            file.unlink()
            path, text = self._alike()
            (town.root / path).write_text(text, "utf-8")

    def unfold(self, town: Town) -> None:
        lines, _ = archive_line.parse(ARCHIVE, (town.root / ARCHIVE).read_bytes())
        for line in lines:
            file = town.root / "beads" / f"{line.id}.md"
            item = line.item()
            if line.id.startswith("hq-like") and item is not None and not file.exists():
                file.write_text(kinds.render(item), "utf-8")
                return

    # Pulling

    def pull(self, town: Town, tip: str = "") -> None:
        other = self.away if town is self.home else self.home
        git(town.root, "fetch", "-q", str(other.root), "main")
        done = run(town.root, "merge", "-q", "--no-edit", tip or "FETCH_HEAD")
        if done.code:
            self._settle(town, done)
        self._follow(town)

    def cross(self) -> None:
        """Both merge what the other had before: two merges with two common ancestors."""
        tips = git(self.home.root, "rev-parse", "HEAD"), git(self.away.root, "rev-parse", "HEAD")
        self.pull(self.home, tips[1])
        git(self.away.root, "fetch", "-q", str(self.home.root), "main")
        self.pull(self.away, tips[0])

    def _settle(self, town: Town, done: Done) -> None:
        """A person settles what is in conflict, which with the driver is nothing but titles."""
        self.conflicts += 1
        unmerged = [
            line[3:] for line in git(town.root, "status", "--porcelain").splitlines() if line[:2] in _BOTH
        ]
        assert unmerged, done.said
        for path in unmerged:
            text = (town.root / path).read_text("utf-8")
            if path.startswith("beads/hq-like"):  # deleted here and changed there: it is kept
                assert not _CONFLICT.search(text), text
                self.there |= _tokens(text)
                continue
            conflicts = _CONFLICT.findall(text)
            assert conflicts and all(_TITLES.fullmatch(each) for each in conflicts), text
            # by the text, so that two who settle the same settle it alike
            (town.root / path).write_text(
                _CONFLICT.sub(lambda found: max(_TITLE.findall(found[0])), text), "utf-8"
            )
        gitrepo.commit(town.root, "settled")

    def _follow(self, town: Town) -> None:
        if town is self.home:
            catch_up(Town.open(town.root))

    # The whole

    def rounds(self, number: int) -> None:
        for _ in range(number):
            for town in (self.home, self.away):
                for _ in range(self.random.randint(0, 2)):
                    self.edit(town)
            self.random.choice((self.pull_home, self.pull_away, self.cross, lambda: None))()
        for _ in range(3):
            self.pull_home()
            self.pull_away()

    def pull_home(self) -> None:
        self.pull(self.home)

    def pull_away(self) -> None:
        self.pull(self.away)

    def check(self) -> None:
        """Both are the same, and all that was done is there."""
        trees = [git(town.root, "rev-parse", "HEAD^{tree}") for town in (self.home, self.away)]
        assert trees[0] == trees[1]
        town = Town.open(self.home.root)
        snapshot = town.snapshot()
        assert snapshot.broken() == ()
        texts = {path: snapshot.text(path) or "" for path in snapshot.paths("")}
        whole = "\n".join(texts.values())
        assert sorted(token for token in self.there if token not in whole) == []
        for path, text in texts.items():
            if path.startswith("beads/hq-like"):
                assert {each.partition(".")[2] for each in _MARK.findall(text)} <= {*_I_AM.findall(text)}, (
                    path
                )
                assert len(_I_AM.findall(text)) == 1, text
        assert sorted(token for token in self.gone if token in whole) == []
        for (path, key), value in self.values.items():
            assert re.search(rf"^{key}: (.*)$", texts[path], re.MULTILINE)[1] == value, (path, key)  # type: ignore[index]
        assert sorted(step for step in self.done if f"- [x] **{step}**" not in texts[MOLECULE]) == []
        titles = {bead.title: bead for bead in snapshot.beads()}
        for id, title in self.links:
            bead = snapshot.bead(ItemId(id))
            assert isinstance(bead, Bead)
            assert titles[title].id in bead.related, (id, title)
        related = [each for id in BEADS for each in _bead_of(snapshot.bead(ItemId(id))).related]
        assert len(related) == len(self.links)
        assert git(self.home.root, "status", "--porcelain") == ""


def _bead_of(bead: Bead | None) -> Bead:
    assert bead is not None
    return bead


EDITS: tuple[Callable[[TwoClones, Town], None], ...] = (
    TwoClones.label,
    TwoClones.label,
    TwoClones.unlabel,
    TwoClones.comment,
    TwoClones.comment,
    TwoClones.write,
    TwoClones.value,
    TwoClones.value,
    TwoClones.title,
    TwoClones.tick,
    TwoClones.tick,
    TwoClones.track,
    TwoClones.child,
    TwoClones.read,
    TwoClones.archive,
    TwoClones.mark,
    TwoClones.mark,
    TwoClones.exchange,
    TwoClones.rename,
    TwoClones.fold,
    TwoClones.unfold,
)

_BOTH = ("UU", "AA", "UD", "DU")
_SAME = "".join(f"Line {n} of what all of them have in common.\n" for n in range(12))
_I_AM = re.compile(r"^I am (alikex\d+x)\.$", re.MULTILINE)
_MARK = re.compile(r"markx\d+x\.alikex\d+x")
_CONFLICT = re.compile(r"^<<<<<<< ours\n.*?^>>>>>>> theirs\n", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^title: .*\n", re.MULTILINE)
_TITLES = re.compile(r"<{7} ours\ntitle: .*\n={7}\ntitle: .*\n>{7} theirs\n")


def _tokens(text: str) -> set[str]:
    return {*_I_AM.findall(text), *_MARK.findall(text)}


def _listed(text: str, key: str, item: str) -> str:
    """A new item, put where a person would: at the end of the list, which is made when there is none."""
    found = re.search(rf"^{key}:\n(?:  - .*\n)*", text, re.MULTILINE)
    if found:
        return text[: found.end()] + f"  - {item}\n" + text[found.end() :]
    return text.replace("\n---\n", f"\n{key}:\n  - {item}\n---\n", 1)


def _set(text: str, key: str, value: str) -> str:
    line = f"{key}: {value}\n"
    found = re.search(rf"^{key}: .*\n", text, re.MULTILINE)
    if found:
        return text[: found.start()] + line + text[found.end() :]
    return text.replace("\n---\n", f"\n{line}---\n", 1)


def _written(text: str, heading: str, line: str) -> str:
    """A line at the end of a section."""
    if f"## {heading}\n" not in text:
        rest = "## Comments\n"
        new = f"## {heading}\n{line}\n\n"
        return text.replace(rest, new + rest) if rest in text else f"{text}\n{new}".rstrip("\n") + "\n"
    return text.replace(f"## {heading}\n", f"## {heading}\n{line}\n\n")


def _commented(text: str, token: str, number: int) -> str:
    """With the next id that this clone has not seen."""
    count = len(re.findall(r"^### ", text, re.MULTILINE)) + 1
    comment = f"### ada 2026-01-01T08:{number // 60 % 60:02}:{number % 60:02}Z c{count}\nSaid {token}.\n"
    begun = text if "## Comments\n" in text else f"{text}\n## Comments\n"
    return f"{begun.rstrip()}\n\n{comment}" if begun.endswith(".\n") else begun + comment


def without_driver(tmp_path: Path, seed: int, rounds: int) -> tuple[int, int]:
    """Merges without the driver: either git says conflict, or nothing is lost. (conflicts, clean merges)"""
    clones = TwoClones(tmp_path, seed, driver=False)
    conflicts = clean = 0
    for _ in range(rounds):
        for town in (clones.home, clones.away):
            clones.edit(town)
        git(clones.home.root, "fetch", "-q", str(clones.away.root), "main")
        done = run(clones.home.root, "merge", "-q", "--no-edit", "FETCH_HEAD")
        if done.code:
            conflicts += 1
            assert "CONFLICT" in done.said
            assert run(clones.home.root, "merge", "--abort").code == 0
            # what git could not merge, the driver can: the two go on from there
            attributes = clones.home.git_dir / "info" / "attributes"
            text = attributes.read_text("utf-8")
            attributes.write_text("", "utf-8")
            merge_setup.configure(clones.home.root)
            git(clones.home.root, "config", merge_setup.STRATEGY, "recursive")
            clones.pull(clones.home)
            git(clones.home.root, "config", merge_setup.STRATEGY, "ort")
            attributes.write_text(text, "utf-8")
        else:
            clean += 1
            clones._follow(clones.home)
        clones.pull(clones.away)
        clones.check()
    return conflicts, clean
