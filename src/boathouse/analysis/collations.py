"""The collation of several texts: a stated one wins over a column's, that over the default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.analysis.naming import shown as name_of
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan.tree import children
from boathouse.spec.expressions import CastMode
from boathouse.types import datatypes as t
from boathouse.types.collations import is_collated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DEFAULT, _IMPLICIT, _STATED = range(3)
_COLUMNS = (e.Attribute, e.OuterReference, e.LambdaVariable, e.Field, e.ScalarSubquery)


def agreed(
    expressions: Sequence[e.Expression], shown: Callable[[], str], *, visibly: bool = True
) -> list[e.Expression]:
    """`expressions`, their texts all under the collation that wins; constants tell theirs in names
    if `visibly`. `shown` tells how an error shows the expression that they are operands of. Raises
    COLLATION_MISMATCH.EXPLICIT where two are stated, INDETERMINATE_COLLATION_IN_EXPRESSION where
    two columns differ.
    """
    texts = [x for x in expressions if isinstance(x.type, t.StringType)]
    if not any(is_collated(text.type) for text in texts):
        return list(expressions)
    wins = t.StringType(_winner(texts, shown))
    return [_under(x, wins, visibly=visibly) for x in expressions]


def _under(text: e.Expression, wanted: t.StringType, *, visibly: bool) -> e.Expression:
    if not isinstance(text.type, t.StringType) or text.type == wanted:
        return text
    if isinstance(text, e.Literal):
        return replace(text, of=wanted, shown=text.shown if visibly else name_of(text))
    return e.Cast(text, wanted, CastMode.ANSI, text.nullable)


def _winner(texts: Sequence[e.Expression], shown: Callable[[], str]) -> str:
    ranked = [(_strength(text), _collation(text)) for text in texts]
    most = max(strength for strength, _ in ranked)
    found = list(dict.fromkeys(name for strength, name in ranked if strength == most))
    if len(found) == 1:
        return found[0]
    if most == _STATED:
        types = ", ".join(f'"{t.StringType(name).sql}"' for name in found)
        raise AnalysisError("COLLATION_MISMATCH.EXPLICIT", explicitTypes=types)
    raise AnalysisError("INDETERMINATE_COLLATION_IN_EXPRESSION", expr=f'"{shown()}"')


def _collation(text: e.Expression) -> str:
    return text.type.collation if isinstance(text.type, t.StringType) else "UTF8_BINARY"


def _strength(text: e.Expression) -> int:
    """How firmly the collation of `text` is said."""
    if isinstance(text, e.Call) and text.function.name == "collate":
        return _STATED
    if isinstance(text, _COLUMNS) or (isinstance(text, e.Cast) and text.explicit):
        return _IMPLICIT
    inner = [_strength(x) for x in children(text) if isinstance(x.type, t.StringType)]
    return max(inner, default=_DEFAULT)
