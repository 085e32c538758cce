"""The trie of templates: which of them a path fits, and the first of those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from envoylog.enrich.routes.templates import Kind, Template


@dataclass(slots=True)
class Node:
    """A node of the trie, and what may follow there."""

    names: dict[str, Node] = field(default_factory=dict)
    parts: dict[str, Node] = field(default_factory=dict)
    classes: dict[str, Node] = field(default_factory=dict)
    any: Node | None = None
    end: int | None = None
    rests: dict[str, int] = field(default_factory=dict)

    def add(self, template: Template, rank: int) -> None:
        """Put a template into the trie; of two that are the same the first counts."""
        node = self
        for part in template.segments:
            match part.kind:
                case Kind.REST:
                    node.rests.setdefault(part.text, rank)
                    return
                case Kind.ANY:
                    node.any = node.any or Node()
                    node = node.any
                case Kind.NAME:
                    node = node.names.setdefault(part.text, Node())
                case Kind.PART:
                    node = node.parts.setdefault(part.pattern, Node())
                case Kind.CLASS:
                    node = node.classes.setdefault(part.text, Node())
        if node.end is None:
            node.end = rank


@dataclass(frozen=True, slots=True)
class Word:
    """What a segment of a path can be taken for."""

    name: str | None
    classes: tuple[str, ...]
    parts: frozenset[str]
    empty: bool


def first_match(root: Node, words: Sequence[Word], extension: str) -> int | None:
    """Find the lowest rank of all templates that a path fits; None if it fits none."""
    nodes, ranks = [root], []
    for word in words:
        below: list[Node] = []
        for node in nodes:
            ranks += _rests(node, extension, ends=False)
            if word.name is not None and word.name in node.names:
                below.append(node.names[word.name])
            below += [node.classes[name] for name in word.classes if name in node.classes]
            below += [node.parts[part] for part in word.parts if part in node.parts]
            if node.any and not word.empty:
                below.append(node.any)
        nodes = below
        if not nodes:
            break
    for node in nodes:
        ranks += _rests(node, extension, ends=True)
        if node.end is not None:
            ranks.append(node.end)
    return min(ranks, default=None)


def _rests(node: Node, extension: str, *, ends: bool) -> list[int]:
    ranks = [node.rests[""]] if "" in node.rests else []
    if extension and not ends and extension in node.rests:
        ranks.append(node.rests[extension])
    return ranks
