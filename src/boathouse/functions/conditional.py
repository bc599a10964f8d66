"""Functions of Spark's group for conditions: one value or another."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.types import duck_type
from boathouse.functions.let import let
from boathouse.functions.operators import compared_as, ordered
from boathouse.functions.predicate import FLOATING
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    BOOLEAN,
    Argument,
    Takes,
    TypeMismatch,
    all_nullable,
    always,
    never,
    same_as,
    unexpected,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import comparison_type, is_orderable, widest

CONDITIONAL = Group("conditional_funcs")

_Arguments = tuple[Argument, ...]
_Coerce = Callable[[_Arguments, bool], tuple[t.DataType, ...]]


def to_common(
    name: str, first: int = 0, *, listed: bool = False, promotes_text: bool = True
) -> _Coerce:
    """All arguments from position `first` on in their common type; the others as they are. `name`
    is the function in an error, which shows the types as a list if `listed`. `promotes_text` says
    whether text goes together with other types.
    """

    def coerce(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        kept = tuple(argument.type for argument in given[:first])
        types = [argument.type for argument in given[first:]]
        common = widest(types, ansi=ansi, promotes_text=promotes_text)
        if common is None:
            quoted = [f'"{kind.sql}"' for kind in types]
            shown = f"[{', '.join(quoted)}]" if listed else f"({' or '.join(quoted)})"
            raise TypeMismatch("DATA_DIFF_TYPES", functionName=f"`{name}`", dataType=shown)
        return (*kept, *(common,) * len(types))

    return coerce


def _result(given: _Arguments) -> t.DataType:
    """The common type of the (cast) arguments, nulls inside counted."""
    return widest(argument.type for argument in given) or given[0].type


# ---- the first that is not null -----------------------------------------------------------------


def _coalesced(*values: Expression) -> Expression:
    return values[0] if len(values) == 1 else duck.f.coalesce(*values)


CONDITIONAL.scalar(
    "coalesce",
    takes=[ANY],
    variadic=ANY,
    coerce=to_common("coalesce"),
    gives=_result,
    nullable=all_nullable,
    doc="""The first of the values that is not null.

    >>> SELECT coalesce(NULL, 2, 3)
    2
    """,
)(_coalesced)

CONDITIONAL.scalar(
    "nvl",
    "ifnull",
    takes=[ANY, ANY],
    coerce=to_common("coalesce"),
    gives=_result,
    nullable=all_nullable,
    stands_for="coalesce({0}, {1})",
    doc="""The first value, or the second where it is null.

    >>> SELECT nvl(NULL, 2)
    2
    """,
)(_coalesced)


def _with_zero(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    return to_common("coalesce")((given[0], Argument(t.INTEGER, False)), ansi)[:1]


@CONDITIONAL.scalar(
    "zeroifnull",
    takes=[ANY],
    coerce=_with_zero,
    gives=same_as(0),
    nullable=never,
    needs=("result",),
    stands_for="coalesce({0}, 0)",
)
def _zero_if_null(value: Expression, *, result: t.DataType) -> Expression:
    """The number, or zero where it is null.

    >>> SELECT zeroifnull(NULL)
    0
    """
    return duck.f.coalesce(value, duck.literal(0, duck_type(result)))


# ---- null where equal ---------------------------------------------------------------------------


def _comparable(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    a, b = given[0].type, given[1].type
    common = comparison_type(a, b, ansi=ansi)
    if common is None:
        raise TypeMismatch("BINARY_OP_DIFF_TYPES", left=f'"{a.sql}"', right=f'"{b.sql}"')
    if not is_orderable(common):
        raise TypeMismatch("INVALID_ORDERING_TYPE", functionName="`=`", dataType=f'"{common.sql}"')
    return a, b


@CONDITIONAL.scalar(
    "nullif",
    takes=[ANY, ANY],
    coerce=_comparable,
    check=ordered("="),
    gives=same_as(0),
    nullable=always,
    needs=("arguments", "ansi"),
    stands_for="(commonexpressionref() = {1})",
)
def _null_if(a: Expression, b: Expression, *, arguments: _Arguments, ansi: bool) -> Expression:
    """Null where two values are equal, else the first.

    >>> SELECT nullif(2, 1)
    2
    """
    types = arguments[0].type, arguments[1].type

    def build(value: Expression) -> Expression:
        equal = compared_as(value, b, types, lambda x, y: x.equals(y), ansi=ansi)
        return duck.case((equal, duck.NULL), otherwise=value)

    return let(a, build, "value")


def _number_like(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if comparison_type(given.type, t.INTEGER, ansi=ansi) else None


@CONDITIONAL.scalar(
    "nullifzero",
    takes=[Takes(_number_like, '"NUMERIC"')],
    gives=same_as(0),
    nullable=always,
    needs=("arguments", "ansi"),
)
def _null_if_zero(value: Expression, *, arguments: _Arguments, ansi: bool) -> Expression:
    """Null where a number is zero, else the number.

    >>> SELECT nullifzero(5)
    5
    """
    zero = Argument(t.INTEGER, False)
    return _null_if(value, duck.literal(0), arguments=(arguments[0], zero), ansi=ansi)


# ---- by a condition -----------------------------------------------------------------------------


def _condition(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.BOOLEAN if isinstance(given.type, (t.BooleanType, t.NullType)) else None


def _branches(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    if _condition(given[0], ansi) is None:
        raise TypeMismatch(
            "UNEXPECTED_INPUT_TYPE",
            position=0,
            requiredType='"BOOLEAN"',
        )
    return (t.BOOLEAN, *to_common("if", 1, listed=True)(given, ansi)[1:])


def _either_nullable(given: _Arguments) -> bool:
    return any(argument.nullable for argument in given[1:])


@CONDITIONAL.scalar(
    "if",
    takes=[ANY, ANY, ANY],
    coerce=_branches,
    gives=lambda given: _result(given[1:]),
    nullable=_either_nullable,
    shows=lambda when, then, otherwise: f"(IF({when}, {then}, {otherwise}))",
)
def _if(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    """The second value where the condition holds, else the third.

    >>> SELECT if(1 < 2, 'a', 'b')
    a
    """
    return duck.case((condition, then), otherwise=otherwise)


@CONDITIONAL.scalar(
    "nvl2",
    takes=[ANY, ANY, ANY],
    coerce=to_common("if", 1, listed=True),
    gives=lambda given: _result(given[1:]),
    nullable=_either_nullable,
    stands_for="(IF(({0} IS NOT NULL), {1}, {2}))",
)
def _nvl2(value: Expression, then: Expression, otherwise: Expression) -> Expression:
    """The second value where the first is not null, else the third.

    >>> SELECT nvl2(NULL, 1, 2)
    2
    """
    return duck.case((value.is_not_null(), then), otherwise=otherwise)


def _is_value(position: int, count: int) -> bool:
    return position % 2 == 1 or position == count - 1


def _when_types(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    values = tuple(a for p, a in enumerate(given) if _is_value(p, len(given)))
    common = iter(to_common("casewhen", listed=True)(values, ansi))
    return tuple(next(common) if _is_value(p, len(given)) else t.BOOLEAN for p in range(len(given)))


def _when_values(given: _Arguments) -> _Arguments:
    return tuple(a for p, a in enumerate(given) if _is_value(p, len(given)))


def _when_nullable(given: _Arguments) -> bool:
    return len(given) % 2 == 0 or any(value.nullable for value in _when_values(given))


def _when_shown(*names: str) -> str:
    parts = ["CASE"]
    pairs = len(names) // 2
    parts += [f"WHEN {names[2 * at]} THEN {names[2 * at + 1]}" for at in range(pairs)]
    if len(names) % 2:
        parts.append(f"ELSE {names[-1]}")
    return " ".join([*parts, "END"])


@CONDITIONAL.scalar(
    "when",
    takes=[BOOLEAN, ANY],
    variadic=ANY,
    coerce=_when_types,
    gives=lambda given: _result(_when_values(given)),
    nullable=_when_nullable,
    shows=_when_shown,
)
def _when(*parts: Expression) -> Expression:
    """The value after the first condition that holds; a last value alone stands for the rest.

    >>> SELECT CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END
    b
    """
    pairs = [(parts[at], parts[at + 1]) for at in range(0, len(parts) - 1, 2)]
    return duck.case(*pairs, otherwise=parts[-1] if len(parts) % 2 else None)


# ---- the greatest and the least -----------------------------------------------------------------


def _extreme(name: str, doc: str) -> None:
    CONDITIONAL.scalar(
        name,
        takes=[ANY, ANY],
        variadic=ANY,
        at_least=2,
        coerce=to_common(name, listed=True, promotes_text=False),
        check=ordered(name),
        gives=_result,
        nullable=all_nullable,
        doc=doc,
    )(lambda *values: duck.call(name, *values))


_extreme(
    "greatest",
    """The greatest of the values that are not null; NaN is greater than every number.

    >>> SELECT greatest(1, NULL, 3)
    3
    """,
)
_extreme(
    "least",
    """The least of the values that are not null.

    >>> SELECT least(1, NULL, 3)
    1
    """,
)


# ---- NaN ----------------------------------------------------------------------------------------


def _floating_pair(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    types = [FLOATING.coerce(argument, ansi) for argument in given]
    if None in types:
        raise unexpected(types.index(None), FLOATING.wanted)
    single = all(isinstance(argument.type, t.FloatType) for argument in given)
    return (t.FLOAT, t.FLOAT) if single else (t.DOUBLE, t.DOUBLE)


@CONDITIONAL.scalar("nanvl", takes=[ANY, ANY], coerce=_floating_pair, gives=same_as(0))
def _nanvl(value: Expression, otherwise: Expression) -> Expression:
    """The first number, or the second where it is NaN.

    >>> SELECT nanvl(double('NaN'), 1.5)
    1.5
    """
    return let(value, lambda x: duck.case((duck.f.isnan(x), otherwise), otherwise=x), "value")
