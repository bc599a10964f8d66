"""Aggregate calls with their modifiers, and OVER."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from boathouse.analysis.calls import (
    build,
    constant_of,
    foldable,
    function_named,
    wrong_number,
)
from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.faults import each
from boathouse.analysis.modifiers import refuse_filter
from boathouse.analysis.naming import (
    frame_text,
    inner_sql,
    key_text,
    numbered,
    qualified_sql,
    shown,
    shown_sql,
    specification_text,
    whole_sql,
)
from boathouse.analysis.scope import REFUSED_ALIAS
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.casts import can_cast
from boathouse.functions.signature import UNKNOWN, Function, Kind
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, map_children, transform, walk
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_datetime, is_interval, is_orderable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boathouse.analysis.scope import Scope


_PLAIN_NAMES = {"first_value": "first", "last_value": "last"}


def aggregate_call(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    node: se.Call,
    scope: Scope,
    bind: Callable[[se.Expression, Scope], e.Expression],
) -> e.Expression:
    """An aggregate with DISTINCT, FILTER, WITHIN GROUP and IGNORE NULLS."""
    plain = [_argument(argument) for argument in arguments]
    order = tuple(sort_key(key, scope, bind) for key in node.within)
    _check_within(function, name, plain, order, node)
    if order and function.extra.get("ordered_argument"):
        plain.insert(0, order[0].child)
    if not plain and "alone" in function.extra:
        plain.append(e.Literal(None, t.NULL))
    condition = None if node.condition is None else _plain(bind(node.condition, scope))
    if condition is not None and function.kind is Kind.WINDOW:
        raise AnalysisError(
            "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            context_of(node.origin),
            prettyName=t.quoted(name),
            syntax="FILTER CLAUSE",
        )
    if condition is not None:
        refuse_filter(condition, node.origin)
    if node.ignore_nulls and not function.ignores_nulls:
        raise AnalysisError(
            "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
            context_of(node.origin),
            prettyName=t.quoted(name),
            syntax="IGNORE NULLS",
        )
    if node.ignore_nulls and name.lower() in _PLAIN_NAMES:
        # Spark forgets under which of its names a function was called that ignores nulls.
        name = _PLAIN_NAMES[name.lower()]
        function = function_named(name)
    call = build(
        function,
        name,
        plain,
        scope,
        node.origin,
        distinct=node.distinct,
        condition=condition,
        order=order,
        ignore_nulls=bool(node.ignore_nulls),
    )
    return _of_query_around(call, plain, scope)


def _of_query_around(
    call: e.Expression, arguments: Sequence[e.Expression | None], scope: Scope
) -> e.Expression:
    """`call`, or the column of the query around that it is: HAVING may hold a query with aggregates
    of the groups. Elsewhere an aggregate computes nothing of the query around.
    """
    inside = [node for a in arguments if a is not None for node in walk(a)]
    if not any(isinstance(node, e.OuterReference) for node in inside):
        return call
    if any(isinstance(node, e.WindowCall) for node in inside):
        raise AnalysisError("_LEGACY_ERROR_TEMP_1031")
    place = "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY"
    outer = {node.attribute for node in inside if isinstance(node, e.OuterReference)}
    if any(isinstance(node, e.Attribute) and node not in outer for node in inside):
        raise AnalysisError(
            f"{place}.AGGREGATE_FUNCTION_MIXED_OUTER_LOCAL_REFERENCES",
            function=whole_sql(call),
        )
    around = scope.context.outer
    if scope.clause == "WHERE" and (around is None or around.asked is None):
        return call  # WHERE says that it takes none.
    asked = None if around is None or scope.clause == "SELECT" else around.asked
    if around is not None and asked is not None and outer <= {*around.attributes}:
        alias = e.Alias(transform(call, _of_group), shown(call))
        asked.append(alias)
        return e.OuterReference(alias.attribute)
    if around is not None and around.clause == "EXTEND":
        told = {"expr": numbered(transform(call, _of_group)), "clause": around.clause}
        raise AnalysisError("PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION", **told)
    text = f'"{inner_sql(call)} AS `{qualified_sql(call)}`"'
    raise AnalysisError(f"{place}.CORRELATED_REFERENCE", sqlExprs=text)


def _of_group(node: e.Expression) -> e.Expression | None:
    return node.attribute if isinstance(node, e.OuterReference) else None


def _check_within(
    function: Function,
    name: str,
    arguments: Sequence[e.Expression | None],
    order: tuple[e.SortKey, ...],
    node: se.Call,
) -> None:
    """Whether WITHIN GROUP stands where it must, and nowhere else."""
    where, called = context_of(node.origin), t.quoted(name)
    if "order" not in function.needs:
        if order:
            raise AnalysisError(
                "INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX",
                where,
                prettyName=called,
                syntax="WITHIN GROUP (ORDER BY ...)",
            )
        return
    if not function.extra.get("ordered_argument"):
        _refuse_keys(order)
        _check_same(called, arguments, order, node)
        return
    kind = "INVALID_WITHIN_GROUP_EXPRESSION"
    # mode() takes its value either way, the others only from WITHIN GROUP.
    either = function.name == "mode"
    if not either and len(arguments) != len(function.parameters) - 1:
        raise wrong_number(name, str(len(function.parameters) - 1), len(arguments), node.origin)
    if not order and not (either and arguments):
        raise AnalysisError(f"{kind}.WITHIN_GROUP_MISSING", where, funcName=called)
    expected = 0 if either and arguments else 1
    if order and len(order) != expected:
        raise AnalysisError(
            f"{kind}.WRONG_NUM_ORDERINGS",
            where,
            funcName=called,
            expectedNum=expected,
            actualNum=len(order),
        )
    if node.distinct:
        raise AnalysisError(f"{kind}.DISTINCT_UNSUPPORTED", where, funcName=called)


def _check_same(
    called: str,
    arguments: Sequence[e.Expression | None],
    order: tuple[e.SortKey, ...],
    node: se.Call,
) -> None:
    """With DISTINCT, the order can only be that of the values themselves."""
    value = arguments[0] if arguments else None
    if not node.distinct or not order or value is None:
        return
    kind = "INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT"
    if any(key.child != value for key in order):
        raise AnalysisError(
            kind,
            context_of(node.origin),
            funcName=called,
            funcArg=f'"{shown_sql(value)}"',
            orderingExpr=", ".join(f'"{shown_sql(key.child)}"' for key in order),
        )
    if isinstance(value.type, (t.FloatType, t.DoubleType, t.TimestampType)):
        # Two of them may have one text.
        raise AnalysisError(
            f"{kind}_UNSAFE_CAST",
            context_of(node.origin),
            funcName=called,
            inputType=f'"{value.type.sql}"',
            castType='"STRING"',
        )


def _argument(argument: e.Expression | None) -> e.Expression | None:
    return argument.child if isinstance(argument, e.Alias) else argument


def _plain(expression: e.Expression) -> e.Expression:
    return expression.child if isinstance(expression, e.Alias) else expression


def sort_key(
    node: se.SortOrder, scope: Scope, bind: Callable[[se.Expression, Scope], e.Expression]
) -> e.SortKey:
    """A sort key with Spark's default place of nulls: least, hence first when ascending."""
    return key_of(_plain(bind(node.child, scope)), node)


def key_of(child: e.Expression, node: se.SortOrder) -> e.SortKey:
    """The key of `node` over its bound `child`."""
    nulls_first = (
        node.ascending if node.nulls is se.NullOrder.DEFAULT else (node.nulls is se.NullOrder.FIRST)
    )
    return e.SortKey(child, node.ascending, nulls_first)


def bind_window(
    node: se.Window, scope: Scope, bind: Callable[[se.Expression, Scope], e.Expression]
) -> e.Expression:
    """`function` OVER a specification, or a named one."""
    if not scope.context.windows and node.reference is not None:
        bind(node.function, scope)  # Spark tells of its names first
    node = _with_reference(node, scope)
    plain, scope = scope, scope.without_aliases("WINDOW")
    try:
        return _specified(node, scope, bind)
    except AnalysisError as refused:
        raise _whole_window(refused, node, plain, bind) from None


def _whole_window(
    refused: AnalysisError,
    node: se.Window,
    scope: Scope,
    bind: Callable[[se.Expression, Scope], e.Expression],
) -> AnalysisError:
    """`refused`, showing all of the window where it is about an alias of the same select list."""
    if not refused.condition.startswith(REFUSED_ALIAS):
        return refused
    text = shown_sql(_specified(node, replace(scope, naming=True), bind))
    if node.frame is None:
        text = re.sub(r"(ROWS|RANGE) BETWEEN [^()]*\)$", "unspecifiedframe$())", text)
    name, rest = text.split("(", 1)
    return AnalysisError(
        f"{REFUSED_ALIAS}WINDOW",
        lca=refused.parameters["lca"],
        windowExpr=f'"{name.lower()}({rest}"',
    )


def whole_aggregate(
    refused: AnalysisError, naming: Scope, made: Callable[[Scope], e.Expression]
) -> AnalysisError:
    """`refused`, showing all of the aggregate where it is about an alias of the same select list:
    `made` binds it, and does so in `naming`, where aliases stand for themselves.
    """
    if refused.condition != f"{REFUSED_ALIAS}AGGREGATE_FUNC":
        return refused
    text = shown_sql(made(naming))
    return AnalysisError(refused.condition, lca=refused.parameters["lca"], aggFunc=f'"{text}"')


def _specified(
    node: se.Window, scope: Scope, bind: Callable[[se.Expression, Scope], e.Expression]
) -> e.Expression:
    keys = (*node.partition, *(key.child for key in node.order))
    function, *bound = each((node.function, *keys), lambda part: _plain(bind(part, scope)))
    partition = tuple(bound[: len(node.partition)])
    order = tuple(map(key_of, bound[len(node.partition) :], node.order))
    if not isinstance(function, e.AggregateCall):
        function = _no_function_of_windows(function, node, scope)
    window = e.WindowCall(function, partition, order)
    if function.distinct:
        if node.frame is not None:
            frame = _frame(node.frame, order, scope, bind, window)
            window = e.WindowCall(function, partition, order, frame)
        fault = AnalysisError(
            "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
            context_of(node.origin),
            windowExpr=f'"{shown_sql(_over_columns(window))}"',
        )
        scope.context.postpone(fault)
        return window
    _refuse_unordered(window, scope)
    if order or node.frame is not None:
        _refuse_specified(window, node, scope)
    if (
        function.function.kind is Kind.WINDOW
        and not order
        and function.function.extra.get("ordered", True)
    ):
        raise AnalysisError(
            "WINDOW_FUNCTION_FRAME_NOT_ORDERED",
            context_of(node.origin),
            wf_name=function.name,
            wf_expr=qualified_sql(function),
        )
    if node.frame is None:
        return window
    frame = _frame(node.frame, order, scope, bind, window)
    framed = e.WindowCall(function, partition, order, frame)
    _refuse_frame(framed)
    return framed


_REFUSED = ("refused", True)


def _no_function_of_windows(value: e.Expression, node: se.Window, scope: Scope) -> e.AggregateCall:
    """UNSUPPORTED_EXPR_FOR_WINDOW for a `value` before OVER; where aggregates are in it, Spark says
    so (`layered` does) when those are grouped.
    """
    if isinstance(value, e.GroupingIndicator):
        raise _unsupported_for_window(value, node.origin)
    if not contains(value, e.AggregateCall):
        scope.context.postpone(_unsupported_for_window(value, node.origin))
        facts = ()
    else:
        facts = (_REFUSED,)
    entry = function_named("first")
    return e.AggregateCall(
        entry, (value,), value.type, may_be_null=True, facts=facts, origin=node.origin
    )


def _unsupported_for_window(value: e.Expression | None, origin: se.Origin | None) -> AnalysisError:
    match value:
        case e.Call(arguments=(_, e.Literal() as call)) if value.function.name == "called_as":
            name = str(call.value).partition("(")[0].split(".")
            if name != ["measure"]:
                condition = "UNSUPPORTED_SQL_UDF_USAGE"
                quoted = ".".join(map(t.quoted, name))
                return AnalysisError(condition, functionName=quoted, nodeName="Window")
        case _:
            pass
    shown = "" if value is None else shown_sql(value)
    return AnalysisError("UNSUPPORTED_EXPR_FOR_WINDOW", context_of(origin), sqlExpr=f'"{shown}"')


def _refuse_grouped(window: e.WindowCall) -> None:
    """Aggregates have become columns by now: `_w0`, `_w1` and so on, in Spark's message."""
    call = window.function
    if _REFUSED not in call.facts:
        return
    numbers = itertools.count()
    names: dict[e.Expression, e.Expression] = {}

    def renamed(node: e.Expression) -> e.Expression:
        if isinstance(node, e.Attribute):
            return names.setdefault(node, replace(node, name=f"_w{next(numbers)}"))
        return map_children(node, renamed)

    value = call.arguments[0]
    raise _unsupported_for_window(None if value is None else renamed(value), call.origin)


def _refuse_unordered(window: e.WindowCall, scope: Scope) -> None:
    for key in window.partition:
        if not is_orderable(key.type):
            fault = AnalysisError(
                "EXPRESSION_TYPE_IS_NOT_ORDERABLE",
                expr=f'"{shown_sql(key)}"',
                exprType=f'"{key.type.sql}"',
            )
            scope.context.postpone(fault)
    _refuse_keys(window.order)


def _refuse_keys(order: tuple[e.SortKey, ...]) -> None:
    for key in order:
        if not is_orderable(key.child.type):
            raise AnalysisError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                functionName="`sortorder`",
                dataType=f'"{key.child.type.sql}"',
                sqlExpr=f'"{key_text(key, shown_sql)}"',
            )


def _as_column(value: e.Expression, name: str = "_w0") -> e.Expression:
    """`value` as messages about windows show it: what is neither constant nor a column yet Spark
    computes in one before it looks.
    """
    if foldable(value) or isinstance(value, e.Attribute):
        return value
    return e.Attribute(0, name, value.type)


def _over_columns(window: e.WindowCall) -> e.WindowCall:
    call = window.function
    arguments = tuple(x if x is None else _as_column(x) for x in call.arguments)
    condition = call.condition if call.condition is None else _as_column(call.condition, "_w1")
    return replace(window, function=replace(call, arguments=arguments, condition=condition))


def _refuse_specified(window: e.WindowCall, node: se.Window, scope: Scope) -> None:
    """Percentiles, and texts that are joined in an order, take the whole partition, and no order
    of rows.
    """
    call = window.function
    given = [x for x in call.arguments if x is not None]
    arguments = [shown_sql(x) for x in given]
    match call.function.name:
        case "median":
            arguments = [shown_sql(_as_column(x)) for x in given]
        case "listagg" | "string_agg" if call.order:
            keys = [key_text(key, shown_sql) for key in call.order]
            arguments = [*[*arguments, "NULL"][:2], *keys]
        case name if not name.startswith(("percentile_cont", "percentile_disc")):
            return
        case _:
            pass
    fault = AnalysisError(
        "INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC",
        context_of(node.origin),
        aggFunc=f'"{call.name}({", ".join(arguments)})"',
    )
    scope.context.postpone(fault)


def _refuse_frame(window: e.WindowCall) -> None:
    """Ranks and offsets have frames of their own, and take no other."""
    function, frame = window.function.function, window.frame
    own = function.extra.get("frame")
    if function.kind is not Kind.WINDOW or frame is None or own is None:
        return
    if not function.name.startswith(_OFFSETS):
        if frame.rows and frame.lower is None and frame.upper == 0:
            return
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1036",
            wf=_frame_tree(frame),
            required="specifiedwindowframe(RowFrame, unboundedpreceding$(), currentrow$())",
        )
    if not _is_the_row_itself(window.function, frame):
        raise AnalysisError("_LEGACY_ERROR_TEMP_1035", prettyName=function.name)


def _is_the_row_itself(call: e.AggregateCall, frame: e.Frame) -> bool:
    """Whether `frame` is the one row that LAG or LEAD looks at anyway. Spark does not recognize a
    row before this one where its distance is a negation, not a number.
    """
    wanted = _place(call.arguments[1], follows=call.function.name.startswith("lead"))
    ends = (
        _place(frame.lower, follows=frame.lower_following),
        _place(frame.upper, follows=not frame.upper_preceding),
    )
    is_known = wanted is not None and "PRECEDING" not in frame.shown[0]
    return frame.rows and is_known and ends == (wanted, wanted)


def _place(distance: e.Expression | int | None, *, follows: bool) -> int | None:
    """How many rows (or whole numbers) after the current one an end of a frame lies; None where
    that is no whole number.
    """
    value = distance.value if isinstance(distance, e.Literal) else distance
    if not isinstance(value, int):
        return None
    return value if follows else -value


def _number(distance: e.Expression | int | None, *, follows: bool) -> float | Decimal | None:
    """As `_place`, of any number, whatever it is cast to."""
    while isinstance(distance, e.Cast):
        distance = distance.child
    value = distance.value if isinstance(distance, e.Literal) else distance
    if not isinstance(value, (int, float, Decimal)):
        return None
    return value if follows else -value


_OFFSETS = ("lag", "lead")


def _frame_tree(frame: e.Frame) -> str:
    """`frame` as one old message shows it."""

    def end(distance: e.Expression | int | None, word: str, *, behind: bool) -> str:
        if distance is None:
            return f"unbounded{word}$()"
        if isinstance(distance, int):
            return "currentrow$()"
        return f"-{shown_sql(distance)}" if behind else shown_sql(distance)

    lower = end(frame.lower, "preceding", behind=not frame.lower_following)
    upper = end(frame.upper, "following", behind=frame.upper_preceding)
    return f"specifiedwindowframe({'Row' if frame.rows else 'Range'}Frame, {lower}, {upper})"


def layered(plan: r.Relation, outputs: Sequence[e.Named]) -> r.Project:
    """A select list over `plan` in which window functions that stand inside of others are computed
    in a list of their own below.
    """
    inner: dict[e.Expression, e.Alias] = {}

    def lifted(window: e.Expression) -> e.Expression:
        if isinstance(window, e.WindowCall):
            alias = inner.setdefault(window, e.Alias(window, "window"))
            return alias.attribute
        return map_children(window, lifted)

    def visit(node: e.Expression) -> e.Expression:
        if isinstance(node, e.WindowCall):
            _refuse_grouped(node)
            return map_children(node, lifted)
        return map_children(node, visit)

    if not any(contains(x, e.WindowCall) for x in outputs if not isinstance(x, e.Attribute)):
        return r.Project(plan, tuple(outputs))
    changed = tuple(map_children(output, visit) for output in outputs)
    if inner:
        plan = layered(plan, (*plan.output, *inner.values()))
    return r.Project(plan, changed if inner else tuple(outputs))


def _with_reference(node: se.Window, scope: Scope) -> se.Window:
    if node.reference is None:
        return node
    windows = scope.context.windows
    named = windows.get(node.reference)  # case counts
    if named is None:
        raise AnalysisError(
            "MISSING_WINDOW_SPECIFICATION",
            context_of(node.origin),
            windowName=node.reference,
            docroot="https://spark.apache.org/docs/latest",
        )
    merged = se.Window(
        node.function,
        node.partition or named.partition,
        node.order or named.order,
        node.frame or named.frame,
        named.reference,
        origin=node.origin,
    )
    return _with_reference(merged, scope)


def _frame(
    node: se.Frame,
    order: tuple[e.SortKey, ...],
    scope: Scope,
    bind: Callable[[se.Expression, Scope], e.Expression],
    window: e.WindowCall,
) -> e.Frame:
    rows = node.kind is se.FrameKind.ROWS
    ends = [
        end if isinstance(end, se.Bound) else _plain(bind(end, scope))
        for end in (node.lower, node.upper)
    ]
    ordered = None if rows or len(order) != 1 else order[0].child.type
    to = [None if isinstance(end, se.Bound) else _cast_to(end.type, ordered) for end in ends]
    shown = (_shown(ends[0], to[0]), _shown(ends[1], to[1]))
    kinds = (t.IntegralType,) if rows else (t.DataType,)
    lower, lower_following = _distance(ends[0], to[0], scope, kinds, upper=False)
    upper, upper_following = _distance(ends[1], to[1], scope, kinds, upper=True)
    frame = e.Frame(rows, lower, upper, lower_following, not upper_following, shown)
    _check_frame(node, frame, window)
    return frame


_FRAME_TYPES = '("NUMERIC" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH" or "INTERVAL")'


def _check_frame(node: se.Frame, frame: e.Frame, window: e.WindowCall) -> None:
    framed = e.WindowCall(window.function, window.partition, window.order, frame)
    if not frame.rows and not window.order and not _all_unbounded(node):
        raise AnalysisError(
            "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER", sqlExpr=f'"{specification_text(framed)}"'
        )
    distances = [("lower", frame.lower), ("upper", frame.upper)]
    distances = [(at, x) for at, x in distances if isinstance(x, e.Expression)]
    if not frame.rows and len(window.order) > 1 and distances:
        keys = ",".join(key_text(key, lambda a: f"{shown_sql(a)}#") for key in window.order)
        raise AnalysisError(
            "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
            orderSpec=keys,
            sqlExpr=f'"{specification_text(framed)}"',
        )
    if not frame.rows:
        _refuse_range(framed, [x for _, x in distances])
    for location, distance in distances:
        ordered = window.order[0].child.type if window.order else t.NULL
        wanted = '"INT"' if frame.rows else _FRAME_TYPES
        fits = isinstance(distance.type, t.IntegerType) if frame.rows else _has_range(ordered)
        if not fits:
            raise AnalysisError(
                "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
                location=location,
                exprType=f'"{distance.type.sql if frame.rows else ordered.sql}"',
                expectedType=wanted,
                sqlExpr=f'"{frame_text(framed)}"',
            )
    _refuse_ends(node, frame, framed)
    _refuse_mixed(framed, dict(distances))
    lower = _number(frame.lower, follows=frame.lower_following)
    upper = _number(frame.upper, follows=not frame.upper_preceding)
    opposite = frame.lower_following and frame.upper_preceding and frame.lower and frame.upper
    # Distances alone are compared: a frame from the current row back is empty, and taken.
    both = isinstance(frame.lower, e.Expression) and isinstance(frame.upper, e.Expression)
    if both and lower is not None and upper is not None:
        opposite = lower > upper
    if opposite:
        raise AnalysisError(
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
            comparison="less than or equal",
            sqlExpr=f'"{frame_text(framed)}"',
        )


def _refuse_range(window: e.WindowCall, distances: Sequence[e.Expression]) -> None:
    """Distances between days and moments are numbers of days, or intervals."""
    if not distances:
        return
    first, ordered = distances[0].type, window.order[0].child.type
    if is_datetime(ordered) and not _is_between(first, ordered):
        raise AnalysisError(
            "DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE",
            orderSpecType=f'"{ordered.sql}"',
            valueBoundaryType=f'"{first.sql}"',
            sqlExpr=f'"{specification_text(window)}"',
        )


def _is_between(of: t.DataType, ordered: t.DataType) -> bool:
    if isinstance(ordered, t.DateType):
        days = isinstance(of, t.DayTimeIntervalType) and of.start == of.end == 0
        return days or isinstance(of, (t.IntegerType, t.YearMonthIntervalType))
    return is_interval(of)


def _refuse_mixed(window: e.WindowCall, distances: Mapping[str, e.Expression]) -> None:
    """Both distances of a frame have one type."""
    lower, upper = distances.get("lower"), distances.get("upper")
    if window.frame is None or lower is None or upper is None or lower.type == upper.type:
        return
    behind = (not window.frame.lower_following, window.frame.upper_preceding)
    texts = [
        f"(- {shown_sql(x)})" if negated else shown_sql(x)
        for x, negated in zip((lower, upper), behind, strict=True)
    ]
    raise AnalysisError(
        "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES",
        lower=f'"{texts[0]}"',
        upper=f'"{texts[1]}"',
        lowerType=f'"{lower.type.sql}"',
        upperType=f'"{upper.type.sql}"',
        sqlExpr=f'"{frame_text(window)}"',
    )


def _refuse_ends(node: se.Frame, frame: e.Frame, framed: e.WindowCall) -> None:
    """A frame cannot begin at the end of all rows, nor end at their beginning."""
    first, last = se.Bound.UNBOUNDED_PRECEDING, se.Bound.UNBOUNDED_FOLLOWING
    if node.lower is last or node.upper is first:
        raise AnalysisError(
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND",
            lower=f'"{_distance_text(frame.shown[0])}"',
            upper=f'"{_distance_text(frame.shown[1])}"',
            sqlExpr=f'"{frame_text(framed)}"',
        )


def _distance_text(end: str) -> str:
    """The distance that is shown as `end` of a frame: one before the current row is negated."""
    distance, _, side = end.rpartition(" ")
    if distance in {"UNBOUNDED", "CURRENT"}:
        return end
    return f"(- {distance})" if side == "PRECEDING" else distance


def _has_range(ordered: t.DataType) -> bool:
    return (
        isinstance(ordered, (t.NumericType, t.NullType))
        or is_datetime(ordered)
        or (is_interval(ordered))
    )


def _all_unbounded(node: se.Frame) -> bool:
    ends = (se.Bound.UNBOUNDED_PRECEDING, se.Bound.UNBOUNDED_FOLLOWING)
    return (node.lower, node.upper) == ends


def _cast_to(of: t.DataType, ordered: t.DataType | None) -> t.DataType | None:
    """The type to which a distance `of` some type is cast: that of what a range is `ordered` by."""
    if ordered is None or ordered == of or is_datetime(ordered):
        return None
    return ordered if can_cast(of, ordered, CastMode.ANSI) else None


def _shown(end: se.Bound | e.Expression, to: t.DataType | None) -> str:
    """An end of a frame as messages show it. A distance that is cast is not known as PRECEDING."""
    if isinstance(end, se.Bound):
        return end.value
    before = _negated(end) if to is None else None
    return f"{shown_sql(end)} FOLLOWING" if before is None else f"{shown_sql(before)} PRECEDING"


def _negated(bound: e.Expression) -> e.Expression | None:
    """What `bound` is the negation of, if it is one."""
    if isinstance(bound, e.Call) and bound.function.name in {"negative", "unary -"}:
        return bound.arguments[0]
    return None


def _distance(
    end: se.Bound | e.Expression,
    to: t.DataType | None,
    scope: Scope,
    kinds: tuple[type[t.DataType], ...],
    *,
    upper: bool,
) -> tuple[e.Expression | int | None, bool]:
    """How far an end of a frame is from the current row, and whether it comes after it; as a number
    where it has a type of `kinds`.
    """
    if isinstance(end, se.Bound):
        return (0 if end is se.Bound.CURRENT_ROW else None), upper
    if to is not None and not isinstance(end.type, t.NumericType):
        end = as_type(end, to, scope.context)
    inner = _negated(end) or end
    behind = inner is not end
    value = constant_of(inner, scope) if isinstance(end.type, kinds) else UNKNOWN
    if not isinstance(value, (int, float, Decimal)):
        return inner, not behind
    if value < 0:
        behind = not behind
    literal = e.Literal(abs(value), end.type)
    return (literal if to is None else as_type(literal, to, scope.context)), not behind
