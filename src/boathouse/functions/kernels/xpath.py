"""XPath 1.0: expressions compiled to functions of a node, its position and how many there are.

Source: the W3C recommendation of 1999, without variables, namespaces and `id`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from boathouse.functions.kernels.xml_tree import (
    ATTRIBUTE,
    COMMENT,
    ELEMENT,
    INSTRUCTION,
    ROOT,
    TEXT,
    Node,
)

Value = list[Node] | float | str | bool
Compiled = Callable[["Context"], Value]
Axis = Callable[[Node], Iterable[Node]]


class XPathError(ValueError):
    """Text that is no XPath expression, or one that asks for what there is not."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where an expression is evaluated: `node` is at `position` (from 1) among `size`."""

    node: Node
    position: int = 1
    size: int = 1


# ---- values -------------------------------------------------------------------------------------

_NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)\s*")


def to_number(value: Value) -> float:
    """`value` as a number, NaN where it is none."""
    if isinstance(value, (bool, float)):
        return float(value)
    text = to_string(value)
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def to_string(value: Value) -> str:
    """`value` as text: of nodes, the first one's."""
    if isinstance(value, list):
        return value[0].text if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _number_text(value)


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number):
        return str(int(number))
    return f"{number:.17f}".rstrip("0") if "e" in repr(number) else repr(number)


def to_boolean(value: Value) -> bool:
    """`value` as a truth: what is there, not empty and not zero."""
    if isinstance(value, float):
        return not math.isnan(value) and value != 0.0
    return bool(value)


def _nodes(value: Value) -> list[Node]:
    if not isinstance(value, list):
        message = "nodes are wanted"
        raise XPathError(message)
    return value


# ---- words --------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<literal>"[^"]*"|'[^']*')
    |(?P<name>[^\W\d][\w.-]*(?::(?:\*|[^\W\d][\w.-]*))?(?!:(?=:)\w))
    |(?P<symbol>::|//|\.\.|!=|<=|>=|[/.@()\[\],|+\-=<>*$]))""",
    re.VERBOSE,
)
_OPERATOR_NAMES = {"and", "or", "div", "mod"}
_BEFORE_OPERAND = {"@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(expression: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None or match.lastgroup is None:
            raise XPathError(expression[at:])
        kind, text = match.lastgroup, match[match.lastgroup]
        if kind == "name" and ":" in text and expression[match.end() :].startswith(":"):
            # `child::a`: the name ends before the axis' colons.
            text = text.partition(":")[0]
            at = match.start("name") + len(text)
        elif kind == "name" and text.endswith(":"):
            raise XPathError(expression[at:])
        else:
            at = match.end()
        if _is_operator(kind, text, tokens):
            kind = "operator"
        tokens.append(_Token(kind, text))
    return [*tokens, _Token("end", "")]


def _is_operator(kind: str, text: str, before: list[_Token]) -> bool:
    """A star or a word is an operator where an operand has just ended."""
    if text != "*" and (kind != "name" or text not in _OPERATOR_NAMES):
        return False
    if not before:
        return False
    last = before[-1]
    return last.kind != "operator" and last.text not in {*_BEFORE_OPERAND, ">="}


# ---- grammar ------------------------------------------------------------------------------------

_NODE_TYPES = {
    "node": "",
    "text": TEXT,
    "comment": COMMENT,
    "processing-instruction": INSTRUCTION,
}


class _Parser:
    def __init__(self, expression: str) -> None:
        self._tokens = _tokens(expression)
        self._at = 0

    @property
    def _next(self) -> str:
        token = self._tokens[self._at]
        return token.text if token.kind not in {"literal", "number"} else ""

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, text: str) -> bool:
        if self._next != text or self._tokens[self._at].kind == "end":
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise XPathError(text)

    def whole(self) -> Compiled:
        found = self._binary(0)
        if self._tokens[self._at].kind != "end":
            raise XPathError(self._next)
        return found

    def _binary(self, level: int) -> Compiled:
        """A chain of operators that bind as strongly as `level` says, then those that bind more."""
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while self._next in _LEVELS[level] and self._tokens[self._at].kind in {
            "operator",
            "symbol",
        }:
            operate = _OPERATORS[self._take().text]
            left = _combined(operate, left, self._binary(level + 1))
        return left

    def _unary(self) -> Compiled:
        if self._skip("-"):
            operand = self._unary()
            return lambda context: -to_number(operand(context))
        left = self._path()
        while self._skip("|"):
            left = _united(left, self._path())
        return left

    def _path(self) -> Compiled:
        token = self._tokens[self._at]
        if self._starts_value(token):
            start = self._filtered(self._value())
        elif self._next in {"/", "//"}:
            start = _root
            if self._next == "/":
                self._take()
                if not self._starts_step():
                    return start
                start = self._step(start)
        else:
            start = self._step(_self)
        while self._next in {"/", "//"}:
            if self._take().text == "//":
                start = _walked(start, _descendants_or_self, _anything, [])
            start = self._step(start)
        return start

    def _starts_value(self, token: _Token) -> bool:
        if token.kind in {"literal", "number"} or token.text in {"(", "$"}:
            return True
        called = self._tokens[self._at + 1].text == "(" if token.kind == "name" else False
        return called and token.text not in _NODE_TYPES

    def _starts_step(self) -> bool:
        token = self._tokens[self._at]
        return token.kind == "name" or token.text in {"*", ".", "..", "@"}

    def _value(self) -> Compiled:
        token = self._take()
        if token.kind == "literal":
            text = token.text[1:-1]
            return lambda context: text
        if token.kind == "number":
            number = float(token.text)
            return lambda context: number
        if token.text == "(":
            inner = self._binary(0)
            self._expect(")")
            return inner
        return self._call(token.text)

    def _call(self, name: str) -> Compiled:
        self._expect("(")
        arguments: list[Compiled] = []
        while not self._skip(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._binary(0))
        function = _FUNCTIONS.get(name)
        if function is None:
            raise XPathError(name)
        return lambda context: function(context, *[argument(context) for argument in arguments])

    def _filtered(self, start: Compiled) -> Compiled:
        predicates = self._predicates()
        if not predicates:
            return start
        return lambda context: _kept(_nodes(start(context)), predicates)

    def _predicates(self) -> list[Compiled]:
        predicates: list[Compiled] = []
        while self._skip("["):
            predicates.append(self._binary(0))
            self._expect("]")
        return predicates

    def _step(self, start: Compiled) -> Compiled:
        if self._skip("."):
            return _walked(start, lambda node: [node], _anything, self._predicates())
        if self._skip(".."):
            return _walked(start, _AXES["parent"], _anything, self._predicates())
        axis = "attribute" if self._skip("@") else "child"
        if self._tokens[self._at + 1].text == "::":
            axis = self._take().text
            self._take()
        if axis not in _AXES:
            raise XPathError(axis)
        test = self._test(ATTRIBUTE if axis == "attribute" else ELEMENT)
        return _walked(start, _AXES[axis], test, self._predicates())

    def _test(self, principal: str) -> Callable[[Node], bool]:
        token = self._take()
        if token.kind != "name" and token.text != "*":
            raise XPathError(token.text)
        if token.text in _NODE_TYPES and self._skip("("):
            kind = _NODE_TYPES[token.text]
            target = "" if self._next == ")" else self._take().text[1:-1]
            self._expect(")")
            return lambda node: kind in {"", node.kind} and target in {"", node.name}
        name = token.text
        if name == "*":
            return lambda node: node.kind == principal
        return lambda node: node.kind == principal and node.name.rpartition(":")[2] == name


def _combined(
    operate: Callable[[Value, Value], Value], left: Compiled, right: Compiled
) -> Compiled:
    return lambda context: operate(left(context), right(context))


def _united(left: Compiled, right: Compiled) -> Compiled:
    return lambda context: _ordered([*_nodes(left(context)), *_nodes(right(context))])


def _ordered(nodes: list[Node]) -> list[Node]:
    unique = {id(node): node for node in nodes}
    return sorted(unique.values(), key=lambda node: node.order)


def _anything(node: Node) -> bool:
    return True


def _root(context: Context) -> Value:
    node = context.node
    while node.parent is not None:
        node = node.parent
    return [node]


def _self(context: Context) -> Value:
    return [context.node]


def _walked(
    start: Compiled, axis: Axis, test: Callable[[Node], bool], predicates: list[Compiled]
) -> Compiled:
    """A step: from each node along `axis`, those that pass `test` and the predicates."""

    def step(context: Context) -> Value:
        found: list[Node] = []
        for node in _nodes(start(context)):
            found += _kept([each for each in axis(node) if test(each)], predicates)
        return _ordered(found)

    return step


def _kept(nodes: list[Node], predicates: list[Compiled]) -> list[Node]:
    for predicate in predicates:
        size = len(nodes)
        nodes = [
            node
            for position, node in enumerate(nodes, 1)
            if _holds(predicate(Context(node, position, size)), position)
        ]
    return nodes


def _holds(value: Value, position: int) -> bool:
    if isinstance(value, float):
        return value == float(position)
    return to_boolean(value)


# ---- axes ---------------------------------------------------------------------------------------


def _ancestors(node: Node) -> Iterator[Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def _descendants_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from node.descendants()


def _siblings(node: Node) -> list[Node]:
    if node.parent is None or node.kind == ATTRIBUTE:
        return []
    return node.parent.children


def _after(node: Node) -> list[Node]:
    return [each for each in _siblings(node) if each.order > node.order]


def _before(node: Node) -> list[Node]:
    return [each for each in reversed(_siblings(node)) if each.order < node.order]


def _following(node: Node) -> Iterator[Node]:
    for level in (node, *_ancestors(node)):
        for sibling in _after(level):
            yield from _descendants_or_self(sibling)


def _preceding(node: Node) -> Iterator[Node]:
    for level in (node, *_ancestors(node)):
        for sibling in _before(level):
            yield from reversed(list(_descendants_or_self(sibling)))


_AXES: dict[str, Axis] = {
    "child": lambda node: node.children,
    "descendant": Node.descendants,
    "descendant-or-self": _descendants_or_self,
    "parent": lambda node: [node.parent] if node.parent is not None else [],
    "ancestor": _ancestors,
    "ancestor-or-self": lambda node: [node, *_ancestors(node)],
    "following-sibling": _after,
    "preceding-sibling": _before,
    "following": _following,
    "preceding": _preceding,
    "attribute": lambda node: node.attributes,
    "self": lambda node: [node],
    "namespace": lambda node: [],
}


# ---- operators ----------------------------------------------------------------------------------


def _compared(left: Value, right: Value, test: Callable[[Value, Value], bool]) -> bool:
    """Nodes compare if any of them does; a truth compares with what the other is as a truth."""
    if isinstance(left, list) and not isinstance(right, bool):
        return any(_compared(node.text, right, test) for node in left)
    if isinstance(right, list) and not isinstance(left, bool):
        return any(_compared(left, node.text, test) for node in right)
    return test(left, right)


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return to_number(left) == to_number(right)
    return to_string(left) == to_string(right)


def _ordering(test: Callable[[float, float], bool]) -> Callable[[Value, Value], Value]:
    def compare(left: Value, right: Value) -> bool:
        return test(to_number(left), to_number(right))

    return lambda left, right: _compared(left, right, compare)


def _arithmetic(
    compute: Callable[[float, float], float],
) -> Callable[[Value, Value], Value]:
    return lambda left, right: compute(to_number(left), to_number(right))


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


def _rest(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


_LEVELS = (("or",), ("and",), ("=", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "div", "mod"))
_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "or": lambda left, right: to_boolean(left) or to_boolean(right),
    "and": lambda left, right: to_boolean(left) and to_boolean(right),
    "=": lambda left, right: _compared(left, right, _equal),
    "!=": lambda left, right: _compared(left, right, lambda a, b: not _equal(a, b)),
    "<": _ordering(lambda a, b: a < b),
    "<=": _ordering(lambda a, b: a <= b),
    ">": _ordering(lambda a, b: a > b),
    ">=": _ordering(lambda a, b: a >= b),
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "div": _arithmetic(_divided),
    "mod": _arithmetic(_rest),
}


# ---- functions ----------------------------------------------------------------------------------


def _own(convert: Callable[[Value], Value]) -> Callable[..., Value]:
    """A function of one value, or of the node where it stands."""
    return lambda context, *given: convert(given[0] if given else [context.node])


def _name_of(value: Value) -> str:
    nodes = _nodes(value)
    return nodes[0].name if nodes and nodes[0].kind != ROOT else ""


def _substring(context: Context, text: Value, start: Value, length: Value = math.inf) -> Value:
    first = _rounded(to_number(start))
    end = first + _rounded(to_number(length))
    letters = enumerate(to_string(text), 1)
    return "".join(letter for place, letter in letters if first <= place < end)


def _rounded(number: float) -> float:
    return float(math.floor(number + 0.5)) if math.isfinite(number) else number


def _translated(context: Context, text: Value, source: Value, target: Value) -> Value:
    letters, others = to_string(source), to_string(target)
    table: dict[str, str] = {}
    for place, letter in enumerate(letters):
        table.setdefault(letter, others[place : place + 1])
    return "".join(table.get(letter, letter) for letter in to_string(text))


def _whole(compute: Callable[[float], int]) -> Callable[..., Value]:
    def rounded(context: Context, value: Value) -> Value:
        number = to_number(value)
        return float(compute(number)) if math.isfinite(number) else number

    return rounded


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "last": lambda context: float(context.size),
    "position": lambda context: float(context.position),
    "count": lambda context, nodes: float(len(_nodes(nodes))),
    "name": _own(_name_of),
    "local-name": _own(lambda value: _name_of(value).rpartition(":")[2]),
    "namespace-uri": _own(lambda value: ""),
    "string": _own(to_string),
    "concat": lambda context, *texts: "".join(map(to_string, texts)),
    "starts-with": lambda context, a, b: to_string(a).startswith(to_string(b)),
    "contains": lambda context, a, b: to_string(b) in to_string(a),
    "substring-before": lambda context, a, b: (
        to_string(a).partition(to_string(b))[0] if to_string(b) in to_string(a) else ""
    ),
    "substring-after": lambda context, a, b: (
        to_string(a).partition(to_string(b))[2] if to_string(b) else to_string(a)
    ),
    "substring": _substring,
    "string-length": _own(lambda value: float(len(to_string(value)))),
    "normalize-space": _own(lambda value: " ".join(to_string(value).split())),
    "translate": _translated,
    "boolean": lambda context, value: to_boolean(value),
    "not": lambda context, value: not to_boolean(value),
    "true": lambda context: True,
    "false": lambda context: False,
    "number": _own(to_number),
    "sum": lambda context, nodes: math.fsum(to_number(node.text) for node in _nodes(nodes)),
    "floor": _whole(math.floor),
    "ceiling": _whole(math.ceil),
    "round": _whole(lambda number: math.floor(number + 0.5)),
}


@cache
def compiled(expression: str) -> Compiled:
    """`expression`, ready to be asked. XPathError where it is none."""
    try:
        return _Parser(expression).whole()
    except IndexError:
        raise XPathError(expression) from None


def evaluated(expression: str, root: Node) -> Value:
    """The value of `expression` at the root of a document."""
    try:
        return compiled(expression)(Context(root))
    except TypeError as error:
        raise XPathError(str(error)) from None
