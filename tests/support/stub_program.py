"""An agent's program without a terminal that does what a list says, and prints as claude does.

Each turn does the words of its entry in `turns` one after the other:

    step X      write X.txt and commit it with `Step: X`
    commit      commit something that is no step
    done        gt done
    wait        until the file `go` is there
    deaf        as `wait`, and no signal but SIGKILL ends it
    orphan      leave a process in a session of its own behind
    flood       print for ever
    error       say that the key is bad, and exit 1
    busy        say that the service is overloaded, and exit 1
    unknown     know no such session, and exit 1 before the model is asked
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gtlib.runtimes.presets import Lines
from gtlib.runtimes.presets import Preset
from gtlib.runtimes.presets import preset

SCRIPT = r"""
import json, os, pathlib, signal, subprocess, sys, time
folder = pathlib.Path(__file__).parent
turns = json.loads((folder / "turns.json").read_text())
asked = folder / "asked.jsonl"
number = len(asked.read_text().splitlines()) if asked.exists() else 0
words = sys.argv[1:]
native, resume, prompt = words[1], words[0] == "--resume", words[-1]
with asked.open("a") as file:
    said = {"native": native, "resume": resume, "prompt": prompt, "stdin": sys.stdin.read(), "pid": os.getpid(),
            "role": os.environ["GT_ROLE"]}
    file.write(json.dumps(said) + "\n")
def say(**event):
    print(json.dumps({**event, "session_id": native}), flush=True)
def git(*words):
    subprocess.run(["git", *words], check=True, stdout=sys.stderr)
def wait():
    end = time.monotonic() + 60
    while not (folder / "go").exists() and time.monotonic() < end:
        time.sleep(0.02)
acts = turns[number] if number < len(turns) else []
if "unknown" in acts:
    print("no such session", file=sys.stderr)
    sys.exit(1)
say(type="system", subtype="init", model="stub")
say(type="assistant", message={"content": [{"type": "text", "text": f"turn {number}"}]})
for act in acts:
    kind, _, what = act.partition(" ")
    if kind in ("step", "commit"):
        name = what or f"more{number}"
        pathlib.Path(f"{name}.txt").write_text("x")
        git("add", "--all")
        git("commit", "-q", "-m", f"Do {name}", *(["--trailer", f"Step: {what}"] if what else []))
    elif kind == "done":
        subprocess.run([sys.executable, "-P", "-m", "gtlib.cli", "gt", "done"], stdout=sys.stderr)
    elif kind == "wait":
        wait()
    elif kind == "deaf":
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        wait()
    elif kind == "orphan":
        code = "import time; time.sleep(60)"
        child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.DEVNULL)
        (folder / "orphan").write_text(str(child.pid))
    elif kind == "flood":
        while True:
            print("x" * 4000)
    elif kind == "busy":
        say(type="result", is_error=True, result='API Error: 529 {"type":"overloaded_error"}', num_turns=1)
        sys.exit(1)
    elif kind == "error":
        say(type="result", is_error=True, result="bad key", num_turns=1)
        sys.exit(1)
say(type="result", is_error=False, result=f"turn {number} is over", num_turns=1,
    modelUsage={"stub": {"inputTokens": 10 * (number + 1), "outputTokens": number + 1}})
"""


def stub(
    folder: Path, turns: Sequence[Sequence[str]], *, hooked: bool = False, resumes: bool = True
) -> Preset:
    """The program; `hooked`: it has claude's hooks as a setting, though it runs none of them."""
    folder.mkdir(exist_ok=True)
    program = folder / "stub"
    program.write_text(f"#!{sys.executable}\n{SCRIPT}", "utf-8")
    program.chmod(0o755)
    (folder / "turns.json").write_text(json.dumps(turns), "utf-8")
    head = ("--session-id", "{id}", "{flags}", "{prompt}")
    again = ("--resume", "{id}", "{flags}", "{prompt}") if resumes else ()
    return Preset(
        name="claude",
        command=str(program),
        sets_id=True,
        results="claude",
        lines=Lines(headless=head, headless_resume=again),
        **({"hooks": preset("claude").hooks} if hooked else {}),
    )


def asked(folder: Path) -> list[dict[str, Any]]:
    """What it was started with, turn by turn."""
    path = folder / "asked.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
