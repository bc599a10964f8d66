"""Clauses that random queries seldom reach: frames of windows, PIVOT, BY NAME, GROUPING SETS, recursion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.differential.expressions import COMPARED, expression, literal
from tests.differential.queries import Names, table

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_STEPS: Final[dict[str, tuple[str, ...]]] = {
    "INT": ("1", "2", "0", "1 + 1"),
    "BIGINT": ("1L", "3", "3000000000L"),
    "SMALLINT": ("1S", "2"),
    "DOUBLE": ("0.5D", "1", "1.25"),
    "FLOAT": ("1.5F", "1"),
    "DECIMAL(10,2)": ("0.5", "CAST(2 AS DECIMAL(10,2))", "1"),
    "DATE": ("INTERVAL '1' DAY", "1", "INTERVAL '2' MONTH", "INTERVAL 400 DAYS"),
    "TIMESTAMP": ("INTERVAL '1' HOUR", "INTERVAL '1 02:00:00' DAY TO SECOND", "INTERVAL '3' YEAR"),
    "TIMESTAMP_NTZ": ("INTERVAL '1' HOUR", "INTERVAL '1' MONTH"),
    "INTERVAL DAY TO SECOND": ("INTERVAL '1' HOUR", "INTERVAL '1' DAY"),
    "INTERVAL YEAR TO MONTH": ("INTERVAL '1' MONTH", "INTERVAL '2' YEAR"),
    "STRING": ("1",),
    "BOOLEAN": ("1",),
}
"""How far a frame in RANGE may reach, by what it is ordered by; of the last two none can."""


def _frames(dice: random.Random) -> str:
    kind, of = dice.choice(tuple(_STEPS)), dice.choice(COMPARED)
    rows = ", ".join(
        f"({number}, {literal(dice, kind)}, {dice.choice(('1', '2', 'NULL'))}, {literal(dice, of)})"
        for number in range(dice.randint(2, 7))
    )
    unit = dice.choice(("RANGE", "RANGE", "ROWS"))
    order = "k" if unit == "RANGE" else "k, n"
    order += dice.choice(("", " DESC", " NULLS LAST", " DESC NULLS FIRST"))
    steps = _STEPS[kind] if unit == "RANGE" else ("1", "2", "0")
    bounds = [
        *("UNBOUNDED PRECEDING", "CURRENT ROW", "CURRENT ROW", "UNBOUNDED FOLLOWING"),
        *(f"{dice.choice(steps)} {dice.choice(('PRECEDING', 'FOLLOWING'))}" for _ in range(4)),
    ]
    frame = f"{unit} BETWEEN {dice.choice(bounds)} AND {dice.choice(bounds)}"
    if dice.random() < 0.15:
        frame = f"{unit} {dice.choice(bounds)}"
    partition = dice.choice(("", "PARTITION BY g "))
    call = dice.choice(
        (
            *(
                "count(v)",
                "min(v)",
                "max(k)",
                "count(*)",
                "sum(n)",
                "avg(n)",
                "min(n)",
                "sort_array(collect_list(n))",
            ),
            *(
                "first_value(k)",
                "last_value(k)",
                "nth_value(k, 2)",
                "sort_array(array_agg(v))",
                "sum(n) FILTER (WHERE n > 1)",
            ),
            *(
                "stddev(n)",
                "any_value(k)",
                "last(k) IGNORE NULLS",
                "nth_value(v, 1) IGNORE NULLS",
                "bool_or(n > 1)",
                "count_if(n > 2)",
            ),
        )
    )
    around = "sort_array(" if call.startswith("sort_array(") else ""
    call = call[len(around) : -1] if around else call
    over = f"OVER ({partition}ORDER BY {order} {frame})"
    return f"SELECT n, {around}{call} {over}{')' if around else ''} FROM VALUES {rows} AS t(n, k, g, v)"


def _places(dice: random.Random) -> str:
    of = dice.choice(COMPARED)
    rows = ", ".join(
        f"({number}, {dice.choice(('1', '2', 'NULL'))}, {literal(dice, of)})"
        for number in range(dice.randint(1, 6))
    )
    nulls = dice.choice(("", "", " IGNORE NULLS", " RESPECT NULLS"))
    call = dice.choice(
        (
            *(
                f"lag(v){nulls}",
                f"lead(v, 2){nulls}",
                f"lag(v, 0){nulls}",
                f"lag(v, -1){nulls}",
                f"lead(v, 1, {literal(dice, of)}){nulls}",
            ),
            *(
                "ntile(2)",
                "ntile(3)",
                "row_number()",
                "percent_rank()",
                "cume_dist()",
                "rank()",
                "dense_rank()",
            ),
            *(
                f"lag(v, 1, NULL){nulls}",
                f"nth_value(v, 2){nulls}",
                f"first_value(v){nulls}",
                f"last_value(v){nulls}",
                f"lead(n, 1, 'x'){nulls}",
            ),
        )
    )
    order = (
        "n"
        if not call.startswith(("percent", "cume", "rank", "dense"))
        else dice.choice(("v", "g", "v, g"))
    )
    return f"SELECT n, {call} OVER ({dice.choice(('', 'PARTITION BY g '))}ORDER BY {order}{dice.choice(('', ' DESC'))}) AS w FROM VALUES {rows} AS t(n, g, v)"


def _by_name(dice: random.Random) -> str:
    names = Names()
    halves = []
    shared = [(name, dice.choice(COMPARED)) for name in ("a", "b", "c")]
    for _ in range(2):
        inner = table(dice, names)
        listed = dice.sample(shared, dice.randint(1, 3))
        kinds = [
            (name, kind if dice.random() < 0.8 else dice.choice(COMPARED)) for name, kind in listed
        ]
        texts = [
            f"{expression(dice, kind, inner.columns, 1)} AS {dice.choice((name, name, name.upper()))}"
            for name, kind in kinds
        ]
        halves.append(f"SELECT {', '.join(texts)} FROM {inner.sql}")
    word = dice.choice(
        (
            "UNION ALL BY NAME",
            "UNION BY NAME",
            "UNION ALL BY NAME",
            "UNION ALL",
            "EXCEPT",
            "INTERSECT ALL",
        )
    )
    return f" {word} ".join(halves)


def _pivot(dice: random.Random) -> str:
    names = Names()
    kind = dice.choice(COMPARED)
    inner = table(dice, names, ("INT", "STRING", kind, "INT"))
    (a, _), (b, _), (c, _), (d, _) = inner.columns
    calls = dice.sample(
        [
            f"max({c})",
            f"count({c}) AS n",
            f"sum({d})",
            f"avg({d}) AS m",
            f"min({c}) AS `x y`",
            f"first({d})",
            "count(*)",
            f"sum({a} + {d})",
        ],
        dice.choice((1, 1, 2)),
    )
    keys = dice.choice(
        (
            f"{b} IN ('a', 'b' AS x, '12')",
            f"({b}, {d}) IN (('a', 1), ('b', 2) AS z)",
            f"{d} IN (1, 2 AS two, NULL)",
            f"{c} IN ({literal(dice, kind)}, {literal(dice, kind)} AS y)",
            f"{d} IN ('1', 2L)",
            f"{b} IN ('a' AS a1, 'ab' AS a1)",
        )
    )
    chosen = dice.choice(("*", "*", f"SELECT_{a}"))
    chosen = "*" if chosen == "*" else a
    return f"SELECT {chosen} FROM {inner.sql} PIVOT ({', '.join(calls)} FOR {keys})"


def _unpivot(dice: random.Random) -> str:
    names = Names()
    one, other = dice.choice(COMPARED), dice.choice(COMPARED)
    inner = table(dice, names, ("INT", one, one if dice.random() < 0.7 else other, other))
    a, b, c, d = (name for name, _ in inner.columns)
    nulls = dice.choice(("", "INCLUDE NULLS ", "EXCLUDE NULLS "))
    listed = dice.choice(
        (
            f"(v FOR k IN ({b}, {c}))",
            f"(v FOR k IN ({b} AS x, {c} AS `y z`))",
            f"((v, w) FOR k IN (({b}, {a}), ({c}, {a}) AS q))",
            f"(v FOR k IN ({a}, {d}))",
            f"({b} FOR k IN ({b}, {c}))",
            f"((v, w) FOR k IN (({a}, {b}) AS a, ({a}, {d}) AS b))",
        )
    )
    return f"SELECT * FROM {inner.sql} UNPIVOT {nulls}{listed}"


def _sets(dice: random.Random) -> str:
    names = Names()
    inner = table(dice, names, (dice.choice(COMPARED), dice.choice(COMPARED), "INT"))
    (a, _), (b, _), (n, _) = inner.columns
    group = dice.choice(
        (
            *(
                f"ROLLUP ({a}, {b})",
                f"CUBE ({a}, {b})",
                f"GROUPING SETS (({a}, {b}), ({a}), ())",
                f"{a}, ROLLUP ({b})",
                f"{a}, {b} WITH ROLLUP",
            ),
            *(
                f"GROUPING SETS (({b}), ({b}), ({a}))",
                f"CUBE (({a}, {b}), {n})",
                f"{a}, GROUPING SETS (({b}), ())",
                f"GROUPING SETS (ROLLUP ({a}), CUBE ({b}))",
                f"ROLLUP ({a}), CUBE ({b})",
            ),
        )
    )
    calls = dice.sample(
        [
            "count(*)",
            f"sum({n})",
            "grouping_id()",
            f"grouping({a})",
            f"grouping_id({a}, {b})",
            f"max({b})",
            f"count(DISTINCT {n})",
            f"min({a}) FILTER (WHERE {n} > 0)",
            f"sort_array(collect_list({n}))",
        ],
        2,
    )
    having = dice.choice(
        ("", "", f" HAVING grouping({a}) = 0", f" HAVING {a} IS NOT NULL", " HAVING count(*) > 1")
    )
    return f"SELECT {a}, {b}, {', '.join(calls)} FROM {inner.sql} GROUP BY {group}{having}"


def _pipes(dice: random.Random) -> str:
    names = Names()
    inner = table(dice, names, ("INT", dice.choice(COMPARED), "STRING"))
    a, b, c = (name for name, _ in inner.columns)
    other = table(dice, names, ("INT", "STRING"))
    x, y = (name for name, _ in other.columns)
    steps = [
        *(
            f"SET {a} = {expression(dice, 'INT', inner.columns, 1)}",
            f"SET {c} = upper({c}), {a} = {a} + 1",
            f"DROP {b}",
            "AS q",
            f"EXTEND {a} + 1 AS e",
            f"SELECT {a}, {c}, {b}",
        ),
        *(
            f"WHERE {expression(dice, 'BOOLEAN', inner.columns, 1)}",
            f"LEFT JOIN {other.sql} ON {a} = {x}",
            f"JOIN {other.sql} ON {c} = {y}",
            f"AGGREGATE count(*) AS n, max({b}) GROUP BY {a}",
        ),
        *(
            f"AGGREGATE sum({a}) GROUP BY {c} AS g",
            f"UNION ALL SELECT {a}, {b}, {c} FROM {inner.sql}",
            f"EXCEPT SELECT * FROM {inner.sql} WHERE {a} > 1",
            f"SELECT DISTINCT {c}",
            f"EXTEND row_number() OVER (ORDER BY {a}, {b}, {c}) AS r",
        ),
        *(
            f"PIVOT (sum({a}) FOR {c} IN ('a', 'b'))",
            f"SELECT {a} AS z, {a}",
            f"ORDER BY {a}, {b}, {c} |> LIMIT 2",
            "SET zz = 1",
            "DROP zz",
            f"SELECT *, 1 AS {a}",
            f"AGGREGATE GROUP BY {a}",
            f"SET {a} = {a} + 1 |> WHERE {a} > 1",
        ),
    ]
    chosen = " |> ".join(dice.sample(steps, dice.randint(1, 3)))
    return f"FROM {inner.sql} |> {chosen}"


def _recursive(dice: random.Random) -> str:
    start, step = (
        dice.choice(("1", "1L", "CAST(1 AS DOUBLE)", "1S", "1.5")),
        dice.choice(("n + 1", "n * 2", "n + 0.5", "n + 1L")),
    )
    end = dice.choice(("n < 4", "n <= 3 AND n IS NOT NULL", "n * n < 30"))
    head = dice.choice(("WITH RECURSIVE r(n)", "WITH RECURSIVE r(n, t)", "WITH RECURSIVE r"))
    listed = {
        "WITH RECURSIVE r(n)": (start, step),
        "WITH RECURSIVE r(n, t)": (
            f"{start}, 'x'",
            f"{step}, {dice.choice(('concat(t, n)', 't', 'NULL', 'upper(t)'))}",
        ),
        "WITH RECURSIVE r": (f"{start} AS n", step),
    }[head]
    word = dice.choice(("UNION ALL", "UNION ALL", "UNION ALL", "UNION"))
    ask = dice.choice(("*", "count(*)", "sum(n)", "max(n), min(n)"))
    return f"{head} AS (SELECT {listed[0]} {word} SELECT {listed[1]} FROM r WHERE {end}) SELECT {ask} FROM r"


def _stars(dice: random.Random) -> str:
    names = Names()
    one, other = table(dice, names, ("INT", "STRING")), table(dice, names, ("INT", "STRING"))
    left, right = (
        f"(SELECT {r.columns[0][0]} AS k, {r.columns[1][0]} AS {n} FROM {r.sql}) AS {t}"
        for r, n, t in ((one, "v", "x"), (other, dice.choice(("v", "w")), "y"))
    )
    join = dice.choice(
        (
            "JOIN",
            "LEFT JOIN",
            "RIGHT JOIN",
            "FULL JOIN",
            "LEFT SEMI JOIN",
            "LEFT ANTI JOIN",
            "CROSS JOIN",
            "NATURAL JOIN",
            "NATURAL LEFT JOIN",
            "NATURAL FULL JOIN",
        )
    )
    on = (
        ""
        if join.startswith(("NATURAL", "CROSS"))
        else dice.choice((" USING (k)", " ON x.k = y.k", " ON x.k <=> y.k AND y.k > 0"))
    )
    chosen = dice.choice(
        (
            "*",
            "x.*",
            "y.*",
            "k",
            "x.k, y.k",
            "* EXCEPT (k)",
            "x.* EXCEPT (v), y.k",
            "struct(*)",
            "struct(x.*) AS s",
            "count(*)",
            "count(x.*)",
            "count(DISTINCT y.k)",
            "coalesce(*)",
            "array(x.k, y.k)",
            "v",
            "x.*, y.*",
            "concat_ws('-', *)",
        )
    )
    return f"SELECT {chosen} FROM {left} {join} {right}{on}"


def _lateral(dice: random.Random) -> str:
    """A query that looks at what stands left of it, or a function of it that gives rows."""
    names = Names()
    inner = table(dice, names, ("INT", dice.choice(COMPARED), "ARRAY<INT>"))
    other = table(dice, names, ("INT", "STRING"))
    (a, _), (b, _), (c, _) = inner.columns
    x, y = (name for name, _ in other.columns)
    right = dice.choice(
        (
            *(
                f"(SELECT {x} + {a} AS s, {y} FROM {other.sql} WHERE {x} > {a})",
                f"(SELECT max({x}) AS s FROM {other.sql} WHERE {x} = {a})",
                f"(SELECT {a} AS s, {b} AS r)",
                f"(SELECT count(*) AS s FROM {other.sql} WHERE {x} <=> {a} GROUP BY {y})",
            ),
            *(
                f"explode({c})",
                f"posexplode({c})",
                f"explode(array({a}, {a} + 1))",
                f"inline(array(struct({a}, {b})))",
                f"stack(2, {a}, {a} + 1)",
            ),
        )
    )
    join = dice.choice((", LATERAL", "JOIN LATERAL", "LEFT JOIN LATERAL", "CROSS JOIN LATERAL"))
    on = dice.choice(("", "", " ON true", f" ON {a} > 0")) if " JOIN" in join[:9] else ""
    chosen = dice.choice(("*", f"{a}, v.*", "count(*)", f"v.*, {b}"))
    return f"SELECT {chosen} FROM {inner.sql} {join} {right} AS v{on}"


def _generated(dice: random.Random) -> str:
    """Rows made of rows: in a select list, or by LATERAL VIEW."""
    names = Names()
    inner = table(dice, names, ("INT", "ARRAY<INT>", dice.choice(COMPARED)))
    a, b, c = (name for name, _ in inner.columns)
    call = dice.choice(
        (
            f"explode({b})",
            f"posexplode({b})",
            f"explode_outer({b})",
            f"posexplode_outer({b})",
            f"explode(map({a}, {c}))",
            f"stack(2, {a}, {c}, {a} + 1, {c})",
            f"inline(array(struct({a}, {c}), struct({a} + 1, {c})))",
            f"inline_outer(array(named_struct('p', {a})))",
        )
    )
    if dice.random() < 0.5:
        named = dice.choice(("", " AS g", " AS (g, h)"))
        return f"SELECT {dice.choice((f'{a}, ', '', f'{c}, '))}{call}{named} FROM {inner.sql}"
    outer, columns = dice.choice(("", "OUTER ")), dice.choice(("", " AS g", " AS g, h"))
    chosen = dice.choice(("*", f"{a}, v.*", "count(*)", f"max({a})"))
    return f"SELECT {chosen} FROM {inner.sql} LATERAL VIEW {outer}{call} v{columns}"


def _named_windows(dice: random.Random) -> str:
    names = Names()
    inner = table(dice, names, ("INT", dice.choice(COMPARED), "INT"))
    a, b, c = (name for name, _ in inner.columns)
    calls = dice.sample(
        [
            f"sum({a}) OVER w",
            "count(*) OVER (w)",
            f"rank() OVER (w ORDER BY {b})",
            f"max({c}) OVER v",
            f"row_number() OVER (PARTITION BY {b} ORDER BY {a}, {c})",
            f"sum({a}) OVER (w ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
        ],
        2,
    )
    defined = dice.choice(
        (
            f"w AS (PARTITION BY {b}), v AS (ORDER BY {a})",
            f"w AS (PARTITION BY {b}), v AS w",
            f"v AS (PARTITION BY {c} ORDER BY {a}, {b}), w AS (PARTITION BY {a} % 2)",
            f"w AS (PARTITION BY {b} ORDER BY {a}), v AS (w)",
        )
    )
    kept = dice.choice(("", "", f" QUALIFY sum({a}) OVER w > 0", f" HAVING {a} > 0"))
    return f"SELECT {a}, {', '.join(calls)} FROM {inner.sql} WINDOW {defined}{kept}"


def _nested_sets(dice: random.Random) -> str:
    """Set operations of rows with types inside of types, several of them."""
    kind = dice.choice(("ARRAY<INT>", "ARRAY<STRING>", "STRUCT<a: INT, b: STRING>", "INT"))
    names = Names()
    parts: list[str] = []
    for _ in range(dice.choice((2, 2, 3))):
        inner = table(dice, names, (kind, "INT"))
        (v, _), (n, _) = inner.columns
        parts.append(
            f"SELECT {v}, {dice.choice((n, f'{n} + 1L', f'CAST({n} AS SMALLINT)'))} FROM {inner.sql}"
        )
    words = ("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL", "MINUS")
    text = parts[0]
    for part in parts[1:]:
        text = f"{text} {dice.choice(words)} {part}"
    return text


_MADE: Final[dict[str, Callable[[random.Random], str]]] = {
    "frame": _frames,
    "place": _places,
    "by name": _by_name,
    "pivot": _pivot,
    "unpivot": _unpivot,
    "grouping sets": _sets,
    "pipes": _pipes,
    "recursion": _recursive,
    "stars": _stars,
    "lateral": _lateral,
    "generator": _generated,
    "named windows": _named_windows,
    "nested sets": _nested_sets,
}


def clause(dice: random.Random) -> tuple[str, str]:
    """A query about one clause, and which."""
    name = dice.choice(("frame", "frame", "place", *_MADE))
    return _MADE[name](dice), name
