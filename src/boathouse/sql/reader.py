"""What the parsers of expressions and of queries ask of each other, as a query holds expressions
and an expression may hold a query.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from boathouse.spec.expressions import Call, Literal, Name
from boathouse.sql.datatypes import TypeParser
from boathouse.sql.keywords import CONTINUES_QUERY, ENDS, QUERY_STARTS
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.types import datatypes as types

if TYPE_CHECKING:
    from boathouse.spec.expressions import Expression
    from boathouse.spec.relations import QueryText, Relation

# What follows a word that is a name after all: `(values + 1)`, `(from.a)`
_AFTER_NAME = frozenset(
    [
        ".",
        "->",
        "=>",
        "::",
        ":",
        "[",
        "=",
        "==",
        "<=>",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "|",
        "^",
        "&",
        "<<",
        "||",
        "*",
        "/",
        "%",
        "DIV",
        "AND",
        "OR",
        "IS",
        "IN",
        "LIKE",
        "ILIKE",
        "RLIKE",
        "BETWEEN",
        "AS",
    ]
)


class Reader(TypeParser, ABC):
    """Reads types itself; expressions and queries where it is built on."""

    def __init__(
        self, text: str, settings: ParserSettings = DEFAULT, arguments: QueryText | None = None
    ) -> None:
        """Tokenize `text`; raises UNCLOSED_BRACKETED_COMMENT."""
        super().__init__(text, settings, arguments)
        self.lambda_names: dict[str, str] = {}
        self.listed = False
        """Whether quoted names are patterns, as in a select list they may be."""
        self.before_query = False
        """Whether a query may follow an expression: behind a name, ``(SELECT`` calls nothing."""
        self._run = (0, -1)

    @abstractmethod
    def expression(self) -> Expression:
        """Take a whole expression."""

    @abstractmethod
    def value_expression(self) -> Expression:
        """Take an expression without AND, OR, NOT and predicates."""

    @abstractmethod
    def query(self) -> Relation:
        """Take a query with its WITH, set operations, order and limit."""

    @abstractmethod
    def expressions(self) -> tuple[Expression, ...]:
        """Take expressions joined by commas."""

    def parenthesized_query(self) -> Relation:
        """Take ``( query )``."""
        self.expect("(")
        relation = self.query()
        self.expect(")")
        return relation

    def query_ahead(self, index: int) -> bool:
        """Whether the parenthesis before the token at `index` holds a query, not an expression:
        behind any further parentheses a query begins, and what follows those that close again
        can only continue a query.
        """
        inner = index
        if self._run[0] <= index <= self._run[1]:
            inner = self._run[1]
        else:
            while self.words[inner] == "(":
                inner += 1
            self._run = (index, inner)
        if not self._starts_query(inner):
            return False
        for opening in range(inner - 1, index - 1, -1):
            closing = self.matching(opening)
            following = self.words[closing + 1] if closing >= 0 else ""
            if following != ")":
                return following in CONTINUES_QUERY
        return True

    def operand_missing(self, ahead: int = 1) -> bool:
        """Whether nothing that the operator here could take comes `ahead` of it, so that its word
        is a name: ``SELECT a AND``, ``SELECT a LIKE FROM t``.
        """
        following = self.peek(ahead)
        if following != "FROM":
            return following in ENDS
        behind = self.peek(ahead + 1)
        return behind not in ENDS and behind not in _AFTER_NAME

    def _starts_query(self, index: int) -> bool:
        word = self.words[index]
        if word not in QUERY_STARTS:
            return False
        following = self.words[index + 1]
        if word == "VALUES":
            return following not in ENDS and following not in _AFTER_NAME
        if word in {"MAP", "REDUCE"}:
            return False
        if word == "SELECT" and following in {"-", "+", "*"}:
            return True
        return following not in ENDS and following not in _AFTER_NAME

    def column(self, *parts: str) -> Expression:
        """A column name that the text spells outside of an expression."""
        return Name(tuple(parts))

    def constant_name(self, text: Expression) -> tuple[str, ...] | None:
        """The name that ``IDENTIFIER(text)`` spells, if `text` is constant."""
        value = constant_text(text)
        if value is None:
            return None
        parser = type(self)(value, self.settings)
        parts = parser.multipart()
        parser.finish()
        return parts


def constant_text(expression: Expression) -> str | None:
    """The text of a string literal or of several joined by ``||``; None for anything else."""
    if isinstance(expression, Literal) and expression.type == types.STRING:
        return str(expression.value)
    if isinstance(expression, Call) and expression.name == ("concat",):
        pieces = [constant_text(argument) for argument in expression.arguments]
        return None if None in pieces else "".join(piece or "" for piece in pieces)
    return None
