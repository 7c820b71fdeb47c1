"""Any bytes at any path are judged, never a crash; what is said of each group of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.model import check
from gtlib.model import trailer_check
from gtlib.model.check import Finding
from gtlib.model.check import Link
from tests.support.laws import examples

FILES = {
    "beads/gt-a.md": (
        b"---\nid: gt-a\ntitle: A\nneeds:\n  - gt-b\nparent: gt-c\nedges:\n  - to: gt-d\n    type: follows\n"
        b"metadata: {a: 1}\n---\nText.\n\n## Notes\nn\n\n## Comments\n### ada 2026-11-20T09:10:00Z c1\nSeen.\n"
    ),
    "molecules/gt-mol-m.md": b"---\ntitle: M\nfor: gt-a\n---\n\n## Steps\n\n- [x] **one** One\n\n- [ ] **two** Two (needs: one)\n",
    "formulas/x.formula.toml": b'formula = "x"\nzz = 1\n[vars.v]\ndefault = "1"\n[[steps]]\nid = "one"\ntitle = "{{v}}"\n',
    "formulas/x.formula.json": b'{"formula": "x", "steps": [{"id": "one", "title": "One"}]}',
    "town.yaml": b"name: t\nlimits:\n  attempts: 3\nstatuses:\n  review: wip\n",
    "p/rig.yaml": b"prefix: p\nurl: u\ngates:\n  test: make test\n",
    "settings/config.json": b'{"version": 1}',
    "agents/p/polecats/toast.md": b"---\nrole: polecat\nhook:\n  state: active\n  queue: [gt-a]\n---\n",
    "mail/mayor/new/msg-1.md": b"---\nfrom: mayor\nto: [overseer]\nsubject: s\n---\nb\n",
    "convoys/hq-cv-a.md": b"---\ntitle: C\ntracks: [gt-a]\n---\n",
    "archive/2026-01.jsonl": b'{"id": "gt-old"}\n',
}


def test_groups() -> None:
    assert {path: check.group(path) for path in FILES} == {
        "beads/gt-a.md": "beads",
        "molecules/gt-mol-m.md": "molecules",
        "formulas/x.formula.toml": "formulas",
        "formulas/x.formula.json": "formulas",
        "town.yaml": "config",
        "p/rig.yaml": "config",
        "settings/config.json": "config",
        "agents/p/polecats/toast.md": "records",
        "mail/mayor/new/msg-1.md": "records",
        "convoys/hq-cv-a.md": "records",
        "archive/2026-01.jsonl": "records",
    }


@pytest.mark.parametrize("path", FILES)
def test_good_files(path: str) -> None:
    assert [str(each) for each in check.judge(path, FILES[path]).findings] == (
        [f"{path}:2: warning: unknown key `zz` of the formula; it is kept and does nothing"]
        if path.endswith(".toml")
        else []
    )


def test_what_a_file_names() -> None:
    assert check.judge("beads/gt-a.md", FILES["beads/gt-a.md"]).links == (
        Link("beads/gt-a.md", 7, "edges", "gt-d"),
        Link("beads/gt-a.md", 5, "needs", "gt-b"),
        Link("beads/gt-a.md", 6, "parent", "gt-c"),
    )
    path = "convoys/hq-cv-a.md"
    assert check.judge(path, FILES[path]).links == (Link(path, 3, "tracks", "gt-a"),)
    path = "molecules/gt-mol-m.md"
    assert check.judge(path, FILES[path]).links == (Link(path, 3, "for", "gt-a"),)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    path = draw(st.sampled_from(sorted(FILES)))
    data = bytearray(FILES[path])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 6)))
        data[at:end] = draw(
            st.binary(max_size=6) | st.sampled_from([b"\n", b"---\n", b"\r", b"&a ", b"\0", b"]"])
        )
    return path, bytes(data)


@given(mutated())
@settings(max_examples=examples(500), deadline=None)
def test_mutated_bytes_are_judged(case: tuple[str, bytes]) -> None:
    path, data = case
    for finding in check.judge(path, data).findings:
        assert isinstance(finding, Finding)
        assert finding.path == path and 1 <= finding.line <= data.count(b"\n") + data.count(b"\r") + 2
        assert "\n" not in finding.plain or "\n" in path


PIECES = [
    "x",
    "\n",
    "\n\n",
    "Bead: ",
    "Step:",
    "Closes: gt-a",
    "Event: x",
    "# ",
    "gt-a",
    " >8 ",
    "-" * 24,
    ":",
    "é",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=14).map("".join))
@settings(max_examples=examples(250), deadline=None)
def test_any_message_is_judged(message: str) -> None:
    found, questions = trailer_check.judge("m", message)
    assert all(1 <= each.line <= message.count("\n") + 1 for each in (*found, *questions))
