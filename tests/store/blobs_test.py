"""Blobs that are read without libgit2."""

from __future__ import annotations

from pathlib import Path

from gtlib.store.blobs import read_blob
from tests.support import towns


def test_loose_packed_and_bad_objects(tmp_path: Path) -> None:
    town = towns.make_town(tmp_path / "town")
    root = town.root
    towns.put(town, "settings/config.json", '{"x": "ü"}\n')
    towns.put(town, "roles/mayor.md", "Be kind.\n")
    ids = {
        path: towns.git(root, "rev-parse", f"HEAD:{path}").strip()
        for path in ("settings/config.json", "roles/mayor.md")
    }
    found = [read_blob(root, id) for id in ids.values()]
    assert found == ['{"x": "ü"}\n'.encode(), b"Be kind.\n"]
    tree = towns.git(root, "rev-parse", "HEAD^{tree}").strip()
    assert read_blob(root, tree) is None  # an object, but no blob
    towns.git(root, "gc", "--quiet", "--prune=now")
    assert [read_blob(root, id) for id in ids.values()] == ['{"x": "ü"}\n'.encode(), None]
    (root / "settings/config.json").write_text("{}")
    assert read_blob(root, ids["settings/config.json"]) is None
    place = root / ".git/objects" / tree[:2]
    place.mkdir(exist_ok=True)
    (place / tree[2:]).write_bytes(b"no zlib")
    assert read_blob(root, tree) is None
