"""The words that `gt sling --args` leaves in a molecule for whoever works by it; no command gets them."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from gtlib.model.molecule import Molecule

# In the front matter. Older files have it among `vars`, where a formula may have a variable of that name.
_KEY: Final = "args"


def with_args(molecule: Molecule, args: str) -> Molecule:
    """The molecule with these words in place of those before; none leave it as it is."""
    return replace(molecule, extra={**molecule.extra, _KEY: args}) if args else molecule


def args_and_vars(molecule: Molecule) -> tuple[str, dict[str, str]]:
    """The words, and the values of the formula's variables."""
    values = dict(molecule.vars)
    said = molecule.extra.get(_KEY)
    return (str(said), values) if said is not None else (values.pop(_KEY, ""), values)
