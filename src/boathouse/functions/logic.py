"""AND, OR and NOT."""

from __future__ import annotations

from collections.abc import Callable

from boathouse import duck
from boathouse.duck import Expression
from boathouse.functions.operators import LOGIC, infix, written
from boathouse.functions.signature import ANY, BOOLEAN, Argument, TypeMismatch
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string, operand_types

_Arguments = tuple[Argument, ...]
_Pair = tuple[t.DataType, t.DataType]


def _conditions(word: str) -> Callable[[_Arguments, bool], tuple[t.DataType, ...]]:
    """The rule for a chain of conditions, which are joined two by two from the left."""

    def coerce(given: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
        left = given[0].type
        for position, argument in enumerate(given[1:], 1):
            other = Argument(left)
            first = written(given[0], argument) if position == 1 else left
            a, b = _condition_types(first, written(argument, other), ansi=ansi)
            if isinstance(a, t.BooleanType) and isinstance(b, t.BooleanType):
                left = a
                continue
            form = infix(word)(*(f"{{{p}}}" for p in range(position + 1)))
            if a != b:
                types = {"left": f'"{a.sql}"', "right": f'"{b.sql}"'}
                raise TypeMismatch("BINARY_OP_DIFF_TYPES", stands_for=form, **types)
            types = {"inputType": '"BOOLEAN"', "actualDataType": f'"{a.sql}"'}
            raise TypeMismatch("BINARY_OP_WRONG_TYPE", stands_for=form, **types)
        return (t.BOOLEAN,) * len(given)

    return coerce


def _condition_types(a: t.DataType, b: t.DataType, *, ansi: bool) -> _Pair:
    if isinstance(a, t.NullType) and isinstance(b, t.NullType):
        return t.BOOLEAN, t.BOOLEAN
    if not ansi and (is_string(a) or is_string(b)):
        return a, b
    return operand_types(a, b, (t.BooleanType,), ansi=ansi)


@LOGIC.scalar(
    "and",
    takes=[ANY],
    variadic=ANY,
    at_least=2,
    coerce=_conditions("AND"),
    gives=t.BOOLEAN,
    shows=infix("AND"),
)
def _and(*conditions: Expression) -> Expression:
    """Whether all conditions hold; false beats null.

    >>> SELECT true AND false
    false
    """
    return duck.all_of(*conditions)


@LOGIC.scalar(
    "or",
    takes=[ANY],
    variadic=ANY,
    at_least=2,
    coerce=_conditions("OR"),
    gives=t.BOOLEAN,
    shows=infix("OR"),
)
def _or(*conditions: Expression) -> Expression:
    """Whether one of the conditions holds; true beats null.

    >>> SELECT true OR false
    true
    """
    return duck.any_of(*conditions)


@LOGIC.scalar("not", "!", takes=[BOOLEAN], gives=t.BOOLEAN, shows=lambda a: f"(NOT {a})")
def _not(condition: Expression) -> Expression:
    """The opposite of a condition; null stays null.

    >>> SELECT NOT true
    false
    """
    return condition.negated()
