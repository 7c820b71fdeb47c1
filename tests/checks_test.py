"""What a commit in the town is refused for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gtlib import checks
from gtlib.actions import handover
from gtlib.errors import UserError
from gtlib.store.roots import find_root
from tests.support import ROOT
from tests.support import gitrepo
from tests.support import towns

REFUSED = "gt: nothing was committed; mend that, or commit anyway with --no-verify\n"


def commit(root: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "commit", "-q", "-m", "x"], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    tip = town.tip()
    (town.root / "beads" / "hq-a.md").write_bytes(b"---\ntitle: A\n---\ncaf\xe9\n")
    towns.git(town.root, "add", "beads")
    said = "gt: beads/hq-a.md:4: the file is not UTF-8 text; save it as UTF-8\n"
    assert commit(town.root) == (1, said + REFUSED)
    assert town.tip() == tip


def test_a_link_and_a_repository_are_no_files(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    tip = town.tip()
    (tmp_path / "real.md").write_text(towns.bead("hq-a"), encoding="utf-8")
    (town.root / "beads" / "hq-a.md").symlink_to(tmp_path / "real.md")
    towns.git(town.root, "add", "beads")
    towns.git(town.root, "update-index", "--add", "--cacheinfo", f"160000,{tip},beads/hq-b.md")
    said = "".join(
        f"gt: beads/{name}.md:1: this is {what}, which the town does not follow; "
        f"put a file with the text itself in its place, then git add beads/{name}.md\n"
        for name, what in (("hq-a", "a link"), ("hq-b", "a repository of its own"))
    )
    assert commit(town.root) == (1, said + REFUSED)
    assert town.tip() == tip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"x = [", "1: not TOML: Invalid value; mend the line"),
        (b"x = 1\n\xff", "2: the file is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_formula_that_nothing_can_read(tmp_path: Path, text: bytes, said: str) -> None:
    town = towns.make_town(tmp_path / "town")
    (town.root / "formulas" / "bad.formula.toml").write_bytes(text)
    towns.write(
        town, "formulas/odd.formula.toml", "formula = 'odd'\nzz = 1\n[[steps]]\nid = 'a'\ntitle = 'A'\n"
    )
    towns.git(town.root, "add", "formulas")
    odd = (
        "gt: formulas/odd.formula.toml:2: warning: unknown key `zz` of the formula; "
        "it is kept and does nothing\n"
    )
    assert commit(town.root) == (1, f"gt: formulas/bad.formula.toml:{said}\n{odd}{REFUSED}")
    towns.git(town.root, "rm", "-q", "--cached", "formulas/bad.formula.toml")
    assert commit(town.root) == (0, odd)


def test_a_town_keeps_its_town_yaml(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.git(town.root, "rm", "-q", "town.yaml")
    said = (
        "gt: town.yaml:1: without this file nothing here is a town; "
        "git checkout HEAD -- town.yaml brings it back\n"
    )
    assert commit(town.root) == (1, said + REFUSED)
    with pytest.raises(UserError) as lost:
        find_root(town.root / "beads", {})
    assert str(lost.value) == (
        f"{town.root} has lost its town.yaml; git -C {town.root} checkout HEAD -- town.yaml, "
        "or git revert the commit that took it"
    )
    towns.git(town.root, "checkout", "HEAD", "--", "town.yaml")
    assert find_root(town.root / "beads", {}) == town.root


# In any repository

BEAD = "---\nid: gt-a\ntitle: A\n---\n"
MOLECULE = (
    "---\nid: gt-mol-m\ntitle: M\n---\n\n## Steps\n\n- [ ] **one** One\n\n- [ ] **two** Two (needs: one)\n"
)
FORMULA = 'formula = "x"\n[[steps]]\nid = "one"\ntitle = "One"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of something else, in which we stand."""
    root = gitrepo.make_repo(tmp_path / "project", {"README": "mine\n"})
    monkeypatch.chdir(root)
    return root


def put(root: Path, path: str, text: str | bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(text.encode() if isinstance(text, str) else text)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = checks.main(list(words))
    said = capsys.readouterr()
    return code, said.out + said.err


@pytest.mark.parametrize(
    ("group", "path", "text", "said"),
    [
        ("beads", "beads/gt-a.md", BEAD, ""),
        ("beads", "deep/down/beads/gt-a.md", BEAD, ""),
        ("beads", "README", "nothing of ours", ""),
        (
            "beads", "beads/gt-b.md", BEAD,
            "2: id is 'gt-a', and the file's name says 'gt-b' (write `id: gt-b`, or rename the file)",
        ),
        (
            "beads", "deep/beads/a b.md", BEAD,
            "1: the file's name: 'a b' is not an id "
            "(rename it: write <prefix>-<letters and digits>, as in gt-abc12)",
        ),
        (
            "beads", "beads/gt-a.md", BEAD + "<<<<<<< ours\n",
            "5: a conflict marker <<<<<<< was left by a merge "
            "(choose between the sides and remove the marker lines)",
        ),
        (
            "beads", "beads/gt-a.md", BEAD.replace("A", "&x A"),
            "3: &x is an anchor (remove it, or quote the value)",
        ),
        ("beads", "beads/gt-a.md", BEAD.replace("A", "!!str A"), "3: tag:yaml.org,2002:str is a tag (remove it, or quote the value)"),
        ("beads", "beads/gt-a.md", b"\x89PNG\n\0\0", "2: the file is binary (put text in its place)"),
        (
            "beads", "beads/gt-a.md", BEAD + "x" * (4 * 1024 * 1024),
            "1: the file has more than 4 MiB (keep it elsewhere and name its place here)",
        ),
        ("molecules", "molecules/gt-mol-m.md", MOLECULE, ""),
        (
            "molecules", "molecules/gt-mol-m.md", MOLECULE.replace("**two**", "**one**"),
            "10: the step one stands twice (first in line 8) (rename one)",
        ),
        (
            "molecules", "molecules/gt-mol-m.md", MOLECULE.replace("needs: one", "needs: three"),
            "10: two needs three, which is no step here (mend the id)",
        ),
        ("formulas", ".beads/formulas/x.formula.toml", FORMULA, ""),
        (
            "formulas", "formulas/x.formula.toml", FORMULA + 'needs = ["on"]\n',
            '5: step "one" needs "on", which is no step (did you mean one?)',
        ),
        (
            "formulas", "formulas/x.formula.toml", FORMULA + FORMULA.partition("\n")[2],
            '6: duplicate step id "one", first at line 2 (give one of them another id)',
        ),
        ("config", "town.yaml", "name: t\n", ""),
        ("config", "town.yaml", "format: 1\n", "1: name is missing (add a line `name: ...`)"),
        ("config", "p/rig.yaml", "prefix: p\nurl: u\ngates:\n  test: [a]\n", "4: gates has a test that has no keys (write one `key: value` a line below it, indented)"),
        ("config", "settings/config.json", "[]", '1: these are no settings (write {"key": value})'),
        (
            "records", "escalations/gt-a.md", BEAD + "",
            "",
        ),
        (
            "records", "escalations/gt-a.md", BEAD.replace("title", "severity: loud\ntitle"),
            "3: severity is 'loud' (write critical, high, medium or low)",
        ),
    ],
)  # fmt: skip
def test_gt_check(
    project: Path, capsys: pytest.CaptureFixture[str], group: str, path: str, text: str | bytes, said: str
) -> None:
    put(project, path, text)
    assert run(capsys, group, path) == ((1, f"{path}:{said}\n") if said else (0, ""))


def test_a_link_is_not_followed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(project, "elsewhere", BEAD)
    (project / "beads").mkdir()
    (project / "beads/gt-a.md").symlink_to(project / "elsewhere")
    what = "this is a link, which the town does not follow"
    hint = "put a file with the text itself in its place, then git add beads/gt-a.md"
    assert run(capsys, "beads", "beads/gt-a.md") == (1, f"beads/gt-a.md:1: {what} ({hint})\n")
    assert run(capsys, "beads", "beads/gt-b.md") == (
        1, "beads/gt-b.md:1: the file can't be read: No such file or directory (name one that is there)\n",
    )  # fmt: skip


def test_what_a_file_names_may_come_later(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = BEAD.replace("id:", "parent: gt-p\nneeds:\n  - gt-b\n  - gt-c\n  - gt-old\nid:")
    put(project, "t/beads/gt-a.md", text)
    put(project, "t/beads/gt-c.md", BEAD.replace("gt-a", "gt-c"))
    put(project, "t/archive/2026-01.jsonl", '{"id":"gt-old"}\n')
    assert run(capsys, "beads", "t/beads/gt-a.md") == (
        0,
        "t/beads/gt-a.md:2: warning: parent names gt-p, which does not exist (make it, or take it out)\n"
        "t/beads/gt-a.md:4: warning: needs names gt-b, which does not exist (make it, or take it out)\n",
    )


def test_the_same_in_a_town(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "archive/2026-01.jsonl", '{"id":"hq-old"}\n{"id": "hq-older"}\n')
    towns.write(town, "beads/hq-a.md", towns.bead("hq-a", needs=["hq-b", "hq-c", "hq-old", "hq-older"]))
    towns.write(town, "beads/hq-b.md", towns.bead("hq-b"))
    towns.git(town.root, "add", "-A")
    said = "gt: beads/hq-a.md:6: warning: needs names hq-c, which does not exist; make it, or take it out\n"
    assert commit(town.root) == (0, said)


def test_usage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "usage: gt-check beads|molecules|formulas|config|records FILE... | trailers MESSAGE-FILE\n"
    for words in ((), ("nonsense",), ("trailers",), ("trailers", "a", "b")):
        assert run(capsys, *words) == (2, said)
    assert run(capsys, "beads") == (0, "")


# Trailers


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("x\n\nCloses: gt-a\nBead: gt-a\nSigned-off-by: a <a@b.c>", ""),
        ("Done: all of it", ""),
        ("x\n\nNone: gt-a", ""),
        ("x\n\nCloses: #12", ""),
        ("x\n\nsteps: think, write, test", ""),
        ("x\n\nEvent: step\nStep: gone.gone", ""),
        ("x\n\nEscalate: High The tests need a key", ""),
        ("x\n\nCloses: gt-b", "3: Closes: gt-b does not exist (look for its id with: bd list)"),
        (
            "x\n\nBead: gt-a\nBlocked-By: gt-b",
            "4: Blocked-By: gt-b does not exist (look for its id with: bd list)",
        ),
        ("x\n\nCloses: the door", "3: Closes: 'the door' is not an id (write Closes: gt-abc12)"),
        ("x\n\nClose: gt-a", "3: Close is no trailer that the town knows (write Closes: gt-a)"),
        ("x\n\nbead: gt-a", "3: bead is no trailer that the town knows (write Bead: gt-a)"),
        ("x\n\nBlockedBy: gt-a", "3: BlockedBy is no trailer that the town knows (write Blocked-By: gt-a)"),
        ("x\n\nStep: gt-mol-m.two", ""),
        ("x\n\nStep: gt-mol-m.tow", "3: Step: gt-mol-m has no step 'tow' (write Step: gt-mol-m.two)"),
        ("x\n\nStep: gt-mol-m.x", "3: Step: gt-mol-m has no step 'x' (its steps are one, two)"),
        ("x\n\nStep: one", ""),
        (
            "x\n\nEscalate: loud Help",
            "3: Escalate: 'loud' is none of critical, high, medium and low "
            "(write Escalate: high The tests need a key)",
        ),
        ("x\n\nStep: one\nOutput: a_b=1 = 2\nChecked: yes\nFailed: gt-mol-m.two it is red", ""),
        ("x\n\nFailed: gt-mol-m.x no", "3: Failed: gt-mol-m has no step 'x' (its steps are one, two)"),
        (
            "x\n\nFailed: gt-mol-m.two",
            "3: Failed: nothing stands behind the step gt-mol-m.two "
            "(write Failed: run-tests two of them need a key)",
        ),
        (
            "x\n\nOutput: a=1\nStep: one",
            "3: Output: it stands behind no Step: (write Step: <step> before it, in the same commit)",
        ),
        ("x\n\nStep: one\nOutput: a", "4: Output: 'a' is no key=value (write Output: version=1.2.0)"),
        ("x\n\nChecked: maybe", "3: Checked: 'maybe' is not yes (write Checked: yes)"),
        ("x\n\nMail-To: the mayor", "3: Mail-To: 'the mayor' is not an address (write Mail-To: mayor)"),
        (
            "x\n\nCloses: gt-a\n\nMore words.",
            "3: warning: Closes: gt-a is not read, because it does not stand in the last paragraph "
            "(put all trailers below the last empty line)",
        ),
        (
            "x\n\nCloses: gt-a\n# ---- 8< no\n# ------------------------ >8 ------------------------\n+Closes: gt-b",
            "",
        ),
    ],
)
def test_trailers(project: Path, capsys: pytest.CaptureFixture[str], message: str, said: str) -> None:
    put(project, "beads/gt-a.md", BEAD)
    put(project, "molecules/gt-mol-m.md", MOLECULE)
    gitrepo.git(project, "add", "-A")
    put(project, "message", message + "\n")
    wrong = int(bool(said) and "warning" not in said)
    assert run(capsys, "trailers", "message") == (wrong, f"message:{said}\n" if said else "")


def test_where_nothing_is_kept_only_the_words_are_looked_at(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "message", "x\n\nCloses: gt-b\nStep: gt-mol-m.x\nMail-To: nobody\nBeads: gt-c\n")
    said = "message:6: Beads is no trailer that the town knows (write Bead: gt-c)\n"
    assert run(capsys, "trailers", "message") == (1, said)


def test_trailers_in_a_town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = towns.make_town(tmp_path / "town")
    towns.put(town, "molecules/hq-mol-m.md", MOLECULE.replace("gt-mol", "hq-mol"))
    towns.put(
        town, "agents/mayor.md",
        towns.show(town, "agents/mayor.md").replace("---\n", "---\nhook:\n  state: active\n  molecule: hq-mol-m\n", 1),
    )  # fmt: skip

    def said(*trailers: str) -> tuple[int, str]:
        words = [word for trailer in trailers for word in ("--trailer", trailer)]
        done = subprocess.run(
            ["git", "commit", "-q", "--allow-empty", "-m", "x", *words],
            cwd=town.root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stderr

    again = (
        "gt: nothing was committed; git commit --edit --file=.git/COMMIT_EDITMSG, "
        "or commit anyway with --no-verify\n"
    )
    tip = town.tip()
    where = "gt: .git/COMMIT_EDITMSG:"
    assert said("Step: one") == (
        1, f"{where}3: Step: overseer has no molecule on the hook; write Step: <molecule>.one\n{again}",
    )  # fmt: skip
    assert said("Mail-To: nobody", "Mail-To: mayor") == (
        1, f"{where}3: Mail-To: unknown address 'nobody'; see gt agents\n{again}",
    )  # fmt: skip
    monkeypatch.setenv("GT_ROLE", "mayor")
    assert said("Step: on") == (
        1,
        f"{where}3: Step: hq-mol-m has no step 'on'; write Step: hq-mol-m.one\n{again}",
    )
    assert town.tip() == tip
    assert said("Step: one")[0] == 0


def test_the_published_hooks(project: Path, tmp_path: Path) -> None:
    """Each of `.pre-commit-hooks.yaml`, as another repository runs it, but for the installation."""
    manifest = ROOT / ".pre-commit-hooks.yaml"
    pre_commit = str(Path(sys.executable).with_name("pre-commit"))
    subprocess.run([pre_commit, "validate-manifest", str(manifest)], check=True)
    hooks = yaml.safe_load(manifest.read_text())
    assert {hook["id"] for hook in hooks} == handover.OURS
    assert [hook["entry"].split()[1] for hook in hooks] == [*checks.GROUPS, "trailers"]
    for hook in hooks:
        words = hook["entry"].split()[1:]
        hook |= {"language": "system", "entry": " ".join((sys.executable, "-m", "gtlib.checks", *words))}
    put(project, ".pre-commit-config.yaml", json.dumps({"repos": [{"repo": "local", "hooks": hooks}]}))
    subprocess.run(
        [pre_commit, "install", "-t", "pre-commit", "-t", "commit-msg"], check=True, capture_output=True
    )
    put(project, "docs/beads/gt-a.md", BEAD.replace("title", "priority: 9\ntitle"))
    put(project, "docs/escalations/gt-e.md", BEAD.replace("gt-a", "gt-e"))
    gitrepo.git(project, "add", "-A")
    done = subprocess.run(["git", "commit", "-m", "x"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        "docs/beads/gt-a.md:3: priority is '9' (write a whole number from 0 to 4)"
        in done.stderr + done.stdout
    )
    put(project, "docs/beads/gt-a.md", BEAD)
    gitrepo.git(project, "add", "-A")
    done = subprocess.run(
        ["git", "commit", "-m", "x\n\nClose: gt-a"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "(write Closes: gt-a)" in done.stderr + done.stdout
    subprocess.run(["git", "commit", "-q", "-m", "x\n\nCloses: gt-a"], check=True, capture_output=True)
