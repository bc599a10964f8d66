"""Functions that settings of old times, or the kind of TIMESTAMP, put in the place of others: bound
where the setting says so, and shown under the other's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import AnalysisError, refused
from boathouse.functions import protobuf, summaries
from boathouse.functions.csv import schema_of_csv
from boathouse.functions.hash_values import no_variants
from boathouse.functions.registry import Group, added
from boathouse.functions.signature import STRING, under_setting
from boathouse.types import datatypes as t

GUARDS = Group("guards")


def _shows(name: str) -> Callable[..., str]:
    return lambda *arguments: f"{name}({', '.join(arguments)})"


def _replaced(
    name: str, key: str, value: str, like: str = "", *, alone: bool = False, **fields: Any
) -> None:
    """Where the setting `key` is `value`, `name` is the entry `like` (itself if there is none) with
    other `fields`.
    """
    entry, other = added(name), added(like or name)
    label = f"{name}, {key.rpartition('.')[2]}".lower()
    shows = fields.pop("shows", None) or entry.shows or _shows(name)
    made = replace(
        other, name=label, aliases=(), group="guards", hidden=True, shows=shows, **fields
    )
    GUARDS.add(made)
    GUARDS.add(replace(entry, under=under_setting(key, value, label, alone=alone)))


_KIND = "spark.sql.timestampType"
for _name in ("to_timestamp", "make_timestamp"):
    _replaced(_name, _KIND, "TIMESTAMP_NTZ", f"{_name}_ntz")
_replaced("try_to_timestamp", _KIND, "TIMESTAMP_NTZ", "try_to_timestamp, ntz")
_replaced("schema_of_csv", _KIND, "TIMESTAMP_NTZ", lowering=partial(schema_of_csv, local=True))
_replaced("try_make_timestamp", _KIND, "TIMESTAMP_NTZ", "try_make_timestamp_ntz")

_COLLECTIONS = "spark.sql.legacy.createEmptyCollectionUsingStringType"
_replaced("array", _COLLECTIONS, "TRUE", alone=True, gives=t.ArrayType(t.STRING, False))
_replaced(
    "map",
    _COLLECTIONS,
    "TRUE",
    alone=True,
    gives=t.MapType(t.STRING, t.STRING, value_contains_null=False),
)

_replaced(
    "concat",
    "spark.sql.function.concatBinaryAsString",
    "TRUE",
    coerce=None,
    gives=t.STRING,
)
_replaced(
    "elt",
    "spark.sql.function.eltOutputAsString",
    "TRUE",
    coerce=None,
    parameters=(added("elt").parameters[0], STRING),
    variadic=STRING,
    gives=t.STRING,
)


def _found(array: Expression, condition: Expression) -> Expression:
    verdict = added("exists").lowering
    assert verdict is not None  # noqa: S101 - it is built
    known = duck.f.coalesce(verdict(array, condition), duck.FALSE)
    return duck.if_(array.is_not_null(), known)


_replaced(
    "exists",
    "spark.sql.legacy.followThreeValuedLogicInArrayExists",
    "FALSE",
    lowering=_found,
    nullable=lambda arguments: arguments[0].nullable,
)
for _name in ("hash", "xxhash64"):
    _replaced(_name, "spark.sql.legacy.allowHashOnMapType", "TRUE", check=no_variants(_name))


def _raised_plainly(message: Expression) -> Expression:
    return duck.fail("NO_CONDITION", message=duck.f.coalesce(message, "null")).cast("INTEGER")


def _asserted(
    condition: Expression, message: Expression | None = None, *, texts: tuple[str, ...]
) -> Expression:
    said = duck.literal(f"'{texts[0]}' is not true!") if message is None else message
    return duck.case((condition, None), otherwise=_raised_plainly(said))


_PLAINLY = "spark.sql.legacy.raiseErrorWithoutErrorClass"
_replaced("raise_error", _PLAINLY, "TRUE", lowering=_raised_plainly)
_replaced("assert_true", _PLAINLY, "TRUE", lowering=_asserted)


def _in_java(index: Callable[..., Any] | None) -> Callable[..., Any]:
    """`index` where Java meets the argument of number 0, for which it has no condition."""
    assert index is not None  # noqa: S101 - the entry has both

    def met(*given: Any, **needs: Any) -> Any:
        try:
            return index(*given, **needs)
        except AnalysisError as error:
            if error.condition == "INVALID_PARAMETER_VALUE.ZERO_INDEX":
                raise refused("Illegal format argument index = 0") from None
            raise

    return met


_format = added("format_string")
_replaced(
    "format_string",
    "spark.sql.legacy.allowZeroIndexInFormatString",
    "TRUE",
    check=_in_java(_format.check),
    lowering=_in_java(_format.lowering),
)

_EXTENSIONS = "spark.sql.function.protobufExtensions.enabled"
_replaced(
    "from_protobuf",
    _EXTENSIONS,
    "TRUE",
    gives=partial(protobuf.reads, extensions=True),
    lowering=partial(protobuf.from_protobuf, extensions=True),
)
_replaced(
    "to_protobuf", _EXTENSIONS, "TRUE", lowering=partial(protobuf.to_protobuf, extensions=True)
)
_replaced(
    "histogram_numeric",
    "spark.sql.legacy.histogramNumericPropagateInputType",
    "FALSE",
    gives=summaries.bins_of(t.DOUBLE),
    lowering=summaries.histogram_of_doubles,
)
