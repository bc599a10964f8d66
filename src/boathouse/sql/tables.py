"""The FROM clause: tables, subqueries, table functions, joins, PIVOT, UNPIVOT, samples."""

from __future__ import annotations

from abc import ABC
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.functions import signature
from boathouse.functions.registry import look_up
from boathouse.spec.expressions import (
    Alias,
    Call,
    Expression,
    IdentifierClause,
    Literal,
    Name,
    NamePattern,
    Star,
)
from boathouse.spec.nodes import nodes_of
from boathouse.spec.relations import (
    Join,
    JoinType,
    LateralView,
    Limit,
    NamedTable,
    NearestByJoin,
    PivotClause,
    Relation,
    RelationChanges,
    Sample,
    SubqueryAlias,
    TableFunction,
    Unpivot,
    Values,
)
from boathouse.sql.expressions import ExpressionParser
from boathouse.sql.keywords import CLAUSES, CONTINUES_QUERY, ENDS, STRICT
from boathouse.sql.lexer import Kind
from boathouse.types import datatypes as types
from boathouse.types.datatypes import quoted

if TYPE_CHECKING:
    from boathouse.errors.exceptions import ParseError, SparkError
    from boathouse.spec.relations import Options

AUTOMATIC_ALIAS = "__auto_generated_subquery_name"

_JOINS: dict[tuple[str, ...], JoinType] = {
    ("JOIN",): JoinType.INNER,
    ("INNER", "JOIN"): JoinType.INNER,
    ("CROSS", "JOIN"): JoinType.CROSS,
    ("LEFT", "JOIN"): JoinType.LEFT_OUTER,
    ("LEFT", "OUTER", "JOIN"): JoinType.LEFT_OUTER,
    ("RIGHT", "JOIN"): JoinType.RIGHT_OUTER,
    ("RIGHT", "OUTER", "JOIN"): JoinType.RIGHT_OUTER,
    ("FULL", "JOIN"): JoinType.FULL_OUTER,
    ("FULL", "OUTER", "JOIN"): JoinType.FULL_OUTER,
    ("SEMI", "JOIN"): JoinType.LEFT_SEMI,
    ("LEFT", "SEMI", "JOIN"): JoinType.LEFT_SEMI,
    ("ANTI", "JOIN"): JoinType.LEFT_ANTI,
    ("LEFT", "ANTI", "JOIN"): JoinType.LEFT_ANTI,
}

_SIDES = frozenset({"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "SEMI", "ANTI"})

_BEHIND_ROW = ENDS | {"AS"}

_JOIN_STARTS = frozenset(words[0] for words in _JOINS) | {"NATURAL"}


_LATERAL_JOINS = frozenset({JoinType.INNER, JoinType.CROSS, JoinType.LEFT_OUTER})


class TableParser(ExpressionParser, ABC):
    """Reads what stands behind FROM."""

    def from_clause(self) -> Relation:
        """Take ``FROM relation, ...`` with its lateral views, PIVOT and UNPIVOT."""
        first = self.position
        self.expect("FROM")
        relation = self.relation()
        while self.accept(","):
            lateral = self._lateral()
            right = self._primary(lateral=lateral)
            if self.settings.join_before_comma:
                right = self._extended(right)
            relation = Join(relation, right, JoinType.INNER, lateral=lateral)
            # What follows a table joins, or turns, all that stands before it.
            relation = self._extended(relation)
        views = self.word == "LATERAL"
        relation = self.lateral_views(relation)
        if views and self.word in {"PIVOT", "UNPIVOT"} and self.at_clause(of_table=True):
            condition = f"NOT_ALLOWED_IN_FROM.LATERAL_WITH_{self.word}"
            self.defer(self.error_since(first, condition))
        return self.pivots(relation)

    def relation(self) -> Relation:
        """Take one table with the joins and pivots behind it."""
        self._lateral()
        return self._extended(self.table_primary())

    def _lateral(self) -> bool:
        if self.word == "LATERAL" and self.peek() != "VIEW" and self.peek() not in ENDS:
            self.advance()
            return True
        return False

    def _primary(self, *, lateral: bool) -> Relation:
        """Take one table, behind LATERAL a query or the rows of a function."""
        first = self.position
        relation = found = self.table_primary()
        while isinstance(found, SubqueryAlias):
            found = found.input
        if lateral and isinstance(found, (NamedTable, Values)) and self.words[first] != "(":
            condition = "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC"
            self.defer(self.error_since(first, condition))
        return relation

    def _extended(self, relation: Relation) -> Relation:
        while True:
            if self.word in _JOIN_STARTS:
                joined = self.join(relation)
                if joined is None:
                    return relation
                relation = joined
            elif self.word == "PIVOT" and self.peek() == "(":
                relation = self.pivot(relation)
            elif self.word == "UNPIVOT" and self.at_clause(of_table=True):
                relation = self.unpivot(relation)
            else:
                return relation

    def pivots(self, relation: Relation) -> Relation:
        """Take the PIVOT and UNPIVOT clauses that come next."""
        while self.word in {"PIVOT", "UNPIVOT"} and self.at_clause(of_table=True):
            relation = self.pivot(relation) if self.word == "PIVOT" else self.unpivot(relation)
        return relation

    # ---- joins ------------------------------------------------------------------------------

    def join(self, left: Relation) -> Relation | None:
        """Take the join that comes next; None when none does."""
        first = self.position
        natural = self.accept("NATURAL")
        words = next((words for words in _JOINS if self.ahead(*words)), None)
        if words is None:
            if natural or self.word in _SIDES:
                if self.word in _SIDES:
                    outer = self.word in {"LEFT", "RIGHT", "FULL"} and self.peek() == "OUTER"
                    self.advance(2 if outer else 1)
                if self.peek() == "JOIN":
                    raise self.syntax_error(hint=self._extra())
                raise self.missing("JOIN", here=self.at_identifier() or self.word == "(")
            return None
        self.advance(len(words))
        type_ = _JOINS[words]
        if natural and type_ is JoinType.CROSS:
            kinds = {"joinType1": "NATURAL", "joinType2": "CROSS"}
            self.defer(self.error_since(first, "INCOMPATIBLE_JOIN_TYPES", **kinds))
        lateral = self._lateral()
        if lateral and natural:
            kinds = {"joinType1": "LATERAL", "joinType2": "NATURAL"}
            self.defer(self.error_since(first, "INCOMPATIBLE_JOIN_TYPES", **kinds))
        if lateral and type_ not in _LATERAL_JOINS:
            shown = " ".join(word for word in words if word not in {"JOIN", "OUTER"})
            shown = f"{shown} OUTER" if shown in {"RIGHT", "FULL"} else shown
            shown = f"LEFT {shown}" if shown in {"SEMI", "ANTI"} else shown
            self.defer(self.error_since(first, "INVALID_LATERAL_JOIN_TYPE", joinType=shown))
        right = self._primary(lateral=lateral)
        if self.word in {"APPROX", "EXACT"} and self.peek() == "NEAREST":
            return self._nearest(left, right, type_)
        condition: Expression | None = None
        using: tuple[str, ...] = ()
        if not natural and self.accept("ON"):
            condition = self.expression()
        elif not natural and self.accept("USING"):
            if self.word != "(":
                raise self.missing("(", here=self.at_identifier())
            using = self.identifier_list()
            if lateral:
                condition_name = "UNSUPPORTED_FEATURE.LATERAL_JOIN_USING"
                self.defer(self.error_since(first, condition_name))
        return Join(
            left,
            right,
            type_,
            condition,
            using=using,
            natural=natural,
            lateral=lateral,
            origin=self.origin(first),
        )

    def _nearest(self, left: Relation, right: Relation, type_: JoinType) -> Relation:
        """``JOIN t APPROX NEAREST 3 BY DISTANCE expression``."""
        mode = self.word.lower()
        self.advance(2)
        results = self.integer() if self.kinds[self.position] is Kind.NUMBER else 1
        self.expect("BY")
        direction = self.accept_any("DISTANCE", "SIMILARITY").lower()
        if not direction:
            raise self.syntax_error()
        name = "leftouter" if type_ is JoinType.LEFT_OUTER else type_.value.replace(" ", "")
        ranking = self.expression()
        return NearestByJoin(left, right, ranking, results, name, mode, direction)

    # ---- tables -----------------------------------------------------------------------------

    def table_primary(self) -> Relation:
        """Take a table, a subquery, VALUES, a table function or relations in parentheses."""
        first = self.position
        if self.word == "(":
            return self._parenthesized(first)
        called = self.ahead("VALUES", "(", ")") or self._names_arguments(self.position)
        if self.word == "VALUES" and self.peek() not in ENDS | {"AS"} and not called:
            return self.inline_table()
        if self.word == "IDENTIFIER" and self.peek() == "(":
            return self._identifier_table(first)
        if not self.at_identifier():
            alone = self.at_string() and self.peek() == ""
            raise self.syntax_error(hint=f": extra input '{self.word}'" if alone else "")
        if self.word == "STREAM" and self._stream_ahead():
            return self._stream(first)
        parts = self.multipart()
        if self.word == "(":
            return self._table_function(parts, None, first)
        table = NamedTable(parts, origin=self.origin(first))
        if self.word == "CHANGES" and self.peek() in {"FROM", "BETWEEN"}:
            return self.table_alias(self._changes(table))
        return self.table_suffix(table)

    def _stream_ahead(self) -> bool:
        following = self.position + 1
        if self.words[following] == "(":
            return True
        named = self.is_identifier(following) and self.words[following] not in {"AS"} | STRICT
        return named and self.words[following] not in CLAUSES

    def _stream(self, first: int) -> Relation:
        """``STREAM t`` and ``STREAM(t)``: the table read as a stream."""
        self.advance()
        parenthesized = self.accept("(")
        table = NamedTable(self.multipart(), streaming=True, origin=self.origin(first))
        if parenthesized:
            self.expect(")")
        return self.table_suffix(table)

    def _changes(self, table: NamedTable) -> RelationChanges:
        """``t CHANGES FROM VERSION 1 [TO VERSION 2]``, likewise with TIMESTAMP."""
        self.expect("CHANGES", "FROM")
        options = [self._change_bound("starting")]
        if self.accept("TO"):
            options.append(self._change_bound("ending"))
        return RelationChanges(table.parts, tuple(options), origin=table.origin)

    def _change_bound(self, edge: str) -> tuple[str, str]:
        word = self.accept_any("VERSION", "TIMESTAMP")
        if not word:
            raise self.syntax_error()
        value = self.string() if self.at_string() else str(self.integer())
        return edge + word.capitalize(), value

    def named_table(self, first: int) -> NamedTable:
        """Take a table's name, given or by IDENTIFIER(...)."""
        if not self.ahead("IDENTIFIER", "("):
            return NamedTable(self.multipart(), origin=self.origin(first))
        text = self.identifier_text()
        name = self.constant_name(text)
        found = None if name else text
        return NamedTable(name or (), identifier=found, origin=self.origin(first))

    def _identifier_table(self, first: int) -> Relation:
        text = self.identifier_text()
        name = self.constant_name(text)
        if name is not None and not self.settings.names_spelled_whole and self.accept("."):
            name = (*name, *self.multipart())
        if self.word == "(":
            return self._table_function(name or (), None if name else text, first)
        if name is not None:
            return self.table_suffix(NamedTable(name, origin=self.origin(first)))
        table = NamedTable((), identifier=text, origin=self.origin(first))
        return self.table_suffix(table)

    def table_suffix(self, table: NamedTable) -> Relation:
        """Take time travel, options, a sample and an alias behind `table`."""
        table = self.time_travel(table)
        if self.word == "WITH" and self.peek() == "(":
            self.advance()
            table = replace(table, options=self.property_list())
        return self.table_alias(self._sample(table))

    def time_travel(self, table: NamedTable) -> NamedTable:
        """Take VERSION | TIMESTAMP AS OF behind a table, if it comes next."""
        offset = 1 if self.word == "FOR" else 0
        word = self.peek(offset) if offset else self.word
        if (self.peek(offset + 1), self.peek(offset + 2)) != ("AS", "OF"):
            return table
        if word in {"VERSION", "SYSTEM_VERSION"}:
            self.advance(offset + 3)
            if self.at_string():
                return replace(table, version=Literal(self.string(), types.STRING))
            return replace(table, version=Literal(str(self.integer()), types.STRING))
        if word in {"TIMESTAMP", "SYSTEM_TIME"}:
            self.advance(offset + 3)
            first = self.position
            moment = self.value_expression()
            if any(isinstance(node, Name) for node in nodes_of(moment)):
                reason = "timestamp expression cannot refer to any columns"
                self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0056", reason=reason))
            return replace(table, timestamp=moment)
        return table

    def _parenthesized(self, first: int) -> Relation:
        if self.query_ahead(first + 1) and not self._joins_values(first):
            relation = self._sample(self.parenthesized_query())
            aliased = self.table_alias(relation)
            if aliased is relation:
                return SubqueryAlias(relation, AUTOMATIC_ALIAS, origin=self.origin(first))
            return aliased
        self.advance()
        relation = self.relation()
        if self.word != ")":
            raise self.syntax_error(hint=": missing ')'" if self.at_end() else "")
        self.advance()
        return self.table_alias(self._sample(relation))

    def _joins_values(self, opening: int) -> bool:
        """Whether the parenthesis at `opening` holds a join whose left side is an inline table:
        ``(VALUES (1) AS a CROSS JOIN b)``, or a function called VALUES.
        """
        index, closing = opening + 1, self.matching(opening)
        if self.words[index] != "VALUES":
            return False
        if self._names_arguments(index):
            return True
        while index < closing and self.words[index] not in CONTINUES_QUERY:
            if self.words[index] == "JOIN":
                return True
            index = (self.matching(index) if self.words[index] == "(" else index) + 1
        return False

    def _names_arguments(self, index: int) -> bool:
        """Whether VALUES at `index` is the name of a function: ``VALUES (a => 1)``."""
        if self.words[index : index + 2] != ["VALUES", "("]:
            return False
        place, closing = index + 2, self.matching(index + 1)
        while place < closing and self.words[place] != "=>":
            place = (self.matching(place) if self.words[place] == "(" else place) + 1
        return place < closing

    def _table_function(
        self, parts: tuple[str, ...], identifier: Expression | None, first: int
    ) -> Relation:
        arguments = self.argument_list(tables=True)
        function = TableFunction(parts, arguments, identifier=identifier, origin=self.origin(first))
        if self.word == "TABLESAMPLE" and self.peek() == "(":
            # Of a function no sample is taken: the word is a name, and columns must follow it.
            self.advance()
            self.identifier_list()
        return self.table_alias(function)

    def table_alias(self, relation: Relation) -> Relation:
        """Take ``[AS] name [(columns)]`` behind `relation`, if it comes next."""
        if not self.table_alias_ahead():
            return relation
        first = self.position
        if self.word == "AS" and self.peek() not in {"("} | ENDS:
            self.advance()
        if self.word in STRICT:
            raise self.syntax_error()
        name = self.whole_identifier()
        columns = self.identifier_list() if self.word == "(" else ()
        return SubqueryAlias(relation, name, columns=columns, origin=self.origin(first))

    def inline_table(self) -> Relation:
        """Take ``VALUES row, ...`` and its alias."""
        first = self.position
        self.undecided += 1
        self.expect("VALUES")
        rows = [self._row()]
        while self.accept(","):
            rows.append(self._row())
        width = len(rows[0])
        for index, row in enumerate(rows):
            if len(row) != width:
                error = self.error_since(
                    first,
                    "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                    expectedNumCols=width,
                    actualNumCols=len(row),
                    rowIndex=index,
                )
                self._defer_at_once(error, rows)
        values = Values(tuple(rows), origin=self.origin(first))
        relation = self.table_alias(values)
        if isinstance(relation, SubqueryAlias) and len(relation.columns) == width:
            relation = replace(relation, input=replace(values, names=relation.columns))
        names = relation.columns if isinstance(relation, SubqueryAlias) else ()
        if names and len(names) != width:
            condition = "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH"
            told = {"expectedNumCols": len(names), "actualNumCols": width, "rowIndex": 0}
            self._defer_at_once(self.error_since(first, condition, **told), rows)
        self.undecided -= 1
        return relation

    def _defer_at_once(self, error: SparkError, rows: list[tuple[Expression, ...]]) -> None:
        """Rows that name no column and call no function Spark's parser looks at already."""
        parts = nodes_of(tuple(rows), into=Expression)
        if not any(isinstance(x, Name) or (isinstance(x, Call) and not x.operator) for x in parts):
            self.defer(error)

    def _row(self) -> tuple[Expression, ...]:
        """Take one row of VALUES; a value that is no struct is a row of its own."""
        if self.word == "(" and not self.query_ahead(self.position + 1):
            closing = self.matching(self.position)
            if closing >= 0 and self.words[closing + 1] in _BEHIND_ROW:
                self.advance()
                items = [self.select_item()]
                while self.accept(","):
                    items.append(self.select_item())
                if len(items) == 1 and isinstance(items[0], Alias):
                    raise self.syntax_error()
                aliased = isinstance(items[-1], Alias)
                self.undecided -= aliased  # nothing else may follow then
                self.close(len(items))
                self.undecided += aliased
                if len(items) > 1:
                    return tuple(v.child if isinstance(v, Alias) else v for v in items)
                return _columns(items[0])
        return _columns(self.expression())

    # ---- lateral views, samples ---------------------------------------------------------------

    def _plain_call(self, first: int) -> Call:
        """Take ``name(values)``, of which none may be given by name."""
        name = self.multipart()
        self.expect("(")
        arguments = () if self.word == ")" else self.expressions()
        self.close(len(arguments))
        return Call(name, arguments, origin=self.origin(first))

    def lateral_views(self, relation: Relation) -> Relation:
        """Take the LATERAL VIEWs that come next."""
        while self.ahead("LATERAL", "VIEW"):
            first = self.position
            self.advance(2)
            outer = self.word == "OUTER" and self.peek() != "("
            if outer:
                self.advance()
            start = self.position
            generator = self._plain_call(start)
            alias = self.identifier()
            columns: list[str] = []
            # Where nothing comes behind AS, it is the name.
            named = self.peek() not in ENDS and self.accept("AS")
            if named or (self.at_identifier() and not self.at_clause()):
                columns.append(self.identifier())
                while self.accept(","):
                    columns.append(self.identifier())
            relation = LateralView(
                relation, generator, outer, alias, tuple(columns), origin=self.origin(first)
            )
        return relation

    def _sample(self, relation: Relation) -> Relation:
        if self.word == "TABLESAMPLE" and self.peek() == "(":
            return self.sample(relation)
        return relation

    def sample(self, relation: Relation) -> Relation:
        """Take ``TABLESAMPLE (...) [REPEATABLE (seed)]``."""
        first = self.position
        self.expect("TABLESAMPLE", "(")
        if self.word == ")":
            raise self.error_since(first, "_LEGACY_ERROR_TEMP_0014")
        rows: Expression | None = None
        fraction = 0.0
        if self.word == "BUCKET" and self.kinds[self.position + 1] is Kind.NUMBER:
            fraction = self._bucket(first)
        elif "PERCENT" in (self.peek(), self.peek(2)):
            fraction = self._percent(first)
        else:
            rows = self.expression()
            if not self.accept("ROWS"):
                if self.word != ")":
                    self.close(2 if self.peek() == ")" else 1)
                raise self._bytes(first)
        self.expect(")")
        seed: int | None = None
        if self.accept("REPEATABLE", "("):
            seed = self.integer()
            self.expect(")")
        if rows is not None:
            return Limit(relation, rows)
        return Sample(relation, 0.0, fraction, seed=seed, origin=self.origin(first))

    def _bytes(self, first: int) -> ParseError:
        """The error for a size in bytes, or for what stands where one could."""
        text = self.words[self.position - 1]
        if text[:1].isdigit() and text[-1:].isalpha():
            return self.error_since(first, "_LEGACY_ERROR_TEMP_0015", msg="byteLengthLiteral")
        return self.error_since(first, "_LEGACY_ERROR_TEMP_0016", bytesStr=text)

    def _percent(self, first: int) -> float:
        sign = -1 if self.accept("-") else 1
        if self.kinds[self.position] is not Kind.NUMBER:
            raise self.syntax_error()
        fraction = sign * float(self.word) / 100
        self.advance()
        self.expect("PERCENT")
        return self._fraction(fraction, first)

    def _bucket(self, first: int) -> float:
        self.expect("BUCKET")
        numerator = self.integer()
        self.expect("OUT", "OF")
        denominator = self.integer()
        if self.accept("ON"):
            self.multipart()
            called = self.accept("(", ")")
            message = f"BUCKET x OUT OF y ON {'function' if called else 'colname'}"
            raise self.error_since(first, "_LEGACY_ERROR_TEMP_0015", msg=message)
        return self._fraction(numerator / denominator if denominator else -1.0, first)

    def _fraction(self, fraction: float, first: int) -> float:
        if not 0.0 <= fraction <= 1.0:
            message = f"Sampling fraction ({fraction}) must be on interval [0, 1]"
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=message))
        return fraction

    # ---- PIVOT and UNPIVOT --------------------------------------------------------------------

    def pivot(self, relation: Relation) -> Relation:
        """Take ``PIVOT (aggregates FOR columns IN (values))``."""
        first = self.position
        self.expect("PIVOT", "(")
        aggregates = self.named_expressions()
        self.expect_before_name("FOR")
        columns = self.identifier_list() if self.word == "(" else (self.whole_identifier(),)
        self.expect("IN", "(")
        values = [self._pivot_value()]
        while self.accept(","):
            values.append(self._pivot_value())
        self.expect(")", ")")
        pivoted = PivotClause(
            relation,
            aggregates,
            tuple(self.column(name) for name in columns),
            tuple(values),
            origin=self.origin(first),
        )
        return self._turned_alias(pivoted)

    def _turned_alias(self, relation: Relation) -> Relation:
        """Take ``[AS] name`` behind PIVOT or UNPIVOT, where no names of columns follow."""
        if not self.table_alias_ahead():
            return relation
        first = self.position
        if self.word == "AS" and self.peek() not in ENDS:
            self.advance()
        return SubqueryAlias(relation, self.whole_identifier(), origin=self.origin(first))

    def _pivot_value(self) -> Expression:
        value = self.expression()
        name = self.alias()
        return value if name is None else Alias(value, (name,))

    def unpivot(self, relation: Relation) -> Relation:
        """Take ``UNPIVOT [INCLUDE | EXCLUDE NULLS] (values FOR name IN (columns))``."""
        first = self.position
        self.expect("UNPIVOT")
        include = self.accept("INCLUDE", "NULLS")
        if not include:
            self.accept("EXCLUDE", "NULLS")
        self.expect("(")
        several = self.word == "("
        names = self.identifier_list() if several else (self.identifier(),)
        self.expect_before_name("FOR")
        variable = self.identifier()
        self.expect("IN", "(")
        sets: list[tuple[Expression, ...]] = []
        aliases: list[str | None] = []
        while True:
            if several:
                self.expect("(")
            columns = self.multipart_list() if several else [self.multipart()]
            if several:
                self.expect(")")
            sets.append(tuple(self.column(*parts) for parts in columns))
            aliases.append(self.alias())
            if not self.accept(","):
                break
        self.expect(")", ")")
        unpivoted = Unpivot(
            relation,
            None,
            tuple(sets),
            variable,
            names,
            tuple(aliases),
            include_nulls=include,
            origin=self.origin(first),
        )
        return self._turned_alias(unpivoted)

    # ---- lists ------------------------------------------------------------------------------

    def named_expression(self) -> Expression:
        """Take ``expression [[AS] name | (names)]``."""
        first = self.position
        before, self.listed = self.listed, self.settings.quoted_names_are_patterns
        value = self.expression()
        self.listed = before
        if self.word == "(" or (self.word == "AS" and self.peek() == "("):
            self.accept("AS")
            return Alias(value, self.identifier_list(), listed=True)
        name = self.alias()
        if name is None and self.settings.stable_names and not _has_name(value):
            name = "".join(map(self.text_at, range(first, self.position)))
        return value if name is None else Alias(value, (name,))

    def named_expressions(self) -> tuple[Expression, ...]:
        """Take named expressions joined by commas."""
        items = [self.named_expression()]
        while self.accept(","):
            items.append(self.named_expression())
        return tuple(items)

    def property_list(self) -> Options:
        """Take ``(key = 'value', ...)``; every key must have a value."""
        first = self.position
        pairs = self._properties()
        lacking = [key for key, value in pairs if value is None]
        if lacking:
            message = f"Values must be specified for key(s): [{','.join(lacking)}]"
            self.refuse(first, message)
        return tuple((key, value or "") for key, value in pairs)

    def property_keys(self) -> tuple[str, ...]:
        """Take ``(key, ...)``; no key may have a value."""
        first = self.position
        pairs = self._properties()
        given = [key for key, value in pairs if value is not None]
        if given:
            message = f"Values should not be specified for key(s): [{','.join(given)}]"
            self.refuse(first, message)
        return tuple(key for key, _ in pairs)

    def refuse(self, first: int, message: str) -> None:
        """Defer Spark's `message` about an operation that is not allowed."""
        self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0035", message=message))

    def _properties(self) -> list[tuple[str, str | None]]:
        first = self.position
        self.expect("(")
        properties = [self._property()]
        while self.accept(","):
            properties.append(self._property())
        self.expect(")")
        self.refuse_repeated([key for key, _ in properties], first)
        return properties

    def refuse_repeated(self, keys: list[str], first: int) -> None:
        """Defer DUPLICATE_KEY about the first key that stands twice."""
        seen: set[str] = set()
        for key in keys:
            if key in seen:
                self.defer(self.error_since(first, "DUPLICATE_KEY", keyColumn=quoted(key)))
            seen.add(key)

    def _property(self) -> tuple[str, str | None]:
        key = self.property_key()
        if not self.accept_any("=", "==") and self.word in {",", ")"}:
            return key, None
        return key, self.property_value()

    def property_key(self) -> str:
        """Take ``'a.b'`` or ``a.b``."""
        if self.at_string():
            return self.string()
        return ".".join(self.multipart())

    def property_value(self) -> str:
        """Take a string, number or boolean as text."""
        if self.at_string():
            return self.string()
        if self.word in {"TRUE", "FALSE"}:
            value = self.word.lower()
        elif self.kinds[self.position] is Kind.NUMBER:
            value = self.word
        else:
            raise self.syntax_error()
        self.advance()
        return value


def _has_name(value: Expression) -> bool:
    """Whether `value` has a name, or several, by itself."""
    if isinstance(value, Call):
        found = look_up(value.name[-1])
        return found is not None and found.kind is signature.Kind.GENERATOR
    return isinstance(value, (Name, NamePattern, Star, IdentifierClause, Alias))


def _columns(value: Expression) -> tuple[Expression, ...]:
    """The columns of a row written as one value: those of a struct, or itself."""
    if isinstance(value, Call) and value.name == ("struct",):
        return tuple(v.child if isinstance(v, Alias) else v for v in value.arguments)
    return (value,)
