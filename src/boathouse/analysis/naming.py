"""The names Spark makes up: `shown` for columns without an alias, `shown_sql` for messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from boathouse.plan import expressions as e
from boathouse.plan.tree import outer_attributes
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_datetime, is_string
from boathouse.types.text import literal_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boathouse.plan import relations as r
    from boathouse.spec import expressions as se


def shown(expression: e.Expression) -> str:
    """The name of a column that is `expression` without an alias."""
    return _show(expression, sql=False)


def shown_sql(expression: e.Expression) -> str:
    """`expression` as a message shows it: names are quoted where SQL text would need it."""
    return _show(expression, sql=True)


def inner_sql(expression: e.Expression) -> str:
    """As `shown_sql`, with columns of the query around as if they were its own."""

    def show(inner: e.Expression) -> str:
        if isinstance(inner, e.OuterReference):
            return show(inner.attribute)
        return _SHOWN[type(inner)](inner, show, True)

    return show(expression)


def shown_in(zone: str, node: se.Literal) -> str | None:
    """How a constant is shown where the clocks of `zone` matter; None where they do not."""
    if zone == "UTC" or not isinstance(node.type, t.TimestampType):
        return None
    return literal_text(node.value, node.type, quoted=False, zone=zone)


def qualified_sql(expression: e.Expression) -> str:
    """`expression` as SQL text with qualified columns, which a few messages show."""

    def show(inner: e.Expression) -> str:
        match inner:
            case e.OuterReference():
                return f"outer({show(inner.attribute)})"
            case e.Attribute():
                return ".".join(map(t.quoted_if_needed, (*inner.qualifier, inner.name)))
            case e.Literal():
                return literal_text(inner.value, inner.of, quoted=True)
            case _:
                return _SHOWN[type(inner)](inner, show, True)

    return show(expression)


def plainly(text: str) -> str:
    """`text`, which shows expressions, with columns of the query around as columns."""
    return re.sub(r"outer\(([^()]+)\)", r"\1", text)


def whole_sql(expression: e.Expression) -> str:
    """As `qualified_sql`, with the casts that nobody wrote."""

    def show(inner: e.Expression) -> str:
        match inner:
            case e.Cast() if not isinstance(inner.to, (t.ArrayType, t.MapType, t.StructType)):
                return f"CAST({show(inner.child)} AS {inner.to.sql})"
            case e.Literal() if inner.value is None and inner.of != t.NULL:
                return f"CAST(NULL AS {inner.of.sql})"
            case e.Call() if inner.function.name == "collate" and len(inner.arguments) == _TWO:
                return _SHOWN[type(inner)](inner, lambda x: _unquoted(x, inner, show), True)
            case e.Attribute() | e.OuterReference() | e.Literal():
                return qualified_sql(inner)
            case _:
                return _SHOWN[type(inner)](inner, show, True)

    return show(expression)


_TWO = 2


def _unquoted(part: e.Expression, call: e.Call, show: Callable[[e.Expression], str]) -> str:
    """The name of a collation is no text where Spark writes a call of collate."""
    return shown(part) if part is call.arguments[1] else show(part)


def written_sql(expression: e.Expression) -> str:
    """`expression` as a message shows it whose lambdas were not looked into yet: parameters by
    their names, and what is no lambda as it is.
    """

    def show(inner: e.Expression) -> str:
        match inner:
            case e.LambdaVariable():
                return inner.name
            case e.Lambda() if all(not variable.name for variable in inner.parameters):
                return show(inner.body)
            case e.Literal():
                return shown_sql(inner)
            case _:
                return _SHOWN[type(inner)](inner, show, True)

    return show(expression)


def numbered(expression: e.Expression) -> str:
    """`expression` with the numbers of its columns, as a few messages show it."""

    def show(inner: e.Expression) -> str:
        if isinstance(inner, e.Attribute):
            return f"{inner.name}#{inner.id}"
        return _SHOWN[type(inner)](inner, show, True)

    return show(expression)


def specification_text(window: e.WindowCall) -> str:
    """What stands behind OVER."""
    text = _window(window, shown, sql=False)
    return text[text.index(" OVER (") + len(" OVER ") :]


def frame_text(window: e.WindowCall) -> str:
    """The frame of a window."""
    return _frame(window, shown)


def key_text(key: e.SortKey, show: Callable[[e.Expression], str] = shown) -> str:
    """A sort key."""
    return _key(key, show)


def _show(expression: e.Expression, *, sql: bool) -> str:
    return _SHOWN[type(expression)](expression, lambda inner: _show(inner, sql=sql), sql)


def _literal(node: e.Literal, show: Any, sql: bool) -> str:  # noqa: FBT001
    if node.shown is not None:
        return node.shown
    # Messages show text without quotes and numbers without suffixes too.
    if isinstance(node.of, t.StringType) and node.of != t.STRING and node.value is not None:
        return f"{literal_text(node.value, t.STRING, quoted=True)} collate {node.of.collation}"
    return literal_text(node.value, node.of, quoted=False)


def _attribute(node: e.Attribute, show: Any, sql: bool) -> str:  # noqa: FBT001
    return node.name


def _outer(node: e.OuterReference, show: Any, sql: bool) -> str:  # noqa: FBT001
    return f"outer({qualified_sql(node.attribute)})"


def _alias(node: e.Alias, show: Any, sql: bool) -> str:  # noqa: FBT001
    if not sql and node.id:  # one inside of a cast has none
        return show(node.child)
    return f"{show(node.child)} AS {t.quoted_if_needed(node.name)}"


def _call(node: Any, show: Any, sql: bool) -> str:  # noqa: FBT001
    given = [argument for argument in node.arguments if argument is not None]
    arguments = [_argument(argument, show, sql=sql) for argument in given]
    if node.function.shows is not None:
        return node.function.shows(*arguments)
    return f"{node.name or node.function.name}({', '.join(arguments)})"


def _argument(argument: e.Expression, show: Any, *, sql: bool) -> str:
    # An alias inside a call names a field of struct(); messages leave it out.
    if isinstance(argument, e.Alias) and sql:
        return show(argument.child)
    if isinstance(argument, e.Alias):
        return f"{show(argument.child)} AS {t.quoted_if_needed(argument.name)}"
    return show(argument)


def _aggregate(node: e.AggregateCall, show: Any, sql: bool) -> str:  # noqa: FBT001
    arguments = [show(argument) for argument in node.arguments if argument is not None]
    if node.order and "shown_ordered" in node.function.extra:
        told = node.function.extra["shown_ordered"]
        text = str(told(*arguments) if callable(told) else told)
    elif node.function.shows is not None:
        text = node.function.shows(*arguments)
    else:
        text = f"{node.name or node.function.name}({', '.join(arguments)})"
    if node.distinct:
        name, _, rest = text.partition("(")
        text = f"{name}(DISTINCT {rest}"
    if node.ignore_nulls and node.function.extra.get("shows_ignore_nulls"):
        text += " ignore nulls"
    text += _within(node, show)
    return text if node.condition is None else f"{text} FILTER (WHERE {show(node.condition)})"


def _within(node: e.AggregateCall, show: Any) -> str:
    if not node.order:
        return ""
    if node.function.extra.get("ordered_argument"):
        key = node.order[0]
        descends = key.ascending == bool(node.function.extra.get("reversed"))
        return f" WITHIN GROUP (ORDER BY {show(key.child)}{' DESC' if descends else ''})"
    return f" WITHIN GROUP (ORDER BY {', '.join(_key(key, show) for key in node.order)})"


def _key(key: e.SortKey, show: Any) -> str:
    direction = "ASC" if key.ascending else "DESC"
    return f"{show(key.child)} {direction} NULLS {'FIRST' if key.nulls_first else 'LAST'}"


def _cast(node: e.Cast, show: Any, sql: bool) -> str:  # noqa: FBT001
    # Spark shows no cast to a nested type, written or not.
    if not node.explicit or isinstance(node.to, (t.ArrayType, t.MapType, t.StructType)):
        return show(node.child)
    word = "TRY_CAST" if node.mode.value == "try" else "CAST"
    return f"{word}({show(node.child)} AS {node.to.sql})"


def _field(node: e.Field, show: Any, sql: bool) -> str:  # noqa: FBT001
    name = node.name
    if not sql and isinstance(node.child.type, t.ArrayType):
        return f"{_as_tree(node.child)}.{name}"
    return f"{show(node.child)}.{t.quoted_if_needed(name) if sql else name}"


_PRESENCE = ("isnull", "isnotnull")


def _as_tree(expression: e.Expression) -> str:
    """`expression` as Spark's trees show it, which name the column of a field of many structs."""

    def show(inner: e.Expression) -> str:
        match inner:
            case e.Literal(value=bytes() as value):
                return f"0x{value.hex().upper()}"
            case e.Literal() if is_datetime(inner.of):
                return re.sub(r"^\w+ '(.*)'$", r"\1", shown(inner))
            case e.Cast() if not inner.explicit:
                return shown(inner.child)
            case e.Cast():
                return f"cast({show(inner.child)} as {inner.to.simple})"
            case e.Call(arguments=(e.Expression() as value,)) if inner.function.name in _PRESENCE:
                return f"{inner.function.name}({show(value)})"
            case _:
                return _SHOWN[type(inner)](inner, show, False)

    return show(expression)


def _case(node: e.Case, show: Any, sql: bool) -> str:  # noqa: FBT001
    parts = ["CASE"]
    parts += [f"WHEN {show(when)} THEN {show(then)}" for when, then in node.branches]
    if node.otherwise is not None:
        parts.append(f"ELSE {show(node.otherwise)}")
    return " ".join([*parts, "END"])


def _window(node: e.WindowCall, show: Any, sql: bool) -> str:  # noqa: FBT001
    parts: list[str] = []
    if node.partition:
        parts.append(f"PARTITION BY {', '.join(show(x) for x in node.partition)}")
    if node.order:
        parts.append(f"ORDER BY {', '.join(_key(key, show) for key in node.order)}")
    parts.append(_frame(node, show))
    return f"{show(node.function)} OVER ({' '.join(part for part in parts if part)})"


def _frame(node: e.WindowCall, show: Any) -> str:
    frame = node.frame
    own = node.function.function.extra.get("frame")
    if own is not None:
        return own(
            *[show(argument) for argument in node.function.arguments if argument is not None]
        )
    if frame is None:
        if not node.order:
            return "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
        return "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return f"{'ROWS' if frame.rows else 'RANGE'} BETWEEN {' AND '.join(frame.shown)}"


def _grouping(node: e.GroupingIndicator, show: Any, sql: bool) -> str:  # noqa: FBT001
    name = "grouping" if isinstance(node.of, t.ByteType) else "grouping_id"
    return f"{name}({', '.join(show(column) for column in node.columns)})"


def _lambda(node: e.Lambda, show: Any, sql: bool) -> str:  # noqa: FBT001
    names = [show(parameter) for parameter in node.parameters]
    return f"lambdafunction({', '.join([show(node.body), *names])})"


def _variable(node: e.LambdaVariable, show: Any, sql: bool) -> str:  # noqa: FBT001
    return "namedlambdavariable()"


def _scalar(node: e.ScalarSubquery, show: Any, sql: bool) -> str:  # noqa: FBT001
    return f"scalarsubquery({_outer_columns(node.query, show)})"


def _exists(node: e.Exists, show: Any, sql: bool) -> str:  # noqa: FBT001
    return f"exists({_outer_columns(node.query, show)})"


def _in_subquery(node: e.InSubquery, show: Any, sql: bool) -> str:  # noqa: FBT001
    return f"({row_text(node.values, show)} IN (listquery({_outer_columns(node.query, show)})))"


def row_text(values: Sequence[e.Expression], show: Callable[[e.Expression], str]) -> str:
    """The values left of IN: several are shown as a struct, whose fields have the names of columns
    and the texts of constants, and are numbered elsewhere.
    """
    if len(values) == 1:
        return show(values[0])
    parts: list[str] = []
    for position, value in enumerate(values):
        named = shown(value) if _is_named(value) else f"_{position}"
        parts += [f"'{named}'", show(value)]
    return f"named_struct({', '.join(parts)})"


def _is_named(value: e.Expression) -> bool:
    match value:
        case e.Attribute() | e.OuterReference() | e.Alias() | e.Field():
            return True
        case e.Literal():
            numeric = isinstance(value.of, t.NumericType)
            return value.value is None or numeric or is_string(value.of)
        case e.Cast():
            return not value.explicit
        case _:
            return False


def _outer_columns(query: r.Relation, show: Any) -> str:
    """The columns of the query around that `query` looks at."""
    return ", ".join(show(a) for a in outer_attributes(query))


_SHOWN: dict[type, Callable[..., str]] = {
    e.Literal: _literal,
    e.Attribute: _attribute,
    e.OuterReference: _outer,
    e.Alias: _alias,
    e.Call: _call,
    e.AggregateCall: _aggregate,
    e.GeneratorCall: _call,
    e.Cast: _cast,
    e.Field: _field,
    e.Case: _case,
    e.WindowCall: _window,
    e.GroupingIndicator: _grouping,
    e.Lambda: _lambda,
    e.LambdaVariable: _variable,
    e.ScalarSubquery: _scalar,
    e.Exists: _exists,
    e.InSubquery: _in_subquery,
}


def class_named(function: str) -> str:
    """The class that some messages name for a `function`."""
    camel = "".join(part.capitalize() for part in function.split("_"))
    return f"org.apache.spark.sql.catalyst.expressions.{camel}"
