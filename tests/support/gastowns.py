"""A Gas Town installation as its own programs leave one, made in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support import jsonl_ledgers as ledgers

AT = "2026-01-05T10:00:00.123456-08:00"
Line = dict[str, Any]


def issue(id: str, title: str, type: str = "task", **more: Any) -> Line:
    """A line of a ledger."""
    return {
        "id": id,
        "title": title,
        **{key: more.pop(key) for key in ("description",) if key in more},
        "status": more.pop("status", "open"),
        "priority": more.pop("priority", 2),
        "issue_type": type,
        **more,
        "created_at": AT,
        "created_by": "ana",
        "updated_at": AT,
    }


TOWN = [
    issue("hq-1", "Plan the week"),
    issue("hq-2", "Held elsewhere", status="hooked"),
    issue(
        "hq-cv-ab1",
        "Nightly batch",
        "convoy",
        description="Owner: mayor/\nNotify: proj/joe\nMerge: mr\n\nTwo things.",
        dependencies=[
            {"issue_id": "hq-cv-ab1", "depends_on_id": "external:proj:pr-a1", "type": "tracks"},
            {"issue_id": "hq-cv-ab1", "depends_on_id": "hq-1", "type": "tracks"},
        ],
    ),
    issue(
        "hq-m7",
        "build is red",
        "message",
        description="please look\n",
        status="closed",
        assignee="mayor/",
        labels=["from:proj/toast", "read", "thread:t-19"],
        closed_at=AT,
    ),
    issue(
        "hq-m8",
        "and again",
        assignee="proj/joe",
        labels=["from:mayor/", "gt:message", "msg-type:reply", "reply-to:hq-m7"],
    ),
    issue("hq-m9", "to a queue", "message", assignee="queue:work"),
    issue("hq-mayor", "Mayor", "agent", description="The mayor.\n\nrole_type: mayor\nrig: null"),
    issue("hq-old", "Deleted", status="tombstone", deleted_at="2026-01-04T12:00:00Z"),
]
PROJ = [
    issue("pr-a1", "Build it"),
    issue(
        "pr-proj-polecat-toast", "toast", labels=["gt:agent"],
        description="role_type: polecat\nrig: proj\nagent_state: idle",
    ),
    issue("pr-proj-crew-joe", "joe", "agent", description="role_type: crew\nrig: proj"),
    issue("pr-elsewhere-crew-x", "x", "agent", description="role_type: crew\nrig: elsewhere"),
    issue("pr-mr1", "Merge: pr-a1", "merge-request", description="branch: polecat/toast\ntarget: main"),
    issue("pr-mr2", "Merge: pr-a0", "merge-request", status="closed", closed_at=AT),
]  # fmt: skip
FORMULA = 'formula = "weekly"\nversion = 1\n\n[[steps]]\nid = "look"\ntitle = "Look around"\n'


def write(root: Path, files: Mapping[str, object]) -> None:
    """Files of text, or of JSON."""
    for name, value in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        path.write_text(text, encoding="utf-8")


def make(root: Path, url: str = "https://example.com/proj.git") -> Path:
    """An installation with a rig, two ledgers, a crew member, a polecat, settings and formulas."""
    rigs = {
        "proj": {"git_url": url, "added_at": AT, "beads": {"repo": "local", "prefix": "pr"}},
        "bad-name": {"git_url": "https://example.com/x.git", "beads": {"prefix": "bn"}},
    }
    write(
        root,
        {
            "mayor/town.json": {"type": "town", "version": 2, "name": "oldtown", "owner": "o@example.com"},
            "mayor/rigs.json": {"version": 1, "rigs": rigs},
            "mayor/daemon.json": {"type": "daemon-patrol-config"},
            "settings/config.json": {"type": "town-settings", "version": 1, "default_agent": "codex"},
            ".beads/formulas/weekly.formula.toml": FORMULA,
            ".beads/formulas/broken.formula.toml": "steps = 5\n",
            "directives/mayor.md": "Be brief.\n",
            "proj/config.json": {"type": "rig", "name": "proj", "default_branch": "trunk"},
            "proj/settings/config.json": {
                "type": "rig-settings",
                "merge_queue": {"test_command": "make test", "gates": {"e2e": {"cmd": "make e2e", "timeout": "2m"}}},
            },
            "proj/.beads/redirect": "mayor/rig/.beads\n",
            "proj/crew/joe/README.md": "a clone\n",
            "proj/polecats/toast/proj/README.md": "a worktree\n",
        },
    )  # fmt: skip
    ledgers.write(root / ".beads/issues.jsonl", TOWN)
    ledgers.write(root / "proj/mayor/rig/.beads/issues.jsonl", PROJ)
    return root


def dump(folder: Path, lines: list[Line]) -> None:
    """A ledger as a dump of tables: every column there, nulls explicit, other tables in files of their own."""
    columns = sorted({key for line in lines for key in line} | {"design", "timeout_ns", "pinned", "metadata"})
    tables: dict[str, list[Line]] = {"issues": [], "dependencies": [], "labels": [], "comments": []}
    for line in lines:
        row = {key: line.get(key) for key in columns if key not in ("labels", "dependencies", "comments")}
        tables["issues"].append(row | {"pinned": 0, "metadata": "{}", "content_hash": "x", "design": ""})
        tables["labels"] += ({"issue_id": line["id"], "label": each} for each in line.get("labels", ()))
        for table in ("dependencies", "comments"):
            rows = (dict(each) | {"issue_id": line["id"], "metadata": None} for each in line.get(table, ()))
            tables[table] += rows
    for name, rows in tables.items():
        ledgers.write(folder / f"{name}.jsonl", rows)
