"""Random statements, made from a seed: the same seed gives the same cases on every machine."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from boathouse.functions.registry import functions
from tests.differential.broken import broken
from tests.differential.clauses import clause
from tests.differential.expressions import PLAIN, RULES, expression
from tests.differential.nested import nested
from tests.differential.queries import Names, query, table
from tests.differential.signatures import VOLATILE, filled
from tests.differential.syntax import mistaken
from tests.differential.values import EVERY, NUMBERS, SCALARS, TARGETS, VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LEGACY: Final = (("spark.sql.ansi.enabled", "false"),)
_OFTEN: Final = ("query", "query", "query", "filled", "filled", "expression")
_ZONES: Final = ("Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata")


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `family` names the generator, `label` what is asked, by types, not values."""

    sql: str
    settings: tuple[tuple[str, str], ...]
    family: str
    label: str


def cases(seed: int, number: int, families: tuple[str, ...] = ()) -> Iterator[Case]:
    """`number` cases, the families in turn, those that say most more often."""
    names = families or (*FAMILIES, *_OFTEN)
    for position in range(number):
        family = names[position % len(names)]
        dice = random.Random(f"{seed}/{family}/{position}")
        settings = _LEGACY if dice.random() < 0.3 else ()
        if dice.random() < 0.2:
            settings += (("spark.sql.session.timeZone", dice.choice(_ZONES)),)
        sql, label = FAMILIES[family](dice)
        if re.search(r"\bTIME\b", sql) and dice.random() < 0.8:
            settings += (("spark.sql.timeType.enabled", "true"),)
        mode = " (legacy)" if settings[:1] == _LEGACY else ""
        yield Case(sql, settings, family, label + mode)


def value(dice: random.Random, of: str) -> str:
    """A literal of the type `of`, a null now and then."""
    if dice.random() < 0.08 and of != "VOID":
        return f"CAST(NULL AS {of})"
    return dice.choice(VALUES[of])


def placed(dice: random.Random, template: str, types: tuple[str, ...]) -> str:
    """A query of `template`, its ``{0}``, ``{1}``, ... filled with literals or with columns."""
    values = [value(dice, of) for of in types]
    if dice.random() < 0.5 or not types:
        return f"SELECT {template.format(*values)}"
    names = [chr(ord("a") + position) for position in range(len(types))]
    return f"SELECT {template.format(*names)} FROM VALUES ({', '.join(values)}) AS t({', '.join(names)})"


def _cast(dice: random.Random) -> tuple[str, str]:
    given, to = dice.choice(EVERY), dice.choice(TARGETS)
    if dice.random() < 0.4:
        given = "STRING"
    word = dice.choice(("CAST", "CAST", "TRY_CAST"))
    return placed(dice, f"{word}({{0}} AS {to})", (given,)), f"{word} {given} -> {to}"


def _casts_of_all(dice: random.Random) -> tuple[str, str]:
    """Every value of a type at once, where none can raise."""
    given, to = dice.choice(SCALARS), dice.choice([x for x in TARGETS if "<" not in x])
    if dice.random() < 0.5:
        given = "STRING"
    rows = ", ".join(f"({position}, {one})" for position, one in enumerate(VALUES[given]))
    return (
        f"SELECT p, TRY_CAST(v AS {to}) AS c FROM VALUES {rows} AS t(p, v)",
        f"TRY_CAST all {given} -> {to}",
    )


_BINARY: Final = (
    *("+", "-", "*", "/", "%", "div", "=", "<=>", "<", "<=", ">", ">=", "!=", "<>"),
    *("AND", "OR", "||", "&", "|", "^", "<<", ">>", ">>>", "LIKE", "RLIKE", "IS DISTINCT FROM"),
)


def _operator(dice: random.Random) -> tuple[str, str]:
    symbol = dice.choice(_BINARY)
    if dice.random() < 0.6:
        symbol = dice.choice(_BINARY[:6])
    pool = NUMBERS if dice.random() < 0.4 else EVERY
    a, b = dice.choice(pool), dice.choice(pool)
    return placed(dice, f"{{0}} {symbol} {{1}}", (a, b)), f"{a} {symbol} {b}"


_UNARY: Final = (
    *("-{0}", "+{0}", "~{0}", "NOT {0}", "{0} IS NULL", "{0} IS NOT NULL", "{0} IS TRUE"),
    *("{0} IS NOT FALSE", "{0} IS UNKNOWN", "abs({0})", "{0}[0]", "{0}['a']", "{0}.a"),
)


def _unary(dice: random.Random) -> tuple[str, str]:
    template, of = dice.choice(_UNARY), dice.choice(EVERY)
    return placed(dice, template, (of,)), f"{template} {of}"


_PAIRED: Final = (
    *("CASE WHEN true THEN {0} ELSE {1} END", "CASE {0} WHEN {1} THEN 1 ELSE 2 END"),
    *("if(true, {0}, {1})", "coalesce({0}, {1})", "nvl({0}, {1})", "nullif({0}, {1})"),
    *("ifnull({0}, {1})", "nvl2({0}, {1}, {0})", "greatest({0}, {1})", "least({0}, {1})"),
    *("array({0}, {1})", "map(1, {0}, 2, {1})", "map({0}, 1, {1}, 2)", "{0} IN ({1})"),
    *("{0} IN ({1}, {0})", "{0} NOT IN ({1})", "{0} BETWEEN {1} AND {0}", "concat({0}, {1})"),
    *("if({0}, {1}, {1})", "CASE WHEN {0} THEN {1} END", "zeroifnull({0}) + {1}"),
    *(
        "struct({0}, {1}) = struct({1}, {0})",
        "array({0}) = array({1})",
        "named_struct('x', {0}, 'y', {1})",
    ),
    *("equal_null({0}, {1})", "decode({0}, {1}, 'x', 'y')", "try_add({0}, {1})"),
    *(
        "try_subtract({0}, {1})",
        "try_multiply({0}, {1})",
        "try_divide({0}, {1})",
        "try_mod({0}, {1})",
    ),
    *("mod({0}, {1})", "pmod({0}, {1})", "array_contains(array({0}), {1})", "element_at({0}, {1})"),
    *("{0}[{1}]", "array_append(array({0}), {1})", "array_union(array({0}), array({1}))"),
)


def _paired(dice: random.Random) -> tuple[str, str]:
    template = dice.choice(_PAIRED)
    a, b = dice.choice(EVERY), dice.choice(EVERY)
    if dice.random() < 0.3:
        a = "STRING"
    if dice.random() < 0.2:
        a = b
    return placed(dice, template, (a, b)), f"{template} {a}, {b}"


_SETS: Final = (
    "UNION ALL",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "VALUES",
    "JOIN",
    "INSUBQUERY",
    "SCALAR",
)


def _sets(dice: random.Random) -> tuple[str, str]:
    word = dice.choice(_SETS)
    a, b = dice.choice(EVERY), dice.choice(EVERY)
    one, other = value(dice, a), value(dice, b)
    label = f"{word} {a}, {b}"
    match word:
        case "VALUES":
            return f"SELECT * FROM VALUES ({one}), ({other})", label
        case "JOIN":
            return (
                f"SELECT * FROM (SELECT {one} AS k) a JOIN (SELECT {other} AS k) b USING (k)",
                label,
            )
        case "INSUBQUERY":
            return f"SELECT {one} IN (SELECT {other} AS s)", label
        case "SCALAR":
            return f"SELECT {one} = (SELECT {other} AS s)", label
        case _:
            return f"SELECT {one} AS x {word} SELECT {other} AS y", label


_AGGREGATES: Final = (
    *("sum", "avg", "min", "max", "count", "first", "last", "any_value", "stddev", "variance"),
    *(
        "collect_list",
        "sort_array(collect_set",
        "bool_and",
        "bool_or",
        "bit_and",
        "bit_xor",
        "median",
        "mode",
    ),
    *("try_sum", "try_avg", "count_if", "max_by", "skewness", "kurtosis", "approx_count_distinct"),
    *("sum(DISTINCT", "count(DISTINCT", "corr", "listagg", "percentile", "array_agg"),
)


def _aggregate(dice: random.Random) -> tuple[str, str]:
    name, of = dice.choice(_AGGREGATES), dice.choice(EVERY)
    rows = ", ".join(f"({value(dice, of)})" for _ in range(dice.choice((1, 3))))
    opened = name if "DISTINCT" in name else f"{name}("
    separator = " " if "DISTINCT" in name else ""
    call = f"{opened}{separator}{{0}}{')' * opened.count('(')}"
    over = " OVER (ORDER BY {0})" if dice.random() < 0.2 else ""
    return f"SELECT {(call + over).format('v')} FROM VALUES {rows} AS t(v)", f"{call}{over} {of}"


def _grouping(dice: random.Random) -> tuple[str, str]:
    template = dice.choice(
        (
            "SELECT v, count(*) FROM VALUES {rows} AS t(v) GROUP BY v",
            "SELECT DISTINCT v FROM VALUES {rows} AS t(v)",
            "SELECT v FROM VALUES {rows} AS t(v) ORDER BY v DESC",
            "SELECT array_sort(collect_list(v)) FROM VALUES {rows} AS t(v)",
            "SELECT v, rank() OVER (ORDER BY v) FROM VALUES {rows} AS t(v)",
            "SELECT max(v), min(v) FROM VALUES {rows} AS t(v)",
            "SELECT array_distinct(collect_list(v)) FROM VALUES {rows} AS t(v)",
            "SELECT hash(v), xxhash64(v) FROM VALUES {rows} AS t(v)",
            "SELECT CAST(v AS STRING), CAST(array(v) AS STRING) FROM VALUES {rows} AS t(v)",
            "SELECT to_json(struct(v)) FROM VALUES {rows} AS t(v)",
        )
    )
    of = dice.choice(EVERY)
    rows = ", ".join(f"({value(dice, of)})" for _ in range(6))
    return template.format(rows=rows), f"{template} {of}"


def _function(dice: random.Random) -> tuple[str, str]:
    names = sorted(n for n, f in functions().items() if not f.hidden and n not in VOLATILE)
    name = dice.choice([n for n in names if re.fullmatch(r"[a-z_0-9]+", n)])
    count = dice.choice((0, 1, 1, 2, 2, 2, 3, 3, 4))
    types = tuple(dice.choice(("STRING", "INT", dice.choice(EVERY))) for _ in range(count))
    template = f"{name}({', '.join(f'{{{p}}}' for p in range(count))})"
    return placed(dice, template, types), f"{name}({', '.join(types)})"


def _expression(dice: random.Random) -> tuple[str, str]:
    """One or two typed expressions over the rows of one table."""
    relation = table(dice, Names(), tuple(dice.choice(tuple(PLAIN)) for _ in range(4)))
    kinds = [dice.choice(tuple(RULES)) for _ in range(dice.choice((1, 1, 2)))]
    texts = [expression(dice, kind, relation.columns, 3) for kind in kinds]
    return f"SELECT {', '.join(texts)} FROM {relation.sql}", ", ".join(kinds)


FAMILIES: Final[dict[str, Callable[[random.Random], tuple[str, str]]]] = {
    "cast": _cast,
    "casts": _casts_of_all,
    "operator": _operator,
    "unary": _unary,
    "paired": _paired,
    "sets": _sets,
    "aggregate": _aggregate,
    "grouping": _grouping,
    "function": _function,
    "filled": filled,
    "expression": _expression,
    "query": query,
    "syntax": mistaken,
    "nested": nested,
    "clause": clause,
    "broken": broken,
}
