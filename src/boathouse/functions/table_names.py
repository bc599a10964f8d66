"""Table functions that list what there is: SQL's words, collations, logs of Python workers."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import ListOf, StructOf
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import AnalysisError
from boathouse.functions.spark_names import KEYWORDS
from boathouse.functions.table import TABLE
from boathouse.types import datatypes as t
from boathouse.types.collations import LOCALES

ICU_VERSION = "78.3.0.0"
"""The release of ICU that Spark 4.2 has."""


def _rows(rows: list[tuple[str | bool | None, ...]]) -> Expression:
    """A list of rows as a generator gives them."""
    return ListOf(
        tuple(
            StructOf(tuple((str(at), duck.literal(value)) for at, value in enumerate(row)))
            for row in rows
        )
    )


def _columns(*names: str, nullable: tuple[str, ...] = ()) -> t.StructType:
    fields = [t.StructField(name, t.STRING, name in nullable) for name in names]
    return t.StructType(tuple(fields))


@TABLE.generator(
    "sql_keywords",
    extra={"in_from": True},
    gives=t.StructType(
        (
            t.StructField("keyword", t.STRING, nullable=False),
            t.StructField("reserved", t.BOOLEAN, nullable=False),
        )
    ),
)
def sql_keywords() -> Expression:
    """The words of Spark's SQL, and whether they are reserved: by default none is.

    >>> SELECT * FROM sql_keywords() WHERE keyword = 'SELECT'
    SELECT | false
    """
    return _rows([(word, False) for word in KEYWORDS.split()])


def known_collations() -> list[tuple[str | None, ...]]:
    """Catalog, schema, name, language, country, accents, case, padding, version of ICU of each."""
    found: list[tuple[str | None, ...]] = []
    system = ("SYSTEM", "BUILTIN")

    def add(name: str, language: str, country: str, icu: str | None, *facts: str) -> None:
        for suffix, pad in (("", "NO_PAD"), ("_RTRIM", "RTRIM")):
            found.append(
                (*system, name + suffix, language or None, country or None, *facts, pad, icu)
            )

    add("UTF8_BINARY", "", "", None, "ACCENT_SENSITIVE", "CASE_SENSITIVE")
    add("UTF8_LCASE", "", "", None, "ACCENT_SENSITIVE", "CASE_INSENSITIVE")
    for line in ["UNICODE", *LOCALES.strip().splitlines()]:
        name, _, place = line.partition(" ")
        language, _, country = place.partition("/")
        for case, sensitive in (("", "CASE_SENSITIVE"), ("_CI", "CASE_INSENSITIVE")):
            for accent, heard in (("", "ACCENT_SENSITIVE"), ("_AI", "ACCENT_INSENSITIVE")):
                add(name + case + accent, language, country, ICU_VERSION, heard, sensitive)
    return found


@TABLE.generator(
    "collations",
    extra={"in_from": True},
    gives=_columns(
        "CATALOG",
        "SCHEMA",
        "NAME",
        "LANGUAGE",
        "COUNTRY",
        "ACCENT_SENSITIVITY",
        "CASE_SENSITIVITY",
        "PAD_ATTRIBUTE",
        "ICU_VERSION",
        nullable=("LANGUAGE", "COUNTRY", "ICU_VERSION"),
    ),
)
def collations() -> Expression:
    """The collations that Spark knows. Which of them Boathouse compares by, another page says.

    >>> SELECT NAME, CASE_SENSITIVITY FROM collations() WHERE NAME = 'UNICODE_CI'
    UNICODE_CI | CASE_INSENSITIVE
    """
    return _rows([*known_collations()])


_FRAME = _columns("class", "method", "file", "line", nullable=("class", "method", "file", "line"))
_EXCEPTION = t.StructType(
    (
        t.StructField("class", t.STRING),
        t.StructField("msg", t.STRING),
        t.StructField("stacktrace", t.ArrayType(_FRAME)),
    )
)
_LOGS = t.StructType(
    (
        t.StructField("ts", t.TIMESTAMP),
        t.StructField("level", t.STRING),
        t.StructField("msg", t.STRING),
        t.StructField("context", t.MapType(t.STRING, t.STRING)),
        t.StructField("exception", _EXCEPTION),
        t.StructField("logger", t.STRING),
    )
)
_LOGGING = "spark.sql.pyspark.worker.logging.enabled"


@TABLE.generator("python_worker_logs", gives=_LOGS, needs=("setting",), extra={"in_from": True})
def python_worker_logs(setting: object) -> Expression:
    """What Python functions logged, where that is switched on: nothing is kept yet.

    >>> SELECT count(*) FROM python_worker_logs()
    0
    """
    assert callable(setting)  # noqa: S101 - what `needs` promises
    if setting(_LOGGING) != "true":
        raise AnalysisError(
            "FEATURE_NOT_ENABLED",
            featureName="Python Worker Logging",
            configKey=_LOGGING,
            configValue="true",
        )
    row = StructOf(
        tuple(
            (str(at), duck.literal(None, duck_type(field.type)))
            for at, field in enumerate(_LOGS.fields)
        )
    )
    return duck.f.list_slice(duck.list_of(row), 1, 0)
