"""What rows have in columns that were added, with a default, after their files had been written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.coercion import as_type
from boathouse.analysis.expressions import bind, unaliased
from boathouse.analysis.scope import Scope
from boathouse.lower.expressions import literal
from boathouse.plan import expressions as e

if TYPE_CHECKING:
    from boathouse.analysis.scope import Context
    from boathouse.duck import tree
    from boathouse.types import datatypes as t

EXISTS = "EXISTS_DEFAULT"
"""The key in a column's metadata of the text of that value."""


def existing_values(schema: t.StructType, context: Context) -> dict[str, tree.Expression]:
    """The values by column, for columns that have one."""
    texts = [(field, dict(field.metadata).get(EXISTS)) for field in schema.fields]
    return {f.name: _constant(text, f.type, context) for f, text in texts if text is not None}


def _constant(text: str, of: t.DataType, context: Context) -> tree.Expression:
    value = as_type(unaliased(bind(sql.parse_expression(text), Scope(context))), of, context)
    if isinstance(value, e.Literal):
        return literal(value.value, value.of)
    return literal(context.fold(value), of)
