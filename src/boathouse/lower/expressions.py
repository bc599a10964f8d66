"""Bound expressions -> DuckDB expressions of exactly the DuckDB type of their Spark type."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from boathouse import duck
from boathouse.duck import tree
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import SparkError, internal, unsupported
from boathouse.functions import casts
from boathouse.functions.interval_parts import duration
from boathouse.functions.registry import look_up
from boathouse.functions.variant import out_of_variant
from boathouse.lower.in_turn import in_turn, refused, where
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.collations import by_key, call
from boathouse.plan.nested_order import order_key, ordered
from boathouse.plan.tree import map_children, outer_attributes, walk
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import is_string
from boathouse.types.text import date_text

if TYPE_CHECKING:
    from collections.abc import Callable

    LowerQuery = Callable[[r.Relation], tree.Relation]

_INT32 = 2**31
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31, the dates that four digits of a year can write."""


def column_name(number: int) -> str:
    """The DuckDB name of the column `number`."""
    return f"c{number}"


class ExpressionLowering:
    """Lowers expressions; `query` lowers the relations inside subqueries."""

    def __init__(self, query: LowerQuery) -> None:
        """Use `query` for subqueries."""
        self._query = query
        self.spelled_out = False
        """Whether the rows are in the query itself: Spark computes them one by one."""

    def __call__(self, node: e.Expression) -> tree.Expression:
        """The DuckDB expression of `node`."""
        return _KINDS[type(node)](self, node)

    def all(self, nodes: tuple[e.Expression, ...]) -> tuple[tree.Expression, ...]:
        """The DuckDB expressions of `nodes`."""
        return tuple([self(node) for node in nodes])

    def keys(self, keys: tuple[e.SortKey, ...]) -> tuple[tree.SortKey, ...]:
        """The DuckDB sort keys of `keys`."""
        return tuple(
            [tree.SortKey(self(order_key(k.child)), k.ascending, k.nulls_first) for k in keys]
        )

    # ---- leaves ----

    def literal(self, node: e.Literal) -> tree.Expression:
        """A constant."""
        return literal(node.value, node.of)

    def attribute(self, node: e.Attribute) -> tree.Expression:
        """A column."""
        return tree.Column(column_name(node.id))

    def outer(self, node: e.OuterReference) -> tree.Expression:
        """A column of an enclosing query: unique names find it by themselves."""
        return tree.Column(column_name(node.attribute.id))

    def variable(self, node: e.LambdaVariable) -> tree.Expression:
        """A lambda's parameter."""
        return tree.Column(_variable_name(node))

    # ---- operators ----

    def alias(self, node: e.Alias) -> tree.Expression:
        """The expression alone."""
        return self(node.child)

    def call(self, node: e.Call) -> tree.Expression:
        """What the function's entry says."""
        return self._lowered(node)

    def _lowered(
        self,
        node: e.Call | e.AggregateCall | e.GeneratorCall,
        *,
        over: bool = False,
        guarded: bool = True,
    ) -> tree.Expression:
        compared = by_key(node)
        if isinstance(compared, (e.Call, e.AggregateCall)):
            compared = ordered(compared)
        if not isinstance(compared, type(node)) or compared.function is not node.function:
            return self(compared)
        node = compared
        inner = node.arguments[0] if node.arguments else None
        if node.function.name == "not" and isinstance(inner, e.InSubquery):
            return _known(inner, self._in_query(inner, negated=True))
        if isinstance(node, e.Call) and isinstance(inner, e.Call) and _pushes(node, inner):
            return self(_pushed(node, inner))
        if node.function.lowering is None:
            raise unsupported(f"the function {node.function.name}")
        arguments = [None if a is None else self(a) for a in node.arguments]
        facts: dict[str, Any] = dict(node.facts)
        if isinstance(node, e.AggregateCall) and "order" in node.function.needs:
            facts["order"] = self.keys(node.order)
        if isinstance(node, e.AggregateCall) and "ignore_nulls" in node.function.needs:
            facts["ignore_nulls"] = node.ignore_nulls
        if isinstance(node, e.AggregateCall) and "distinct" in node.function.needs:
            facts["distinct"] = node.distinct
        if "over" in node.function.needs:
            facts["over"] = over
        if not isinstance(node, e.Call):
            return node.function.lowering(*arguments, **facts)
        arguments = in_turn(node, arguments) if guarded else arguments
        try:
            return node.function.lowering(*arguments, **facts)
        except SparkError as error:
            return refused(node, arguments, error, spelled_out=self.spelled_out)

    def cast(self, node: e.Cast) -> tree.Expression:
        """As `functions.casts` says."""
        if isinstance(node.child.type, t.VariantType) and not is_string(node.to):
            return out_of_variant(self(node.child), node.to, safe=node.mode is CastMode.TRY)
        return casts.cast(self(node.child), node.child.type, node.to, node.mode, node.zone)

    def field(self, node: e.Field) -> tree.Expression:
        """A struct's field, or that of each struct of an array."""
        given = node.child.type
        child = self(node.child)
        if isinstance(given, t.ArrayType):
            assert isinstance(given.element, t.StructType)  # noqa: S101 - bound so
            name = field_names(given.element)[node.index]
            parameter = f"x{e.fresh_id()}"
            body = duck.field_of(tree.Column(parameter), name)
            return duck.call("list_transform", child, tree.Lambda((parameter,), body))
        assert isinstance(given, t.StructType)  # noqa: S101 - bound so
        return duck.field_of(child, field_names(given)[node.index])

    def case(self, node: e.Case) -> tree.Expression:
        """CASE WHEN."""
        if not node.branches and node.otherwise is not None:
            return self(node.otherwise)
        branches = tuple([(self(when), self(then)) for when, then in node.branches])
        return tree.Case(branches, None if node.otherwise is None else self(node.otherwise))

    def lambda_(self, node: e.Lambda) -> tree.Expression:
        """A lambda with unique parameter names."""
        names = tuple(_variable_name(p) for p in node.parameters)
        return tree.Lambda(names, self(node.body))

    # ---- aggregates and windows ----

    def aggregate(self, node: e.AggregateCall) -> tree.Expression:
        """The entry's expression, each aggregate in it with DISTINCT and FILTER."""
        condition = None if node.condition is None else self(node.condition)
        # IGNORE NULLS of an aggregate is the entry's own matter (`needs=("ignore_nulls",)`).
        lowered = self._lowered(node)
        if condition is not None and not node.distinct:
            lowered = _each_aggregate(lowered, lambda call: where(call, condition))
        return _each_aggregate(lowered, lambda call: _modified(call, node, condition))

    def window(self, node: e.WindowCall) -> tree.Expression:
        """The entry's expression, each aggregate in it OVER the specification."""
        function = node.function
        condition = None if function.condition is None else self(function.condition)
        partition = self.all(node.partition)
        order = self.keys(node.order)
        unit, lower, upper = self._frame(node)

        def over(call: tree.Aggregate) -> tree.Expression:
            modified = _modified(call, function, condition)
            return _where(
                modified, lambda made: tree.Window(made, partition, order, unit, lower, upper)
            )

        return _each_aggregate(self._lowered(function, over=True), over)

    def _frame(
        self, node: e.WindowCall
    ) -> tuple[str | None, tree.FrameBound | None, tree.FrameBound | None]:
        frame = node.frame
        if frame is None or node.function.function.extra.get("frameless"):
            return None, None, None
        lower = self._bound(frame.lower, frame, node, following=frame.lower_following)
        upper = self._bound(frame.upper, frame, node, following=not frame.upper_preceding)
        moments = (t.TimestampType, t.TimestampNTZType)
        of_time = not frame.rows and isinstance(node.order[0].child.type, moments)
        zero = duck.f.to_days(0) if of_time else tree.Literal(0)
        # Frames that end before they begin are empty; DuckDB only takes them from distances.
        if lower.direction == "CURRENT ROW" and upper.direction == "PRECEDING":
            lower = tree.FrameBound("PRECEDING", zero)
        if upper.direction == "CURRENT ROW" and lower.direction == "FOLLOWING":
            upper = tree.FrameBound("FOLLOWING", zero)
        # Of distances that run against each other only those of nothing are left here.
        if (lower.direction, upper.direction) == ("FOLLOWING", "PRECEDING"):
            lower = upper = tree.FrameBound("CURRENT ROW")
        return ("ROWS" if frame.rows else "RANGE"), lower, upper

    def _bound(
        self,
        bound: e.Expression | int | None,
        frame: e.Frame,
        node: e.WindowCall,
        *,
        following: bool,
    ) -> tree.FrameBound:
        if isinstance(bound, int):
            return tree.FrameBound("CURRENT ROW")
        direction = "FOLLOWING" if following else "PRECEDING"
        if bound is None:
            return tree.FrameBound(direction)
        offset = self(bound)
        if not frame.rows:
            offset = _range_offset(offset, bound.type, node.order[0].child.type)
        return tree.FrameBound(direction, offset)

    def grouping(self, node: e.GroupingIndicator) -> tree.Expression:
        """DuckDB's GROUPING over the keys, if there are any."""
        if not node.columns:
            return tree.Literal(0).cast(duck_type(node.of))
        return duck.call("grouping", *self.all(node.columns)).cast(duck_type(node.of))

    # ---- subqueries ----

    def scalar_query(self, node: e.ScalarSubquery) -> tree.Expression:
        """A query as a value. DuckDB counts its rows unless it looks at the query around."""
        query = self._query(node.query)
        if _is_one_row(node.query) or not outer_attributes(node.query):
            return tree.ScalarQuery(query)
        rows = f"q{e.fresh_id()}"
        value = tree.Column(column_name(node.query.output[0].id))
        many = duck.aggregate("count").greater(1)
        one = duck.case(
            (many, duck.fail("SCALAR_SUBQUERY_TOO_MANY_ROWS")),
            otherwise=duck.aggregate("first", value),
        )
        return tree.ScalarQuery(tree.Select(((one, rows),), query))

    def exists_query(self, node: e.Exists) -> tree.Expression:
        """EXISTS."""
        return tree.ExistsQuery(self._query(node.query))

    def in_query(self, node: e.InSubquery) -> tree.Expression:
        """IN a query: as a value Spark has it false, never null, where nothing was found."""
        return _known(node, self._in_query(node))

    def _in_query(self, node: e.InSubquery, *, negated: bool = False) -> tree.Expression:
        if len(node.values) > 1 and outer_attributes(node.query):
            found = self.exists_query(_match(node, negated=negated))
        else:
            found = tree.InQuery(self.all(node.values), self._query(node.query))
        return found.negated() if negated else found

    def condition(self, node: e.Expression) -> tree.Expression:
        """A condition that rows are kept by, where null means as much as false: IN stands there as
        it is, so that DuckDB makes a join of it.
        """
        match node:
            case e.Call() if node.function.name == "and":
                parts = [self.condition(x) for x in node.arguments if x is not None]
                return duck.all_of(*parts)
            case e.Call(arguments=(e.InSubquery() as found,)) if node.function.name == "not":
                return self._in_query(found, negated=True)
            case e.Call(arguments=(e.Call() as inner,)) if _pushes(node, inner):
                return self.condition(_pushed(node, inner))
            case e.InSubquery():
                return self._in_query(node)
            case e.Call():
                # Each side of a comparison by itself, so that a join can look for it.
                return self._lowered(node, guarded=False)
            case _:
                return self(node)

    def generator(self, node: e.GeneratorCall) -> tree.Expression:
        """The list that a generator's rows are."""
        return self._lowered(node)


def _known(node: e.InSubquery, found: tree.Expression) -> tree.Expression:
    """`found`, false where it is null, except for a null alone: that is null to Spark before it
    looks.
    """
    first = node.values[0]
    alone = len(node.values) == 1 and isinstance(first, e.Literal) and first.value is None
    return found if node.listed or alone else duck.call("coalesce", found, tree.FALSE)


def _match(node: e.InSubquery, *, negated: bool) -> e.Exists:
    """Whether a row of a query that looks at the one around is the values of `node`, or may be for
    all that is known, where that is `negated`: DuckDB has no IN of several values there.
    """
    parts = [
        call("=", (_from_inside(value), column), t.BOOLEAN, nullable=True)
        for value, column in zip(node.values, node.query.output, strict=True)
    ]
    if negated:
        true = e.Literal(True, t.BOOLEAN)
        parts = [call("coalesce", (part, true), t.BOOLEAN, nullable=False) for part in parts]
    both = functools.reduce(
        lambda left, right: call("and", (left, right), t.BOOLEAN, nullable=not negated), parts
    )
    return e.Exists(r.Filter(node.query, both))


def _from_inside(value: e.Expression) -> e.Expression:
    """A `value` of the query around as one that looks at it says it."""
    if isinstance(value, e.Attribute):
        return e.OuterReference(value)
    return map_children(value, _from_inside)


def _is_one_row(query: r.Relation) -> bool:
    """Whether `query` cannot have more rows than one."""
    while isinstance(query, (r.Project, r.Filter, r.Sort, r.Distinct, r.With)):
        query = query.child
    one = isinstance(query, r.Limit) and query.limit is not None and query.limit <= 1
    return (
        one
        or isinstance(query, r.OneRow)
        or (isinstance(query, r.Aggregate) and not query.grouping)
    )


def _pushes(node: e.Call, inner: e.Call) -> bool:
    """Whether `node` is NOT of an AND, OR or NOT with IN of a query inside."""
    return (
        node.function.name == "not"
        and inner.function.name in {"and", "or", "not"}
        and any(isinstance(x, e.InSubquery) and not x.listed for x in walk(inner))
    )


def _pushed(node: e.Call, inner: e.Call) -> e.Expression:
    """NOT (a OR b) as NOT a AND NOT b: Spark says it so before it looks for NOT IN."""
    parts = [x for x in inner.arguments if x is not None]
    if inner.function.name == "not":
        return parts[0]
    opposite = look_up("and" if inner.function.name == "or" else "or")
    assert opposite is not None  # noqa: S101 - both are there
    negated = tuple(replace(node, arguments=(part,)) for part in parts)
    return replace(inner, function=opposite, name=opposite.name, arguments=negated)


def _variable_name(variable: e.LambdaVariable) -> str:
    return f"v{variable.id}"


def _modified(
    call: tree.Aggregate, node: e.AggregateCall, condition: tree.Expression | None
) -> tree.Aggregate:
    both = [c for c in (call.condition, condition) if c is not None]
    return replace(
        call,
        distinct=call.distinct or node.distinct,
        condition=duck.all_of(*both) if both else None,
    )


def _where(
    call: tree.Aggregate, window: Callable[[tree.Aggregate], tree.Expression]
) -> tree.Expression:
    """`call` under `window`. DuckDB has no FILTER for functions that pick a row's value: rows that
    are filtered away give null instead, which IGNORE NULLS passes over, and others a struct.
    """
    if call.condition is None or call.name not in {"first", "last"}:
        return window(call)
    (value,) = call.arguments
    kept = duck.all_of(call.condition, value.is_not_null()) if call.ignore_nulls else call.condition
    boxed = duck.if_(kept, duck.struct_of(value=value))
    made = replace(call, arguments=(boxed,), condition=None, ignore_nulls=True)
    return duck.field_of(window(made), "value")


def _each_aggregate(
    root: tree.Expression, change: Callable[[tree.Aggregate], tree.Expression]
) -> tree.Expression:
    """`root` with every outermost aggregate changed."""
    if isinstance(root, tree.Aggregate):
        return change(root)
    changes: dict[str, Any] = {}
    for name in getattr(type(root), "__dataclass_fields__", ()):
        before = getattr(root, name)
        after = _changed(before, change)
        if after is not before:
            changes[name] = after
    return replace(root, **changes) if changes else root


def _changed(value: Any, change: Callable[[tree.Aggregate], tree.Expression]) -> Any:
    if isinstance(value, tree.Expression):
        return _each_aggregate(value, change)
    if isinstance(value, tuple):
        items = tuple([_changed(item, change) for item in value])
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def _range_offset(offset: tree.Expression, of: t.DataType, ordered: t.DataType) -> tree.Expression:
    """A RANGE distance in the type that DuckDB adds to the order key."""
    datetime = isinstance(ordered, (t.DateType, t.TimestampType, t.TimestampNTZType))
    match of:
        case t.YearMonthIntervalType() if datetime:
            return duck.call("to_months", offset)
        case t.DayTimeIntervalType() if datetime:
            return duration(offset)
        case t.IntegralType() if isinstance(ordered, t.DateType):
            return duck.call("to_days", offset.cast("INTEGER"))
        case _:
            return offset


_KINDS: dict[type, Callable[[ExpressionLowering, Any], tree.Expression]] = {
    e.Attribute: ExpressionLowering.attribute,
    e.Literal: ExpressionLowering.literal,
    e.Call: ExpressionLowering.call,
    e.Alias: ExpressionLowering.alias,
    e.Cast: ExpressionLowering.cast,
    e.Field: ExpressionLowering.field,
    e.Case: ExpressionLowering.case,
    e.AggregateCall: ExpressionLowering.aggregate,
    e.WindowCall: ExpressionLowering.window,
    e.GroupingIndicator: ExpressionLowering.grouping,
    e.Lambda: ExpressionLowering.lambda_,
    e.LambdaVariable: ExpressionLowering.variable,
    e.OuterReference: ExpressionLowering.outer,
    e.ScalarSubquery: ExpressionLowering.scalar_query,
    e.Exists: ExpressionLowering.exists_query,
    e.InSubquery: ExpressionLowering.in_query,
    e.GeneratorCall: ExpressionLowering.generator,
}


# ---- constants
# -------------------------------------------------------------------------------------


def literal(value: Any, of: t.DataType) -> tree.Expression:
    """A constant of type `of`; its text says the type, with a cast only where it must."""
    if value is None:
        return tree.Literal(None, duck_type(of))
    match of:
        case t.IntegerType() | t.BooleanType() | t.StringType() | t.BinaryType() | t.DoubleType():
            return tree.Literal(value)
        case t.LongType():
            return (
                tree.Literal(value)
                if not -_INT32 <= value < _INT32
                else (tree.Literal(value, "BIGINT"))
            )
        case t.ArrayType() | t.MapType() | t.StructType():
            return _nested(value, of)
        case _:
            return _LITERALS.get(type(of), _plain)(value, of)


def _plain(value: Any, of: t.DataType) -> tree.Expression:
    return tree.Literal(value, duck_type(of))


def _text(value: Any, of: t.DataType) -> tree.Expression:
    return tree.Literal(value)


def _date(value: int, of: t.DataType) -> tree.Expression:
    if _FIRST_DAY <= value <= _LAST_DAY:
        return tree.Literal(date_text(value), "DATE")
    return tree.Operator("+", (tree.Literal("1970-01-01", "DATE"), tree.Literal(value)))


def _timestamp(value: int, of: t.DataType) -> tree.Expression:
    return duck.call("make_timestamptz", tree.Literal(value, "BIGINT"))


def _timestamp_ntz(value: int, of: t.DataType) -> tree.Expression:
    return duck.call("make_timestamp", tree.Literal(value, "BIGINT"))


def _time(value: int, of: t.DataType) -> tree.Expression:
    micros = duck.call("to_microseconds", tree.Literal(value // 1000, "BIGINT"))
    return tree.Operator("+", (tree.Literal("00:00:00", "TIME"), micros))


def _calendar(value: tuple[int, int, int], of: t.DataType) -> tree.Expression:
    months, days, micros = value
    return tree.Operator(
        "+",
        (
            duck.call("to_months", months),
            duck.call("to_days", days),
            duck.call("to_microseconds", tree.Literal(micros, "BIGINT")),
        ),
    )


def _months(value: int, of: t.DataType) -> tree.Expression:
    return tree.Literal(value)


def _micros(value: int, of: t.DataType) -> tree.Expression:
    return tree.Literal(value, "BIGINT")


def _user_defined(value: Any, of: t.UserDefinedType) -> tree.Expression:
    return literal(value, of.storage)


_LITERALS: dict[type[t.DataType], Callable[[Any, Any], tree.Expression]] = {
    t.CharType: _text,
    t.VarcharType: _text,
    t.DateType: _date,
    t.TimestampType: _timestamp,
    t.TimestampNTZType: _timestamp_ntz,
    t.TimeType: _time,
    t.CalendarIntervalType: _calendar,
    t.YearMonthIntervalType: _months,
    t.DayTimeIntervalType: _micros,
    t.UserDefinedType: _user_defined,
}


def _nested(value: Any, of: t.DataType) -> tree.Expression:
    match of:
        case t.ArrayType():
            items = tree.ListOf(tuple([literal(item, of.element) for item in value]))
            return items.cast(duck_type(of))
        case t.MapType():
            keys = tree.ListOf(tuple([literal(k, of.key) for k, _ in value]))
            values = tree.ListOf(tuple([literal(v, of.value) for _, v in value]))
            return duck.call("map", keys, values).cast(duck_type(of))
        case t.StructType():
            pairs = zip(field_names(of), value, of.fields, strict=True)
            fields = tuple([(name, literal(item, f.type)) for name, item, f in pairs])
            return tree.StructOf(fields).cast(duck_type(of))
        case _:
            raise internal(f"a literal of {of.sql}")
