"""Functions of Spark's group for conversion: a cast, called by the name of its type."""

from __future__ import annotations

from boathouse.duck import Expression
from boathouse.functions.arithmetic import mode_of
from boathouse.functions.casts import can_cast, cast, cast_mismatch, cast_nullable
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, TypeMismatch
from boathouse.functions.variant import out_of_variant
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

CONVERSION = Group("conversion_funcs")

_Arguments = tuple[Argument, ...]


def _conversion(name: str, to: t.DataType, doc: str, **extra: bool) -> None:
    def coerce(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        kind, mode = given[0].type, mode_of(ansi=ansi)
        if not can_cast(kind, to, mode):
            subclass, parameters = cast_mismatch(kind, to, mode)
            raise TypeMismatch(subclass, **parameters)
        return (kind,)

    def nullable(given: _Arguments) -> bool:
        return cast_nullable(given[0].type, to, CastMode.ANSI, given[0].nullable)

    def lowering(value: Expression, *, arguments: _Arguments, ansi: bool, zone: str) -> Expression:
        if isinstance(arguments[0].type, t.VariantType):
            return out_of_variant(value, to, safe=False)
        return cast(value, arguments[0].type, to, mode_of(ansi=ansi), zone)

    CONVERSION.scalar(
        name,
        takes=[ANY],
        coerce=coerce,
        gives=to,
        nullable=nullable,
        needs=("arguments", "ansi", "zone"),
        shows=lambda value: value,
        extra=extra,
        doc=doc,
    )(lowering)


_conversion(
    "boolean",
    t.BOOLEAN,
    """The value as a boolean.

    >>> SELECT boolean('yes')
    true
    """,
)
_conversion(
    "tinyint",
    t.BYTE,
    """The value as a whole number of 8 bits.

    >>> SELECT tinyint('12')
    12
    """,
)
_conversion(
    "smallint",
    t.SHORT,
    """The value as a whole number of 16 bits.

    >>> SELECT smallint('1200')
    1200
    """,
)
_conversion(
    "int",
    t.INTEGER,
    """The value as a whole number of 32 bits, a fraction cut off.

    >>> SELECT int(2.9)
    2
    """,
)
_conversion(
    "bigint",
    t.LONG,
    """The value as a whole number of 64 bits, a fraction cut off.

    >>> SELECT bigint('12345678901')
    12345678901
    """,
)
_conversion(
    "float",
    t.FLOAT,
    """The value as a number of single precision.

    >>> SELECT float('1.5')
    1.5
    """,
)
_conversion(
    "double",
    t.DOUBLE,
    """The value as a number of double precision.

    >>> SELECT double('1e7')
    1.0E7
    """,
)
_conversion(
    "decimal",
    t.DecimalType(10, 0),
    """The value as a decimal of ten digits without a fraction.

    >>> SELECT decimal('2.5')
    3
    """,
)
_conversion(
    "string",
    t.STRING,
    """The value as text.

    >>> SELECT string(array(1, NULL))
    [1, null]
    """,
)
_conversion(
    "binary",
    t.BINARY,
    """The bytes of a text.

    >>> SELECT hex(binary('AB'))
    4142
    """,
)
_conversion(
    "date",
    t.DATE,
    """The value as a date.

    >>> SELECT date('2024-8-17')
    2024-08-17
    """,
)
_conversion(
    "timestamp",
    t.TIMESTAMP,
    """The value as a timestamp.

    >>> SELECT timestamp('2024-08-17 10:30')
    2024-08-17 10:30:00
    """,
)
_conversion(
    "time",
    t.TIME,
    """The value as a time of day.

    >>> SELECT time('10:30')
    10:30:00
    """,
    needs_time_type=True,
)
