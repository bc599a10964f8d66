"""Functions of GEOMETRY and GEOGRAPHY: well-known binary in and out, reference systems.

A value is held as a struct of its reference system's number and its well-known binary.
"""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import IllegalArgumentError
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    BINARY,
    INT,
    STRING,
    Argument,
    Takes,
    any_nullable,
    optional,
)
from boathouse.types import datatypes as t

ST = Group("st_funcs")

Arguments = tuple[Argument, ...]


def _spatial(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if isinstance(given.type, t.NullType):
        return t.GeographyType()
    kinds = (t.GeometryType, t.GeographyType)
    return given.type if isinstance(given.type, kinds) else None


_SPATIAL = Takes(_spatial, '("GEOGRAPHY" or "GEOMETRY")')


def _known(kind: type[t.SpatialType], given: Argument) -> int:
    """The reference system that is written there; ANY for what is computed."""
    if type(given) is not Argument or not given.constant or given.value is None:
        return t.SpatialType.ANY
    if given.value not in kind.SYSTEMS:
        raise IllegalArgumentError("ST_INVALID_SRID_VALUE", srid=given.value)
    return int(given.value)


def _value(
    system: Expression, given: Expression, data: Expression, kind: type[t.SpatialType]
) -> Expression:
    """The value of the `data` of what is `given`, null where a part is; an error for a reference
    system that is not known, told before the data are looked at.
    """
    known = duck.any_of(*(system.equals(each) for each in kind.SYSTEMS))
    wrong = duck.fail("ST_INVALID_SRID_VALUE", srid=system)
    return duck.case(
        (duck.any_of(system.is_null(), given.is_null()), None),
        (known.negated(), wrong),
        otherwise=duck.struct_of(srid=system, wkb=data),
    )


@ST.scalar("st_geogfromwkb", takes=[BINARY], gives=t.GeographyType())
def st_geogfromwkb(data: Expression) -> Expression:
    """The geography that well-known binary shows, in degrees of longitude and latitude.

    >>> SELECT st_srid(st_geogfromwkb(X'0101000000000000000000F03F0000000000000040'))
    4326
    """
    read = kernel("wkb", "checked", t.BINARY, geography=True)
    return _value(duck.literal(t.GeographyType().srid), data, read(data), t.GeographyType)


@ST.scalar(
    "st_geomfromwkb",
    takes=[BINARY, optional(INT, 0)],
    gives=lambda arguments: t.GeometryType(_known(t.GeometryType, arguments[1])),
)
def st_geomfromwkb(data: Expression, system: Expression) -> Expression:
    """The geometry that well-known binary shows, in a reference system: 0 stands for none.

    >>> SELECT st_srid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040', 3857))
    3857
    """
    read = kernel("wkb", "checked", t.BINARY, geography=False)
    return _value(system, data, read(data), t.GeometryType)


@ST.scalar(
    "st_asbinary", takes=[_SPATIAL, optional(STRING, "NDR")], gives=t.BINARY, nullable=any_nullable
)
def st_asbinary(value: Expression, order: Expression) -> Expression:
    """The well-known binary of a geometry or geography, little-endian (NDR) or big-endian (XDR).

    >>> SELECT hex(st_asbinary(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'), 'XDR'))
    00000000013FF00000000000004000000000000000
    """  # noqa: E501
    return kernel("wkb", "ordered", t.BINARY)(duck.field_of(value, "wkb"), order)


@ST.scalar("st_srid", takes=[_SPATIAL], gives=t.INTEGER)
def st_srid(value: Expression) -> Expression:
    """The number of the reference system of a geometry or geography.

    >>> SELECT st_srid(st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'))
    0
    """
    return duck.field_of(value, "srid")


def _in_system(arguments: Arguments) -> t.DataType:
    kind = type(arguments[0].type)
    assert issubclass(kind, t.SpatialType)  # noqa: S101 - the rule takes nothing else
    return kind(_known(kind, arguments[1]))


@ST.scalar("st_setsrid", takes=[_SPATIAL, INT], gives=_in_system, needs=("arguments",))
def st_setsrid(value: Expression, system: Expression, arguments: Arguments) -> Expression:
    """A geometry or geography with the same numbers in another reference system.

    >>> SELECT st_srid(st_setsrid(
    ...   st_geomfromwkb(X'0101000000000000000000F03F0000000000000040'), 3857))
    3857
    """
    kind = type(arguments[0].type)
    assert issubclass(kind, t.SpatialType)  # noqa: S101 - the rule takes nothing else
    return _value(system, value, duck.field_of(value, "wkb"), kind)
