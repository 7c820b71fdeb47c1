"""Checks of files before they are committed: of a town's staged files, and in any repository by pre-commit.

`python -m gtlib.checks GROUP FILE...` (`gt-check` when installed) is what `.pre-commit-hooks.yaml` runs.
"""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from gtlib import layout
from gtlib import output
from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model import check
from gtlib.model import kinds
from gtlib.model import misplaced
from gtlib.model.check import Finding
from gtlib.model.check import Link
from gtlib.store.roots import find_root
from gtlib.store.staged import Staged
from gtlib.store.staged import archived_in
from gtlib.store.staged import places

USAGE = "gt-check beads|molecules|formulas|config|records FILE... | trailers MESSAGE-FILE"
GROUPS = ("beads", "molecules", "formulas", "config", "records")

_GONE = "0" * 40
_PAIRS = 10_000  # of files that went and files that came; more are the work of a program that knows
_LINK = "120000"
_KINDS = {_LINK: "a link", "160000": "a repository of its own"}


def main(argv: list[str] | None = None) -> int:
    """The command: 1 when something is refused, 2 when the words are wrong."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] not in (*GROUPS, "trailers") or (words[0] == "trailers" and len(words) != 2):
        output.progress(f"usage: {USAGE}")
        return 2
    try:
        if words[0] == "trailers":
            found = message(Path.cwd(), Path(words[1]), os.environ.get("GT_ROLE", ""))
        else:
            found = files(Path.cwd(), words[0], words[1:])
    except UserError as error:
        output.progress(str(error))
        return 1
    for finding in found:
        output.line(finding.plain)
    return int(any(not finding.warning for finding in found))


def files(root: Path, group: str, paths: Iterable[str]) -> tuple[Finding, ...]:
    """What is wrong with these files, as they lie below `root`; those of another group are left alone."""
    found: list[Finding] = []
    links: list[Link] = []
    for shown in sorted(paths):
        place = _place(shown)
        if check.group(place) != group:
            continue
        try:
            judged = check.judge(place, _read(root, shown))
        except FileError as error:
            found.append(check.refused(error))
            continue
        found += (_at(shown, each) for each in judged.findings)
        links += (Link(shown, link.line, link.key, link.id) for link in judged.links)
    tops = {link.path: link.path.removesuffix(_place(link.path)) for link in links}
    found += (check.dangling(link) for link in links if not _lies_there(root, tops[link.path], link.id))
    return _in_order(found)


def staged(root: Path, index_file: str | None = None) -> tuple[Finding, ...]:
    """What is wrong with the staged files of a town, by path; or that its town.yaml is gone.

    `index_file` is the index that git commits from: `commit -a` and `commit PATH` use one of their own.
    """
    index = Staged(root, index_file)
    changed = index.changed()
    wanted = {
        path: each
        for path, each in changed.items()
        if each[1] != _GONE and (check.group(path) or misplaced.suspect(path))
    }
    texts = {path: blob for path, (mode, blob) in wanted.items() if mode not in _KINDS}
    judged = [
        check.judge(path, data or b"")
        for path, data in zip(texts, index.objects([*texts.values()]), strict=True)
    ]
    found = [each for one in judged for each in one.findings]
    found += [
        check.refused(_no_file(path, _KINDS[mode])) for path, (mode, _) in wanted.items() if mode in _KINDS
    ]
    found += _moved_out(index, changed, {each.path for each in found})
    links = [link for one in judged for link in one.links]
    missing = index.missing(link.id for link in links) if links else ()
    found += [check.dangling(link) for link in links if link.id in missing]
    if changed.get(layout.TOWN_CONFIG, ("", ""))[1] == _GONE:
        again = f"git checkout HEAD -- {layout.TOWN_CONFIG} brings it back"
        found.append(Finding(layout.TOWN_CONFIG, 1, "without this file nothing here is a town", again))
    return _in_order(found)


def _moved_out(index: Staged, changed: dict[str, tuple[str, str]], known: set[str]) -> Iterator[Finding]:
    """Items that became files at which nothing looks: gone, and elsewhere nearly the same text."""
    gone = [
        path
        for path, (_, blob) in changed.items()
        if blob == _GONE and path.partition("/")[0] in layout.ITEM_FOLDERS and kinds.kind_of(path)
    ]
    come = {
        path: blob
        for path, (mode, blob) in changed.items()
        if gone and blob != _GONE and mode not in _KINDS and not check.group(path) and path not in known
    }
    come = {path: blob for path, blob in come.items() if kinds.kind_of(path) is None}
    if not come or len(gone) * len(come) > _PAIRS:
        return
    before = index.objects([f"HEAD:{path}" for path in come])
    new = [path for path, data in zip(come, before, strict=True) if data is None]
    texts = zip(new, index.objects([come[path] for path in new]), strict=True)
    there = {path: Counter((text or b"").splitlines()) for path, text in texts}
    for path, data in zip(gone, index.objects([f"HEAD:{path}" for path in gone]), strict=True):
        lines = Counter((data or b"").splitlines())
        for other, found in there.items():
            if lines and (lines & found).total() * 5 >= lines.total() * 4:
                yield check.refused(misplaced.moved_out(path, other))
                break


def message(root: Path, path: Path, speaker: str = "") -> tuple[Finding, ...]:
    """What is wrong with the trailers of a commit message. Ids are looked up in the town that `root` is or
    lies in, or in a repository with files of ours; elsewhere only how they are written is looked at.

    `speaker` is whose hook a `Step:` without a molecule is about.
    """
    from gtlib.model import trailer_check  # a tenth of what a commit without trailers costs
    from gtlib.store.trailer_answers import answer

    text = path.read_text(encoding="utf-8", errors="replace")
    found, questions = trailer_check.judge(path.as_posix(), text)
    index = _ledger(root) if questions else None
    answers = answer(index, questions, speaker) if index is not None else ()
    return _in_order((*found, *answers))


def _ledger(root: Path) -> Staged | None:
    index = Staged(root)
    if index.holds(layout.TOWN_CONFIG, *layout.ITEM_FOLDERS):
        return index
    try:
        return Staged(find_root(root))
    except UserError:
        return None


def _in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line)))


def _at(shown: str, finding: Finding) -> Finding:
    return Finding(shown, finding.line, finding.what, finding.hint, finding.warning)


def _place(shown: str) -> str:
    """The path from the folder that is laid out as a town, which may stand anywhere in a repository."""
    parts = shown.split("/")
    tails = ("/".join(parts[at:]) for at in range(len(parts)))
    return next((tail for tail in tails if check.group(tail)), shown)


def _read(root: Path, shown: str) -> bytes:
    try:
        # A pipe would be waited for, and a link leads who knows where.
        handle = os.open(root / shown, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if (root / shown).is_symlink():
            raise _no_file(shown, _KINDS[_LINK]) from None
        raise FileError(
            shown, 1, f"the file can't be read: {error.strerror}", "name one that is there"
        ) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileError(shown, 1, "this is no file", "put a file with the text in its place")
        return file.read(check.MAX_BYTES + 1)


def _no_file(path: str, kind: str) -> FileError:
    what = f"this is {kind}, which the town does not follow"
    return FileError(path, 1, what, f"put a file with the text itself in its place, then git add {path}")


def _lies_there(root: Path, top: str, id: str) -> bool:
    """As `Staged.missing`, for files as they lie in a folder: pre-commit has put aside what is not staged."""
    if any((root / top / place).is_file() for place in places(id)):
        return True
    return any(
        archived_in(id, each.read_bytes()) for each in sorted((root / top / "archive").glob("*.jsonl"))
    )


if __name__ == "__main__":
    sys.exit(main())
