"""What the Spark Connect protocol can say of typed datasets and the Python client cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.plan import Join

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column


class _JoinWith(Join):
    structs: tuple[bool, bool]

    def plan(self, session: Any) -> Any:
        made = super().plan(session)
        sides = made.join.join_data_type
        sides.is_left_struct, sides.is_right_struct = self.structs
        return made


def join_with(
    left: DataFrame,
    right: DataFrame,
    on: Column | None,
    how: str = "inner",
    structs: tuple[bool, bool] = (True, True),
) -> DataFrame:
    """Dataset.joinWith; `structs` says of each side whether its rows are more than one value."""
    node = _JoinWith(left._plan, right._plan, on, how)
    node.structs = structs
    return DataFrame(node, left._session)
