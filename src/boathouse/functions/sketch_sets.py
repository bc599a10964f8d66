"""Sketches that count distinct values: HyperLogLog and theta, in the bytes of DataSketches."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Literal
from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    BOOLEAN,
    INT,
    Argument,
    as_it_is,
    changed,
    never,
    optional,
)
from boathouse.types import datatypes as t

Arguments = tuple[Argument, ...]


SKETCH = as_it_is(t.BINARY)
"""A sketch: bytes and nothing that could be cast to them."""

LOG = optional(INT, 12)
"""The logarithm of how many slots or entries a sketch has."""

_VALUES = as_it_is(t.INTEGER, t.LONG, t.STRING, t.BINARY)
_KEYS = (
    t.ArrayType(t.INTEGER),
    t.ArrayType(t.LONG),
    t.BINARY,
    t.DOUBLE,
    t.FLOAT,
    t.INTEGER,
    t.LONG,
    t.STRING,
)


def quoted(name: str) -> str:
    """A function's name as messages show it."""
    return t.quoted(name)


def gathered(value: Expression) -> Expression:
    """The values of a group as a list: kernels see a group at once."""
    return duck.aggregate("list", value)


def _check_log(given: Argument, name: str, family: str) -> None:
    bounds = (4, 21) if family == "HLL" else (4, 26)
    if not given.constant:
        word = "K" if family == "HLL" else "LG_NOM_ENTRIES"
        raise SparkRuntimeError(f"{family}_{word}_MUST_BE_CONSTANT", function=quoted(name))
    if given.value is None or not bounds[0] <= given.value <= bounds[1]:
        raise SparkRuntimeError(
            "HLL_INVALID_LG_K" if family == "HLL" else "SKETCH_INVALID_LG_NOM_ENTRIES",
            function=quoted(name),
            min=bounds[0],
            max=bounds[1],
            value=given.value,
        )


# ---- HyperLogLog --------------------------------------------------------------------------------


@AGGREGATE.aggregate(
    "hll_sketch_agg",
    takes=[_VALUES, LOG],
    gives=t.BINARY,
    nullable=never,
    needs=("arguments",),
)
def hll_sketch_agg(value: Expression, log: Expression, arguments: Arguments) -> Expression:
    """A HyperLogLog sketch of all values that are not null, with 2 to the power of the second
    argument slots. Other systems read it, and write what is read here.

    >>> SELECT hll_sketch_estimate(hll_sketch_agg(pier)) FROM VALUES (7), (8), (7) AS t(pier)
    2
    """
    _check_log(arguments[1], "hll_sketch_agg", "HLL")
    return kernel("sketches", "hll_gathered", t.BINARY)(gathered(value), log)


@MISC.scalar("hll_sketch_estimate", takes=[SKETCH], gives=t.LONG)
def hll_sketch_estimate(sketch: Expression) -> Expression:
    """About how many distinct values a HyperLogLog sketch saw.

    >>> SELECT hll_sketch_estimate(hll_sketch_agg(ship)) FROM VALUES ('brig'), (NULL) AS t(ship)
    1
    """
    name = quoted("hll_sketch_estimate")
    return kernel("sketches", "hll_estimate", t.LONG, name=name)(sketch)


@MISC.scalar(
    "hll_union", takes=[SKETCH, SKETCH, changed(as_it_is(t.BOOLEAN), default=False)], gives=t.BINARY
)
def hll_union(first: Expression, second: Expression, different: Expression) -> Expression:
    """Two HyperLogLog sketches in one; they must be equally wide, or the third argument true.

    >>> SELECT hll_sketch_estimate(hll_union(hll_sketch_agg(pier), hll_sketch_agg(berth)))
    ... FROM VALUES (7, 8), (8, 9) AS t(pier, berth)
    3
    """
    name = quoted("hll_union")
    return kernel("sketches", "hll_united", t.BINARY, name=name)(first, second, different)


@AGGREGATE.aggregate(
    "hll_union_agg",
    takes=[SKETCH, optional(BOOLEAN, False)],
    gives=t.BINARY,
    nullable=never,
)
def hll_union_agg(sketch: Expression, different: Expression) -> Expression:
    """All HyperLogLog sketches in one; they must be equally wide, or the second argument true.

    >>> SELECT hll_sketch_estimate(hll_union_agg(sketch))
    ... FROM (SELECT hll_sketch_agg(pier) AS sketch FROM VALUES (7), (8) AS t(pier) GROUP BY pier)
    2
    """
    united = kernel("sketches", "hll_united_groups", t.BINARY, name=quoted("hll_union_agg"))
    if not isinstance(different, Literal):
        different = duck.aggregate("bool_or", different)
    return united(gathered(sketch), different)


# ---- theta --------------------------------------------------------------------------------------


@AGGREGATE.aggregate(
    "theta_sketch_agg",
    takes=[as_it_is(*_KEYS), LOG],
    gives=t.BINARY,
    nullable=never,
    needs=("arguments",),
)
def theta_sketch_agg(value: Expression, log: Expression, arguments: Arguments) -> Expression:
    """A theta sketch of all values that are not null, with up to 2 to the power of the second
    argument entries. Other systems read it, and write what is read here.

    >>> SELECT theta_sketch_estimate(theta_sketch_agg(pier)) FROM VALUES (7), (8), (7) AS t(pier)
    2
    """
    _check_log(arguments[1], "theta_sketch_agg", "THETA")
    return kernel("sketches", "theta_gathered", t.BINARY)(gathered(value), log)


@MISC.scalar("theta_sketch_estimate", takes=[SKETCH], gives=t.LONG)
def theta_sketch_estimate(sketch: Expression) -> Expression:
    """About how many distinct values a theta sketch saw.

    >>> SELECT theta_sketch_estimate(theta_sketch_agg(ship)) FROM VALUES ('brig'), (NULL) AS t(ship)
    1
    """
    name = quoted("theta_sketch_estimate")
    return kernel("sketches", "theta_estimate", t.LONG, name=name)(sketch)


@MISC.scalar(
    "theta_union",
    takes=[SKETCH, SKETCH, changed(as_it_is(t.INTEGER), default=LOG.default)],
    gives=t.BINARY,
    needs=("arguments",),
)
def theta_union(
    first: Expression, second: Expression, log: Expression, arguments: Arguments
) -> Expression:
    """What either of two theta sketches saw, as a theta sketch.

    >>> SELECT theta_sketch_estimate(theta_union(theta_sketch_agg(pier), theta_sketch_agg(berth)))
    ... FROM VALUES (7, 8), (8, 9) AS t(pier, berth)
    3
    """
    if arguments[2].constant and arguments[2].value is None:
        return duck.literal(None, "BLOB")
    if arguments[2].constant:
        _check_log(arguments[2], "theta_union", "THETA")
    else:
        log = _within_bounds(log, duck.any_of(first.is_null(), second.is_null()))
    united = kernel("sketches", "theta_united", t.BINARY, name=quoted("theta_union"))
    return united(first, second, log)


def _within_bounds(log: Expression, ignored: Expression) -> Expression:
    """`log` where it is not `ignored`; an error for what is too small or too large."""
    wrong = duck.fail(
        "SKETCH_INVALID_LG_NOM_ENTRIES", function=quoted("theta_union"), min=4, max=26, value=log
    )
    beyond = duck.any_of(log.less(4), log.greater(26))
    return duck.case((ignored, None), (beyond, wrong), otherwise=log)


def _joins(name: str, function: str, doc: str) -> None:
    def lowering(first: Expression, second: Expression) -> Expression:
        return kernel("sketches", function, t.BINARY, name=quoted(name))(first, second)

    MISC.scalar(name, takes=[SKETCH, SKETCH], gives=t.BINARY, doc=doc)(lowering)


_joins(
    "theta_intersection",
    "theta_intersected",
    """What both of two theta sketches saw, as a theta sketch.

    >>> SELECT theta_sketch_estimate(
    ...   theta_intersection(theta_sketch_agg(pier), theta_sketch_agg(berth)))
    ... FROM VALUES (7, 8), (8, 9) AS t(pier, berth)
    1
    """,
)
_joins(
    "theta_difference",
    "theta_without",
    """What the first of two theta sketches saw and the second did not, as a theta sketch.

    >>> SELECT theta_sketch_estimate(
    ...   theta_difference(theta_sketch_agg(pier), theta_sketch_agg(berth)))
    ... FROM VALUES (7, 8), (8, 9) AS t(pier, berth)
    1
    """,
)


@AGGREGATE.aggregate(
    "theta_union_agg",
    takes=[SKETCH, LOG],
    gives=t.BINARY,
    nullable=never,
    needs=("arguments",),
)
def theta_union_agg(sketch: Expression, log: Expression, arguments: Arguments) -> Expression:
    """What any of several theta sketches saw, as a theta sketch.

    >>> SELECT theta_sketch_estimate(theta_union_agg(sketch))
    ... FROM (SELECT theta_sketch_agg(pier) AS sketch FROM VALUES (7), (8) AS t(pier) GROUP BY pier)
    2
    """
    _check_log(arguments[1], "theta_union_agg", "THETA")
    united = kernel("sketches", "theta_united_groups", t.BINARY, name=quoted("theta_union_agg"))
    return united(gathered(sketch), log)


@AGGREGATE.aggregate("theta_intersection_agg", takes=[SKETCH], gives=t.BINARY, nullable=never)
def theta_intersection_agg(sketch: Expression) -> Expression:
    """What all of several theta sketches saw, as a theta sketch.

    >>> SELECT theta_sketch_estimate(theta_intersection_agg(sketch))
    ... FROM (SELECT theta_sketch_agg(pier) AS sketch FROM VALUES (7), (8) AS t(pier) GROUP BY pier)
    0
    """
    name = quoted("theta_intersection_agg")
    return kernel("sketches", "theta_intersected_groups", t.BINARY, name=name)(gathered(sketch))
