"""Which of several faults is told.

Spark resolves a whole query in rounds, from its leaves up, and checks it only then. What a round
cannot do (an ambiguous name, a field that is not there, a wrong number of arguments) is told at
once, wherever it stands; what is left unresolved, and types that do not fit, is told by the check,
which walks the operators from the leaves up, and the expressions of each in order. No round looks
at an operator whose inputs are not resolved.

So of several parts that are bound side by side the first fault of a round is told, or else the
first of the check. A fault of the check that leaves its operator resolved (LIMIT -1, a column that
is no key of GROUP BY) waits until the whole query has been bound: `Context.postpone`. Functions
come first: `routines.told_first`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from boathouse.errors.exceptions import AnalysisError, SparkError

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
    *("MISSING_GROUP_BY", "GROUP_BY_AGGREGATE", "UNSUPPORTED_EXPR_FOR"),
    "SEED_EXPRESSION_IS_UNFOLDABLE",
)
"""How the conditions begin that the check tells."""

STRAY_LAMBDA: Final = "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION"
_LATER: Final = (STRAY_LAMBDA, "UNSUPPORTED_GENERATOR")
"""What a round tells after it has resolved all names, one rule after the other."""

_OF_OPERATORS: Final = (
    *("MISSING_AGGREGATION", "MISSING_GROUP_BY", "NESTED_AGGREGATE_FUNCTION", "GROUP_BY_AGGREGATE"),
    *("AGGREGATE_FUNCTION_WITH", "GROUP_EXPRESSION_TYPE", "SCALAR_SUBQUERY_IS_IN_GROUP_BY"),
    *("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "INVALID_LIMIT_LIKE_EXPRESSION"),
)
"""What the check of an operator tells after it has looked at the expressions in it."""
_IN_THE_END: Final = (
    *("UNSUPPORTED_EXPR_FOR_OPERATOR", "INVALID_WHERE_CONDITION", "UNSUPPORTED_FEATURE.SET_"),
    *("INVALID_NON_DETERMINISTIC_EXPRESSIONS", "EXPRESSION_TYPE_IS_NOT_ORDERABLE"),
)
"""What it tells last."""
_OF_WINDOWS: Final = (
    *("UNSUPPORTED_EXPR_FOR_WINDOW", "INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC"),
    *("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "EXPRESSION_TYPE_IS_NOT_ORDERABLE"),
)
"""What it tells of windows: where all expressions are resolved, they have an operator of their own
above that of the groups.
"""
_BELOW, _OF_EXPRESSION, _OF_OPERATOR, _LAST, _STRAY = range(5)


def _phase(fault: SparkError) -> int:
    """When in the check of its operator `fault` is told."""
    if fault.condition.startswith(_IN_THE_END):
        return _LAST
    if fault.condition == STRAY_LAMBDA:
        return _STRAY
    return _OF_OPERATOR if fault.condition.startswith(_OF_OPERATORS) else _OF_EXPRESSION


def _when_bound(entry: tuple[int, AnalysisError]) -> int:
    """The order of faults of an operator whose expressions are all resolved."""
    phase, fault = entry
    of_windows = phase != _BELOW and fault.condition.startswith(_OF_WINDOWS)
    return _LAST if of_windows else phase


@dataclass(slots=True)
class Postponed:
    """Faults of the check that wait until the whole query has been bound, each with its phase:
    those of operators that are bound come before all of the one that is being bound.
    """

    waiting: list[tuple[int, AnalysisError]] = field(default_factory=list)

    def add(self, fault: AnalysisError, *, late: bool = False) -> None:
        """Keep `fault`, of the operator that is being bound; a `late` one comes after those of its
        expressions, whatever it says.
        """
        self.waiting.append((_OF_OPERATOR if late else _phase(fault), fault))

    def settle(self, start: int) -> None:
        """Put what waits from `start` on in order: the operator that told it is bound."""
        told = sorted(self.waiting[start:], key=_when_bound)
        self.waiting[start:] = [(_STRAY if p == _STRAY else _BELOW, fault) for p, fault in told]

    def of_expression(self, start: int) -> None:
        """What waits from `start` on is of a query in an expression of the operator."""
        self.waiting[start:] = [(_OF_EXPRESSION, fault) for _, fault in self.waiting[start:]]

    def forget(self, start: int) -> None:
        """Keep nothing of what waits from `start` on."""
        del self.waiting[start:]

    def first(self, raised: SparkError | None = None) -> SparkError | None:
        """The fault that is told: of those that wait, or `raised` by an operator that could not be
        bound. None where there is none.
        """
        phase, fault = min(self.waiting, key=lambda entry: entry[0], default=(_STRAY, None))
        if raised is None:
            return fault
        return fault if is_checked(raised) and phase <= _phase(raised) else raised


def is_checked(error: SparkError) -> bool:
    """Whether `error` is told by the check of the whole query, not while names are resolved."""
    return error.condition.startswith(_CHECKED)


def turn(error: SparkError) -> int:
    """When Spark tells `error`, among those of expressions side by side."""
    if is_checked(error):
        return len(_LATER) + 1
    return next((n for n, told in enumerate(_LATER, 1) if error.condition.startswith(told)), 0)


def each(
    items: Iterable[Given], bind: Callable[[Given], Made], postponed: Postponed | None = None
) -> list[Made]:
    """`bind` of each of `items`; where several fail, the fault that Spark tells is raised. What is
    `postponed` by items to the right of it comes after it.
    """
    made: list[Made] = []
    fault: SparkError | None = None
    for item in items:
        try:
            made.append(bind(item))
        except SparkError as error:
            if turn(error) == 0:
                raise
            if fault is None and isinstance(error, AnalysisError) and postponed is not None:
                postponed.add(error)
            if fault is None or turn(error) < turn(fault):
                fault = error
    if fault is not None:
        raise fault
    return made
