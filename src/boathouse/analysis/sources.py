"""Relations without a bound input: tables, files, local rows, ranges, VALUES, queries as text, and
the ones that bring names into sight (WITH, parameters).
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from boathouse import sql
from boathouse.analysis.calls import constant_of, function_named, is_random, ordinal
from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.expressions import bind as bind_expression
from boathouse.analysis.expressions import identifier_parts, unaliased
from boathouse.analysis.generators import table_generator
from boathouse.analysis.named_queries import common_table_scan, with_tables
from boathouse.analysis.names import shown
from boathouse.analysis.naming import qualified_sql, shown_sql
from boathouse.analysis.routines import builtin_name, told_first, unknown_routine
from boathouse.analysis.scope import Bound, Context, Scope, StoredTable, search_path
from boathouse.analysis.time_travel import travelling
from boathouse.analysis.views import bind_view
from boathouse.errors.exceptions import AnalysisError, ParseError, refused, unsupported
from boathouse.functions.registry import look_up
from boathouse.functions.signature import UNKNOWN, Kind
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import contains, walk
from boathouse.spec import commands as sc
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.coercion import widest

if TYPE_CHECKING:
    from collections.abc import Sequence


def attributes_of(schema: t.StructType, *qualifier: str) -> tuple[e.Attribute, ...]:
    """New columns for the fields of `schema`."""
    return tuple(
        e.Attribute(e.fresh_id(), f.name, f.type, f.nullable, qualifier, f.metadata)
        for f in schema.fields
    )


# ---- by name
# ----------------------------------------------------------------------------------------


def named_table(node: sr.NamedTable, context: Context) -> Bound:
    """A CTE, temporary view, table or view."""
    parts = node.parts
    if node.identifier is not None:
        parts = identifier_parts(node.identifier, Scope(context), node.origin)
        node = replace(node, parts=parts, identifier=None)
    if len(parts) == 1:
        entry = context.common_tables.get(context.key(parts[0]))
        if entry is not None and (node.version is not None or node.timestamp is not None):
            told = t.quoted(parts[0])
            raise AnalysisError("UNSUPPORTED_FEATURE.TIME_TRAVEL", relationId=told)
        if entry is not None:
            return common_table_scan(entry)
    found = context.tables.table(travelling(node, context))
    if found is None:
        raise _not_found(node, context)
    return _stored(found) if isinstance(found, StoredTable) else bind_view(found, context)


def _not_found(node: sr.NamedTable | sr.RelationChanges, context: Context) -> AnalysisError:
    return AnalysisError(
        "TABLE_OR_VIEW_NOT_FOUND",
        context_of(node.origin),
        relationName=shown(node.parts),
        searchPath=search_path(context),
    )


def changes(node: sr.RelationChanges, context: Context) -> Bound:
    """The change data feed of a table."""
    if node.streaming:
        raise unsupported("reading a stream")
    found = context.tables.changes(node)
    if found is None:
        raise _not_found(node, context)
    return _stored(found)


def _stored(table: StoredTable) -> Bound:
    return scan(table.source, *table.qualifier)


def scan(source: r.Source, *qualifier: str) -> Bound:
    """All columns of `source`, its metadata columns hidden."""
    attributes = attributes_of(source.schema, *qualifier)
    hidden = attributes_of(source.metadata_schema, *qualifier)
    names = source.schema.names + source.metadata_schema.names
    return Bound(
        r.Project(r.Scan(source, names, attributes + hidden), attributes)
        if hidden
        else r.Scan(source, names, attributes),
        hidden=hidden,
    )


def data_source(node: sr.DataSource, context: Context) -> Bound:
    """Files of a format, or a table of that name where the format is one of the catalog's."""
    found = context.tables.data_source(node)
    return context.bind(found, context) if isinstance(found, sr.Relation) else scan(found)


def remote(node: sr.CachedRemoteRelation, context: Context) -> Bound:
    """The rows a checkpoint kept."""
    return Bound(context.tables.remote(node.relation_id))


def local(node: sr.LocalRelation | sr.CachedLocalRelation, context: Context) -> Bound:
    """The rows the client sent."""
    schema, table = context.tables.local(node)
    return Bound(r.LocalData(table, attributes_of(schema), parallelism(context)))


def command_result(node: sr.CommandResult, context: Context) -> Bound:
    """The rows of a command that runs now."""
    assert isinstance(node.command, sc.Command)  # noqa: S101 - the spec's promise
    schema, table = context.tables.command(node.command)
    return Bound(r.LocalData(table, attributes_of(schema), parallelism(context)))


# ---- made up
# ----------------------------------------------------------------------------------------


def one_row(node: sr.OneRow, context: Context) -> Bound:
    """SELECT without FROM."""
    return Bound(r.OneRow())


def parallelism(context: Context) -> int:
    """Into how many partitions Spark cuts rows that lie in no file."""
    keys = ("spark.sql.leafNodeDefaultParallelism", "spark.default.parallelism")
    told = [text for key in keys if (text := context.facts.setting(key)).isdigit()]
    return int(told[0]) if told else os.cpu_count() or 1


def number_range(node: sr.Range, context: Context) -> Bound:
    """spark.range."""
    if node.step == 0:
        raise refused("requirement failed: step cannot be 0")
    attribute = e.Attribute(e.fresh_id(), "id", t.LONG, may_be_null=False)
    partitions = node.partitions or parallelism(context)
    return Bound(r.Range(node.start, node.end, node.step, attribute, partitions))


def _unevaluable(node: e.Expression) -> bool:
    """Whether Spark computes it in no inline table: what draws, and functions with a SQL body."""
    return is_random(node) or (isinstance(node, e.Call) and node.function.name == "called_as")


def values(node: sr.Values, context: Context) -> Bound:
    """VALUES: each column in the common type of its expressions."""
    scope = Scope(context)
    rows = [[unaliased(bind_expression(x, scope)) for x in row] for row in node.rows]
    for value in (value for row in rows for value in row):
        if contains(value, e.ScalarSubquery):
            kind = "SCALAR_SUBQUERY_IN_VALUES"
            raise AnalysisError(f"UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.{kind}")
        told = shown_sql if isinstance(value, e.Call) else qualified_sql
        refused = (e.AggregateCall, e.WindowCall, e.GeneratorCall, e.OuterReference)
        if contains(value, *refused) or any(map(_unevaluable, walk(value))):
            raise AnalysisError(
                "INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE",
                context_of(node.origin),
                expr=f'"{told(value)}"',
            )
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            raise AnalysisError(
                "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                context_of(node.origin),
                expectedNumCols=width,
                actualNumCols=len(row),
                rowIndex=number,
            )
    columns = [_column(node, rows, position, context) for position in range(width)]
    attributes = tuple(
        e.Attribute(e.fresh_id(), f"col{i}", of, any(row[i - 1].nullable for row in rows))
        for i, of in enumerate(columns, 1)
    )
    cast = [
        tuple(as_type(x, of, context) for x, of in zip(row, columns, strict=True)) for row in rows
    ]
    return Bound(r.Values(tuple(cast), attributes, parallelism(context)))


def _column(
    node: sr.Values, rows: Sequence[Sequence[e.Expression]], position: int, context: Context
) -> t.DataType:
    types = (row[position].type for row in rows)
    # Spark takes the old rules for numbers here: a float next to a whole number stays a float.
    common = widest(types, ansi=False, promotes_text=False)
    if common is None:
        # Spark's parser makes the table itself where there are only literals.
        literals = all(isinstance(value, se.Literal) for row in node.rows for value in row)
        raise (ParseError if literals else AnalysisError)(
            "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
            context_of(node.origin),
            colName=t.quoted(node.names[position] if node.names else f"col{position + 1}"),
        )
    return common


def table_function(node: sr.TableFunction, context: Context) -> Bound:
    """range(...), a generator in FROM, or a table function of the session."""
    if node.identifier is not None:
        parts = identifier_parts(node.identifier, Scope(context), node.origin)
        node = replace(node, name=parts, identifier=None)
    name = node.name[-1].lower()
    if len(node.name) == 1 and name in _CHANGES:
        return _table_changes(node, context)
    has_tables = _bind_tables(node, context)
    found = context.tables.function(node.name)
    if found is not None and has_tables:
        raise AnalysisError(
            "TABLE_VALUED_ARGUMENTS_NOT_YET_IMPLEMENTED_FOR_SQL_FUNCTIONS",
            functionName=shown(node.name),
            action="call",
        )
    if found is not None:
        return found(node, context)
    absent = builtin_name(se.Call(node.name), context) is None
    if name == "range" and not absent:
        return _range_call(node, context)
    if look_up(name) is None or absent:
        error = unknown_routine(node.name, node.origin, context)
        if error.condition != "UNRESOLVED_ROUTINE":
            raise error
        _bind_arguments(node, context)
        raise AnalysisError(
            "UNRESOLVABLE_TABLE_VALUED_FUNCTION", context_of(node.origin), name=shown(node.name)
        )
    function = function_named(name)
    if function.kind is not Kind.GENERATOR:
        _bind_arguments(node, context)
        raise AnalysisError(
            "NOT_A_TABLE_FUNCTION", context_of(node.origin), functionName=t.quoted(name)
        )
    return table_generator(node, context)


def _bind_arguments(node: sr.TableFunction, context: Context) -> None:
    """What the arguments lack is told before the function is."""
    for argument in node.arguments:
        named = isinstance(argument, se.NamedArgument)
        bind_expression(argument.value if named else argument, Scope(context))


def _bind_tables(node: sr.TableFunction, context: Context) -> bool:
    """Whether tables are among the arguments; each must be there."""
    given = [x.value if isinstance(x, se.NamedArgument) else x for x in node.arguments]
    tables = [x.relation for x in given if _is_table(x)]
    for table in tables:
        if table is not None:
            context.bind(table, context)
    return bool(tables)


def _is_table(value: se.Expression) -> TypeGuard[se.Subquery]:
    return isinstance(value, se.Subquery) and value.kind is se.SubqueryKind.TABLE_ARGUMENT


_CHANGES = ("table_changes", "table_changes_by_path")
_CHANGES_MOST = 3


def _table_changes(node: sr.TableFunction, context: Context) -> Bound:
    """``table_changes('name', start [, end])``: each end a version, or a time as text."""
    scope = Scope(context)
    given = [constant_of(unaliased(bind_expression(x, scope)), scope) for x in node.arguments]
    if not 2 <= len(given) <= _CHANGES_MOST:
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            context_of(node.origin),
            functionName=t.quoted(node.name[-1].lower()),
            expectedNum="[2, 3]",
            actualNum=len(given),
            docroot="https://spark.apache.org/docs/latest",
        )
    if not isinstance(given[0], str):
        raise AnalysisError("DELTA_INVALID_TABLE_VALUE_FUNCTION", function=node.name[-1])
    by_path = node.name[-1].lower() == _CHANGES[1]
    parts = ("delta", given[0]) if by_path else sql.parse_identifier(given[0])
    edges = zip(("starting", "ending"), given[1:], strict=False)
    options = tuple(
        (edge + ("Version" if isinstance(value, int) else "Timestamp"), str(value))
        for edge, value in edges
    )
    return changes(sr.RelationChanges(parts, options, origin=node.origin), context)


_RANGE_MOST = 4


def _range_call(node: sr.TableFunction, context: Context) -> Bound:
    scope = Scope(context)
    count = len(node.arguments)
    if not 1 <= count <= _RANGE_MOST:
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            context_of(node.origin),
            functionName="`range`",
            expectedNum="[1, 2, 3, 4]",
            actualNum=count,
            docroot="https://spark.apache.org/docs/latest",
        )
    names = ("end",) if count == 1 else _RANGE_NAMES
    given = zip(node.arguments, names, strict=False)
    numbers = [_range_end(x, name, scope, node) for x, name in given]
    start, end = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) > 2 else 1
    if step == 0:
        raise AnalysisError("FAILED_FUNCTION_CALL", context_of(node.origin), funcName="`range`")
    partitions = numbers[3] if len(numbers) > 3 else None
    return number_range(sr.Range(start, end, step, partitions), context)


_RANGE_NAMES = ("start", "end", "step", "numPartitions")


def _range_end(said: se.Expression, name: str, scope: Scope, node: sr.TableFunction) -> Any:
    if isinstance(said, se.NamedArgument) or _is_table(said):
        raise _not_constant(name, node)
    value = unaliased(bind_expression(said, scope))
    if isinstance(value.type, (t.NullType, t.ArrayType, t.MapType, t.StructType, t.BinaryType)):
        raise _no_bound(value, name, node)
    constant = constant_of(as_type(value, t.LONG, scope.context), scope)
    if constant is UNKNOWN or any(map(_is_variable, walk(value))):
        raise _not_constant(name, node)
    if constant is None:
        raise _no_bound(value, name, node)
    return constant


def _is_variable(node: e.Expression) -> bool:
    """Whether `node` is the value of a variable, which Spark does not know yet here."""
    return isinstance(node, e.Literal) and node.shown is not None


def _no_bound(value: e.Expression, name: str, node: sr.TableFunction) -> AnalysisError:
    # A single argument is the end, which is the second.
    return AnalysisError(
        "UNEXPECTED_INPUT_TYPE",
        context_of(node.origin),
        paramIndex=ordinal(_RANGE_NAMES.index(name)),
        functionName="`range`",
        requiredType='"INT"' if name == "numPartitions" else '"BIGINT"',
        inputSql=f'"{shown_sql(value)}"',
        inputType=f'"{value.type.sql}"',
    )


def _not_constant(name: str, node: sr.TableFunction) -> AnalysisError:
    return AnalysisError(
        "NON_FOLDABLE_ARGUMENT",
        context_of(node.origin),
        funcName="`range`",
        paramName=t.quoted(name),
        paramType='"BIGINT"',
    )


# ---- names brought into sight
# -----------------------------------------------------------------------


def query_text(node: sr.QueryText, context: Context) -> Bound:
    """A query as text, with its arguments."""
    facts = context.facts
    statement = node.parsed
    if statement is None:
        settings = facts.parser_settings
        statement = sql.parse_statement(node.text, settings, node)
    inside = replace(
        context,
        named_parameters=dict(node.named),
        positional_parameters=node.positional,
    )
    if isinstance(statement, sc.Command):
        return command_result(sr.CommandResult(statement), inside)
    try:
        return context.bind(statement, inside)
    except AnalysisError as fault:
        raise told_first(fault, statement, inside) from None


def with_relations(node: sr.WithRelations, context: Context) -> Bound:
    """References come into sight by plan id; those with an alias by name too."""
    references = dict(context.references)
    named: dict[str, sr.Relation] = {}
    for reference in node.references:
        if reference.plan_id is not None:
            references[reference.plan_id] = reference
        if isinstance(reference, sr.SubqueryAlias):
            named[reference.alias] = reference.input
    inside = replace(context, references=references)
    if named:
        tables = tuple(sr.CommonTable(name, query) for name, query in named.items())
        return with_tables(sr.With(node.root, tables), inside)
    return context.bind(node.root, inside)
