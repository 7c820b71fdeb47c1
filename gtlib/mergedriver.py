"""The entrance for git's merges: `python -m gtlib.mergedriver %O %A %B %P %L`, field by field.

Exit 0: merged into %A. Exit 1: %A holds conflict markers, in the fields that are in conflict alone.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

from gtlib import output
from gtlib.errors import UserError
from gtlib.model import kinds
from gtlib.model import markers
from gtlib.model import threeway
from gtlib.model import twins
from gtlib.model.bead import Bead
from gtlib.system import git

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
    if not texts[0]:
        kept = _one_of_two(path, texts[1], texts[2])
        if kept is not None and not inner and not _makes_a_merge_commit():
            raise UserError(
                f"{path} is another bead on each side",
                "keep one, and give the other an id of its own",
            )
        if kept is not None:
            ours.write_bytes(kept.encode("utf-8"))
            return 0
    elif not inner and _replaced_on_one_side(path, *texts):
        ours.write_bytes(markers.mark(texts[1], (texts[2],), size).encode("utf-8"))
        output.progress(
            f"gt: {path} is another bead on one side, since two had got the id: keep that one, and give what "
            "the other side changed to the bead that was renumbered"
        )
        return 1
    merged = threeway.by_field(path, texts[0] or None, texts[1], texts[2], _lines, settled=inner)
    if not merged.conflicts:
        ours.write_bytes(merged.text.encode("utf-8"))
        return 0
    text = merged.marked(size)
    ours.write_bytes(text.encode("utf-8"))
    where = ", ".join(f"{path}:{line}" for line in markers.places(text, size))
    output.progress(f"gt: both sides changed {', '.join(merged.conflicts)}: choose at {where}")
    return 1


def _one_of_two(path: str, ours: str, theirs: str) -> str | None:
    """Of two beads with one id the text of the one that keeps it; None when it is one bead."""
    mine, other = kinds.parse(path, ours), kinds.parse(path, theirs)
    if not isinstance(mine, Bead) or not isinstance(other, Bead) or not twins.are_two(mine, other):
        return None
    return (ours, theirs)[twins.first((mine, ours), (other, theirs))]


def _replaced_on_one_side(path: str, base: str, ours: str, theirs: str) -> bool:
    beads = [kinds.parse(path, text) for text in (base, ours, theirs)]
    if not path.startswith("beads/") or not all(isinstance(bead, Bead) for bead in beads):
        return False
    was, mine, other = beads
    return twins.was_replaced(was, mine) != twins.was_replaced(was, other)  # type: ignore[arg-type]


def _makes_a_merge_commit() -> bool:
    """Whether both sides stay parents, so that catch-up finds the other bead: not in a rebase or pick."""
    merges = any(name.startswith("GITHEAD_") for name in os.environ)
    return merges and "--squash" not in os.environ.get("GIT_REFLOG_ACTION", "").split()


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
    """As git would have done without us."""
    labels = [word for label in (markers.OURS, "base", markers.THEIRS) for word in ("-L", label)]
    words = ["merge-file", "-q", f"--marker-size={size}", *labels, str(ours), str(base), str(theirs)]
    return 0 if git.run(words, Path.cwd(), check=False).code == 0 else 1


if __name__ == "__main__":
    # git waits for one process a file: neither collecting garbage nor taking the interpreter apart is
    # worth a fifth of it
    gc.disable()
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
