"""The language of a file, by how its name ends."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

_LANGUAGES: Final = {
    "c": "C", "h": "C", "cc": "C++", "cpp": "C++", "cxx": "C++", "hpp": "C++", "cs": "C#",
    "clj": "Clojure", "css": "CSS", "scss": "CSS", "dart": "Dart", "ex": "Elixir", "exs": "Elixir",
    "erl": "Erlang", "go": "Go", "hs": "Haskell", "html": "HTML", "java": "Java", "js": "JavaScript",
    "jsx": "JavaScript", "mjs": "JavaScript", "kt": "Kotlin", "lua": "Lua", "md": "Markdown",
    "ml": "OCaml", "php": "PHP", "pl": "Perl", "py": "Python", "pyi": "Python", "r": "R", "rb": "Ruby",
    "rs": "Rust", "scala": "Scala", "sh": "Shell", "bash": "Shell", "sql": "SQL", "swift": "Swift",
    "tf": "Terraform", "toml": "TOML", "ts": "TypeScript", "tsx": "TypeScript", "vue": "Vue",
    "yaml": "YAML", "yml": "YAML", "zig": "Zig",
}  # fmt: skip


def language(path: str) -> str:
    """Empty when its name does not say it."""
    return _LANGUAGES.get(PurePosixPath(path).suffix.lower().lstrip("."), "")
