"""invoke's entry in this town: `inv --list` shows the commands, `inv convoy.list` runs one."""

from __future__ import annotations

from gtlib.cli.namespace import namespace

ns = namespace()
