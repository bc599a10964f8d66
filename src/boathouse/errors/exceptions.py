"""The exception tree. An error is a condition with parameters; its text is made from both.

    SparkError
    ├── AnalysisError           the query cannot be bound
    │   └── ParseError          the text is not SQL
    ├── ScriptingError          a SQL script is not put together as it must be
    ├── SparkRuntimeError       a row could not be computed
    │   ├── SparkArithmeticError  overflow, division by zero
    │   ├── NumberFormatError   a cast of text to a number
    │   ├── DateTimeError       a cast or parse of a date or time
    │   ├── ArrayIndexError     an index past the end
    │   └── ...
    ├── ConcurrentModificationError  another writer was first
    └── UnsupportedError        known, and not (yet) to be had

Source of names, SQLSTATEs and parameters: Spark's published error conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.errors.conditions import message_of, sqlstate_of


@dataclass(frozen=True, slots=True)
class QueryContext:
    """Where an error stands: in SQL text (`start` to `stop`, offsets into `text`), or at an API
    call (`fragment`, `call_site`).
    """

    text: str = ""
    start: int = 0
    stop: int = 0
    fragment: str = ""
    call_site: str = ""
    object_type: str = ""
    object_name: str = ""


class SparkError(Exception):
    """An error with Spark's `condition`, its SQLSTATE, message `parameters` and query context."""

    jvm_classes: tuple[str, ...] = ("org.apache.spark.SparkException", "java.lang.Exception")

    def __init__(
        self, condition: str, context: QueryContext | None = None, /, **parameters: object
    ) -> None:
        """Raise `condition` (``"DIVIDE_BY_ZERO"``, ``"UNRESOLVED_COLUMN.WITH_SUGGESTION"``); every
        parameter is shown as its `str`.
        """
        self.condition = condition
        self.parameters = {name: str(value) for name, value in parameters.items()}
        self.context = context
        super().__init__(message_of(condition, self.parameters))

    @property
    def sqlstate(self) -> str:
        """The condition's five-character SQLSTATE."""
        return sqlstate_of(self.condition)

    @property
    def message(self) -> str:
        """The text alone, without condition and SQLSTATE."""
        return str(self.args[0])

    @property
    def named(self) -> bool:
        """Whether Spark gives the error a condition at all; some are a sentence alone."""
        return self.condition != "NO_CONDITION"

    def __str__(self) -> str:
        if not self.named:
            return self.message
        state = f" SQLSTATE: {self.sqlstate}" if self.sqlstate else ""
        return f"[{self.condition}] {self.message}{state}"


class AnalysisError(SparkError):
    """The query cannot be bound: names, types, structure."""

    jvm_classes = ("org.apache.spark.sql.AnalysisException", "java.lang.Exception")


class ParseError(AnalysisError):
    """The text is not SQL; `line` and `column` (from 0) say where reading stopped."""

    jvm_classes = (
        "org.apache.spark.sql.catalyst.parser.ParseException",
        "org.apache.spark.sql.AnalysisException",
        "java.lang.Exception",
    )


class ScriptingError(SparkError):
    """A SQL script that is not put together as it must be."""

    jvm_classes = ("org.apache.spark.sql.exceptions.SqlScriptingException", "java.lang.Exception")


class SparkRuntimeError(SparkError):
    """A row could not be computed."""

    jvm_classes = ("org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException")


class SparkArithmeticError(SparkRuntimeError):
    """Overflow or division by zero."""

    jvm_classes = ("org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException")


class NumberFormatError(SparkRuntimeError):
    """Text that is not the number it is cast to."""

    jvm_classes = (
        "org.apache.spark.SparkNumberFormatException",
        "java.lang.NumberFormatException",
        "java.lang.IllegalArgumentException",
    )


class DateTimeError(SparkRuntimeError):
    """Text or numbers that are not the date or time asked for."""

    jvm_classes = ("org.apache.spark.SparkDateTimeException", "java.time.DateTimeException")


class ArrayIndexError(SparkRuntimeError):
    """An index outside an array."""

    jvm_classes = (
        "org.apache.spark.SparkArrayIndexOutOfBoundsException",
        "java.lang.ArrayIndexOutOfBoundsException",
    )


class IllegalArgumentError(SparkRuntimeError):
    """A value a function or setting does not take."""

    jvm_classes = (
        "org.apache.spark.SparkIllegalArgumentException",
        "java.lang.IllegalArgumentException",
    )


class UpgradeError(SparkError):
    """Something that an older Spark did otherwise, so that it is refused rather than guessed."""

    jvm_classes = ("org.apache.spark.SparkUpgradeException", "java.lang.RuntimeException")


class InvalidPlanError(SparkError):
    """The message breaks a rule of the protocol."""

    jvm_classes = (
        "org.apache.spark.sql.connect.common.InvalidPlanInput",
        "java.lang.Exception",
    )


class UnsupportedError(SparkError):
    """Something known that cannot be had; `UNSUPPORTED_FEATURE` and its kin."""

    jvm_classes = (
        "org.apache.spark.SparkUnsupportedOperationException",
        "java.lang.UnsupportedOperationException",
    )


class NoSuchElementError(SparkError):
    """A setting or object that is not there."""

    jvm_classes = (
        "org.apache.spark.SparkNoSuchElementException",
        "java.util.NoSuchElementException",
    )


class ProviderNotFoundError(SparkError):
    """A data source nobody provides."""

    jvm_classes = (
        "org.apache.spark.SparkClassNotFoundException",
        "java.lang.ClassNotFoundException",
        "java.lang.ReflectiveOperationException",
    )


class ConcurrentModificationError(SparkError):
    """Another writer changed the table in a way that matters to this one."""

    jvm_classes = (
        "io.delta.exceptions.DeltaConcurrentModificationException",
        "java.util.ConcurrentModificationException",
        "java.lang.RuntimeException",
    )

    def __init__(
        self, condition: str, context: QueryContext | None = None, /, **parameters: object
    ) -> None:
        """As of every SparkError; the JVM's class goes by the condition."""
        super().__init__(condition, context, **parameters)
        own = _CONCURRENT.get(condition)
        if own is not None:
            self.jvm_classes = (f"io.delta.exceptions.{own}", *self.jvm_classes)


_CONCURRENT = {
    "DELTA_CONCURRENT_APPEND": "ConcurrentAppendException",
    "DELTA_CONCURRENT_DELETE_DELETE": "ConcurrentDeleteDeleteException",
    "DELTA_CONCURRENT_DELETE_READ": "ConcurrentDeleteReadException",
    "DELTA_CONCURRENT_TRANSACTION": "ConcurrentTransactionException",
    "DELTA_METADATA_CHANGED": "MetadataChangedException",
    "DELTA_PROTOCOL_CHANGED": "ProtocolChangedException",
}


class CancelledError(SparkError):
    """The client interrupted the operation."""


def refused(message: str) -> IllegalArgumentError:
    """The error for an argument that Spark refuses with a sentence and no condition."""
    return IllegalArgumentError("NO_CONDITION", message=message)


def unsupported(feature: str) -> UnsupportedError:
    """The error for `feature` (a short noun phrase), which is known and not yet built."""
    return UnsupportedError("UNSUPPORTED_FEATURE.NOT_BUILT", feature=feature)


def internal(message: str) -> SparkError:
    """The error for a state that should be impossible: a fault of ours, not of the user."""
    return SparkError("INTERNAL_ERROR", message=message)
