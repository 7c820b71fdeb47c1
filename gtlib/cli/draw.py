"""Graphs as other programs read them: dot and mermaid."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping

from gtlib import output
from gtlib.names import ItemId

STYLES = {"blocks": "solid", "conditional-blocks": "dashed", "waits-for": "bold"}
ARROWS = {"blocks": "-->", "waits-for": "==>"}


def dot(nodes: Mapping[ItemId, str], links: Iterable[tuple[ItemId, ItemId, str]]) -> list[str]:
    """A digraph of these titles by id, and links (from, to, type) that point to what is waited for."""
    lines = ["digraph beads {", "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {quoted(id)} [label={quoted(*filter(None, (id, title)))}];" for id, title in nodes.items()]
    lines += [
        f"  {quoted(one)} -> {quoted(other)} [label={quoted(type)}, style={STYLES.get(type, 'dotted')}];"
        for one, other, type in links
    ]
    return [*lines, "}"]


def mermaid(nodes: Mapping[ItemId, str], links: Iterable[tuple[ItemId, ItemId, str]]) -> list[str]:
    """A flowchart of the same. Its ids are numbers, as it takes few characters in them."""
    number = {id: f"n{place}" for place, id in enumerate(nodes)}
    lines = ["flowchart TD"]
    lines += [f'  {number[id]}["{safe(f"{id}: {title}" if title else id)}"]' for id, title in nodes.items()]
    lines += [
        f"  {number[one]} {ARROWS.get(type, '-.->')}|{safe(type)}| {number[other]}"
        for one, other, type in links
        if one in number and other in number
    ]
    return lines


def quoted(*lines: str) -> str:
    """A label of dot, of so many lines."""
    safe = (output.one_line(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(safe) + '"'


def safe(text: str) -> str:
    """Text of a label of mermaid: entities for what would end it, or be read as markup."""
    text = output.one_line(text)
    return "".join(each if each.isalnum() or each in " .,:;!?/+-_()=" else f"#{ord(each)};" for each in text)
