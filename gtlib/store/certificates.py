"""Keep pygit2 from reading the machine's certificates: 7 ms at its import, for connections that the town's
repository never makes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

# What Python's `ssl` documents: a file that is none is not read, and a folder only once a connection is made.
_NONE = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": "/"}


@contextmanager
def unread() -> Iterator[None]:
    """Import pygit2 inside. Nothing that is started afterwards sees a difference."""
    before = {name: os.environ.get(name) for name in _NONE}
    os.environ.update(_NONE)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
