"""GROUP BY of window(...) and session_window(...): their windows become a column of the input."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

from boathouse.analysis.calls import bind_function
from boathouse.analysis.columns import with_columns
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import unsupported
from boathouse.functions.datetime_windows import duration
from boathouse.plan import relations as r
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

_OWN: Final = "__time"
"""Qualifies the new column, so that it is taken for none of the input."""


def with_windows(node: sr.Aggregate, bound: Bound, context: Context) -> tuple[sr.Aggregate, Bound]:
    """`node` over `bound` with a column of the windows of time that `node` groups by: rows without
    a time are left out, and a row that lies in several windows comes once for each.
    """
    for item in node.grouping:
        call = item.child if isinstance(item, se.Alias) else item
        if isinstance(call, se.Call) and call.arguments:
            kind = call.name[-1].lower()
            if kind in _KINDS:
                timed = _timed(call, bound, context)
                made = _KINDS[kind](call, _others(node, call), timed, context)
                column = se.Name((_OWN, kind))
                return _replaced(node, call, column), _called(made, kind)
    return node, bound


def _timed(call: se.Call, bound: Bound, context: Context) -> Bound:
    scope = Scope.over(bound, context=context)
    time = unaliased(bind(call.arguments[0], scope))
    there = bind_function("isnotnull", [time], scope)
    return Bound(r.Filter(bound.plan, there), (bound,), hidden=bound.hidden)


def _others(node: sr.Aggregate, call: se.Call) -> tuple[se.Expression, ...]:
    """The other keys of `node`."""
    keys = [item.child if isinstance(item, se.Alias) else item for item in node.grouping]
    return tuple(key for key in keys if key != call and not isinstance(key, se.Literal))


def _windows(
    call: se.Call, others: tuple[se.Expression, ...], bound: Bound, context: Context
) -> Bound:
    texts = [x.value if isinstance(x, se.Literal) else None for x in call.arguments[1:3]]
    size, slide = texts[0], texts[-1]
    if not isinstance(size, str) or not isinstance(slide, str):
        return _with(_named("time_window", *call.arguments), bound, context)
    if duration(size) == duration(slide):
        return _with(_named("time_window", *call.arguments), bound, context)
    return _with(_named("explode", _named("sliding_windows", *call.arguments)), bound, context)


def _sessions(
    call: se.Call, others: tuple[se.Expression, ...], bound: Bound, context: Context
) -> Bound:
    """A session goes on while the next row comes before its end, which is a gap after the last."""
    time, gap = call.arguments
    if not isinstance(gap, se.Literal) or not isinstance(gap.value, str):
        raise unsupported("the gap of a session that is not a constant")
    if is_string(unaliased(bind(time, Scope.over(bound, context=context))).type):
        # A column of its own: DuckDB orders windows by nothing that may raise an error.
        bound = _with(se.Cast(time, t.TIMESTAMP), bound, context, "time")
        time = se.Name((_OWN, "time"))
    length = se.Literal(duration(gap.value), t.DayTimeIntervalType())
    bound = _with(_named("+", time, length), bound, context, "end")
    end = se.Name((_OWN, "end"))
    order = (se.SortOrder(time),)
    rows, first = se.FrameKind.ROWS, se.Bound.UNBOUNDED_PRECEDING
    before = se.Frame(rows, first, se.Literal(-1, t.INTEGER))
    last_end = se.Window(_named("max", end), others, order, before)
    one, zero = se.Literal(1, t.INTEGER), se.Literal(0, t.INTEGER)
    begins = se.Case(((_named("<=", time, last_end), zero),), one)
    bound = _with(begins, bound, context, "begins")
    until = se.Frame(rows, first, se.Bound.CURRENT_ROW)
    number = se.Window(_named("sum", se.Name((_OWN, "begins"))), others, order, until)
    bound = _with(number, bound, context, "number")
    session = (*others, se.Name((_OWN, "number")))
    start = se.Window(_named("min", time), session)
    stop = se.Window(_named("max", end), session)
    names = [se.Literal(name, t.STRING) for name in ("start", "end")]
    return _with(_named("named_struct", names[0], start, names[1], stop), bound, context)


_KINDS: Final = {"window": _windows, "session_window": _sessions}


def _named(name: str, *arguments: se.Expression) -> se.Call:
    return se.Call((name,), arguments)


def _with(value: se.Expression, bound: Bound, context: Context, name: str = "window") -> Bound:
    """`bound` with a column `name` of our own."""
    aliases = (se.Alias(value, (f"{_OWN}_{name}",)),)
    return _called(with_columns(sr.WithColumns(sr.OneRow(), aliases), bound, context), name)


def _called(bound: Bound, name: str) -> Bound:
    """`bound`, whose last column is called `name`, under a qualifier of our own."""
    *rest, last = bound.output
    columns = (*rest, last.named(name).qualified(_OWN))
    return Bound(r.Project(bound.plan, columns), (bound,))


def _replaced(node: Any, call: se.Call, column: se.Name) -> Any:
    """`node` with `column` wherever `call` stands, outside of its input."""
    if node == call:
        return column
    if isinstance(node, tuple):
        return tuple(_replaced(item, call, column) for item in node)
    inner = isinstance(node, sr.Relation) and not isinstance(node, sr.Aggregate)
    if inner or isinstance(node, type) or not is_dataclass(node):
        return node
    changes = {
        f.name: _replaced(getattr(node, f.name), call, column)
        for f in fields(node)
        if f.init and f.name not in {"input", "origin"}
    }
    whole: Any = node
    return replace(whole, **changes)
