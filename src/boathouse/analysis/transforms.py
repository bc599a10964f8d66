"""SELECT TRANSFORM: texts for a program, and types for what it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import cast
from boathouse.analysis.scope import Bound, Context, Scope
from boathouse.errors.exceptions import SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec.expressions import CastMode
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.spec import relations as sr

_NESTED = (t.ArrayType, t.MapType, t.StructType)
_KEY_AND_VALUE = (t.StructField("key", t.STRING), t.StructField("value", t.STRING))


def transform(node: sr.Transform, bound: Bound, context: Context) -> Bound:
    """The rows of `bound` as texts, through the program, and as the columns that were named."""
    scope = Scope.over(bound, context=context)
    texts = tuple(e.Alias(_text(a, scope), a.name) for a in bound.output)
    source = context.tables.transform(r.Project(bound.plan, texts), node)
    lines = tuple(
        e.Attribute(e.fresh_id(), f.name, f.type, may_be_null=True) for f in source.schema.fields
    )
    fields = _KEY_AND_VALUE if node.columns is None else node.columns.fields
    columns = tuple(
        e.Alias(_value(line, field.type, scope), field.name, metadata=field.metadata)
        for line, field in zip(lines, fields, strict=True)
    )
    return Bound(r.Project(r.Scan(source, source.schema.names, lines), columns))


def _text(column: e.Attribute, scope: Scope) -> e.Expression:
    if isinstance(column.type, _NESTED):
        return bind_function("to_json", [column], scope)
    return cast(column, t.STRING, CastMode.ANSI, scope.context)


def _value(text: e.Attribute, wanted: t.DataType, scope: Scope) -> e.Expression:
    """What does not read as `wanted` is null."""
    if isinstance(wanted, (t.VariantType, t.TimeType)):
        # By the name of Spark's class, which of VARIANT is that of an object.
        dt = type(wanted).__name__ + ("$" if isinstance(wanted, t.VariantType) else "")
        raise SparkError("_LEGACY_ERROR_TEMP_2265", nodeName="SparkScriptTransformation", dt=dt)
    if isinstance(wanted, _NESTED):
        return bind_function("from_json", [text, e.Literal(wanted.sql, t.STRING)], scope)
    if isinstance(wanted, (t.StringType, t.CharType, t.VarcharType)):
        return text
    return cast(text, wanted, CastMode.TRY, scope.context)
