"""Constant expressions are computed once, while the query is prepared."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from boathouse.errors.exceptions import SparkError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.plan.tree import children, map_children, walk
from boathouse.rewrite.rebuild import rebuild
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Evaluate = Callable[[Sequence[e.Expression]], list[Any]]

_PURE = (e.Literal, e.Call, e.Cast, e.Case, e.Field)
_OPAQUE = (t.VariantType, t.UserDefinedType, t.SpatialType)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OF_DATA = "22"
"""How the SQLSTATE begins of an error about a value."""
_EPOCH = date(1970, 1, 1).toordinal()


def fold_constants(
    plan: r.Relation, evaluate: Evaluate, failing: dict[e.Expression, SparkError] | None = None
) -> r.Relation:
    """Replace what looks at no column by its value, all of a plan in one evaluation.

        Filter[d >= cast('2000-01-27' as date)]  ->  Filter[d >= DATE '2000-01-27']

    What fails is left where it is, and `failing` is told: it may stand in a branch that no row
    takes, and if one does, the error is to come then. DuckDB folds constants too, but not those
    that can raise an error.
    """
    found: list[e.Expression] = []

    def collect(node: r.Relation) -> r.Relation:
        for root in children(node):
            if type(root) is not e.Attribute and _is_constant(root, found):
                _keep(root, found)
        return node

    rebuild(plan, collect)
    values = _values(found, evaluate, {} if failing is None else failing)
    return rebuild(plan, lambda node: _replaced(node, values)) if values else plan


def _is_constant(root: e.Expression, found: list[e.Expression]) -> bool:
    """Whether `root` looks at no column; where it does, its constant parts go into `found`."""
    inner = children(root)
    constant = [_is_constant(child, found) for child in inner]
    if all(constant) and is_pure(root):
        return True
    for child, is_constant in zip(inner, constant, strict=True):
        if is_constant:
            _keep(child, found)
    return False


def is_pure(node: e.Expression) -> bool:
    """Whether `node` may be computed beforehand if what is in it may."""
    if not isinstance(node, _PURE) or isinstance(node.type, _OPAQUE):
        return False
    return not isinstance(node, e.Call) or node.function.deterministic


def _keep(root: e.Expression, found: list[e.Expression]) -> None:
    # Of a struct that is made to be taken apart all fields are computed, as Spark computes them.
    structs = [
        x.child for x in walk(root) if isinstance(x, e.Field) and isinstance(x.child, e.Call)
    ]
    found += structs
    if not structs and _is_worthwhile(root):
        found.append(root)


def _is_worthwhile(root: e.Expression) -> bool:
    """Not literals, nor numbers that DuckDB casts while it plans."""
    if isinstance(root, e.Cast) and isinstance(root.child, e.Literal):
        return not isinstance(root.child.of, t.NumericType)
    return not isinstance(root, e.Literal)


def _date(root: e.Expression) -> e.Expression | None:
    """The commonest constant, ``CAST('2000-01-27' AS DATE)``, without asking the engine."""
    if not (isinstance(root, e.Cast) and isinstance(root.child, e.Literal)):
        return None
    text = root.child.value
    if not isinstance(root.to, t.DateType) or not isinstance(text, str) or not _ISO.fullmatch(text):
        return None
    try:
        return e.Literal(date.fromisoformat(text).toordinal() - _EPOCH, t.DATE)
    except ValueError:
        return None


def _values(
    found: list[e.Expression], evaluate: Evaluate, failing: dict[e.Expression, SparkError]
) -> dict[int, e.Expression]:
    """The values of `found`, each under the identity of its expression."""
    at_once = {id(x): value for x in found if (value := _date(x)) is not None}
    rest = [x for x in found if id(x) not in at_once]
    return {**at_once, **_evaluated(rest, evaluate, failing)}


def _evaluated(
    found: list[e.Expression], evaluate: Evaluate, failing: dict[e.Expression, SparkError]
) -> dict[int, e.Expression]:
    if not found:
        return {}
    try:
        values = evaluate(found)
    except SparkError as error:
        if len(found) == 1:
            if error.sqlstate.startswith(OF_DATA):
                failing[found[0]] = error
            return {}
        half = len(found) // 2
        halves = (_evaluated(part, evaluate, failing) for part in (found[:half], found[half:]))
        return {key: value for values in halves for key, value in values.items()}
    return {id(x): e.Literal(value, x.type) for x, value in zip(found, values, strict=True)}


def _replaced(node: r.Relation, values: dict[int, e.Expression]) -> r.Relation:
    def visit(root: e.Expression) -> e.Expression:
        value = values.get(id(root))
        return map_children(root, visit) if value is None else value

    return map_children(node, visit)
