"""What a file format is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from boathouse.duck import tree
from boathouse.errors.exceptions import AnalysisError
from boathouse.files.environment import Environment
from boathouse.files.listing import DataFile
from boathouse.files.options import Options
from boathouse.types import datatypes as t

FILE_NAME = "boathouse_file"
"""The reader's column that holds a row's file, in reach only inside a scan."""

ROW_NUMBER = "file_row_number"
"""The reader's column that counts the rows of a file from 0."""


@dataclass(frozen=True, slots=True)
class Request:
    """Which `fields` of the data `schema` to read from `files`. `named` are arguments the DuckDB
    reader must get, and `kept` the columns it then has beside the fields, which must come through.
    With `hive` DuckDB reads the `partitions` columns off the paths.
    `trusted` says that the types were inferred from the values of these very files.
    """

    files: Sequence[DataFile]
    schema: t.StructType
    fields: tuple[t.StructField, ...]
    options: Options
    environment: Environment
    named: tuple[tuple[str, tree.Expression], ...] = ()
    kept: tuple[str, ...] = ()
    hive: bool = False
    partitions: tuple[str, ...] = ()
    trusted: bool = False
    missing: Mapping[str, tree.Expression] = field(default_factory=dict[str, tree.Expression])
    """What rows of files that lack a field have in it, where that is not NULL."""

    @property
    def paths(self) -> tree.Expression:
        """The files' paths as a list."""
        return tree.files_at(*[file.path for file in self.files])

    def partition_of(self, file: DataFile, name: str) -> str | None:
        """The raw value of partition column `name` for the rows of `file`."""
        return file.partition[self.partitions.index(name)]


def distinct_names(names: Sequence[str]) -> dict[str, str]:
    """What DuckDB calls the columns `names`: where two differ by the case of letters alone, the
    second gets a number.
    """
    seen: set[str] = set()
    called: dict[str, str] = {}
    for name in names:
        other, count = name, 0
        while other.lower() in seen:
            count += 1
            other = f"{name}_{count}"
        seen.add(other.lower())
        called[name] = other
    return called


class FileFormat(Protocol):
    """A format files are written in. `name` is what UNABLE_TO_INFER_SCHEMA calls it."""

    name: ClassVar[str]
    counts_rows: ClassVar[bool]
    """Whether its reader has `ROW_NUMBER`."""
    columns_are_fixed: ClassVar[bool]
    """Whether all its files have the same columns."""

    def infer(
        self, files: Sequence[DataFile], options: Options, environment: Environment
    ) -> t.StructType | None:
        """The schema of the data in `files`, None when they do not tell one."""
        ...

    def read(self, request: Request) -> tree.Relation:
        """The rows: the fields under their names and with their DuckDB types, and what is kept."""
        ...

    def accepts(self, of: t.DataType) -> bool:
        """Whether a column of this type can be read and written."""
        ...


def selected(
    request: Request,
    values: Sequence[tree.Expression],
    source: tree.Relation,
    where: tree.Expression | None = None,
) -> tree.Select:
    """`values` as the requested fields, and the kept columns, of `source`."""
    called = distinct_names([f.name for f in request.fields])
    columns = [(value, called[f.name]) for value, f in zip(values, request.fields, strict=True)]
    columns += [(tree.column(name), name) for name in request.kept]
    # A query needs a column: that of a scan that is only counted has no meaning.
    return tree.Select(tuple(columns or [(tree.TRUE, "boathouse_row")]), source, where)


def require_corrupt_text(request: Request, corrupt: str) -> None:
    """The column for corrupt records must be text, and cannot be read alone."""
    for f in request.schema.fields:
        if f.name == corrupt and not isinstance(f.type, t.StringType):
            raise AnalysisError(
                "INVALID_CORRUPT_RECORD_TYPE",
                columnName=t.quoted(f.name),
                actualType=f'"{f.type.sql}"',
            )
    if [f.name for f in request.fields] == [corrupt]:
        raise AnalysisError("UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN")


def naming_files(request: Request, mode: str) -> Request:
    """`request` whose reader tells each row's file, where an error over a bad record has to."""
    if mode != "FAILFAST" or FILE_NAME in request.kept or len(request.files) <= 1:
        return request
    named = (*request.named, ("filename", tree.literal(FILE_NAME)))
    return replace(request, named=named, kept=(*request.kept, FILE_NAME))


def rows_to_keep(request: Request, mode: str, bad: tree.Expression) -> tree.Expression | None:
    """The condition under which a record that may be `bad` is a row; None where all are."""
    match mode:
        case "DROPMALFORMED":
            return bad.negated()
        case "FAILFAST":
            path = (
                tree.literal("file://").joined(tree.column(FILE_NAME))
                if FILE_NAME in request.kept
                else tree.literal(request.files[0].uri)
            )
            return tree.if_(bad, tree.fail("FAILED_READ_FILE.NO_HINT", path=path), True)
        case _:
            return None
