"""Pipe syntax: ``FROM t |> WHERE a > 1 |> SELECT a``; each step takes the rows before it."""

from __future__ import annotations

from boathouse.errors.exceptions import AnalysisError
from boathouse.spec.expressions import Alias, Expression, Star, Window
from boathouse.spec.relations import (
    Aggregate,
    Distinct,
    Filter,
    GroupingAnalytic,
    GroupKind,
    Hint,
    NamedWindows,
    PipeStep,
    Project,
    Relation,
    SetOperation,
    SubqueryAlias,
    WithColumns,
)
from boathouse.sql.keywords import ENDS, PIPED, SET_OPERATORS
from boathouse.sql.queries import SelectParser

_CUTS = frozenset({"LIMIT", "OFFSET"})
_ORGANIZES = frozenset({"ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET"})

_REFUSED = "_LEGACY_ERROR_TEMP_0035"
_WINDOWS = (
    "window functions; please update the query to move the window functions to a subsequent "
    "|> SELECT operator instead"
)


class PipeParser(SelectParser):
    """Reads queries with pipes."""

    def query_term(self) -> Relation:
        """Take queries joined by set operations and the pipes behind them."""
        start = self.position
        relation = super().query_term()
        while self.word == "|>" or self._short_pipe_ahead():
            if not self.settings.pipes:
                message = "Operator pipe SQL syntax using |>"
                self.defer(self.error_at(self.position, _REFUSED, message=message))
            self.advance()
            # An operator may be an ORDER BY or LIMIT that is not there.
            if self.word not in {"", ";", ")", "|>"}:
                relation = self._step(relation, start)
        return relation

    def _short_pipe_ahead(self) -> bool:
        return self.word == "|" and self.settings.single_pipes and self.peek() in PIPED

    def _step(self, relation: Relation, start: int) -> Relation:
        first, word = self.position, self.word
        match word:
            case "SELECT":
                return self._piped_select(relation, first)
            case "EXTEND":
                self.advance()
                added = self.named_expressions()
                self._refuse_stars(added)
                return Project(
                    relation, (Star(), *added), piped="EXTEND", origin=self.origin(first)
                )
            case "SET":
                return self._assigned(relation, start)
            case "DROP":
                self.advance()
                star = Star((), excluded=tuple(self.multipart_list()), origin=self.origin(first))
                return Project(relation, (star,), origin=self.origin(first))
            case "AS":
                self.advance()
                return SubqueryAlias(relation, self.whole_identifier(), origin=self.origin(first))
            case "WHERE":
                self.advance()
                step = PipeStep(relation, origin=self.origin(first))
                return Filter(step, self.expression(), origin=self.origin(first))
            case "AGGREGATE":
                return self._aggregated(relation, first)
            case "PIVOT" | "UNPIVOT":
                turned = self.pivot(relation) if word == "PIVOT" else self.unpivot(relation)
                if self.word in {"PIVOT", "UNPIVOT"}:
                    self.defer(self.error_since(first, "NOT_ALLOWED_IN_FROM.UNPIVOT_WITH_PIVOT"))
                    return self.pivots(turned)
                return turned
            case "TABLESAMPLE":
                return self.sample(relation)
            case "WINDOW":
                return self._window(relation, first)
            case _:
                return self._joined(relation)

    def _refuse_stars(self, items: tuple[Expression, ...]) -> None:
        if any(isinstance(item, Star) for item in items):
            told = {"elem": "'*'", "prettyName": "expression `pipeexpression`"}
            self.defer(AnalysisError("INVALID_USAGE_OF_STAR_OR_REGEX", **told))

    def _window(self, relation: Relation, first: int) -> Relation:
        if not self.window_clause():
            raise self.syntax_error()
        self._refuse_window(first)
        return relation

    def _refuse_window(self, first: int) -> None:
        condition = "UNSUPPORTED_FEATURE.CLAUSE_WITH_PIPE_OPERATORS"
        self.defer(self.error_since(first, condition, clauses="the WINDOW clause"))

    def _joined(self, relation: Relation) -> Relation:
        if self.word in SET_OPERATORS:
            operator, every = self.set_operator()
            return SetOperation(relation, self.query_primary(), operator, all=every)
        if self.word in _ORGANIZES:
            return self._organized(relation)
        joined = self.join(relation)
        if joined is None:
            raise self.syntax_error()
        return joined

    def _organized(self, relation: Relation) -> Relation:
        """ORDER BY and its kin, of which one operator holds one."""
        first = self.position
        organized = self.organized(PipeStep(relation, origin=self.origin(first)))
        clauses = self._clauses(first)
        orders = [f"{word} BY" for word in clauses if word not in _CUTS]
        cuts = [word for word in clauses if word in _CUTS]
        if orders and cuts:
            condition = "MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS"
            both = orders == ["DISTRIBUTE BY", "SORT BY"]
            order = "SORT BY ... DISTRIBUTE BY ..." if both else orders[0]
            self.defer(self.error_since(first, condition, clause1=order, clause2=cuts[-1]))
        if isinstance(organized, NamedWindows):
            self._refuse_window(first)
        return organized

    def _clauses(self, first: int) -> list[str]:
        """The words that begin a clause from `first` on, outside of parentheses."""
        found: list[str] = []
        depth = 0
        for place in range(first, self.position):
            word = self.words[place]
            depth += (word == "(") - (word == ")")
            begins = word in _CUTS or (word in _ORGANIZES and self.words[place + 1] == "BY")
            if depth == 0 and begins:
                found.append(word)
        return found

    def _piped_select(self, relation: Relation, first: int) -> Relation:
        self.expect("SELECT")
        hints = self.hints()
        distinct = self.word == "DISTINCT" and self.peek() not in ENDS
        if distinct or (self.word == "ALL" and self.peek() not in ENDS):
            self.advance()
        result = self.grouped(relation, self.named_expressions(), first)
        windows = self.window_clause()
        if distinct:
            result = Distinct(result)
        if windows:
            result = NamedWindows(result, windows)
        for name, parameters in hints:
            result = Hint(result, name, parameters)
        return result

    def _assigned(self, relation: Relation, start: int) -> Relation:
        """``SET a = 1, b = a``: each assignment sees those before it. What it says of a column is
        about the whole query from `start` on.
        """
        self.expect("SET")
        while True:
            first = self.position
            name = self.multipart()
            if len(name) > 1:
                message = "SQL pipe syntax |> SET operator with multi-part assignment key "
                message += "(only single-part keys are allowed)"
                self.defer(self.error_at(first, _REFUSED, message=message))
            self.expect("=")
            alias = Alias(self.expression(), name[-1:])
            relation = WithColumns(relation, (alias,), piped=True, origin=self.origin(start))
            if not self.accept(","):
                return relation

    def _aggregated(self, relation: Relation, first: int) -> Relation:
        """``AGGREGATE aggregates GROUP BY keys``: the keys come out before the aggregates."""
        self.expect("AGGREGATE")
        items: tuple[Expression, ...] = ()
        if self.word in ENDS:
            message = "The AGGREGATE clause requires a list of aggregate expressions or a list of "
            message += "grouping expressions, or both"
            self.defer(self.error_since(first, _REFUSED, message=message))
        if self.word not in ENDS and not self.ahead("GROUP", "BY"):
            items = self.named_expressions()
            self._refuse_stars(items)
        keys: list[Expression] = []
        analytics: list[GroupingAnalytic] = []
        if self.accept("GROUP", "BY"):
            self._refuse_analytics(first)
            while True:
                analytic = self.grouping_analytic()
                if analytic is None:
                    keys.append(self.named_expression())
                else:
                    analytics.append(analytic)
                if not self.accept(","):
                    break
        if self.word == "WITH" and self.peek() in {"ROLLUP", "CUBE"}:
            self._unsupported_case(first, f"GROUP BY {self.peek()}")
            self.advance(2)
        if self.ahead("GROUPING", "SETS"):
            self.advance(2)
            self._unsupported_case(first, "GROUPING SETS")
            self.move(self.matching(self.position) + 1)
        if any(isinstance(item, Window) for item in keys):
            self._unsupported_case(first, _WINDOWS)
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

    def _refuse_analytics(self, first: int) -> None:
        if self.word == "ALL" and self.peek() in ENDS:
            self._unsupported_case(first, "GROUP BY ALL")
        elif self.word in {"ROLLUP", "CUBE"} and self.peek() == "(":
            self._unsupported_case(first, f"GROUP BY {self.word}")
        elif self.ahead("GROUPING", "SETS"):
            self._unsupported_case(first, "GROUPING SETS")

    def _unsupported_case(self, first: int, case: str) -> None:
        condition = "UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE"
        self.defer(self.error_since(first, condition, case=case))
