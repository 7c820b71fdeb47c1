"""A town with files of every kind, and mutations of their bytes, committed past all checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from gtlib.store.town import Town
from tests.support import inside
from tests.support.towns import make_town

MINE = "hq-me"  # the bead that commands change while another file is mutated

FILES = {
    "beads/hq-one.md": "---\nid: hq-one\ntitle: One\ntype: bug\nstatus: open\npriority: 1\nlabels:\n  - a # x\n"
    "  - b\nneeds:\n  - hq-two\nparent: hq-epic\nestimate: 30\ndue: 2026-12-01\nmine:\n  deep: [1, {a: b}]\n---\n"
    "Text of it.\n\n## Acceptance Criteria\n- once\n\n## Notes\nNoted.\n\n## Comments\n"
    "### ada 2026-11-20T09:10:00Z c1\nSeen.\n\n### bob 2026-11-20T09:11:00Z c2\nToo.\n",
    "beads/hq-two.md": "---\ntitle: 'Two'\nstatus: closed\nclosed: 2026-11-19T08:00:00Z\nclose_reason: \"done\"\n---\n",
    "beads/hq-epic.md": "---\r\ntitle: Epic\r\ntype: epic\r\nlabels: [x, y]\r\n---\r\nText\r\n",
    f"beads/{MINE}.md": f"---\nid: {MINE}\ntitle: Mine\npriority: 2\n---\nMy text.\n",
    "molecules/hq-mol-a.md": "---\nid: hq-mol-a\ntitle: Run\nvars:\n  x: y\nevidence:\n  a: "
    + "1" * 40
    + "\n---\nAbout.\n\n## Steps\n\n- [x] **a** A\n\n- [ ] **b** B (needs: a)\n\n  Text.\n  - [ ] inner\n\n## Outputs\nNone.\n",
    "convoys/hq-cv-a.md": "---\nid: hq-cv-a\ntitle: Convoy\nstatus: open\nowner: overseer\ntracks:\n  - hq-one\n  - hq-two\n---\n",
    "merges/hq-mr-a.md": "---\nid: hq-mr-a\nstatus: rejected\nbranch: polecat/nux/hq-one\n---\nLog.\n",
    "escalations/hq-esc-a.md": "---\nid: hq-esc-a\ntitle: Help\nseverity: high\nstatus: open\n---\nText.\n",
    "agents/proj/polecats/nux.md": "---\naddress: proj/polecats/nux\nrole: polecat\nrig: proj\nsessions:\n"
    "  - id: s1\n    started: 2026-11-19T08:00:00Z\n    outcome: done\n---\nNotes.\n",
    "mail/overseer/new/msg-a.md": "---\nid: msg-a\nfrom: mayor\nto:\n  - overseer\nsubject: Hello\nsent: 2026-11-19T08:00:00Z\n---\nText.\n",
    "formulas/chore.formula.toml": 'formula = "chore"\nversion = 1\n\n[[steps]]\nid = "one"\ntitle = "One"\nrun = ["true"]\n',
    "archive/2026-01.jsonl": '{"id":"hq-old","title":"Old","status":"closed","issue_type":"task","priority":2,'
    '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z","closed_at":"2026-01-02T00:00:00Z"}\n',
}  # fmt: skip
OTHERS = ("town.yaml", "settings/config.json", ".gitattributes", "tasks.py")

COMMANDS = (
    ("gt", "catch-up"),
    ("gt", "status"),
    ("gt", "doctor"),
    ("gt", "agents"),
    ("gt", "mail", "inbox"),
    ("gt", "convoy", "list"),
    ("gt", "mol", "list"),
    ("bd", "list"),
    ("bd", "ready", "--json"),
    ("bd", "show", "hq-one"),
    ("bd", "show", "hq-old"),
    ("bd", "show", MINE, "--json"),
)


class Mutation(NamedTuple):
    """What is done to a file: `kind` at `at` (a share of its length), with `data`; or with another file's bytes."""

    path: str
    kind: str
    at: float
    length: int
    data: bytes
    other: str


junk = st.binary(min_size=1, max_size=8) | st.sampled_from(
    [b"\n", b"---\n", b"\r\n", b": ", b"- ", b"\t", b"\0", b"\xff", b"\xef\xbb\xbf", b"&a ", b"*a", b"!!x ", b"[", b"{", b"'", b'"']
    + [b"<<<<<<< x\n", b"=======\n", b"## Notes\n", b"### x\n", b"- [ ] **a** x\n", b"\\", b"\xe2\x80\xa8", b"hq-me", b"status: closed\n", b"|\n", b"%", b"@", b"`", b"?"]
)  # fmt: skip
paths = st.sampled_from((*FILES, *OTHERS))
mutations = st.builds(
    Mutation,
    path=paths.filter(lambda path: MINE not in path),
    kind=st.sampled_from(["insert", "delete", "flip", "truncate", "splice", "double", "replace"]),
    at=st.floats(0, 1),
    length=st.integers(1, 40),
    data=junk,
    other=paths,
)


def mutated(files: dict[str, bytes], mutation: Mutation) -> bytes:
    """The file's bytes after it."""
    data = files[mutation.path]
    at = int(mutation.at * len(data))
    end = at + mutation.length
    other = files[mutation.other]
    return {
        "insert": data[:at] + mutation.data + data[at:],
        "delete": data[:at] + data[end:],
        "flip": data[:at] + bytes(byte ^ mutation.data[0] for byte in data[at : at + 1]) + data[at + 1 :],
        "truncate": data[:at],
        "splice": data[:at] + other[int(mutation.at * len(other)) :][: mutation.length * 4] + data[at:],
        "double": data[:end] + data[at:],
        "replace": other,
    }[mutation.kind]


class Stage:
    """The town, and how it is brought back to its beginning after each case."""

    def __init__(self, path: Path) -> None:
        self.town = make_town(path)
        self.root = self.town.root
        for name, text in FILES.items():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        config = self.root / "town.yaml"
        config.write_text(config.read_text("utf-8") + "limits:\n  courtesy: 0\n", "utf-8")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--no-verify", "-m", "begin")
        inside.run(self.root, "gt", "catch-up")
        self.start = Town.open(self.root).tip()
        names = (*FILES, *OTHERS)
        self.files = {name: (self.root / name).read_bytes() for name in names if (self.root / name).exists()}

    def _git(self, *words: str) -> str:
        """git without git hooks. What it says of odd files may be no text."""
        argv = ["git", "-c", "core.hooksPath=/dev/null", *words]
        done = subprocess.run(argv, cwd=self.root, capture_output=True, check=False)
        assert done.returncode == 0, done
        return done.stdout.decode("utf-8", "surrogateescape")

    def reset(self) -> None:
        self._git("reset", "--quiet", "--hard", self.start)
        self._git("clean", "-fdq")
        self._git("update-ref", "refs/gt/processed", self.start)

    def commit(self, mutation: Mutation) -> bool:
        """Commit the mutation with a git that runs no hook; False when it changes nothing."""
        if mutation.path not in self.files or mutation.other not in self.files:
            return False
        target = self.root / mutation.path
        target.write_bytes(mutated(self.files, mutation))
        self._git("add", "--all")
        if not self._git("status", "--porcelain"):
            return False
        self._git("commit", "--quiet", "-m", "mutated")
        return True

    def blobs(self) -> dict[str, str]:
        lines = self._git("ls-tree", "-r", "HEAD", "--", "beads").splitlines()
        return {line.partition("\t")[2]: line.split()[2] for line in lines}

    def check(self, mutation: Mutation) -> None:
        """No command meets a bug, and no other bead changes but by the command that changes it."""
        before = self.blobs()
        for words in COMMANDS:
            ran = inside.run(self.root, *words)
            if ran.code:
                assert ran.code in (1, 2), (words, ran)
        after = self.blobs()
        changed = {path for path in before if before[path] != after.get(path)} - {mutation.path}
        assert not changed, (changed, self._git("log", "--format=%B", f"{self.start}.."))
        ran = inside.run(self.root, "bd", "update", MINE, "--priority", "0")
        if ran.code:
            assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran
            return
        mine = f"beads/{MINE}.md"
        said = self._git("show", f"HEAD:{mine}")
        assert said == FILES[mine].replace("priority: 2", "priority: 0")
        changed = {path for path, blob in self.blobs().items() if after.get(path) != blob}
        assert changed == {mine}

    def spoil(self, files: dict[str, bytes]) -> None:
        """Commit these bytes in place of the files."""
        for path, data in files.items():
            (self.root / path).write_bytes(data)
        self._git("commit", "--quiet", "-am", "bad")

    def processes(self) -> None:
        """The same commands as real processes: none shows a traceback."""
        for words in COMMANDS:
            done = subprocess.run(
                [sys.executable, "-m", "gtlib.cli", *words], cwd=self.root, capture_output=True, check=False
            )
            assert done.returncode in (0, 1, 2), (words, done)
            assert b"Traceback" not in done.stderr + done.stdout
            assert b"bug: " not in done.stderr
