"""`python -m tests.docs`: write what of the documents follows from the code."""

from __future__ import annotations

from tests.docs.reference import reference
from tests.docs.reference import with_modules
from tests.support import ROOT


def main() -> None:
    (ROOT / "docs" / "reference.md").write_text(reference(), encoding="utf-8")
    architecture = ROOT / "docs" / "architecture.md"
    architecture.write_text(with_modules(architecture.read_text(encoding="utf-8")), encoding="utf-8")


main()
