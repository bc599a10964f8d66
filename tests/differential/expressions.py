"""Random typed expressions: a rule for each type says how one of its values can be written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

Column = tuple[str, str]
"""A column that an expression may use: its name and its type."""

PLAIN: Final[dict[str, tuple[str, ...]]] = {
    "BOOLEAN": ("true", "false"),
    "INT": ("0", "1", "2", "-3", "7", "12"),
    "BIGINT": ("0L", "5L", "-8L", "3000000000L"),
    "SMALLINT": ("1S", "-2S", "300S"),
    "DOUBLE": ("0.0D", "0.5D", "-1.25D", "3.0D"),
    "FLOAT": ("0.5F", "-2.0F"),
    "DECIMAL(10,2)": ("CAST(1.50 AS DECIMAL(10,2))", "CAST(-20.25 AS DECIMAL(10,2))"),
    "DECIMAL(20,0)": ("CAST(7 AS DECIMAL(20,0))", "CAST(-123456789012 AS DECIMAL(20,0))"),
    "STRING": ("''", "'a'", "'b'", "'ab'", "'Abc'", "'12'", "' x '", "'\u00e9'"),
    "BINARY": ("X''", "X'6162'", "X'00FF'"),
    "DATE": ("DATE'2020-02-29'", "DATE'1969-12-31'", "DATE'2021-03-28'"),
    "TIMESTAMP": ("TIMESTAMP'2021-03-28 01:30:00'", "TIMESTAMP'1969-12-31 23:59:59.5'"),
    "TIMESTAMP_NTZ": ("TIMESTAMP_NTZ'2021-03-28 02:30:00'",),
    "INTERVAL DAY TO SECOND": (
        "INTERVAL '1 02:03:04.5' DAY TO SECOND",
        "INTERVAL '-0 00:30:00' DAY TO SECOND",
    ),
    "INTERVAL YEAR TO MONTH": ("INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-0-7' YEAR TO MONTH"),
    "ARRAY<INT>": ("array(1, 2, 2)", "array(3, NULL)", "CAST(array() AS ARRAY<INT>)"),
    "ARRAY<STRING>": ("array('a', 'b')", "array('Abc', NULL)"),
    "MAP<STRING, INT>": ("map('a', 1)", "map('b', NULL, 'a', 2)"),
    "STRUCT<a: INT, b: STRING>": (
        "named_struct('a', 1, 'b', 'x')",
        "named_struct('a', 2, 'b', '')",
    ),
}
"""Values with which most expressions have an answer: edges are the business of `values`."""

COMPARED: Final = tuple(kind for kind in PLAIN if not kind.startswith("MAP"))
"""Types that can be compared, sorted and grouped by."""

_OF_ANY: Final = (
    *("CASE WHEN {BOOLEAN} THEN {T} ELSE {T} END", "CASE WHEN {BOOLEAN} THEN {T} END"),
    *("CASE {C} WHEN {C} THEN {T} WHEN {C} THEN {T} ELSE {T} END", "if({BOOLEAN}, {T}, {T})"),
    *("coalesce({T}, {T})", "nvl2({C}, {T}, {T})", "ifnull({T}, {T})", "nvl({T}, {T})"),
    *("named_struct('x', {T}, 'y', {C}).x", "array({T}, {T})[1]", "element_at(array({T}), -1)"),
    *("map('k', {T})['k']", "get(array({T}), {INT})", "try_element_at(array({T}), 2)"),
)
_OF_COMPARED: Final = (
    *("nullif({T}, {T})", "greatest({T}, {T})", "least({T}, {T})", "array_max(array({T}, {T}))"),
    *("sort_array(array({T}, {T}), false)[0]", "array_distinct(array({T}, {T}))[0]"),
)
_NUMBER: Final = (
    "{T} + {T}",
    "{T} - {T}",
    "{T} * {T}",
    "- {T}",
    "abs({T})",
    "{T} % nullif({T}, {T})",
)

RULES: Final[dict[str, tuple[str, ...]]] = {
    "BOOLEAN": (
        *("{C} = {C}", "{C} < {C}", "{C} <=> {C}", "{C} >= {C}", "{C} != {C}", "NOT {BOOLEAN}"),
        *("{BOOLEAN} AND {BOOLEAN}", "{BOOLEAN} OR {BOOLEAN}", "{X} IS NULL", "{X} IS NOT NULL"),
        *("{C} IN ({C}, {C})", "{C} NOT IN ({C}, {C})", "{C} BETWEEN {C} AND {C}"),
        *(
            "{INT} = {BIGINT}",
            "{DOUBLE} > {INT}",
            "{DECIMAL(10,2)} <= {INT}",
            "{DATE} < {TIMESTAMP}",
        ),
        *("{STRING} LIKE 'a%'", "{STRING} NOT LIKE '_b%'", "{STRING} RLIKE '^[ab]'"),
        *("{STRING} ILIKE ANY ('A%', 'b')", "startswith({STRING}, {STRING})", "isnan({DOUBLE})"),
        *("contains({STRING}, {STRING})", "array_contains({ARRAY<INT>}, {INT})"),
        *("exists({ARRAY<INT>}, x -> x > {INT})", "forall({ARRAY<INT>}, x -> x <= {INT})"),
        *("{BOOLEAN} IS NOT TRUE", "map_contains_key({MAP<STRING, INT>}, {STRING})"),
        *("arrays_overlap({ARRAY<INT>}, {ARRAY<INT>})", "{C} IS DISTINCT FROM {C}"),
        *("{STRING} COLLATE UTF8_LCASE = {STRING}", "{STRING} COLLATE UNICODE_CI < {STRING}"),
    ),
    "INT": (
        *_NUMBER,
        *("length({STRING})", "size({ARRAY<INT>})", "size({MAP<STRING, INT>})", "year({DATE})"),
        *("month({TIMESTAMP})", "datediff({DATE}, {DATE})", "instr({STRING}, {STRING})"),
        *("{ARRAY<INT>}[0]", "{MAP<STRING, INT>}['a']", "{STRUCT<a: INT, b: STRING>}.a"),
        *(
            "{INT} & {INT}",
            "{INT} | {INT}",
            "{INT} ^ {INT}",
            "~{INT}",
            "pmod({INT}, 7)",
            "ascii({STRING})",
        ),
        *("hour({TIMESTAMP})", "dayofweek({DATE})", "sign({INT})", "TRY_CAST({STRING} AS INT)"),
        *(
            "aggregate({ARRAY<INT>}, 0, (x, y) -> x + coalesce(y, {INT}))",
            "array_position({ARRAY<INT>}, {INT})",
        ),
        *("CAST({DOUBLE} AS INT)", "cardinality({ARRAY<STRING>})", "EXTRACT(DAY FROM {DATE})"),
        *("levenshtein({STRING}, {STRING})", "find_in_set({STRING}, 'a,b')", "hash({C})"),
    ),
    "BIGINT": (
        *("{T} + {T}", "{T} - {INT}", "{INT} DIV nullif({INT}, 0)", "CAST({INT} AS BIGINT)"),
        *("unix_timestamp({TIMESTAMP})", "unix_micros({TIMESTAMP})", "xxhash64({C})"),
        *("floor({DOUBLE})", "ceil({DECIMAL(10,2)})", "bit_count({BIGINT})", "{BIGINT} & {INT}"),
        *("shiftleft({BIGINT}, 2)", "timestampdiff(HOUR, {TIMESTAMP}, {TIMESTAMP})"),
    ),
    "SMALLINT": ("CAST({INT} % 100 AS SMALLINT)", "- {SMALLINT}", "{SMALLINT} & {SMALLINT}"),
    "DOUBLE": (
        *(
            "{DOUBLE} + {DOUBLE}",
            "{DOUBLE} * {INT}",
            "{INT} / nullif({INT}, 0)",
            "sqrt(abs({DOUBLE}))",
        ),
        *(
            "{FLOAT} - {DOUBLE}",
            "round({DOUBLE}, 1)",
            "CAST({DECIMAL(10,2)} AS DOUBLE)",
            "abs({DOUBLE})",
        ),
        *(
            "try_divide({DOUBLE}, {INT})",
            "nanvl({DOUBLE}, {DOUBLE})",
            "TRY_CAST({STRING} AS DOUBLE)",
        ),
    ),
    "FLOAT": ("{FLOAT} + {FLOAT}", "CAST({INT} AS FLOAT)", "- {FLOAT}"),
    "DECIMAL(10,2)": (
        *("CAST({INT} AS DECIMAL(10,2))", "CAST({T} + {T} AS DECIMAL(10,2))", "- {T}", "abs({T})"),
        *("TRY_CAST({T} * {T} AS DECIMAL(10,2))", "TRY_CAST({STRING} AS DECIMAL(10,2))"),
    ),
    "DECIMAL(20,0)": (
        "CAST({BIGINT} AS DECIMAL(20,0))",
        "CAST({DECIMAL(10,2)} / nullif({INT}, 0) AS DECIMAL(20,0))",
    ),
    "STRING": (
        *(
            "upper({STRING})",
            "lower({STRING})",
            "concat({STRING}, {STRING})",
            "{STRING} || {STRING}",
        ),
        *(
            "substring({STRING}, {INT}, 2)",
            "trim({STRING})",
            "reverse({STRING})",
            "initcap({STRING})",
        ),
        *(
            "CAST({INT} AS STRING)",
            "CAST({DOUBLE} AS STRING)",
            "CAST({DATE} AS STRING)",
            "repeat({STRING}, 2)",
        ),
        *("CAST({TIMESTAMP} AS STRING)", "CAST({ARRAY<INT>} AS STRING)", "lpad({STRING}, 3, 'x')"),
        *("replace({STRING}, 'a', {STRING})", "concat_ws(',', {ARRAY<STRING>})", "hex({BINARY})"),
        *("date_format({TIMESTAMP}, 'yyyy-MM-dd HH:mm')", "{STRUCT<a: INT, b: STRING>}.b"),
        *(
            "split({STRING}, 'b')[0]",
            "translate({STRING}, 'ab', 'x')",
            "to_json({STRUCT<a: INT, b: STRING>})",
        ),
        *("regexp_replace({STRING}, '[a-b]+', '<$0>')", "CAST({INTERVAL DAY TO SECOND} AS STRING)"),
        *("CAST({DECIMAL(10,2)} AS STRING)", "CAST({BOOLEAN} AS STRING)", "left({STRING}, 1)"),
        *(
            "array_join({ARRAY<STRING>}, '-', '?')",
            "typeof({X})",
            "CAST({MAP<STRING, INT>} AS STRING)",
        ),
        *("CAST({STRUCT<a: INT, b: STRING>} AS STRING)", "base64({BINARY})", "md5({BINARY})"),
    ),
    "BINARY": ("CAST({STRING} AS BINARY)", "concat({BINARY}, {BINARY})", "unhex(hex({STRING}))"),
    "DATE": (
        *(
            "date_add({DATE}, {INT})",
            "{DATE} - {INT}",
            "CAST({TIMESTAMP} AS DATE)",
            "last_day({DATE})",
        ),
        *("trunc({DATE}, 'MONTH')", "add_months({DATE}, {INT})", "TRY_CAST({STRING} AS DATE)"),
        *("next_day({DATE}, 'MO')", "{DATE} + INTERVAL '1-1' YEAR TO MONTH"),
    ),
    "TIMESTAMP": (
        *("{TIMESTAMP} + {INTERVAL DAY TO SECOND}", "date_trunc('HOUR', {TIMESTAMP})"),
        *(
            "CAST({DATE} AS TIMESTAMP)",
            "{TIMESTAMP} - {INTERVAL YEAR TO MONTH}",
            "timestamp_seconds({INT})",
        ),
        *("CAST({TIMESTAMP_NTZ} AS TIMESTAMP)", "timestampadd(DAY, {INT}, {TIMESTAMP})"),
    ),
    "TIMESTAMP_NTZ": (
        "CAST({TIMESTAMP} AS TIMESTAMP_NTZ)",
        "{TIMESTAMP_NTZ} + {INTERVAL DAY TO SECOND}",
        "CAST({DATE} AS TIMESTAMP_NTZ)",
    ),
    "INTERVAL DAY TO SECOND": (
        *("{TIMESTAMP} - {TIMESTAMP}", "{T} + {T}", "- {T}", "{T} * {INT}", "{T} / 2", "abs({T})"),
        "make_dt_interval({INT}, 1, 2, 3.5)",
    ),
    "INTERVAL YEAR TO MONTH": ("{T} + {T}", "- {T}", "{T} * {INT}", "make_ym_interval({INT}, 3)"),
    "ARRAY<INT>": (
        *(
            "array({INT}, {INT})",
            "transform({ARRAY<INT>}, x -> x + {INT})",
            "array_union({T}, {T})",
        ),
        *("filter({ARRAY<INT>}, x -> x > {INT})", "sort_array({T})", "array_except({T}, {T})"),
        *("slice({T}, 1, 2)", "concat({T}, {T})", "reverse({T})", "array_distinct({T})"),
        *("sequence({INT} % 3, {INT} % 3 + 4)", "array_intersect({T}, {T})", "array_compact({T})"),
        *("zip_with({T}, {T}, (x, y) -> coalesce(x, {INT}) * y)", "map_values({MAP<STRING, INT>})"),
        *(
            "array_remove({T}, {INT})",
            "array_append({T}, {INT})",
            "array_sort({T}, (x, y) -> y - x)",
        ),
        *("flatten(array({T}, {T}))", "array_repeat({INT}, 2)", "array_insert({T}, 1, {INT})"),
    ),
    "ARRAY<STRING>": (
        *("split({STRING}, '')", "array({STRING}, {STRING})", "map_keys({MAP<STRING, INT>})"),
        *("transform({ARRAY<INT>}, (x, i) -> concat(x, i))", "sort_array({T})", "concat({T}, {T})"),
    ),
    "MAP<STRING, INT>": (
        *(
            "map('x', {INT}, 'y', {INT})",
            "map_filter({T}, (k, v) -> v > {INT})",
            "str_to_map('a:1')::MAP<STRING, INT>",
        ),
        *(
            "transform_values({T}, (k, v) -> v + {INT})",
            "map_from_arrays(array('p', 'q'), array({INT}, {INT}))",
        ),
        *("map_zip_with({T}, {T}, (k, x, y) -> coalesce(x, 0) + y)",),
    ),
    "STRUCT<a: INT, b: STRING>": (
        *("named_struct('a', {INT}, 'b', {STRING})", "from_json('{\"a\": 1}', 'a INT, b STRING')"),
    ),
}
"""How a value of each type is written: ``{INT}`` is another INT, ``{T}`` one of the same type, ``{C}``
one of some type that can be compared (the same wherever it stands in a rule), ``{X}`` of any.
"""


def expression(dice: random.Random, kind: str, columns: Sequence[Column], depth: int) -> str:
    """An expression of the type `kind` over `columns`, at most `depth` rules deep."""
    if depth <= 0 or dice.random() < 0.15:
        return _leaf(dice, kind, columns)
    rules = RULES[kind]
    if dice.random() < 0.25:
        rules = (*_OF_ANY, *_OF_COMPARED) if kind in COMPARED else _OF_ANY
    chosen = {"T": kind, "C": dice.choice(COMPARED), "X": dice.choice(tuple(PLAIN))}

    def inner(hole: re.Match[str]) -> str:
        return expression(dice, chosen.get(hole[1], hole[1]), columns, depth - 1)

    return f"({re.sub(r'{([A-Z][^{}]*)}', inner, dice.choice(rules))})"


def _leaf(dice: random.Random, kind: str, columns: Sequence[Column]) -> str:
    named = [name for name, of in columns if of == kind]
    if named and dice.random() < 0.8:
        return dice.choice(named)
    return literal(dice, kind)


def literal(dice: random.Random, kind: str) -> str:
    """A value of the type `kind`, a null now and then."""
    return f"CAST(NULL AS {kind})" if dice.random() < 0.1 else dice.choice(PLAIN[kind])
