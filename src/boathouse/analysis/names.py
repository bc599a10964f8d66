"""Column names -> attributes, by Spark's rules: qualified before unqualified, the rest of the parts
are struct fields, inner queries before outer ones.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis.access import extract_field
from boathouse.analysis.coercion import context_of
from boathouse.analysis.scope import REFUSED_ALIAS
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan.tree import map_children, walk
from boathouse.spec import expressions as se
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boathouse.analysis.scope import Bound, Scope

_MOST_PROPOSALS = 5
_TABLE_PARTS = 2
"""Of the name of a column behind its table's."""
_LATERAL_REFERENCE = "lateralAliasReference"
_NO_ALIAS = "__auto_generated_subquery_name"


def bind_name(node: se.Name, scope: Scope) -> e.Expression:
    """The column, struct field, lambda variable, alias, outer column or variable `node` names."""
    if node.plan_id is not None:
        return _by_plan_id(node, scope)
    found = find(node.parts, scope, node)
    if found is None:
        raise unresolved(node, scope)
    return found


def find(parts: tuple[str, ...], scope: Scope, node: se.Name | None = None) -> e.Expression | None:
    """What `parts` mean in `scope` and the scopes around it; None if nothing."""
    variable = scope.variables.get(scope.context.key(parts[0]))
    if variable is not None:
        return _fields(variable, parts[1:], scope)
    found = _in_columns(parts, scope, node)
    if found is not None:
        return found
    alias = scope.aliases.get(scope.context.key(parts[0]))
    if alias is not None:
        if scope.aliases_refused:
            raise _refused_alias(parts, scope)
        count = scope.alias_counts.get(scope.context.key(parts[0]), 1)
        if count > 1:
            raise AnalysisError(
                "AMBIGUOUS_LATERAL_COLUMN_ALIAS",
                context_of(node.origin if node else None),
                name=shown(parts[:1]),
                n=count,
            )
        meant = _fields(alias, parts[1:], scope)
        made = isinstance(alias, e.Attribute) and alias not in scope.attributes
        return _lateral_reference(parts[-1], meant) if scope.naming and not made else _unseen(meant)
    parameter = _parameter(parts, scope)
    if parameter is not None:
        return parameter
    return _further_out(parts, scope, node)


def _unseen(meant: e.Expression) -> e.Expression:
    """`meant` through an alias: Spark sees the items of an array only where they are written."""
    if isinstance(meant, e.Call) and meant.function.name == "array":
        return e.Cast(meant, meant.type, CastMode.ANSI, meant.nullable)
    return meant


def _lateral_reference(name: str, meant: e.Expression) -> e.Attribute:
    """What Spark shows where `name` is an alias of the same select list."""
    return e.Attribute(e.fresh_id(), f"{_LATERAL_REFERENCE}({name})", meant.type, meant.nullable)


def aliases_seen(scope: Scope) -> dict[str, e.Expression]:
    """What the aliases to the left mean, as they are shown where only a name is made."""
    if not scope.naming:
        return dict(scope.aliases)
    return {name: _lateral_reference(name, meant) for name, meant in scope.aliases.items()}


def without_reference(name: str) -> str:
    """The name of a column that is nothing but such an alias."""
    begin = f"{_LATERAL_REFERENCE}("
    return name[len(begin) : -1] if name.startswith(begin) else name


def _refused_alias(parts: tuple[str, ...], scope: Scope) -> AnalysisError:
    """Whoever binds the window or aggregate shows all of it instead."""
    kind, text = scope.aliases_refused, f'"{_LATERAL_REFERENCE}({parts[-1]})"'
    parameter = "windowExpr" if kind == "WINDOW" else "aggFunc"
    return AnalysisError(f"{REFUSED_ALIAS}{kind}", lca=shown(parts), **{parameter: text})


def _parameter(parts: tuple[str, ...], scope: Scope) -> e.Expression | None:
    """The argument of a SQL function, in its body."""
    if scope.parameters is None:
        return None
    key = scope.context.key
    if len(parts) > 1 and key(parts[0]) == key(scope.parameters.function):
        value = scope.parameters.values.get(key(parts[1]))
        if value is not None:
            return _fields(value, parts[2:], scope)
    for name in parts[:1]:
        value = scope.parameters.values.get(key(name))
        if value is not None:
            return _fields(value, parts[1:], scope)
    return None


def _further_out(parts: tuple[str, ...], scope: Scope, node: se.Name | None) -> e.Expression | None:
    outer = scope.context.outer
    if outer is not None:
        # Spark looks one query further out, not two.
        try:
            found = find(parts, replace(outer, context=outer.context.within(None)), node)
        except AnalysisError:
            found = None  # Of what is wrong out there Spark says that nothing was found.
        if found is not None:
            return as_outer(found)
    variable = scope.context.tables.variable(parts)
    return None if variable is None else _fields(variable[0], variable[1], scope)


def as_outer(expression: e.Expression) -> e.Expression:
    """`expression`, bound in an enclosing query, as seen from inside."""
    match expression:
        case e.Attribute():
            return e.OuterReference(expression)
        case e.Field():
            return replace(expression, child=as_outer(expression.child))
        case e.Alias():
            return as_outer(expression.child)
        case e.OuterReference():
            return expression
        case _:
            return map_children(expression, as_outer)


def _in_columns(parts: tuple[str, ...], scope: Scope, node: se.Name | None) -> e.Expression | None:
    for candidates, rest in _candidates(parts, scope):
        distinct = list({a.id: a for a in candidates}.values())
        written = parts[len(parts) - len(rest) - 1]
        if len(distinct) > 1:
            raise ambiguous(parts, written, candidates, node)
        if distinct:
            return _fields(distinct[0].written(written), rest, scope)
    return None


def _candidates(
    parts: tuple[str, ...], scope: Scope
) -> Iterator[tuple[list[e.Attribute], tuple[str, ...]]]:
    """The columns `parts` may mean with the parts left over, the best reading first."""
    for length in range(min(len(parts) - 1, 3), 0, -1):
        qualifier, name, rest = parts[:length], parts[length], parts[length + 1 :]
        found = [a for a in scope.named(name) if _qualified(a, qualifier, scope)]
        found = found or [a for a in scope.hidden_named(name) if _qualified(a, qualifier, scope)]
        yield found, rest
    yield list(scope.named(parts[0])) or list(scope.hidden_named(parts[0])), parts[1:]


def _qualified(attribute: e.Attribute, qualifier: Sequence[str], scope: Scope) -> bool:
    if len(qualifier) > len(attribute.qualifier):
        return False
    key = scope.context.key
    end = attribute.qualifier[len(attribute.qualifier) - len(qualifier) :]
    return [key(part) for part in end] == [key(part) for part in qualifier]


def _fields(root: e.Expression, rest: tuple[str, ...], scope: Scope) -> e.Expression:
    for part in rest:
        root = extract_field(root, part, scope)
    return root


# ---- DataFrame columns
# ----------------------------------------------------------------------------


def _by_plan_id(node: se.Name, scope: Scope) -> e.Expression:
    scopes = [scope]
    while scopes[-1].context.outer is not None:
        scopes.append(scopes[-1].context.outer)
    for depth, candidate in enumerate(scopes):
        found = _in_dataframes(node, candidate)
        if found is not None:
            return found if depth == 0 else as_outer(found)
    raise AnalysisError(
        "CANNOT_RESOLVE_DATAFRAME_COLUMN", context_of(node.origin), name=_plainly(node.parts)
    )


def _in_dataframes(node: se.Name, scope: Scope) -> e.Expression | None:
    assert node.plan_id is not None  # noqa: S101 - asked before
    visible = {a.id: a for a in (*scope.hidden, *scope.attributes)}
    shown = {a.id for a in scope.attributes}
    matches: dict[int, e.Expression] = {}
    # One side of a join itself is meant rather than the same below the other side.
    direct = [bound for bound in scope.inputs if bound.plan_id == node.plan_id]
    for frame in direct if len(direct) == 1 else frames(scope.inputs, node.plan_id):
        local = _frame_scope(frame, scope)
        found = _in_columns(node.parts, local, node)
        if found is None:
            continue
        root = _root(found)
        if root.id in visible:
            matches[root.id] = _rebased(found, visible[root.id])
    if len(matches) > 1:
        # A column of the output is meant rather than one that a join on names hides.
        matches = {id: match for id, match in matches.items() if id in shown} or matches
    if len(matches) > 1:
        raise AnalysisError(
            "AMBIGUOUS_COLUMN_REFERENCE", context_of(node.origin), name=_plainly(node.parts)
        )
    return next(iter(matches.values()), None)


def _frame_scope(frame: Bound, scope: Scope) -> Scope:
    return type(scope)(scope.context, frame.output, frame.hidden, (frame,))


def _root(found: e.Expression) -> e.Attribute:
    while isinstance(found, e.Field):
        found = found.child
    while not isinstance(found, e.Attribute):
        found = next(x for x in _attributes_of(found))
    return found


def _attributes_of(found: e.Expression) -> Iterator[e.Expression]:
    return (x for x in walk(found) if isinstance(x, e.Attribute))


def _rebased(found: e.Expression, attribute: e.Attribute) -> e.Expression:
    """`found` on `attribute` as the scope sees it, which may be nullable by now."""
    if isinstance(found, e.Field):
        return replace(found, child=_rebased(found.child, attribute))
    return attribute if isinstance(found, e.Attribute) else found


def frames(inputs: Sequence[Bound], plan_id: int) -> Iterator[Bound]:
    """The relations below `inputs` that the client numbered `plan_id`."""
    stack = list(inputs)
    while stack:
        bound = stack.pop()
        if bound.plan_id == plan_id:
            yield bound
        else:
            stack.extend(bound.inputs)


# ---- mistakes
# -------------------------------------------------------------------------------------


def shown(parts: Sequence[str]) -> str:
    """`parts` as a message shows an identifier."""
    return ".".join(t.quoted(part) for part in parts)


def _plainly(parts: Sequence[str]) -> str:
    """`parts` as SQL text, in the double quotes that some messages have instead."""
    return f'"{".".join(t.quoted_if_needed(part) for part in parts)}"'


def ambiguous(
    parts: tuple[str, ...],
    written: str,
    candidates: Sequence[e.Attribute],
    node: se.Name | None,
) -> AnalysisError:
    """The error for a name, `written` so, that several columns have."""
    names = ", ".join(sorted(shown((*visible_qualifier(a), written)) for a in candidates))
    return AnalysisError(
        "AMBIGUOUS_REFERENCE",
        context_of(node.origin if node else None),
        name=shown(parts),
        referenceNames=f"[{names}]",
    )


def unresolved(node: se.Name, scope: Scope, *, by_name: bool = True) -> AnalysisError:
    """The error for a column that is not there, with the names that come closest."""
    proposals = proposed(node.parts, scope, by_name=by_name)
    if not proposals:
        return AnalysisError(
            "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
            context_of(node.origin),
            objectName=shown(node.parts),
        )
    return AnalysisError(
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        context_of(node.origin),
        objectName=shown(node.parts),
        proposal=", ".join(proposals),
    )


def column_of(name: str, scope: Scope) -> e.Expression:
    """The column that a DataFrame method was given by name; the error for one that is not there
    proposes the columns in their order.
    """
    try:
        return bind_name(se.Name((name,)), scope)
    except AnalysisError as missing:
        if missing.condition != "UNRESOLVED_COLUMN.WITH_SUGGESTION":
            raise
        raise AnalysisError(
            missing.condition,
            objectName=t.quoted(name),
            proposal=", ".join(t.quoted(a.name) for a in scope.attributes),
        ) from None


def proposed(parts: Sequence[str], scope: Scope, *, by_name: bool = True) -> list[str]:
    """Up to five column names of `scope`, the most similar first, then as columns of one name
    follow another, or `by_name`. Spark compares whole qualified names, the proposed ones in
    backquotes, and leaves a qualifier that all share away where the wanted name has none; what all
    share before the table's name, where the wanted one has no more than two parts.
    """
    attributes = list(scope.attributes)
    if by_name:
        attributes.sort(key=lambda a: (a.name, a.id))
    kept: int | None = None
    if len(parts) == 1 and len({visible_qualifier(a) for a in attributes}) == 1:
        kept = 1
    elif len(parts) <= _TABLE_PARTS and len({a.qualifier[:-1] for a in attributes}) == 1:
        kept = _TABLE_PARTS
    wanted = ".".join(t.quoted_if_needed(part) for part in parts)

    def said(qualifier: tuple[str, ...], a: e.Attribute) -> str:
        whole = (*qualifier, a.name)
        return shown(whole if kept is None else whole[-kept:])

    # What has no alias has a long one, in Spark.
    found = sorted(attributes, key=lambda a: edit_distance(wanted, said(a.qualifier, a)))
    return [said(visible_qualifier(a), a) for a in found[:_MOST_PROPOSALS]]


def visible_qualifier(attribute: e.Named) -> tuple[str, ...]:
    """The qualifier of `attribute`, unless it is the one that stands for no alias."""
    return () if attribute.qualifier == (_NO_ALIAS,) else attribute.qualifier


def edit_distance(a: str, b: str) -> int:
    """The least number of single-character changes from `a` to `b`."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def matching(pattern: str, scope: Scope, table: tuple[str, ...] = ()) -> list[e.Attribute]:
    """The columns (of `table`) whose whole name matches the regular expression `pattern`."""
    flags = 0 if scope.context.facts.case_sensitive else re.IGNORECASE
    compiled = re.compile(pattern, flags)
    return [
        a
        for a in scope.attributes
        if compiled.fullmatch(a.name) and (not table or _qualified(a, table, scope))
    ]
