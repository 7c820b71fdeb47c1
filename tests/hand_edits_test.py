"""Every kind of edit that a person makes: applied, or refused with a reason; and kept by what comes later."""

from __future__ import annotations

import json
import os
import re
import subprocess
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from gtlib.names import ItemId
from gtlib.store.town import Town
from tests.support import inside
from tests.support.towns import bead
from tests.support.towns import git
from tests.support.towns import make_town
from tests.support.towns import put
from tests.support.towns import status

PATH = "beads/hq-aaa.md"
PLAIN = b"---\nid: hq-aaa\ntitle: One\ntype: task\nstatus: open\npriority: 2\n---\nText.\n"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = make_town(tmp_path / "town")
    put(town, "beads/hq-bbb.md", bead("hq-bbb", "Two"))
    return town


def save(town: Town, data: bytes, path: str = PATH) -> None:
    target = town.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def commit(town: Town, *words: str) -> tuple[int, str]:
    """`git add --all` and `git commit`: its exit status and what it said."""
    git(town.root, "add", "--all")
    done = subprocess.run(
        ["git", "commit", "--quiet", "-m", "by hand", *words], cwd=town.root, capture_output=True, check=False
    )
    return done.returncode, done.stderr.decode("utf-8")


def commit_blob(town: Town, data: bytes, path: str = PATH) -> None:
    """Commit exactly these bytes, whatever .gitattributes says, as a git host may."""
    done = subprocess.run(
        ["git", "hash-object", "-w", "--no-filters", "--stdin"],
        cwd=town.root,
        input=data,
        capture_output=True,
        check=True,
    )
    git(town.root, "update-index", "--add", "--cacheinfo", f"100644,{done.stdout.decode().strip()},{path}")
    git(town.root, "commit", "--quiet", "-m", "by hand")
    git(town.root, "checkout", "--force", "--quiet", "HEAD", "--", path)


def committed(town: Town, path: str = PATH) -> bytes:
    return subprocess.run(
        ["git", "show", f"HEAD:{path}"], cwd=town.root, capture_output=True, check=True
    ).stdout


def shown(town: Town, id: str = "hq-aaa") -> dict[str, Any]:
    ran = inside.run(town.root, "bd", "show", id, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    return dict(found[0] if isinstance(found, list) else found)


def differing(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """The lines that went and those that came; all others stand as they stood, in their order."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    gone, come = [], []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[a:b]
            come += new[c:d]
    return gone, come


HEAD = b"---\nid: hq-aaa\ntitle: One\n"
LAYOUTS = {
    "plain": PLAIN,
    "reordered": b"---\npriority: 2\nstatus: open\ntitle: One\ntype: task\nid: hq-aaa\n---\nText.\n",
    "comments": b"---\n# top\nid: hq-aaa # its name\ntitle: One\n  # odd\nstatus: open   # not yet\npriority: 2 #\n# end\n---\nText.\n",
    "blank lines": b"---\n\nid: hq-aaa\n\n\ntitle: One\nstatus: open\n   \npriority: 2\n\n---\n\n\nText.\n\n\n",
    "crlf": PLAIN.replace(b"\n", b"\r\n"),
    "mixed ends": PLAIN.replace(b"open\n", b"open\r\n").replace(b"Text.\n", b"Text.\r\n"),
    "bom": b"\xef\xbb\xbf" + PLAIN,
    "bom and crlf": b"\xef\xbb\xbf" + PLAIN.replace(b"\n", b"\r\n"),
    "quotes": b"---\n\"id\": 'hq-aaa'\n'title': \"O\\x6ee\"\nstatus: \"open\" # so\npriority: '2'\n---\nText.\n",
    "quotes in text": HEAD + b"owner: it's \"mine\"\nstatus: 'open'\nclose_reason: 'it''s'\npriority: 2\n---\nText.\n",
    "flow lists": HEAD + b"labels: [ z, \"b, c\" , 'd' ] # all\nneeds: []\nstatus: open\npriority: 2\n---\nText.\n",
    "flow list of two lines": HEAD + b"labels: [z,\n  b]\nstatus: open\npriority: 2\n---\nText.\n",
    "lists at the margin": HEAD + b"labels:\n- z # last\n# between\n- b\nneeds:\nstatus: open\npriority: 2\n---\nText.\n",
    "trailing spaces": b"---  \nid: hq-aaa  \ntitle: One   \nstatus: open \t \npriority: 2 \nlabels: \n  -  z  \n---\t\nText.  \n",
    "an unknown key": HEAD + b"Team Name: [x, {y: 1}]\nmine:\n  deep:\n    - 1\n    - {a: b}\nstatus: open\npriority: 2\n---\nText.\n",
    "no id": b"---\ntitle: One\nstatus: open\npriority: 2\n---\nText.\n",
    "no last newline": PLAIN.removesuffix(b"\n"),
    "front matter only": b"---\nid: hq-aaa\ntitle: One\npriority: 2\nstatus: open\n---\n",
    "front matter only without newline": b"---\nid: hq-aaa\ntitle: One\npriority: 2\nstatus: open\n---",
    "a tab after the colon": b"---\nid:\thq-aaa\ntitle:\tOne\nstatus:\topen\npriority:\t2\n---\n\tText.\n",
    "spaces before the colon": b"---\nid : hq-aaa\ntitle  : One\nstatus : open\npriority : 2\n---\nText.\n",
    "empty values": HEAD + b"owner:\nassignee: ~\nlabels: null\nneeds: []\nclosed: \"\"\nstatus: open\npriority: 2\n---\nText.\n",
    "a block scalar": HEAD + b"close_reason: |-\n  not\n  yet\nowner: >\n  ada\n  l\nstatus: open\npriority: 2\n---\nText.\n",
    "sections": PLAIN + b"\n## Notes\nNoted.\n\n## My own\n* * *\n\n## Design  \n    code\n\n## Comments\n### ada 2026-11-20T09:10:00Z c1\nSeen.\n",
    "fences in the text": PLAIN + b"\n---\n\n```yaml\n---\nstatus: closed\n---\n```\n\n***\n",
    "strange text": PLAIN + "\u00e9\u2028\u0085 \U0001f600 \ufeff\n<!-- x -->\n".encode(),
    "indented": b"---\n  id: hq-aaa\n  title: One\n  status: open\n  priority: 2\n---\nText.\n",
}  # fmt: skip

COMMANDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("update", "hq-aaa", "--priority", "0"), r"\"?priority"),
    (("update", "hq-aaa", "--add-label", "mm"), r"labels|- *mm|- z|- b|- d|b\]"),
    (("dep", "add", "hq-aaa", "hq-bbb"), r"needs|- *hq-bbb"),
    (("update", "hq-aaa", "--assignee", "ada"), r"assignee"),
    (("update", "hq-aaa", "--append-notes", "More."), r"## Notes|Noted\.|More\.|"),
    (("close", "hq-aaa", "--reason", "done", "--force"), r"status|closed|close_reason|not|yet"),
    (("reopen", "hq-aaa"), r"status|closed|close_reason|done|assignee"),
)


def test_a_layout_is_read_and_a_later_change_touches_its_own_lines(town: Town) -> None:
    ids = {name: f"hq-l{number:02}" for number, name in enumerate(LAYOUTS)}
    raw = {name: data.replace(b"hq-aaa", ids[name].encode()) for name, data in LAYOUTS.items()}
    for name, data in raw.items():
        if b"\r" not in data:
            save(town, data, f"beads/{ids[name]}.md")
    assert commit(town) == (0, "")
    for name, data in raw.items():
        if b"\r" in data:
            commit_blob(town, data, f"beads/{ids[name]}.md")
    for name, id in ids.items():
        assert committed(town, f"beads/{id}.md") == raw[name]
        found = shown(town, id)
        assert (found["title"], found["status"], found["priority"]) == ("One", "open", 2), name
        for words, own in COMMANDS:
            _one_change(town, name, id, [id if word == "hq-aaa" else word for word in words], own)
        found = shown(town, id)
        assert (found["title"], found["status"], found["priority"]) == ("One", "open", 0), name
    assert status(town) == ""


def _one_change(town: Town, name: str, id: str, words: list[str], own: str) -> None:
    """A command changes lines of its own, with the line ends of the file."""
    before = committed(town, f"beads/{id}.md")
    ran = inside.run(town.root, "bd", *words)
    assert (ran.code, ran.err) == (0, ""), (name, words)
    gone, come = differing(before, committed(town, f"beads/{id}.md"))
    assert come, (name, words)
    last = before.splitlines()[-1] if not before.endswith(b"\n") else None
    for line in (*gone, *come):
        if line.rstrip(b"\r\n") != last:  # what follows the last line gives it an end
            assert re.match(f"(?:{own})", line.decode().strip().strip("\"'")), (name, words, line)
    if b"\r\n" in before and name != "mixed ends":
        assert all(line.endswith(b"\r\n") for line in come), (name, words, come)


BROKEN = {
    "empty": (b"", "1: there is no front matter"),
    "no front matter": (b"# One\n\nText.\n", "1: there is no front matter"),
    "an open front matter": (b"---\ntitle: One\n", "1: the front matter has no end"),
    "a tab for indentation": (b"---\ntitle: One\nlabels:\n\t- a\n---\n", "4: "),
    "duplicate keys": (PLAIN.replace(b"type: task", b"title: Two"), "4: the key title stands twice"),
    "duplicate headings": (PLAIN + b"## Notes\na\n## Notes\nb\n", "11: the heading ## Notes stands twice"),
    "windows-1252": (PLAIN.replace(b"One", b"caf\xe9"), "3: the file is not UTF-8 text"),
    "utf-16": (PLAIN.decode().encode("utf-16"), "1: the file is binary"),
    "zero bytes": (b"\0" * 40, "1: the file is binary"),
    "a zero byte in a value": (PLAIN.replace(b"One", b"O\0e"), "3: the file is binary"),
    "binary": (bytes(range(256)), "1: the file is binary"),
    "an anchor": (PLAIN.replace(b"One", b"&a One"), "3: &a is an anchor"),
    "an alias": (PLAIN.replace(b"One", b"*a"), "3: *a is an alias"),
    "a tag": (PLAIN.replace(b"One", b"!!python/object:os.system One"), "3: tag:yaml.org,2002:python/object:os.system is a tag"),
    "a merge key": (PLAIN.replace(b"type: task", b"<<: {a: b}"), "4: '<<' cannot be a key"),
    "two documents": (PLAIN.replace(b"type: task", b"...\n---\ntype: task"), ""),
    "conflict markers": (PLAIN.replace(b"Text.", b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x"), "8: a conflict marker"),
    "another id": (PLAIN.replace(b"hq-aaa", b"hq-zzz"), "2: id is 'hq-zzz', and the file's name says 'hq-aaa'"),
    "no title": (PLAIN.replace(b"title: One\n", b""), "1: title is missing"),
    "a status that is no word": (PLAIN.replace(b"open", b"[open]"), "5: status holds more than one value"),
    "a priority too high": (PLAIN.replace(b"2", b"9"), "6: priority is '9'"),
    "too much yaml": (PLAIN.replace(b"One", b"One\nmine: " + b"x" * 300_000), "1: there is more YAML than 256 KiB"),
    "nested too deep": (PLAIN.replace(b"task", b"task\nmine: " + b"[" * 30 + b"]" * 30), "5: values are nested deeper than 20"),
    "a list of keys": (b"---\n- id: hq-aaa\n- title: One\n---\n", "2: these are no keys with values"),
    "a title too long": (PLAIN.replace(b"One", b"x" * 501), "3: title has 501 characters"),
}  # fmt: skip


def test_what_does_not_parse_is_refused_and_the_last_version_stands(town: Town) -> None:
    paths = {name: f"beads/hq-b{number:02}.md" for number, name in enumerate(BROKEN)}
    ids = {name: path[6:-3] for name, path in paths.items()}
    good = {name: PLAIN.replace(b"hq-aaa", id.encode()) for name, id in ids.items()}
    for name, path in paths.items():
        save(town, good[name], path)
    assert commit(town) == (0, "")
    bad = {name: BROKEN[name][0].replace(b"hq-aaa", id.encode()) for name, id in ids.items()}
    for name, path in paths.items():
        save(town, bad[name], path)
    tip = town.tip()
    code, said = commit(town)
    assert (code, town.tip(), len(said.splitlines())) == (1, tip, len(BROKEN) + 1)
    for name, line in zip(BROKEN, said.splitlines(), strict=False):
        assert line.startswith(f"gt: {paths[name]}:{BROKEN[name][1].replace('hq-aaa', ids[name])}"), name

    code, said = commit(town, "--no-verify")
    assert (code, "failed" in said) == (0, False)
    tip = town.tip()
    for name, id in ids.items():
        assert f"gt: {paths[name]}:" in said
        assert shown(town, id)["title"] == "One", name
        for words in (("update", id, "--priority", "0"), ("close", id)):
            ran = inside.run(town.root, "bd", *words)
            assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1), name
            assert paths[name] in ran.err
        assert committed(town, paths[name]) == bad[name]
    assert town.tip() == tip
    assert inside.run(town.root, "bd", "update", "hq-bbb", "--priority", "0").code == 0
    told = inside.run(town.root, "gt", "status").out, inside.run(town.root, "gt", "doctor").out
    assert all(path in text for path in paths.values() for text in told)

    for name, path in paths.items():
        save(town, good[name].replace(b"One", b"Mended"), path)
    assert commit(town) == (0, "")
    for name, id in ids.items():
        assert shown(town, id)["title"] == "Mended", name
    id, path = ids["empty"], paths["empty"]
    assert inside.run(town.root, "bd", "update", id, "--priority", "0").code == 0
    assert committed(town, path) == good["empty"].replace(b"One", b"Mended").replace(b"2", b"0")
    assert status(town) == ""


def test_a_file_renamed(town: Town) -> None:
    save(town, PLAIN)
    commit(town)
    git(town.root, "mv", PATH, "beads/hq-new.md")
    code, said = commit(town)
    assert (code, said.splitlines()[0]) == (
        1,
        "gt: beads/hq-new.md:2: id is 'hq-aaa', and the file's name says 'hq-new'; "
        "write `id: hq-new`, or rename the file",
    )
    save(town, PLAIN.replace(b"id: hq-aaa\n", b""), "beads/hq-new.md")
    assert commit(town) == (0, "")
    assert shown(town, "hq-new")["title"] == "One"
    assert inside.run(town.root, "bd", "show", "hq-aaa").code == 1


def test_a_file_deleted(town: Town) -> None:
    put(town, "beads/hq-ccc.md", bead("hq-ccc", "Three", needs=["hq-bbb"]))
    git(town.root, "rm", "--quiet", "beads/hq-bbb.md")
    assert commit(town, "--no-verify")[0] == 0
    assert inside.run(town.root, "bd", "show", "hq-bbb").code == 1
    assert "needs hq-bbb, which does not exist" in inside.run(town.root, "gt", "doctor").out
    assert [each["id"] for each in json.loads(inside.run(town.root, "bd", "ready", "--json").out)] == [
        "hq-ccc"
    ]
    assert status(town) == ""


def test_two_beads_in_one_commit_and_one_of_them_bad(town: Town) -> None:
    save(town, PLAIN.replace(b"2", b"1"))
    save(town, b"---\ntitle: Two\nstatus: closed\n---\n", "beads/hq-bbb.md")
    assert commit(town) == (0, "")
    assert (shown(town)["priority"], shown(town, "hq-bbb")["status"]) == (1, "closed")
    save(town, PLAIN.replace(b"2", b"0"))
    save(town, b"---\ntitle: [\n---\n", "beads/hq-bbb.md")
    commit(town, "--no-verify")
    assert (shown(town)["priority"], shown(town, "hq-bbb")["status"]) == (0, "closed")


def test_a_bead_moved_to_where_nobody_looks(town: Town) -> None:
    for path in ("beads/old/hq-bbb.md", "hq-bbb.md", "beads/hq-bbb.MD"):
        (town.root / path).parent.mkdir(exist_ok=True)
        now = next(town.root.glob("beads/**/hq-bbb.*"), town.root / "hq-bbb.md")
        git(town.root, "mv", str(now.relative_to(town.root)), path)
        commit(town, "--no-verify")
        ran = inside.run(town.root, "bd", "update", "hq-bbb", "--priority", "0")
        assert (ran.code, len(ran.err.splitlines())) == (1, 1)
        if path.startswith("beads/"):
            assert f"{path}:1: nothing looks at this file" in inside.run(town.root, "gt", "doctor").out
    git(town.root, "mv", "beads/hq-bbb.MD", "beads/hq-bbb.md")
    assert commit(town) == (0, "")
    assert shown(town, "hq-bbb")["title"] == "Two"


def test_a_file_s_mode_is_kept(town: Town) -> None:
    save(town, PLAIN)
    (town.root / PATH).chmod(0o755)
    assert commit(town) == (0, "")
    assert inside.run(town.root, "bd", "update", "hq-aaa", "--priority", "0").code == 0
    assert git(town.root, "ls-tree", "HEAD", PATH).startswith("100755 ")
    assert os.access(town.root / PATH, os.X_OK)
    assert status(town) == ""


def test_a_folder_in_place_of_a_file(town: Town) -> None:
    save(town, b"x\n", f"{PATH}/inner.md")
    assert commit(town, "--no-verify")[0] == 0
    tip = town.tip()
    for words in (
        ("create", "One", "--id", "hq-aaa"),
        ("update", "hq-aaa", "--priority", "0"),
        ("show", "hq-aaa"),
    ):
        ran = inside.run(town.root, "bd", *words)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1), words
    assert (town.tip(), status(town)) == (tip, "")
    assert committed(town, f"{PATH}/inner.md") == b"x\n"


@pytest.mark.parametrize("way", ["a link", "a link to itself", "a linked folder", "a repository"])
def test_what_is_no_file_is_refused_and_not_followed(town: Town, tmp_path: Path, way: str) -> None:
    save(town, PLAIN)
    commit(town)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "hq-aaa.md").write_bytes(PLAIN.replace(b"One", b"Outside"))
    (town.root / PATH).unlink()
    if way == "a link":
        (town.root / PATH).symlink_to(outside / "hq-aaa.md")
    elif way == "a link to itself":
        (town.root / PATH).symlink_to("hq-aaa.md")
    elif way == "a repository":
        git(outside, "init", "--quiet")
        git(outside, "commit", "--quiet", "--allow-empty", "-m", "x")
        git(tmp_path, "clone", "--quiet", str(outside), str(town.root / PATH))
    else:
        (town.root / "beads").rename(outside / "beads")
        (town.root / "beads").symlink_to(outside / "beads")
    files = {path: path.read_bytes() for path in outside.rglob("*.md")}
    if way != "a linked folder":
        code, said = commit(town)
        assert code == 1
        assert said.startswith(f"gt: {PATH}:1: this is a ")
    commit(town, "--no-verify")
    tip = town.tip()
    for words in (("update", "hq-aaa", "--priority", "0"), ("close", "hq-aaa")):
        ran = inside.run(town.root, "bd", *words)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    ran = inside.run(town.root, "bd", "create", "New", "--id", "hq-ccc")
    assert (ran.code, len(ran.err.splitlines())) in ((0, 0), (1, 1))
    ran = inside.run(town.root, "bd", "create", "New", "--id", "hq-aaa")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1)
    assert {path: path.read_bytes() for path in outside.rglob("*.md")} == files
    assert git(town.root, "log", "--format=%s", f"{tip}..", "--", PATH) == ""


@pytest.mark.parametrize(
    "id", ["../hq-aaa", "hq-aaa/../../x", "/etc/passwd", ".git/config", "hq-aaa\n", "-x", "hq-\x00", ""]
)
def test_names_that_lead_elsewhere(town: Town, id: str) -> None:
    tip = town.tip()
    words = [("show", "--", id), ("update", "--priority", "0", "--", id), ("close", "--", id), ("create", "x", f"--id={id}"),
             ("create", "x", f"--parent={id}"), ("dep", "add", "hq-bbb", f"--blocked-by={id}")]  # fmt: skip
    for each in words:
        if not id and each[0] == "create":
            continue  # no id and no parent
        ran = inside.run(town.root, "bd", *each)
        assert ran.code in (1, 2), (each, ran)
        assert (ran.out, len(ran.err.splitlines())) == ("", 1), (each, ran)
    assert (town.tip(), status(town)) == (tip, "")


def test_paths_with_dots_in_a_tree(town: Town) -> None:
    """Git refuses to check such a tree out; what was made by hand all the same leads nobody out of the town."""
    blob = git(town.root, "hash-object", "-w", PATH.replace("aaa", "bbb")).strip()
    inner = git(town.root, "mktree", input=f"100644 blob {blob}\thq-ccc.md\n").strip()
    beads = git(
        town.root, "mktree", "--missing", input=f"040000 tree {inner}\t..\n100644 blob {blob}\thq-bbb.md\n"
    ).strip()
    lines = [line for line in git(town.root, "ls-tree", "HEAD").splitlines() if not line.endswith("\tbeads")]
    root = git(town.root, "mktree", input="\n".join([*lines, f"040000 tree {beads}\tbeads"]) + "\n").strip()
    made = git(town.root, "commit-tree", "-p", "HEAD", "-m", "evil", root).strip()
    git(town.root, "update-ref", "refs/heads/main", made)
    assert shown(town, "hq-bbb")["title"] == "Two"
    assert inside.run(town.root, "bd", "show", "hq-ccc").code == 1
    assert inside.run(town.root, "bd", "update", "hq-bbb", "--priority", "0").code == 0
    assert not (town.root / "hq-ccc.md").exists()


def test_large_beads(town: Town) -> None:
    """A megabyte of text, 5,000 labels, 200 comments: read, changed in their own lines, listed."""
    text = b"".join(b"Line %d of a long story.\n" % n for n in range(40_000))
    labels = b"labels:\n" + b"".join(b"  - label-%04d\n" % n for n in range(5_000))
    comments = b"\n## Comments\n" + b"\n".join(
        b"### ada 2026-11-20T09:10:00Z c%d\nRemark %d.\n" % (n, n) for n in range(1, 201)
    )
    whole = PLAIN.replace(b"priority: 2\n", b"priority: 2\n" + labels).replace(b"Text.\n", text) + comments
    assert len(whole) > 2**20
    save(town, whole)
    assert commit(town) == (0, "")
    found = shown(town)
    assert (len(found["labels"]), len(found["comments"]), len(found["description"])) == (
        5000,
        200,
        len(text) - 1,
    )
    for words, own in (
        (("update", "hq-aaa", "--priority", "0"), [b"priority: 0\n"]),
        (("update", "hq-aaa", "--add-label", "label-2500x"), [b"  - label-2500x\n"]),
        (("update", "hq-aaa", "--remove-label", "label-2500"), []),
    ):
        before = set(committed(town).splitlines(keepends=True))
        assert inside.run(town.root, "bd", *words).code == 0
        after = committed(town).splitlines(keepends=True)
        assert [line for line in after if line not in before] == own
    assert inside.run(town.root, "bd", "list").code == 0
    assert town.snapshot().bead(ItemId("hq-aaa")) is not None
    assert status(town) == ""
