"""Function calls: arguments, WITHIN GROUP, FILTER, IGNORE NULLS, OVER, and the functions whose
arguments are joined by words instead of commas.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from boathouse.spec.expressions import (
    Alias,
    Bound,
    Call,
    Expression,
    Frame,
    FrameKind,
    Literal,
    Name,
    NamedArgument,
    NullOrder,
    SortOrder,
    Subquery,
    SubqueryKind,
    Window,
)
from boathouse.spec.nodes import nodes_of
from boathouse.spec.relations import NamedTable, Relation
from boathouse.sql.keywords import ENDS
from boathouse.sql.reader import Reader
from boathouse.types import datatypes as types

if TYPE_CHECKING:
    from collections.abc import Callable

_Item = TypeVar("_Item")

_DATE_UNITS = frozenset(
    [
        "YEAR",
        "QUARTER",
        "MONTH",
        "WEEK",
        "DAY",
        "DAYOFYEAR",
        "HOUR",
        "MINUTE",
        "SECOND",
        "MILLISECOND",
        "MICROSECOND",
    ]
)
_DATE_ARITHMETIC = {
    "TIMESTAMPADD": "timestampadd",
    "DATEADD": "timestampadd",
    "DATE_ADD": "timestampadd",
    "TIMESTAMPDIFF": "timestampdiff",
    "DATEDIFF": "timestampdiff",
    "DATE_DIFF": "timestampdiff",
    "TIMEDIFF": "timestampdiff",
}
_BEFORE_BY = frozenset({"CLUSTER", "DISTRIBUTE", "ORDER", "PARTITION", "SORT"})
_OPENS_WINDOW = _BEFORE_BY | {")", "RANGE", "ROWS"}
_TRIMS = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}


class CallParser(Reader, ABC):
    """Reads calls, sort keys and windows."""

    # ---- calls whose arguments are joined by words --------------------------------------------

    def special_call(self, word: str, first: int) -> Expression | None:
        """Take the call of `word`, whose parenthesis comes next, if it is one of those with a
        grammar of their own; None leaves everything as it was.
        """
        if self.peek(2) in {"DISTINCT", "ALL"} and self.peek(3) not in ENDS | {"."}:
            return None
        if word in _DATE_ARITHMETIC:
            return self._date_arithmetic(word, first)
        if word == "EXTRACT" and self.peek(3) == "FROM" and self.is_identifier(first + 2):
            self.advance(2)
            unit = Literal(self.identifier(), types.STRING)
            self.advance()
            source = self.value_expression()
            self.close(1)
            return self._call("extract", (unit, source), first)
        if word == "TRIM" and self.peek(2) != ")" and self.peek(3) != "=>":
            return self._trim(first)
        if word in {"SUBSTRING", "SUBSTR", "POSITION", "OVERLAY"}:
            return self._joined_by_words(word, first)
        if word in {"FIRST", "LAST", "ANY_VALUE"}:
            return self._ignoring_inside(word, first)
        return None

    def _call(self, name: str, arguments: tuple[Expression, ...], first: int) -> Call:
        return Call((name,), arguments, origin=self.origin(first))

    def _date_arithmetic(self, word: str, first: int) -> Expression | None:
        unit = self.peek(2)
        if self.peek(3) != ",":
            return None
        if self.is_string(self.position + 2) and self._three_arguments():
            error = self.error_at(
                self.position + 2,
                "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                parameter="`unit`",
                functionName=f"`{self.text_at(first)}`",
                invalidValue=unit,
            )
            self.defer(error)
            return None
        if unit not in _DATE_UNITS or not self._three_arguments():
            return None
        self.advance(4)
        amount = self.value_expression()
        self.expect(",")
        moment = self.value_expression()
        self.close(1)
        arguments = (Literal(unit, types.STRING), amount, moment)
        # By their names alone these functions are not there.
        name = (_DATE_ARITHMETIC[word],)
        return Call(name, arguments, operator=True, origin=self.origin(first))

    def _three_arguments(self) -> bool:
        """Whether the call that comes next has two commas of its own."""
        end = self.matching(self.position + 1)
        index, commas = self.position + 2, 0
        while 0 <= index < end:
            if self.words[index] == "(":
                index = self.matching(index)
                if index < 0:
                    return False
            commas += self.words[index] == ","
            index += 1
        return commas == 2

    def _trim(self, first: int) -> Expression:
        self.advance(2)
        where = ""
        if self.word in _TRIMS and self.peek() not in ENDS and self.peek() != ".":
            where = self.word
            self.advance()
        if where and self.accept("FROM"):
            source = self.value_expression()
            self.close(1)
            return self._call(_TRIMS[where], (source,), first)
        letters = self.expression()
        if not where and self.word != "FROM":
            return self.call(("trim",), first, begun=[letters])
        self.expect("FROM")
        source = self.value_expression()
        self.close(1)
        return self._call(_TRIMS[where or "BOTH"], (letters, source), first)

    def _joined_by_words(self, word: str, first: int) -> Expression | None:
        """``SUBSTRING(a FROM b FOR c)``, ``POSITION(a IN b)``, ``OVERLAY(a PLACING b FROM c)``."""
        begin = self.position
        if self.peek(2) in ENDS:
            return None
        self.advance(2)
        text = self.value_expression()
        joint = {"POSITION": "IN", "OVERLAY": "PLACING"}.get(word, "FROM")
        if self.word in {",", ")"}:
            return self.call((self.text_at(first),), first, begun=[text])
        if not self.accept(joint):
            self.move(begin)
            return None
        arguments = [text, self.value_expression()]
        if word == "OVERLAY":
            self.expect("FROM")
            arguments.append(self.value_expression())
        if word != "POSITION" and self.accept("FOR"):
            arguments.append(self.value_expression())
        self.close(1)
        name = {"POSITION": "locate", "OVERLAY": "overlay"}.get(word, "substring")
        return self._call(name, tuple(arguments), first)

    def _ignoring_inside(self, word: str, first: int) -> Expression | None:
        """``FIRST(a IGNORE NULLS)``, which nothing may follow."""
        end = self.matching(self.position + 1)
        if tuple(self.words[max(end - 2, 0) : max(end, 0)]) != ("IGNORE", "NULLS"):
            return None
        begin = self.position
        self.advance(2)
        value = self.value_expression()
        if not self.accept("IGNORE", "NULLS"):
            self.move(begin)
            return None
        self.close(1)
        return Call((word.lower(),), (value,), ignore_nulls=True, origin=self.origin(first))

    # ---- calls ------------------------------------------------------------------------------

    def argument_list(self, *, tables: bool = False) -> tuple[Expression, ...]:
        """Take ``(arguments)``, with `tables` also whole tables among them."""
        self.expect("(")
        arguments: list[Expression] = []
        if self.word != ")":
            arguments.append(self.argument(tables=tables))
            while self.accept(","):
                arguments.append(self.argument(tables=tables))
        self.close(len(arguments))
        return tuple(arguments)

    def call(
        self, name: tuple[str, ...], first: int, *, begun: list[Expression] | None = None
    ) -> Expression:
        """Take ``(arguments)`` and all that may follow a call; `begun` holds arguments already
        taken together with the parenthesis.
        """
        distinct = False
        arguments = list(begun or ())
        ignore_nulls: bool | None = None
        if begun is None:
            self.expect("(")
            if self.word in {"DISTINCT", "ALL"} and self.peek() not in ENDS | {"."}:
                distinct = self.word == "DISTINCT"
                self.advance()
        if self.word == "," and begun:
            self.advance()
        if self.word != ")" or (self.words[self.position - 1] == "," and begun):
            named = self.words[first] == "STRUCT"
            arguments.append(self.argument(named=named))
            while self.accept(","):
                arguments.append(self.argument(named=named))
        self.close(len(arguments))
        within = self._within_group()
        condition = self._filter()
        ignore_nulls = self._null_treatment()
        call = Call(
            name,
            tuple(arguments),
            distinct=distinct,
            condition=condition,
            within=within,
            ignore_nulls=ignore_nulls,
            written=True,
            origin=self.origin(first),
        )
        if self.word == "OVER" and (
            self.peek() == "("
            or (self.is_identifier(self.position + 1) and not self.operand_missing())
        ):
            return self._over(call, first)
        return call

    def argument(self, *, named: bool = False, tables: bool = False) -> Expression:
        """Take one argument: a value, ``name => value``, or with `tables` ``TABLE(...)``; only
        where `named` may it carry an alias.
        """
        if self.peek() == "=>" and self.at_identifier():
            name = self.identifier()
            self.advance()
            return NamedArgument(name, self._argument_value(tables=tables))
        if self.word == "IDENTIFIER" and self.peek(4) == "=>":
            # Spark takes the words themselves for the name.
            first = self.position
            self.whole_identifier()
            stop = self.tokens.stops[self.position - 1]
            name = self.tokens.text[self.tokens.starts[first] : stop]
            self.advance()
            return NamedArgument(name, self._argument_value(tables=tables))
        return self.select_item() if named else self._argument_value(tables=tables)

    def _argument_value(self, *, tables: bool) -> Expression:
        table = self.word == "TABLE" and (
            self.peek() == "(" or self.is_identifier(self.position + 1)
        )
        return self._table_argument() if tables and table else self.expression()

    def select_item(self) -> Expression:
        """Take an expression that may carry an alias, as in ``struct(1 AS a)``."""
        value = self.expression()
        name = self.alias()
        return value if name is None else Alias(value, (name,))

    def _table_argument(self) -> Expression:
        first = self.position
        self.expect("TABLE")
        relation: Relation
        if self.word == "(" and self.query_ahead(self.position + 1):
            relation = self.parenthesized_query()
        elif self.accept("("):
            relation = NamedTable(self.multipart(), origin=self.origin(first))
            self.expect(")")
        else:
            relation = NamedTable(self.multipart(), origin=self.origin(first))
            kind = "INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES"
            shown = ".".join(map(types.quoted, relation.parts))
            name = {"argumentName": shown}
            self.defer(self.error_since(first, f"INVALID_SQL_SYNTAX.{kind}", **name))
        partition: tuple[Expression, ...] = ()
        order: tuple[SortOrder, ...] = ()
        single = self.accept("WITH", "SINGLE", "PARTITION")
        if not single and self.word in {"PARTITION", "DISTRIBUTE"} and self.peek() == "BY":
            self.advance(2)
            partition = self._in_parentheses(self.expression, first, "PARTITION BY")
        if (single or partition) and self.word in {"ORDER", "SORT"} and self.peek() == "BY":
            self.advance(2)
            order = self._in_parentheses(self.sort_order, first, "ORDER BY")
        return Subquery(
            SubqueryKind.TABLE_ARGUMENT,
            relation,
            partition=partition,
            order=order,
            single_partition=single,
            origin=self.origin(first),
        )

    def _in_parentheses(
        self, item: Callable[[], _Item], first: int, clause: str
    ) -> tuple[_Item, ...]:
        """Take one item, or several in parentheses, of the `clause` of the table at `first`."""
        parenthesized = self.accept("(")
        items = [item()]
        while self.word == "," and (parenthesized or self.peek(2) != "=>"):
            self.advance()
            items.append(item())
        if parenthesized:
            self.expect(")")
        elif len(items) > 1:
            message = f"{clause} of a table argument needs parentheses around several expressions"
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=message))
        return tuple(items)

    def _null_treatment(self) -> bool | None:
        if self.word in {"IGNORE", "RESPECT"} and self.peek() == "NULLS":
            ignore = self.word == "IGNORE"
            self.advance(2)
            return ignore
        return None

    def _within_group(self) -> tuple[SortOrder, ...]:
        if not self.accept("WITHIN", "GROUP"):
            return ()
        self.expect("(", "ORDER", "BY")
        order = self.sort_orders()
        self.expect(")")
        return order

    def _filter(self) -> Expression | None:
        if not self.accept("FILTER", "(", "WHERE"):
            return None
        condition = self.expression()
        self.expect(")")
        return condition

    # ---- order and windows --------------------------------------------------------------------

    def sort_orders(self) -> tuple[SortOrder, ...]:
        """Take sort keys joined by commas."""
        orders = [self.sort_order()]
        while self.accept(","):
            orders.append(self.sort_order())
        return tuple(orders)

    def sort_order(self) -> SortOrder:
        """Take ``expression [ASC | DESC] [NULLS FIRST | LAST]``."""
        child = self.expression()
        direction = self.accept_any("ASC", "DESC")
        nulls = NullOrder.DEFAULT
        if self.word == "NULLS" and self.peek() in {"FIRST", "LAST"}:
            nulls = NullOrder.FIRST if self.peek() == "FIRST" else NullOrder.LAST
            self.advance(2)
        return SortOrder(child, direction != "DESC", nulls)

    def _over(self, call: Call, first: int) -> Expression:
        self.expect("OVER")
        reference, partition, order, frame = self.window_parts()
        origin = self.origin(first)
        # Spark points to the whole where the function is wrong, too.
        call = replace(call, origin=origin)
        return Window(call, partition, order, frame, reference, origin=origin)

    def window_parts(
        self,
    ) -> tuple[str | None, tuple[Expression, ...], tuple[SortOrder, ...], Frame | None]:
        """Take a window: another's name, or ``(PARTITION BY ... ORDER BY ... frame)``."""
        if self.word != "(":
            return self.whole_identifier(), (), (), None
        self.advance()
        if self.peek() == ")" and self.at_identifier():
            name = self.whole_identifier()
            self.advance()
            return name, (), (), None
        if self.word not in _OPENS_WINDOW or (self.word in _BEFORE_BY and self.peek() != "BY"):
            self.move(self.position - 1)
            raise self.syntax_error()
        partition: tuple[Expression, ...] = ()
        order: tuple[SortOrder, ...] = ()
        if self.accept("CLUSTER", "BY"):
            partition = self.expressions()
        else:
            if self.word in {"PARTITION", "DISTRIBUTE"} and self.peek() == "BY":
                self.advance(2)
                partition = self.expressions()
            if self.word in {"ORDER", "SORT"} and self.peek() == "BY":
                self.advance(2)
                order = self.sort_orders()
        frame = self._frame() if self.word in {"ROWS", "RANGE"} else None
        if not self.accept(")"):
            raise self.syntax_error(hint=self._hint(")", sure=frame is not None))
        return None, partition, order, frame

    def _frame(self) -> Frame:
        kind = FrameKind.ROWS if self.word == "ROWS" else FrameKind.RANGE
        self.advance()
        if not self.accept("BETWEEN"):
            return Frame(kind, self._bound(), Bound.CURRENT_ROW)
        lower = self._bound()
        self.expect("AND")
        return Frame(kind, lower, self._bound())

    def _bound(self) -> Bound | Expression:
        if self.accept("CURRENT", "ROW"):
            return Bound.CURRENT_ROW
        if self.accept("UNBOUNDED", "PRECEDING"):
            return Bound.UNBOUNDED_PRECEDING
        if self.accept("UNBOUNDED", "FOLLOWING"):
            return Bound.UNBOUNDED_FOLLOWING
        first = self.position
        offset = self.value_expression()
        if any(isinstance(x, Name) or _is_function(x) for x in nodes_of(offset)):
            message = "Frame bound value must be a literal."
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=message))
        direction = self.accept_any("PRECEDING", "FOLLOWING")
        if not direction:
            raise self.syntax_error()
        return Call(("negative",), (offset,), operator=True) if direction == "PRECEDING" else offset


def _is_function(node: object) -> bool:
    """Whether `node` is a call that is found by its name."""
    return isinstance(node, Call) and not node.operator
