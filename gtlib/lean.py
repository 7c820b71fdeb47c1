"""Imported before anything else by programs that live for a tenth of a second, which a person waits for."""

from __future__ import annotations

import gc
import sys

_SHORT_LIVED = ("gtlib.githook", "gtlib.mergedriver", "gtlib.runtimehook")

# Where other tools have brought typing_extensions, msgspec takes from it what Python's own typing has too,
# and that costs 10 ms. None says that there is no such module; later imports find it again.
if "msgspec" not in sys.modules and "typing_extensions" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules["typing_extensions"]

# Only in a process of their own: a tenth of what they cost is looking for garbage that they never make.
if getattr(sys.modules["__main__"].__spec__, "name", "") in _SHORT_LIVED:
    gc.disable()
