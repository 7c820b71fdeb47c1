from __future__ import annotations

from collections.abc import Mapping

import pytest

from gtlib.model import kinds
from gtlib.model.bead import Bead
from gtlib.model.edit import Edit
from gtlib.model.interchange import bead_of
from gtlib.model.snapshot import Snapshot
from gtlib.names import ItemId
from gtlib.rules.import_plan import Outcome
from gtlib.rules.import_plan import edit_of
from gtlib.rules.import_plan import plan_import
from gtlib.rules.importing import Batch
from gtlib.rules.importing import Refused
from gtlib.rules.importing import take
from tests.support import world

OLD, NOW, NEW = "2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000001Z", "2026-01-05T11:00:00+00:00"
Line = dict[str, object]
PATH = "beads/ex-1.md"
MONTH = "archive/2026-01.jsonl"


def line(title: str = "t", updated: str = NOW, **more: object) -> Line:
    return {"id": "ex-1", "title": title, "priority": 2, "updated_at": updated, **more}


def town(*lines: Line, files: Mapping[str, str] | None = None) -> Snapshot:
    beads = map(bead_of, lines)
    return Snapshot.of({**{kinds.path_of(bead): kinds.render(bead) for bead in beads}, **(files or {})})


def planned(snapshot: Snapshot, *lines: Line, dedup: bool = False) -> tuple[Outcome, Edit | None]:
    batch = Batch("x.jsonl")
    for number, each in enumerate(lines, 1):
        take(batch, number, each)
    outcome = plan_import(snapshot, batch, dedup=dedup)
    return outcome, edit_of(snapshot, outcome, "import: x")


@pytest.mark.parametrize(
    ("there", "comes", "what"),
    [
        (line(), line(), "unchanged"),
        (line(), line("new", OLD), "stale"),
        (line(), line("new", NOW), "stale"),
        (line(), line("new", NEW), "updated"),
        (line(), line("t", NEW), "updated"),
        (line(), line("t", OLD), "unchanged"),
        (line(), line("t", ""), "unchanged"),
        (line(), line("new", ""), "stale"),
    ],
)
def test_a_line_counts_when_it_is_newer(there: Line, comes: Line, what: str) -> None:
    outcome, edit = planned(town(there), comes)
    assert getattr(outcome, what) == ["ex-1"]
    assert (edit is not None) == (what == "updated")
    if edit is not None:
        assert edit.put == (bead_of(comes),)


def test_a_bead_changed_here_at_an_unknown_time_stays() -> None:
    outcome, edit = planned(town(files={PATH: "---\ntitle: mine\n---\n"}), line("new", NEW))
    assert (outcome.stale, edit) == (["ex-1"], None)


def test_a_file_that_does_not_parse_is_not_written() -> None:
    outcome, edit = planned(town(files={PATH: "---\ntitle: [\n---\n"}), line("new", NEW))
    assert outcome.refused == [Refused(1, f"{PATH} does not parse, so nothing writes it", "ex-1")]
    assert edit is None


def here(time: str = NOW, **fields: str) -> dict[str, str]:
    """The bead as a file that was changed in this town; it has the time of `created`."""
    keys = {"title": "mine", "created": time, **fields}
    return {PATH: "---\n" + "".join(f"{key}: {value}\n" for key, value in keys.items()) + "---\nText.\n"}


def test_what_was_added_here_stays_beside_a_newer_line() -> None:
    snapshot = town(files=here(labels="[a]", priority="3", foo="bar"))
    outcome, edit = planned(snapshot, {"id": "ex-1", "title": "new", "priority": 0, "updated_at": NEW})
    assert edit is not None and outcome.updated == ["ex-1"]
    found = snapshot.with_edit(edit).text(PATH)
    assert found == (f"---\ntitle: new\ncreated: {NOW}\nlabels: [a]\npriority: 0\nfoo: bar\n---\nText.\n")


def test_what_a_newer_line_leaves_out_is_gone_where_nobody_touched_it_here() -> None:
    snapshot = town(line(description="Old.", labels=["a"], foo="bar"))
    _, edit = planned(snapshot, line("new", NEW))
    assert edit is not None and edit.put == (bead_of(line("new", NEW)),)


def test_an_archived_bead_keeps_what_was_added_here() -> None:
    folded = f'{{"id":"ex-1","title":"t","status":"closed","labels":["a"],"updated_at":"{NOW}"}}\n'
    _, edit = planned(town(files={MONTH: folded}), line("new", NEW, status="open"))
    assert edit is not None
    (found,) = edit.put
    assert isinstance(found, Bead) and (found.title, found.status, found.labels) == ("new", "open", ("a",))


@pytest.mark.parametrize("comes", [{"status": "closed"}, {"assignee": "bo"}, {"status": "tombstone"}])
@pytest.mark.parametrize("at", ["hook", "queue", "landing"])
@pytest.mark.parametrize("touched", [True, False])
def test_work_is_neither_closed_nor_given_away_by_a_line(
    comes: dict[str, str], at: str, touched: bool
) -> None:
    queue = world.hook("ex-2", queue=(ItemId("ex-1"),))
    works: dict[str, kinds.Item] = {
        "hook": world.polecat(on=world.hook("ex-1")),
        "queue": world.polecat(on=queue),
        "landing": world.request("ex-mr-a", "ex-1"),
    }
    work = works[at]
    there = here() if touched else {PATH: kinds.render(bead_of(line()))}
    snapshot = town(files={**there, kinds.path_of(work): kinds.render(work)})
    outcome, edit = planned(snapshot, line("new", NEW, **comes))
    what = "it says deleted" if comes == {"status": "tombstone"} else "it changes the status or the assignee"
    where = "is being landed" if at == "landing" else "is on an agent's hook"
    assert outcome.refused == [Refused(1, f"{what}, and the bead {where}", "ex-1")]
    assert edit is None
    assert planned(snapshot, line("new", NEW))[0].updated == ["ex-1"]


def test_an_id_of_something_else_is_refused() -> None:
    outcome, edit = planned(town(files={"convoys/ex-1.md": "---\ntitle: c\n---\n"}), line())
    assert outcome.refused == [Refused(1, "the id is that of another item of the town", "ex-1")]
    assert edit is None


def test_a_tombstone_goes_to_the_archive_by_its_month_and_nothing_else_of_it_changes() -> None:
    first = '{"id":"zz-1","title":"x\u2028y","status":"closed"}'
    gone = line(status="tombstone", deleted_at="2026-01-31T23:30:00-08:00", issue_type="task")
    outcome, edit = planned(town(files={"archive/2026-02.jsonl": first}), gone)
    assert edit is not None and outcome.tombstones == ["ex-1"]
    kept = (
        '{"id":"ex-1","title":"t","status":"tombstone","priority":2,"issue_type":"task",'
        f'"updated_at":"{NOW}","deleted_at":"2026-01-31T23:30:00-08:00"}}\n'
    )
    assert edit.files == (("archive/2026-02.jsonl", f"{first}\n{kept}"),)
    after = town(files=dict(edit.files))
    assert planned(after, gone)[1] is None
    outcome, edit = planned(after, line("back again", NEW))  # what was deleted stays deleted
    assert (outcome.stale, edit) == (["ex-1"], None)
    later = gone | {"updated_at": NEW, "deleted_at": NEW}
    outcome, edit = planned(after, later)
    assert edit is not None
    assert [path for path, _ in edit.files] == [MONTH, "archive/2026-02.jsonl"]
    assert dict(edit.files)["archive/2026-02.jsonl"] == f"{first}\n"


def test_a_newer_tombstone_takes_a_live_bead_away_unless_it_is_on_a_hook() -> None:
    gone = line(status="tombstone", updated=NEW)
    outcome, edit = planned(town(line()), gone)
    assert edit is not None
    assert (edit.removes, [path for path, _ in edit.files]) == ((PATH,), [MONTH])
    agent = "---\naddress: ex/polecats/a\nhook:\n  state: active\n  bead: ex-1\n---\n"
    outcome, edit = planned(town(line(), files={"agents/ex/polecats/a.md": agent}), gone)
    assert outcome.refused == [Refused(1, "it says deleted, and the bead is on an agent's hook", "ex-1")]
    assert planned(town(line()), line(status="tombstone", updated=OLD))[0].stale == ["ex-1"]


def test_an_archived_bead_comes_back_by_a_newer_line() -> None:
    closed = line(status="closed", issue_type="task")
    snapshot = town(files={MONTH: '{"id":"ex-1","title":"t","status":"closed","priority":2,"issue_type":"task",'
                                  f'"updated_at":"{NOW}"}}\n'})  # fmt: skip
    assert planned(snapshot, closed)[0].unchanged == ["ex-1"]
    assert planned(snapshot, line(updated=OLD))[0].stale == ["ex-1"]
    outcome, edit = planned(snapshot, line(updated=NEW))
    assert edit is not None and outcome.updated == ["ex-1"]


def test_dedup_leaves_out_what_has_the_title_of_an_open_bead() -> None:
    there = {"id": "ex-9", "title": "Fix It", "priority": 2}
    assert planned(town(there), line("fix it"), dedup=True)[0].alike == ["ex-1"]
    assert planned(town(there), line("fix it"))[0].created == ["ex-1"]
    assert planned(town(there | {"status": "closed"}), line("fix it"), dedup=True)[0].created == ["ex-1"]


def test_memories() -> None:
    memory: Line = {"_type": "memory", "key": "k", "value": "v"}
    outcome, edit = planned(town(), memory)
    assert edit is not None and outcome.memories == ["k"]
    snapshot = town(files={"memories/k.md": "---\ncreated_by: ada\n---\nv\n"})
    assert planned(snapshot, memory)[1] is None
    _, edit = planned(snapshot, memory | {"value": "w"})
    assert edit is not None
    assert kinds.render(edit.put[0]) == "---\nkey: k\ncreated_by: ada\n---\nw\n"
