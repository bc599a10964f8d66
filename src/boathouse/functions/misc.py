"""Functions about the session, and everything without a better place."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Aggregate, Window
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    INT,
    LONG,
    STRING,
    Argument,
    Takes,
    always,
    constant,
    exactly,
    never,
    optional,
)
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boathouse.duck import Expression

Arguments = tuple[Argument, ...]

MISC = Group("misc_funcs")

COMPATIBLE_WITH = "4.2.0"
"""The release of Spark whose behaviour functions follow."""


# ---- the session --------------------------------------------------------------------------------


def _adds(key: str, names: tuple[str, ...], sentence: str, answer: str) -> None:
    """Add functions without arguments that give the session's fact `key`."""

    def lowering(*, session: Mapping[str, str]) -> Expression:
        return duck.literal(session[key])

    MISC.scalar(
        *names,
        gives=t.STRING,
        nullable=never,
        needs=("session",),
        shows=(lambda *shown: "current_schema()") if key == "database" else None,
        doc=f"""{sentence}

    >>> SELECT {names[0]}(){answer}
    """,
    )(lowering)


_adds(
    "user", ("current_user", "user", "session_user"), "Who runs the query.", " IS NULL\n    false"
)
_adds(
    "catalog",
    ("current_catalog",),
    "The catalog that names without one are looked up in.",
    "\n    spark_catalog",
)
_adds(
    "database",
    ("current_schema", "current_database"),
    "The database that names without one are looked up in.",
    "\n    default",
)


@MISC.scalar("current_path", gives=t.STRING, nullable=never, needs=("session",))
def current_path(session: Mapping[str, str]) -> Expression:
    """The schemas in which functions and tables without a schema are looked up, in order.

    >>> SELECT current_path()
    system.builtin,system.session,spark_catalog.default
    """
    return duck.literal(session["path"])


@MISC.scalar("version", gives=t.STRING, nullable=never)
def version() -> Expression:
    """The release of Spark that is followed, and the release of Boathouse.

    >>> SELECT version() LIKE '4.%boathouse%'
    true
    """
    return duck.literal(f"{COMPATIBLE_WITH} boathouse-{metadata.version('boathouse')}")


@MISC.scalar("typeof", takes=[ANY], gives=t.STRING, nullable=never, needs=("arguments",))
def typeof(value: Expression, *, arguments: Arguments) -> Expression:
    """The type of an expression, as DDL writes it.

    >>> SELECT typeof(1), typeof(array('port'))
    int | array<string>
    """
    return duck.literal(arguments[0].type.simple)


def _storage(arguments: Arguments) -> t.DataType:
    given = arguments[0].type
    return given.storage if isinstance(given, t.UserDefinedType) else given


@MISC.scalar("unwrap_udt", takes=[ANY], gives=_storage, hidden=True)
def unwrap_udt(value: Expression) -> Expression:
    """What a value of a client's own type is stored as; other values stay as they are.

    >>> SELECT unwrap_udt('sloop')
    sloop
    """
    return value


# ---- numbers of rows ----------------------------------------------------------------------------


@MISC.scalar("monotonically_increasing_id", gives=t.LONG, nullable=never, deterministic=False)
def monotonically_increasing_id() -> Expression:
    """A number for each row that grows from row to row, from 0, with a leap between partitions.

    >>> SELECT monotonically_increasing_id()
    0
    """
    return Window(Aggregate("row_number", ())) - 1


@MISC.scalar(
    "spark_partition_id",
    gives=t.INTEGER,
    nullable=never,
    deterministic=False,
    shows=lambda: "SPARK_PARTITION_ID()",
)
def spark_partition_id() -> Expression:
    """The number of the partition; most relations have one, number 0.

    >>> SELECT spark_partition_id()
    0
    """
    return duck.literal(0)


@MISC.scalar("direct_shuffle_partition_id", takes=[INT], gives=t.INTEGER, hidden=True)
def direct_shuffle_partition_id(partition: Expression) -> Expression:
    """The partition that repartitionById sends a row to.

    >>> SELECT direct_shuffle_partition_id(3)
    3
    """
    return partition


def _about_file(name: str, field: str, of: t.DataType, sentence: str) -> None:
    """Add a function that gives a field of the hidden column ``_metadata``: binding passes it."""

    def lowering(value: Expression | None = None) -> Expression:
        if value is None:
            return duck.literal("") if field == "file_path" else duck.literal(-1, "BIGINT")
        if field != "file_path":
            return value
        # Unlike the hidden column, the function shows an empty host: file:///
        return duck.f.regexp_replace(value, "^file:/([^/])", "file:///\\1")

    MISC.scalar(
        name,
        takes=[optional(exactly(of))],
        gives=of,
        nullable=never,
        deterministic=False,
        shows=lambda *names: f"{name}()",
        extra={"metadata": field},
        doc=f"""{sentence}

    >>> SELECT {name}() = {"''" if field == "file_path" else -1}
    true
    """,
    )(lowering)


_about_file(
    "input_file_name",
    "file_path",
    t.STRING,
    "The file that the row was read from; empty for a row of no file.",
)
_about_file(
    "input_file_block_start",
    "file_block_start",
    t.LONG,
    "Where in its file the part begins that the row was read from; -1 for no file.",
)
_about_file(
    "input_file_block_length",
    "file_block_length",
    t.LONG,
    "How long the part of the file is that the row was read from; -1 for no file.",
)


@MISC.scalar(
    "uuid",
    takes=[constant(optional(LONG))],
    gives=t.STRING,
    nullable=never,
    needs=("arguments",),
    deterministic=False,
    shows=lambda *names: "uuid()",
)
def uuid(seed: Expression | None = None, *, arguments: tuple[Argument, ...]) -> Expression:
    """A random identifier, different in each row; with a seed, the same in each run.

    >>> SELECT length(uuid())
    36
    """
    if seed is None:
        return duck.f.uuid().cast("VARCHAR")
    row = Window(Aggregate("row_number", ()))
    return kernel("mersenne", "identifiers", t.STRING, seed=arguments[0].value or 0)(row)


# ---- errors on purpose --------------------------------------------------------------------------


def _raised(message: Expression) -> Expression:
    return duck.fail("USER_RAISED_EXCEPTION", errorMessage=message).cast("INTEGER")


def _shown_error(message: str) -> str:
    return f"raise_error(USER_RAISED_EXCEPTION, map(errorMessage, {message}))"


@MISC.scalar(
    "raise_error",
    takes=[STRING],
    gives=t.NULL,
    nullable=always,
    deterministic=False,
    shows=_shown_error,
)
def raise_error(message: Expression) -> Expression:
    """Always an error, with this message.

    >>> SELECT if(true, 'afloat', raise_error('sunk'))
    afloat
    """
    return _raised(duck.f.coalesce(message, "null"))


def _shown_assertion(condition: str, message: str | None = None) -> str:
    said = f"'{condition}' is not true!" if message is None else message
    return f"assert_true({condition}, {said})"


def _assertion(condition: str, message: str | None = None) -> str:
    """What Spark makes of it before it looks at any type."""
    said = f"'{condition}' is not true!" if message is None else message
    return f"(IF({condition}, NULL, {_shown_error(said)}))"


def _truth(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.BOOLEAN if isinstance(given.type, (t.BooleanType, t.NullType)) else None


@MISC.scalar(
    "assert_true",
    takes=[Takes(_truth, '"BOOLEAN"'), optional(STRING)],
    stands_for=_assertion,
    gives=t.NULL,
    nullable=always,
    deterministic=False,
    needs=("texts",),
    shows=_shown_assertion,
)
def assert_true(
    condition: Expression, message: Expression | None = None, *, texts: tuple[str, ...]
) -> Expression:
    """Null where a condition holds, else an error with the message.

    >>> SELECT assert_true(1 < 2)
    NULL
    """
    said = duck.literal(f"'{texts[0]}' is not true!") if message is None else message
    return duck.case((condition, None), otherwise=_raised(duck.f.coalesce(said, "null")))
