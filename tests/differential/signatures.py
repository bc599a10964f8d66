"""Random calls that fit: every function of the table, its arguments of types that its rules take."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from boathouse.functions.registry import functions
from boathouse.functions.signature import (
    REQUIRED,
    Argument,
    Function,
    Kind,
    Takes,
    arity,
    rule_at,
)
from boathouse.sql.reading import parse_type
from boathouse.types import datatypes as t
from tests.differential.values import COLLATED, VALUES

if TYPE_CHECKING:
    import random

VOLATILE: Final = frozenset(
    [
        *(
            "rand",
            "randn",
            "random",
            "uuid",
            "shuffle",
            "now",
            "current_timestamp",
            "localtimestamp",
        ),
        *(
            "current_date",
            "curdate",
            "current_time",
            "unix_timestamp",
            "current_timezone",
            "version",
        ),
        *(
            "current_user",
            "user",
            "session_user",
            "monotonically_increasing_id",
            "spark_partition_id",
        ),
        *("randstr", "uniform", "input_file_name", "input_file_block_start", "aes_encrypt"),
        *("input_file_block_length", "java_method", "reflect", "try_reflect", "raise_error"),
        *("assert_true", "from_avro", "to_avro", "from_protobuf", "to_protobuf", "read_files"),
        *(
            "current_catalog",
            "current_database",
            "current_schema",
            "current_path",
            "hll_sketch_agg",
        ),
        "schema_of_avro",
        "measure",
    ]
)
"""Functions whose answer is another each time, depends on the machine, or needs files or Java."""

_MEANT: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        r"json|variant_get",
        ('\'{"a": 1, "b": [1, 2.5, "x"]}\'', "'[1, null]'", "'$.a'", "'$.b[1]'", "'a INT'", "'{'"),
    ),
    (r"xml|xpath", ("'<r><a>1</a><a k=\"v\">2</a></r>'", "'r/a'", "'r/a/@k'", "'a INT'", "'<r>'")),
    (r"csv", ("'1,x,2020-01-01'", "'a INT, b STRING, c DATE'", "'\"q\",'")),
    (
        r"url",
        (
            "'https://u@spark.org:80/a/b?x=1&y=%20#f'",
            "'HOST'",
            "'QUERY'",
            "'x'",
            "'a b&c'",
            "'a+b%26'",
        ),
    ),
    (
        r"date|time|trunc|stamp|unix|day|month",
        (
            *(
                "'yyyy-MM-dd'",
                "'yyyy-MM-dd HH:mm:ss'",
                "'MM/dd/yy'",
                "'D'",
                "'HH:mm'",
                "'EEE, d MMM y'",
            ),
            *(
                "'2020-02-29'",
                "'2021-03-28 02:30:00'",
                "'03/28/21'",
                "'YEAR'",
                "'WEEK'",
                "'HOUR'",
                "'MO'",
            ),
            *("'America/Los_Angeles'", "'+02:00'", "'Asia/Kolkata'", "'10:11:12.5'"),
        ),
    ),
    (
        r"number|char|format",
        (
            "'999.99'",
            "'$9,999'",
            "'S000D0'",
            "'12.34'",
            "'-$1,234'",
            "'%s %d'",
            "'#,##0.0'",
            "'%5.2f|'",
        ),
    ),
    (
        r"reg|like|split|rlike",
        ("'a(b+)c'", "'[0-9]+'", "'abbc 12'", "'^$'", "'%b_'", "'\\\\d'", "'x|y'", "'('"),
    ),
    (
        r"base64|hex|unbase|decode|encode|aes|sha|md5|crc",
        ("'YWJj'", "'1F'", "'UTF-8'", "'UTF-16'", "'abc'", "'=='"),
    ),
    (
        r"",
        (
            "'abc'",
            "'a'",
            "'b,c'",
            "','",
            "'Abc DEF'",
            "''",
            "' x '",
            "'12'",
            "'\u00e9\u00df'",
            "'-'",
        ),
    ),
)
"""Texts that functions of such names are given more often than any text."""


@cache
def table() -> tuple[tuple[str, Function], ...]:
    """The functions that are called: each under its name, aliases left out."""
    return tuple(
        (name, function)
        for name, function in sorted(functions().items())
        if name == function.name and not function.hidden and name not in VOLATILE
        if re.fullmatch(r"[a-z_0-9]+", name) and function.deterministic
        if not function.extra.get("written")
    )


@cache
def _types() -> tuple[tuple[str, t.DataType], ...]:
    return tuple((name, parse_type(name)) for name in VALUES if name not in {"VOID", *COLLATED})


@cache
def fitting(rule: Takes) -> tuple[str, ...]:
    """The types of `VALUES` that `rule` takes: as they are, else by an implicit cast."""
    found: dict[bool, list[str]] = {True: [], False: []}
    for name, kind in _types():
        taken = _taken(rule, Argument(kind))
        if taken is not None:
            found[taken == kind].append(name)
    return tuple(found[True] or found[False]) or tuple(VALUES)


def _taken(rule: Takes, argument: Argument) -> t.DataType | None:
    try:
        return rule.coerce(argument, True)
    except Exception:  # noqa: BLE001 - a rule may refuse a type under a condition of its own
        return None


def filled(dice: random.Random) -> tuple[str, str]:
    """A query of one call, its arguments literals or columns of one to three rows."""
    name, function = dice.choice(table())
    kinds, texts = _arguments(dice, name, function)
    label = f"{name}({', '.join(kinds)})"
    if function.kind is Kind.TABLE:
        return f"SELECT * FROM {name}({', '.join(row[0] for row in texts)})", label
    columns = dice.random() < 0.5 or function.kind is not Kind.SCALAR
    movable = [
        p for p, kind in enumerate(kinds) if columns and kind in VALUES and _free(function, p)
    ]
    call = _call(
        dice, name, function, [f"c{p}" if p in movable else rows[0] for p, rows in enumerate(texts)]
    )
    if not movable:
        return (
            f"SELECT {call}{'' if function.kind is Kind.SCALAR else ' FROM VALUES (1), (2) AS t(n)'}",
            label,
        )
    count = 1 if function.kind is Kind.SCALAR and dice.random() < 0.5 else 3
    rows = ", ".join(f"({n}, {', '.join(texts[p][n] for p in movable)})" for n in range(count))
    return f"SELECT {call} FROM VALUES {rows} AS t(n, {', '.join(f'c{p}' for p in movable)})", label


def _free(function: Function, position: int) -> bool:
    rule = rule_at(function, position)
    return not rule.constant and not rule.known


def _call(dice: random.Random, name: str, function: Function, texts: list[str]) -> str:
    distinct = "DISTINCT " if function.kind is Kind.AGGREGATE and dice.random() < 0.1 else ""
    call = f"{name}({distinct}{', '.join(texts)})"
    if function.kind is Kind.AGGREGATE and dice.random() < 0.15:
        call += " FILTER (WHERE n > 1)"
    if function.kind is Kind.WINDOW or (function.kind is Kind.AGGREGATE and dice.random() < 0.2):
        call += " OVER (ORDER BY n)"
    return call


def _arguments(
    dice: random.Random, name: str, function: Function
) -> tuple[list[str], list[list[str]]]:
    """The types of the arguments, and three texts for each; a lambda is of the type LAMBDA."""
    least, most = arity(function)
    count = dice.randint(least, min(least + 3, least + 3 if most is None else most))
    kinds: list[str] = []
    texts: list[list[str]] = []
    tags: dict[str, str] = {}
    bound: list[Argument] = []
    for position in range(count):
        rule = rule_at(function, position)
        if rule.variables is not None:
            kinds.append("LAMBDA")
            texts.append([_lambda(dice, rule, tuple(bound))] * 3)
        else:
            kind = tags.get(rule.tag) if dice.random() < 0.8 else None
            kind = kind or dice.choice(fitting(rule))
            if kind == "STRING" and dice.random() < 0.05:
                kind = dice.choice(COLLATED)
            tags.setdefault(rule.tag or f"#{position}", kind)
            kinds.append(kind)
            texts.append([_value(dice, name, kind, rule) for _ in range(3)])
        bound.append(Argument(dict(_types()).get(kinds[-1], t.NULL)))
    return kinds, texts


def _value(dice: random.Random, name: str, kind: str, rule: Takes) -> str:
    if dice.random() < 0.08:
        return f"CAST(NULL AS {kind})"
    if kind == "STRING" and dice.random() < 0.85:
        return dice.choice(next(texts for pattern, texts in _MEANT if re.search(pattern, name)))
    if kind in {"INT", "BIGINT"} and dice.random() < 0.7:
        return dice.choice(("0", "1", "2", "3", "-1", "5", "10"))
    if isinstance(rule.default, str) and dice.random() < 0.5 and rule.default is not REQUIRED:
        return f"'{rule.default}'"
    return dice.choice(VALUES[kind])


_BODIES: Final[dict[int, tuple[str, ...]]] = {
    1: (
        "x",
        "x IS NOT NULL",
        "coalesce(x, NULL)",
        "x = x",
        "array(x)",
        "CAST(x AS STRING)",
        "x > 1",
        "x + 1",
    ),
    2: (
        "x",
        "y",
        "x = y",
        "coalesce(y, x)",
        "x IS NULL",
        "y IS NOT NULL",
        "concat(x, y)",
        "x + y",
        "y > 1",
    ),
    3: ("x", "y", "coalesce(z, y)", "concat(y, z)", "z IS NULL", "y + z", "array(y, z)"),
}


def _lambda(dice: random.Random, rule: Takes, bound: tuple[Argument, ...]) -> str:
    assert rule.variables is not None
    try:
        most = len(rule.variables(bound))
    except Exception:  # noqa: BLE001 - the arguments so far do not fit it
        most = 1
    count = dice.randint(max(most - rule.optional_variables, 1), max(most, 1))
    names = ["x", "y", "z"][:count]
    left = names[0] if count == 1 else f"({', '.join(names)})"
    return f"{left} -> {dice.choice(_BODIES[min(count, 3)])}"
