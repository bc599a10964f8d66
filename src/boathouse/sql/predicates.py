"""Predicates behind a value: BETWEEN, IN, LIKE and its kin, IS ..., each with NOT."""

from __future__ import annotations

from abc import ABC

from boathouse.errors.exceptions import ParseError
from boathouse.spec.expressions import (
    Alias,
    Call,
    Expression,
    Literal,
    Star,
    Subquery,
    SubqueryKind,
)
from boathouse.sql.keywords import ENDS
from boathouse.sql.primaries import PrimaryParser
from boathouse.types import datatypes as types

_AFTER_NOT = frozenset({"IN", "BETWEEN", "LIKE", "ILIKE", "RLIKE", "REGEXP"})
_PREDICATES = _AFTER_NOT | {"NOT", "!", "IS"}
_QUANTIFIERS = frozenset({"ANY", "SOME", "ALL"})


class PredicateParser(PrimaryParser, ABC):
    """Reads what follows a value and makes a condition of it."""

    def predicate_ahead(self) -> bool:
        """Whether a predicate, rather than an alias of that name, comes next."""
        word = self.word
        if word not in _PREDICATES:
            return False
        if word in {"NOT", "!"}:
            return self.peek() in _AFTER_NOT and not self.operand_missing(2)
        if word == "IN":
            return self.peek() == "("
        return not self.operand_missing()

    def predicate(self, value: Expression, first: int) -> Expression:
        """Take the predicate that comes next, about `value`, which begins at token `first`. An
        error about it points to the predicate alone.
        """
        began, first = first, self.position
        if self.word == "IS":
            return self._is(value, first)
        negated = self.accept_negation()
        word = self.word
        self.advance()
        if word == "IN":
            condition = self._in(value, first, began)
        elif word == "BETWEEN":
            lower = self.value_expression()
            self.expect_before_name("AND")
            condition = self._condition("between", (value, lower, self.value_expression()), first)
        elif word in {"LIKE", "ILIKE"} and self.word in _QUANTIFIERS and self.peek() == "(":
            return self._like_many(word, value, first, negated=negated)
        elif word in {"LIKE", "ILIKE"}:
            condition = self._like(word, value, first)
        else:
            condition = self._condition("rlike", (value, self.value_expression()), first)
        return self._condition("not", (condition,), first) if negated else condition

    def _condition(self, name: str, arguments: tuple[Expression, ...], first: int) -> Expression:
        return Call((name,), arguments, operator=True, origin=self.origin(first))

    def _in(self, value: Expression, first: int, began: int) -> Expression:
        # One query in parentheses of its own is a value: ``a IN ((SELECT b))``.
        double = self.matching(self.position + 1) == self.matching(self.position) - 1
        value_ahead = (double and self.peek() == "(") or self._value_ahead()
        if self.query_ahead(self.position + 1) and not value_ahead:
            relation = self.parenthesized_query()
            values = (value,)
            if isinstance(value, Call) and _is_row(value):
                values = value.arguments  # a row is compared column by column
            origin = self.origin(first)
            return Subquery(SubqueryKind.IN, relation, values=values, origin=origin)
        self.expect("(")
        if self.accept(")"):
            self.defer(self.error_since(began, "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE"))
            return value
        items = (value, *self.expressions())
        self.close(len(items) - 1)
        return self._condition("in", items, first)

    def _value_ahead(self) -> bool:
        """Whether ``(SELECT 'x' || y)`` comes, a literal of the type SELECT to Spark, or
        ``(SELECT -1)``, a difference, or ``(SELECT (1))``, a call: it reads values where it can.
        """
        if self.peek() == "VALUES" and self.peek(2) == "(":
            return self._are_values(self.matching(self.position))  # a function to Spark
        if self.peek() != "SELECT":
            return False
        if self.is_string(self.position + 2):
            return self.peek(3) in {")", ","} or self._are_values(self.matching(self.position))
        return self.peek(2) in {"-", "+", "("} and self._are_values(self.matching(self.position))

    def _are_values(self, end: int) -> bool:
        """Whether what stands before the parenthesis at `end` can be read as a list of values."""
        began, deferred = self.position, self.deferred
        self.advance()
        try:
            self.expressions()
            found = self.position == end
        except ParseError:
            found = False
        self.move(began)
        self.deferred = deferred
        return found

    def _like(self, word: str, value: Expression, first: int) -> Expression:
        arguments: tuple[Expression, ...] = (value, self.value_expression())
        if self.word == "ESCAPE" and self.peek() not in ENDS:
            self.advance()
            place = self.position
            letter = self.strings()
            if len(letter) != 1:
                alone = self.position == place + 1
                shown = self.text_at(place) if alone else f"'{letter}'"
                condition = "INVALID_ESC"
                self.defer(self.error_at(place, condition, invalidEscape=shown))
            arguments = (*arguments, Literal(letter, types.STRING))
        return self._condition(word.lower(), arguments, first)

    def _like_many(self, word: str, value: Expression, first: int, *, negated: bool) -> Expression:
        """``LIKE ANY (a, b)``: one call when the patterns are constants; else an OR of the single
        ones, ALL an AND. NOT negates each of them.
        """
        every = self.word == "ALL"
        self.advance()
        self.expect("(")
        if self.accept(")"):
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=_EMPTY))
            return value
        patterns = self.expressions()
        if all(isinstance(p, Literal) and isinstance(p.value, str) for p in patterns):
            self.expect(")")
            if word == "ILIKE":
                value = Call(("lower",), (value,))
                patterns = tuple(Call(("lower",), (p,)) for p in patterns)
            name = f"{'not' if negated else ''}like{'all' if every else 'any'}"
            return self._condition(name, (value, *patterns), first)
        conditions: list[Expression] = []
        for pattern in patterns:
            condition = self._condition(word.lower(), (value, pattern), first)
            conditions.append(self._condition("not", (condition,), first) if negated else condition)
        self.expect(")")
        if len(conditions) == 1:
            return conditions[0]
        return self._condition("and" if every else "or", tuple(conditions), first)

    def _is(self, value: Expression, first: int) -> Expression:
        self.expect("IS")
        negated = self.accept_negation()
        if self.accept("DISTINCT"):
            self.expect_before_name("FROM")
            same = self._condition("<=>", (value, self.value_expression()), first)
            return same if negated else self._condition("not", (same,), first)
        word = self.accept_any("NULL", "TRUE", "FALSE", "UNKNOWN")
        if not word:
            raise self.syntax_error()
        if word in {"NULL", "UNKNOWN"}:
            # Spark forgets that UNKNOWN asks about conditions where there is something to resolve.
            unknown = word == "UNKNOWN" and _is_resolved(value)
            name = "isunknown" if unknown else "isnull"
            return self._condition(
                name.replace("is", "isnot") if negated else name, (value,), first
            )
        truth = Literal(word == "TRUE", types.BOOLEAN)
        same = self._condition("<=>", (value, truth), first)
        return self._condition("not", (same,), first) if negated else same


def _is_resolved(value: Expression) -> bool:
    parts = value.arguments if isinstance(value, Call) and value.name[0] in "+-*/%" else (value,)
    known = all(isinstance(part, Literal) for part in parts)
    return known and not (isinstance(value, Literal) and value.value is None)


_EMPTY = "Expected something between '(' and ')'."


def _is_row(value: Call) -> bool:
    """Whether `value` is ``(a, b)`` or ``struct(a, b)``, of expressions without names."""
    named = any(isinstance(x, (Alias, Star)) for x in value.arguments)
    return [x.lower() for x in value.name] == ["struct"] and not named
