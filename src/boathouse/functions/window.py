"""Functions that need OVER: ranks, and values of other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.tree import Aggregate
from boathouse.errors.exceptions import AnalysisError, SparkArithmeticError
from boathouse.functions import casts
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    BOOLEAN,
    INT,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    changed,
    never,
    optional,
    same_as,
)
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import implicit_cast, is_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from boathouse.duck import Expression

WINDOW = Group("window_funcs")

_SO_FAR = {
    "frameless": True,
    "frame": lambda *names: "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
}
"""What a rank looks at whatever is said: shown in names, left to DuckDB otherwise."""


def _any_integral(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    whole = isinstance(given.type, t.IntegralType) and given.constant
    return given.type if whole else INT.coerce(given, ansi)


def _exact_int(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    # That it is no constant is told first.
    return given.type if given.type == t.INTEGER or not given.constant else None


def _adds(name: str, shown: str, sentence: str, answer: str) -> None:
    """Add a rank that is an INT; a rank's arguments, which Spark takes and ignores, go unused."""

    def lowering(*unused: Expression) -> Expression:
        return duck.aggregate(name).cast("INTEGER")

    WINDOW.window(
        name,
        variadic=ANY if name != "row_number" else None,
        gives=t.INTEGER,
        nullable=never,
        shows=lambda *names: shown,
        extra=_SO_FAR,
        doc=f"""{sentence}

    >>> SELECT {name}() OVER (ORDER BY tons) AS place FROM VALUES (5), (5), (9) AS t(tons) LIMIT 3
    {answer}
    """,  # noqa: S608 - an example
    )(lowering)


_adds(
    "row_number",
    "row_number()",
    "The number of the row in its partition, from 1.",
    "1\n    2\n    3",
)
_adds("rank", "RANK()", "One more than the number of rows that come before.", "1\n    1\n    3")
_adds("dense_rank", "DENSE_RANK()", "As `rank`, without gaps after ties.", "1\n    1\n    2")


@WINDOW.window(
    "percent_rank",
    variadic=ANY,
    gives=t.DOUBLE,
    nullable=never,
    shows=lambda *names: "PERCENT_RANK()",
    extra=_SO_FAR,
)
def percent_rank(*unused: Expression) -> Expression:
    """The rank of the row as a share from 0 to 1 of its partition.

    >>> SELECT percent_rank() OVER (ORDER BY tons) AS share FROM VALUES (5), (7), (9) AS t(tons)
    0.0
    0.5
    1.0
    """
    return duck.aggregate("percent_rank")


@WINDOW.window("cume_dist", gives=t.DOUBLE, nullable=never, extra={"frameless": True})
def cume_dist() -> Expression:
    """The share of the partition's rows that come before the row or tie with it.

    >>> SELECT cume_dist() OVER (ORDER BY tons) AS share FROM VALUES (5), (9) AS t(tons)
    0.5
    1.0
    """
    return duck.aggregate("cume_dist")


def _positive(what: str, position: int, most: int, suffix: str = "") -> object:
    def check(arguments: tuple[Argument, ...]) -> None:
        number = arguments[position].value if len(arguments) > position else 1
        number = 0 if number is None else number  # what NULL is as a number of Java
        if not isinstance(number, int) or number > 0:
            return
        raise TypeMismatch(
            "VALUE_OUT_OF_RANGE",
            exprName=what,
            valueRange=f"(0, {most}]",
            currentValue=f"{number}{suffix}",
        )

    return check


@WINDOW.window(
    "ntile",
    takes=[changed(Takes(_exact_int, '"INT"', constant=True, name="buckets"), default=1)],
    gives=t.INTEGER,
    nullable=never,
    check=_positive("buckets", 0, 2**31 - 1),
    extra=_SO_FAR,
)
def ntile(buckets: Expression) -> Expression:
    """The number of the bucket, from 1, when the partition is dealt evenly into so many buckets.

    >>> SELECT ntile(2) OVER (ORDER BY tons) AS half FROM VALUES (5), (7), (9) AS t(tons)
    1
    1
    2
    """
    return duck.aggregate("ntile", buckets).cast("INTEGER")


# ---- other rows ---------------------------------------------------------------------------------


def _as_value(arguments: tuple[Argument, ...]) -> bool:
    # A default that is never null, not even when cast, makes up for the missing row.
    default = argument_at(arguments, 2)
    if arguments[0].nullable or default is None or default.nullable:
        return True
    given, to = default.type, arguments[0].type
    return casts.cast_nullable(given, to, CastMode.ANSI, nullable=False)


def _shown(name: str) -> object:
    return lambda *names: f"{name}({', '.join([*names, 'NULL'][:3])})"


def _offset_of(name: str) -> Takes:
    def as_it_is(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        return given.type if given.type == t.INTEGER else None

    def refused(given: Argument, text: str) -> AnalysisError | None:
        if name == "lag" and given.constant and not _is_negated(given.type):
            # Its frame is of the number's negative, and Spark fails as it asks for one.
            return AnalysisError("FAILED_FUNCTION_CALL", funcName="`lag`")
        # Spark makes the frame of the number before it casts it, and then they are not the same.
        if given.type == t.INTEGER or INT.coerce(given, True) is None:
            return None
        return AnalysisError("_LEGACY_ERROR_TEMP_1035", prettyName=name)

    rule = Takes(as_it_is, INT.wanted, constant=True, name="offset", refused=refused)
    return changed(rule, default=1)


def _is_negated(given: t.DataType) -> bool:
    numbers = isinstance(given, (t.NumericType, t.NullType, t.CalendarIntervalType))
    return numbers or is_interval(given)


def _check_default(arguments: tuple[Argument, ...]) -> None:
    """The value for where no row stands must become one of the others without being asked."""
    default = argument_at(arguments, 2)
    if default is None or isinstance(default.type, t.NullType):
        return
    given, wanted = default.type, arguments[0].type
    if is_interval(given) and is_interval(wanted):
        fits = given == wanted
    elif isinstance(given, _NESTED) and type(given) is type(wanted):
        fits = True
    else:
        fits = implicit_cast(given, wanted) is not None
    if not fits:
        raise TypeMismatch(
            "UNEXPECTED_INPUT_TYPE",
            position=2,
            inputSql=default.shown(),
            inputType=f'"{given.sql}"',
            requiredType=f'("{wanted.sql}" or "VOID")',
        )


_NESTED = (t.ArrayType, t.MapType, t.StructType)


def _skips_nulls(name: str) -> Takes:
    """The argument that says so as IGNORE NULLS does: TRUE or FALSE, and no way to compute them."""

    def written(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
        literal = type(given) is Argument and isinstance(given.value, bool)
        return t.BOOLEAN if literal else None

    def refused(given: Argument, text: str) -> AnalysisError:
        return AnalysisError(
            "INVALID_PARAMETER_VALUE.BOOLEAN",
            functionName=t.quoted(name),
            parameter="`ignoreNulls`",
            invalidValue=text,
        )

    return optional(Takes(written, BOOLEAN.wanted, refused=refused))


def _is_true(arguments: tuple[Argument, ...], position: int) -> bool:
    return len(arguments) > position and arguments[position].value is True


def _shown_frame(name: str) -> Callable[..., str]:
    sign = -1 if name == "lag" else 1

    def shown(value: str, offset: str, *unused: str) -> str:
        place = f"{sign * int(offset)}" if offset.lstrip("-").isdigit() else offset
        return f"ROWS BETWEEN {place} FOLLOWING AND {place} FOLLOWING"

    return shown


def _adds_neighbour(name: str, where: str, answer: str) -> None:
    def lowering(
        value: Expression,
        offset: Expression,
        default: Expression | None = None,
        skip: Expression | None = None,
        *,
        result: t.DataType,
        arguments: tuple[Argument, ...],
        ignore_nulls: bool,
        ansi: bool,
    ) -> Expression:
        last: tuple[Expression, ...] = ()
        if default is not None:
            mode = CastMode.ANSI if ansi else CastMode.LEGACY
            last = (casts.cast(default, arguments[2].type, result, mode),)
        skips = ignore_nulls or _is_true(arguments, 3)
        return Aggregate(name, (value, offset, *last), ignore_nulls=skips)

    WINDOW.window(
        name,
        takes=[ANY, _offset_of(name), optional(ANY), _skips_nulls(name)],
        gives=same_as(0),
        nullable=_as_value,
        check=_check_default,
        needs=("result", "arguments", "ignore_nulls", "ansi"),
        ignores_nulls=True,
        # Spark takes lag for a lead that looks the other way, and messages show it.
        extra={
            "frameless": True,
            "frame": _shown_frame(name),
            "negated": name == "lag",
            "alone": True,  # without arguments it is that of NULL
            "expects": {name: "[0, 1, 2, 3, 4]"},
        },
        shows=_shown(name),
        doc=f"""The value of the row that stands so many rows {where} this one; the third argument
    where there is none.

    >>> SELECT {name}(tons, 1, 0) OVER (ORDER BY tons) AS other FROM VALUES (5), (7) AS t(tons)
    {answer}
    """,  # noqa: S608 - an example
    )(lowering)


_adds_neighbour("lag", "before", "0\n    5")
_adds_neighbour("lead", "after", "7\n    0")


def _shown_nth(value: str, offset: str, skip: str = "false") -> str:
    return f"nth_value({value}, {offset})" + (" ignore nulls" if skip == "true" else "")


def _place(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return None if ansi and _is_too_far(given) else _any_integral(given, ansi)


def _is_too_far(given: Argument) -> bool:
    return isinstance(given.value, int) and not -(2**31) <= given.value < 2**31


def _no_place(given: Argument, text: str) -> SparkArithmeticError | None:
    if not _is_too_far(given):
        return None
    return SparkArithmeticError(
        "CAST_OVERFLOW",
        value=f"{given.value}L",
        sourceType=f'"{given.type.sql}"',
        targetType='"INT"',
        ansiConfig='"spark.sql.ansi.enabled"',
    )


@WINDOW.window(
    "nth_value",
    takes=[
        ANY,
        Takes(_place, INT.wanted, constant=True, name="offset", refused=_no_place),
        _skips_nulls("nth_value"),
    ],
    gives=same_as(0),
    nullable=always,
    check=_positive("offset", 1, 2**63 - 1, "L"),
    needs=("arguments", "ignore_nulls"),
    ignores_nulls=True,
    shows=_shown_nth,
    extra={"shows_ignore_nulls": True},
)
def nth_value(
    value: Expression,
    offset: Expression,
    skip: Expression | None = None,
    *,
    arguments: tuple[Argument, ...],
    ignore_nulls: bool,
) -> Expression:
    """The value of the row with this number, from 1, in the window's frame; null before it is seen.

    >>> SELECT nth_value(tons, 2) OVER (ORDER BY tons) AS second FROM VALUES (5), (7) AS t(tons)
    NULL
    7
    """
    skips = ignore_nulls or _is_true(arguments, 2)
    return Aggregate("nth_value", (value, offset), ignore_nulls=skips)
