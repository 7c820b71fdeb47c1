"""Steps as other programs draw them: Mermaid and Graphviz, with groups, rounds and copies as frames.

Arrows lead from what is done first to what comes after it. Ids and titles are text from files: nodes have
numbers for names, and labels are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from msgspec import Struct

from gtlib.cli.draw import quoted
from gtlib.cli.draw import safe
from gtlib.model.cooked import CStep

# How a step that stands so is filled; for those of a molecule.
COLOURS = {
    "done": "#c8e6c9", "skipped": "#e0e0e0", "failed": "#ffcdd2", "current": "#fff59d", "ready": "#fff9c4",
}  # fmt: skip


class Node(Struct, frozen=True):
    """One box. `shape`: step, gate, or join (where something that holds steps is over). `state` fills it."""

    key: str
    lines: tuple[str, ...]
    shape: str = "step"
    state: str = ""


class Frame(Struct):
    """A frame around nodes and further frames; the outermost has no label."""

    key: str
    label: str
    nodes: list[Node]
    frames: list[Frame]


class Drawing(Struct, frozen=True):
    """What is drawn: frames, and arrows (from, to, style) with the style solid or dashed."""

    top: Frame
    arrows: tuple[tuple[str, str, str], ...]


def drawing(steps: Sequence[CStep], states: Mapping[str, str] | None = None) -> Drawing:
    """The drawing of cooked steps; `states` says how those of a molecule stand."""
    return _Drawing(states or {}).of(steps)


def mermaid(found: Drawing) -> list[str]:
    """A flowchart for Markdown."""
    number = _numbers(found.top)
    lines = ["flowchart TD", *_mermaid(found.top, number, "  ")]
    lines += [
        f"  {number[one]} {'-.->' if style == 'dashed' else '-->'} {number[other]}"
        for one, other, style in _drawn(found, number)
    ]
    for state, colour in COLOURS.items():
        filled = [number[node.key] for node in _nodes(found.top) if node.state == state]
        if filled:
            lines += [f"  classDef {state} fill:{colour}", f"  class {','.join(filled)} {state}"]
    return lines


def dot(found: Drawing) -> list[str]:
    """A digraph for Graphviz."""
    number = _numbers(found.top)
    lines = ["digraph steps {", "  rankdir=LR;", "  node [shape=box];", *_dot(found.top, number, "  ")]
    lines += [
        f"  {number[one]} -> {number[other]}{' [style=dashed]' if style == 'dashed' else ''};"
        for one, other, style in _drawn(found, number)
    ]
    return [*lines, "}"]


class _Drawing:
    def __init__(self, states: Mapping[str, str]) -> None:
        self.states = states
        self.arrows: list[tuple[str, str, str]] = []

    def of(self, steps: Sequence[CStep]) -> Drawing:
        top = Frame("", "", [], [])
        self._fill(top, steps, "")
        return Drawing(top, tuple(self.arrows))

    def _fill(self, frame: Frame, steps: Sequence[CStep], scope: str) -> None:
        """Put the steps into the frame. `scope` stands before their keys: ids of bodies are their own."""
        holders = {step.parent for step in steps if step.parent}
        frames: dict[str, Frame] = {}
        for step in steps:
            if step.id in holders or step.body or step.fan is not None:
                frames[step.id] = Frame(f"frame {scope}{step.id}", _framed(step), [], [])
        for step in steps:
            inside = frames.get(step.parent, frame)
            own = frames.get(step.id)
            if own is not None and own is not inside:
                inside.frames.append(own)
            # what fans out is a step beside its copies, what holds others is where they come together
            place = inside if own is None or step.fan is not None else own
            place.nodes.append(self._node(step, scope))
            self._lead_in(place, step, scope)
            # rounds that are there already say what the others will be
            if step.body and own is not None and step.id not in holders:
                self._fill(own, step.body, f"{scope}{step.id}/")
            if step.fan is not None and own is not None:
                self._fill(own, step.fan.body, f"{scope}{step.id}/")
                for each in step.fan.body:
                    if not each.needs:
                        self.arrows.append((f"{scope}{step.id}", f"{scope}{step.id}/{each.id}", "dashed"))

    def _node(self, step: CStep, scope: str) -> Node:
        facts = [f"if {step.when}"] if step.when else []
        facts += [f"waits for {step.waits_for}"] if step.waits_for else []
        facts += [f"{step.attempts} tries"] if step.attempts else []
        title = " ".join(step.title.split())
        lines = (step.id, *([title] if title and title != step.id else []), *facts)
        state = "" if scope else self.states.get(step.id, "")
        return Node(f"{scope}{step.id}", lines, "join" if step.control else "step", state)

    def _lead_in(self, frame: Frame, step: CStep, scope: str) -> None:
        key = f"{scope}{step.id}"
        if step.gate is not None:
            gate = step.gate
            words = (gate.type, gate.id, gate.condition, gate.timeout)
            frame.nodes.append(Node(f"gate {key}", ("gate", " ".join(filter(None, words))), "gate"))
            self.arrows += [(f"{scope}{need}", f"gate {key}", "solid") for need in step.needs]
            self.arrows.append((f"gate {key}", key, "solid"))
            return
        self.arrows += [(f"{scope}{need}", key, "solid") for need in step.needs]


def _framed(step: CStep) -> str:
    if step.fan is not None:
        return f"for each item of {step.id}.{step.fan.output}"
    if step.until:
        return f"{step.id}: until {step.until}, {step.max} rounds at most"
    return step.id


def _nodes(frame: Frame) -> Iterator[Node]:
    yield from frame.nodes
    for each in frame.frames:
        yield from _nodes(each)


def _frames(frame: Frame) -> Iterator[Frame]:
    for each in frame.frames:
        yield each
        yield from _frames(each)


def _numbers(top: Frame) -> dict[str, str]:
    """What nodes and frames are called there."""
    nodes = {node.key: f"n{place}" for place, node in enumerate(_nodes(top))}
    return nodes | {frame.key: f"f{place}" for place, frame in enumerate(_frames(top))}


def _drawn(found: Drawing, number: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The arrows whose ends are there: what fans out may need steps around it."""
    return (each for each in found.arrows if each[0] in number and each[1] in number)


_MERMAID = {"step": ('["', '"]'), "gate": ('{{"', '"}}'), "join": ('(["', '"])')}
_DOT = {"step": "", "gate": ", shape=hexagon", "join": ", shape=oval"}


def _mermaid(frame: Frame, number: Mapping[str, str], indent: str) -> Iterator[str]:
    for node in frame.nodes:
        before, after = _MERMAID[node.shape]
        yield f"{indent}{number[node.key]}{before}{_joined(node.lines)}{after}"
    for each in frame.frames:
        yield f'{indent}subgraph {number[each.key]}["{safe(each.label)}"]'
        yield from _mermaid(each, number, indent + "  ")
        yield f"{indent}end"


def _dot(frame: Frame, number: Mapping[str, str], indent: str) -> Iterator[str]:
    for node in frame.nodes:
        fill = f', style=filled, fillcolor="{COLOURS[node.state]}"' if node.state in COLOURS else ""
        yield f"{indent}{number[node.key]} [label={quoted(*node.lines)}{_DOT[node.shape]}{fill}];"
    for each in frame.frames:
        yield f"{indent}subgraph cluster_{number[each.key]} {{"
        yield f"{indent}  label={quoted(each.label)};"
        yield from _dot(each, number, indent + "  ")
        yield f"{indent}}}"


def _joined(lines: Iterable[str]) -> str:
    return "<br/>".join(safe(line) for line in lines)
