"""invoke's entry in this town: `inv --list` shows the commands, `inv convoy.list` runs one."""

from gtlib.cli.namespace import namespace

ns = namespace()
