"""Random queries over random tables: every clause of SELECT, joins, set operations, subqueries.

What a query gives must not depend on the order in which rows come: a window or a LIMIT sorts by
every column it sees, lists are sorted, and doubles are halves, so that sums of them are exact.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.differential.expressions import COMPARED, PLAIN, Column, expression, literal

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Relation:
    """What can stand in FROM, and the columns that it gives."""

    sql: str
    columns: tuple[Column, ...]


class Names:
    """Names that no other column or table of the query has."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = itertools.count(1)

    def new(self, letter: str) -> str:
        """`letter` with a number that is new."""
        return f"{letter}{next(self._numbers)}"


def query(dice: random.Random) -> tuple[str, str]:
    """A query, and what it is made of."""
    names = Names()
    shape = dice.choice(tuple(SHAPES))
    relation = _from(dice, names, 2)
    return SHAPES[shape](dice, names, relation), shape


# ---- what stands in FROM ------------------------------------------------------------------------


def _from(dice: random.Random, names: Names, depth: int) -> Relation:
    if depth <= 0 or dice.random() < 0.35:
        return table(dice, names)
    return dice.choice(_RELATIONS)(dice, names, depth - 1)


def table(dice: random.Random, names: Names, kinds: tuple[str, ...] = ()) -> Relation:
    """A table of one to five rows, some of its values null."""
    kinds = kinds or ("INT", *(dice.choice(tuple(PLAIN)) for _ in range(dice.choice((1, 2, 3)))))
    columns = tuple((names.new("c"), kind) for kind in kinds)
    rows = ", ".join(
        f"({', '.join(literal(dice, kind) for kind in kinds)})" for _ in range(dice.randint(1, 5))
    )
    listed = ", ".join(name for name, _ in columns)
    return Relation(f"(VALUES {rows}) AS {names.new('t')}({listed})", columns)


_JOINS: Final = ("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN")


def _join(dice: random.Random, names: Names, depth: int) -> Relation:
    left, right = _from(dice, names, depth), _from(dice, names, 0)
    kind = dice.choice((*_JOINS, "CROSS JOIN"))
    both = (*left.columns, *right.columns)
    given = left.columns if "SEMI" in kind or "ANTI" in kind else both
    if kind == "CROSS JOIN":
        return Relation(f"{left.sql} CROSS JOIN {right.sql}", given)
    pairs = [
        (a, b) for a, of in left.columns for b, other in right.columns if of == other in COMPARED
    ]
    on = " = ".join(dice.choice(pairs)) if pairs else expression(dice, "BOOLEAN", both, 2)
    if dice.random() < 0.3:
        on += f" AND {expression(dice, 'BOOLEAN', both, 2)}"
    return Relation(f"{left.sql} {kind} {right.sql} ON {on}", given)


def _using(dice: random.Random, names: Names, depth: int) -> Relation:
    del depth
    key, kind = names.new("k"), dice.choice(COMPARED)
    sides, others = [], []
    for _ in range(2):
        side = table(dice, names, (kind, dice.choice(tuple(PLAIN))))
        (name, _), other = side.columns
        sides.append(f"(SELECT {name} AS {key}, {other[0]} FROM {side.sql}) AS {names.new('t')}")
        others.append(other)
    join = dice.choice(_JOINS[:4])
    return Relation(f"{sides[0]} {join} {sides[1]} USING ({key})", ((key, kind), *others))


def _nested(dice: random.Random, names: Names, depth: int) -> Relation:
    inner = _from(dice, names, depth)
    listed = [(expression(dice, kind, inner.columns, 2), kind) for kind in _kinds(dice, 3)]
    columns = tuple((names.new("c"), kind) for _, kind in listed)
    chosen = ", ".join(
        f"{text} AS {name}" for (text, _), (name, _) in zip(listed, columns, strict=True)
    )
    distinct = "DISTINCT " if dice.random() < 0.2 and _all_compared(columns) else ""
    where = _where(dice, names, inner.columns)
    return Relation(
        f"(SELECT {distinct}{chosen} FROM {inner.sql}{where}) AS {names.new('t')}", columns
    )


def _grouped(dice: random.Random, names: Names, depth: int) -> Relation:
    inner = _from(dice, names, depth)
    keys = [column for column in inner.columns if column[1] in COMPARED][:2]
    columns = tuple((names.new("c"), kind) for kind in (*(kind for _, kind in keys), "BIGINT"))
    chosen = [f"{key} AS {name}" for (key, _), (name, _) in zip(keys, columns, strict=False)]
    chosen.append(f"count({dice.choice(inner.columns)[0]}) AS {columns[-1][0]}")
    group = f" GROUP BY {', '.join(key for key, _ in keys)}" if keys else ""
    return Relation(
        f"(SELECT {', '.join(chosen)} FROM {inner.sql}{group}) AS {names.new('t')}", columns
    )


def _lateral(dice: random.Random, names: Names, depth: int) -> Relation:
    outer = _from(dice, names, depth)
    if dice.random() < 0.5:
        kind, array = dice.choice((("INT", "ARRAY<INT>"), ("STRING", "ARRAY<STRING>")))
        generator = dice.choice(("explode", "explode_outer", "posexplode"))
        added = ((names.new("c"), "INT"),) if generator == "posexplode" else ()
        added = (*added, (names.new("c"), kind))
        call = f"{generator}({expression(dice, array, outer.columns, 1)})"
        view = dice.choice(("LATERAL VIEW", "LATERAL VIEW OUTER"))
        listed = ", ".join(name for name, _ in added)
        sql = f"{outer.sql} {view} {call} {names.new('v')} AS {listed}"
        # After a LATERAL VIEW no JOIN may follow.
        wrapped = f"(SELECT * FROM {sql}) AS {names.new('t')}"
        return Relation(wrapped, (*outer.columns, *added))
    inner = table(dice, names)
    kind = dice.choice(tuple(PLAIN))
    column = (names.new("c"), kind)
    both = (*inner.columns, *outer.columns)
    text = expression(dice, kind, both, 2)
    where = f" WHERE {expression(dice, 'BOOLEAN', both, 1)}"
    join = dice.choice((", LATERAL", " JOIN LATERAL", " LEFT JOIN LATERAL"))
    on = " ON true" if "LEFT" in join else ""
    sql = f"(SELECT {text} AS {column[0]} FROM {inner.sql}{where}) AS {names.new('t')}"
    return Relation(f"{outer.sql}{join} {sql}{on}", (*outer.columns, column))


def _pivoted(dice: random.Random, names: Names, depth: int) -> Relation:
    del depth
    inner = table(dice, names, ("INT", "STRING", dice.choice(("INT", "BIGINT", "DOUBLE"))))
    (group, _), (key, _), (value, kind) = inner.columns
    one, other = names.new("c"), names.new("c")
    function, gives = dice.choice((("max", kind), ("min", kind), ("count", "BIGINT")))
    sql = (
        f"(SELECT * FROM {inner.sql} PIVOT ({function}({value}) FOR {key} IN ('a' AS {one}, 'b' AS {other})))"
        f" AS {names.new('t')}"
    )
    return Relation(sql, ((group, "INT"), (one, gives), (other, gives)))


def _unpivoted(dice: random.Random, names: Names, depth: int) -> Relation:
    del depth
    kind = dice.choice(COMPARED)
    inner = table(dice, names, ("STRING", kind, kind))
    (first, _), (a, _), (b, _) = inner.columns
    name, value = names.new("c"), names.new("c")
    nulls = dice.choice(("", "INCLUDE NULLS ", "EXCLUDE NULLS "))
    sql = f"(SELECT * FROM {inner.sql} UNPIVOT {nulls}({value} FOR {name} IN ({a}, {b}))) AS {names.new('t')}"
    return Relation(sql, ((first, "STRING"), (name, "STRING"), (value, kind)))


def _united(dice: random.Random, names: Names, depth: int) -> Relation:
    kinds = _kinds(dice, 2, COMPARED)
    word = dice.choice(("UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"))
    columns = tuple((names.new("c"), kind) for kind in kinds)
    halves = []
    for _ in range(2):
        inner = _from(dice, names, depth - 1)
        texts = [f"{expression(dice, kind, inner.columns, 1)} AS {name}" for name, kind in columns]
        halves.append(f"SELECT {', '.join(texts)} FROM {inner.sql}")
    return Relation(f"({f' {word} '.join(halves)}) AS {names.new('t')}", columns)


_RELATIONS: Final = (
    _join,
    _join,
    _using,
    _nested,
    _grouped,
    _lateral,
    _pivoted,
    _unpivoted,
    _united,
)


# ---- parts of a query ---------------------------------------------------------------------------


def _kinds(dice: random.Random, most: int, pool: tuple[str, ...] = tuple(PLAIN)) -> list[str]:
    return [dice.choice(pool) for _ in range(dice.randint(1, most))]


def _all_compared(columns: tuple[Column, ...]) -> bool:
    return all(kind in COMPARED for _, kind in columns)


def _where(dice: random.Random, names: Names, columns: tuple[Column, ...]) -> str:
    if dice.random() < 0.4:
        return ""
    return f" WHERE {_condition(dice, names, columns)}"


def _condition(dice: random.Random, names: Names, columns: tuple[Column, ...]) -> str:
    """A condition over `columns`, a correlated or plain subquery now and then."""
    if dice.random() < 0.6:
        return expression(dice, "BOOLEAN", columns, 2)
    kind = dice.choice(COMPARED)
    inner = table(dice, names, (kind, "INT"))
    (value, _), (number, _) = inner.columns
    outer = [name for name, of in columns if of == "INT"]
    where = (
        f" WHERE {number} {dice.choice(('=', '<', '<=>'))} {outer[0]}"
        if outer and dice.random() < 0.6
        else ""
    )
    text = expression(dice, kind, columns, 1)
    return dice.choice(
        (
            f"{text} IN (SELECT {value} FROM {inner.sql}{where})",
            f"{text} NOT IN (SELECT {value} FROM {inner.sql}{where})",
            f"EXISTS (SELECT 1 FROM {inner.sql}{where})",
            f"NOT EXISTS (SELECT {value} FROM {inner.sql}{where})",
            f"{text} = (SELECT max({value}) FROM {inner.sql}{where})",
            f"(SELECT count(*) FROM {inner.sql}{where}) > {expression(dice, 'INT', columns, 1)}",
        )
    )


def _texts(dice: random.Random, columns: tuple[Column, ...], most: int = 3) -> list[str]:
    """Expressions for a select list, some with a name."""
    return [
        expression(dice, kind, columns, 2) + dice.choice(("", f" AS x{position}"))
        for position, kind in enumerate(_kinds(dice, most))
    ]


# ---- shapes of whole queries --------------------------------------------------------------------


def _plain(dice: random.Random, names: Names, relation: Relation) -> str:
    chosen = ["*"] if dice.random() < 0.15 else _texts(dice, relation.columns)
    return f"SELECT {', '.join(chosen)} FROM {relation.sql}{_where(dice, names, relation.columns)}"


def _sorted(dice: random.Random, names: Names, relation: Relation) -> str:
    columns = [column for column in relation.columns if column[1] in COMPARED]
    keys = ", ".join(
        f"{name}{dice.choice(('', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST'))}"
        for name, _ in columns
    )
    chosen = ", ".join(name for name, _ in columns) or "1"
    limit = dice.choice((" LIMIT 2", " LIMIT 1 OFFSET 1", " OFFSET 1", "", " LIMIT 0"))
    order = f" ORDER BY {keys}" if keys else ""
    return (
        f"SELECT {chosen} FROM {relation.sql}{_where(dice, names, relation.columns)}{order}{limit}"
    )


_AGGREGATES: Final = (
    *("count(*)", "count({X})", "count(DISTINCT {C})", "max({C})", "min({C})", "sum({INT})"),
    *("sum({DECIMAL(10,2)})", "avg({INT})", "avg({DECIMAL(10,2)})", "sum(DISTINCT {INT})"),
    *("sort_array(collect_list({INT}))", "sort_array(collect_set({STRING}))", "bool_or({BOOLEAN})"),
    *(
        "sum({INTERVAL DAY TO SECOND})",
        "bit_xor({INT})",
        "count_if({BOOLEAN})",
        "try_sum({BIGINT})",
    ),
    *("median({INT})", "percentile({INT}, 0.5)", "every({BOOLEAN})"),
    *("bool_and({BOOLEAN})", "approx_count_distinct({C})"),
    *("sum({DOUBLE})", "avg({INTERVAL YEAR TO MONTH})", "min(struct({C}, {INT}))", "stddev({INT})"),
    *("count({C}, {X})", "regr_count({DOUBLE}, {INT})", "bit_or({BIGINT})"),
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY {DOUBLE})",
)


def _aggregate(dice: random.Random, columns: tuple[Column, ...], depth: int = 1) -> str:
    kinds = {"C": dice.choice(COMPARED), "X": dice.choice(tuple(PLAIN))}
    text = dice.choice(_AGGREGATES)
    for kind in (*kinds, *PLAIN):
        while f"{{{kind}}}" in text:
            inner = expression(dice, kinds.get(kind, kind), columns, depth)
            text = text.replace(f"{{{kind}}}", inner, 1)
    if dice.random() < 0.2:
        text += f" FILTER (WHERE {expression(dice, 'BOOLEAN', columns, 1)})"
    return text


def _grouping(dice: random.Random, names: Names, relation: Relation) -> str:
    keys = [name for name, kind in relation.columns if kind in COMPARED][: dice.randint(0, 3)]
    if dice.random() < 0.3:
        keys.append(expression(dice, dice.choice(COMPARED), relation.columns, 1))
    calls = [_aggregate(dice, relation.columns) for _ in range(dice.randint(1, 3))]
    if dice.random() < 0.3:
        calls.append(f"{calls[0]} IS NULL")
    chosen = [*keys, *calls]
    listed = ", ".join(keys)
    group = dice.choice(
        ("{0}", "{0}", "{0}", "ROLLUP({0})", "CUBE({0})", "GROUPING SETS(({0}), ())", "ALL")
    )
    grouped = f" GROUP BY {group.format(listed)}" if keys else ""
    having = (
        f" HAVING {_aggregate(dice, relation.columns)} IS NOT NULL" if dice.random() < 0.2 else ""
    )
    where = _where(dice, names, relation.columns)
    return f"SELECT {', '.join(chosen)} FROM {relation.sql}{where}{grouped}{having}"


_FRAMES: Final = (
    *(
        "",
        "",
        " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING",
    ),
    *(
        " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
        " ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING",
    ),
)
_WINDOWED: Final = (
    "rank()",
    "dense_rank()",
    "row_number()",
    "percent_rank()",
    "cume_dist()",
    "ntile(2)",
)


def _windows(dice: random.Random, names: Names, relation: Relation) -> str:
    compared = [name for name, kind in relation.columns if kind in COMPARED]
    if not compared:
        return _plain(dice, names, relation)
    order = f" ORDER BY {', '.join(name + dice.choice(('', ' DESC')) for name in compared)}"
    partition = f"PARTITION BY {dice.choice(compared)}" if dice.random() < 0.6 else ""
    visible = tuple(column for column in relation.columns if column[1] in COMPARED)
    calls = []
    for _ in range(dice.randint(1, 3)):
        if dice.random() < 0.5:
            call = dice.choice(
                (*_WINDOWED, f"lag({dice.choice(compared)})", f"lead({compared[0]}, 2, NULL)")
            )
            calls.append(f"{call} OVER ({partition}{order})")
        else:
            over = f" OVER ({partition}{order}{dice.choice(_FRAMES)})"
            calls.append(_over(_aggregate(dice, visible, 0), over))
    chosen = ", ".join((*compared, *calls))
    return f"SELECT {chosen} FROM {relation.sql}{_where(dice, names, relation.columns)}"


def _over(call: str, over: str) -> str:
    """`call` with `over` behind the aggregate in it, if a list of its values is sorted."""
    around = "sort_array("
    if not call.startswith(around) or " FILTER (" in call:
        return call + over
    return f"{call[:-1]}{over})"


def _set_operation(dice: random.Random, names: Names, relation: Relation) -> str:
    kinds = _kinds(dice, 3, COMPARED)
    other = _from(dice, names, 1)
    word = dice.choice(("UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"))
    halves = []
    for side in (relation, other):
        mixed = [dice.choice(_WIDER.get(kind, (kind,))) for kind in kinds]
        halves.append(
            f"SELECT {', '.join(expression(dice, k, side.columns, 2) for k in mixed)} FROM {side.sql}"
        )
    return f" {word} ".join(halves)


_WIDER: Final = {
    "INT": ("INT", "BIGINT", "SMALLINT", "DECIMAL(10,2)"),
    "DOUBLE": ("DOUBLE", "FLOAT", "INT"),
    "TIMESTAMP": ("TIMESTAMP", "DATE"),
}


def _with(dice: random.Random, names: Names, relation: Relation) -> str:
    name, one, other = names.new("w"), names.new("a"), names.new("b")
    compared = [column for column, kind in relation.columns if kind in COMPARED]
    inner = (
        _plain(dice, names, relation)
        if not compared
        else (f"SELECT {', '.join(compared)} FROM {relation.sql}")
    )
    on = f"{one}.{compared[0]} = {other}.{compared[0]}" if compared else "true"
    join = dice.choice(_JOINS)
    return (
        f"WITH {name} AS ({inner}) SELECT * FROM {name} AS {one} {join} {name} AS {other} ON {on}"
    )


def _scalar(dice: random.Random, names: Names, relation: Relation) -> str:
    inner = table(dice, names)
    outer = [name for name, of in relation.columns if of == "INT"] or ["1"]
    call = _aggregate(dice, inner.columns, 1)
    where = (
        f" WHERE {inner.columns[0][0]} {dice.choice(('=', '<', '<=>', '>='))} {dice.choice(outer)}"
    )
    texts = _texts(dice, relation.columns, 2)
    return f"SELECT {', '.join(texts)}, (SELECT {call} FROM {inner.sql}{where}) AS s FROM {relation.sql}"


def _piped(dice: random.Random, names: Names, relation: Relation) -> str:
    steps = [f"FROM {relation.sql}", f"WHERE {_condition(dice, names, relation.columns)}"]
    steps.append(f"EXTEND {expression(dice, 'INT', relation.columns, 2)} AS e")
    if dice.random() < 0.5:
        keys = [name for name, kind in relation.columns if kind in COMPARED][:1]
        grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
        steps.append(f"AGGREGATE max(e), {_aggregate(dice, relation.columns)}{grouped}")
    return " |> ".join(steps)


SHAPES: Final = {
    "select": _plain,
    "sort": _sorted,
    "group": _grouping,
    "window": _windows,
    "set": _set_operation,
    "with": _with,
    "scalar subquery": _scalar,
    "pipe": _piped,
}
