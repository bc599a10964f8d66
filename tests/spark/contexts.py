"""What an error says of the place in the query that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def places(query: DataFrame) -> Any:
    """The condition that collecting `query` raises, then kind and fragment of each of its query
    contexts, and in SQL text the first and last index of the fragment.
    """
    try:
        query.collect()
    except PySparkException as error:
        return [error.getCondition(), *[_place(context) for context in error.getQueryContext()]]
    return None


def _place(context: Any) -> tuple[Any, ...]:
    kind = context.contextType().name
    if kind != "SQL":
        return kind, context.fragment()
    return kind, context.fragment(), context.startIndex(), context.stopIndex()
