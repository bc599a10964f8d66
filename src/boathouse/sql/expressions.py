"""Expressions: operators by precedence over an explicit stack, so parentheses and long chains of
operators cost no Python frames; calls, CASE and subqueries recurse.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field

from boathouse.spec.expressions import (
    Alias,
    Call,
    Expression,
    Lambda,
    Subquery,
    SubqueryKind,
)
from boathouse.sql.keywords import ENDS, PIPED, RESERVED, SET_OPERATORS
from boathouse.sql.lexer import Kind
from boathouse.sql.predicates import PredicateParser

OR, AND, NOT, PREDICATE, COMPARISON, UNARY = 1, 2, 3, 4, 5, 12

# operator -> (power, name of the function; a trailing ! negates it)
_BINARY: dict[str, tuple[int, str]] = {
    "OR": (OR, "or"),
    "AND": (AND, "and"),
    "=": (COMPARISON, "="),
    "==": (COMPARISON, "="),
    "<=>": (COMPARISON, "<=>"),
    "<>": (COMPARISON, "=!"),
    "!=": (COMPARISON, "=!"),
    "<": (COMPARISON, "<"),
    "<=": (COMPARISON, "<="),
    "!>": (COMPARISON, "<="),
    ">": (COMPARISON, ">"),
    ">=": (COMPARISON, ">="),
    "!<": (COMPARISON, ">="),
    "|": (6, "|"),
    "^": (7, "^"),
    "&": (8, "&"),
    "<<": (9, "<<"),
    ">>": (9, ">>"),
    ">>>": (9, ">>>"),
    "+": (10, "+"),
    "-": (10, "-"),
    "||": (10, "concat"),
    "*": (11, "*"),
    "/": (11, "/"),
    "%": (11, "%"),
    "DIV": (11, "div"),
}

_LITERALS = frozenset({Kind.NUMBER, Kind.STRING})

_OF_QUERIES = frozenset(
    ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "WINDOW", "LATERAL", "|>")
) | frozenset(("SORT", "CLUSTER", "DISTRIBUTE", "QUALIFY", *SET_OPERATORS))
"""Words that no row has, if they are no names."""
_NEVER_FIRST = frozenset(_BINARY) - {"+", "-", "*", "OR", "AND", "DIV"} | {"::", "[", "."}
"""Symbols that no operand begins with."""

_PREFIX = {"-": "negative", "+": "positive", "~": "~"}


@dataclass(slots=True)
class _Operator:
    """An operator waiting for its right side. `operands` are the left sides of an AND or OR chain;
    in a parenthesis (`power` 0) the row's values so far. `first` is the token it begins at.
    """

    power: int
    name: str
    first: int
    prefix: bool = False
    operands: list[Expression] = field(default_factory=list)


@dataclass(slots=True)
class _Stacks:
    """One expression being read: pending operators, operands, and where each operand begins.
    `depth` counts open parentheses; `closed` says that a predicate ended the operand, so only AND,
    OR and closing parentheses may follow.
    """

    floor: int
    operators: list[_Operator] = field(default_factory=list)
    operands: list[Expression] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    depth: int = 0
    closed: bool = False

    @property
    def lowest(self) -> int:
        """The least power an operator may have here."""
        return OR if self.depth else self.floor

    @property
    def inside_value(self) -> bool:
        """Whether only a value may stand here: behind an arithmetic operator or comparison."""
        if self.operators:
            return self.operators[-1].power > NOT
        return self.floor > NOT

    def push(self, operand: Expression, first: int) -> None:
        """Put an operand that begins at token `first` on the stack."""
        self.operands.append(operand)
        self.firsts.append(first)


class ExpressionParser(PredicateParser, ABC):
    """Reads expressions; `query` comes from the parser of queries built on this one."""

    def expression(self) -> Expression:
        """Take a whole expression."""
        position = self.position
        # Long VALUES and IN lists are mostly this.
        if self.kinds[position] in _LITERALS and self.words[position + 1] in ENDS:
            return self.primary()
        return self._climb(OR)

    def expressions(self) -> tuple[Expression, ...]:
        """Take expressions joined by commas."""
        items: list[Expression] = []
        while True:
            items.append(self.expression())
            if self.word != ",":
                return tuple(items)
            self.advance()

    def value_expression(self) -> Expression:
        """Take an expression without AND, OR, NOT and predicates."""
        return self._climb(COMPARISON)

    def _climb(self, floor: int) -> Expression:
        stacks = _Stacks(floor)
        while True:
            if self._open(stacks):
                continue
            while self._extend(stacks):
                pass
            if not self._join(stacks):
                break
        if stacks.depth:
            opened = next(o for o in reversed(stacks.operators) if o.power == 0)
            self.close(len(opened.operands) + 1)
        self._reduce(stacks, OR)
        return stacks.operands[0]

    def _extend(self, stacks: _Stacks) -> bool:
        """Take what belongs to the operand before this token: postfixes, a predicate, an alias
        within a row, the parenthesis that closes.
        """
        if not stacks.closed:
            stacks.operands[-1] = self.postfix(stacks.operands[-1], stacks.firsts[-1])
        if stacks.lowest == OR and self.predicate_ahead():
            if stacks.closed:
                raise self.syntax_error()
            self._reduce(stacks, PREDICATE)
            stacks.operands[-1] = self.predicate(stacks.operands[-1], stacks.firsts[-1])
            stacks.closed = True
            return True
        if not stacks.depth:
            return False
        if self.word == ")":
            self._reduce(stacks, OR)
            self._close(stacks)
            return True
        if self.word == "," or self._symbol()[0] in _BINARY:
            return False
        name = self.alias()
        if name is None:
            return False
        self._reduce(stacks, OR)
        stacks.operands[-1] = Alias(stacks.operands[-1], (name,))
        stacks.closed = True
        return self.peek(0) == ")"

    def _close(self, stacks: _Stacks) -> None:
        """Take ``)``: a row of several values becomes a struct, a single one itself."""
        row = stacks.operators.pop()
        if not row.operands and isinstance(stacks.operands[-1], Alias):
            raise self.syntax_error()
        self.advance()
        if row.operands:
            values = (*row.operands, stacks.operands.pop())
            origin = self.origin(row.first)
            stacks.operands.append(Call(("struct",), values, operator=True, origin=origin))
        stacks.firsts[-1] = row.first
        stacks.depth -= 1
        stacks.closed = False

    def _join(self, stacks: _Stacks) -> bool:
        """Push the operator or the comma of a row that stands here; False when there is none."""
        stacks.closed, closed = False, stacks.closed
        if stacks.depth and self.word == ",":
            self._reduce(stacks, OR)
            stacks.operators[-1].operands.append(stacks.operands.pop())
            stacks.firsts.pop()
            self.advance()
            return True
        symbol, width = self._symbol()
        power, name = _BINARY.get(symbol, (0, ""))
        if power < stacks.lowest or (closed and power > AND):
            return False
        if symbol == "|" and self.settings.single_pipes and self.peek() in PIPED & RESERVED:
            return False
        if (power <= AND or symbol == "DIV") and self.operand_missing():
            return False  # `SELECT a AND` names a column
        chained = power <= AND
        self._reduce(stacks, power + 1 if chained else power)
        if not chained:
            stacks.operators.append(_Operator(power, name, stacks.firsts[-1]))
        elif stacks.operators and stacks.operators[-1].power == power:
            stacks.operators[-1].operands.append(stacks.operands.pop())
            stacks.firsts.pop()
        else:
            left = [stacks.operands.pop()]
            stacks.operators.append(_Operator(power, name, stacks.firsts.pop(), operands=left))
        self.advance(width)
        return True

    def _symbol(self) -> tuple[str, int]:
        """The operator here and its tokens; ``>>`` is one only where no space is between, and
        where Spark's lexer would not take it for the end of types.
        """
        if self.word != ">":
            return self.word, 1
        starts, width = self.tokens.starts, 1
        while (
            width < 3
            and self.peek(width) == ">"
            and starts[self.position + width] == starts[self.position] + width
        ):
            width += 1
        opened = self._types_open() if width > 1 else 0
        if opened:
            rest = ">" * (width - 1) if opened == 1 else ">"
            raise self.error_at(self.position + 1, "PARSE_SYNTAX_ERROR", error=f"'{rest}'", hint="")
        return ">" * width, width

    def _types_open(self) -> int:
        """How many more ARRAY, MAP and STRUCT than ``>`` came before: the words open a type to
        Spark's lexer, even those that name functions.
        """
        depth = 0
        for word in self.words[: self.position]:
            if word in {"ARRAY", "MAP", "STRUCT"}:
                depth += 1
            elif word == ">" and depth:
                depth -= 1
        return depth

    def _reduce(self, stacks: _Stacks, power: int) -> None:
        """Apply the operators that bind at least as tightly as `power`."""
        while stacks.operators and stacks.operators[-1].power >= power:
            operator = stacks.operators.pop()
            right, first = stacks.operands.pop(), stacks.firsts.pop()
            if operator.prefix or operator.operands:
                arguments = (*operator.operands, right)
                first = operator.first
            else:
                arguments = (stacks.operands.pop(), right)
                first = stacks.firsts.pop()
            stacks.push(self._apply(operator.name, arguments, first), first)

    def _apply(self, name: str, arguments: tuple[Expression, ...], first: int) -> Expression:
        origin = self.origin(first)
        if name == "=!":
            equal = Call(("=",), arguments, operator=True, origin=origin)
            return Call(("not",), (equal,), operator=True, origin=origin)
        return Call((name,), arguments, operator=True, origin=origin)

    # ---- before an operand ------------------------------------------------------------------

    def _open(self, stacks: _Stacks) -> bool:
        """Push a prefix or parenthesis and say so, or push the operand that stands here."""
        word, first = self.word, self.position
        if word == "(":
            if self.query_ahead(first + 1) and not self._is_row(first):
                stacks.push(self._subquery(SubqueryKind.SCALAR), first)
                return False
            if self._lambda_ahead():
                stacks.push(self._lambda(self.identifier_list()), first)
                return False
            self.advance()
            stacks.operators.append(_Operator(0, "(", first))
            stacks.depth += 1
            return True
        if word in _PREFIX:
            if word == "-" and self.kinds[first + 1] is Kind.NUMBER:
                self.advance()
                stacks.push(self.number(first), first)
                return False
            self.advance()
            stacks.operators.append(_Operator(UNARY, _PREFIX[word], first, prefix=True))
            return True
        not_called = self.peek() != "(" or (self.peek(2) != ")" and self.peek(3) != "=>")
        if (word == "NOT" and self.peek() not in ENDS | _NEVER_FIRST and not_called) or word == "!":
            if stacks.inside_value:
                return self._misplaced_not(stacks)
            self.advance()
            stacks.operators.append(_Operator(NOT, "not", first, prefix=True))
            return True
        stacks.push(self._operand(), first)
        return False

    def _is_row(self, opening: int) -> bool:
        """Whether the parenthesis is a row, to Spark, and no query: in ``(SELECT a, b)`` it takes
        SELECT for a column called a.
        """
        word, name, comma = self.words[opening + 1 : opening + 4]
        if word not in {"SELECT", "VALUES"} or comma != "," or not self.is_identifier(opening + 2):
            return False
        depth, closing = 0, self.matching(opening)
        for index in range(opening + 2, closing):
            inside = self.words[index]
            depth += (inside == "(") - (inside == ")")
            if depth == 0 and inside in _OF_QUERIES:
                return False
        return name not in {"DISTINCT", "ALL"}

    def _misplaced_not(self, stacks: _Stacks) -> bool:
        """A NOT where only a value may stand, as in ``a = NOT b``, is a name if it may be one."""
        if not self.at_identifier():
            raise self.syntax_error()
        stacks.push(self.primary(), self.position - 1)
        return False

    def _operand(self) -> Expression:
        word = self.word
        if word == "EXISTS" and self.peek() == "(" and self.query_ahead(self.position + 2):
            self.advance()
            return self._subquery(SubqueryKind.EXISTS)
        if self.peek() == "->" and self.at_identifier():
            return self._lambda((self.identifier(),))
        if word == "IDENTIFIER" and self.peek(4) == "->" and self.is_string(self.position + 2):
            return self._lambda((self.whole_identifier(),))
        return self.primary()

    def _subquery(self, kind: SubqueryKind) -> Subquery:
        first = self.position
        return Subquery(kind, self.parenthesized_query(), origin=self.origin(first))

    def _lambda_ahead(self) -> bool:
        index = self.position + 1
        while self.is_identifier(index) and self.words[index + 1] == ",":
            index += 2
        if index == self.position + 1 and not self.is_identifier(index):
            return False
        return self.words[index + 1 : index + 3] == [")", "->"] and self.is_identifier(index)

    def _lambda(self, parameters: tuple[str, ...]) -> Lambda:
        self.expect("->")
        outer = self.lambda_names
        self.lambda_names = outer | {name.lower(): name for name in parameters}
        body = self.expression()
        self.lambda_names = outer
        return Lambda(body, parameters)
