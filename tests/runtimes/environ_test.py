"""What a session's program finds in its environment: all of ours, nothing of another session."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from gtlib.names import Address
from gtlib.names import ItemId
from gtlib.runtimes.base import Spec
from gtlib.runtimes.environ import whole
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset

HERE = str(Path(sys.executable).parent)
# What claude 2.1.328 and codex 0.169.0 have in the environment of their shell tools and hooks, tmux in all.
LEFT_BY = {
    "claude": [
        "AI_AGENT", "CLAUDECODE", "CLAUDE_PID", "CLAUDE_EFFORT", "CLAUDE_PROJECT_DIR", "CLAUDE_ENV_FILE",
        "CLAUDE_CODE_CHILD_SESSION", "CLAUDE_CODE_CHILD_NOTES_DIR", "CLAUDE_CODE_SESSION_ID",
        "CLAUDE_CODE_SESSION_ATTENDED", "CLAUDE_CODE_MESSAGING_SOCKET", "CLAUDE_CODE_MESSAGING_TOKEN",
        "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_EXECPATH", "TMUX", "TMUX_PANE",
    ],
    "codex": ["CODEX_SESSION_ID", "CODEX_THREAD_ID", "TMUX", "TMUX_PANE"],
}  # fmt: skip


def spec(program: Preset | None = None, bead: str = "pr-1", native: str = "") -> Spec:
    return Spec(
        town=Path("/town"),
        address=Address("proj/polecats/toast"),
        bead=ItemId(bead),
        session="s-1",
        worktree=Path("/town/proj/polecats/toast"),
        log=Path("/town/log"),
        program=program,
        native=native,
    )


OURS = {
    "GIT_AUTHOR_NAME": "proj/polecats/toast",
    "GIT_AUTHOR_EMAIL": "proj.polecats.toast@town.invalid",
    "GIT_COMMITTER_NAME": "proj/polecats/toast",
    "GIT_COMMITTER_EMAIL": "proj.polecats.toast@town.invalid",
    "GT_ROLE": "proj/polecats/toast",
    "GT_TOWN": "/town",
    "GT_BEAD": "pr-1",
    "GT_SESSION": "s-1",
}


def test_exactly_what_was_there_and_ours() -> None:
    given = {
        "PATH": "/usr/bin",
        "HOME": "/home/ada",
        "ANTHROPIC_API_KEY": "key",
        # of another session, another repository, another terminal
        "GT_ROLE": "mayor",
        "GT_TOWN": "/elsewhere",
        "GT_BEAD": "gt-9",
        "GT_SESSION": "s-0",
        "GT_STEP": "build",
        "BD_ACTOR": "mayor",
        "BEADS_ACTOR": "mayor",
        "GIT_DIR": "/elsewhere/.git",
        "GIT_INDEX_FILE": "/elsewhere/.git/index",
        "GIT_WORK_TREE": "/elsewhere",
        "GIT_AUTHOR_NAME": "mayor",
        "GIT_AUTHOR_EMAIL": "mayor@town.invalid",
        "TMUX": "/tmp/tmux-0/default,1,0",
        "TMUX_PANE": "%1",
        "TMUX_TMPDIR": "/run/ada",  # where the town's server is found
        "STY": "1.pts",
        "NODE_OPTIONS": "--require x.js",
    }

    assert whole(spec(), given) == {
        **OURS,
        "PATH": f"{HERE}:/usr/bin",
        "HOME": "/home/ada",
        "ANTHROPIC_API_KEY": "key",
        "TMUX_TMPDIR": "/run/ada",
    }


def test_our_folder_stands_first_in_the_path_once() -> None:
    assert whole(spec(), {})["PATH"] == f"{HERE}:{os.defpath}"
    assert whole(spec(), {"PATH": f"{HERE}:/bin"})["PATH"] == f"{HERE}:/bin"
    assert whole(spec(), {"PATH": f"/bin:{HERE}"})["PATH"] == f"{HERE}:/bin:{HERE}"


def test_a_program_adds_its_own_and_takes_away_what_marks_a_session_of_it() -> None:
    program = Preset(
        command="x", env={"X_MODE": "quiet", "X_OLD": "no"}, root_env={"X_ROOT": "1"}, scrub=("X_*", "Y")
    )
    given = {"PATH": HERE, "X_SESSION": "7", "X_OLD": "yes", "Y": "1", "YY": "2"}
    root = {"X_ROOT": "1"} if os.geteuid() == 0 else {}

    assert whole(spec(program), given) == {
        **OURS, "PATH": HERE, "YY": "2", "X_MODE": "quiet", "X_OLD": "no", **root,
    }  # fmt: skip
    assert whole(spec(program, native="abc"), given)["GT_NATIVE_SESSION"] == "abc"


def test_the_native_id_of_another_session_does_not_pass() -> None:
    assert "GT_NATIVE_SESSION" not in whole(spec(), {"GT_NATIVE_SESSION": "of-another"})


def test_nothing_is_left_of_a_session_that_starts_another() -> None:
    for name, left in LEFT_BY.items():
        program = preset(name)
        marks = dict.fromkeys(left, "x")
        found = {"PATH": HERE, "HOME": "/home/ada"}
        assert whole(spec(program), {**found, **marks}) == whole(spec(program), found)


def test_what_a_person_set_for_claude_reaches_it() -> None:
    given = {
        "CLAUDE_CONFIG_DIR": "/home/ada/.claude",
        "CLAUDE_CODE_OAUTH_TOKEN": "token",
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "CLAUDE_CODE_MAX_RETRIES": "1",
    }
    found = whole(spec(preset("claude")), given)
    assert {key: found.get(key) for key in given} == given


def test_claude_asks_nobody_whether_the_folder_is_trusted() -> None:
    found = whole(spec(preset("claude")), {})
    assert found["CLAUDE_CODE_SANDBOXED"] == "1"
    assert found.get("IS_SANDBOX") == ("1" if os.geteuid() == 0 else None)


def test_an_environment_is_words(tmp_path: Path) -> None:
    # It is written down for the launcher.
    found = whole(spec(preset("claude"), bead=""), dict(os.environ))
    assert json.loads(json.dumps(found)) == found
    assert found["GT_BEAD"] == ""
