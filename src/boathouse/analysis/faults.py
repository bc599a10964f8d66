"""Which of several faults is told.

Spark resolves a whole query in rounds, from its leaves up, and checks it only then. What a round
cannot do (an ambiguous name, a field that is not there, a wrong number of arguments) is told at
once, wherever it stands; what is left unresolved, and types that do not fit, is told by the check,
which walks the operators from the leaves up, and the expressions of each in order. No round looks
at an operator whose inputs are not resolved.

So of several parts that are bound side by side the first fault of a round is told, or else the
first of the check. A fault of the check that leaves its operator resolved (LIMIT -1, WHERE 'x')
waits until the whole query has been bound: `Context.postpone`. Functions come first:
`routines.told_first`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from boathouse.errors.exceptions import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Given = TypeVar("Given")
Made = TypeVar("Made")

_CHECKED: Final = (
    *("UNRESOLVED_COLUMN", "TABLE_OR_VIEW_NOT_FOUND", "DATATYPE_MISMATCH", "MISSING_AGGREGATION"),
    *("NESTED_AGGREGATE_FUNCTION", "WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "NUM_COLUMNS_MISMATCH"),
    *(
        "INCOMPATIBLE_COLUMN_TYPE",
        "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE",
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY",
    ),
    *("INVALID_SUBQUERY_EXPRESSION", "EXPRESSION_TYPE_IS_NOT_ORDERABLE", "UNRESOLVED_MAP_KEY"),
)
"""How the conditions begin that the check tells."""


def is_checked(error: AnalysisError) -> bool:
    """Whether `error` is told by the check of the whole query, not while names are resolved."""
    return error.condition.startswith(_CHECKED)


def each(items: Iterable[Given], bind: Callable[[Given], Made]) -> list[Made]:
    """`bind` of each of `items`; where several fail, the fault that Spark tells is raised."""
    made: list[Made] = []
    fault: AnalysisError | None = None
    for item in items:
        try:
            made.append(bind(item))
        except AnalysisError as error:
            if not is_checked(error):
                raise
            fault = fault or error
    if fault is not None:
        raise fault
    return made
