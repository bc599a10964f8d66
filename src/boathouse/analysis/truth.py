"""Outside of ANSI mode a truth value equals a number: 1 stands for true and 0 for false."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from boathouse.plan import expressions as e
from boathouse.types import datatypes as t

Call = Callable[[str, Sequence[e.Expression]], e.Expression]


def as_truth(
    name: str, arguments: Sequence[e.Expression | None], call: Call
) -> e.Expression | None:
    """What Spark says in place of the equality `name` of a truth value and a number that is
    written, and shows in names; None where it leaves the equality as it is.

        flag = 1     flag
        flag <=> 0   (flag IS NOT NULL) AND (NOT flag)
    """
    if name not in {"=", "<=>", "!="}:
        return None
    for value, number in (arguments, arguments[::-1]):
        if value is None or not isinstance(value.type, t.BooleanType):
            continue
        if not isinstance(number, e.Literal) or not isinstance(number.of, t.NumericType):
            continue
        if number.value not in {0, 1}:
            continue
        said = value if number.value == 1 else call("not", (value,))
        if name == "<=>":
            return call("and", (call("isnotnull", (value,)), said))
        return said if name == "=" else call("not", (said,))
    return None
