"""Every construct of the formula language, played to its end by the shell runtime; the steps in their order.

One town for all of them: each formula gets a bead and a polecat of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from typing import NamedTuple

import pytest

from gtlib import clock
from gtlib.actions.check_gates import check_gates
from gtlib.actions.go_on import go_on
from gtlib.actions.transition import transition
from gtlib.rules.flow import OVER
from gtlib.rules.steps_done import plan_step
from tests.support import inside
from tests.support import towns
from tests.support.playing import Play
from tests.support.playing import Stage
from tests.support.playing import Waiting
from tests.support.stub_gh import StubGh
from tests.support.stub_gh import run as gh_run

HOSTILE = "$(touch pwned); `id` '\"\\ ; # -x"


class Case(NamedTuple):
    """A formula, how it is poured and what comes of it.

    `order` are the steps as their commits follow each other; `skipped` those that were left out at run time;
    `files` what stands in the worktree in the end. `more` are the formulas that it names.
    """

    text: str
    order: str
    skipped: str = ""
    files: dict[str, str] = {}
    more: dict[str, str] = {}
    given: dict[str, str] = {}
    bead: dict[str, Any] = {}
    overlay: str = ""
    waiting: Waiting | None = None


def steps(*words: str, **more: str) -> str:
    """Steps `id` or `id<need,need` that do nothing but their commit; `more` are lines for some of them."""
    found = []
    for word in words:
        id, _, needs = word.partition("<")
        lines = ["[[steps]]", f'id = "{id}"', f'title = "Do {id}"']
        lines += [f"needs = {json.dumps(needs.split(','))}"] if needs else []
        extra = more.get(id.replace("-", "_"), "")
        lines += ['run = "true"'] if not re.search("^(run|expand) =", extra, re.MULTILINE) else []
        found.append("\n".join([*lines, extra]))
    return "\n".join(found)


def group(id: str, *inner: str, needs: str = "", more: str = "") -> str:
    """A step with children."""
    lines = ["[[steps]]", f'id = "{id}"', f'title = "All of {id}"', more]
    lines += [f"needs = {json.dumps(needs.split(','))}"] if needs else []
    children = steps(*inner).replace("[[steps]]", "[[steps.children]]")
    return "\n".join([*lines, children, ""])


def loop(id: str, how: str, *inner: str, needs: str = "", **more: str) -> str:
    """A step that is a loop."""
    lines = ["[[steps]]", f'id = "{id}"', f'title = "Rounds of {id}"']
    lines += [f"needs = {json.dumps(needs.split(','))}"] if needs else []
    body = steps(*inner, **more).replace("[[steps]]", "[[steps.loop.body]]")
    return "\n".join([*lines, "[steps.loop]", how, body, ""])


def puts(*lines: str) -> str:
    """A `run` that puts these lines out."""
    return "run = '''" + "\n".join(f"echo '{line}' >> \"$GT_OUTPUT\"" for line in lines) + "'''"


ITEM = '[vars.what]\ndefault = "-"\n' + steps(
    "do", do='run = ["sh", "-c", "echo $1 >> done", "-", "{{what}}"]'
)
TEMPLATE = """
type = "expansion"
[vars.tone]
default = "plain"
[[template]]
id = "{target}.draft"
title = "Draft {target.title}"
run = 'echo "$tone" >> tones'
[[template]]
id = "{target}.edit"
title = "Edit"
needs = ["{target}.draft"]
run = "true"
"""


def by_person(play: Play) -> None:
    """`bd gate resolve` of every gate that is shut."""
    shut = [gate for gate in play.molecule.gates.values() if not _is_open(play, gate)]
    assert shut
    for gate in shut:
        ran = inside.run(play.town.root, "bd", "gate", "resolve", gate, "--reason", "yes", "--force")
        assert ran.code == 0, ran.err


def by_check(play: Play) -> None:
    """The deacon's look at gates."""
    before = set(play.molecule.gates.values())
    assert before and check_gates(play.town, "deacon").opened


def by_clock(play: Play) -> None:
    """Three hours later."""
    later = clock.stamp(clock.now() + timedelta(hours=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GT_NOW", later)
        by_check(play)


def by_mail(play: Play) -> None:
    ran = inside.run(play.town.root, "gt", "mail", "send", "overseer", "-s", "Approved: go", "-m", "ok")
    assert ran.code == 0, ran.err


def by_bead(play: Play) -> None:
    assert inside.run(play.town.root, "bd", "close", "pr-other").code == 0


def by_other_agent(play: Play) -> None:
    """The step that is somebody else's, done by them."""
    [step] = [step for step in play.flow.ready() if play.flow.bead(step.id)]
    bead = play.flow.bead(step.id)
    assert bead is not None and bead.assignee == "proj/crew/joe"
    ran = inside.run(play.town.root, "bd", "close", bead.id)
    assert ran.code == 0, ran.err


def by_resuming(play: Play) -> None:
    """A person looks at the step that failed, mends what was wrong, and says that it is done."""
    [failed] = [id for id in play.flow.ids if play.flow.state(id) == "failed"]
    name, now = f"{play.molecule.id}.{failed}", clock.stamp(clock.now())
    transition(play.town, lambda snapshot: plan_step(snapshot, name, "overseer", "", now), "overseer")
    go_on(play.town, play.address)  # gt session start


def by_hand(play: Play) -> None:
    """Whoever holds the hook does the first step that has no command."""
    play.by_hand(play.flow.ready()[0].id)


def _is_open(play: Play, gate: str) -> bool:
    bead = play.town.snapshot().bead(gate)  # type: ignore[arg-type]
    return bead is not None and bead.status == "closed"


CASES: dict[str, Case] = {
    "vars": Case(
        """
[vars]
short = "brief"
[vars.text]
required = true
pattern = "^[a-z ]+$"
[vars.size]
default = "s"
enum = ["s", "m"]
[vars.count]
type = "int"
default = 3
[vars.flag]
type = "bool"
default = true
[vars.none]
description = "without a value"
"""
        + steps("write", write="run = 'echo \"$short,$text,$size,$count,$flag,$none.\" > out'"),
        "write",
        files={"out": "brief,two words,m,3,true,.\n"},
        given={"text": "two words", "size": "m"},
    ),
    "needs": Case(
        steps("d<b,c", "c", "b<a", "a").replace('needs = ["b", "c"]', 'needs = ["b"]\ndepends_on = ["c"]'),
        "c a b d",
    ),
    "waits-for-all": Case(
        steps("join<one", "one", join='waits_for = "all-children"', one=puts('items=["x","y"]'))
        + '\non_complete = { for_each = "output.items", bond = "item", vars = { what = "{item}" } }',
        "one one.1.do one.2.do join",
        files={"done": "x\ny\n"},
        more={"item": ITEM},
    ),
    "waits-for-any": Case(
        steps("join<one", "one", join='waits_for = "any-children"', one=puts('items=["x","y"]'))
        + '\non_complete = { for_each = "output.items", bond = "item", sequential = true }',
        "one one.1.do join one.2.do",
        more={"item": ITEM},
    ),
    "waits-for-children-of": Case(
        steps("join", join='waits_for = "children-of(all)"') + "\n" + group("all", "one", "two<one"),
        "one two join",
    ),
    "compile-time-condition": Case(
        "[vars.env]\ndefault = 'test'\n[vars.loud]\ndefault = ''\n"
        + steps(
            "build",
            "ship<build",
            "tell<ship",
            "quiet<tell",
            ship="condition = '{{env}} == prod'",
            tell="condition = '{{env}} != prod'",
            quiet="condition = '!{{loud}}'",
        ),
        "build tell quiet",
    ),
    "runtime-conditions": Case(
        steps(
            "test",
            "mend<test",
            "praise<test",
            "last<mend,praise",
            "file<last",
            "env<last",
            "count<env",
            test=puts("result=bad"),
            mend="condition = \"test.output.result == 'bad'\"",
            praise="condition = \"test.output.result == 'good'\"",
            last="condition = \"mend.status == 'complete'\"",
            file="condition = \"file.exists('README')\"",
            env="condition = \"env.NOWHERE == 'x'\"",
            count='condition = "steps.complete >= 3"',
        ),
        "test mend last file count",
        skipped="praise env",
    ),
    "children": Case(
        steps("before", "after<all") + "\n" + group("all", "one", "two", needs="before"),
        "before one two after",
    ),
    "group-condition": Case(
        steps("one", "last<all", one=puts("deep=no"))
        + "\n"
        + group("all", "two", "three", needs="one", more="condition = \"one.output.deep == 'yes'\""),
        "one last",
        skipped="two three all",
    ),
    "gate-human": Case(
        steps("one", "two<one", two='gate = { type = "human", id = "Ada looks" }'), "one two", waiting=by_person
    ),
    "gate-timer": Case(
        steps("one", "two<one", two='gate = { type = "timer", timeout = "2h" }'), "one two", waiting=by_clock
    ),
    "gate-bead": Case(
        steps("one", "two<one", two='gate = { type = "bead", id = "pr-other" }'), "one two", waiting=by_bead
    ),
    "gate-mail": Case(
        steps("one", "two<one", two='gate = { type = "mail", id = "Approved*" }'), "one two", waiting=by_mail
    ),
    "gate-exec": Case(
        "[vars.word]\ndefault = 'yes'\n"
        + steps("one", "two<one", two="gate = { type = \"exec\", run = '''test \"$word\" = yes''' }"),
        "one two",
        waiting=by_check,
    ),
    "gate-conditional": Case(
        steps(
            "three", "one", "two<one",
            three="gate = { type = \"conditional\", condition = \"two.output.ok == 'yes'\" }",
            two=puts("ok=yes"),
        ),
        "one two three",
    ),  # fmt: skip
    "gate-gh-run": Case(
        steps("one", "two<one", two='gate = { type = "gh:run", id = "77" }'), "one two", waiting=by_check
    ),
    "gate-gh-pr": Case(
        steps("one", "two<one", two='gate = { type = "gh:pr", id = "5" }'), "one two", waiting=by_check
    ),
    "loop-count": Case(
        steps("join<again") + "\n" + loop("again", "count = 2", "do", do="run = 'echo \"$i $round\" >> rounds'"),
        "again.iter1.do again.iter2.do join",
        files={"rounds": "1 1\n2 2\n"},
    ),
    "loop-range": Case(
        "[vars.n]\ntype = 'int'\ndefault = 2\n"
        + loop("r", 'range = "{n}+1..2^{n}"\nvar = "k"', "do", do='run = ["sh", "-c", "echo {k} >> ks"]')
        + steps("join<r"),
        "r.iter1.do r.iter2.do join",
        files={"ks": "3\n4\n"},
    ),
    "loop-nested": Case(
        """
[[steps]]
id = "out"
title = "Outer"
[steps.loop]
range = "1..2"
var = "a"
[[steps.loop.body]]
id = "in"
title = "Inner {a}"
[steps.loop.body.loop]
count = 2
var = "b"
[[steps.loop.body.loop.body]]
id = "do"
title = "Do {a}.{b}"
run = 'echo "$a$b" >> log'
"""
        + steps("join<out"),
        "out.iter1.in.iter1.do out.iter1.in.iter2.do out.iter2.in.iter1.do out.iter2.in.iter2.do join",
        files={"log": "11\n12\n21\n22\n"},
    ),
    "loop-until": Case(
        loop(
            "try",
            "until = \"look.output.clean == 'yes'\"\nmax = 5",
            "mend",
            "look<mend",
            mend='run = \'echo "$round" >> rounds\'',
            look='run = \'test "$(wc -l < rounds)" -lt 3 || echo clean=yes > "$GT_OUTPUT"\'',
        )
        + steps("join<try"),
        " ".join(f"try.iter{n}.{step}" for n in (1, 2, 3) for step in ("mend", "look")) + " join",
        files={"rounds": "1\n2\n3\n"},
    ),
    "loop-until-max": Case(
        loop("try", "until = \"look.output.clean == 'yes'\"\nmax = 2", "look") + steps("join<try"),
        "try.iter1.look try.iter2.look join",
    ),
    "on-complete-sequential": Case(
        steps("find", "join<find", find=puts('found=[{"path":"a b"},{"path":"c"}]'), join='waits_for = "all-children"')
        .replace(
            "\nwaits_for", "\nwaits_for"
        )
        .replace(
            'title = "Do find"',
            'title = "Do find"\non_complete = { for_each = "output.found", bond = "two-steps",'
            ' vars = { file = "{item.path}", number = "{index}" }, sequential = true }',
        ),
        "find find.1.fix find.1.look find.2.fix find.2.look join",
        files={"log": "1 a b\n2 c\n"},
        more={
            "two-steps": "[vars.file]\nrequired = true\n[vars.number]\nrequired = true\n"
            + steps("fix", "look<fix", fix='run = \'echo "$number $file" >> log\'')
        },
    ),
    "on-complete-nothing": Case(
        steps("find", "join<find", find=puts("found=[]"), join='waits_for = "all-children"').replace(
            'title = "Do find"', 'title = "Do find"\non_complete = { for_each = "output.found", bond = "item" }'
        ),
        "find join",
        more={"item": ITEM},
    ),
    "expand-inline": Case(
        steps(
            "plan", "write<plan", "join<write",
            write='expand = "draft-edit"\nexpand_vars = { tone = "loud" }',
        ),
        "plan write.draft write.edit join",
        files={"tones": "loud\n"},
        more={"draft-edit": TEMPLATE},
    ),  # fmt: skip
    "compose-expand-and-map": Case(
        steps("doc", "impl-a<doc", "impl-b<impl-a", "join<impl-b")
        + """
[[compose.expand]]
target = "doc"
with = "draft-edit"
vars = { tone = "formal" }
[[compose.map]]
select = "impl-*"
with = "draft-edit"
""",
        "doc.draft doc.edit impl-a.draft impl-a.edit impl-b.draft impl-b.edit join",
        files={"tones": "formal\nplain\nplain\n"},
        more={"draft-edit": TEMPLATE},
    ),
    "compose-branch-and-gate": Case(
        steps("ship", "unit", "lint", "build")
        + """
[[compose.branch]]
from = "build"
steps = ["lint", "unit"]
join = "ship"
[[compose.gate]]
before = "ship"
condition = "steps.complete >= 3"
""",
        "build unit lint ship",
    ),
    "aspects": Case(
        steps("impl", "ship<impl", impl='labels = ["risky"]') + '\n[compose]\naspects = ["scan"]',
        "impl.before impl impl.after ship",
        more={
            "scan": """
type = "aspect"
[[pointcuts]]
label = "risky"
[[advice]]
target = "*"
[advice.before]
id = "{step.id}.before"
title = "Before {step.title}"
run = "true"
[advice.after]
id = "{step.id}.after"
title = "After {step.title}"
run = "true"
""",
        },
    ),
    "aspect-analyses": Case(
        steps("impl", "ship<impl") + '\n[compose]\naspects = ["look"]',
        "impl impl.leaks impl.names ship",
        more={
            "look": """
type = "aspect"
[[pointcuts]]
glob = "impl"
[[aspects]]
id = "leaks"
title = "Leaks"
run = "true"
[[aspects]]
id = "names"
title = "Names"
run = "true"
"""
        },
    ),
    "bond-points-and-hooks": Case(
        steps("one", "two<one")
        + """
[[compose.bond_points]]
id = "middle"
after_step = "one"
[[compose.hooks]]
trigger = "label:urgent"
attach = "extra"
at = "middle"
vars = { what = "hurry" }
[[compose.hooks]]
trigger = "type:epic"
attach = "never"
""",
        "one extra.do two",
        files={"done": "hurry\n"},
        bead={"labels": ("urgent",)},
        more={"extra": ITEM, "never": ITEM},
    ),
    "advice": Case(
        steps("build", "deploy<build", "tell<deploy")
        + """
[[advice]]
target = "dep*"
[[advice.around.before]]
id = "{step.id}.snapshot"
title = "Snapshot before {step.title}"
run = "true"
[[advice.around.after]]
id = "{step.id}.smoke"
title = "Smoke test"
run = 'echo "$step" > smoked'
""",
        "build deploy.snapshot deploy deploy.smoke tell",
        files={},
    ),
    "extends": Case(
        'extends = ["base"]\n' + steps("two<one", "four<three", two="run = 'echo child > who'"),
        "one two three four",
        files={"who": "child\n"},
        more={"base": steps("one", "two<one", "three<two", two="run = 'echo parent > who'")},
    ),
    "overlay": Case(
        steps("one", "two<one", "three<two", one="run = 'echo old > who'"),
        "one three",
        files={"who": "new\n"},
        overlay="""
[[step-overrides]]
step_id = "one"
mode = "replace"
run = "echo new > who"
[[step-overrides]]
step_id = "two"
mode = "skip"
[[step-overrides]]
step_id = "three"
mode = "append"
description = "And one thing more."
""",
    ),
    "retry": Case(
        steps(
            "flaky", "next<flaky",
            flaky="run = 'echo x >> tries'\nretry = { max_attempts = 3, check = 'test \"$(wc -l < tries)\" = 3' }",
        ),
        "flaky next",
        files={"tries": "x\nx\nx\n"},
    ),  # fmt: skip
    "retry-then-skip": Case(
        steps("bad", "next<bad", bad="run = 'false'\nretry = { max_attempts = 2, on_exhausted = 'skip' }"),
        "next",
        skipped="bad",
    ),
    "retry-then-hold": Case(
        steps("bad", "next<bad", bad="run = 'false'\nretry = { max_attempts = 2, on_exhausted = 'hold' }"),
        "next",
        waiting=by_resuming,
    ),
    "acceptance": Case(steps("one", one='acceptance = ["it is there", "it works"]'), "one"),
    "pour": Case("pour = true\n" + steps("one", "two<one"), "one two"),
    "hostile-list": Case(
        "[vars.text]\nrequired = true\n" + steps("one", one='run = ["sh", "-c", "printf %s \\"$1\\" > out", "-", "{{text}}"]'),
        "one",
        files={"out": HOSTILE},
        given={"text": HOSTILE},
    ),
    "hostile-script": Case(
        "[vars.text]\nrequired = true\n" + steps("one", one="run = 'printf %s \"$text\" > out'"),
        "one",
        files={"out": HOSTILE},
        given={"text": HOSTILE},
    ),
    "agent": Case(
        'agent = "claude-opus"\n[[steps]]\nid = "think"\ntitle = "Think"\nagent = "claude-haiku"\n' + steps("do<think"),
        "think do",
        waiting=by_hand,
    ),
    "assignee": Case(
        "pour = true\n" + steps("mine", "theirs", "join<mine,theirs", theirs='assignee = "proj/crew/joe"'),
        "mine join",
        waiting=by_other_agent,
    ),
    "timeout": Case(
        steps(
            "slow",
            "next<slow",
            slow='run = "while :; do :; done"\ntimeout = "200ms"\non_fail = "skip"',
        ),
        "next",
        skipped="slow",
    ),
    "expansion-alone": Case(TEMPLATE, "main.draft main.edit", files={"tones": "plain\n"}),
    "fan-out-in-rounds": Case(
        loop(
            "try",
            "until = \"join.output.enough == 'yes'\"\nmax = 3",
            "find",
            "join<find",
            find=puts('items=["x"]') + '\non_complete = { for_each = "output.items", bond = "item" }',
            join='waits_for = "all-children"\n'
            + "run = 'test $round = 1 || echo enough=yes > \"$GT_OUTPUT\"'",
        )
        + steps("last<try"),
        " ".join(f"try.iter{n}.{step}" for n in (1, 2) for step in ("find", "find.1.do", "join")) + " last",
        more={"item": ITEM},
    ),
    "rounds-in-fan-out": Case(
        steps(
            "find",
            find=puts('items=["x","y"]')
            + '\non_complete = { for_each = "output.items", bond = "rounds", vars = { what = "{item}" } }',
        ),
        " ".join(
            ["find"]
            + [
                f"find.{n}.{step}"
                for n in (1, 2)
                for step in (
                    "try.iter1.look",
                    "try.iter2.look",
                    "each.iter1.do",
                    "each.iter2.do",
                    "write.draft",
                    "write.edit",
                )
            ]
        ),
        skipped="find.1.never find.2.never",
        files={"seen": "x 1\nx 2\ny 1\ny 2\n", "tones": "x\ny\n"},
        more={
            "rounds": "[vars.what]\nrequired = true\n"
            + loop(
                "try",
                "until = \"look.output.clean == 'yes'\"\nmax = 3",
                "look",
                look="run = 'echo \"$what $round\" >> seen; test $round = 1 || echo clean=yes > \"$GT_OUTPUT\"'",
            )
            + loop("each", "count = 2", "do", needs="try")
            + steps(
                "write<each",
                "never<write",
                write='expand = "told"\nexpand_vars = { tone = "{{what}}" }',
                never="condition = \"write.draft.output.x == 'y'\"",
            ),
            "told": TEMPLATE,
        },
    ),
    "fan-out-in-fan-out": Case(
        steps(
            "find",
            find=puts('items=["x","{index}"]')
            + '\non_complete = { for_each = "output.items", bond = "inner", vars = { what = "{item}" } }',
        ),
        "find find.1.split find.1.split.1.do find.1.split.2.do find.2.split find.2.split.1.do"
        " find.2.split.2.do",
        files={"done": "x a 1\nx b 2\n{index} a 1\n{index} b 2\n"},
        more={
            "inner": "[vars.what]\nrequired = true\n"
            + steps(
                "split",
                split=puts('parts=["a","b"]')
                + '\non_complete = { for_each = "output.parts", bond = "item",'
                + ' vars = { what = "{{what}} {item} {index}" } }',
            ),
            "item": ITEM,
        },
    ),
    "expand-in-rounds": Case(
        loop("r", "count = 2", "write", "see<write", write='expand = "draft-edit"') + steps("last<r"),
        " ".join(f"r.iter{n}.{step}" for n in (1, 2) for step in ("write.draft", "write.edit", "see")) + " last",
        more={"draft-edit": TEMPLATE},
    ),
    "until-in-until": Case(
        """
[[steps]]
id = "out"
title = "Outer"
[steps.loop]
until = "end.output.end == 'yes'"
max = 3
[[steps.loop.body]]
id = "in"
title = "Inner"
[steps.loop.body.loop]
until = "do.output.ok == 'yes'"
max = 3
[[steps.loop.body.loop.body]]
id = "do"
title = "Do"
run = "echo x >> all; test $(($(wc -l < all) % 2)) = 1 || echo ok=yes > $GT_OUTPUT"
[[steps.loop.body]]
id = "end"
title = "End?"
needs = ["in"]
run = "test $(wc -l < all) -lt 4 || echo end=yes > $GT_OUTPUT"
"""
        + steps("last<out"),
        " ".join(
            f"out.iter{n}.{step}" for n in (1, 2) for step in ("in.iter1.do", "in.iter2.do", "end")
        )
        + " last",
    ),
    "gate-on-a-group": Case(
        steps("one", "last<all")
        + "\n"
        + group("all", "two", "three", needs="one", more='gate = { type = "human", id = "go" }'),
        "one two three last",
        waiting=by_person,
    ),
    "gate-in-rounds": Case(
        loop(
            "try",
            "until = \"look.output.clean == 'yes'\"\nmax = 3",
            "look",
            look='gate = { type = "human", id = "go" }\n'
            + "run = 'test $round = 1 || echo clean=yes > \"$GT_OUTPUT\"'",
        ),
        "try.iter1.look try.iter2.look",
        waiting=by_person,
    ),
    "conditions-on-what-is-made-of-a-step": Case(
        steps("one", "write<one", "last<again,write", one=puts("more=no"),
              write='expand = "draft-edit"\ncondition = "one.output.more == \'yes\'"')
        + "\n"
        + loop("again", "count = 2", "do", needs="one").replace(
            'title = "Rounds of again"', 'title = "R"\ncondition = "one.output.more == \'yes\'"'
        ),
        "one last",
        skipped="write write.draft write.edit again again.iter1.do again.iter2.do",
        more={"draft-edit": TEMPLATE},
    ),
    "retry-in-rounds": Case(
        loop(
            "r", "count = 2", "do",
            do="run = 'echo x >> tries'\nretry = { max_attempts = 3, check = 'test $(($(wc -l < tries) % 2)) = 0' }",
        ),
        "r.iter1.do r.iter2.do",
        files={"tries": "x\nx\nx\nx\n"},
    ),
    "convoy": Case(
        """
type = "convoy"
[inputs.files]
required = true
[prompts]
base = "{{.leg.title}}: {{range .files}}{{.}} {{end}}into {{.output_path}}"
[output]
directory = "review"
leg_pattern = "{{.leg.id}}.md"
synthesis = "all.md"
[[legs]]
id = "right"
title = "Right"
focus = "what is wrong"
run = "mkdir -p review && echo right > review/right.md"
[[legs]]
id = "fast"
title = "Fast"
focus = "what is slow"
run = "mkdir -p review && echo fast > review/fast.md"
[synthesis]
title = "All of it"
description = "Bring {{.output.directory}} together"
run = "cat review/*.md > review/all.md"
""",
        "right fast synthesis",
        files={"review/all.md": "fast\nright\n"},
        given={"files": "a.py b.py"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("language")


_STAGES: dict[Path, Stage] = {}


@pytest.fixture
def stage(folder: Path) -> Iterator[Stage]:
    """The town, with all formulas in it; made by the first test, in whose world it is."""
    if folder not in _STAGES:
        made = Stage(folder, hooks=False)
        made.put(**_formulas())
        made.write(
            {f"formula-overlays/{name}.toml": case.overlay for name, case in CASES.items() if case.overlay}
            | {"beads/pr-other.md": towns.bead("pr-other", "Another one")}
        )
        made.allow(*OVERLAID)
        _STAGES[folder] = made
    yield _STAGES[folder]
    _STAGES[folder].settle()


OVERLAID = ("echo new > who",)
POURED = (
    "waits-for-any", "group-condition", "gate-conditional", "loop-until", "on-complete-sequential",
    "retry-then-skip", "compose-branch-and-gate",
)  # fmt: skip


def _formulas() -> dict[str, str]:
    texts = {name: case.text for name, case in CASES.items()}
    for case in CASES.values():
        texts |= case.more
    return {name: f'formula = "{name}"\n{text}' for name, text in texts.items()}


@pytest.mark.parametrize("name", list(CASES))
def test_played_to_its_end(stage: Stage, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    stub(name, tmp_path, monkeypatch)

    play = stage.begin(name, case.given, **case.bead)

    ended_as(play, case)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in POURED else pytest.mark.torture) for name in CASES]
)
def test_poured_it_is_the_same(
    stage: Stage, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[name]
    stub(name, tmp_path, monkeypatch)

    play = stage.begin(name, case.given, poured=True, **case.bead)

    assert play.molecule.poured
    ended_as(play, case)


def stub(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.startswith("gate-gh"):
        gh = StubGh(folder / "bin", monkeypatch)
        gh.says("run view", gh_run(77))
        gh.says("pr view", {"state": "MERGED", "number": 5})


def ended_as(play: Play, case: Case) -> None:
    assert play.run(case.waiting) == case.order.split()
    states = play.states()
    assert {id for id, state in states.items() if state == "skipped"} == set(case.skipped.split())
    assert set(states.values()) <= OVER and play.molecule.status == "closed"
    assert {path: (play.worktree / path).read_text() for path in case.files} == case.files
    assert not (play.worktree / "pwned").exists()
    assert play.hook.state == "completed"
