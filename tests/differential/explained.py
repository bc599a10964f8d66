"""Differences that cannot be mended, each with the reason: they are counted apart."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.differential.cases import Case

Answer = dict[str, Any]


def _asks(pattern: str) -> Callable[[Case, Answer, Answer], bool]:
    """Rows only that differ, of a statement that mentions `pattern`."""
    return lambda case, spark, ours: (
        "rows" in spark and "rows" in ours and re.search(pattern, case.sql) is not None
    )


def _shows(pattern: str) -> Callable[[Case, Answer, Answer], bool]:
    """Rows only that differ, where Spark's have `pattern` in them."""
    return lambda case, spark, ours: (
        "rows" in spark and "rows" in ours and re.search(pattern, str(spark["rows"])) is not None
    )


def _both_fail(case: Case, spark: Answer, ours: Answer) -> bool:
    """Two expressions of one statement fail for their values: the optimizer, or which row comes
    first, says which is told. Of one expression it must be the same.
    """
    del case
    states = ("22", "23")
    alike = spark.get("fragment", "") == ours.get("fragment", "")
    fail = str(spark.get("state")).startswith(states) and str(ours.get("state")).startswith(states)
    return fail and not alike


def _alone(case: Case, spark: Answer, ours: Answer) -> bool:
    """Nothing above a lambda that stands alone is resolved; to Spark that by itself is a fault of
    its own.
    """
    stray = "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION"
    named = spark.get("condition", "").startswith("UNRESOLVED_COLUMN")
    if named and "condition" in ours and re.search(r"(WHERE|ON) x -> true\b", case.sql) is not None:
        return True
    return ours.get("condition") == stray and ours["parameters"].get("class") == "expression"


def _blame(case: Case, spark: Answer, ours: Answer) -> bool:
    """Neither takes the statement; which word of it is wrong, and what is missing, they see
    differently. That one takes what the other does not is never explained by this.
    """
    wrong = "PARSE_SYNTAX_ERROR"
    return case.family == "syntax" and spark.get("condition") == wrong == ours.get("condition")


def _of_34_digits(case: Case, spark: Answer, ours: Answer) -> bool:
    """A negation or abs() of a decimal of which Spark keeps 34 digits, or which then is too long."""
    if re.search(r"SELECT (-|abs\()", case.sql) is None or "rows" not in ours:
        return False
    if not str(ours["schema"]["fields"][0]["type"]).startswith("decimal"):
        return False
    exact = [Decimal(row[0]) for row in ours["rows"] if row[0] != "NULL"]
    rounded = [Context(prec=34).create_decimal(x) for x in exact]
    if "condition" in spark:
        told = spark["parameters"].get("originalValue")
        return any(x != y and str(y) == told for x, y in zip(exact, rounded, strict=True))
    found = [Decimal(row[0]) for row in spark.get("rows", ()) if row[0] != "NULL"]
    return found == rounded != exact


def _of_many_seconds(case: Case, spark: Answer, ours: Answer) -> bool:
    """The moment of so many seconds that Spark rounds them, and keeps the lowest bits of that."""
    types = [field["type"] for field in spark.get("schema", {}).get("fields", ())]
    return "rows" in ours and types == ["timestamp"] and re.search(r"\d{35}", case.sql) is not None


def _zeros(case: Case, spark: Answer, ours: Answer) -> bool:
    """The least or greatest of zeros, which are equal with either sign."""
    if re.search(r"\b(max|min|greatest|least)\(", case.sql) is None or "-0.0" not in case.sql:
        return False
    texts = [
        str(x.get("rows")).replace("-0.0'", "0.0'").replace("NaN", "nan") for x in (spark, ours)
    ]
    return "rows" in spark and texts[0] == texts[1]


_ENDS: Final = {
    "timestamp": {str(2**63 - 1), str(-(2**63))},
    "date": {str(2**31 - 1), str(1 - 2**31), str(-(2**31))},
}


def _beyond(case: Case, spark: Answer, ours: Answer) -> bool:
    """A moment or day that Spark's bits of microseconds or days hold, and not those of DuckDB."""
    refused = ("ARITHMETIC_OVERFLOW", "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION")
    fields = spark.get("schema", {}).get("fields", ())
    kinds = [_ENDS.get(str(field["type"]), set[str]()) for field in fields]
    ends = (x in ends for row in spark.get("rows", ()) for x, ends in zip(row, kinds, strict=True))
    return ours.get("condition") in refused and any(ends)


def _text_of_rows(case: Case, spark: Answer, ours: Answer) -> bool:
    """Spark brings no text that was made of structs or maps under a collation; here it is compared
    as any other, as `differences-from-spark.md` says.
    """
    apart = ("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "DATATYPE_MISMATCH.DATA_DIFF_TYPES")
    made = re.search(r"COLLATE\b.*\b(to_json|to_csv|to_xml|from_json)\(", case.sql) is not None
    return made and spark.get("condition") in apart and "rows" in ours


EXPLAINED: Final[tuple[tuple[str, Callable[[Case, Answer, Answer], bool]], ...]] = (
    ("what was asked for is the time", _asks(r"'(now|today)'")),
    ("a set has no order", _asks(r"collect_set|(listagg|string_agg)\(DISTINCT")),
    ("no moment of DuckDB is so far away", _beyond),
    (
        "of squares that no double holds",
        _asks(r"(var|std|regr|corr)\w*\(.*1\.7976931348623157e308"),
    ),
    (
        "which of the texts that are equal under a collation a set keeps",
        _asks(r"COLLATE.* (UNION|INTERSECT|EXCEPT) "),
    ),
    (
        "an estimate, not the same by another hash or sample",
        _asks(r"approx_|hll_|theta_|kll_|tuple_|sketch"),
    ),
    ("texts of DuckDB hold no bytes that are not UTF-8", _shows("\ufffd")),
    (
        "Spark shows keys that are rows or arrays as its memory has them",
        _shows(r"Unsafe\w+@|\"\[\d+(,[0-9a-f]+)+\]\":"),
    ),
    ("Spark keeps 34 digits of what it negates", _of_34_digits),
    ("Spark keeps 34 digits of seconds", _of_many_seconds),
    ("zeros are equal with either sign", _zeros),
    ("which word of a statement that is none is to blame", _blame),
    ("which of several errors comes first is not defined", _both_fail),
    ("texts made of structs are compared under collations", _text_of_rows),
    ("a lambda that stands alone is an internal error of Spark's", _alone),
)
"""The reason, and whether it holds for a case and the two answers."""


def explanation(case: Case, spark: Answer, ours: Answer) -> str | None:
    """Why the answers differ, if that is known and cannot be mended."""
    return next((reason for reason, holds in EXPLAINED if holds(case, spark, ours)), None)
