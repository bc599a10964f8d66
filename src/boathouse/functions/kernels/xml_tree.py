"""XML text as a tree of nodes, as XPath's data model has it; names keep their prefixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

ROOT, ELEMENT, ATTRIBUTE, TEXT, COMMENT, INSTRUCTION = (
    "root",
    "element",
    "attribute",
    "text",
    "comment",
    "processing-instruction",
)


class MalformedXmlError(ValueError):
    """Text that is no XML document."""


@dataclass(eq=False, slots=True)
class Node:
    """A node of `kind`; `value` is the text of what is no element, `order` its place."""

    kind: str
    name: str = ""
    value: str = ""
    parent: Node | None = None
    order: int = 0
    children: list[Node] = field(default_factory=list)
    attributes: list[Node] = field(default_factory=list)

    @property
    def elements(self) -> list[Node]:
        """The children that are elements."""
        return [child for child in self.children if child.kind == ELEMENT]

    @property
    def text(self) -> str:
        """The string value: all text inside."""
        if self.kind not in {ROOT, ELEMENT}:
            return self.value
        return "".join(node.value for node in self.descendants() if node.kind == TEXT)

    def descendants(self) -> Iterator[Node]:
        """Every node below this one, in document order; attributes are no descendants."""
        waiting = list(reversed(self.children))
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


class _Builder:
    def __init__(self) -> None:
        self.root = self._open = Node(ROOT)
        self._count = 0

    def _add(self, kind: str, name: str, value: str) -> Node:
        self._count += 1
        node = Node(kind, name, value, self._open, self._count)
        self._open.children.append(node)
        return node

    def start(self, name: str, attributes: list[str]) -> None:
        self._open = self._add(ELEMENT, name, "")
        for place in range(0, len(attributes), 2):
            self._count += 1
            key, value = attributes[place : place + 2]
            made = Node(ATTRIBUTE, key, value, self._open, self._count)
            self._open.attributes.append(made)

    def end(self, name: str) -> None:
        assert self._open.parent is not None  # noqa: S101 - the parser pairs the tags
        self._open = self._open.parent

    def text(self, value: str) -> None:
        last = self._open.children[-1:]
        if last and last[0].kind == TEXT:
            last[0].value += value
        else:
            self._add(TEXT, "", value)

    def comment(self, value: str) -> None:
        self._add(COMMENT, "", value)

    def instruction(self, target: str, value: str) -> None:
        self._add(INSTRUCTION, target, value)


def parse(text: str) -> Node:
    """The root node of `text`. Entities outside the document are not read; MalformedXmlError."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.CommentHandler = builder.comment
    parser.ProcessingInstructionHandler = builder.instruction
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise MalformedXmlError(str(error)) from error
    return builder.root
