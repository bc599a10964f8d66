"""Whether two answers are the same, and if not, what kind of difference it is."""

from __future__ import annotations

import math
import re
import struct
from collections import Counter
from typing import Any, Final

MOST_ROWS: Final = 300
"""How many rows Spark is asked for; it may have more."""


def difference(spark: dict[str, Any], ours: dict[str, Any], details: str = "") -> str | None:
    """None where the answers agree, else the kind of difference in a few words. An error is its
    condition and its SQLSTATE; with the `details` "parameters" also what its message says, with
    "context" also the place that it points to.
    """
    if "condition" in spark or "condition" in ours:
        return _between_errors(spark, ours, details)
    names = (
        [f["name"] for f in spark["schema"]["fields"]],
        [f["name"] for f in ours["schema"]["fields"]],
    )
    if names[0] != names[1]:
        return "names"
    kinds = _typed(spark["schema"], nulls=False), _typed(ours["schema"], nulls=False)
    if kinds[0] != kinds[1]:
        return "types"
    if _typed(spark["schema"], nulls=True) != _typed(ours["schema"], nulls=True):
        return "nullability"
    fields = spark["schema"]["fields"]
    theirs, mine = (Counter(tuple(_row(row, fields)) for row in x["rows"]) for x in (spark, ours))
    if theirs.total() == MOST_ROWS:
        return "rows" if theirs - mine else None
    return None if theirs == mine else "rows"


def _between_errors(spark: dict[str, Any], ours: dict[str, Any], details: str) -> str | None:
    one, other = spark.get("condition", "(rows)"), ours.get("condition", "(rows)")
    if one.startswith(("NO_CONDITION", "INTERNAL_ERROR", "PLAN_VALIDATION_FAILED")):
        return None  # Spark broke: nothing to learn
    if one != other:
        if other == "UNSUPPORTED_FEATURE.NOT_BUILT" or "NOT_BUILT" in other:
            return f"{one} / not built"
        return f"{one} / {other[:160]}"
    if spark["state"] != ours["state"]:
        return f"{one}: SQLSTATE"
    if not details:
        return None
    mine, theirs = _parameters(ours), _parameters(spark)
    told = {*mine, *theirs} if spark["state"] != "42K0D" else {*theirs}  # it names a class of Java
    wrong = sorted(k for k in told if mine.get(k) != theirs.get(k))
    if wrong:
        return f"{one}: {', '.join(wrong)}"
    agree = details != "context" or spark["fragment"] == ours["fragment"]
    return None if agree else f"{one}: query context"


def _parameters(answer: dict[str, Any]) -> dict[str, str]:
    # Numbers that Spark gives to columns, and the addresses of objects, differ from run to run; of a
    # message inside of another the condition alone is Spark's.
    return {
        key: re.sub(r"^(\[[A-Z_.]+\]) .*", r"\1", re.sub(r"#\d+L?|_w\d+", "#", str(value)))
        for key, value in answer["parameters"].items()
        if key != "treeNode" and not str(value).startswith("org.apache.spark.")
    }


def _typed(kind: Any, *, nulls: bool) -> Any:
    """A schema in JSON without metadata, and without nullability unless `nulls`."""
    if isinstance(kind, list):
        return [_typed(one, nulls=nulls) for one in kind]
    if not isinstance(kind, dict):
        return kind
    left_out = (
        {"metadata"} if nulls else {"metadata", "nullable", "containsNull", "valueContainsNull"}
    )
    return {key: _typed(one, nulls=nulls) for key, one in kind.items() if key not in left_out}


def _row(row: list[str], fields: list[dict[str, Any]]) -> list[str]:
    return [_canonical(text, str(field["type"])) for text, field in zip(row, fields, strict=True)]


_NUMBER = re.compile(r"-?(?:\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+)|-?Infinity|-?inf|NaN|nan")


def _canonical(text: str, kind: str) -> str:
    """Floating point numbers in one form: Java does not always write the shortest."""
    if kind == "float" or "'float'" in kind:
        return _NUMBER.sub(lambda found: _single(found[0]), text)
    if kind == "double" or "'double'" in kind:
        return _NUMBER.sub(lambda found: _double(found[0]), text)
    return text


def _double(text: str) -> str:
    # Sums of squares and the like may end differently in the last digit.
    return f"{float(text):.15g}"


def _single(text: str) -> str:
    value = float(text)
    if not math.isfinite(value):
        return repr(value)
    try:
        return repr(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return repr(math.inf)
