"""Settings that Spark has no more: they can be set to what holds without them, and to nothing
else.
"""

from __future__ import annotations

from typing import Final

from boathouse.errors.exceptions import AnalysisError

_REBASE: Final = ("4.0.0", "CORRECTED")
_REMOVED: Final = {
    "spark.sql.fromJsonForceNullableSchema": ("3.0.0", "true"),
    "spark.sql.legacy.allowCreatingManagedTableUsingNonemptyLocation": ("3.0.0", "false"),
    "spark.sql.legacy.compareDateTimestampInTimestamp": ("3.0.0", "true"),
    "spark.sql.parquet.int64AsTimestampMillis": ("3.0.0", "false"),
    "spark.sql.execution.pandas.respectSessionTimeZone": ("3.0.0", "true"),
    "spark.sql.optimizer.planChangeLog.level": ("3.1.0", "trace"),
    "spark.sql.optimizer.planChangeLog.rules": ("3.1.0", ""),
    "spark.sql.optimizer.planChangeLog.batches": ("3.1.0", ""),
    "spark.sql.ansi.strictIndexOperator": ("3.4.0", "true"),
    "spark.sql.hive.verifyPartitionPath": ("4.0.0", "false"),
    "spark.sql.optimizer.runtimeFilter.semiJoinReduction.enabled": ("4.0.0", "false"),
    "spark.sql.legacy.parquet.int96RebaseModeInWrite": _REBASE,
    "spark.sql.legacy.parquet.int96RebaseModeInRead": _REBASE,
    "spark.sql.legacy.parquet.datetimeRebaseModeInWrite": _REBASE,
    "spark.sql.legacy.avro.datetimeRebaseModeInWrite": _REBASE,
    "spark.sql.legacy.avro.datetimeRebaseModeInRead": _REBASE,
}
"""The version without the setting, and the value it may have."""


def require_there(key: str, value: str) -> None:
    """_LEGACY_ERROR_TEMP_1226 for another `value` of a removed setting than the one that holds."""
    version, default = _REMOVED.get(key, ("", value))
    if value != default:
        comment = f"{default or 'no value'} always holds."
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1226", configName=key, version=version, comment=comment
        )
