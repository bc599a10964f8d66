"""Pipe syntax: ``FROM t |> WHERE a > 1 |> SELECT a``; each step takes the rows before it."""

from __future__ import annotations

from boathouse.spec.expressions import Alias, Expression, Star
from boathouse.spec.relations import (
    Aggregate,
    Distinct,
    Filter,
    GroupingAnalytic,
    GroupKind,
    Hint,
    NamedWindows,
    Project,
    Relation,
    SetOperation,
    SubqueryAlias,
    WithColumns,
)
from boathouse.sql.keywords import ENDS, SET_OPERATORS
from boathouse.sql.queries import SelectParser

_ORGANIZES = frozenset({"ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET"})


class PipeParser(SelectParser):
    """Reads queries with pipes."""

    def query_term(self) -> Relation:
        """Take queries joined by set operations and the pipes behind them."""
        relation = super().query_term()
        while self.accept("|>"):
            relation = self._step(relation)
        return relation

    def _step(self, relation: Relation) -> Relation:
        first, word = self.position, self.word
        match word:
            case "SELECT":
                return self._piped_select(relation, first)
            case "EXTEND":
                self.advance()
                items = (Star(), *self.named_expressions())
                return Project(relation, items, origin=self.origin(first))
            case "SET":
                return self._assigned(relation)
            case "DROP":
                self.advance()
                names = [(self.whole_identifier(),)]
                while self.accept(","):
                    names.append((self.whole_identifier(),))
                star = Star((), excluded=tuple(names), origin=self.origin(first))
                return Project(relation, (star,), origin=self.origin(first))
            case "AS":
                self.advance()
                return SubqueryAlias(relation, self.whole_identifier(), origin=self.origin(first))
            case "WHERE":
                self.advance()
                return Filter(relation, self.expression(), origin=self.origin(first))
            case "AGGREGATE":
                return self._aggregated(relation, first)
            case "PIVOT":
                return self.pivot(relation)
            case "UNPIVOT":
                return self.unpivot(relation)
            case "TABLESAMPLE":
                return self.sample(relation)
            case "WINDOW":
                return self._window(relation, first)
            case _:
                return self._joined(relation)

    def _window(self, relation: Relation, first: int) -> Relation:
        if not self.window_clause():
            raise self.syntax_error()
        condition = "UNSUPPORTED_FEATURE.CLAUSE_WITH_PIPE_OPERATORS"
        self.defer(self.error_since(first, condition, clauses="the WINDOW clause"))
        return relation

    def _joined(self, relation: Relation) -> Relation:
        if self.word in SET_OPERATORS:
            operator, every = self.set_operator()
            return SetOperation(relation, self.query_primary(), operator, all=every)
        if self.word in _ORGANIZES:
            return self.organized(relation)
        joined = self.join(relation)
        if joined is None:
            raise self.syntax_error()
        return joined

    def _piped_select(self, relation: Relation, first: int) -> Relation:
        self.expect("SELECT")
        hints = self.hints()
        distinct = self.word == "DISTINCT" and self.peek() not in ENDS
        if distinct or (self.word == "ALL" and self.peek() not in ENDS):
            self.advance()
        result: Relation = Project(relation, self.named_expressions(), origin=self.origin(first))
        windows = self.window_clause()
        if distinct:
            result = Distinct(result)
        if windows:
            result = NamedWindows(result, windows)
        for name, parameters in hints:
            result = Hint(result, name, parameters)
        return result

    def _assigned(self, relation: Relation) -> Relation:
        """``SET a = 1, b = a``: each assignment sees those before it."""
        self.expect("SET")
        while True:
            name = self.whole_identifier()
            self.expect("=")
            relation = WithColumns(relation, (Alias(self.expression(), (name,)),))
            if not self.accept(","):
                return relation

    def _aggregated(self, relation: Relation, first: int) -> Relation:
        """``AGGREGATE aggregates GROUP BY keys``: the keys come out before the aggregates."""
        self.expect("AGGREGATE")
        items: tuple[Expression, ...] = ()
        if self.word not in ENDS and not self.ahead("GROUP", "BY"):
            items = self.named_expressions()
        keys: list[Expression] = []
        analytics: list[GroupingAnalytic] = []
        if self.accept("GROUP", "BY"):
            while True:
                analytic = self.grouping_analytic()
                if analytic is None:
                    keys.append(self.named_expression())
                else:
                    analytics.append(analytic)
                if not self.accept(","):
                    break
        inside = dict.fromkeys(e for a in analytics for group in a.sets for e in group)
        grouping = tuple(k.child if isinstance(k, Alias) else k for k in keys)
        return Aggregate(
            relation,
            GroupKind.GROUP_BY,
            grouping,
            (*keys, *inside, *items),
            select_list=True,
            analytics=tuple(analytics),
            piped=len(items),
            origin=self.origin(first),
        )
