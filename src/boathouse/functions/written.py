"""What Spark lists among its functions and SQL writes in a form of its own."""

from __future__ import annotations

from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.conditional import CONDITIONAL
from boathouse.functions.conversion import CONVERSION
from boathouse.functions.signature import Kind
from boathouse.functions.string import TEXT

CONDITIONAL.written(
    "case",
    called=False,
    doc="""The value behind the first condition that holds, or behind ELSE, or null.

    >>> SELECT CASE WHEN 40 > 100 THEN 'ship' ELSE 'boat' END
    boat
    """,
)
CONVERSION.written(
    "cast",
    """A value as another type; one that cannot be is an error.

    >>> SELECT CAST('40' AS INT), '7'::BIGINT
    40 | 7
    """,
)
TEXT.written(
    "||",
    """Two texts, or two arrays, one after the other.

    >>> SELECT 'boat' || 'house'
    boathouse
    """,
)
AGGREGATE.written(
    "grouping",
    """1 where a grouping set leaves a column out, else 0.

    >>> SELECT pier, grouping(pier) FROM VALUES (7) AS t(pier) GROUP BY CUBE(pier) ORDER BY 2
    7 | 0
    NULL | 1
    """,
    Kind.AGGREGATE,
)
AGGREGATE.written(
    "grouping_id",
    """A number whose bits say which columns a grouping set leaves out.

    >>> SELECT pier, grouping_id(pier) FROM VALUES (7) AS t(pier) GROUP BY CUBE(pier) ORDER BY 2
    7 | 0
    NULL | 1
    """,
    Kind.AGGREGATE,
)
AGGREGATE.written(
    "measure",
    """The value that a metric view computes for each group under that name.

    >>> CREATE OR REPLACE VIEW boats WITH METRICS LANGUAGE YAML AS $$
    ... version: 0.1
    ... source: SELECT * FROM VALUES ('north', 12), ('north', 40), ('south', 7) AS t(pier, length)
    ... dimensions: [{name: pier, expr: pier}]
    ... measures: [{name: longest, expr: max(length)}]
    ... $$

    >>> SELECT pier, measure(longest) FROM boats GROUP BY pier ORDER BY pier
    north | 40
    south | 7
    """,
    Kind.AGGREGATE,
)
