from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from gtlib.errors import UserError
from gtlib.model.prompt_template import names_in
from gtlib.model.prompt_template import render

VALUES: dict[str, Any] = {
    "x": "one",
    "n": 3,
    "ratio": 0.5,
    "yes": True,
    "no": False,
    "empty": "",
    "zero": 0,
    "nil": None,
    "xs": ["a", "b"],
    "none": [],
    "leg": {"id": "l1", "focus": {"area": "tests"}},
    "files": [{"path": "a.py", "added": 1}, {"path": "b.py", "added": 2}],
    "map": {"b": 2, "a": 1},
    "hostile": "{{.x}} {{end}} {{range .xs}}",
}

RENDERED = {
    "": "",
    "plain text": "plain text",
    "a {{.x}} b": "a one b",
    "{{ .x }}{{.n}} {{.ratio}} {{.yes}}": "one3 0.5 true",
    "{{.leg.id}} {{.leg.focus.area}} {{.leg.focus}}": 'l1 tests {"area": "tests"}',
    "[{{.gone}}][{{.gone.more}}][{{.x.more}}][{{.nil}}]": "[][][][]",
    "{{$.x}}": "one",
    "{{.hostile}}": "{{.x}} {{end}} {{range .xs}}",
    "{{if .x}}yes{{end}}": "yes",
    "{{if .empty}}yes{{end}}": "",
    "{{if .gone}}yes{{else}}no{{end}}": "no",
    "{{if .no}}a{{else if .zero}}b{{else if .yes}}c{{else}}d{{end}}!": "c!",
    "{{if .no}}a{{else if .zero}}b{{end}}!": "!",
    "{{if .none}}a{{else}}{{if .xs}}b{{end}}{{end}}": "b",
    "{{range .xs}}<{{.}}>{{end}}": "<a><b>",
    "{{range .none}}x{{else}}nothing{{end}}": "nothing",
    "{{range .gone}}x{{end}}": "",
    "{{range $x := .xs}}{{$x}}{{$.x}} {{end}}": "aone bone ",
    "{{range $i, $x := .xs}}{{$i}}={{$x}} {{end}}": "0=a 1=b ",
    "{{range $k, $v := .map}}{{$k}}={{$v}} {{end}}": "a=1 b=2 ",
    "{{range .files}}- {{.path}} (+{{.added}})\n{{end}}": "- a.py (+1)\n- b.py (+2)\n",
    "{{range $f := .files}}{{range $.xs}}{{$f.path}}{{.}} {{end}}{{end}}": "a.pya a.pyb b.pya b.pyb ",
    "{{with .leg}}{{.id}}{{end}}": "l1",
    "{{with .gone}}x{{else}}{{.x}}{{end}}": "one",
    "{{with $l := .leg}}{{$l.id}}{{.id}}{{end}}": "l1l1",
    "{{if $y := .x}}{{$y}}{{.x}}{{end}}": "oneone",
    "{{$y := .leg}}{{$y.id}}": "l1",
    "a \n {{- .x -}} \n b": "aoneb",
    "a {{- /* what\nfor }} */ -}} b": "ab",
    "a {{/* gone */}} b": "a  b",
    "{{- if .x }} a {{ end -}} ": " a ",
    "{{range .xs -}}\n  {{.}}\n{{- end}}": "ab",
    '{{if eq .x "one"}}1{{end}}{{if eq .x "two" "one"}}2{{end}}{{if ne .x "one"}}3{{end}}': "12",
    '{{if eq .n 3}}1{{end}}{{if eq .n "3"}}2{{end}}{{if eq .yes true}}3{{end}}{{if eq .n -3}}4{{end}}': "123",
    "{{if and .x .yes}}1{{end}}{{if and .x .no}}2{{end}}{{if or .no .x}}3{{end}}": "13",
    "{{or .gone .x}} {{and .x .zero}} {{not .x}} {{len .xs}} {{len .x}} {{len .gone}}": "one 0 false 2 3 0",
    '{{if and (eq .x "one") (not (eq .n 4))}}ok{{end}}': "ok",
    '{{if not (or .no (eq .leg.id "l2"))}}ok{{end}}': "ok",
    "{{if eq .gone nil}}ok{{end}}": "ok",
    '{{"{{"}} {{`}}`}} {{"a\\n\\"b"}}': '{{ }} a\n"b',
    # no template: it stays as it is
    "{{name}} {{ name }} {name} {{#if x}}{{/if}} {{> part}} {{...}} {{.5}} {{!x}} {{a|b}} {{-x}}": None,
    "{{len }} {{not -}} {{each x}} {{ {{ }} { { .x } }": None,
    "{{endless}} {{elsewhere}} {{rangeless}}": None,
    "{{ {{.x}} }}": "{{ one }}",
    "{{{.x}}}": "{one}",
}


@pytest.mark.parametrize("text", RENDERED)
def test_render(text: str) -> None:
    expected = RENDERED[text]
    assert render(text, VALUES) == (text if expected is None else expected)


HINT = 'write {{.name}}, {{if .name}}, {{if eq .name "text"}}, {{range .names}} or {{end}}'
REFUSED = {
    "a\n{{if .x}}": "line 2 of the prompt: {{if}} is not closed; write {{end}} where it ends",
    "{{range .xs}}\n{{with .x}}{{end}}": "line 1 of the prompt: {{range}} is not closed",
    "{{if .x}}{{else if .n}}": "{{if}} is not closed",
    "\n\n{{end}}": "line 3 of the prompt: {{end}} closes nothing; leave it out",
    "{{.x}\n": "line 1 of the prompt: '{{.x}\\n' is not closed; write }} at its end",
    "a\n {{if .x": "line 2 of the prompt: '{{if .x' is not closed",
    "{{/* never": "'{{/* never' is not closed",
    "{{/* a */ b}}": "'{{/* a */ b}}' is not closed",
    '{{eq .x "one}}': "is not closed",
    "{{else}}": "{{else}} belongs to no block; write {{if ...}} before it, or leave it out",
    "{{if .x}}{{else}}{{else}}{{end}}": "{{else}} stands twice in one block; leave one out",
    "{{range .xs}}{{else if .x}}{{end}}": "{{else if}} stands in {{range}}; write {{else}}{{if ...}}",
    "{{if }}{{end}}": "something is missing at the end of an action; " + HINT,
    "{{if x}}{{end}}": "there is no function x; use eq, ne, and, or, not, len",
    '{{printf "%s" .x}}': "there is no function printf",
    '{{template "x"}}': "there is no function template",
    "{{.x | len}}": "'|' is not expected; put what comes before it in parentheses",
    "{{.x .n}}": "'.n' is not expected; " + HINT,
    "{{.x-y}}": "'-y' is not understood; " + HINT,
    "{{.x..y}}": "is not understood",
    "{{if x.y}}{{end}}": "'x.y' is not understood",
    "{{.x.}}": "is not understood",
    "{{eq .x}}": "eq is given 1 arguments; give it 2",
    "{{not .x .n}}": "not is given 2 arguments; give it 1",
    "{{if eq (len .xs 2}}{{end}}": "len is given 2 arguments",
    "{{if (len .xs}}{{end}}": "a parenthesis is not closed; write )",
    "{{.x )}}": "')' is not expected",
    '{{"\\q"}}': '"\\q" has an unknown escape',
    "\n{{$y}}": "line 2 of the prompt: the variable $y is not declared; write {{$y := .name}} before",
    "{{if .x}}{{$y := .x}}{{end}}{{$y}}": "the variable $y is not declared",
    "{{range .xs}}{{$y := .}}{{end}}{{$y}}": "the variable $y is not declared",
    "{{$y = .x}}": "'= .x' is not understood",
    "{{with $a, $b := .x}}{{end}}": "',' is not expected",
    "\n{{range .x}}{{end}}": "line 2 of the prompt: 'one' is no list to range over; give a list",
    "{{range .n}}{{end}}": "'3' is no list to range over",
    "{{if .x}}" * 33 + "{{end}}" * 33: "blocks nest deeper than 32 levels",
    "{{if " + "(" * 34 + ".x" + ")" * 34 + "}}{{end}}": "parentheses nest deeper than 32 levels; use fewer",
    "{{range $.xs}}" * 20 + "{{end}}" * 20: "the prompt has more than 100000 parts; range over less",
    "{{range $.xs}}" * 10 + "y" * 5000 + "{{end}}" * 10: "the prompt grows larger than 4194304 characters",
    "x" * 262_145: "the prompt is longer than 262144 characters; shorten it",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_refused(text: str) -> None:
    with pytest.raises(UserError) as error:
        render(text, VALUES)
    assert REFUSED[text] in str(error.value)
    assert "\n" not in str(error.value)


def test_names() -> None:
    text = (
        "{{.x}}{{if eq .a.b .x}}{{.c}}{{else if .d}}{{end}}{{range $i, $f := .files}}{{.path}}{{$f.path}}{{$.e}}"
        "{{else}}{{.f}}{{end}}{{with .leg}}{{.id}}{{if .more}}{{end}}{{end}}{{name}}{{$y := .g}}{{$y.z}}{{.}}{{$}}"
    )
    assert names_in(text) == ("x", "a.b", "c", "d", "files", "e", "f", "leg", "g")


def test_hostile_texts_take_no_time() -> None:
    for text in ("{{" * 100_000, "{{ " * 80_000, "{{" + " " * 200_000, "{{a" * 80_000, "{{`" + "a" * 200_000):
        try:
            assert render(text, {}) == text
        except UserError as error:
            assert "is not closed" in error.what
    many = "{{.x}}" * 40_000
    assert render(many, {"x": "y"}) == "y" * 40_000


@given(st.text(), st.text())
@settings(max_examples=40)
def test_values_are_data(value: str, other: str) -> None:
    text = "{{range .xs}}{{.}}{{end}}{{if .a}}{{.a}}{{end}}"
    assert render(text, {"xs": [value, other], "a": value}) == value + other + value


WORDS = [
    "{{",
    "}}",
    "{{.x}}",
    "{{if .x}}",
    "{{else}}",
    "{{else if .n}}",
    "{{end}}",
    "{{range .xs}}",
    "{{- ",
    " -}}",
]
WORDS += [
    "{{with .leg}}",
    ".",
    "$",
    "$y",
    ":=",
    '"',
    "`",
    "(",
    ")",
    "eq ",
    " ",
    "\n",
    "text",
    "{{/*",
    "*/",
    "|",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
@settings(max_examples=80)
def test_any_text_is_rendered_or_refused(text: str) -> None:
    try:
        render(text, VALUES)
        names_in(text)
    except UserError as error:
        assert error.what and error.hint
