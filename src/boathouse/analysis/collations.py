"""The collation of several texts: a stated one wins over a column's, that over the default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from boathouse.analysis.naming import shown as name_of
from boathouse.errors.exceptions import AnalysisError, SparkRuntimeError
from boathouse.functions.collation_rules import Rule, Undecided, groups, rule_of
from boathouse.plan import expressions as e
from boathouse.plan.tree import children
from boathouse.spec.expressions import CastMode
from boathouse.types import datatypes as t
from boathouse.types.collations import is_collated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_DEFAULT, _IMPLICIT, _STATED = range(3)
_COLUMNS = (e.Attribute, e.OuterReference, e.LambdaVariable, e.Field, e.ScalarSubquery)


@dataclass(frozen=True, slots=True)
class _Said:
    """Which collations the texts of a value are under, and how firmly that is said: a text's own,
    or those of the `parts` of what is nested.
    """

    strength: int = _DEFAULT
    collation: str | None = None
    parts: tuple[_Said, ...] = ()

    @property
    def is_mixed(self) -> bool:
        """Whether it is not known what a text in it is compared under."""
        return self.collation == t.INDETERMINATE.collation or any(x.is_mixed for x in self.parts)


def agreed(
    expressions: Sequence[e.Expression],
    shown: Callable[[], str],
    *,
    visibly: bool = True,
    undecided: Undecided = Undecided.EXPRESSION,
) -> list[e.Expression]:
    """`expressions`, their texts all under the collation that wins; constants tell theirs in names
    if `visibly`. `shown` tells how an error shows the expression that they are operands of. Raises
    COLLATION_MISMATCH.EXPLICIT where two are stated, and what `undecided` says where two columns
    differ.
    """
    if not any(is_collated(text.type) for text in expressions):
        return list(expressions)
    # An array beside a value is compared element by element.
    level = any(isinstance(x.type, t.StringType) for x in expressions)
    if not level and len({type(x.type) for x in expressions}) > 1:
        return list(expressions)  # nothing in them is compared
    said = [_said(x) for x in expressions]
    flat = [
        part
        for x, one in zip(expressions, said, strict=True)
        for part in (one.parts if level and isinstance(x.type, t.ArrayType) else (one,))
    ]
    wins = _merged(flat)
    if wins.is_mixed:
        _refuse_mixed(undecided, shown)
    return [_under(x, wins, level=level, visibly=visibly) for x in expressions]


def agreed_arguments(
    name: str,
    arguments: Sequence[e.Expression | None],
    shown: Callable[[], str],
    *,
    visibly: bool,
) -> list[e.Expression | None]:
    """The `arguments` of the function `name`, those under one collation that its rule says."""
    final = list(arguments)
    if not any(x is not None and is_collated(x.type) for x in final):
        return final
    rule = rule_of(name)
    if rule.agrees:
        for group in groups(name, len(arguments)):
            places = [at for at in group if at < len(final) and final[at] is not None]
            chosen = [x for at in places if (x := final[at]) is not None]
            told = agreed(chosen, shown, visibly=visibly, undecided=_undecided(name, rule, group))
            for at, changed in zip(places, told, strict=True):
                final[at] = changed
    elif any(x is not None and _said(x).is_mixed for x in arguments):
        _refuse_mixed(rule.undecided, shown)
    return final


def _undecided(name: str, rule: Rule, group: tuple[int, ...]) -> Undecided:
    if name == "map" and group[:1] == (0,):
        return Undecided.ROW  # keys are compared, values are not
    return Undecided.RESULT if name == "decode_by_value" and group[:1] != (0,) else rule.undecided


def _refuse_mixed(undecided: Undecided, shown: Callable[[], str]) -> None:
    match undecided:
        case Undecided.EXPRESSION:
            raise AnalysisError("INDETERMINATE_COLLATION_IN_EXPRESSION", expr=f'"{shown()}"')
        case Undecided.ROW:
            raise SparkRuntimeError("INDETERMINATE_COLLATION")
        case Undecided.RESULT:
            pass


def _under(text: e.Expression, wins: _Said, *, level: bool, visibly: bool) -> e.Expression:
    array = level and isinstance(text.type, t.ArrayType)
    wanted = _retyped(text.type, _Said(parts=(wins,)) if array else wins)
    if wanted == text.type:
        return text
    if isinstance(text, e.Literal):
        return replace(text, of=wanted, shown=text.shown if visibly else name_of(text))
    if isinstance(text, e.Cast) and visibly:
        # Spark makes the cast anew, and forgets that somebody wrote it.
        return replace(text, to=wanted, explicit=False)
    return e.Cast(text, wanted, CastMode.ANSI, text.nullable)


def _retyped(given: t.DataType, said: _Said) -> t.DataType:
    match given:
        case t.StringType() if said.collation is not None:
            return t.StringType(said.collation)
        case t.ArrayType() if said.parts:
            return replace(given, element=_retyped(given.element, said.parts[0]))
        case t.MapType() if said.parts:
            key, value = said.parts
            return replace(given, key=_retyped(given.key, key), value=_retyped(given.value, value))
        case t.StructType() if said.parts:
            pairs = zip(given.fields, said.parts, strict=False)
            return t.StructType(
                tuple([replace(f, type=_retyped(f.type, part)) for f, part in pairs])
            )
        case _:
            return given


def _merged(said: Iterable[_Said]) -> _Said:
    """What wins among values of one type."""
    known = list(said)
    texts = [one for one in known if one.collation is not None]
    if texts:
        return _winner(texts)
    parts = zip_longest(*[one.parts for one in known], fillvalue=_Said())
    return _Said(parts=tuple([_merged(part) for part in parts]))


def _winner(texts: Sequence[_Said]) -> _Said:
    most = max(text.strength for text in texts)
    found = list(dict.fromkeys(str(x.collation) for x in texts if x.strength == most))
    if len(found) == 1:
        return _Said(most, found[0])
    if most == _STATED:
        types = ", ".join(f'"{t.StringType(name).sql}"' for name in found)
        raise AnalysisError("COLLATION_MISMATCH.EXPLICIT", explicitTypes=types)
    return _Said(most, t.INDETERMINATE.collation)


def _said(value: e.Expression) -> _Said:
    """What `value` says of the collations of its texts."""
    if isinstance(value, e.Alias):
        return _said(value.child)
    if isinstance(value, e.Call) and value.function.name in _BUILDERS:
        return _built(value)
    return _throughout(value.type, _strength(value))


_BUILDERS = frozenset(("array", "struct", "named_struct", "map"))


def _built(value: e.Call) -> _Said:
    parts = [_said(x) for x in value.arguments if x is not None]
    match value.function.name:
        case "array":
            return _Said(parts=(_merged(parts),)) if parts else _throughout(value.type, _DEFAULT)
        case "map":
            return _Said(parts=(_merged(parts[::2]), _merged(parts[1::2])))
        case "named_struct":
            return _Said(parts=tuple(parts[1::2]))
        case _:
            return _Said(parts=tuple(parts))


def _throughout(given: t.DataType, strength: int) -> _Said:
    """The same strength for all texts of the type `given`."""
    match given:
        case t.StringType():
            return _Said(strength, given.collation)
        case t.ArrayType():
            return _Said(parts=(_throughout(given.element, strength),))
        case t.MapType():
            pair = given.key, given.value
            return _Said(parts=tuple([_throughout(part, strength) for part in pair]))
        case t.StructType():
            return _Said(parts=tuple([_throughout(f.type, strength) for f in given.fields]))
        case _:
            return _Said()


def _is_of_routine(value: e.Expression) -> bool:
    return isinstance(value, e.Call) and value.function.name == "called_as"


def _is_parameter(value: e.Literal | e.Cast) -> bool:
    """Whether `value` was put under a collation that nobody wrote there: it is an argument that
    stands for a parameter of a routine.
    """
    silent = isinstance(value, e.Literal) or not value.explicit
    return silent and is_collated(value.type)


def _strength(value: e.Expression) -> int:
    """How firmly the collation of `value` is said."""
    if isinstance(value, e.Call) and value.function.name == "collate":
        return _STATED
    if isinstance(value, _COLUMNS) or _is_of_routine(value):
        return _IMPLICIT
    if isinstance(value, (e.Literal, e.Cast)) and _is_parameter(value):
        return _IMPLICIT
    if isinstance(value, e.Literal):
        return _DEFAULT if value.shown is None else _IMPLICIT  # a variable is as a column
    if isinstance(value, e.Cast) and value.explicit:
        return _IMPLICIT if t.contains_type(value.child.type, t.StringType) else _DEFAULT
    if isinstance(value, e.Call) and value.function.name == "format_string":
        return _strength(value.arguments[0]) if value.arguments[0] is not None else _DEFAULT
    texts = [x for x in children(value) if t.contains_type(x.type, t.StringType)]
    return max(map(_strength, texts), default=_DEFAULT)
