"""Putting casts in: expressions to a wanted type, several to their common type."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import AnalysisError, QueryContext
from boathouse.functions import casts
from boathouse.functions.castable import cast_mismatch
from boathouse.plan import expressions as e
from boathouse.spec.expressions import CastMode
from boathouse.sql.datetimes import special_value
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_datetime, widest
from boathouse.types.text import literal_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boathouse.analysis.scope import Context
    from boathouse.spec.expressions import Origin


def context_of(origin: Origin | None) -> QueryContext | None:
    """Where an error stands, from where its node stood."""
    if origin is None:
        return None
    return QueryContext(origin.text, origin.start, origin.stop, origin.fragment, origin.call_site)


def same_type(a: t.DataType, b: t.DataType) -> bool:
    """Equal but for nullability inside, and for the names of struct fields."""
    if a == b:
        return True
    match a, b:
        case t.ArrayType(), t.ArrayType():
            return same_type(a.element, b.element)
        case t.MapType(), t.MapType():
            return same_type(a.key, b.key) and same_type(a.value, b.value)
        case t.StructType(), t.StructType():
            return len(a) == len(b) and all(
                x.name == y.name and same_type(x.type, y.type)
                for x, y in zip(a.fields, b.fields, strict=True)
            )
        case _:
            return False


def mode_of(context: Context) -> CastMode:
    """How the session casts where nothing else is said."""
    return CastMode.ANSI if context.facts.ansi else CastMode.LEGACY


def as_type(
    expression: e.Expression, wanted: t.DataType, context: Context, mode: CastMode | None = None
) -> e.Expression:
    """`expression` with type `wanted`, through an implicit cast if need be, in `mode` or as the
    session casts.
    """
    if same_type(expression.type, wanted):
        return expression
    if isinstance(expression, e.Literal):
        folded = _folded(expression, wanted)
        if folded is not None:
            return folded
    return cast(expression, wanted, mode or mode_of(context), context)


def chars_are_texts(context: Context) -> bool:
    """Whether CHAR and VARCHAR mean STRING in this session."""
    return context.facts.setting("spark.sql.legacy.charVarcharAsString").lower() == "true"


def cast(
    expression: e.Expression,
    wanted: t.DataType,
    mode: CastMode,
    context: Context,
    *,
    explicit: bool = False,
    origin: Origin | None = None,
) -> e.Expression:
    """A cast of `expression` that is known to be allowed."""
    refuse_time(wanted, context)
    expression = _written_out(expression, wanted, context.facts.zone)
    nullable = casts.cast_nullable(expression.type, wanted, mode, expression.nullable)
    return e.Cast(expression, wanted, mode, nullable, context.facts.zone, explicit, origin)


def _written_out(expression: e.Expression, wanted: t.DataType, zone: str) -> e.Expression:
    """``'today'`` and its kin as the day or moment they stand for where a literal becomes one: text
    of a column is not read so.
    """
    if not (isinstance(expression, e.Literal) and isinstance(expression.value, str)):
        return expression
    if not is_datetime(wanted) or (micros := special_value(expression.value, zone)) is None:
        return expression
    moment = datetime(1970, 1, 1) + timedelta(microseconds=micros)
    in_utc = isinstance(wanted, t.TimestampType) and micros == 0
    text = moment.isoformat(" ") + ("Z" if in_utc else "")
    return e.Literal(
        text, expression.of, literal_text(expression.value, expression.of, quoted=False)
    )


def refuse_time(wanted: t.DataType, context: Context) -> None:
    """Nothing is cast to TIME while the setting withholds that type; its literals are free."""
    if isinstance(wanted, t.TimeType):
        allowed = context.facts.setting("spark.sql.timeType.enabled")
        if allowed.lower() != "true":
            raise AnalysisError("UNSUPPORTED_TIME_TYPE")


def _folded(literal: e.Literal, wanted: t.DataType) -> e.Literal | None:
    """A number or null literal written in another type at once, where that loses nothing."""
    if literal.value is None:
        return e.Literal(None, wanted, literal.shown)
    # Not to DOUBLE: a column is named after the literal as it was written.
    if not isinstance(literal.of, t.IntegralType) or not isinstance(wanted, t.IntegralType):
        return None
    fits = -(2 ** (wanted.bits - 1)) <= literal.value < 2 ** (wanted.bits - 1)
    return e.Literal(literal.value, wanted, literal.shown) if fits else None


def shrunk(given: e.Expression | None, made: e.Expression | None) -> e.Expression | None:
    """A whole number beside a decimal becomes one of just its digits first, and that may be null
    to Spark: ``price = 5`` as much as its cast to DECIMAL(1,0).
    """
    if not isinstance(given, e.Literal) or not isinstance(made, e.Cast):
        return made
    tiny = isinstance(given.of, t.ByteType)
    if tiny or not isinstance(given.of, t.IntegralType) or not isinstance(made.to, t.DecimalType):
        return made
    digits = t.DecimalType(len(str(abs(given.value))), 0)
    may_be_null = casts.cast_nullable(given.of, digits, CastMode.ANSI, given.nullable)
    return replace(made, may_be_null=may_be_null)


def to_common(
    expressions: Sequence[e.Expression], context: Context
) -> tuple[list[e.Expression], t.DataType] | None:
    """All of `expressions` in their common type, and that type; None when they have none."""
    common = widest((x.type for x in expressions), ansi=context.facts.ansi)
    if common is None:
        return None
    return [as_type(x, common, context) for x in expressions], common


def require_castable(
    given: e.Expression, wanted: t.DataType, mode: CastMode, shown: str, origin: Any = None
) -> None:
    """Raise Spark's condition unless values of `given` can be cast to `wanted` under `mode`."""
    if casts.can_cast(given.type, wanted, mode):
        return
    subclass, parameters = cast_mismatch(given.type, wanted, mode)
    raise AnalysisError(
        f"DATATYPE_MISMATCH.{subclass}", context_of(origin), sqlExpr=f'"{shown}"', **parameters
    )
