"""The entrance for git's merges: `python -m gtlib.mergedriver %O %A %B %P %L`, field by field.

Exit 0: merged into %A. Exit 1: %A holds conflict markers, in the fields that are in conflict alone.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
import tempfile
from pathlib import Path

from gtlib import lean  # noqa: F401  before what it makes faster
from gtlib import output
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import markers
from gtlib.model import threeway
from gtlib.model import twins
from gtlib.model.bead import Bead
from gtlib.system import beginnings
from gtlib.system import git

_FAILED = 128  # from here on git merge-file tells of an error, below the number of conflicts
_MARKER_SIZE = 7  # git adds to it when it merges common ancestors with each other


def main(argv: list[str]) -> int:
    """`argv`: the files with the base (empty when there is none), ours and theirs; the path; the size."""
    if len(argv) != 5:
        output.progress("gt: git calls this, as `git config merge.gt.driver` says")
        return 2
    base, ours, theirs = (Path(word) for word in argv[:3])
    path, size = argv[3], int(argv[4]) if argv[4].isdigit() else _MARKER_SIZE
    try:
        return _merge(path, base, ours, theirs, size)
    except (UserError, UnicodeDecodeError) as error:
        why = f"{path} is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
    except Exception as error:  # noqa: BLE001 - a front door: git then sees an ordinary conflict
        why = f"{path}: {type(error).__name__}: {error}"
    output.progress(f"gt: merged by line, because: {why}")
    return _by_line(base, ours, theirs, size)


def _merge(path: str, base: Path, ours: Path, theirs: Path, size: int) -> int:
    texts = [file.read_bytes().decode("utf-8") for file in (base, ours, theirs)]
    if kinds.kind_of(path) is None:
        return _by_line(base, ours, theirs, size)
    inner = size > _MARKER_SIZE
    other = _another(path, texts)
    if other:
        _write(ours, markers.whole(texts[1], texts[2], size))
        output.progress(
            f"gt: git took {other} for {path}, and these are two: keep here what belongs to {path}, and put "
            f"the other half into {other}"
        )
        return 1
    if not texts[0]:
        kept = _one_of_two(path, texts[1], texts[2])
        if kept is not None and not inner and not _makes_a_merge_commit():
            raise UserError(
                f"{path} is another bead on each side",
                "keep one, and give the other an id of its own",
            )
        if kept is not None:
            _write(ours, kept)
            return 0
    elif not inner and _replaced_on_one_side(path, *texts):
        _write(ours, markers.mark(texts[1], (texts[2],), size))
        output.progress(
            f"gt: {path} is another bead on one side, since two had got the id: keep that one, and give what "
            "the other side changed to the bead that was renumbered"
        )
        return 1
    merged = threeway.by_field(path, texts[0] or None, texts[1], texts[2], _lines, settled=inner)
    if not merged.conflicts:
        _write(ours, merged.text)
        return 0
    text = merged.marked(size)
    _write(ours, text)
    where = ", ".join(f"{path}:{line}" for line in markers.places(text, size))
    output.progress(f"gt: both sides changed {', '.join(merged.conflicts)}: choose at {where}")
    return 1


def _write(ours: Path, text: str | bytes) -> None:
    """Whole or not at all: what is there is what a merge by line would start from."""
    fresh = ours.with_name(f"{ours.name}.gt")
    try:
        fresh.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        os.replace(fresh, ours)
    finally:
        fresh.unlink(missing_ok=True)


def _another(path: str, texts: list[str]) -> str:
    """The file that git mixed up with this one, as it does with files that look alike; empty for none.

    What a file is called in itself tells; where it does not say, when it was created.
    """
    found = kinds.kind_of(path)
    if found in ("mail", "outbox", "town", "rig"):  # these are moved, and have no name of their own
        return ""
    folder = "agents/" if found == "agent" else f"{posixpath.dirname(path)}/"
    key = {"agent": "address", "board": "address", "memory": "key"}.get(str(found), "id")
    name = path.removeprefix(folder).removesuffix(".md")
    owns = [said[1] for text in texts if (said := _said(key, text))]
    for own in owns:
        if own != name:
            return f"{folder}{own}.md"
    moments = {said[1] for text in texts if (said := _said("created", text))}
    silent = len(owns) < len([text for text in texts if text])
    return "another file" if silent and len(moments) > 1 else ""


def _said(key: str, text: str) -> re.Match[str] | None:
    return re.search(
        rf"^{key}:[ \t]+['\"]?([^\s'\"#]+)['\"]?[ \t]*(?:#.*)?\r?$", markers.head(text), re.MULTILINE
    )


def _one_of_two(path: str, ours: str, theirs: str) -> str | None:
    """Of two beads with one id the text of the one that keeps it; None when it is one bead."""
    mine, other = kinds.parse(path, ours), kinds.parse(path, theirs)
    if not isinstance(mine, Bead) or not isinstance(other, Bead) or not twins.are_two(mine, other):
        return None
    if twins.have_one_origin(mine, other) and _began_as_one(path):
        return None
    return (ours, theirs)[twins.first((mine, ours), (other, theirs))]


def _began_as_one(path: str) -> bool:
    """Whether the first versions of two sides that git names tell that both grew from one bead."""
    side = next((name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_")), "")
    if not side:
        return False
    firsts = [beginnings.first_text(Path.cwd(), path, *pair) for pair in (("HEAD", side), (side, "HEAD"))]
    first, second = (kinds.parse(path, text) if text else None for text in firsts)
    return not (isinstance(first, Bead) and isinstance(second, Bead) and twins.may_be_two(first, second))


def _replaced_on_one_side(path: str, base: str, ours: str, theirs: str) -> bool:
    beads = [kinds.parse(path, text) for text in (base, ours, theirs)]
    if not path.startswith("beads/") or not all(isinstance(bead, Bead) for bead in beads):
        return False
    was, mine, other = beads
    return twins.was_replaced(was, mine) != twins.was_replaced(was, other)  # type: ignore[arg-type]


def _makes_a_merge_commit() -> bool:
    """Whether both sides stay parents, so that catch-up finds the other bead: not in a rebase or pick."""
    if not any(name.startswith("GITHEAD_") for name in os.environ):
        return False
    words = os.environ.get("GIT_REFLOG_ACTION", "")
    usual = git.run(["config", "--get-regexp", r"^branch\..*\.mergeoptions$"], Path.cwd(), check=False).text
    return "--squash" not in f"{words} {usual}".split()


def _lines(base: str, ours: str, theirs: str) -> tuple[str, str]:
    """A text settled for either side, as git merges lines."""
    with tempfile.TemporaryDirectory(prefix="gt-merge-") as folder:
        files = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            # a last line without its end would be another line than one with it
            file.write_bytes(f"{text}\n".encode() if text else b"")
        clean = _merge_file(Path(folder), files)
        if clean.code == 0:
            merged = clean.out.decode("utf-8").removesuffix("\n")
            return merged, merged
        settled = [
            _merge_file(Path(folder), files, option).out.decode("utf-8").removesuffix("\n")
            for option in ("--ours", "--theirs")
        ]
    return (settled[0], settled[1]) if settled[0] != settled[1] else (ours, theirs)


def _merge_file(folder: Path, files: list[Path], *options: str) -> git.Result:
    return git.run(["merge-file", "-p", "-q", *options, *map(str, files)], folder, check=False)


def _by_line(base: Path, ours: Path, theirs: Path, size: int) -> int:
    """As git would have done without us. What can't be merged by line, or written, stays ours in conflict."""
    labels = [word for label in (markers.OURS, "base", markers.THEIRS) for word in ("-L", label)]
    words = ["merge-file", "-p", "-q", f"--marker-size={size}", *labels, str(ours), str(base), str(theirs)]
    done = git.run(words, Path.cwd(), check=False)
    if not 0 <= done.code < _FAILED:
        return 1
    try:
        _write(ours, done.out)
    except OSError as error:
        output.progress(f"gt: {error}; ours stays as it is")
        return 1
    return 0 if done.code == 0 else 1


if __name__ == "__main__":
    # git waits for one process a file: taking the interpreter apart is not worth a tenth of it
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
