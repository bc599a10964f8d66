"""Calls on texts under a collation: which compare them, and then do so by their keys."""

from __future__ import annotations

from dataclasses import replace

from boathouse.errors.exceptions import SparkError, unsupported
from boathouse.functions.registry import functions
from boathouse.functions.signature import Argument
from boathouse.plan import expressions as e
from boathouse.plan.tree import children, map_children
from boathouse.types import datatypes as t
from boathouse.types.collations import is_collated

_BY_KEY = frozenset(["=", "<=>", "<", "<=", ">", ">=", "!=", "equal_null", "in", "between"])
"""What looks at its texts only to compare them whole."""

_IN_LOWER_CASE = frozenset(("contains", "startswith", "endswith", "instr", "locate", "like"))
"""What compares parts of texts: under UTF8_LCASE letter by letter, so in the keys."""

_NEVER_COMPARES = frozenset(
    (
        "array",
        "bit_length",
        "btrim",
        "char_length",
        "coalesce",
        "collate",
        "collation",
        "collation_key",
        "concat",
        "concat_ws",
        "explode",
        "explode_outer",
        "get",
        "if",
        "ifnull",
        "isnotnull",
        "isnull",
        "left",
        "length",
        "lower",
        "lpad",
        "ltrim",
        "named_struct",
        "nvl",
        "nvl2",
        "octet_length",
        "posexplode",
        "posexplode_outer",
        "repeat",
        "reverse",
        "right",
        "rpad",
        "rtrim",
        "stack",
        "struct",
        "substring",
        "trim",
        "typeof",
        "upper",
    )
)
_TRIMS = frozenset(("btrim", "ltrim", "rtrim", "trim"))
_KEEPS_ANY = frozenset(("any_value", "collect_list", "count", "first", "first_value", "last"))


def key_of(value: e.Expression) -> e.Expression:
    """What stands for `value` where it is compared; itself unless it is a collated text."""
    if not is_collated(value.type):
        return value
    if not isinstance(value.type, t.StringType):
        raise unsupported(f"comparing values of {value.type.sql}")
    return e.Call(functions()["collation_key"], (value,), t.STRING, value.nullable, _facts(value))


def _facts(value: e.Expression) -> tuple[tuple[str, object], ...]:
    return (("arguments", (Argument(value.type, value.nullable),)),)


def by_key(node: e.Call | e.AggregateCall | e.GeneratorCall) -> e.Expression:
    """`node` with keys for the texts that it compares. A call on collated texts of which it is not
    known that it compares none raises UNSUPPORTED_FEATURE.
    """
    texts = [x for x in children(node) if is_collated(x.type)]
    if not texts:
        return node
    if isinstance(node, e.AggregateCall):
        compared = _aggregate(node)
        return node if compared == node else compared
    name = node.function.name
    if name in _BY_KEY or (name in _IN_LOWER_CASE and _letter_by_letter(node, texts)):
        return map_children(node, key_of)
    if name not in _NEVER_COMPARES or (name in _TRIMS and _given(node) > 1):
        raise _unbuilt(node, texts[0])
    return node


def _given(node: e.Call | e.GeneratorCall) -> int:
    return sum(x is not None for x in node.arguments)


def _letter_by_letter(node: e.Call | e.GeneratorCall, texts: list[e.Expression]) -> bool:
    escaped = node.function.name == "like" and _given(node) > 2
    return not escaped and all(x.type == t.StringType("UTF8_LCASE") for x in texts)


def _aggregate(node: e.AggregateCall) -> e.Expression:
    """Min and max choose by the key; a count of distinct texts counts keys."""
    name = node.function.name
    node = replace(node, order=tuple([replace(k, child=key_of(k.child)) for k in node.order]))
    texts = [x for x in node.arguments if x is not None and is_collated(x.type)]
    if not texts or (name in _KEEPS_ANY and not node.distinct):
        return node
    if name in {"min", "max"}:
        text = texts[0]
        chosen = functions()[f"{name}_by"]
        return replace(node, function=chosen, arguments=(text, key_of(text), None), distinct=False)
    if name in {"min_by", "max_by"} and not node.distinct:
        value, key, *rest = node.arguments
        return replace(node, arguments=(value, key and key_of(key), *rest))
    if name == "count":
        return replace(node, arguments=tuple([x and key_of(x) for x in node.arguments]))
    raise _unbuilt(node, texts[0])


def _unbuilt(node: e.Call | e.AggregateCall | e.GeneratorCall, text: e.Expression) -> SparkError:
    return unsupported(f"{node.name or node.function.name} of {text.type.sql}")
