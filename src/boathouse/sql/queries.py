"""Queries: WITH, SELECT, set operations, ORDER BY and LIMIT, pipes."""

from __future__ import annotations

from dataclasses import replace

from boathouse.spec.expressions import Expression, Name, SortOrder
from boathouse.spec.relations import (
    Aggregate,
    CommonTable,
    Distinct,
    Filter,
    GroupingAnalytic,
    GroupKind,
    Having,
    Hint,
    Limit,
    NamedWindow,
    NamedWindows,
    Offset,
    OneRow,
    Project,
    Qualify,
    Relation,
    RepartitionByExpression,
    SetOperation,
    SetOperator,
    Sort,
    With,
)
from boathouse.sql.keywords import ENDS, ORGANIZES, SET_OPERATORS
from boathouse.sql.lexer import Kind
from boathouse.sql.transforms import TransformParser
from boathouse.types.datatypes import quoted

_OPERATORS = {
    "UNION": SetOperator.UNION,
    "EXCEPT": SetOperator.EXCEPT,
    "MINUS": SetOperator.EXCEPT,
    "INTERSECT": SetOperator.INTERSECT,
}


class SelectParser(TransformParser):
    """Reads queries without pipes."""

    def query(self) -> Relation:
        """Take a query with its WITH, set operations, pipes, order and limit."""
        if self.word != "WITH":
            return self.organized(self.query_term())
        first = self.position
        tables, recursive = self.common_tables()
        body = self.organized(self.query_term())
        return With(body, tables, recursive, origin=self.origin(first))

    def common_tables(self) -> tuple[tuple[CommonTable, ...], bool]:
        """Take ``WITH [RECURSIVE] name [(columns)] [MAX RECURSION LEVEL n] AS (query), ...``."""
        first = self.position
        self.expect("WITH")
        recursive = self.word == "RECURSIVE" and self.peek() not in {"AS", "("}
        if recursive:
            self.advance()
        tables = [self._common_table()]
        while self.accept(","):
            tables.append(self._common_table())
        self._refuse_repeated(
            [table.name for table in tables], first, "DUPLICATED_CTE_NAMES", "duplicateNames"
        )
        return tuple(tables), recursive

    def _refuse_repeated(
        self, names: list[str], first: int, condition: str, parameter: str
    ) -> None:
        """Defer `condition`, whose `parameter` lists the names that stand more than once."""
        lower = [name.lower() for name in names]
        repeated = dict.fromkeys(name for name in lower if lower.count(name) > 1)
        if repeated:
            shown = ", ".join(map(quoted, repeated))
            self.defer(self.error_since(first, condition, **{parameter: shown}))

    def _common_table(self) -> CommonTable:
        name = self.whole_identifier()
        columns: tuple[str, ...] = ()
        if self.word == "(" and not self.query_ahead(self.position + 1):
            self.undecided += 1
            columns = self.identifier_list()
            self.undecided -= 1
        depth = self.integer() if self.accept("MAX", "RECURSION", "LEVEL") else None
        self.accept("AS")
        return CommonTable(name, self.parenthesized_query(), columns, depth)

    # ---- set operations -----------------------------------------------------------------------

    def query_term(self) -> Relation:
        """Take queries joined by set operations; INTERSECT binds more tightly than the others."""
        flat, first = self.settings.set_operations_left_to_right, self.position
        left = self.query_primary() if flat else self._intersections()
        while self.word in SET_OPERATORS:
            operator, every = self.set_operator()
            right = self.query_primary() if flat else self._intersections()
            left = SetOperation(left, right, operator, all=every, origin=self.origin(first))
        return left

    def _intersections(self) -> Relation:
        first = self.position
        left = self.query_primary()
        while self.word == "INTERSECT":
            operator, every = self.set_operator()
            right = self.query_primary()
            left = SetOperation(left, right, operator, all=every, origin=self.origin(first))
        return left

    def set_operator(self) -> tuple[SetOperator, bool]:
        """Take ``UNION [ALL | DISTINCT]`` and the like; whether ALL was said."""
        operator = _OPERATORS[self.word]
        self.advance()
        every = self.accept("ALL")
        if not every:
            self.accept("DISTINCT")
        self.refuse_last()
        return operator, every

    def query_primary(self) -> Relation:
        """Take SELECT, FROM-first, TABLE, VALUES or a query in parentheses."""
        first = self.position
        match self.word:
            case "SELECT":
                return self.select()
            case "(":
                return self.parenthesized_query()
            case "VALUES":
                return self.inline_table()
            case "TABLE":
                self.advance()
                return self.named_table(first)
            case "FROM":
                return self._from_first()
            case "MAP" | "REDUCE" if self.transform_ahead():
                return self.select()
            case _:
                raise self.syntax_error()

    def _from_first(self) -> Relation:
        source = self.from_clause()
        bodies: list[Relation] = []
        while self.word == "SELECT" or self.transform_ahead():
            bodies.append(self.organized(self.select(source)))
        if not bodies:
            return source
        relation = bodies[0]
        for body in bodies[1:]:
            relation = SetOperation(relation, body, SetOperator.UNION, all=True)
        return relation

    # ---- SELECT -----------------------------------------------------------------------------

    def select(self, source: Relation | None = None) -> Relation:
        """Take one SELECT without order and limit; `source` is a FROM clause that stood before."""
        first = self.position
        if self.transform_ahead():
            return self._transformed(source, first)
        self.expect("SELECT")
        if self.transform_ahead():
            return self._transformed(source, first)
        hints = self.hints()
        distinct = False
        if self.word in {"DISTINCT", "ALL"} and not self._is_column():
            distinct = self.word == "DISTINCT"
            self.advance()
        relation = self._rows(source, self.named_expressions(), first)
        windows = self.window_clause()
        if self.word == "QUALIFY" and self.at_clause():
            self.advance()
            relation = Qualify(relation, self.expression())
            windows = windows or self.window_clause()
        if distinct:
            relation = Distinct(relation)
        if windows:
            relation = NamedWindows(relation, windows)
        for name, parameters in hints:
            relation = Hint(relation, name, parameters)
        return relation

    def _is_column(self) -> bool:
        """Whether DISTINCT or ALL is a name: what comes next is no column, but a clause."""
        following, behind = self.peek(), self.peek(2)
        if following in SET_OPERATORS:
            return behind in {"SELECT", "ALL", "DISTINCT"}
        if following in {"LIMIT", "OFFSET"}:
            return self.kinds[self.position + 2] is Kind.NUMBER
        if following in ORGANIZES:
            return behind == "BY" and self.peek(3) not in ENDS
        return following in ENDS | {".", "FROM"}

    def _transformed(self, source: Relation | None, first: int) -> Relation:
        """Take a SELECT whose rows go through a program."""
        items, transform = self.transform(first)
        relation = self._rows(source, items, first)
        windows = self.window_clause()
        if windows:
            relation = NamedWindows(relation, windows)
        return replace(transform, input=relation, origin=self.origin(first))

    def _rows(self, source: Relation | None, items: tuple[Expression, ...], first: int) -> Relation:
        """Take the clauses from FROM, if `source` did not come before, to HAVING."""
        if source is None:
            source = self.from_clause() if self.word == "FROM" else OneRow()
        source = self.lateral_views(source)
        if self.accept("WHERE"):
            source = Filter(source, self.expression())
        relation = self.grouped(source, items, first)
        if self.word != "HAVING":
            return relation
        self.refuse_last()
        self.advance()
        return Having(relation, self.expression())

    def grouped(self, source: Relation, items: tuple[Expression, ...], first: int) -> Relation:
        """Take GROUP BY, if it comes next: `source` with the columns `items`."""
        origin = self.origin(first)
        if not self.accept_by("GROUP"):
            return Project(source, items, origin=origin)
        return self.group_by(source, items, first)

    def group_by(self, source: Relation, items: tuple[Expression, ...], first: int) -> Relation:
        """Take what stands behind GROUP BY and aggregate `source`, `items` being the output."""
        begin = self.position
        grouping: list[Expression] = []
        analytics: list[GroupingAnalytic] = []
        while True:
            analytic = self.grouping_analytic()
            if analytic is None:
                grouping.append(self.expression())
            else:
                analytics.append(analytic)
            if not self.accept(","):
                break
        kind, sets = GroupKind.GROUP_BY, ()
        if self.word == "WITH" and self.peek() in {"ROLLUP", "CUBE"}:
            kind = GroupKind.ROLLUP if self.peek() == "ROLLUP" else GroupKind.CUBE
            self.advance(2)
        elif self.word == "GROUPING" and self.peek() == "SETS":
            self.advance(2)
            kind, sets = GroupKind.GROUPING_SETS, self._sets(nested=False)
        by_all = not analytics and len(grouping) == 1 and self._is_all(grouping[0], begin)
        return Aggregate(
            source,
            kind,
            () if by_all else tuple(grouping),
            items,
            grouping_sets=sets,
            select_list=True,
            analytics=tuple(analytics),
            by_all=by_all,
            origin=self.origin(first),
        )

    def _is_all(self, expression: Expression, index: int) -> bool:
        """Whether `expression` is the bare word ALL."""
        return (
            isinstance(expression, Name)
            and len(expression.parts) == 1
            and self.words[index] == "ALL"
            and self.kinds[index] is Kind.WORD
        )

    def grouping_analytic(self) -> GroupingAnalytic | None:
        """Take ROLLUP (...), CUBE (...) or GROUPING SETS (...) if it comes next."""
        of_none = self.ahead(self.word, "(", ")")  # then it is the call of a function
        if self.word in {"ROLLUP", "CUBE"} and self.peek() == "(" and not of_none:
            kind = GroupKind.ROLLUP if self.word == "ROLLUP" else GroupKind.CUBE
            first = self.position
            self.advance()
            sets = self._sets(nested=False)
            if () in sets:
                self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0051", element=kind.name))
            return GroupingAnalytic(kind, sets)
        if self.ahead("GROUPING", "SETS"):
            self.advance(2)
            return GroupingAnalytic(GroupKind.GROUPING_SETS, self._sets(nested=True))
        return None

    def _sets(self, *, nested: bool) -> tuple[tuple[Expression, ...], ...]:
        """Take ``((a, b), c, ())``; ROLLUP and CUBE inside GROUPING SETS come as their sets."""
        self.expect("(")
        sets: list[tuple[Expression, ...]] = []
        while True:
            analytic = self.grouping_analytic() if nested else None
            if analytic is not None:
                sets.extend(_expanded(analytic))
            elif self.word == "(" and self._group_closes():
                sets.append(self._set())
            else:
                sets.append((self.expression(),))
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(sets)

    def _group_closes(self) -> bool:
        """Whether the parenthesis here holds a whole set: ``(a, b)`` does, ``(a + b) * 2`` not."""
        closing = self.matching(self.position)
        return closing >= 0 and self.words[closing + 1] in {",", ")"}

    def _set(self) -> tuple[Expression, ...]:
        self.expect("(")
        items = () if self.word == ")" else self.expressions()
        self.expect(")")
        return items

    def hints(self) -> list[tuple[str, tuple[Expression, ...]]]:
        """Take ``/*+ NAME, NAME(parameters) */``, any number of them."""
        hints: list[tuple[str, tuple[Expression, ...]]] = []
        while self.kinds[self.position] is Kind.HINT:
            self.advance()
            while True:
                name = self.identifier()
                parameters: tuple[Expression, ...] = ()
                if self.accept("("):
                    parameters = self.expressions()
                    self.expect(")")
                hints.append((name, parameters))
                if not self.accept(",") and self.word == "*/":
                    break
            self.advance()
        return hints

    def window_clause(self) -> tuple[NamedWindow, ...]:
        """Take ``WINDOW name AS (...), ...`` if it comes next."""
        if self.word != "WINDOW" or self.peek(2) != "AS":
            return ()
        first = self.position
        self.advance()
        windows = [self._named_window()]
        while self.accept(","):
            windows.append(self._named_window())
        condition = "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION"
        self._refuse_repeated([w.name for w in windows], first, condition, "windowName")
        references = {w.name for w in windows if w.reference is not None}
        for window in windows:
            if window.reference in references:  # one that stands for another, stands for none
                condition = "INVALID_SQL_SYNTAX.INVALID_WINDOW_REFERENCE"
                shown = quoted(window.reference)
                self.defer(self.error_since(first, condition, windowName=shown))
        return tuple(windows)

    def _named_window(self) -> NamedWindow:
        name = self.whole_identifier()
        self.expect("AS")
        reference, partition, order, frame = self.window_parts()
        return NamedWindow(name, partition, order, frame, reference)

    # ---- order and limit ------------------------------------------------------------------------

    def accept_by(self, word: str) -> bool:
        """Take ``word BY`` if it comes next. Where nothing follows it, Spark takes the word for an
        alias and BY for a token too much.
        """
        if self.ahead(word, "BY") and self.peek(2) == "" and not self.settings.reserved_keywords:
            self.advance()
            raise self.syntax_error(hint=f": extra input '{self.text_at(self.position)}'")
        return self.accept(word, "BY")

    def organized(self, relation: Relation) -> Relation:
        """Take ORDER BY, CLUSTER BY, DISTRIBUTE BY, SORT BY, WINDOW, LIMIT and OFFSET."""
        first, clauses = self.position, 0
        if self.accept_by("ORDER"):
            relation, clauses = self._ordered(relation), 1
        if self.accept("CLUSTER", "BY"):
            keys = self.expressions()
            relation = RepartitionByExpression(relation, keys)
            relation = Sort(relation, tuple(SortOrder(k) for k in keys), is_global=False)
            clauses += 1
        spread = self.accept_by("DISTRIBUTE")
        if spread:
            relation = RepartitionByExpression(relation, self.expressions())
        sorts = self.accept_by("SORT")
        if sorts:
            relation = Sort(relation, self.sort_orders(), is_global=False)
        if clauses + (spread or sorts) > 1:
            condition = "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES"
            self.defer(self.error_since(first, condition))
        windows = self.window_clause()
        if windows:
            relation = NamedWindows(relation, windows)
        limit: Expression | None = None
        if self.ahead("LIMIT"):
            self.refuse_last()
            self.advance()
            if self.word == "ALL" and self.peek() in ENDS | {"OFFSET"}:
                self.advance()
            else:
                limit = self.expression()
        if self.accept("OFFSET"):
            relation = Offset(relation, self.expression())
        return relation if limit is None else Limit(relation, limit)

    def _ordered(self, relation: Relation) -> Relation:
        begin = self.position
        order = self.sort_orders()
        if len(order) == 1 and self._is_all(order[0].child, begin):
            return Sort(relation, (), all_columns=order[0])
        return Sort(relation, order)


def _expanded(analytic: GroupingAnalytic) -> list[tuple[Expression, ...]]:
    """The grouping sets that a ROLLUP or CUBE stands for."""
    if analytic.kind is GroupKind.GROUPING_SETS:
        return list(analytic.sets)
    parts = analytic.sets
    if analytic.kind is GroupKind.ROLLUP:
        chosen = [parts[:size] for size in range(len(parts), -1, -1)]
    else:
        masks = range(2 ** len(parts) - 1, -1, -1)
        width = len(parts)
        chosen = [
            tuple(part for place, part in enumerate(parts) if mask >> (width - 1 - place) & 1)
            for mask in masks
        ]
    return [tuple(item for part in choice for item in part) for choice in chosen]
