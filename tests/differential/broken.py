"""Queries that parse and mean nothing: one or two mistakes of meaning, each at any place of a query.

With two of them it is seen which one Spark tells of first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random

TABLE: Final = (
    "VALUES (1, 'x', 1.5D, array(1, 2), named_struct('k', 1, 'v', 'p'), DATE'2020-01-01', map('m', 1)),"
    " (2, 'y', 2.5D, array(3), named_struct('k', 2, 'v', 'q'), DATE'2020-01-02', map('m', 2))"
    " AS {0}(a, b, c, l, s, e, m)"
)

GOOD: Final[dict[str, tuple[str, ...]]] = {
    "value": ("a", "b", "a + 1", "upper(b)", "l[0]", "s.k", "c * 2", "m['m']", "year(e)", "t.a"),
    "condition": ("a > 0", "b = 'x'", "c < 2 OR a = 1", "s.k IS NOT NULL", "true"),
    "aggregate": ("count(*)", "sum(a)", "max(b)", "min(c) + 1", "count(DISTINCT a)", "avg(s.k)"),
}

VALUE: Final = (
    *(
        "zz",
        "t.zz",
        "u.a",
        "A.b",
        "s.z",
        "s.k.x",
        "a.x",
        "l.k",
        "m.q.r",
        "b['k']",
        "a[0]",
        "l['x']",
    ),
    *(
        "nosuch(a)",
        "x.y.f(a)",
        "upper()",
        "upper(b, b)",
        "substring(b)",
        "abs(a, a, a)",
        "coalesce()",
    ),
    *(
        "nosuch(zz)",
        "upper(zz, b)",
        "abs(zz)",
        "abs(l)",
        "upper(m)",
        "abs(nosuch(a))",
        "abs(upper())",
    ),
    *("a + l", "b + s", "c - m", "-b", "-l", "~c", "NOT a", "NOT zz", "a AND true", "zz + l"),
    *(
        "a = l",
        "s < a",
        "m = m",
        "m < m",
        "a IN (l)",
        "a IN (1, s)",
        "zz IN (l)",
        "l BETWEEN 1 AND 2",
    ),
    *("a LIKE l", "CASE WHEN a THEN 1 END", "CASE WHEN true THEN a ELSE l END", "if(a, 1, 2)"),
    *(
        "CASE a WHEN l THEN 1 END",
        "if(true, a, l)",
        "coalesce(a, l)",
        "nvl(m, a)",
        "greatest(a, l)",
    ),
    *("greatest(a)", "least(m, m)", "nullif(a, l)", "array(a, l)", "map(a)", "map(1, a, 2, l)"),
    *("map(m, 1)", "named_struct('x')", "named_struct(a, 1)", "named_struct(NULL, 1)", "struct()"),
    *(
        "CAST(l AS INT)",
        "CAST(a AS ARRAY<INT>)",
        "CAST(m AS STRUCT<x: INT>)",
        "CAST(s AS STRUCT<x: INT>)",
    ),
    *(
        "CAST(c AS DATE)",
        "CAST(e AS INT)",
        "TRY_CAST(l AS INT)",
        "e + 1.5D",
        "e - l",
        "e + b",
        "date_add(e, b)",
    ),
    *("sum(a)", "max(zz)", "sum(sum(a))", "sum(b, a)", "sum(l)", "count()", "sum(DISTINCT a, b)"),
    *("max(m)", "sum(a) FILTER (WHERE a)", "sum(a) FILTER (WHERE max(a) > 1)", "upper(DISTINCT b)"),
    *(
        "upper(b) FILTER (WHERE true)",
        "sum(a) IGNORE NULLS",
        "abs(a) IGNORE NULLS",
        "count(DISTINCT *)",
    ),
    *(
        "rank()",
        "row_number() OVER ()",
        "rank() OVER (PARTITION BY a)",
        "lag(a)",
        "ntile(a) OVER (ORDER BY a)",
    ),
    *("ntile(0) OVER (ORDER BY a)", "lag(a, b) OVER (ORDER BY a)", "lag(a, c) OVER (ORDER BY a)"),
    *(
        "upper(b) OVER (ORDER BY a)",
        "sum(a) OVER nowhere",
        "sum(zz) OVER (ORDER BY a)",
        "sum(a) OVER (ORDER BY zz)",
    ),
    *("sum(a) OVER (PARTITION BY zz)", "sum(a) OVER (ORDER BY m)", "sum(a) OVER (PARTITION BY m)"),
    *(
        "sum(sum(a) OVER (ORDER BY a)) OVER (ORDER BY a)",
        "sum(a) OVER (ORDER BY a RANGE BETWEEN b PRECEDING AND CURRENT ROW)",
    ),
    *(
        "sum(a) OVER (ORDER BY b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)",
        "sum(a) OVER (RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)",
    ),
    *(
        "sum(a) OVER (ORDER BY a, b RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)",
        "sum(a) OVER (ORDER BY a ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING)",
    ),
    *(
        "sum(a) OVER (ORDER BY a ROWS BETWEEN 1.5 PRECEDING AND CURRENT ROW)",
        "rank() OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)",
    ),
    *(
        "count(DISTINCT a) OVER (ORDER BY a)",
        "max(a) OVER (ORDER BY e RANGE BETWEEN INTERVAL '1' MONTH PRECEDING AND INTERVAL 1 DAY FOLLOWING)",
    ),
    *(
        "explode(l)",
        "explode(a)",
        "explode(zz)",
        "explode(l) + 1",
        "explode(explode(array(l)))",
        "explode()",
        "stack(2, 1)",
    ),
    *(
        "inline(l)",
        "explode(sum(a))",
        "upper(explode(l))",
        "stack(a, 1, 2)",
        "stack(0, 1)",
        "posexplode(m, 1)",
    ),
    *(
        "transform(l, x -> y)",
        "transform(l, (x, y, z) -> x)",
        "transform(a, x -> x)",
        "transform(l, 1)",
        "x -> x",
    ),
    *(
        "filter(l, x -> x)",
        "filter(l, x -> x + 1)",
        "aggregate(l, 0, x -> x)",
        "aggregate(l, 'a', (x, y) -> y)",
    ),
    *(
        "exists(l, x -> zz > x)",
        "transform(l, x -> sum(x))",
        "transform(zz, x -> x)",
        "upper(x -> x)",
        "transform(x -> x, l)",
    ),
    *(
        "(SELECT 1, 2)",
        "(SELECT zz)",
        "(SELECT a FROM nowhere)",
        "(SELECT u.a FROM {table:u})",
        "(SELECT t.a)",
        "(SELECT max(u.a) FROM {table:u} WHERE u.a = t.zz)",
    ),
    *(
        "(SELECT u.b FROM {table:u} WHERE u.a = t.a)",
        "a IN (SELECT 1, 2)",
        "a IN (SELECT array(1))",
        "(a, b) IN (SELECT 1)",
        "EXISTS (SELECT zz)",
    ),
    *(
        "(SELECT sum(t.a))",
        "(SELECT u.a FROM {table:u} WHERE u.a > t.a LIMIT 1)",
        "a = (SELECT 'x')",
        "l = (SELECT 1)",
        "NOT (SELECT 5)",
    ),
    *(
        "1 / 0",
        "CAST('x' AS INT)",
        "l[5]",
        "element_at(l, 0)",
        "DATE'2020-13-01'",
        "2147483647 + a",
        "to_date('x', 'yyyy')",
    ),
    *(
        "DATE'nope'",
        "INTERVAL 'x' DAY",
        "INTERVAL '1-13' YEAR TO MONTH",
        "X'1'",
        "1e999D",
        "128Y",
        "99999999999999999999L",
    ),
    *(
        "*",
        "t.*",
        "u.*",
        "struct(*)",
        "s.*",
        "a.*",
        "upper(*)",
        "coalesce(*)",
        "* EXCEPT (zz)",
        "t.* EXCEPT (a, a)",
        "sum(*)",
    ),
    *(
        "upper(str => b)",
        "upper(nope => b)",
        "mask(b, upperChar => 'X', upperChar => 'Y')",
        "mask(str => b, b)",
        "mask(nope => b)",
    ),
    *(
        "grouping(a)",
        "grouping_id()",
        "grouping(zz)",
        "percentile_cont(0.5)",
        "percentile_cont(2) WITHIN GROUP (ORDER BY a)",
        "sum(a) WITHIN GROUP (ORDER BY a)",
    ),
    *(
        "percentile(a, 2)",
        "percentile(a, c)",
        "listagg(a, b)",
        "listagg(b, 1)",
        "mode(m)",
        "approx_percentile(a, 0.5, 0)",
        "count_if(a)",
        "bool_and(a)",
    ),
    *(
        "extract(NOPE FROM e)",
        "extract(YEAR FROM a)",
        "date_trunc('YEAR')",
        "timestampadd(NOPE, 1, e)",
        "timestampadd(DAY, b, e)",
        "b COLLATE NOPE",
    ),
    *(
        "a COLLATE UTF8_LCASE",
        "'x' COLLATE UTF8_LCASE = 'y' COLLATE UNICODE",
        "concat(a, l)",
        "concat(l, m)",
        "b || l",
        "size(a)",
        "sequence(1, b)",
        "array_contains(l, 'x')",
    ),
    *(
        "array_contains(a, 1)",
        "element_at(m, 1)",
        "map_keys(l)",
        "sort_array(a)",
        "sort_array(l, a)",
        "array_sort(l, (x, y) -> 'a')",
        "from_json(b, 'nope')",
        "from_json(b, b)",
    ),
    *(
        "to_json(a)",
        "from_csv(b, 'x INT', map(1, 2))",
        "schema_of_json(b)",
        "get_json_object(b)",
        "window(e, '1 day')",
        "window(a, 'x')",
        "current_date(1)",
        "rand('x')",
        "rand(a)",
    ),
    *(
        "date_format(e)",
        "round(c, a)",
        "round(b, 'x')",
        "bround(l)",
        "split(b)",
        "regexp_replace(b, 'x')",
        "format_number(a)",
        "substr(l, 1)",
        "decode(b)",
        "hash()",
        "raise_error(a)",
    ),
)
"""Wrong where a value is wanted, in some places if not in all."""

CONDITION: Final = (
    *(
        "a",
        "b",
        "l",
        "zz",
        "zz = 1",
        "a = l",
        "sum(a) > 1",
        "count(*)",
        "rank() OVER (ORDER BY a) = 1",
        "explode(l) = 1",
    ),
    *(
        "NOT a",
        "a AND b",
        "nosuch(a) > 1",
        "a IN (SELECT zz FROM {table:u})",
        "a IN (SELECT u.a, 1 FROM {table:u})",
        "EXISTS (SELECT 1 FROM nowhere)",
    ),
    *(
        "m = m",
        "NULL",
        "1",
        "'true'",
        "'x'",
        "(SELECT true, false)",
        "l",
        "b LIKE 'x' ESCAPE 'yy'",
        "b RLIKE '('",
        "1 / 0 = 1",
        "CAST(b AS INT) = 1",
    ),
    *(
        "grouping(a) = 1",
        "sum(sum(a)) > 0",
        "max(a) OVER () > 1",
        "upper() = 'X'",
        "t.a.b = 1",
        "u.a = 1",
        "x -> true",
        "*",
    ),
)
"""Wrong where a condition is wanted."""

CLAUSE: Final[dict[str, tuple[str, ...]]] = {
    "group": (
        *(
            "a",
            "a, b",
            "1",
            "9",
            "0",
            "-1",
            "sum(a)",
            "zz",
            "m",
            "a, m",
            "1 + 1",
            "rank() OVER (ORDER BY a)",
            "explode(l)",
            "'x'",
        ),
        *(
            "ROLLUP (a, zz)",
            "GROUPING SETS ((a), (zz))",
            "CUBE (a, b)",
            "ALL",
            "(SELECT 1)",
            "nosuch(a)",
            "count(*)",
            "t.*",
            "*",
            "GROUPING SETS ((a), (b), (9))",
            "l",
            "s",
        ),
    ),
    "order": (
        *(
            "a",
            "1",
            "9",
            "0",
            "-1",
            "zz",
            "m",
            "sum(a)",
            "explode(l)",
            "rank() OVER (ORDER BY a)",
            "t.a",
            "b DESC",
            "l",
            "ALL",
            "nosuch(a)",
            "u.a",
            "grouping(a)",
            "'x'",
            "(SELECT 1)",
            "*",
        ),
    ),
    "limit": (
        "1",
        "0",
        "-1",
        "a",
        "'x'",
        "1.5",
        "NULL",
        "1 + 1",
        "zz",
        "(SELECT 1)",
        "2147483648",
        "sum(1)",
        "rand()",
        "nosuch(1)",
        "ALL",
        "CAST(1 AS TINYINT)",
    ),
    "offset": ("0", "1", "-1", "a", "'x'", "NULL", "2.0"),
    "source": (
        *(
            "nowhere",
            "{table:t} JOIN {table:u} ON zz = 1",
            "{table:t} JOIN {table:u} ON t.a",
            "{table:t} JOIN {table:u} USING (zz)",
            "{table:t} JOIN {table:u} USING (m)",
        ),
        *(
            "{table:t} JOIN {table:u} ON t.a = u.a",
            "{table:t} NATURAL JOIN {table:u}",
            "{table:t} LATERAL VIEW explode(a) v AS x",
            "{table:t} LATERAL VIEW explode(l) v AS x, y",
        ),
        *(
            "{table:t} LATERAL VIEW nosuch(l) v AS x",
            "{table:t} LATERAL VIEW explode(zz) v",
            "{table:t} LATERAL VIEW upper(b) v",
            "range()",
            "range('x')",
            "range(1, 2, 0)",
            "range(a)",
            "nosuch(1)",
        ),
        *(
            "explode(1)",
            "explode(array(1, 2)) AS t(a)",
            "VALUES (1, 2), (1) AS t(a, b)",
            "VALUES (1), (array(1)) AS t(a)",
            "VALUES (1) AS t(a, b)",
            "VALUES (zz) AS t(a)",
            "VALUES (sum(1)) AS t(a)",
        ),
        *(
            "VALUES (1, 2) AS t(a, a)",
            "{table:t}, LATERAL (SELECT zz)",
            "{table:t}, LATERAL (SELECT t.a + u.a FROM {table:u} WHERE u.b = t.l)",
            "{table:t} JOIN LATERAL (SELECT sum(t.a)) AS v(y)",
        ),
        *(
            "(SELECT a, a FROM {table:t}) t",
            "(SELECT zz FROM {table:t}) t",
            "(SELECT a AS b, b AS a FROM {table:t}) AS t(a)",
            "{table:t} PIVOT (sum(a) FOR b IN ('x', zz))",
            "{table:t} PIVOT (a FOR b IN ('x'))",
        ),
        *(
            "{table:t} PIVOT (sum(zz) FOR b IN ('x'))",
            "{table:t} PIVOT (sum(a) FOR zz IN ('x'))",
            "{table:t} PIVOT (sum(a) FOR b IN (array(1)))",
            "{table:t} PIVOT (sum(a) FOR (b, a) IN ('x'))",
            "{table:t} PIVOT (sum(a) FOR m IN ('x'))",
        ),
        *(
            "{table:t} UNPIVOT (v FOR n IN (a, b))",
            "{table:t} UNPIVOT (v FOR n IN (a, zz))",
            "{table:t} UNPIVOT ((v, w) FOR n IN ((a, c), (a)))",
            "{table:t} UNPIVOT (v FOR n IN (l, s))",
            "{table:t} UNPIVOT (v FOR n IN (a, c))",
        ),
        *(
            "{table:t} TABLESAMPLE (200 PERCENT)",
            "{table:t} TABLESAMPLE (-1 ROWS)",
            "{table:t} TABLESAMPLE (BUCKET 3 OUT OF 2)",
            "{table:t} TABLESAMPLE (zz ROWS)",
            "{table:t}, {table:t}",
            "{table:t}, {table:u}",
        ),
    ),
    "other": (
        *(
            "SELECT 1",
            "SELECT a, b FROM {table:t}",
            "SELECT m FROM {table:t}",
            "SELECT l FROM {table:t}",
            "SELECT zz",
            "SELECT NULL",
            "SELECT s FROM {table:t}",
            "SELECT a, zz FROM {table:t}",
            "VALUES ('x')",
            "SELECT * FROM {table:t}",
        ),
        *(
            "SELECT sum(a), b FROM {table:t}",
            "SELECT 1 / 0",
            "SELECT e FROM {table:t}",
            "SELECT nosuch(1)",
            "TABLE nowhere",
        ),
    ),
}

SHAPES: Final = (
    *(
        "SELECT {value} FROM {from}",
        "SELECT {value}, {value} FROM {from}",
        "SELECT {value} AS x, x + 1 FROM {from}",
        "SELECT {value} AS x, {value} AS y FROM {from} WHERE {condition}",
    ),
    *(
        "SELECT {value} FROM {from} WHERE {condition} ORDER BY {order}",
        "SELECT {aggregate} FROM {from} WHERE {condition} GROUP BY {group}",
        "SELECT {group}, {aggregate} FROM {from} GROUP BY {group} HAVING {condition}",
    ),
    *(
        "SELECT {aggregate}, {value} FROM {from} GROUP BY {group}",
        "SELECT {aggregate} FROM {from} HAVING {condition}",
        "SELECT DISTINCT {value} FROM {from} ORDER BY {order}",
        "SELECT {value} FROM {from} LIMIT {limit}",
    ),
    *(
        "SELECT {value} FROM {from} ORDER BY {order} LIMIT {limit} OFFSET {offset}",
        "SELECT {value} FROM {source}",
        "SELECT a FROM {source} WHERE {condition}",
        "SELECT * FROM {source}",
        "SELECT {aggregate} FROM {source} GROUP BY {group}",
    ),
    *(
        "{other} UNION ALL {other}",
        "{other} INTERSECT {other}",
        "SELECT {value} FROM {from} UNION {other} ORDER BY {order}",
        "{other} EXCEPT SELECT {value} FROM {from}",
        "SELECT a FROM {from} WHERE {condition} UNION ALL BY NAME {other}",
    ),
    *(
        "WITH q AS (SELECT {value} AS w FROM {from}) SELECT {value} FROM q, {from}",
        "WITH q(x, y) AS (SELECT {value} FROM {from}) SELECT * FROM q",
        "SELECT * FROM (SELECT {value} AS w FROM {from}) WHERE {condition}",
    ),
    *(
        "SELECT {value} FROM {from} JOIN {table:u} ON {condition}",
        "SELECT u.a, {value} FROM {from} LEFT JOIN {table:u} ON t.a = u.a WHERE {condition}",
        "SELECT {aggregate} AS g FROM {from} GROUP BY {group} ORDER BY {order}",
    ),
    *(
        "FROM {from} |> WHERE {condition} |> SELECT {value} AS x",
        "FROM {from} |> EXTEND {value} AS x |> WHERE {condition}",
        "FROM {from} |> AGGREGATE {aggregate} GROUP BY {group}",
        "FROM {from} |> SET a = {value} |> DROP b",
        "FROM {from} |> ORDER BY {order} |> LIMIT {limit}",
    ),
    *(
        "SELECT {value} OVER (PARTITION BY {value} ORDER BY {order}) FROM {from}",
        "SELECT sum({value}) OVER w FROM {from} WINDOW w AS (ORDER BY {order})",
        "SELECT sum({value}) FILTER (WHERE {condition}) FROM {from}",
        "SELECT CASE WHEN {condition} THEN {value} ELSE {value} END FROM {from}",
    ),
    *(
        "SELECT a FROM {from} GROUP BY {value}",
        "SELECT {aggregate} FROM {from} GROUP BY a ORDER BY {value}",
        "SELECT array({value}, {value}), {value} FROM {from}",
        "SELECT {value} IN (SELECT {value} FROM {from}) FROM {from}",
        "SELECT (SELECT {value} FROM {from} LIMIT 1) FROM {table:u}",
    ),
)
"""Queries with places for what may be wrong; ``{from}`` is right always."""


def broken(dice: random.Random) -> tuple[str, str]:
    """A query with one or two mistakes, and which kinds of places they stand in."""
    parts = _split(dice.choice(SHAPES))
    places = [
        at
        for at, part in enumerate(parts)
        if part[:1] == "{" and ":" not in part and part != "{from}"
    ]
    wrong = set(dice.sample(places, min(len(places), dice.choice((1, 1, 2)))))
    texts = [_filled(dice, part, wrong=at in wrong) for at, part in enumerate(parts)]
    label = ", ".join(parts[at] for at in sorted(wrong))
    return _tables("".join(texts)), label


def _split(shape: str) -> list[str]:
    parts, rest = [], shape
    while rest:
        before, opened, rest = rest.partition("{")
        inside, _, rest = rest.partition("}") if opened else ("", "", "")
        parts += [before, f"{{{inside}}}"] if opened else [before]
    return parts


def _filled(dice: random.Random, part: str, *, wrong: bool) -> str:
    match part.strip("{}") if part[:1] == "{" else "":
        case "value" | "aggregate" as kind:
            return dice.choice(VALUE if wrong else GOOD[kind])
        case "condition":
            return dice.choice(CONDITION if wrong else GOOD["condition"])
        case "from":
            return "{table:t}"
        case str(kind) if kind in CLAUSE:
            return dice.choice(CLAUSE[kind] if wrong else CLAUSE[kind][:2])
        case _:
            return part


def _tables(text: str) -> str:
    for name in "tu":
        text = text.replace(f"{{table:{name}}}", TABLE.format(name))
    return text
