"""Functions of vectors: arrays of FLOAT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.functions.aggregate import AGGREGATE, present
from boathouse.functions.array import has_null
from boathouse.functions.registry import Group
from boathouse.functions.signature import Argument, Takes, always
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.duck import Expression

VECTORS = Group("vector_funcs")


def _floats(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    match given.type:
        case t.ArrayType(element=t.FloatType()):
            return given.type
        case _:
            return None


_VECTOR = Takes(_floats, '"ARRAY<FLOAT>"')


def _float_alone(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    """Not even NULL stands for a degree."""
    return given.type if isinstance(given.type, t.FloatType) else None


_DEGREE = Takes(_float_alone, '"FLOAT"', default=2.0)


def _together(name: str, left: Expression, right: Expression, answer: Expression) -> Expression:
    """`answer` for vectors of one length without nulls; null when either is or holds null."""
    unlike = duck.fail(
        "VECTOR_DIMENSION_MISMATCH",
        functionName=f"`{name}`",
        leftDim=duck.f.len(left),
        rightDim=duck.f.len(right),
    )
    unknown = duck.any_of(left.is_null(), right.is_null())
    return duck.case(
        (unknown, None),
        (duck.f.len(left).differs(duck.f.len(right)), unlike),
        (duck.any_of(has_null(left), has_null(right)), None),
        otherwise=answer,
    ).cast("FLOAT")


def _is_zero(vector: Expression) -> Expression:
    return duck.f.coalesce(duck.f.list_max(_sizes(vector)), 0.0).equals(0.0)


def _sizes(vector: Expression) -> Expression:
    return duck.f.list_transform(vector, duck.lambda_("part", duck.f.abs))


@VECTORS.scalar("vector_inner_product", takes=[_VECTOR, _VECTOR], gives=t.FLOAT, nullable=always)
def vector_inner_product(left: Expression, right: Expression) -> Expression:
    """The sum of the products of two vectors' parts.

    >>> SELECT vector_inner_product(array(1F, 2F), array(3F, 4F))
    11.0
    """
    product = duck.f.list_inner_product(left, right)
    return _together("vector_inner_product", left, right, product)


@VECTORS.scalar("vector_l2_distance", takes=[_VECTOR, _VECTOR], gives=t.FLOAT, nullable=always)
def vector_l2_distance(left: Expression, right: Expression) -> Expression:
    """How far apart two vectors' ends are.

    >>> SELECT vector_l2_distance(array(1F, 2F), array(4F, 6F))
    5.0
    """
    return _together("vector_l2_distance", left, right, duck.f.list_distance(left, right))


@VECTORS.scalar(
    "vector_cosine_similarity", takes=[_VECTOR, _VECTOR], gives=t.FLOAT, nullable=always
)
def vector_cosine_similarity(left: Expression, right: Expression) -> Expression:
    """The cosine of the angle between two vectors; null when one of them is zero.

    >>> SELECT vector_cosine_similarity(array(1F, 2F), array(2F, 4F))
    1.0
    """
    cosine = duck.if_(
        duck.any_of(_is_zero(left), _is_zero(right)),
        None,
        duck.f.list_cosine_similarity(left, right),
    )
    return _together("vector_cosine_similarity", left, right, cosine)


def _norm(name: str, vector: Expression, degree: Expression) -> Expression:
    squares = duck.f.list_transform(vector, duck.lambda_("part", lambda part: part * part))
    total = duck.f.coalesce(duck.f.list_sum(squares), 0.0)
    wrong = duck.fail(
        "INVALID_VECTOR_NORM_DEGREE", functionName=f"`{name}`", degree=degree.cast("VARCHAR")
    )
    infinite = degree.equals(duck.literal("inf", "FLOAT"))
    return duck.case(
        (duck.any_of(vector.is_null(), degree.is_null()), None),
        (has_null(vector), None),
        (degree.equals(2.0), duck.f.sqrt(total)),
        (degree.equals(1.0), duck.f.coalesce(duck.f.list_sum(_sizes(vector)), 0.0)),
        (infinite, duck.f.coalesce(duck.f.list_max(_sizes(vector)), 0.0)),
        otherwise=wrong,
    ).cast("FLOAT")


@VECTORS.scalar("vector_norm", takes=[_VECTOR, _DEGREE], gives=t.FLOAT, nullable=always)
def vector_norm(vector: Expression, degree: Expression) -> Expression:
    """The length of a vector: by squares, or as the degree says by sizes (1) or the greatest size
    (infinity).

    >>> SELECT vector_norm(array(3F, 4F)), vector_norm(array(3F, 4F), 1F)
    5.0 | 7.0
    """
    return _norm("vector_norm", vector, degree)


@VECTORS.scalar(
    "vector_normalize",
    takes=[_VECTOR, _DEGREE],
    gives=t.ArrayType(t.FLOAT),
    nullable=always,
)
def vector_normalize(vector: Expression, degree: Expression) -> Expression:
    """The vector of length 1 in the same direction; null for a vector of zeros.

    >>> SELECT vector_normalize(array(3F, 4F))
    [0.6, 0.8]
    """
    length = _norm("vector_normalize", vector, degree)
    shorter = duck.lambda_("part", lambda part: (part / length).cast("FLOAT"))
    return duck.if_(length.differs(0.0), duck.f.list_transform(vector, shorter))


# ---- aggregates ---------------------------------------------------------------------------------


def _by_place(name: str, summary: str, vector: Expression) -> Expression:
    """`summary` of the vectors' first parts, of their second, and so on."""
    vectors = present("list", vector)
    lengths = duck.f.list_transform(vectors, duck.lambda_("row", duck.f.len))
    unlike = duck.fail(
        "VECTOR_DIMENSION_MISMATCH",
        functionName=f"`{name}`",
        leftDim=duck.f.list_extract(lengths, 1),
        rightDim=duck.f.list_extract(
            duck.f.list_filter(
                lengths,
                duck.lambda_("size", lambda size: size.differs(duck.f.list_extract(lengths, 1))),
            ),
            1,
        ),
    )

    def at(place: Expression) -> Expression:
        column = duck.lambda_("row", lambda row: duck.f.list_extract(row, place).cast("DOUBLE"))
        return duck.call(summary, duck.f.list_transform(vectors, column)).cast("FLOAT")

    places = duck.f.range(1, duck.f.list_extract(lengths, 1) + 1)
    return duck.case(
        (vectors.is_null(), None),
        (duck.f.list_min(lengths).differs(duck.f.list_max(lengths)), unlike),
        otherwise=duck.f.list_transform(places, duck.lambda_("place", at)),
    )


_MEAN = t.ArrayType(t.FLOAT, contains_null=False)


@AGGREGATE.aggregate("vector_sum", takes=[_VECTOR], gives=_MEAN, nullable=always)
def vector_sum(vector: Expression) -> Expression:
    """The sum of all vectors, part by part.

    >>> SELECT vector_sum(v) FROM VALUES (array(1F, 2F)), (array(3F, 5F)) AS t(v)
    [4.0, 7.0]
    """
    return _by_place("vector_sum", "list_sum", vector)


@AGGREGATE.aggregate("vector_avg", takes=[_VECTOR], gives=_MEAN, nullable=always)
def vector_avg(vector: Expression) -> Expression:
    """The mean of all vectors, part by part.

    >>> SELECT vector_avg(v) FROM VALUES (array(1F, 2F)), (array(3F, 5F)) AS t(v)
    [2.0, 3.5]
    """
    return _by_place("vector_avg", "list_avg", vector)
