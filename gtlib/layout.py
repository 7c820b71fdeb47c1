"""The one map of a town's things to their paths and back.

Paths are text, relative to the town's root, with `/`. Nothing here looks at a disk but `resource`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal
from typing import NamedTuple

from gtlib import names
from gtlib.errors import UserError
from gtlib.names import Address
from gtlib.names import ItemId

Place = Literal["tracked", "local", "rebuildable"]

TOWN_CONFIG = "town.yaml"
SETTINGS = "settings/config.json"
OUTBOX = "mail/outbox"
LOCAL = ".git/gt"
CACHE = ".gt"

# Whole folders are named, with everything in them: git clean then meets `.git` in them and goes round
# (with a single -f), and `git add -A` never takes an agent's worktree for a submodule.
GITIGNORE = """\
/.gt/
/*/.repo/
/*/crew/
/*/polecats/
__pycache__/
"""

GITATTRIBUTES = """\
* text=auto eol=lf
/archive/*.jsonl merge=union
/beads/*.md merge=gt
/molecules/*.md merge=gt
/convoys/*.md merge=gt
/merges/*.md merge=gt
/escalations/*.md merge=gt
/agents/**/*.md merge=gt
/mail/**/*.md merge=gt
/memories/*.md merge=gt
/town.yaml merge=gt
/*/rig.yaml merge=gt
"""


class Pattern(NamedTuple):
    """Paths of one sort. `<...>` stands for a name, `**` for anything below."""

    path: str
    thing: str
    place: Place
    means: str


PATTERNS = (
    Pattern("town.yaml", "town", "tracked", "format, name, overseer, home, limits"),
    Pattern("tasks.py", "tasks", "tracked", "makes `inv ...` work in the town"),
    Pattern(".gitignore", "git", "tracked", "keeps git off rigs and caches"),
    Pattern(".gitattributes", "git", "tracked", "line ends and merges"),
    Pattern(".pre-commit-config.yaml", "git", "tracked", "a person's own checks"),
    Pattern(".vscode/settings.json", "editor", "tracked", "how VS Code is to show a town"),
    Pattern("settings/config.json", "settings", "tracked", "runtimes, agents, roles, scheduler"),
    Pattern("beads/<id>.md", "bead", "tracked", "work items"),
    Pattern("molecules/<id>.md", "molecule", "tracked", "workflow instances"),
    Pattern("convoys/<id>.md", "convoy", "tracked", "beads followed together"),
    Pattern("merges/<id>.md", "merge", "tracked", "merge requests"),
    Pattern("escalations/<id>.md", "escalation", "tracked", "what a person must decide"),
    Pattern("agents/<address>.md", "agent", "tracked", "identities with hook and history"),
    Pattern("memories/<key>.md", "memory", "tracked", "what agents are to remember"),
    Pattern("mail/outbox/<file>.md", "outbox", "tracked", "mail to be routed"),
    Pattern("mail/<address>/new/<id>.md", "mail", "tracked", "unread mail"),
    Pattern("mail/<address>/cur/<id>.md", "mail", "tracked", "read mail"),
    Pattern("mail/<address>/archive/<id>.md", "mail", "tracked", "mail that was put away"),
    Pattern("mail/groups/<name>.md", "board", "tracked", "who is in a group that mail is sent to"),
    Pattern("mail/lists/<name>.md", "board", "tracked", "who is on a mailing list"),
    Pattern("mail/queues/<name>.md", "board", "tracked", "who may claim messages of a queue"),
    Pattern("mail/channels/<name>.md", "board", "tracked", "who is subscribed to a channel"),
    Pattern("mail/announces/<name>.md", "board", "tracked", "who may read announcements"),
    Pattern("formulas/<name>.formula.toml", "formula", "tracked", "the town's workflows"),
    Pattern(".beads/formulas/<name>.formula.toml", "formula", "tracked", "the same, where beads keeps them"),
    Pattern("formula-overlays/<name>.toml", "overlay", "tracked", "what is changed in workflows here"),
    Pattern("roles/**", "role", "tracked", "prompts in place of the built-in ones"),
    Pattern("directives/<role>.md", "directive", "tracked", "prompts beside the built-in ones"),
    Pattern("CONTEXT.md", "context", "tracked", "what every agent is told of the town"),
    Pattern("plugins/<name>/plugin.md", "plugin", "tracked", "chores of the deacon"),
    Pattern("archive/<yyyy-mm>.jsonl", "archive", "tracked", "items closed long ago"),
    Pattern("<rig>/rig.yaml", "rig", "tracked", "a rig's address, target branch and gates"),
    Pattern("<rig>/settings/config.json", "settings", "tracked", "a rig's own settings"),
    Pattern("<rig>/CONTEXT.md", "context", "tracked", "what agents of the rig are told of it"),
    Pattern("<rig>/directives/<role>.md", "directive", "tracked", "prompts for one rig"),
    Pattern("<rig>/formulas/<name>.formula.toml", "formula", "tracked", "a rig's workflows"),
    Pattern("<rig>/.beads/formulas/<name>.formula.toml", "formula", "tracked", "the same"),
    Pattern("<rig>/formula-overlays/<name>.toml", "overlay", "tracked", "what is changed in them for a rig"),
    Pattern("<rig>/.repo/.git/**", "repo", "local", "our bare clone of the project"),
    Pattern("<rig>/crew/<name>/**", "worktree", "local", "a worktree for people and long-lived agents"),
    Pattern("<rig>/polecats/<name>/**", "worktree", "local", "a polecat's worktree"),
    Pattern(".git/gt/**", "state", "local", "journal, locks, run state, events, wisps, logs"),
    Pattern(".git/**", "git", "local", "the town's repository"),
    Pattern(".gt/**", "cache", "rebuildable", "index and caches; safe to delete"),
    Pattern("__pycache__/**", "cache", "rebuildable", "compiled tasks.py"),
)

# Folders that git would not keep while they are empty.
KEPT_FOLDERS = (
    "agents",
    "beads",
    "convoys",
    "escalations",
    "formulas",
    "mail/outbox",
    "merges",
    "molecules",
)

ITEM_FOLDERS = {
    "beads": "bead",
    "molecules": "molecule",
    "convoys": "convoy",
    "merges": "merge",
    "escalations": "escalation",
}


BOARD_FOLDERS = ("groups", "lists", "queues", "channels", "announces")


class Found(NamedTuple):
    """What a tracked path holds. `name` is the id, address or rig that the path itself says."""

    thing: str
    name: str


def parse(path: str) -> Found | None:
    """What the file is by its path, for files that hold one item; None for any other.

    Names are not checked: `beads/Nonsense.md` is a bead with a bad id, so that it can be reported.
    """
    folder, _, rest = path.partition("/")
    if not rest:
        return Found("town", "") if path == TOWN_CONFIG else None
    if rest == "rig.yaml":
        return None if folder in names.RESERVED else Found("rig", folder)
    stem, dot, ending = rest.rpartition(".")
    if ending != "md" or not dot or not stem or stem.startswith(".") or stem.lower() == "readme":
        return None
    if folder in ITEM_FOLDERS:
        return Found(ITEM_FOLDERS[folder], stem) if "/" not in stem else None
    if folder == "agents":
        return Found("agent", stem)
    if folder == "memories":
        return Found("memory", stem) if "/" not in stem else None
    return _parse_mail(stem) if folder == "mail" else None


def _parse_mail(stem: str) -> Found | None:
    above, _, name = stem.rpartition("/")
    if above == "outbox":
        return None if name.startswith(".") or name.lower() == "readme" else Found("outbox", name)
    if above in BOARD_FOLDERS:
        return None if name.startswith(".") or name.lower() == "readme" else Found("board", stem)
    return Found("mail", name) if above.endswith(("/new", "/cur", "/archive")) else None


def place_of(path: str) -> Place | None:
    """Tracked, local, or rebuildable; None for a path that no pattern names."""
    return next((pattern.place for pattern in PATTERNS if _regex(pattern.path).fullmatch(path)), None)


_PIECE = re.compile(r"<([a-z-]+)>|/\*\*|.", re.DOTALL)


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    def piece(found: re.Match[str]) -> str:
        if found[0] == "/**":
            return r"(?:/.*)?"
        if found[1] == "rig":
            reserved = "|".join(sorted(names.RESERVED))
            return rf"(?!(?:{reserved})/)[A-Za-z][A-Za-z0-9_]*"
        if found[1] == "yyyy-mm":
            return r"\d{4}-\d\d"
        if found[1]:
            return r"[^/].*?" if found[1] == "address" else r"[^/]+"
        return re.escape(found[0])

    return re.compile(_PIECE.sub(piece, pattern), re.DOTALL)


def path_of_bead(id: ItemId) -> str:
    return f"beads/{id}.md"


def path_of_molecule(id: ItemId) -> str:
    return f"molecules/{id}.md"


def path_of_convoy(id: ItemId) -> str:
    return f"convoys/{id}.md"


def path_of_memory(key: str) -> str:
    return f"memories/{key}.md"


def path_of_agent(address: Address) -> str:
    return f"agents/{address}.md"


def path_of_rig(rig: str) -> str:
    """The file that registers a rig."""
    return f"{rig}/rig.yaml"


def outbox(name: str = "") -> str:
    """The folder where anybody drops mail, or a file in it."""
    return f"{OUTBOX}/{name}.md" if name else OUTBOX


def mail_folder(address: str, box: str) -> str:
    """One box of a mailbox: `new` is unread, `cur` is read, `archive` put away."""
    return f"mail/{address}/{box}"


def path_of_board(address: str) -> str:
    """The file of `groups/<name>`, `queues/<name>` ...; its messages stand in the folder of that name."""
    return f"mail/{address}.md"


def mailbox(address: str, box: str, id: str) -> str:
    """One message in a mailbox."""
    return f"mail/{address}/{box}/{id}.md"


def rig_folder(rig: str) -> str:
    return rig


def repo_folder(rig: str) -> str:
    """Our own bare clone of a rig's project."""
    return f"{rig}/.repo/.git"


def worktree(address: str) -> str:
    """The worktree of a polecat or crew member: it has the name of its address. UserError for others."""
    if address.count("/") != 2:
        raise UserError(
            f"{address} has no worktree", "only <rig>/polecats/<name> and <rig>/crew/<name> have one"
        )
    return address


def resource(name: str) -> Path:
    """A file or folder of ours: `hooks`, `templates/x`, `formulas/release.formula.toml`.

    In an installed package they stand in gtlib/share, in a checkout beside gtlib.
    UserError when it is not there.
    """
    package = Path(__file__).parent
    for base in (package / "share", package.parent):
        found = base / name
        if found.exists():
            return found
    raise UserError(f"{name} is missing from this installation", "install gt again")
