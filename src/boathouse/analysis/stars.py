"""Stars: what they stand for, what EXCEPT leaves of one, and where none may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse.analysis.calls import bind_function
from boathouse.analysis.coercion import context_of
from boathouse.analysis.names import find, frames, unresolved
from boathouse.analysis.names import shown as shown_name
from boathouse.analysis.naming import shown
from boathouse.analysis.scope import OF_TIME, Scope
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.spec import expressions as se
from boathouse.spec.nodes import nodes_of
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Sequence


def star(node: se.Star, scope: Scope) -> Sequence[e.Expression]:
    """The columns that ``*`` or ``target.*`` stands for."""
    if node.plan_id is not None:
        return _star_of_frame(node, scope)
    found = _star_columns(node, scope)
    return without_excluded(node, found, scope) if node.excluded else found


def _star_columns(node: se.Star, scope: Scope) -> list[e.Expression]:
    if not node.target:
        return list(scope.attributes)
    key = scope.context.key
    wanted = [key(part) for part in node.target]
    # Keys that a join on names hides come first; what files say of themselves is no part of it.
    visible = (*[a for a in scope.hidden if a.name != "_metadata"], *scope.attributes)
    found = [a for a in visible if [key(q) for q in a.qualifier[-len(wanted) :]] == wanted]
    if found:
        return list({a.id: a for a in found}.values())
    struct = find(node.target, scope)
    if isinstance(struct, e.Attribute) and struct.qualifier == (OF_TIME,):
        struct = None
    if struct is not None and not isinstance(struct.type, t.StructType):
        raise AnalysisError("_LEGACY_ERROR_TEMP_1050", attributes=f"List({shown(struct)})")
    if struct is not None and isinstance(struct.type, t.StructType):
        fields = enumerate(struct.type.fields)
        return [e.Alias(e.Field(struct, i), field.name) for i, field in fields]
    outer = scope.context.outer
    if outer is not None and struct is None:
        return [
            e.OuterReference(a) for a in _star_columns(node, outer) if isinstance(a, e.Attribute)
        ]
    raise AnalysisError(
        "CANNOT_RESOLVE_STAR_EXPAND",
        context_of(node.origin),
        targetString=shown_name(node.target),
        columns=", ".join(t.quoted(name) for name in sorted(a.name for a in scope.attributes)),
    )


def _star_of_frame(node: se.Star, scope: Scope) -> list[e.Expression]:
    visible = {a.id: a for a in (*scope.hidden, *scope.attributes)}
    assert node.plan_id is not None  # noqa: S101 - asked before
    for frame in frames(scope.inputs, node.plan_id):
        return [visible[a.id] for a in frame.output if a.id in visible]
    raise AnalysisError("CANNOT_RESOLVE_DATAFRAME_COLUMN", name="`*`")


class MisusedStarError(AnalysisError):
    """A star, or a pattern of names, where one value must be: `where` is what it stands in."""

    def __init__(self, node: se.Star | se.NamePattern, where: str = "expression") -> None:
        self.node = node
        told = "'*'" if isinstance(node, se.Star) else f"regular expression '{node.pattern[1:-1]}'"
        super().__init__(
            "INVALID_USAGE_OF_STAR_OR_REGEX", context_of(node.origin), elem=told, prettyName=where
        )

    def inside(self, node: se.Expression) -> MisusedStarError:
        """The same, which names the expression `node` that the star stands in, if none is named."""
        name = node.name[-1] if isinstance(node, se.Call) else _NAMED_INSIDE.get(type(node))
        if isinstance(node, se.Alias) and node.listed:
            name = "multialias"
        if name is None or self.parameters["prettyName"] != "expression":
            return self
        return MisusedStarError(self.node, f"expression `{name}`")


_NAMED_INSIDE: dict[type, str] = {
    se.Alias: "alias",
    se.Case: "casewhen",
    se.Cast: "cast",
    se.ExtractValue: "unresolvedextractvalue",
    se.Lambda: "lambdafunction",
    se.SortOrder: "sortorder",
    se.Window: "windowspecdefinition",
}
"""What Spark calls that in which a star stands; a call has its own name."""

# What Spark calls the operators inside; the others are called as we call them.
_CATALYST = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "remainder",
    "div": "integraldivide",
    "=": "equalto",
    "<=>": "equalnullsafe",
    "<": "lessthan",
    "<=": "lessthanorequal",
    ">": "greaterthan",
    ">=": "greaterthanorequal",
    "&": "bitwiseand",
    "|": "bitwiseor",
    "^": "bitwisexor",
    "~": "bitwisenot",
    "negative": "unaryminus",
    "||": "concat",
}
_TAKE_STARS = {"in", "between", "struct"}
"""Operators that are functions in this."""


def refuse_in_operator(argument: se.Star | se.NamePattern, call: se.Call) -> None:
    """Functions take a star for all columns; operators want one value."""
    name = call.name[-1]
    if isinstance(argument, se.Star) and call.operator and name not in _TAKE_STARS:
        raise MisusedStarError(argument, f"expression `{_CATALYST.get(name, name)}`")


def without_excluded(node: se.Star, found: list[e.Expression], scope: Scope) -> list[e.Expression]:
    """The columns `found` without those, and without the fields, that EXCEPT names."""
    excluded: set[int] = set()
    of_struct = bool(found) and all(isinstance(column, e.Alias) for column in found)
    if of_struct and all(len(parts) == 1 for parts in node.excluded):
        return _fields_without(node, found, scope)
    if len(set(node.excluded)) < len(node.excluded):
        names = ", ".join(".".join(parts) for parts in node.excluded)
        raise AnalysisError("EXCEPT_OVERLAPPING_COLUMNS", context_of(node.origin), columns=names)
    fields: dict[int, list[tuple[int, ...]]] = {}
    # Only among these columns the names are looked for.
    own = Scope(scope.context, tuple(c for c in found if isinstance(c, e.Attribute)))
    for parts in node.excluded:
        column = find(parts, own)
        path: tuple[int, ...] = ()
        while isinstance(column, e.Field):
            column, path = column.child, (column.index, *path)
        if not isinstance(column, e.Attribute):
            raise unresolved(se.Name(parts, origin=node.origin), own, by_name=False)
        if path:
            fields.setdefault(column.id, []).append(path)
        else:
            excluded.add(column.id)
    if excluded & fields.keys():
        names = ", ".join(".".join(parts) for parts in node.excluded)
        raise AnalysisError("EXCEPT_OVERLAPPING_COLUMNS", context_of(node.origin), columns=names)
    kept = [c for c in found if not (isinstance(c, e.Attribute) and c.id in excluded)]
    return [
        _without_fields(c, fields[c.id], scope)
        if isinstance(c, e.Attribute) and c.id in fields
        else c
        for c in kept
    ]


def _fields_without(node: se.Star, found: list[e.Expression], scope: Scope) -> list[e.Expression]:
    """The fields of a struct, `found`, without those that are called as EXCEPT says."""
    key = scope.context.key
    names = [key(x.name) for x in found if isinstance(x, e.Alias)]
    gone = {key(parts[0]) for parts in node.excluded}
    for parts in node.excluded:
        if key(parts[0]) not in names:
            raise unresolved(se.Name(parts, origin=node.origin), scope)
    return [x for x, name in zip(found, names, strict=True) if name not in gone]


def _without_fields(
    column: e.Attribute, paths: list[tuple[int, ...]], scope: Scope
) -> e.Expression:
    """A struct without some of its fields, however deep these are."""
    return e.Alias(_struct_without(column, paths, scope), column.name)


def _struct_without(
    value: e.Expression, paths: list[tuple[int, ...]], scope: Scope
) -> e.Expression:
    assert isinstance(value.type, t.StructType)  # noqa: S101 - it has fields
    parts: list[e.Expression] = []
    for index, each in enumerate(value.type.fields):
        deeper = [path[1:] for path in paths if path[0] == index]
        if () in deeper:
            continue
        field: e.Expression = e.Field(value, index)
        field = _struct_without(field, deeper, scope) if deeper else field
        parts += [e.Literal(each.name, t.STRING), field]
    return bind_function("named_struct", parts, scope)


def refuse_inner_stars(node: se.Expression) -> None:
    """Keys of GROUP BY and ORDER BY call no function of all columns, but for ``count(*)``."""
    counted = {
        id(x.arguments[0])
        for x in nodes_of(node, into=se.Expression)
        if isinstance(x, se.Call) and x.name[-1].lower() == "count" and len(x.arguments) == 1
    }
    for x in nodes_of(node, into=se.Expression):
        if isinstance(x, se.Star) and id(x) not in counted and x is not node:
            raise MisusedStarError(x)
