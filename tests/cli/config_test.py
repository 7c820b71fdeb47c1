"""`gt config`: who gets which program and why, and changes of the settings as one commit each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gtlib.actions.loosened import loosened
from gtlib.actions.which_runtime import not_allowed
from gtlib.model.settings import town_settings
from gtlib.store.town import Town
from gtlib.system import git
from tests.support import inside
from tests.support import rigged
from tests.support import towns

TOWN = "settings/config.json"
RIG = "proj/settings/config.json"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """With claude and codex installed, and nothing else."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("claude", "codex"):
        (tools / name).write_text("#!/bin/sh\nexit 1\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    return rigged.make(tmp_path)[0]


def gt(town: Town, *words: str) -> str:
    done = inside.run(town.root, "gt", "config", *words)
    assert (done.code, done.err) == (0, ""), done
    return done.out.replace(town.tip()[:12], "TIP")


def refused(town: Town, *words: str) -> str:
    """Why not; nothing is changed then."""
    before = (town.tip(), towns.status(town), (town.local / "allowed").exists())
    done = inside.run(town.root, "gt", "config", *words)
    assert (done.code > 0, done.out) == (True, "")
    assert (town.tip(), towns.status(town), (town.local / "allowed").exists()) == before
    return done.err.removeprefix("error: ").rstrip("\n")


def changed(what: str, path: str = TOWN, then: str = "gt config show", more: str = "") -> str:
    return f"{path}: {what} changed\n{more}next: {then}\n      git revert --no-edit TIP # takes it back\n"


def settings(town: Town, path: str = TOWN) -> dict[str, object]:
    found: dict[str, object] = json.loads(town.snapshot().text(path) or "")
    return found


def test_show_and_set(town: Town) -> None:
    assert gt(town, "show").split("\n")[:2] == [
        "ROLE      AGENT   SAID BY                             MODE  PERMISSIONS  EFFORT",
        "mayor     claude  settings/config.json default_agent  tmux  autonomous",
    ]
    then = "gt config show --role polecat --rig proj"
    done = gt(town, "set", "role_agents.polecat", "codex", "--rig", "proj")
    assert done == changed("role_agents.polecat", RIG, then)
    assert town.snapshot().text(RIG) == (
        '{\n  "type": "rig-settings",\n  "version": 1,\n  "role_agents": {\n    "polecat": "codex"\n  }\n}\n'
    )
    subject = git.run(["log", "-1", "--format=%s"], town.root).text
    assert subject == "config: set role_agents.polecat"
    gt(town, "set", "sessions", '{"polecat": "headless"}')
    gt(town, "set", "role_agents.polecat", "gemini")
    assert (
        gt(town, "show", "--role", "polecat", "--rig", "proj")
        == f"""\
polecat of proj
  agent: codex ({RIG} role_agents.polecat)
    passed over: gemini ({TOWN} role_agents.polecat)
    passed over: claude ({TOWN} default_agent)
    passed over: claude (built in)
  mode: headless ({TOWN} sessions.polecat)
    passed over: tmux (built in)
  permissions: autonomous (built in)
  effort: as the program has it (built in)
next: gt config set role_agents.polecat AGENT --rig proj
"""
    )
    shown = json.loads(gt(town, "show", "--role", "polecat", "--json"))
    install = "gemini is not installed here; install it: npm install -g @google/gemini-cli"
    assert [each["cannot"] for each in shown["roles"]] == [install] and shown["warnings"] == []
    assert f"! gemini: {install}\n" in gt(town)
    assert gt(town, "get", "role_agents.polecat") == "gemini\n"
    assert gt(town, "get", "sessions") == '{\n  "polecat": "headless"\n}\n'
    done = gt(town, "unset", "sessions.polecat")
    assert done == changed("sessions.polecat", then="gt config show --role polecat")
    assert gt(town, "set", "sessions", "{}") == f"{TOWN}: sessions was so already\nnext: gt config show\n"


def test_what_nothing_knows_is_stored_as_written_and_warned_about(town: Town) -> None:
    more = f"! {TOWN}:7: nothing knows default_agnt; did you mean default_agent?\n"
    assert gt(town, "set", "default_agnt", "codex") == changed("default_agnt", more=more)
    assert settings(town)["default_agnt"] == "codex"
    assert gt(town, "set", "mine.deep", "[1, null]") == changed(
        "mine.deep", more=f"! {TOWN}:8: nothing knows mine; did you mean agent?\n"
    ).replace("; did you mean agent?", "; it is kept as it is")
    assert settings(town)["mine"] == {"deep": [1, None]}
    gt(town, "set", "agents.x", '{"command": "claude", "env": {}}')
    assert gt(town, "set", "agents.x.env.DEBUG", "1").startswith(f"{TOWN}: agents.x.env.DEBUG changed\n")
    assert town_settings(town.snapshot()).agents["x"].env == {"DEBUG": "1"}


@pytest.mark.parametrize(("words", "line"), [
    (("set", "permissions.polecat", "sandbx"), 'permissions.polecat can\'t be "sandbx"; write autonomous or sandbox'),
    (("set", "default_agent.x", "y"), "default_agent is no table; gt config get default_agent shows it"),
    (("set", "a..b", "y"), "'a..b' is no key; write it as role_agents.polecat"),
    (("set", "agent", "pi", "--rig", "nope"), "no rig 'nope'; the rigs are: proj"),
    (("get", "default_agnt"), f"{TOWN} says nothing of default_agnt; did you mean default_agent?"),
    (("unset", "xyz"), f"{TOWN} says nothing of xyz; gt config show"),
    (("show", "--role", "polcat"), "no role 'polcat'; did you mean polecat?"),
    (("default-agent", "cdex"), "no runtime 'cdex'; did you mean codex?; --force says it all the same"),
    (("set", "role_agents.polecat", "cdex"), "no runtime 'cdex'; did you mean codex?; --force says it all the same"),
    (("set", "roles", '{"mayor": {"agent": "cdex"}}'), "no runtime 'cdex'; did you mean codex?; --force says it all the same"),
    (("set", "default_agent", ""), "nothing is said for default_agent; gt config unset default_agent takes away what stands there"),
    (("default-agent", ""), "nothing is said for default_agent; gt config unset default_agent takes away what stands there"),
    (("cost-tier", "econmy"), "there is no cost tier 'econmy'; did you mean economy?"),
    (("agent", "get", "x"), "no agent 'x'; gt config agent list shows them"),
    (("agent", "remove", "codex"), f"{TOWN} has no agent 'codex'; gt config agent list shows them"),
    (("agent", "set", "shell", "sh"), "'shell' is no name for an agent; use letters, digits, and - _ . within"),
    (("agent", "set", "../x", "sh"), "'../x' is no name for an agent; use letters, digits, and - _ . within"),
    (("agent", "set", "x", "sh 'a"), "\"sh 'a\" is no command line: No closing quotation; close every quote"),
    (("agent", "set", "x", ""), 'an agent needs a command; gt config agent set NAME "claude --model opus"'),
    (("agent", "set", "x", "y", "--env", "A"), "'A' is no variable; write --env NAME=VALUE"),
    (("agent", "set", "x", "y", "--env", "A-B=1"), "'A-B' is no variable; write --env NAME=VALUE"),
    (("agent", "set", "x", "y", "--session", "tmx"), 'agents.x.session can\'t be "tmx"; write tmux or headless or manual'),
])  # fmt: skip
def test_what_is_refused(town: Town, words: tuple[str, ...], line: str) -> None:
    assert refused(town, *words) == line


def test_agents_of_ones_own(town: Town) -> None:
    done = gt(town, "agent", "set", "fast", "claude --modle 'a b'", "--env", "A=b c", "--session", "headless")
    more = f"! {TOWN}:6: agents.fast: claude does not know --modle; did you mean --model?\n"
    assert done == changed("agents.fast", then="gt config default-agent fast", more=more)
    assert settings(town)["agents"] == {
        "fast": {"command": "claude", "args": ["--modle", "a b"], "session": "headless", "env": {"A": "b c"}}
    }
    assert gt(town, "agent", "get", "fast") == (
        f"fast: A='b c' claude --modle 'a b'\nsaid by: {TOWN}\nbehaves as: claude\n"
    )
    rows = [line.split() for line in gt(town, "agent", "list").split("\n")[1:3]]
    assert [(row[0], row[-1]) for row in rows] == [("fast", "yes"), ("amp", "missing")]
    gt(town, "agent", "set", "fast", "claude", "--model", "opus")
    assert settings(town)["agents"] == {
        "fast": {"command": "claude", "session": "headless", "env": {"A": "b c"}, "model": "opus"}
    }
    gt(town, "default-agent", "fast")
    assert gt(town, "default-agent") == (
        f"fast ({TOWN} default_agent)\nnext: gt config agent list\n      gt config default-agent NAME\n"
    )
    gt(town, "default-agent", "fast", "--rig", "proj")
    named = f"fast is named by {TOWN} default_agent, {RIG} agent"
    hint = "name another there first, or: gt config agent remove fast --force"
    assert refused(town, "agent", "remove", "fast") == f"{named}; {hint}"
    assert "no runtime 'fast'; gt config agent set" in gt(town, "agent", "remove", "fast", "--force")
    assert settings(town)["agents"] == {}


def test_what_an_agent_runs_is_allowed_by_who_said_it_here(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = town.snapshot
    why = "what the agent x runs is not allowed on this machine yet: read it with gt allow"
    gt(town, "agent", "set", "x", "my-agent --fast")
    assert not_allowed(town.local, snapshot(), "proj", "x") == ""
    towns.put(
        town, TOWN, '{"agents": {"x": {"command": "my-agent", "args": ["--rm"]}, "y": {"command": "z"}}}'
    )
    assert not_allowed(town.local, snapshot(), "proj", "x") == f"{why} {TOWN}"
    gt(town, "set", "agents.x.model", "opus")  # says nothing of what came with the file
    assert not_allowed(town.local, snapshot(), "", "x") == f"{why} {TOWN}"
    towns.put(town, RIG, '{"agents": {"x": {"command": "other"}}}')
    assert not_allowed(town.local, snapshot(), "proj", "x") == f"{why} {RIG}"
    for path, line in ((TOWN, "  agent x: my-agent --rm\n  agent y: z\n"), (RIG, "  agent x: other\n")):
        done = inside.run(town.root, "gt", "allow", "--yes", path)
        assert done.out == f"{path}: allowed on this machine\n{line}next: gt up\n"
    assert not_allowed(town.local, snapshot(), "proj", "x") == ""
    monkeypatch.setenv("GT_ROLE", "mayor")
    line = f"! what the agent w runs is not allowed on this machine yet: read it with gt allow {TOWN}\n"
    assert line in gt(town, "agent", "set", "w", "sh -c x")


def test_cost_tiers(town: Town) -> None:
    gt(town, "set", "role_agents", '{"polecat": "codex", "mayor": "codex"}')
    done = gt(town, "cost-tier", "economy")
    assert done.startswith(
        "  role_agents.mayor: codex → claude-sonnet\n  role_effort.mayor: nothing → medium\n"
    )
    assert settings(town)["agents"] == {
        "claude-sonnet": {"provider": "claude", "model": "sonnet"},
        "claude-haiku": {"provider": "claude", "model": "haiku"},
    }
    assert gt(town, "show", "--role", "witness").split("\n")[1] == (
        f"  agent: claude-sonnet ({TOWN} role_agents.witness)"
    )
    assert [line[:11] for line in gt(town, "cost-tier").split("\n")[1:4]] == [
        "   standard", "*  economy ", "   budget  ",
    ]  # fmt: skip
    steps = json.loads(gt(town, "cost-tier", "standard", "--json"))["changes"]
    assert {"key": "role_agents.mayor", "before": "claude-sonnet", "after": ""} in steps
    assert settings(town)["role_agents"] == {
        "polecat": "codex",
        "boot": "claude-haiku",
        "dog": "claude-haiku",
    }
    again = gt(town, "cost-tier", "standard")
    assert again == f"{TOWN}: cost tier standard was so already\nnext: gt config show\n"


SANDBOX = """\
#!/bin/sh
while [ "$1" != -- ]; do echo "$1" >> "$0.words"; shift; done
shift
test -e "$0.closed" && { echo 'no rights here' >&2; exit 1; }
test -e "$0.half" && test "$8" = update-index && { echo 'index is read-only' >&2; exit 1; }
exec "$@"
"""


def test_a_sandbox_is_offered_where_it_was_seen_to_work(town: Town, tmp_path: Path) -> None:
    without = "without it: gt config set permissions.crew autonomous"
    line = "crew can't work in a sandbox here: "
    ask = ("set", "permissions.crew", "sandbox")
    assert refused(town, *ask) == f"{line}there is no worktree to try it in; {without}"
    inside.run(town.root, "gt", "crew", "add", "max", "--rig", "proj")
    tree = town.root / "proj/crew/max"
    why = "claude has no sandbox of its own that gt knows"
    assert refused(town, *ask) == f"{line}{why}; {without}"
    tool = tmp_path / "bin/codex"
    tool.write_text(SANDBOX)
    gt(town, "default-agent", "codex")
    for name, what in (
        ("closed", f"could not make a ref in {tree}: no rights here"),
        ("half", f"could not write the index of {tree}: index is read-only"),
    ):
        (tmp_path / f"bin/codex.{name}").touch()
        assert refused(town, *ask) == f"{line}the sandbox of codex {what}; {without}"
        (tmp_path / f"bin/codex.{name}").unlink()
    assert gt(town, *ask) == changed("permissions.crew", then="gt config show --role crew")
    common = town.root.resolve() / "proj/.repo/.git"
    roots = f'sandbox_workspace_write.writable_roots=["{common}/worktrees/max","{common}"]'
    assert roots in (tmp_path / "bin/codex.words").read_text().split("\n")
    refs = git.run(["for-each-ref", "refs/gt/probe"], tree).text
    assert refs == ""
    assert "permissions: crew sandbox\n" in inside.run(town.root, "gt", "status").out
    # What a pull brought is not run to try it.
    towns.put(town, TOWN, '{"default_agent": "x", "agents": {"x": {"command": "codex", "args": ["-q"]}}}')
    why = f"what the agent x runs is not allowed on this machine yet; read it with gt allow {TOWN}"
    assert refused(town, *ask) == f"{line}{why}; {without}"


def test_settings_that_can_not_be_read(town: Town) -> None:
    towns.write(town, TOWN, '{\n"agents": []}')
    towns.commit(town.root, "--no-verify", "-m", "by hand", "--", TOWN)
    line = f'{TOWN}:2: agents is no table; write {{"key": value}}'
    for words in (("show",), ("get", "x"), ("set", "x", "y"), ("agent", "list"), ("default-agent",)):
        assert refused(town, *words) == line
    status = inside.run(town.root, "gt", "status")
    assert f"! {TOWN}:2: agents is no table" in status.out.replace("\n  ", " ")


def test_settings_from_elsewhere_take_no_sandbox_away(town: Town, tmp_path: Path) -> None:
    def said(rig: str = "", role: str = "crew") -> str:
        return loosened(town.local, town.snapshot(), rig, role)

    def put(path: str, **permissions: str) -> None:
        agents = {"permissions": permissions, "default_agent": "codex"}
        towns.put(town, path, json.dumps(agents))

    why = "crew has a sandbox on this machine, and settings from elsewhere take it away: read them with gt allow"
    inside.run(town.root, "gt", "crew", "add", "max", "--rig", "proj")
    tool = tmp_path / "bin/codex"
    tool.write_text(SANDBOX)
    put(TOWN, crew="sandbox")
    put(TOWN)  # nobody on this machine has said so
    assert said("proj") == ""
    gt(town, "set", "permissions.crew", "sandbox")
    put(TOWN, crew="autonomous")
    assert (said(), said("proj"), said("proj", "polecat")) == (f"{why} {TOWN}", f"{why} {TOWN}", "")
    assert f"! codex: {why} {TOWN}" in gt(town, "show").replace("\n  ", " ")
    done = inside.run(town.root, "gt", "allow", "--yes", TOWN)
    lines = "  crew: works without the sandbox\n  crew of proj: works without the sandbox\n"
    assert done.out == f"{TOWN}: allowed on this machine\n{lines}next: gt up\n"
    assert (said(), said("proj")) == ("", "")
    gt(town, "set", "permissions.crew", "sandbox")
    put(RIG, default="autonomous", crew="autonomous")
    assert (said(), said("proj")) == ("", f"{why} {RIG}")
    gt(town, "set", "permissions.crew", "autonomous", "--rig", "proj")  # said again by a person
    assert said("proj") == ""
    gt(town, "unset", "permissions.crew", "--rig", "proj")
    gt(town, "unset", "permissions.crew")
    assert (said(), said("proj")) == ("", "")


def test_a_name_that_nobody_knows_is_told_of_wherever_one_looks(town: Town) -> None:
    line = f"{TOWN}:4: default_agent: no runtime 'claud'; did you mean claude?"
    assert gt(town, "default-agent", "claud", "--force") == changed("default_agent", more=f"! {line}\n")
    assert f"! {line}\n" in gt(town, "show")
    assert f"! {line}" in inside.run(town.root, "gt", "status").out.replace("\n  ", " ")
    assert json.loads(inside.run(town.root, "gt", "status", "--json").out)["warnings"] == [line]
    checks = json.loads(inside.run(town.root, "gt", "doctor", "--json").out)["checks"]
    assert [each["message"] for each in checks if each["name"] == "settings"] == [line]


def test_a_file_that_is_not_committed_does_not_count(town: Town) -> None:
    towns.put(town, TOWN, '{"default_agent": "codex"}')
    assert "checkout" not in gt(town, "show")
    towns.write(town, TOWN, '{"default_agent": "gemini"}')
    line = f"! {TOWN} in the checkout is not what is committed, which counts: git diff HEAD -- {TOWN}"
    assert line in gt(town, "show").replace("\n  ", " ")
    assert gt(town, "default-agent").startswith(f"codex ({TOWN} default_agent)")


def test_an_agent_that_replaces_another_or_is_not_there(town: Town) -> None:
    said = "claude stands for this now, not for the built-in agent of that name"
    missing = "echo-it is not installed here; put it on the PATH, or mend agents.claude of the settings"
    done = gt(town, "agent", "set", "claude", "echo-it hi")
    assert f"! {said}: gt config agent remove claude brings it back\n! {missing}\n" in done
    install = "! gemini is not installed here; install it: npm install -g @google/gemini-cli\n"
    assert install in gt(town, "agent", "set", "fast", "gemini --fast")
    assert "!" not in gt(town, "agent", "set", "mine", "claude --continue")
