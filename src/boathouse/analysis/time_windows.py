"""window(...) and session_window(...): their windows become a hidden column of the input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import context_of
from boathouse.analysis.columns import with_columns
from boathouse.analysis.expressions import WindowOfTimeError, bind, unaliased
from boathouse.analysis.naming import shown_sql
from boathouse.analysis.scope import OF_TIME, Bound, Context, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.casts import can_cast
from boathouse.functions.datetime_windows import duration
from boathouse.functions.registry import functions
from boathouse.functions.signature import arity
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.spec.nodes import rebuilt
from boathouse.types import datatypes as t

Node = TypeVar("Node", bound=sr.Relation)
BindNode = Callable[[Node, Bound, Context], Bound]


def over_time(bind_node: BindNode[Node], node: Node, bound: Bound, context: Context) -> Bound:
    """`node` as `bind_node` binds it over `bound`, which gets a column of the windows of time that
    `node` asks for, if any: rows without a time are left out, and a row that lies in several
    windows comes once for each.
    """
    call = _grouping(node)
    if call is None:
        try:
            return bind_node(node, bound, context)
        except WindowOfTimeError as asked:
            if not _asks(node, asked.call):
                raise  # It is in a subquery, over columns of the query around.
            call = asked.call
    timed = _timed(call, bound, context)
    try:
        made = _KINDS[_kind(call)](call, node, timed, context)
        return bind_node(_replaced(node, call), _hidden(made, _kind(call)), context)
    except WindowOfTimeError as another:
        if not _asks(node, another.call):
            raise
        raise AnalysisError("_LEGACY_ERROR_TEMP_1039", context_of(another.call.origin)) from None


def _kind(call: se.Call) -> str:
    return call.name[-1].lower()


def _asks(node: sr.Relation, call: se.Call) -> bool:
    """Whether `call` is in the expressions of `node` itself."""
    return _replaced(node, call) is not node


def _grouping(node: sr.Relation) -> se.Call | None:
    """The windows that a GROUP BY names, by which its select list may call them."""
    for item in node.grouping if isinstance(node, sr.Aggregate) else ():
        call = item.child if isinstance(item, se.Alias) else item
        if isinstance(call, se.Call) and _kind(call) in _KINDS and _fits(call):
            return call
    return None


def _fits(call: se.Call) -> bool:
    """Whether `call` has as many arguments as it takes; binding refuses any other."""
    least, most = arity(functions()[_kind(call)])
    return least <= len(call.arguments) <= (most or least)


def _timed(call: se.Call, bound: Bound, context: Context) -> Bound:
    scope = Scope.over(bound, context=context)
    time = unaliased(bind(call.arguments[0], scope))
    if not isinstance(time.type, (t.TimestampType, t.TimestampNTZType, t.DateType, t.StringType)):
        raise AnalysisError(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            context_of(call.origin),
            paramIndex="first",
            inputSql=f'"{shown_sql(time)}"',
            inputType=f'"{time.type.sql}"',
            requiredType=_TIMES if _kind(call) == "window" else '"TIMESTAMP"',
            sqlExpr=f'"{_told(call, time)}"',
        )
    _check_lengths(call, time)
    there = bind_function("isnotnull", [time], scope)
    # The windows of a WHERE below are others.
    hidden = tuple(a for a in bound.hidden if a.qualifier != (OF_TIME,))
    return Bound(r.Filter(bound.plan, there), (bound,), hidden=hidden)


_TIMES: Final = (
    '("(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)" or "STRUCT<start: TIMESTAMP, end: TIMESTAMP>" '
    'or "STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>")'
)


_LENGTHS: Final = (t.IntegerType, t.LongType, t.StringType)


def _lengths(call: se.Call) -> tuple[int, int, int]:
    """Size, slide and start of a window(...), in microseconds."""
    micros: list[int] = []
    for given in call.arguments[1:]:
        if not (isinstance(given, se.Literal) and isinstance(given.type, _LENGTHS)):
            raise AnalysisError("_LEGACY_ERROR_TEMP_1207", context_of(call.origin))
        value: Any = given.value
        micros.append(duration(value) if isinstance(value, str) else value)
    size = micros[0]
    return size, micros[1] if len(micros) > 1 else size, micros[2] if len(micros) > 2 else 0


def _told(call: se.Call, time: e.Expression) -> str:
    if _kind(call) != "window":
        return f"{_kind(call)}({shown_sql(time)})"
    return f"window({shown_sql(time)}, {', '.join(map(str, _lengths(call)))})"


def _check_lengths(call: se.Call, time: e.Expression) -> None:
    if _kind(call) != "window":
        return
    size, slide, start = _lengths(call)
    for name, value in (("window_duration", size), ("slide_duration", slide)):
        if value <= 0:
            raise AnalysisError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                context_of(call.origin),
                exprName=t.quoted(name),
                valueRange=f"(0, {2**63 - 1}]",
                currentValue=f"{value}L",
                sqlExpr=f'"{_told(call, time)}"',
            )
    for left, value, constraint, right, limit in (
        ("slide_duration", slide, "<=", "window_duration", size),
        ("abs(start_time)", abs(start), "<", "slide_duration", slide),
    ):
        if value > limit or (constraint == "<" and value == limit):
            raise AnalysisError(
                "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                context_of(call.origin),
                leftExprName=t.quoted(left),
                leftExprValue=f"{value}L",
                constraint=constraint,
                rightExprName=t.quoted(right),
                rightExprValue=f"{limit}L",
                sqlExpr=f'"{_told(call, time)}"',
            )


def _others(node: sr.Aggregate, call: se.Call) -> tuple[se.Expression, ...]:
    """The other keys of `node`."""
    named = {
        x.names[0].lower() for x in node.aggregates if isinstance(x, se.Alias) and x.child == call
    }
    keys = [item.child if isinstance(item, se.Alias) else item for item in node.grouping]
    return tuple(
        key
        for key in keys
        if key != call
        and not isinstance(key, se.Literal)
        and not (isinstance(key, se.Name) and len(key.parts) == 1 and key.parts[0].lower() in named)
    )


def _windows(call: se.Call, node: sr.Relation, bound: Bound, context: Context) -> Bound:
    size, slide, start = _lengths(call)
    lengths = [se.Literal(f"{value} microseconds", t.STRING) for value in (size, slide, start)]
    if size == slide:
        return _with(_named("time_window", call.arguments[0], *lengths), bound, context)
    several = _named("sliding_windows", call.arguments[0], *lengths)
    return _with(_named("explode", several), bound, context)


def _sessions(call: se.Call, node: sr.Relation, bound: Bound, context: Context) -> Bound:
    """A session goes on while the next row comes before its end, which is a gap after the last.
    Without groups every row is one by itself. A row whose gap is none, or below zero, has no
    session.
    """
    time, gap = call.arguments
    scope = Scope.over(bound, context=context)
    length = unaliased(bind(gap, scope)).type
    if not can_cast(length, t.CALENDAR_INTERVAL, se.CastMode.TRY):
        raise AnalysisError("_LEGACY_ERROR_TEMP_1040", context_of(call.origin), dt=_class(length))
    if not isinstance(unaliased(bind(time, scope)).type, (t.TimestampType, t.TimestampNTZType)):
        # A column of its own: DuckDB orders windows by nothing that may raise an error.
        bound = _with(se.Cast(time, t.TIMESTAMP), bound, context, "time")
        time = se.Name((OF_TIME, "time"))
    after = se.Cast(gap, t.CALENDAR_INTERVAL, se.CastMode.TRY)
    bound = _with(_named("+", time, after), bound, context, "end")
    end = se.Name((OF_TIME, "end"))
    ends = bind(_named(">", end, time), Scope.over(bound, context=context))
    bound = Bound(r.Filter(bound.plan, ends), (bound,), hidden=bound.hidden)
    names = [se.Literal(name, t.STRING) for name in ("start", "end")]
    if not isinstance(node, sr.Aggregate):
        alone = _named("named_struct", names[0], time, names[1], end)
        kind = unaliased(bind(time, Scope.over(bound, context=context))).type
        # To Spark a moment of a session may be null, whatever the column is.
        of = t.StructType((t.StructField("start", kind), t.StructField("end", kind)))
        return _with(se.Cast(alone, of), bound, context)
    others = _others(node, call)
    order = (se.SortOrder(time),)
    rows, first = se.FrameKind.ROWS, se.Bound.UNBOUNDED_PRECEDING
    before = se.Frame(rows, first, se.Literal(-1, t.INTEGER))
    last_end = se.Window(_named("max", end), others, order, before)
    one, zero = se.Literal(1, t.INTEGER), se.Literal(0, t.INTEGER)
    begins = se.Case(((_named("<=", time, last_end), zero),), one)
    bound = _with(begins, bound, context, "begins")
    until = se.Frame(rows, first, se.Bound.CURRENT_ROW)
    number = se.Window(_named("sum", se.Name((OF_TIME, "begins"))), others, order, until)
    bound = _with(number, bound, context, "number")
    session = (*others, se.Name((OF_TIME, "number")))
    start = se.Window(_named("min", time), session)
    stop = se.Window(_named("max", end), session)
    return _with(_named("named_struct", names[0], start, names[1], stop), bound, context)


def _class(of: t.DataType) -> str:
    """What Spark calls the class of a type."""
    fields = f"({of.start},{of.end})" if isinstance(of, _INTERVALS) else ""
    return f"{type(of).__name__}{fields}"


_INTERVALS: Final = (t.DayTimeIntervalType, t.YearMonthIntervalType)
_KINDS: Final = {"window": _windows, "session_window": _sessions}
_MARKS: Final = {"window": "spark.timeWindow", "session_window": "spark.sessionWindow"}
"""What the metadata of the columns say."""


def _named(name: str, *arguments: se.Expression) -> se.Call:
    return se.Call((name,), arguments)


def _with(value: se.Expression, bound: Bound, context: Context, name: str = "window") -> Bound:
    """`bound` with a column `name` of our own."""
    aliases = (se.Alias(value, (f"{OF_TIME}_{name}",)),)
    made = _called(with_columns(sr.WithColumns(sr.OneRow(), aliases), bound, context), name)
    return replace(made, hidden=bound.hidden)


def _hidden(bound: Bound, name: str) -> Bound:
    """`bound`, whose last column can be asked for as our own `name` but is no part of a star."""
    called = _called(bound, name)
    *rest, window = called.output
    window = replace(window, metadata=((_MARKS[name], True),))
    return Bound(r.Project(called.plan, tuple(rest)), (bound,), hidden=(*bound.hidden, window))


def _called(bound: Bound, name: str) -> Bound:
    """`bound`, whose last column is called `name`, under a qualifier of our own."""
    *rest, last = bound.output
    columns = (*rest, last.named(name).qualified(OF_TIME))
    return Bound(r.Project(bound.plan, columns), (bound,))


def _replaced(node: Node, call: se.Call) -> Node:
    """`node` with the hidden column wherever `call` stands, outside of the relations in it."""
    column = se.Name((OF_TIME, _kind(call)))
    return rebuilt(node, lambda x: column if x == call else x, apart=sr.Relation)
