"""The variables of a formula: what they may be called, and which values they take."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from gtlib.model.formula_source import Table
from gtlib.model.formula_source import as_text
from gtlib.model.formula_source import did_you_mean

NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TYPES = ("string", "int", "bool")
_KEYS = frozenset(("description", "default", "required", "enum", "pattern", "type"))

# A script gets the variables that it names as environment, and hands them on to the programs that it runs:
# these names would change how those are found, and what they do.
_TAKEN_NAMES = frozenset((
    "PATH", "HOME", "SHELL", "PWD", "OLDPWD", "IFS", "ENV", "CDPATH", "PS4", "TMPDIR", "USER", "LOGNAME", "_",
    "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND", "EDITOR", "VISUAL", "PAGER", "MANPAGER", "BROWSER",
    "TERM", "TERMINFO", "LANG", "LANGUAGE", "TZ", "POSIXLY_CORRECT", "ZDOTDIR", "FPATH", "INPUTRC",
    "GNUMAKEFLAGS", "CC", "CXX", "CPP", "FC", "LD", "AR", "AS", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS",
    "TAR_OPTIONS", "GREP_OPTIONS", "LESS", "LESSOPEN", "LESSCLOSE", "AWKPATH", "AWKLIBPATH", "GCONV_PATH",
    "GLIBC_TUNABLES", "NLSPATH", "HOSTALIASES", "RES_OPTIONS", "LOCALDOMAIN",
    "GOBIN", "GOENV", "GOEXPERIMENT", "GOFLAGS", "GOINSECURE", "GOPATH", "GOPRIVATE", "GOPROXY", "GOROOT",
    "GOSUMDB", "GOTOOLCHAIN", "GOTOOLDIR", "GOVCS", "GOWORK",
    "CLASSPATH", "JAVA_HOME", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
    "GRADLE_OPTS", "MAVEN_OPTS", "PHPRC", "PHP_INI_SCAN_DIR", "LUA_INIT", "LUA_PATH", "LUA_CPATH",
    "RSYNC_RSH", "CVS_RSH", "SVN_SSH", "WGETRC", "CURL_HOME", "CURL_CA_BUNDLE", "SSL_CERT_DIR",
    "SSL_CERT_FILE", "GNUPGHOME", "SUDO_ASKPASS", "VIRTUAL_ENV", "http_proxy", "https_proxy", "all_proxy",
    "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
))  # fmt: skip
_TAKEN_PREFIXES = (
    "LD_", "DYLD_", "GIT_", "GT_", "BD_", "GH_", "LC_", "SSH_", "XDG_", "PYTHON", "PERL", "RUBY", "GEM_",
    "BUNDLE_", "PIP_", "UV_", "NODE_", "NPM_CONFIG_", "npm_config_", "YARN_", "MAKE", "CMAKE_", "CGO_",
    "RUST", "CARGO_", "OPENSSL_", "DOCKER_", "BASH_FUNC_",
)  # fmt: skip


class Var(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A variable of a formula. `default` None means that it has none; values are always text."""

    name: str
    description: str = ""
    default: str | None = None
    required: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    type: str = "string"


def taken(name: str) -> bool:
    """Whether a script's environment must not get this name from a formula."""
    return name in _TAKEN_NAMES or name.startswith(_TAKEN_PREFIXES)


def complaint(var: Var, value: str) -> str | None:
    """What is wrong with a value of this variable, None when nothing is. The default is always right."""
    if value == var.default:
        return None
    if "\0" in value:
        return "holds a NUL character"
    if var.type == "int" and not re.fullmatch(r"[+-]?[0-9]+", value):
        return "is not a whole number"
    if var.type == "bool" and value not in ("true", "false"):
        return "is neither true nor false"
    if var.enum and value not in var.enum:
        return f"is not one of {', '.join(var.enum)}"
    # `$` would let a line end through at the end of the value.
    pattern = re.sub(r"(?<!\\)\$$", r"\\Z", var.pattern)
    if pattern and not re.search(pattern, value):
        return f"does not match {var.pattern}"
    return None


def read_variables(top: Table) -> dict[str, Var]:
    """The `vars` of a formula; a plain value stands for a default. Notes what is wrong and odd."""
    entries = top.values.get("vars", {})
    if not isinstance(entries, dict):
        top.wrong("vars", "`vars` is not a table", "write [vars.NAME] above each variable")
        return {}
    variables = {}
    for name, entry in entries.items():
        values = entry if isinstance(entry, dict) else {"default": entry}
        table = Table(top.source, values, ("vars", name), f"variable {name}")
        _check_name(table, name)
        table.unknown(_KEYS)
        variables[name] = _variable(table, name)
    return variables


def _check_name(table: Table, name: str) -> None:
    if not NAME.fullmatch(name):
        hint = "use letters, digits and underscores, not a digit first"
        table.wrong("", f"{name!r} is not a name for a variable", hint)
    if taken(name):
        what = f"a variable cannot be called {name}, which means something to programs that a step runs"
        table.wrong("", what, "give it another name")


def _variable(table: Table, name: str) -> Var:
    kind = table.text("type") or "string"
    if kind not in _TYPES:
        hint = did_you_mean(kind, _TYPES, "write string, int or bool")
        table.wrong("type", f'unknown type "{kind}" of variable {name}', hint)
    choices = table.values.get("enum", [])
    if not isinstance(choices, list) or any(isinstance(choice, (list, dict)) for choice in choices):
        table.wrong("enum", f"`enum` of variable {name} is not a list of texts", 'write enum = ["a", "b"]')
        choices = []
    pattern = table.text("pattern")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        what = f"`pattern` of variable {name} is not a regular expression: {error}"
        table.wrong("pattern", what, "mend it or leave it out")
        pattern = ""
    var = Var(
        name=name,
        description=table.text("description"),
        required=table.flag("required"),
        enum=tuple(as_text(choice) for choice in choices),
        pattern=pattern,
        type=kind,
    )
    return _with_default(table, var)


def _with_default(table: Table, var: Var) -> Var:
    if "default" not in table.values:
        return var
    if var.required:
        hint = "leave out one of the two"
        table.wrong("required", f"variable {var.name} is required and has a default", hint)
    default = table.scalar("default")
    # An empty default says "not given", which no rule needs to allow for.
    if default and (wrong := complaint(var, default)):
        hint = "change the default or the rule"
        table.wrong("default", f"the default of variable {var.name} {wrong}", hint)
    return replace(var, default=default)
