"""The real claude and codex, at known versions, for tests that drive them against a scripted model.

They are installed once for all runs, into $GT_TEST_PROGRAMS or ~/.cache/gtfiles-test-programs, by npm. Where that
can't be, the test is skipped with one line. `home_for_claude` and `home_for_codex` give the variables with
which they ask nobody anything and reach nothing but the model: set them and start the program by its name.
"""

from __future__ import annotations

import functools
import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from gtlib.lock import FileLock

# Taken while test files are collected: a test has its own HOME, and npm its registry from the real one.
_ENVIRON: Final = dict(os.environ)
FOLDER: Final = Path(
    _ENVIRON.get("GT_TEST_PROGRAMS") or Path.home() / ".cache" / "gtfiles-test-programs"
).absolute()
PACKAGES: Final = {
    "claude": ("@anthropic-ai/claude-code", "2.1.328"),
    "codex": ("@openai/codex", "0.169.0"),
}
INSTALL_SECONDS: Final = 300.0
KEY: Final = "dummy-key-for-loopback"


def claude() -> Path:
    """The claude program; skips the test where it can't be had."""
    return _program("claude")


def codex() -> Path:
    """The codex program; skips the test where it can't be had."""
    return _program("codex")


def home_for_claude(home: Path, url: str, key: str = KEY) -> dict[str, str]:
    """Make `home` one in which claude talks to the model at `url`; the variables on top of the environment.

    A `claude` on their PATH tells the model who asks, by GT_ROLE. Whether the work may be done, in this
    folder and by this user, stays a question for whoever starts it.
    """
    config = home / ".claude"
    config.mkdir(parents=True, exist_ok=True)
    known = {
        "hasCompletedOnboarding": True,
        "customApiKeyResponses": {"approved": [key[-20:]], "rejected": []},
    }
    (config / ".claude.json").write_text(json.dumps(known), "utf-8")
    off = {
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_AUTOUPDATER": "1",
        # else below the machine's own /tmp
        "CLAUDE_CODE_TMPDIR": str(home),
    }
    # Also there, because what is named CLAUDE_CODE_* may not reach a session.
    (config / "settings.json").write_text(json.dumps({"env": off}), "utf-8")
    says = f"export ANTHROPIC_BASE_URL={shlex.quote(url)}${{GT_ROLE:+/$GT_ROLE}}"
    return {
        **_around(home, url, "claude", f'{says}\nexec {shlex.quote(str(claude()))} "$@"'),
        **off,
        "CLAUDE_CONFIG_DIR": str(config),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": key,
    }


def home_for_codex(home: Path, url: str) -> dict[str, str]:
    """As `home_for_claude`, for codex; more may be appended to its `.codex/config.toml`."""
    config = home / ".codex"
    config.mkdir(parents=True, exist_ok=True)
    (config / "config.toml").write_text(CODEX_CONFIG.format(url=url), "utf-8")
    base = f'"model_providers.scripted.base_url=\\"{url}${{GT_ROLE:+/$GT_ROLE}}/v1\\""'
    return {
        **_around(home, url, "codex", f'exec {shlex.quote(str(codex()))} -c {base} "$@"'),
        "CODEX_HOME": str(config),
        "SCRIPTED_KEY": KEY,
    }


CODEX_CONFIG: Final = """\
model = "scripted"
model_provider = "scripted"
check_for_update_on_startup = false

[model_providers.scripted]
name = "scripted"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"
supports_websockets = false
request_max_retries = 1
stream_max_retries = 1

[analytics]
enabled = false

[features]
plugins = false
apps = false
"""


def _around(home: Path, url: str, name: str, script: str) -> dict[str, str]:
    """What both get: their program on the PATH, and a proxy that lets nothing out and notes who tried."""
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)
    others = [part for part in os.environ["PATH"].split(os.pathsep) if part != str(folder)]
    proxy = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), url)
    direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    return {"HOME": str(home), "PATH": os.pathsep.join([str(folder), *others]), **proxy, **direct}


def _program(name: str) -> Path:
    if shutil.which("node") is None:
        pytest.skip(f"no node on the PATH, so the real {name} can't be run")
    complaint = _install(name, shutil.which("npm") or "")
    if complaint:
        pytest.skip(complaint)
    return _place(name)


def _place(name: str) -> Path:
    return FOLDER / name / "node_modules" / ".bin" / name


@functools.cache
def _install(name: str, npm: str) -> str:
    """Have a program at its version: empty, or why that can't be. Safe between processes, and when killed."""
    if _is_there(name):
        return ""
    if not npm:
        return f"no npm on the PATH, so the real {name} can't be installed"
    with FileLock(FOLDER / f"{name}.lock"):
        if _is_there(name):
            return ""
        package, version = PACKAGES[name]
        new = FOLDER / f"{name}.new"
        shutil.rmtree(new, ignore_errors=True)
        words = [npm, "install", "--no-audit", "--no-fund", "--fetch-retries=1", "--prefix", str(new)]
        new.mkdir(parents=True)
        try:
            ended = subprocess.run(
                [*words, f"{package}@{version}"],
                cwd=new,
                env=_ENVIRON,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return f"npm did not get {package}@{version} in {INSTALL_SECONDS:g} s"
        if ended.returncode != 0:
            said = [line for line in ended.stderr.splitlines() if line.startswith("npm error")]
            return f"npm did not get {package}@{version}: {' / '.join(said[:2])}"
        shutil.rmtree(FOLDER / name, ignore_errors=True)
        os.replace(new, FOLDER / name)
    return ""


def _is_there(name: str) -> bool:
    package, version = PACKAGES[name]
    try:
        found = json.loads((FOLDER / name / "node_modules" / package / "package.json").read_text("utf-8"))
    except FileNotFoundError:
        return False
    return found.get("version") == version and _place(name).exists()
