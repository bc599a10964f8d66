"""UNION, INTERSECT, EXCEPT: by position or by name, columns brought to common types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import ordinal
from boathouse.analysis.coercion import as_type, context_of
from boathouse.analysis.faults import each
from boathouse.analysis.grouping import refuse_incomparable
from boathouse.analysis.scope import Bound, Context
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.coercion import renamed, wider

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIDE = "second"
"""To Spark a chain of unions is one of two sides each."""


def set_operation(node: sr.SetOperation, context: Context) -> Bound:
    """`node`, a chain of unions in one piece."""
    operands = each(_operands(node), lambda operand: context.bind(operand, context))
    if node.by_name:
        operands = _matched(operands[0], operands[1], node, context)
    _check_widths(node, operands)
    types = _types(node, operands, context)
    children = tuple(_cast(x.plan, types, context) for x in operands)
    inside = types if _widens(operands, types) else [a.of for a in operands[0].output]
    outputs = _outputs(node, operands[0], children, types, inside)
    if not (node.operator is sr.SetOperator.UNION and node.all):
        refuse_incomparable(outputs, context)
    plan = r.SetOperation(children, node.operator, node.all, outputs)
    return Bound(plan, tuple(operands))


def _operands(node: sr.SetOperation) -> list[sr.Relation]:
    """The operands of a left-deep chain of UNION ALLs, or of UNIONs, are one list."""
    rights: list[sr.Relation] = []
    current: sr.Relation = node
    while (
        isinstance(current, sr.SetOperation)
        and current.operator is node.operator
        and current.operator is sr.SetOperator.UNION
        and current.all == node.all
        and not current.by_name
        and not node.by_name
    ):
        rights.append(current.right)
        current = current.left
    if not rights:
        return [node.left, node.right]
    return [current, *reversed(rights)]


def _matched(left: Bound, right: Bound, node: sr.SetOperation, context: Context) -> list[Bound]:
    """Both sides with the same names in the same order."""
    key = context.key
    by_name = {key(a.name): a for a in right.output}
    _refuse_duplicates(left, context)
    _refuse_duplicates(right, context)
    rights: list[e.Named] = []
    for a in left.output:
        found = by_name.pop(key(a.name), None)
        if found is None:
            if not node.allow_missing_columns:
                raise _missing(a, right)
            found = e.Alias(e.Literal(None, a.of), a.name)
        rights.append(found)
    if not by_name:
        return [left, Bound(r.Project(right.plan, tuple(rights)), (right,))]
    if not node.allow_missing_columns:
        raise AnalysisError(
            "NUM_COLUMNS_MISMATCH",
            operator="UNION",
            firstNumColumns=len(left.output),
            invalidOrdinalNum="second",
            invalidNumColumns=len(right.output),
        )
    lefts: list[e.Named] = list(left.output)
    for extra in by_name.values():
        lefts.append(e.Alias(e.Literal(None, extra.of), extra.name))
        rights.append(extra)
    return [
        Bound(r.Project(left.plan, tuple(lefts)), (left,)),
        Bound(r.Project(right.plan, tuple(rights)), (right,)),
    ]


def _missing(column: e.Attribute, side: Bound) -> AnalysisError:
    return AnalysisError(
        "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
        colName=column.name,
        fieldNames=", ".join(a.name for a in side.output),
    )


def _refuse_duplicates(side: Bound, context: Context) -> None:
    seen: set[str] = set()
    for a in side.output:
        if context.key(a.name) in seen:
            raise AnalysisError("COLUMN_ALREADY_EXISTS", columnName=t.quoted(a.name.lower()))
        seen.add(context.key(a.name))


def _check_widths(node: sr.SetOperation, operands: Sequence[Bound]) -> None:
    first = len(operands[0].output)
    for operand in operands[1:]:
        if len(operand.output) != first:
            raise AnalysisError(
                "NUM_COLUMNS_MISMATCH",
                context_of(node.origin),
                operator=_operator(node),
                firstNumColumns=first,
                invalidOrdinalNum=_SIDE,
                invalidNumColumns=len(operand.output),
            )


def _operator(node: sr.SetOperation) -> str:
    """How messages call the operation; UNION ALL is a UNION to them."""
    keeps = node.all and node.operator is not sr.SetOperator.UNION
    return f"{node.operator.value} ALL" if keeps else node.operator.value


def _types(node: sr.SetOperation, operands: Sequence[Bound], context: Context) -> list[t.DataType]:
    types = [a.of for a in operands[0].output]
    for operand in operands[1:]:
        for column, a in enumerate(operand.output):
            # Structs go together in UNION whatever their fields are called.
            union = node.operator is sr.SetOperator.UNION
            given = renamed(a.of, types[column]) if union else a.of
            common = wider(types[column], given, ansi=context.facts.ansi)
            if common is None:
                raise AnalysisError(
                    "INCOMPATIBLE_COLUMN_TYPE",
                    context_of(node.origin),
                    tableOrdinalNumber=_SIDE,
                    columnOrdinalNumber=ordinal(column),
                    dataType2=f'"{types[column].sql}"',
                    operator=_operator(node),
                    dataType1=f'"{a.of.sql}"',
                    hint=_hint(types[column], a.of, context),
                )
            types[column] = common
    return types


def _widens(operands: Sequence[Bound], types: Sequence[t.DataType]) -> bool:
    """Whether a column has another type than the others, nulls inside apart: then Spark casts all
    of them, and knows in the end where in each there may be nulls.
    """
    columns = (pair for x in operands for pair in zip(x.output, types, strict=True))
    return any(a.of.simple != of.simple for a, of in columns)


_ADVICE = (
    "\nTo fix the error, you might need to add explicit type casts. If necessary set"
    " spark.sql.ansi.enabled to false to bypass this error."
)


def _hint(a: t.DataType, b: t.DataType, context: Context) -> str:
    """What Spark advises where only ANSI mode keeps two types apart."""
    return _ADVICE if context.facts.ansi and wider(a, b, ansi=False) is not None else ""


def _cast(plan: r.Relation, types: Sequence[t.DataType], context: Context) -> r.Relation:
    outputs: list[e.Named] = []
    for a, of in zip(plan.output, types, strict=True):
        cast = as_type(a, of, context)
        outputs.append(a if cast is a else e.Alias(cast, a.name))
    changed = any(x is not a for x, a in zip(outputs, plan.output, strict=True))
    return r.Project(plan, tuple(outputs)) if changed else plan


def _outputs(
    node: sr.SetOperation,
    first: Bound,
    children: Sequence[r.Relation],
    types: Sequence[t.DataType],
    inside: Sequence[t.DataType],
) -> tuple[e.Attribute, ...]:
    result: list[e.Attribute] = []
    outputs = [child.output for child in children]
    for position, (a, common) in enumerate(zip(first.output, types, strict=True)):
        nulls = [output[position].may_be_null for output in outputs]
        # What is inside of the rows is nullable as the first child says it, but for UNION.
        of = inside[position]
        match node.operator:
            case sr.SetOperator.UNION:
                nullable, of = any(nulls), common
            case sr.SetOperator.INTERSECT:
                nullable = all(nulls)
            case sr.SetOperator.EXCEPT:
                nullable = nulls[0]
        # What was cast is a new column, which no table's name stands before.
        qualifier = outputs[0][position].qualifier
        result.append(e.Attribute(e.fresh_id(), a.name, of, nullable, qualifier, a.metadata))
    return tuple(result)
