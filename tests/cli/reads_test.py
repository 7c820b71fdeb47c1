"""What a read command imports while the town's index is fresh: libgit2 alone would double its time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from gtlib.store.town import Town
from tests.imports_test import HEAVY
from tests.support import bd
from tests.support import gt
from tests.support import towns

PARSERS = "gtlib.model.schemas"
READS = (
    "bd list", "bd list --all --json", "bd show hq-aaa11", "bd show hq-aaa11 --json", "bd ready", "gt ready",
    "gt ready --json", "gt mail inbox", "gt mail check --inject", "gt mail peek",
    "gt mail search x", "gt mail thread 1", "gt mail directory", "gt mail queue show jobs",
    "gt escalate list", "gt convoy list", "gt convoy show", "gt mol list", "gt mol show {mol}",
    "bd ready --explain --json", "bd ready --gated", "bd ready --mol {mol}", "bd blocked --json",
    "bd children hq-aaa11", "bd dep list hq-aaa11", "bd dep tree hq-aaa11 --format mermaid", "bd dep cycles",
    "bd graph --dot", "bd graph hq-aaa11 --json", "bd graph check", "bd epic status",
    "bd statuses", "bd types", "bd mol wisp list",
    "bd list --tree", "bd list --ready --sort updated", "bd show hq-aaa11 --refs", "bd show --short hq-aaa11",
    "bd search bead", "bd search aa", "bd query status=open", "bd count --by-status", "bd stale -d 5",
    "bd status --no-activity", "bd lint -t chore", "bd duplicates", "bd find-duplicates", "bd comments hq-aaa11",
    "bd label list hq-aaa11", "bd label list-all", "bd state hq-aaa11 x", "bd state list hq-aaa11",
    "bd export", "bd memories", "bd prime", "bd prime --full --hook-json", "bd info", "bd where",
    "bd formula list", "gt formula show release", "bd cook release --var version=1.0", "gt formula graph release",
    "gt formula show release --check", "gt formula overlay list",
    "gt config show", "gt config show --role polecat --json", "gt config get default_agent", "gt config agent list",
    "gt config agent get codex", "gt config default-agent", "gt config cost-tier",
    "gt mol current {mol}", "gt mol status {mol} --json", "gt mol progress {mol} --json", "gt mol dag {mol} --tree",
    "bd mol stale", "bd mol seed release",
    "bd gate list", "gt gate list --json", "bd gate show hq-ggg33", "bd mol ready --gated", "gt mol ready",
    "gt prime --role mayor", "gt prime --explain --json", "gt whoami", "gt role show polecat", "gt directive list",
    "gt seance", "gt seance --json", "gt namepool themes",
    "gt mayor status", "gt session list", "gt session status mayor --json", "gt session history mayor",
    "gt session check", "gt agents check", "gt crew status", "gt polecat list",
    "gt polecat identity list", "gt resume mayor",
)  # fmt: skip


def filled(path: Path) -> tuple[Town, str]:
    town = towns.make_town(path)
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11", labels=["x"]))
    towns.put(town, "beads/hq-ggg33.md", towns.bead("hq-ggg33", type="gate"))
    towns.put(town, "mail/queues/jobs.md", "---\nmembers: mayor\n---\n")
    gt("convoy", "create", "X", "aaa11", cwd=town.root)
    gt("mail", "send", "overseer", "-s", "x", cwd=town.root)
    bd("list", "--json", cwd=town.root)  # looks up once when files changed last, and leaves that to others
    poured = bd("mol", "pour", "release", "--var", "version=1.0", "--json", cwd=town.root)
    return town, str(json.loads(poured.stdout)["new_epic_id"])


# Each command runs in a process of its own, forked where what every read needs is there: what that imports counts.
EACH = """
import os
import sys
from gtlib import lean
from gtlib.cli.start import start
from gtlib.cli import program
from gtlib.store import reading
for line in sys.stdin:
    child = os.fork()
    if not child:
        sys.stdin = open(os.devnull)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        name, *words = line.split()
        code = start(name, words)
        os.write(int(sys.argv[1]), f"{code} {' '.join(sys.modules)}\\n".encode())
        os._exit(0)
    os.waitpid(child, 0)
"""


def heavy(town: Town, *commands: str, path: str = os.environ["PATH"]) -> list[set[str]]:
    """The heavy packages that each command imports."""
    told, tell = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", EACH, str(tell)],
        stdin=subprocess.PIPE, cwd=town.root, text=True, pass_fds=[tell], env={**os.environ, "PATH": path},
    ) as child, open(told, encoding="utf-8") as lines:  # fmt: skip
        os.close(tell)
        assert child.stdin is not None
        found = []
        for words in commands:
            child.stdin.write(f"{words}\n")
            child.stdin.flush()
            code, *imported = lines.readline().split()
            assert code == "0" and "gtlib.cli.options" in imported, words
            packages = {name.partition(".")[0] for name in imported}
            found.append(packages.intersection(HEAVY) | {PARSERS}.intersection(imported))
        child.stdin.close()
    assert child.returncode == 0
    return found


def test_reads_import_nothing_heavy(tmp_path: Path) -> None:
    town, molecule = filled(tmp_path / "town")
    found = heavy(town, *(words.format(mol=molecule) for words in READS), path="/nowhere")
    assert dict(zip(READS, found, strict=True)) == {words: set() for words in READS}


def test_only_who_looks_back_reads_old_files_anew(tmp_path: Path) -> None:
    """The index knows what stands now: what stood before is parsed, and found in git."""
    town, _ = filled(tmp_path / "town")
    towns.put(town, "beads/hq-aaa11.md", towns.bead("hq-aaa11", "Another title"))
    bd("list", "--json", cwd=town.root)
    looks = ("bd history hq-aaa11", "bd diff HEAD~1", "bd list --at HEAD~1")
    assert dict(zip(looks, heavy(town, *looks), strict=True)) == {
        "bd history hq-aaa11": {PARSERS},  # whose old texts the git program gives
        "bd diff HEAD~1": {"pygit2", PARSERS},
        "bd list --at HEAD~1": {"pygit2", PARSERS},
    }
