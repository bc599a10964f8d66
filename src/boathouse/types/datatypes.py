"""Spark's data types as immutable values.

Each type knows its three written forms, as Spark prints them:

- `simple`: ``decimal(10,2)``, ``array<int>`` (``DataFrame.dtypes``, ``DESCRIBE``),
- `sql`: ``DECIMAL(10,2)``, ``ARRAY<INT>`` (error messages, ``CAST`` targets),
- `json`: the value ``StructType.json()`` serialises.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class DataType:
    """A Spark SQL data type. Compare with ``==``; nullability of nested parts counts."""

    name: ClassVar[str] = ""

    @property
    def simple(self) -> str:
        """The lower-case form, such as ``array<int>``."""
        return self.name

    @property
    def sql(self) -> str:
        """The form of SQL text, such as ``ARRAY<INT>``."""
        return self.simple.upper()

    @property
    def json(self) -> Any:
        """The value that Spark's schema JSON holds for this type."""
        return self.simple

    def __str__(self) -> str:
        return self.sql


@dataclass(frozen=True, slots=True)
class NullType(DataType):
    """The type of a bare ``NULL``."""

    name = "void"


@dataclass(frozen=True, slots=True)
class BooleanType(DataType):
    """True or false."""

    name = "boolean"


@dataclass(frozen=True, slots=True)
class NumericType(DataType):
    """What arithmetic works on."""


@dataclass(frozen=True, slots=True)
class IntegralType(NumericType):
    """Whole numbers of a fixed width of `bits`."""

    bits: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class ByteType(IntegralType):
    """8-bit whole number."""

    name = "tinyint"
    bits = 8

    @property
    def json(self) -> str:
        """Spark's JSON name differs from its SQL name."""
        return "byte"


@dataclass(frozen=True, slots=True)
class ShortType(IntegralType):
    """16-bit whole number."""

    name = "smallint"
    bits = 16

    @property
    def json(self) -> str:
        """Spark's JSON name differs from its SQL name."""
        return "short"


@dataclass(frozen=True, slots=True)
class IntegerType(IntegralType):
    """32-bit whole number."""

    name = "int"
    bits = 32

    @property
    def json(self) -> str:
        """Spark's JSON name differs from its SQL name."""
        return "integer"


@dataclass(frozen=True, slots=True)
class LongType(IntegralType):
    """64-bit whole number."""

    name = "bigint"
    bits = 64

    @property
    def json(self) -> str:
        """Spark's JSON name differs from its SQL name."""
        return "long"


@dataclass(frozen=True, slots=True)
class FractionalType(NumericType):
    """Numbers with a fraction."""


@dataclass(frozen=True, slots=True)
class FloatType(FractionalType):
    """IEEE 754 single precision."""

    name = "float"


@dataclass(frozen=True, slots=True)
class DoubleType(FractionalType):
    """IEEE 754 double precision."""

    name = "double"


@dataclass(frozen=True, slots=True)
class DecimalType(FractionalType):
    """Exact decimal of `precision` digits (1 to 38), `scale` of them behind the point."""

    precision: int = 10
    scale: int = 0

    MAX_PRECISION: ClassVar[int] = 38

    @property
    def simple(self) -> str:
        """Like ``decimal(10,2)``."""
        return f"decimal({self.precision},{self.scale})"


BYTEWISE = "UTF8_BINARY"
"""The collation of texts of which nothing else is said."""


@dataclass(frozen=True, slots=True)
class StringType(DataType):
    """UTF-8 text, compared under `collation`; of `INDETERMINATE` it is not known how. Where the
    default collation is `stated`, the type is the same, but shown with it.
    """

    collation: str = BYTEWISE
    stated: bool = field(default=False, compare=False)

    @property
    def simple(self) -> str:
        """``string``, with its collation when that is not the default."""
        return _collated("string", self)

    @property
    def sql(self) -> str:
        """``STRING``, with its collation, in capitals, when that is not the default."""
        return self.simple.upper()

    @property
    def json(self) -> str:
        """The collation travels in the field's metadata, not in the type."""
        return "string"


@dataclass(frozen=True, slots=True)
class CharType(DataType):
    """Text padded to `length` characters."""

    length: int = 1
    collation: str = BYTEWISE
    stated: bool = field(default=False, compare=False)

    @property
    def simple(self) -> str:
        """Like ``char(3)``."""
        return _collated(f"char({self.length})", self)


@dataclass(frozen=True, slots=True)
class VarcharType(DataType):
    """Text of at most `length` characters."""

    length: int = 1
    collation: str = BYTEWISE
    stated: bool = field(default=False, compare=False)

    @property
    def simple(self) -> str:
        """Like ``varchar(3)``."""
        return _collated(f"varchar({self.length})", self)


def _collated(name: str, text: StringType | CharType | VarcharType) -> str:
    plain = text.collation == BYTEWISE and not text.stated
    return name if plain else f"{name} collate {text.collation}"


@dataclass(frozen=True, slots=True)
class BinaryType(DataType):
    """A sequence of bytes."""

    name = "binary"


@dataclass(frozen=True, slots=True)
class DateType(DataType):
    """A day of the proleptic Gregorian calendar; literal values are days since 1970-01-01."""

    name = "date"


@dataclass(frozen=True, slots=True)
class TimestampType(DataType):
    """A moment, shown in the session's zone; literal values are microseconds since the epoch."""

    name = "timestamp"


@dataclass(frozen=True, slots=True)
class TimestampNTZType(DataType):
    """Date and time without a zone; literal values are microseconds since 1970-01-01T00:00."""

    name = "timestamp_ntz"


@dataclass(frozen=True, slots=True)
class TimeType(DataType):
    """Time of day with `precision` fractional digits; literal values are nanoseconds."""

    precision: int = 6

    @property
    def simple(self) -> str:
        """Like ``time(6)``."""
        return f"time({self.precision})"


@dataclass(frozen=True, slots=True)
class CalendarIntervalType(DataType):
    """Months, days and microseconds, not comparable; literal values are that triple."""

    name = "interval"


YEAR_MONTH_UNITS = ("year", "month")
DAY_TIME_UNITS = ("day", "hour", "minute", "second")


def _interval_name(units: tuple[str, ...], start: int, end: int) -> str:
    bounds = units[start] if start == end else f"{units[start]} to {units[end]}"
    return f"interval {bounds}"


@dataclass(frozen=True, slots=True)
class YearMonthIntervalType(DataType):
    """Whole months; `start` and `end` index YEAR_MONTH_UNITS. Literal values are months."""

    start: int = 0
    end: int = 1

    @property
    def simple(self) -> str:
        """Like ``interval year to month``."""
        return _interval_name(YEAR_MONTH_UNITS, self.start, self.end)


@dataclass(frozen=True, slots=True)
class DayTimeIntervalType(DataType):
    """A duration; `start` and `end` index DAY_TIME_UNITS. Literal values are microseconds."""

    start: int = 0
    end: int = 3

    @property
    def simple(self) -> str:
        """Like ``interval day to second``."""
        return _interval_name(DAY_TIME_UNITS, self.start, self.end)


@dataclass(frozen=True, slots=True)
class VariantType(DataType):
    """Semi-structured data that carries its own type."""

    name = "variant"


@dataclass(frozen=True, slots=True)
class SpatialType(DataType):
    """Shapes in the reference system `srid`; in ANY, each value says its own."""

    srid: int = -1

    ANY: ClassVar[int] = -1
    SYSTEMS: ClassVar[dict[int, str]] = {}
    """The reference systems that are known, under their numbers."""

    @property
    def simple(self) -> str:
        """Like ``geometry(4326)``."""
        return f"{self.name}({'any' if self.srid == self.ANY else self.srid})"

    @property
    def system(self) -> str:
        """The reference system's name, as Spark's JSON has it."""
        return "SRID:ANY" if self.srid == self.ANY else self.SYSTEMS[self.srid]


@dataclass(frozen=True, slots=True)
class GeometryType(SpatialType):
    """Shapes on a plane."""

    name = "geometry"
    SYSTEMS: ClassVar[dict[int, str]] = {0: "SRID:0", 3857: "EPSG:3857", 4326: "OGC:CRS84"}

    @property
    def json(self) -> str:
        """Spark's JSON tells the reference system by its name."""
        return f"geometry({self.system})"


@dataclass(frozen=True, slots=True)
class GeographyType(SpatialType):
    """Shapes on the globe."""

    srid: int = 4326

    name = "geography"
    SYSTEMS: ClassVar[dict[int, str]] = {4326: "OGC:CRS84"}

    @property
    def json(self) -> str:
        """Spark's JSON tells the reference system by its name, and how edges run."""
        return f"geography({self.system}, SPHERICAL)"


@dataclass(frozen=True, slots=True)
class ArrayType(DataType):
    """A sequence of `element`; `contains_null` says whether an element may be null."""

    element: DataType = field(default_factory=NullType)
    contains_null: bool = True

    @property
    def simple(self) -> str:
        """Like ``array<int>``."""
        return f"array<{self.element.simple}>"

    @property
    def sql(self) -> str:
        """Like ``ARRAY<INT>``."""
        return f"ARRAY<{self.element.sql}>"

    @property
    def json(self) -> dict[str, Any]:
        """Spark's JSON object of an array type."""
        return {
            "type": "array",
            "elementType": self.element.json,
            "containsNull": self.contains_null,
        }


@dataclass(frozen=True, slots=True)
class MapType(DataType):
    """Unique keys, each with a value; keys are never null."""

    key: DataType = field(default_factory=NullType)
    value: DataType = field(default_factory=NullType)
    value_contains_null: bool = True

    @property
    def entries(self) -> ArrayType:
        """The type of its pairs in a list."""
        pair = StructField("key", self.key), StructField("value", self.value)
        return ArrayType(StructType(pair))

    @property
    def simple(self) -> str:
        """Like ``map<string,int>``."""
        return f"map<{self.key.simple},{self.value.simple}>"

    @property
    def sql(self) -> str:
        """Like ``MAP<STRING, INT>``."""
        return f"MAP<{self.key.sql}, {self.value.sql}>"

    @property
    def json(self) -> dict[str, Any]:
        """Spark's JSON object of a map type."""
        return {
            "type": "map",
            "keyType": self.key.json,
            "valueType": self.value.json,
            "valueContainsNull": self.value_contains_null,
        }


@dataclass(frozen=True, slots=True)
class StructField:
    """A named part of a struct, or a column of a schema; `metadata` holds sorted pairs."""

    name: str
    type: DataType
    nullable: bool = True
    metadata: tuple[tuple[str, Any], ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """Spark's JSON object of a field."""
        return {
            "name": self.name,
            "type": self.type.json,
            "nullable": self.nullable,
            "metadata": {**dict(self.metadata), **self._collations},
        }

    @property
    def _collations(self) -> dict[str, dict[str, str]]:
        """The entry of a field's metadata that holds its texts' collations, by path."""
        found: dict[str, str] = {}
        parts: list[tuple[str, DataType]] = [(self.name, self.type)]
        while parts:
            path, given = parts.pop()
            match given:
                case StringType() if given != STRING:
                    bytewise = given.collation.startswith("UTF8_")
                    found[path] = f"{'spark' if bytewise else 'icu'}.{given.collation}"
                case ArrayType():
                    parts.append((f"{path}.element", given.element))
                case MapType():
                    parts += [(f"{path}.value", given.value), (f"{path}.key", given.key)]
                case _:
                    pass
        return {"__COLLATIONS": found} if found else {}


@dataclass(frozen=True, slots=True)
class StructType(DataType):
    """Named fields in order: a row, or the schema of a relation."""

    fields: tuple[StructField, ...] = ()

    @property
    def simple(self) -> str:
        """Like ``struct<a:int,b:string>``."""
        return f"struct<{','.join(f'{f.name}:{f.type.simple}' for f in self.fields)}>"

    @property
    def sql(self) -> str:
        """Like ``STRUCT<a: INT NOT NULL, b: STRING>``."""
        return f"STRUCT<{', '.join(_field_sql(f) for f in self.fields)}>"

    @property
    def json(self) -> dict[str, Any]:
        """Spark's JSON object of a struct type."""
        return {"type": "struct", "fields": [f.json for f in self.fields]}

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names, in order."""
        return tuple(f.name for f in self.fields)

    def __iter__(self) -> Iterator[StructField]:
        return iter(self.fields)

    def __bool__(self) -> bool:
        # A struct without fields is a type as well: it must not read as none.
        return True

    def __len__(self) -> int:
        return len(self.fields)


@dataclass(frozen=True, slots=True)
class UserDefinedType(DataType):
    """A client's class stored as `storage`; the client needs `python_class` to read it back."""

    storage: DataType = field(default_factory=NullType)
    jvm_class: str = ""
    python_class: str = ""
    serialized: str = ""

    @property
    def simple(self) -> str:
        """Printed as what it is stored as."""
        return self.storage.simple

    @property
    def json(self) -> dict[str, Any]:
        """Spark's JSON object of a user-defined type."""
        return {
            "type": "udt",
            "class": self.jvm_class,
            "pyClass": self.python_class,
            "sqlType": self.storage.json,
        }


def _field_sql(f: StructField) -> str:
    return f"{quoted_if_needed(f.name)}: {f.type.sql}{'' if f.nullable else ' NOT NULL'}"


def quoted(name: str) -> str:
    """`name` in backticks, as Spark's messages show identifiers."""
    return f"`{name.replace('`', '``')}`"


def quoted_if_needed(name: str) -> str:
    """`name` bare when it could be written so in SQL text, else in backticks."""
    plain = name.replace("_", "a").isalnum() and name.isascii() and not name.isdigit()
    return name if plain else quoted(name)


def metadata_pairs(mapping: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The pairs of `mapping` in key order: the hashable form that StructField holds."""
    return tuple(sorted(mapping.items()))


NULL = NullType()
BOOLEAN = BooleanType()
BYTE = ByteType()
SHORT = ShortType()
INTEGER = IntegerType()
LONG = LongType()
FLOAT = FloatType()
DOUBLE = DoubleType()
STRING = StringType()
INDETERMINATE = StringType("null")
BINARY = BinaryType()
DATE = DateType()
TIMESTAMP = TimestampType()
TIMESTAMP_NTZ = TimestampNTZType()
TIME = TimeType()
CALENDAR_INTERVAL = CalendarIntervalType()
YEAR_MONTH = YearMonthIntervalType()
DAY_TIME = DayTimeIntervalType()
VARIANT = VariantType()


def contains_type(of: DataType, *kinds: type[DataType]) -> bool:
    """Whether a type of `kinds` is `of`, or inside it."""
    return any(isinstance(part, kinds) for part in parts_of(of))


def parts_of(of: DataType) -> Iterator[DataType]:
    """`of`, and the types that are inside it."""
    yield of
    match of:
        case ArrayType():
            yield from parts_of(of.element)
        case MapType():
            yield from parts_of(of.key)
            yield from parts_of(of.value)
        case StructType():
            for field in of.fields:
                yield from parts_of(field.type)
        case _:
            pass


def with_parts(of: DataType, change: Callable[[DataType], DataType]) -> DataType:
    """`of` with `change` of each type that stands directly inside it."""
    match of:
        case ArrayType():
            return replace(of, element=change(of.element))
        case MapType():
            return replace(of, key=change(of.key), value=change(of.value))
        case StructType():
            return StructType(tuple([replace(f, type=change(f.type)) for f in of.fields]))
        case _:
            return of


def with_texts(given: DataType, text: StringType) -> DataType:
    """`given` with the collation of `text` for the texts in it of which none is stated."""
    match given:
        case StringType() | CharType() | VarcharType():
            plain = given.collation == BYTEWISE and not given.stated
            return replace(given, collation=text.collation, stated=text.stated) if plain else given
        case _:
            return with_parts(given, lambda part: with_texts(part, text))


def loosened(of: DataType) -> DataType:
    """`of` with everything inside nullable."""
    match of:
        case StructType():
            parts = (replace(f, type=loosened(f.type), nullable=True) for f in of.fields)
            return StructType(tuple(parts))
        case ArrayType():
            return ArrayType(loosened(of.element), contains_null=True)
        case MapType():
            return MapType(loosened(of.key), loosened(of.value), True)
        case _:
            return of
