"""Which module a command is in. Nothing is imported but the module of what was typed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import msgspec

from gtlib.cli.argv import HELP
from gtlib.cli.argv import nearest
from gtlib.cli.command import Command
from gtlib.cli.command import Param
from gtlib.cli.command import commands_of
from gtlib.cli.command import flag
from gtlib.errors import UsageError

DEPTH = 3


class Entry(msgspec.Struct, frozen=True):
    """A module with commands: where `gt --help` lists it, and as what."""

    module: str
    section: str
    purpose: str


class Program(msgspec.Struct, frozen=True):
    """A program: its modules by what their commands begin with. Commands of `home` need no group word.
    `flags` are those that every command of it takes, before its name too.
    """

    name: str
    purpose: str
    entries: Mapping[str, Entry]
    home: str = ""
    flags: tuple[Param, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """What words name: a command, or (None) the group `name`; and the words that follow."""

    command: Command | None
    name: tuple[str, ...]
    rest: tuple[str, ...]


# A key is what commands begin with: a group, a group and a command (so that one command of a group may live
# in a module that imports less), or a command of one word.
ENTRIES: dict[str, Entry] = {
    "bead": Entry("gtlib.cli.bead", "Work", "work items"),
    "bead update": Entry("gtlib.cli.bead_update", "Work", "change beads, and claim them"),
    "bead assign": Entry("gtlib.cli.bead_update", "Work", "say who works on a bead"),
    "bead priority": Entry("gtlib.cli.bead_update", "Work", "say how urgent a bead is"),
    "bead note": Entry("gtlib.cli.bead_update", "Work", "add to the notes of a bead"),
    "bead defer": Entry("gtlib.cli.bead_update", "Work", "put beads off"),
    "bead undefer": Entry("gtlib.cli.bead_update", "Work", "take up what was put off"),
    "bead edit": Entry("gtlib.cli.bead_edit", "Work", "write a bead in an editor"),
    "bead comment": Entry("gtlib.cli.bead_edit", "Work", "say something about a bead"),
    "bead comments add": Entry("gtlib.cli.bead_edit", "Work", "say something about a bead"),
    "bead label add": Entry("gtlib.cli.bead_label", "Work", "labels of beads"),
    "bead label remove": Entry("gtlib.cli.bead_label", "Work", "labels of beads"),
    "bead label rm": Entry("gtlib.cli.bead_label", "Work", "labels of beads"),
    "bead label propagate": Entry("gtlib.cli.bead_label", "Work", "labels of beads"),
    "bead tag": Entry("gtlib.cli.bead_label", "Work", "labels of beads"),
    "bead set-state": Entry("gtlib.cli.bead_label", "Work", "the state of a bead"),
    "bead delete": Entry("gtlib.cli.bead_gone", "Work", "delete beads"),
    "bead rm": Entry("gtlib.cli.bead_gone", "Work", "delete beads"),
    "bead duplicate": Entry("gtlib.cli.bead_gone", "Work", "close what is said twice"),
    "bead supersede": Entry("gtlib.cli.bead_gone", "Work", "close what another takes the place of"),
    "bead rename": Entry("gtlib.cli.bead_gone", "Work", "give a bead another id"),
    "bead promote": Entry("gtlib.cli.wisp", "Work", "make a bead of a wisp"),
    "bead remember": Entry("gtlib.cli.memory", "Work", "what agents are told"),
    "bead forget": Entry("gtlib.cli.memory", "Work", "what agents are told no more"),
    "bead batch": Entry("gtlib.cli.batch", "Work", "many changes at once"),
    "bead close": Entry("gtlib.cli.bead_end", "Work", "close beads"),
    "bead done": Entry("gtlib.cli.bead_end", "Work", "close beads"),
    "bead reopen": Entry("gtlib.cli.bead_end", "Work", "open beads again"),
    "bead dep": Entry("gtlib.cli.dep", "Work", "what beads wait for"),
    "bead link": Entry("gtlib.cli.dep", "Work", "what beads wait for"),
    "bead unlink": Entry("gtlib.cli.dep", "Work", "what beads wait for"),
    "bead relate": Entry("gtlib.cli.dep", "Work", "beads that have to do with each other"),
    "bead unrelate": Entry("gtlib.cli.dep", "Work", "beads that have to do with each other"),
    "bead dep list": Entry("gtlib.cli.dep_reads", "Work", "show what beads wait for"),
    "bead dep tree": Entry("gtlib.cli.dep_reads", "Work", "show what beads wait for"),
    "bead dep cycles": Entry("gtlib.cli.dep_reads", "Work", "beads that wait for each other"),
    "bead blocked": Entry("gtlib.cli.bead_blocked", "Work", "what waits, and for what"),
    "bead children": Entry("gtlib.cli.bead_blocked", "Work", "what is below a bead"),
    "bead epic": Entry("gtlib.cli.epic", "Work", "how far epics are"),
    "bead epic close-eligible": Entry("gtlib.cli.epic_close", "Work", "close finished epics"),
    "bead graph": Entry("gtlib.cli.graph", "Work", "draw what waits for what"),
    "bead swarm": Entry("gtlib.cli.swarm", "Work", "how much of an epic can be done at once"),
    "bead statuses": Entry("gtlib.cli.bead_words", "Work", "the statuses there are"),
    "bead types": Entry("gtlib.cli.bead_words", "Work", "the types there are"),
    "bead list": Entry("gtlib.cli.bead_list", "Work", "list beads"),
    "bead ls": Entry("gtlib.cli.bead_list", "Work", "list beads"),
    "bead show": Entry("gtlib.cli.bead_show", "Work", "show beads"),
    "bead view": Entry("gtlib.cli.bead_show", "Work", "show beads"),
    "bead search": Entry("gtlib.cli.bead_search", "Work", "search beads"),
    "bead query": Entry("gtlib.cli.bead_search", "Work", "list beads by an expression"),
    "bead count": Entry("gtlib.cli.bead_count", "Work", "count beads"),
    "bead stale": Entry("gtlib.cli.bead_count", "Work", "list beads that nobody touched for long"),
    "bead status": Entry("gtlib.cli.bead_status", "Work", "numbers of the ledger"),
    "bead stats": Entry("gtlib.cli.bead_status", "Work", "numbers of the ledger"),
    "bead history": Entry("gtlib.cli.bead_history", "Work", "what became of a bead"),
    "bead diff": Entry("gtlib.cli.bead_history", "Work", "what became of beads between two times"),
    "bead orphans": Entry("gtlib.cli.bead_orphans", "Work", "open beads whose work has landed"),
    "bead lint": Entry("gtlib.cli.bead_health", "Work", "beads that lack a section"),
    "bead duplicates": Entry("gtlib.cli.bead_health", "Work", "beads that say the same"),
    "bead find-duplicates": Entry("gtlib.cli.bead_health", "Work", "beads that are much alike"),
    "bead comments": Entry("gtlib.cli.bead_facts", "Work", "what was said about a bead"),
    "bead label list": Entry("gtlib.cli.bead_facts", "Work", "the labels of a bead"),
    "bead label list-all": Entry("gtlib.cli.bead_facts", "Work", "all labels"),
    "bead state": Entry("gtlib.cli.bead_facts", "Work", "the states of a bead"),
    "bead memories": Entry("gtlib.cli.memories", "Work", "what is remembered"),
    "bead recall": Entry("gtlib.cli.memories", "Work", "one memory"),
    "bead prime": Entry("gtlib.cli.bead_prime", "Work", "what an agent is told about beads"),
    "bead info": Entry("gtlib.cli.bead_info", "Work", "which town this is"),
    "bead where": Entry("gtlib.cli.bead_info", "Work", "where the beads are"),
    "bead ready": Entry("gtlib.cli.bead_ready", "Work", "what can be taken up now"),
    "ready": Entry("gtlib.cli.ready", "Work", "what can be taken up now"),
    "bead import": Entry("gtlib.cli.import_", "Work", "take in beads of another tracker"),
    "bead export": Entry("gtlib.cli.export", "Work", "give out beads for other trackers"),
    "convoy": Entry("gtlib.cli.convoy", "Work", "beads that are followed together"),
    "convoy list": Entry("gtlib.cli.convoys", "Work", "list convoys"),
    "convoy ls": Entry("gtlib.cli.convoys", "Work", "list convoys"),
    "convoy show": Entry("gtlib.cli.convoys", "Work", "show a convoy"),
    "convoy status": Entry("gtlib.cli.convoys", "Work", "show a convoy"),
    "formula": Entry("gtlib.cli.formula", "Work", "workflows to make molecules of"),
    "formula graph": Entry("gtlib.cli.formula_graph", "Work", "draw a formula"),
    "formula create": Entry("gtlib.cli.formula_write", "Work", "begin a formula"),
    "formula new": Entry("gtlib.cli.formula_write", "Work", "begin a formula"),
    "formula convert": Entry("gtlib.cli.formula_write", "Work", "write a formula in JSON as TOML"),
    "formula overlay": Entry("gtlib.cli.formula_overlay", "Work", "what is changed in a formula here"),
    "formula overlay edit": Entry("gtlib.cli.formula_write", "Work", "change a formula here"),
    "formula run": Entry("gtlib.cli.formula_run", "Work", "do what a formula says"),
    "cook": Entry("gtlib.cli.formula_cook", "Work", "show what a formula becomes"),
    "mol": Entry("gtlib.cli.mol", "Work", "molecules: workflows that are being worked through"),
    "mol wisp": Entry("gtlib.cli.wisp", "Work", "molecules that are not committed"),
    "mol wisp list": Entry("gtlib.cli.wisps", "Work", "list wisps"),
    "mol wisp ls": Entry("gtlib.cli.wisps", "Work", "list wisps"),
    "mol squash": Entry("gtlib.cli.mol_end", "Work", "end a molecule in a digest"),
    "mol burn": Entry("gtlib.cli.mol_end", "Work", "take a molecule away"),
    "mol list": Entry("gtlib.cli.mols", "Work", "list molecules"),
    "mol ls": Entry("gtlib.cli.mols", "Work", "list molecules"),
    "mol show": Entry("gtlib.cli.mols", "Work", "show a molecule"),
    "mol current": Entry("gtlib.cli.mol_current", "Work", "show where a molecule stands"),
    "mol status": Entry("gtlib.cli.mol_current", "Work", "show what is on a hook"),
    "mol progress": Entry("gtlib.cli.mol_current", "Work", "show how far a molecule is"),
    "mol dag": Entry("gtlib.cli.mol_dag", "Work", "draw the steps of a molecule"),
    "mol step": Entry("gtlib.cli.mol_step", "Work", "say how a step ended"),
    "mol attach": Entry("gtlib.cli.mol_attach", "Work", "give a bead a molecule"),
    "mol detach": Entry("gtlib.cli.mol_attach", "Work", "take the molecule from a bead"),
    "mol attach-from-mail": Entry("gtlib.cli.mol_attach", "Work", "attach what a message names"),
    "mol attachment": Entry("gtlib.cli.mol_attached", "Work", "show the molecule of a bead"),
    "mol distill": Entry("gtlib.cli.mol_distill", "Work", "make a formula of what was done"),
    "mol stale": Entry("gtlib.cli.mol_stale", "Work", "list what is done and still open"),
    "mol seed": Entry("gtlib.cli.mol_stale", "Work", "check that formulas can be used"),
    "mol bond": Entry("gtlib.cli.mol_bond", "Work", "bond formulas and molecules"),
    "mol ready": Entry("gtlib.cli.mol_ready", "Work", "show which molecules can go on"),
    "gate": Entry("gtlib.cli.gate", "Work", "what waits for a person, a time, or something outside"),
    "gate list": Entry("gtlib.cli.gates", "Work", "list gates"),
    "gate ls": Entry("gtlib.cli.gates", "Work", "list gates"),
    "gate show": Entry("gtlib.cli.gates", "Work", "show a gate"),
    "mail": Entry("gtlib.cli.mail", "Mail", "messages between people and agents"),
    "mail inbox": Entry("gtlib.cli.inbox", "Mail", "list messages"),
    "mail mark-read": Entry("gtlib.cli.mail_box", "Mail", "mark messages as read"),
    "mail ack": Entry("gtlib.cli.mail_box", "Mail", "mark messages as read"),
    "mail mark-unread": Entry("gtlib.cli.mail_box", "Mail", "mark messages as unread"),
    "mail archive": Entry("gtlib.cli.mail_box", "Mail", "put messages away"),
    "mail delete": Entry("gtlib.cli.mail_box", "Mail", "delete messages"),
    "mail rm": Entry("gtlib.cli.mail_box", "Mail", "delete messages"),
    "mail clear": Entry("gtlib.cli.mail_box", "Mail", "delete what lies in a mailbox"),
    "mail drain": Entry("gtlib.cli.mail_box", "Mail", "put old protocol messages away"),
    "mail claim": Entry("gtlib.cli.mail_box", "Mail", "take a message of a queue"),
    "mail release": Entry("gtlib.cli.mail_box", "Mail", "give a claimed message back"),
    "mail hook": Entry("gtlib.cli.mail_box", "Mail", "put a message on your hook"),
    "mail check": Entry("gtlib.cli.mail_looks", "Mail", "say whether there is unread mail"),
    "mail peek": Entry("gtlib.cli.mail_looks", "Mail", "show the first unread message"),
    "mail search": Entry("gtlib.cli.mail_looks", "Mail", "find messages"),
    "mail thread": Entry("gtlib.cli.mail_looks", "Mail", "show a conversation"),
    "mail track": Entry("gtlib.cli.mail_looks", "Mail", "say who has read a message"),
    "mail directory": Entry("gtlib.cli.mail_looks", "Mail", "every address"),
    "mail queue": Entry("gtlib.cli.mail_lists", "Mail", "queues of messages to claim"),
    "mail channel": Entry("gtlib.cli.mail_lists", "Mail", "channels to subscribe to"),
    "mail group": Entry("gtlib.cli.mail_lists", "Mail", "groups of addresses"),
    "mail announces": Entry("gtlib.cli.mail_lists", "Mail", "boards of announcements"),
    "mail queue create": Entry("gtlib.cli.mail_boards", "Mail", "make and change queues"),
    "mail queue delete": Entry("gtlib.cli.mail_boards", "Mail", "make and change queues"),
    "mail channel create": Entry("gtlib.cli.mail_boards", "Mail", "make and change channels"),
    "mail channel delete": Entry("gtlib.cli.mail_boards", "Mail", "make and change channels"),
    "mail channel subscribe": Entry("gtlib.cli.mail_boards", "Mail", "make and change channels"),
    "mail channel unsubscribe": Entry("gtlib.cli.mail_boards", "Mail", "make and change channels"),
    "mail group create": Entry("gtlib.cli.mail_boards", "Mail", "make and change groups"),
    "mail group add": Entry("gtlib.cli.mail_boards", "Mail", "make and change groups"),
    "mail group remove": Entry("gtlib.cli.mail_boards", "Mail", "make and change groups"),
    "mail group delete": Entry("gtlib.cli.mail_boards", "Mail", "make and change groups"),
    "mail announces create": Entry("gtlib.cli.mail_boards", "Mail", "make and change announcements"),
    "mail announces delete": Entry("gtlib.cli.mail_boards", "Mail", "make and change announcements"),
    "escalate": Entry("gtlib.cli.escalate", "Mail", "ask a person for a decision"),
    "escalate list": Entry("gtlib.cli.escalations", "Mail", "list what waits for a decision"),
    "escalate ls": Entry("gtlib.cli.escalations", "Mail", "list what waits for a decision"),
    "done": Entry("gtlib.cli.done", "Work", "hand in what is on the hook"),
    "mq": Entry("gtlib.cli.mq", "Landing", "the merge queue"),
    "refinery": Entry("gtlib.cli.refinery", "Landing", "land what is ready, without a deacon"),
    "allow": Entry("gtlib.cli.allow", "Landing", "let commands of a file run on this machine"),
    "up": Entry("gtlib.cli.up", "Agents", "start the deacon"),
    "down": Entry("gtlib.cli.up", "Agents", "end the deacon and the sessions"),
    "nudge": Entry("gtlib.cli.nudge", "Agents", "tell an agent at work something"),
    "nudge show": Entry("gtlib.cli.nudge_show", "Agents", "the nudges of an agent, whole"),
    "broadcast": Entry("gtlib.cli.nudge", "Agents", "tell everybody at work something"),
    "dnd": Entry("gtlib.cli.nudge", "Agents", "not be disturbed"),
    "notify": Entry("gtlib.cli.nudge", "Agents", "how much an agent is told"),
    "status": Entry("gtlib.cli.status", "Agents", "how the town stands"),
    "costs": Entry("gtlib.cli.costs", "Agents", "what sessions have used"),
    "agents": Entry("gtlib.cli.agents", "Agents", "who works on what"),
    "agents check": Entry("gtlib.cli.sessions", "Agents", "look for two sessions of one agent"),
    "config": Entry("gtlib.cli.config", "Agents", "settings: which program does the work of whom"),
    "config set": Entry("gtlib.cli.config_write", "Agents", "say one value of the settings"),
    "config unset": Entry("gtlib.cli.config_write", "Agents", "take one value out of the settings"),
    "config agent set": Entry("gtlib.cli.config_write", "Agents", "make an agent of your own"),
    "config agent remove": Entry("gtlib.cli.config_write", "Agents", "take an agent of your own away"),
    "config default-agent": Entry("gtlib.cli.config_agents", "Agents", "who works where nothing is said"),
    "config cost-tier": Entry("gtlib.cli.config_agents", "Agents", "cheaper or better agents for all roles"),
    "session": Entry("gtlib.cli.session", "Agents", "agents' programs at work"),
    "session list": Entry("gtlib.cli.sessions", "Agents", "the sessions that run"),
    "session status": Entry("gtlib.cli.sessions", "Agents", "show a session"),
    "session history": Entry("gtlib.cli.sessions", "Agents", "the sessions that an agent has had"),
    "session check": Entry("gtlib.cli.sessions", "Agents", "whether those live that should"),
    "session capture": Entry("gtlib.cli.peek", "Agents", "what a session shows"),
    "peek": Entry("gtlib.cli.peek", "Agents", "what a session shows"),
    "mayor": Entry("gtlib.cli.mayor", "Agents", "who plans and coordinates"),
    "polecat": Entry("gtlib.cli.polecat", "Agents", "the workers of a rig"),
    "polecat identity": Entry("gtlib.cli.polecat_identity", "Agents", "who the polecats are, what they did"),
    "polecat peek": Entry("gtlib.cli.peek", "Agents", "what a polecat's session shows"),
    "handoff": Entry("gtlib.cli.handoff", "Agents", "let a fresh session go on, with a note"),
    "resume": Entry("gtlib.cli.resume", "Agents", "the note that an earlier session left"),
    "cycle": Entry("gtlib.cli.cycle", "Agents", "from one session to the next in a terminal"),
    "town": Entry("gtlib.cli.cycle", "Agents", "the same"),
    "crew next": Entry("gtlib.cli.cycle", "The town", "the same"),
    "crew prev": Entry("gtlib.cli.cycle", "The town", "the same"),
    "seance": Entry("gtlib.cli.seance", "Agents", "earlier sessions, and asking one"),
    "patrol": Entry("gtlib.cli.patrol", "Agents", "rounds of the roles that a model serves"),
    "prime": Entry("gtlib.cli.prime", "Agents", "what an agent is told at its start"),
    "whoami": Entry("gtlib.cli.whoami", "Agents", "who speaks here"),
    "role": Entry("gtlib.cli.role", "Agents", "what the roles are told"),
    "directive": Entry("gtlib.cli.directive", "Agents", "what you say to a role beside its prompt"),
    "deacon": Entry("gtlib.cli.deacon", "Agents", "the watcher"),
    "deacon start": Entry("gtlib.cli.up", "Agents", "start the deacon"),
    "deacon stop": Entry("gtlib.cli.up", "Agents", "end the deacon and the sessions"),
    "deacon status": Entry("gtlib.cli.up", "Agents", "whether the deacon runs"),
    "demo": Entry("gtlib.cli.demo", "The town", "watch a town at work"),
    "doctor": Entry("gtlib.cli.doctor", "The town", "look for what is wrong, and mend it"),
    "schema": Entry("gtlib.cli.schema", "The town", "JSON Schemas of its files"),
    "import-town": Entry("gtlib.cli.import_town", "The town", "move in from Gas Town"),
    "install": Entry("gtlib.cli.install", "The town", "make a town"),
    "uninstall": Entry("gtlib.cli.uninstall", "The town", "take git hooks and settings out"),
    "rig": Entry("gtlib.cli.rig", "The town", "projects"),
    "crew": Entry("gtlib.cli.crew", "The town", "worktrees for people"),
    "namepool": Entry("gtlib.cli.namepool", "The town", "where new polecats get their names"),
    "crew at": Entry("gtlib.cli.crew_sessions", "The town", "show the session of a crew member"),
    "crew attach": Entry("gtlib.cli.crew_sessions", "The town", "the same"),
    "crew start": Entry("gtlib.cli.crew_sessions", "The town", "start sessions of the crew"),
    "crew stop": Entry("gtlib.cli.crew_sessions", "The town", "end sessions of the crew"),
    "crew restart": Entry("gtlib.cli.crew_sessions", "The town", "end sessions, and start others"),
    "crew rs": Entry("gtlib.cli.crew_sessions", "The town", "the same"),
    "crew status": Entry("gtlib.cli.crew_sessions", "The town", "sessions of the crew"),
    "archive": Entry("gtlib.cli.archive", "The town", "fold away what was closed long ago"),
    "compact": Entry("gtlib.cli.compact", "The town", "wisps whose time is over"),
    "catch-up": Entry("gtlib.cli.catch_up", "The town", "do what follows from what is new"),
    "sling": Entry("gtlib.cli.sling", "Work", "put a bead on an agent's hook"),
    "unsling": Entry("gtlib.cli.unsling", "Work", "take a bead off the hook"),
    "assign": Entry("gtlib.cli.assign", "Work", "make a bead for a crew member"),
    "release": Entry("gtlib.cli.assign", "Work", "give beads back that nobody goes on with"),
    "unhook": Entry("gtlib.cli.unsling", "Work", "the same"),
    "hook": Entry("gtlib.cli.hook", "Work", "what is on a hook"),
    "work": Entry("gtlib.cli.hook", "Work", "the same"),
    "hooks": Entry("gtlib.cli.hook", "Work", "all hooks, and their repair"),
    "version": Entry("gtlib.cli.version", "The program", "print the version"),
}

BD_KEYS = ("bead", "formula", "mol", "gate", "cook", "doctor", "version")
ACTOR = flag("actor", "text", "who you are: an agent's address or a name (also BD_ACTOR)")
QUIET = flag("quiet", "switch", "print errors, and what --json asks for, but no text", short="q")

GT = Program("gt", "a town of agents made of files", ENTRIES)
BD = Program(
    "bd",
    "work items, formulas and molecules of a town",
    {key: entry for key, entry in ENTRIES.items() if key.split()[0] in BD_KEYS},
    home="bead",
    flags=(ACTOR, QUIET),
)
PROGRAMS = {"gt": GT, "bd": BD}


def find(program: Program, words: Sequence[str]) -> Found:
    """The command that `words` begin with: the longest name wins. `--json` and `--help` may stand before it.

    Raises UsageError when there is none.
    """
    early, path, rest = _split(program, words)
    for prefix in ((), (program.home,)) if program.home else ((),):
        found = _match(program, (*prefix, *path))
        if found is not None:
            command, size = found
            used = size - len(prefix)
            if used == 1 and _is_typo(program, command, path):
                raise _unknown(program, path)
            if used > 0:
                return Found(command, tuple(path[:used]), (*early, *path[used:], *rest))
    if any(word in HELP for word in (*early, *rest)) and (not path or below(program, path)):
        return Found(None, tuple(path), ())
    raise _unknown(program, path)


def below(program: Program, group: Sequence[str]) -> dict[tuple[str, ...], Command]:
    """The commands of a group, by what follows its name; of no group: those of `home`."""
    groups = (tuple(group), (program.home, *group) if program.home else ())
    return {
        name[len(prefix) :]: command
        for prefix in filter(None, groups)
        for module in dict.fromkeys(
            entry.module for key, entry in program.entries.items() if key.split()[0] == prefix[0]
        )
        for name, command in load(module).items()
        if name[: len(prefix)] == prefix and len(name) > len(prefix)
    }


def every(program: Program) -> Iterator[Command]:
    """Every command, once."""
    for module in dict.fromkeys(entry.module for entry in program.entries.values()):
        seen: list[Command] = []
        for command in load(module).values():
            if command not in seen:
                seen.append(command)
                yield command


def load(module: str) -> dict[tuple[str, ...], Command]:
    """Import a module of commands: its commands, by name."""
    return commands_of(importlib.import_module(module))


def _split(program: Program, words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """The switches that stand before or in the name, the words that may be the name, and what follows."""
    early: list[str] = []
    path: list[str] = []
    for number, word in enumerate(words):
        if word in HELP or word == "--json":
            early.append(word)
        elif word.startswith("-") or len(path) >= DEPTH:
            return early, path, list(words[number:])
        elif not path and "." in word and not word.startswith("."):
            path += word.split(".")
        else:
            path.append(word)
    return early, path, []


def _match(program: Program, words: tuple[str, ...]) -> tuple[Command, int] | None:
    for size in range(min(DEPTH, len(words)), 0, -1):
        entry = program.entries.get(" ".join(words[:size]))
        commands = load(entry.module) if entry else {}
        for length in range(len(words), 0, -1):
            if words[:length] in commands:
                return commands[words[:length]], length
    return None


def _is_typo(program: Program, default: Command, path: Sequence[str]) -> bool:
    """The default command of a group takes no words, but one follows: it was meant as another command."""
    takes_words = any(param.role != "flag" for param in default.params)
    return len(path) > 1 and not takes_words and bool(below(program, path[:1]))


def _unknown(program: Program, path: Sequence[str]) -> UsageError:
    if not path:
        return UsageError("no command", f"see {program.name} --help")
    for size in range(len(path), -1, -1):
        group = tuple(path[:size])
        names = {name[0] for name in below(program, group)}
        if not group:
            names |= {key.split()[0] for key in program.entries} - {program.home}
        if names:
            break
    typed = " ".join((program.name, *group))
    if size == len(path):
        return UsageError(f"{typed} needs a command", f"one of: {', '.join(sorted(names))}")
    hint = f"one of: {', '.join(sorted(names))}" if group else f"see {program.name} --help"
    return UsageError(f"unknown command {' '.join((typed, path[size]))!r}", nearest(path[size], names, hint))
