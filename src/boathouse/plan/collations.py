"""Calls on texts under a collation: what compares them does so by their keys."""

from __future__ import annotations

from dataclasses import replace

from boathouse.errors.exceptions import SparkError, SparkRuntimeError, unsupported
from boathouse.functions.collated_text import PREFIX
from boathouse.functions.collation_key import lower_case_of, uncollated
from boathouse.functions.collation_rules import Compares, rule_of
from boathouse.functions.registry import functions
from boathouse.functions.signature import Argument
from boathouse.plan import expressions as e
from boathouse.plan.tree import children, map_children
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode
from boathouse.types.coercion import comparison_type
from boathouse.types.collations import is_collated, reading

_TRIMS = frozenset(("trim", "ltrim", "rtrim", "btrim"))
_CASES = frozenset(("upper", "lower", "initcap"))
_MAP_LOOK_UPS = frozenset(("map_value", "element_at", "map_contains_key"))


def key_of(value: e.Expression) -> e.Expression:
    """What stands for `value` where it is compared; itself unless it is collated."""
    if not is_collated(value.type):
        return value
    if _is_mixed(value.type):
        raise SparkRuntimeError("INDETERMINATE_COLLATION")
    return call("collation_key", (value,), uncollated(value.type), nullable=value.nullable)


def _is_mixed(given: t.DataType) -> bool:
    match given:
        case t.StringType():
            return given == t.INDETERMINATE
        case t.ArrayType():
            return _is_mixed(given.element)
        case t.MapType():
            return _is_mixed(given.key) or _is_mixed(given.value)
        case t.StructType():
            return any(_is_mixed(f.type) for f in given.fields)
        case _:
            return False


def call(
    name: str, arguments: tuple[e.Expression, ...], gives: t.DataType, *, nullable: bool
) -> e.Call:
    """A call of the function `name`, whose result is known."""
    function = functions()[name]
    facts = (("arguments", _described(arguments)),) if "arguments" in function.needs else ()
    return e.Call(function, arguments, gives, nullable, facts)


def _described(arguments: tuple[e.Expression | None, ...]) -> tuple[Argument, ...]:
    return tuple([Argument(x.type, x.nullable) for x in arguments if x is not None])


def by_key(node: e.Call | e.AggregateCall | e.GeneratorCall) -> e.Expression:
    """`node` with keys for the texts that it compares, or what stands in its place."""
    if not any(is_collated(x.type) for x in children(node)):
        return node
    if isinstance(node, e.AggregateCall):
        return _aggregate(node)
    name = node.function.name
    match rule_of(name).compares:
        case Compares.WHOLE:
            kinds = {isinstance(x.type, t.StringType) for x in children(node)}
            if name == "between" and len(kinds) > 1:
                return _between(node)
            return map_children(node, key_of)
        case Compares.PARTS:
            return _by_parts(node) if isinstance(node, e.Call) else node
        case Compares.PATTERN:
            return _in_lower_case(node)
        case Compares.EXPRESSION:
            return _by_expression(node)
        case Compares.CHOICE:
            return _choice(node)
        case Compares.NOTHING:
            return _looked_up(node) if name in _MAP_LOOK_UPS else node


# ---- scalar functions ---------------------------------------------------------------------------


def _by_parts(node: e.Call) -> e.Expression:
    """The entry that stands for `node`; itself where it is told how to compare, or does not."""
    name = node.function.name
    arguments = [x for x in node.arguments if x is not None]
    if name == "array_sort" and len(arguments) > 1:
        return node
    if name in _TRIMS and len(arguments) == 1:
        return node
    if name in _CASES and reading(_collation(arguments[0])).base == "UTF8_BINARY":
        return node
    if name in {"trim", "ltrim", "rtrim"}:
        arguments.reverse()
    return call(f"{PREFIX}{name}", tuple(arguments), node.type, nullable=node.nullable)


def _collation(value: e.Expression) -> str:
    return value.type.collation if isinstance(value.type, t.StringType) else "UTF8_BINARY"


def _in_lower_case(node: e.Call | e.GeneratorCall) -> e.Expression:
    """A text and its patterns letter by letter, where the text is under UTF8_LCASE."""
    text = node.arguments[0]
    if text is None or not _ignores_letters(text.type):
        return node
    return map_children(node, _lower)


def _lower(value: e.Expression) -> e.Expression:
    if not isinstance(value.type, t.StringType):
        return value
    if isinstance(value, e.Literal):
        lower = None if value.value is None else lower_case_of(value.value)
        return e.Literal(lower, t.STRING)
    return call("collation_key", (value,), t.STRING, nullable=value.nullable)


def _by_expression(node: e.Call | e.GeneratorCall) -> e.Expression:
    """`node` with a regular expression that ignores case."""
    text, pattern, *rest = node.arguments
    if text is None or pattern is None or not _ignores_letters(text.type):
        return node
    if isinstance(pattern, e.Literal) and isinstance(pattern.value, str):
        found = _ignoring(pattern)
    else:
        joined = (_ignoring(e.Literal("", t.STRING)), pattern)
        found = call("concat", joined, t.STRING, nullable=pattern.nullable)
    if node.function.name == "str_to_map":
        rest = [_ignoring(x) if isinstance(x, e.Literal) and x.value else x for x in rest]
    changed = (text, found, *rest)
    facts = dict(node.facts)
    if "arguments" in facts:
        told = (Argument(text.type, text.nullable), _argument(found))
        facts["arguments"] = (*told, *facts["arguments"][2:])
    return replace(node, arguments=changed, facts=tuple(facts.items()))


def _argument(value: e.Expression) -> Argument:
    if isinstance(value, e.Literal):
        return Argument(t.STRING, value.nullable, value.value)
    return Argument(value.type, value.nullable)


_IGNORE_CASE = "(?i)"


def _ignoring(pattern: e.Literal) -> e.Literal:
    text = str(pattern.value)
    begun = text.startswith(_IGNORE_CASE)
    return replace(pattern, value=text if begun else f"{_IGNORE_CASE}{text}")


def _ignores_letters(given: t.DataType) -> bool:
    return isinstance(given, t.StringType) and reading(given.collation).base == "UTF8_LCASE"


def _choice(node: e.Call | e.GeneratorCall) -> e.Expression:
    """CASE for a function that compares one value with others."""
    values = [x for x in node.arguments if x is not None]
    if node.function.name == "nullif":
        first, other = values
        branch = (_compared("=", first, other, node), e.Literal(None, node.type))
        return e.Case((branch,), first, node.type)
    first, *rest = values
    last = len(rest) - len(rest) % 2
    pairs = [(_compared("<=>", first, rest[at], node), rest[at + 1]) for at in range(0, last, 2)]
    return e.Case(tuple(pairs), rest[-1] if len(rest) % 2 else None, node.type)


def _between(node: e.Call | e.GeneratorCall) -> e.Expression:
    """Two comparisons where only one of the bounds is a text: only that one has a key."""
    value, lower, upper = [x for x in node.arguments if x is not None]
    both = _compared(">=", value, lower, node), _compared("<=", value, upper, node)
    return call("and", both, t.BOOLEAN, nullable=node.nullable)


def _compared(
    symbol: str, a: e.Expression, b: e.Expression, node: e.Call | e.GeneratorCall
) -> e.Expression:
    """A part of what `node` compares: two texts by their keys, a text and another as the other."""
    ansi = bool(dict(node.facts).get("ansi", True))
    common = comparison_type(a.type, b.type, ansi=ansi)
    if common is None or isinstance(common, t.StringType):
        sides = key_of(a), key_of(b)
    else:
        mode = CastMode.ANSI if ansi else CastMode.LEGACY
        sides = tuple(
            [x if x.type == common else e.Cast(x, common, mode, may_be_null=True) for x in (a, b)]
        )
    nullable = symbol != "<=>" and (a.nullable or b.nullable)
    return call(symbol, sides, t.BOOLEAN, nullable=nullable)


def _looked_up(node: e.Call | e.GeneratorCall) -> e.Expression:
    """A look-up in a map by the key of its key."""
    found, key, *_ = node.arguments
    if found is None or key is None or not isinstance(found.type, t.MapType):
        return node
    if not is_collated(found.type.key):
        return node
    return call(f"{PREFIX}{node.function.name}", (found, key), node.type, nullable=node.nullable)


# ---- aggregates ---------------------------------------------------------------------------------


def _aggregate(node: e.AggregateCall) -> e.Expression:
    """Min and max choose by the key; a count of distinct texts counts keys."""
    name = node.function.name
    order = tuple([replace(k, child=key_of(k.child)) for k in node.order])
    if order != node.order:
        node = replace(node, order=order)
    texts = [x for x in node.arguments if x is not None and is_collated(x.type)]
    if not texts:
        return node
    if name in {"min", "max"}:
        chosen = functions()["first_of_greatest" if name == "max" else "first_of_least"]
        arguments = (texts[0], key_of(texts[0]))
        return replace(node, function=chosen, arguments=arguments, distinct=False)
    if name in {"min_by", "max_by"} and not node.distinct:
        value, key, *rest = node.arguments
        if key is None or not is_collated(key.type):
            return node
        return replace(node, arguments=(value, key_of(key), *rest))
    if name == "mode":
        facts = (("arguments", _described(node.arguments)),)
        function = functions()[f"{PREFIX}mode"]
        return replace(node, function=function, arguments=(texts[0],), facts=facts)
    counts = name == "count" and node.distinct
    if counts or rule_of(name).compares is Compares.WHOLE:
        return replace(node, arguments=tuple([x and key_of(x) for x in node.arguments]))
    return _of_different(node, texts[0]) if node.distinct else node


def _of_different(node: e.AggregateCall, text: e.Expression) -> e.Expression:
    """`node` over the first of the values of each key."""
    name = node.function.name
    if name not in {"collect_list", "array_agg", "listagg", "string_agg"}:
        raise _unbuilt(node, text)
    facts = (("arguments", _described(node.arguments)),)
    function = functions()[f"{PREFIX}{'listagg' if 'agg' in name[4:] else 'collect_list'}"]
    return replace(node, function=function, distinct=False, facts=facts)


def _unbuilt(node: e.AggregateCall, text: e.Expression) -> SparkError:
    return unsupported(f"{node.name or node.function.name} of distinct {text.type.sql}")
