"""Paths as the user writes them -> the files they mean, with partition values."""

from __future__ import annotations

import datetime
import fnmatch
import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError, unsupported
from boathouse.files import partitions
from boathouse.files.environment import Environment
from boathouse.files.options import Options
from boathouse.types import datatypes as t
from boathouse.types.zones import named

_GLOB = re.compile(r"[*?\[{]")
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file: absolute `path`, `size` in bytes, `modified` in microseconds since the epoch, raw
    `partition` values (None: NULL) in the order of the listing's partition columns.
    """

    path: str
    size: int
    modified: int
    partition: tuple[str | None, ...] = ()

    @property
    def directory(self) -> str:
        """The path of the directory it lies in."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def uri(self) -> str:
        """As Spark shows it in ``input_file_name()`` and ``_metadata.file_path``."""
        return "file://" + escaped_path(self.path)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files in order of their paths, and the partition columns; `base` is the directory below
    which the partition directories stand ("" without any).
    """

    files: tuple[DataFile, ...]
    partitions: t.StructType
    base: str = ""
    roots: tuple[str, ...] = ()
    """The places that were listed."""


def escaped_path(path: str) -> str:
    """`path` as it stands in a URI: what a URI does not allow is written ``%XX``."""
    return "".join(_escaped(c) for c in path)


def _escaped(character: str) -> str:
    allowed = character.isalnum() or character in "/-_.~!$&'()*+,;=:@"
    if allowed or not character.isascii():
        return character
    return f"%{ord(character):02X}"


def local_path(text: str) -> str:
    """The absolute local path that `text`, a path or ``file:`` URI, names. Other schemes are not
    built.
    """
    if not text:
        # Spark raises this for tables only; the directory of the process is never meant.
        raise IllegalArgumentError("INVALID_EMPTY_LOCATION", location=text)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", text)
    if scheme is None:
        return os.path.normpath(Path.cwd() / text)
    if scheme[1].lower() != "file":
        raise unsupported(f'paths of the scheme "{scheme[1]}"')
    # As in Hadoop's paths, ``%20`` in a file: URI is three characters of a name.
    return os.path.normpath("/" + re.sub(r"^//[^/]*", "", text[len("file:") :]).lstrip("/"))


def list_files(
    paths: Sequence[str],
    options: Options,
    environment: Environment,
    *,
    schema: t.StructType | None = None,
    must_exist: bool = True,
) -> Listing:
    """The data files at `paths`: names that begin with ``_`` or ``.`` are no data. A `schema` of
    the user's gives types to the partition columns it names. Raises PATH_NOT_FOUND where a place
    `must_exist` and does not.
    """
    present = [path for path in paths if must_exist or Path(local_path(path)).exists()]
    roots = [root for path in present for root in _roots(path)]
    found = {entry.path: entry for root in roots for entry in _walk(root)}
    keep = _filter(options, environment)
    entries = [found[path] for path in sorted(found) if keep(found[path])]
    if options.flag("recursiveFileLookup"):
        if "partitionOverwriteMode" in options:
            raise IllegalArgumentError(
                "RECURSIVE_FILE_LOOKUP_NOT_SUPPORTED_FOR_PARTITIONED_DATA_SOURCE"
            )
        return Listing(tuple(entries), t.StructType(()), roots=tuple(roots))
    bases = _bases(roots, options)
    directories = sorted({entry.directory for entry in entries})
    partitioning = partitions.discover(directories, bases)
    if not partitioning.names:
        files = tuple(_directly_in(entries, roots))
        return Listing(files, t.StructType(()), roots=tuple(roots))
    found = _partitioned(entries, partitioning, environment, schema)
    return replace(found, roots=tuple(roots))


def _partitioned(
    entries: Sequence[DataFile],
    partitioning: partitions.Partitioning,
    environment: Environment,
    schema: t.StructType | None,
) -> Listing:
    placed = [e for e in entries if e.directory in partitioning.values]
    files = tuple(
        DataFile(e.path, e.size, e.modified, partitioning.values[e.directory]) for e in placed
    )
    base = str(Path(files[0].directory).parents[len(partitioning.names) - 1])
    stated = {environment.key(f.name): f for f in schema.fields} if schema else {}
    fields = tuple(
        _partition_field(name, [f.partition[at] for f in files], environment, stated)
        for at, name in enumerate(partitioning.names)
    )
    return Listing(files, t.StructType(fields), base)


def _partition_field(
    name: str,
    values: Sequence[str | None],
    environment: Environment,
    stated: dict[str, t.StructField],
) -> t.StructField:
    settings = environment.settings
    field = stated.get(environment.key(name))
    if field is not None:
        if settings.flag("spark.sql.sources.validatePartitionColumns"):
            for value in set(values):
                partitions.require_castable(value, field.type, name)
        return t.StructField(field.name, field.type, True, field.metadata)
    if not settings.flag("spark.sql.sources.partitionColumnTypeInference.enabled"):
        return t.StructField(name, t.STRING)
    zoned = settings.text("spark.sql.timestampType") == "TIMESTAMP_LTZ"
    return t.StructField(name, partitions.infer_type(values, timestamps_have_zone=zoned))


def _roots(path: str) -> list[str]:
    """The existing places `path` names; a pattern names several."""
    local = local_path(path)
    if not _GLOB.search(local):
        if not Path(local).exists():
            raise AnalysisError("PATH_NOT_FOUND", path=f"file:{local}")
        return [local]
    if Path(local).exists():
        return [local]
    patterns = [_bracket(one) for one in _braces(local)]
    # Path.glob takes no absolute patterns.
    matches = sorted({match for one in patterns for match in glob.iglob(one)})  # noqa: PTH207
    if not matches:
        raise AnalysisError("PATH_NOT_FOUND", path=f"file:{local}")
    return matches


def _braces(pattern: str) -> Iterator[str]:
    """The patterns that ``{a,b}`` stands for."""
    match = _BRACES.search(pattern)
    if match is None:
        yield pattern
        return
    for choice in match[1].split(","):
        yield from _braces(pattern[: match.start()] + choice + pattern[match.end() :])


def _bracket(pattern: str) -> str:
    """Hadoop's ``[^a]`` is Python's ``[!a]``."""
    return pattern.replace("[^", "[!")


def _is_data(name: str) -> bool:
    if name.startswith("_"):
        return "=" in name
    return not name.startswith(".") and not name.endswith("._COPYING_")


def _walk(root: str) -> Iterator[DataFile]:
    place = Path(root)
    if place.is_file():
        if _is_data(place.name):
            yield _entry(root)
        return
    for directory, inner, names in os.walk(root, followlinks=True):
        inner[:] = [name for name in inner if _is_data(name)]
        yield from (_entry(f"{directory}/{name}") for name in names if _is_data(name))


def _entry(path: str) -> DataFile:
    status = Path(path).stat()
    return DataFile(path, status.st_size, status.st_mtime_ns // 1000)


def _bases(roots: Sequence[str], options: Options) -> list[str]:
    asked = options.get("basePath")
    if asked is None:
        return [str(Path(root).parent) if Path(root).is_file() else root for root in roots]
    base = local_path(asked)
    if not Path(base).is_dir():
        raise IllegalArgumentError("INVALID_EMPTY_LOCATION", location=asked)
    return [base]


def _directly_in(entries: Sequence[DataFile], roots: Sequence[str]) -> Iterator[DataFile]:
    """Without partition columns only the files named, or directly in the directories named."""
    wanted = set(roots)
    for entry in entries:
        if entry.path in wanted or entry.directory in wanted:
            yield entry


class _Filter:
    """pathGlobFilter, modifiedBefore and modifiedAfter."""

    def __init__(self, options: Options, environment: Environment) -> None:
        pattern = options.get("pathGlobFilter")
        self._patterns = None if pattern is None else [_bracket(one) for one in _braces(pattern)]
        zone = options.get("timeZone", environment.zone)
        self._before = _moment(options.get("modifiedBefore"), zone)
        self._after = _moment(options.get("modifiedAfter"), zone)

    def __call__(self, entry: DataFile) -> bool:
        name = entry.name
        if self._patterns is not None and not any(
            fnmatch.fnmatchcase(name, pattern) for pattern in self._patterns
        ):
            return False
        if self._before is not None and entry.modified >= self._before:
            return False
        return self._after is None or entry.modified > self._after


def _filter(options: Options, environment: Environment) -> _Filter:
    return _Filter(options, environment)


def _moment(text: str | None, zone: str) -> int | None:
    """A time such as ``2020-06-01T13:00:00`` in `zone`, as microseconds since the epoch."""
    if text is None:
        return None
    try:
        parsed = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise IllegalArgumentError(
            "INVALID_PARAMETER_VALUE.STRING",
            parameter="modifiedBefore or modifiedAfter",
            functionName="`option`",
            invalidValue=text,
        ) from None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=named(zone).clock)
    return int(parsed.timestamp() * 1_000_000)
