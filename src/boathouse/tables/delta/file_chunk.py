"""Files of a table side by side: what a piece of the log adds, held in columns.

A snapshot's files are a few chunks, each with a mask of the rows that are still live: the files of
a checkpoint stay in Arrow, those of later commits as the JSON objects they were read from, and an
AddFile is only made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute

from boathouse.tables.delta.actions import AddFile, DeletionVector
from boathouse.tables.delta.arrays import integers
from boathouse.tables.delta.paths import canonical

_ODD_PATH = "%|^/|^[A-Za-z][A-Za-z0-9+.-]*:"

compute: Any = pyarrow.compute
"""Its functions are made at run time, so no type checker knows them."""

FileKey = tuple[str, str | None]
"""What tells one state of a file from another: its canonical path, its deletion vector's id."""

Json = Mapping[str, Any]


def key_of(action: Json) -> FileKey:
    """The key of an add or a remove in JSON."""
    vector = action.get("deletionVector")
    path = action["path"]
    return canonical(path), None if vector is None else vector_id(vector)


def vector_id(vector: Json) -> str:
    """The unique id of a deletion vector in JSON."""
    at = vector.get("offset")
    base = f"{vector['storageType']}{vector['pathOrInlineDv']}"
    return base if at is None else f"{base}@{at}"


def add_file(value: Json) -> AddFile:
    """The AddFile that a JSON object says: `AddFile.from_json`, several times faster."""
    get = value.get
    vector = get("deletionVector")
    return AddFile(
        value["path"],
        get("partitionValues") or {},
        get("size") or 0,
        get("modificationTime") or 0,
        get("dataChange", True),
        get("stats"),
        get("tags"),
        get("baseRowId"),
        get("defaultRowCommitVersion"),
        get("clusteringProvider"),
        deletion_vector=None if vector is None else DeletionVector.from_json(vector),
    )


class FileChunk(Protocol):
    """Some files, by number."""

    kept: dict[Any, Any]
    """What others derived from the chunk, which never changes, to find it again."""

    def __len__(self) -> int:
        """How many."""
        ...

    def among(self, keys: Collection[FileKey]) -> list[int]:
        """The numbers of the files with one of `keys`."""
        ...

    def keys(self, rows: np.ndarray) -> Iterable[FileKey]:
        """The keys of the files of these numbers."""
        ...

    def adds(self, rows: Sequence[int] | np.ndarray) -> list[AddFile]:
        """The files of these numbers."""
        ...

    def sizes(self) -> np.ndarray:
        """Their sizes in bytes."""
        ...

    def partition_texts(self, physical: str) -> list[str | None]:
        """The text of a partition column for each file."""
        ...

    def statistics(self) -> Sequence[Json | None]:
        """The parsed statistics of each file."""
        ...

    def parsed_statistics(self, path: tuple[str, ...]) -> pa.Array | None:
        """One of the statistics (``("minValues", "a")``) for each file, where the log holds it
        typed; None where it does not.
        """
        ...

    def deleted(self) -> np.ndarray:
        """How many rows of each the deletion vector takes away."""
        ...


class JsonChunk:
    """Files that commits added."""

    def __init__(self, adds: Mapping[FileKey, Json]) -> None:
        """Of these keys."""
        self._keys = list(adds)
        self._adds = list(adds.values())
        self._numbers: dict[FileKey, int] | None = None
        self._statistics: list[Json | None] | None = None
        self.kept: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self._adds)

    def live(self, rows: np.ndarray) -> Iterable[tuple[FileKey, Json]]:
        """The keys and objects of the files `rows`."""
        return ((self._keys[row], self._adds[row]) for row in rows.tolist())

    def among(self, keys: Collection[FileKey]) -> list[int]:
        """By a dictionary made when it is first needed."""
        if self._numbers is None:
            self._numbers = {key: number for number, key in enumerate(self._keys)}
        numbers = self._numbers
        return [numbers[key] for key in keys if key in numbers]

    def keys(self, rows: np.ndarray) -> Iterable[FileKey]:
        """As they were given."""
        return (self._keys[row] for row in rows.tolist())

    def adds(self, rows: Sequence[int] | np.ndarray) -> list[AddFile]:
        """Made now."""
        return [add_file(self._adds[row]) for row in rows]

    def sizes(self) -> np.ndarray:
        """As stated."""
        return np.fromiter((add.get("size") or 0 for add in self._adds), np.int64, len(self))

    def partition_texts(self, physical: str) -> list[str | None]:
        """As stated."""
        return [(add.get("partitionValues") or {}).get(physical) for add in self._adds]

    def statistics(self) -> Sequence[Json | None]:
        """Parsed once."""
        if self._statistics is None:
            self._statistics = [_parsed(add.get("stats")) for add in self._adds]
        return self._statistics

    def parsed_statistics(self, path: tuple[str, ...]) -> pa.Array | None:
        """Commits hold text."""
        return None

    def deleted(self) -> np.ndarray:
        """As stated."""
        found = ((add.get("deletionVector") or {}).get("cardinality", 0) for add in self._adds)
        return np.fromiter(found, np.int64, len(self))


_NAMES = (
    "path",
    "partitionValues",
    "size",
    "modificationTime",
    "dataChange",
    "stats",
    "tags",
    "deletionVector",
    "baseRowId",
    "defaultRowCommitVersion",
    "clusteringProvider",
)


class ArrowChunk:
    """Files of a checkpoint: `columns` of its ``add`` by name, and `parsed`, which reads one of the
    typed statistics, or ``()`` all of them; None where there are none.
    """

    def __init__(
        self,
        columns: Mapping[str, pa.Array],
        parsed: Callable[[tuple[str, ...]], pa.Array | None],
    ) -> None:
        """Of columns of one length."""
        self._columns = {name: columns[name] for name in _NAMES if name in columns}
        self._read_parsed = parsed
        self._parsed: dict[tuple[str, ...], pa.Array | None] = {}
        self.kept: dict[Any, Any] = {}
        self._paths: pa.Array | None = None
        self._statistics: list[Json | None] | None = None

    def __len__(self) -> int:
        return len(self._columns["path"])

    def among(self, keys: Collection[FileKey]) -> list[int]:
        """By path in Arrow, then by deletion vector one by one."""
        if not keys:
            return []
        wanted = set(keys)
        found = compute.is_in(
            self._canonical(), pa.array([path for path, _ in wanted], pa.string())
        )
        candidates = np.flatnonzero(found.to_numpy(zero_copy_only=False))
        return [row for row in candidates.tolist() if self._key(row) in wanted]

    def _canonical(self) -> pa.Array:
        if self._paths is None:
            raw = self._columns["path"]
            odd = compute.any(
                compute.match_substring_regex(raw, "%|^/|^[A-Za-z][A-Za-z0-9+.-]*:")
            ).as_py()
            self._paths = pa.array(map(canonical, raw.to_pylist()), pa.string()) if odd else raw
        return self._paths

    def keys(self, rows: np.ndarray) -> Iterable[FileKey]:
        """Made now."""
        return map(self._key, rows.tolist())

    def _key(self, row: int) -> FileKey:
        vectors = self._columns.get("deletionVector")
        vector = None if vectors is None else vectors[row].as_py()
        return self._canonical()[row].as_py(), None if vector is None else vector_id(vector)

    def adds(self, rows: Sequence[int] | np.ndarray) -> list[AddFile]:
        """Columns first, then one row after the other."""
        taken = integers(np.asarray(rows, np.int64))
        columns = {name: column.take(taken) for name, column in self._columns.items()}
        values = {
            name: column.to_pylist()
            for name, column in columns.items()
            if not _says_nothing(column)
        }
        for name in ("partitionValues", "tags"):
            if name in values:
                values[name] = [None if pairs is None else dict(pairs) for pairs in values[name]]
        if "stats" not in values or None in values["stats"]:
            values["stats"] = self._texts(rows, values.get("stats"))
        names = tuple(values)
        return [
            add_file(dict(zip(names, row, strict=True)))
            for row in zip(*values.values(), strict=True)
        ]

    def _texts(
        self, rows: Sequence[int] | np.ndarray, given: Sequence[str | None] | None
    ) -> list[str | None]:
        """The statistics as JSON text, made out of the typed ones where only those are there."""
        parsed = self.parsed_statistics(())
        given = given or [None] * len(rows)
        if parsed is None:
            return list(given)
        typed = parsed.take(integers(np.asarray(rows, np.int64))).to_pylist()
        return [
            text if text is not None or value is None else statistics_text(value)
            for text, value in zip(given, typed, strict=True)
        ]

    def sizes(self) -> np.ndarray:
        """As stated."""
        return self._columns["size"].fill_null(0).to_numpy(zero_copy_only=False)

    def partition_texts(self, physical: str) -> list[str | None]:
        """As stated."""
        found = compute.map_lookup(self._columns["partitionValues"], physical, "first")
        return found.to_pylist()

    def statistics(self) -> Sequence[Json | None]:
        """Parsed once; typed ones are made into the same objects."""
        if self._statistics is None:
            texts = self._columns.get("stats")
            given = [None] * len(self) if texts is None else texts.to_pylist()
            if None in given and self.parsed_statistics(()) is not None:
                given = self._texts(range(len(self)), given)
            self._statistics = [_parsed(text) for text in given]
        return self._statistics

    def parsed_statistics(self, path: tuple[str, ...]) -> pa.Array | None:
        """Out of ``stats_parsed``, which is read as far as it is asked for."""
        if path not in self._parsed:
            self._parsed[path] = self._read_parsed(path)
        return self._parsed[path]

    def deleted(self) -> np.ndarray:
        """As stated."""
        vectors = self._columns.get("deletionVector")
        if vectors is None:
            return np.zeros(len(self), np.int64)
        found = compute.struct_field(vectors, "cardinality").fill_null(0)
        return found.to_numpy(zero_copy_only=False).astype(np.int64)


def _says_nothing(column: pa.Array) -> bool:
    """Whether all values are null or, of maps, empty: objects for them would be made in vain."""
    if column.null_count == len(column):
        return True
    return pa.types.is_map(column.type) and not len(column.items)


def _parsed(text: str | None) -> Json | None:
    if not text:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None  # statistics that cannot be read tell nothing, as if there were none
    return found if isinstance(found, dict) else None


def statistics_text(value: Json) -> str:
    """Typed statistics as the JSON text of an add."""
    return orjson.dumps(_pruned(value), default=_unusual).decode()


def _unusual(value: Any) -> Any:
    return orjson.Fragment(str(value)) if isinstance(value, Decimal) else str(value)


def _pruned(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: _pruned(one) for name, one in value.items() if one is not None}


def live_rows(chunk: FileChunk, gone: Iterable[int], mask: np.ndarray | None) -> np.ndarray | None:
    """`mask` without the rows `gone`; None says that all are live."""
    numbers = list(gone)
    if not numbers:
        return mask
    mask = np.ones(len(chunk), np.bool_) if mask is None else mask.copy()
    mask[numbers] = False
    return mask
