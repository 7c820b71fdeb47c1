"""The towers of Hanoi as a formula: a long row of steps, each of which can be done once only, and an end that
tells whether all were.
"""

from __future__ import annotations

# Which disk the nth move takes, and from where to where, follows from n (three pegs, 0 the first).
_SETUP = """\
seq $disks -1 1 > peg0
: > peg1
: > peg2
: > moves
cat > move <<'END'
move=$1 disk=1 rest=$1
while [ $((rest % 2)) = 0 ]; do rest=$((rest / 2)) disk=$((disk + 1)); done
from=$(( (move & (move - 1)) % 3 )) to=$(( ((move | (move - 1)) + 1) % 3 ))
set -e
test "$(tail -n 1 peg$from)" = $disk
sed '$d' peg$from > rest
mv rest peg$from
echo $disk >> peg$to
echo $move >> moves
END
"""
_END = """\
set -e
test ! -s peg0
test "$(cat moves)" = "$(seq 1 $moves)"
test "$(cat peg1 peg2)" = "$(seq $disks -1 1)"
"""


def formula(steps: int, *, name: str = "hanoi") -> str:
    """A formula with that many steps that are done, beside the loop that holds the moves.

    With `2 ** disks + 1` steps the end holds; with any other number the last step's check fails.
    """
    moves = steps - 2
    return f"""\
formula = "{name}"
description = "Move a tower of disks"

[vars.moves]
default = "{moves}"
type = "int"

[vars.disks]
default = "{moves.bit_length()}"
type = "int"

[[steps]]
id = "setup"
title = "Build the tower"
run = '''
{_SETUP}'''

[[steps]]
id = "moves"
title = "All moves"
needs = ["setup"]

[steps.loop]
range = "1..{{moves}}"
var = "move"

[[steps.loop.body]]
id = "move"
title = "Move {{move}}"
run = ["sh", "move", "{{move}}"]

[[steps]]
id = "verify"
title = "Verify the tower"
needs = ["moves"]
run = '''
{_END}'''
"""


def ids(steps: int) -> list[str]:
    """The steps that are done, in their order."""
    return ["setup", *(f"moves.iter{number}.move" for number in range(1, steps - 1)), "verify"]
