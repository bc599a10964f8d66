"""Queries with a mistake in them: a token left out, doubled, swapped or put in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random

QUERIES: Final = (
    "SELECT a, b AS c FROM VALUES (1, 'x'), (2, 'y') AS t(a, b) WHERE a > 1 ORDER BY b DESC LIMIT 3",
    "SELECT DISTINCT a FROM VALUES (1), (2) t(a) GROUP BY a HAVING count(*) > 0",
    "SELECT count(*) FILTER (WHERE a > 1), sum(DISTINCT a) FROM VALUES (1), (2) t(a)",
    "SELECT CASE WHEN a = 1 THEN 'x' WHEN a = 2 THEN 'y' ELSE 'z' END FROM VALUES (1) t(a)",
    "SELECT CASE a WHEN 1 THEN 'x' ELSE 'z' END AS c FROM VALUES (1) t(a)",
    "SELECT CAST(a AS DECIMAL(10, 2)), TRY_CAST('x' AS INT), a::string FROM VALUES (1) t(a)",
    "SELECT a IN (1, 2), a NOT IN (3), a BETWEEN 1 AND 2, a IS NOT NULL FROM VALUES (1) t(a)",
    "SELECT 'a' LIKE 'b%' ESCAPE '!', 'a' RLIKE 'a', 'a' ILIKE ANY ('A', 'b'), NOT true",
    "SELECT * FROM VALUES (1) a(x) JOIN VALUES (1) b(y) ON a.x = b.y LEFT JOIN VALUES (2) c(z) ON true",
    "SELECT * FROM VALUES (1) a(x) NATURAL JOIN VALUES (1) b(x)",
    "SELECT * FROM VALUES (1) a(x) CROSS JOIN VALUES (1) b(x) WHERE a.x = b.x",
    "SELECT * FROM VALUES (1) a(x) FULL OUTER JOIN VALUES (1) b(x) USING (x)",
    "WITH t AS (SELECT 1 AS a), u (b) AS (SELECT 2) SELECT * FROM t, u",
    "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3 INTERSECT SELECT 4 ORDER BY 1",
    "SELECT sum(a) OVER (PARTITION BY b ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM VALUES (1, 2) t(a, b)",
    "SELECT rank() OVER w FROM VALUES (1) t(a) WINDOW w AS (ORDER BY a)",
    "SELECT a, b, sum(c) FROM VALUES (1, 2, 3) t(a, b, c) GROUP BY GROUPING SETS ((a), (b), ())",
    "SELECT a, sum(c) FROM VALUES (1, 2, 3) t(a, b, c) GROUP BY ROLLUP (a, b)",
    "SELECT a, sum(c) FROM VALUES (1, 2, 3) t(a, b, c) GROUP BY a, b WITH CUBE",
    "SELECT DATE'2020-01-01', TIMESTAMP'2020-01-01 10:00:00', INTERVAL '1' DAY, X'1F', 1.5BD, 2L, 1e3",
    "SELECT INTERVAL 1 DAY, INTERVAL '1-2' YEAR TO MONTH, INTERVAL 2 HOURS 3 MINUTES",
    "SELECT array(1, 2)[0], map('a', 1)['a'], named_struct('a', 1).a, struct(1, 2)",
    "SELECT transform(array(1, 2), x -> x + 1), filter(array(1), (x, i) -> x > i)",
    "SELECT EXTRACT(YEAR FROM DATE'2020-01-01'), TRIM(BOTH 'x' FROM 'xax'), SUBSTRING('abc' FROM 2 FOR 1)",
    "SELECT POSITION('a' IN 'ba'), OVERLAY('abc' PLACING 'x' FROM 2), CEIL(1.5)",
    "SELECT * FROM (SELECT 1 AS a) LATERAL VIEW explode(array(1, 2)) e AS x",
    "SELECT * FROM VALUES ('a', 1) t(k, v) PIVOT (sum(v) FOR k IN ('a' AS x, 'b'))",
    "SELECT * FROM VALUES (1, 2) t(a, b) UNPIVOT (v FOR k IN (a, b))",
    "SELECT * FROM range(3) TABLESAMPLE (50 PERCENT) AS r",
    "SELECT EXISTS (SELECT 1), (SELECT 2), 1 IN (SELECT 1), 1 = ANY (SELECT 1)",
    "SELECT * EXCEPT (a) FROM VALUES (1, 2) t(a, b)",
    "SELECT `a b`, t.`c` FROM VALUES (1, 2) t(`a b`, c)",
    "FROM VALUES (1) t(a) SELECT a WHERE a > 0",
    "VALUES (1, 'a'), (2, 'b') ORDER BY 1",
    "SELECT 1 + 2 * 3 - -4 / 5 % 6 DIV 7 || 'x'",
    "SELECT a & b | c ^ ~d FROM VALUES (1, 2, 3, 4) t(a, b, c, d)",
    "SELECT first(a) IGNORE NULLS, percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM VALUES (1) t(a)",
    "SELECT * FROM VALUES (1) t(a) |> WHERE a > 0 |> SELECT a + 1 AS b |> ORDER BY b",
    "SELECT /*+ BROADCAST(t) */ a FROM VALUES (1) t(a) -- done",
    "SELECT current_date IS NULL, r'a\\n', \"x\" 'y', null, true AND false OR NOT true",
    "SELECT timestampadd(HOUR, 1, TIMESTAMP'2020-01-01 00:00:00'), datediff(DAY, DATE'2020-01-01', DATE'2020-01-02')",
    "SELECT a FROM VALUES (1) t(a) SORT BY a DISTRIBUTE BY a LIMIT ALL OFFSET 0",
)
_TOKEN: Final = re.compile(
    r"--.*|/\*.*?\*/|\w*'(?:[^'\\]|\\.)*'|\"[^\"]*\"|`[^`]*`|[\w.]+|\|>|->|::|\|\||<=|>=|[^\s\w]"
)
_PUT_IN: Final = (
    *(
        "(",
        ")",
        ",",
        ".",
        "*",
        "'x'",
        "1",
        "a",
        "AS",
        "FROM",
        "SELECT",
        "WHERE",
        "AND",
        "NOT",
        "NULL",
    ),
    *(
        "BY",
        "GROUP",
        "ORDER",
        "ON",
        "JOIN",
        "IN",
        "END",
        "WHEN",
        "CASE",
        "UNION",
        ";",
        "[",
        "]",
        "<",
    ),
    *(
        "=",
        "-",
        "!",
        "`a`",
        '"a"',
        "1a",
        "1.",
        "@",
        "#",
        ":",
        "?",
        "$",
        "INTERVAL",
        "DATE",
        "TABLE",
    ),
    *(
        "LEFT",
        "OVER",
        "USING",
        "LIMIT",
        "WITH",
        "VALUES",
        "DISTINCT",
        "ALL",
        "IS",
        "LIKE",
        "é",
        "{",
        "\\",
    ),
    *("->", "=>", "::", "||", "..", "'", "`", "0x1", "1e", "1S", "300Y", "X'1'", "r'a'", "b", "t"),
)


def mistaken(dice: random.Random) -> tuple[str, str]:
    """A query of `QUERIES` with one or two mistakes."""
    query = dice.choice(QUERIES)
    tokens = _TOKEN.findall(query)
    kinds: list[str] = []
    for _ in range(dice.choice((1, 1, 1, 2))):
        kind = dice.choice(
            ("left out", "doubled", "swapped", "put in", "put in", "replaced", "cut")
        )
        kinds.append(kind)
        at = dice.randrange(len(tokens))
        match kind:
            case "left out":
                del tokens[at]
            case "doubled":
                tokens.insert(at, tokens[at])
            case "swapped":
                other = dice.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "put in":
                tokens.insert(at, dice.choice(_PUT_IN))
            case "replaced":
                tokens[at] = dice.choice(_PUT_IN)
            case _:
                tokens = tokens[: at + 1]
        tokens = tokens or ["SELECT"]
    return " ".join(tokens), " and ".join(kinds)
