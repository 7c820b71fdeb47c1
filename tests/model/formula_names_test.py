"""What a formula names and there is not, and what every pour would refuse, is said with its line beforehand."""

from __future__ import annotations

import pytest

from gtlib.errors import FileError
from gtlib.errors import UserError
from gtlib.model.cook_values import MissingValues
from gtlib.model.formula import parse
from gtlib.model.formula_source import errors_of
from tests.support.cooking import Shelf

HEAD = 'formula = "f"\n'
STEP = '[[steps]]\nid = "x"\ntitle = "X"\n'
FIX = 'formula = "fix"\n[vars.file]\nrequired = true\n[[steps]]\nid = "mend"\ntitle = "Mend {{file}}"\n'
ADVICE = 'formula = "watch"\ntype = "aspect"\n[[advice]]\ntarget = "%s"\nafter = [{ id = "{step.id}.w", title = "W" }]\n'


def compile_refused(*texts: str) -> str:
    with pytest.raises(UserError) as caught:
        Shelf(*texts).compile()
    return str(caught.value)


def wrong(text: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        parse("formulas/f.formula.toml", text)
    return [str(each).removeprefix("formulas/f.formula.toml:") for each in errors_of(caught.value)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + STEP + 'expand = "polis"\n', '2: step "x" expands'),
        (HEAD + 'version = 2\nextends = ["polis"]\n', "3: formula f extends"),
        (HEAD + STEP + '[compose]\naspects = ["polis"]\n', "6: compose.aspects names"),
        (
            HEAD + STEP + '[steps.on_complete]\nfor_each = "output.a"\nbond = "polis"\n',
            '2: step "x" fans out to',
        ),
        (
            HEAD + STEP + '[[compose.expand]]\ntarget = "x"\nwith = "polis"\n',
            "5: compose.expand names",
        ),
    ],
)
def test_a_formula_that_is_not_there_is_refused_where_it_is_named(text: str, said: str) -> None:
    hint = "see them all with: bd formula list"
    assert compile_refused(text) == f'formulas/f.formula.toml:{said} "polis", which is no formula; {hint}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            HEAD + "[vars]\nn = 3\n" + STEP + '[steps.loop]\nrange = "1..{nn}"\nbody = [{ id = "b", title = "B" }]\n',
            ['8: {nn} in the range of step "x" is no variable; did you mean n?'],
        ),
        (
            HEAD + STEP + '[steps.loop]\nrange = "1..{k}"\nbody = [{ id = "b", title = "B" }]\n',
            ['6: {k} in the range of step "x" is no variable; declare it as [vars.k]'],
        ),
        (HEAD + STEP + 'run = "true"\ntimeout = 30\n', ['6: `timeout` of step "x": \'30\' is not a span of time; write timeout = "30s"']),
        (HEAD + STEP.replace("steps", "step"), ["2: unknown key `step`, and the formula has no steps; did you mean steps?"]),
    ],
)  # fmt: skip
def test_a_slip_is_said_with_what_is_meant(text: str, said: list[str]) -> None:
    assert wrong(text) == said


def test_a_range_may_name_the_loops_around_it() -> None:
    inner = '[steps.loop]\ncount = 2\nvar = "k"\n[[steps.loop.body]]\nid = "b"\ntitle = "B"\n'
    inner += '[steps.loop.body.loop]\nrange = "1..{k}"\nbody = [{ id = "c", title = "C" }]\n'
    parse("formulas/f.formula.toml", HEAD + STEP + inner)


def test_a_short_name_that_begins_a_key_means_it() -> None:
    found = parse("formulas/f.formula.toml", HEAD + STEP + 'run = "true"\nretry = { max = 3 }\n')
    assert found.warnings == (
        "formulas/f.formula.toml:6: unknown key `max` of `retry` of step \"x\"; did you mean max_attempts?",
    )  # fmt: skip


def test_what_no_pour_would_take_is_refused_without_values() -> None:
    fan = HEAD + STEP + '[steps.on_complete]\nfor_each = "output.a"\nbond = "fix"\n'
    assert compile_refused(fan, FIX) == (
        'formulas/f.formula.toml:2: on_complete of step "x": fix needs a value for file; '
        'write it in its `vars`, such as vars = { file = "{item}" }'
    )
    Shelf(f'{fan}vars = {{ file = "{{item}}" }}\n', FIX).compile()
    polish = (
        'formula = "polish"\n[vars.tone]\nrequired = true\n[[template]]\nid = "{target}.one"\ntitle = "One"\n'
    )
    assert compile_refused(HEAD + STEP + 'expand = "polish"\n', polish) == (
        "formulas/f.formula.toml:2: expansion polish needs a value for tone; "
        'write vars = { tone = "..." } there (expand_vars in a step)'
    )
    Shelf(polish).compile()


@pytest.mark.parametrize(
    ("advice", "said"),
    [
        (ADVICE % "zz*", ':3: the advice of watch for "zz*" adds nothing: no step fits'),
        (
            ADVICE % "*" + '[[pointcuts]]\ntype = "bug"\n',
            ':3: the advice of watch for "*" adds nothing: pointcuts keep it from x',
        ),
        (
            'formula = "watch"\n[[aspects]]\nid = "a"\ntitle = "A"\n[[pointcuts]]\nlabel = "zz"\n',
            ":2: aspect watch adds nothing: its pointcuts fit no step",
        ),
    ],
)
def test_advice_that_touches_nothing_is_told(advice: str, said: str) -> None:
    found = Shelf(HEAD + STEP + '[compose]\naspects = ["watch"]\n', advice).compile()
    assert found.warnings == (f"formulas/watch.formula.toml{said}",)


def test_of_inputs_that_stand_for_each_other_one_is_asked_for() -> None:
    legs = '[[legs]]\nid = "a"\ntitle = "A"\n'
    inputs = '[inputs]\npr = { required_unless = ["files"] }\nfiles = { required_unless = ["pr"] }\nto = { required = true }\n'
    with pytest.raises(MissingValues) as caught:
        Shelf(f'{HEAD}type = "convoy"\n{inputs}{legs}').cook()
    assert str(caught.value) == (
        "formula f needs a value for to, and one of pr, files; "
        "add --var to=..., and one of --var pr=..., --var files=..."
    )
    assert caught.value.told("--set") == "add --set to=..., and one of --set pr=..., --set files=..."


LOOK = """\
formula = "f"
type = "convoy"
[inputs]
files = {}
[prompts]
base = "%s"
[[legs]]
id = "a"
title = "A"
focus = "speed"
"""


def test_paths_with_spaces_stay_whole() -> None:
    text = LOOK % "{{range .files}}[{{.}}]{{end}}"
    assert Shelf(text).cook({"files": "b c.txt, d.py,e"}).steps[0].text == "[b c.txt][d.py][e]"
    assert Shelf(text).cook({"files": "b c.txt\nd"}).steps[0].text == "[b c.txt][d]"


def test_a_prompt_is_checked_before_it_is_rendered() -> None:
    hint = 'write {{.name}}, {{if .name}}, {{if eq .name \\"text\\"}}, {{range .names}} or {{end}}'.replace(
        "\\", ""
    )
    assert wrong(LOOK % "{{.leg.id}} {{if}}") == [
        "6: `base` of `prompts` of the formula: line 1 of the prompt: "
        f"something is missing at the end of an action; {hint}"
    ]
    known = "{{.leg.focus}} {{.output.directory}} {{.files}} {{.review_id}} {{.output_path}}"
    found = parse("formulas/f.formula.toml", LOOK % f"{known} {{{{.leg.focs}}}} {{{{.zzz}}}}")
    assert found.warnings == (
        "formulas/f.formula.toml:6: {{.leg.focs}} in `base` of `prompts` of the formula is nothing; did you mean leg.focus?",
        "formulas/f.formula.toml:6: {{.zzz}} in `base` of `prompts` of the formula is nothing; declare it as [inputs.zzz]",
    )


@pytest.mark.parametrize("who", ["joe smith", "a//b", "a/b/c/d"])
def test_an_assignee_is_an_address_or_a_word(who: str) -> None:
    assert wrong(f'{HEAD}{STEP}assignee = "{who}"\n') == [
        f'5: `assignee` of step "x", {who!r}, is no address; '
        "write <rig>/polecats/<name>, <rig>/crew/<name>, a role of the town, or one word for a person"
    ]
    for good in ("joe", "proj/toast", "{{who}}", "proj/polecats/{{who}}", "joe@x.org"):
        parse("formulas/f.formula.toml", f'{HEAD}{STEP}assignee = "{good}"\n')
