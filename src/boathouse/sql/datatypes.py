"""Data types in SQL text: ``DECIMAL(10, 2)``, ``STRUCT<a: INT NOT NULL>``, column lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from boathouse.errors.exceptions import AnalysisError, ParseError, SparkArithmeticError, SparkError
from boathouse.sql.cursor import Cursor
from boathouse.sql.lexer import Kind
from boathouse.types import datatypes as types
from boathouse.types.collations import canonical, nearest
from boathouse.types.datatypes import DataType, StructField, StructType

_Taken = TypeVar("_Taken")

_NAMED: dict[str, DataType] = {
    "BOOLEAN": types.BOOLEAN,
    "TINYINT": types.BYTE,
    "BYTE": types.BYTE,
    "SMALLINT": types.SHORT,
    "SHORT": types.SHORT,
    "INT": types.INTEGER,
    "INTEGER": types.INTEGER,
    "BIGINT": types.LONG,
    "LONG": types.LONG,
    "FLOAT": types.FLOAT,
    "REAL": types.FLOAT,
    "DOUBLE": types.DOUBLE,
    "DATE": types.DATE,
    "TIMESTAMP_NTZ": types.TIMESTAMP_NTZ,
    "TIMESTAMP_LTZ": types.TIMESTAMP,
    "STRING": types.STRING,
    "BINARY": types.BINARY,
    "VOID": types.NULL,
    "VARIANT": types.VARIANT,
    "INTERVAL": types.CALENDAR_INTERVAL,
}

_INCOMPLETE = {"ARRAY": {"elementType": "<INT>"}, "MAP": {}, "STRUCT": {}}


class TypeParser(Cursor):
    """Reads data types."""

    def column_type(self) -> DataType:
        """As `data_type`, for a column of a table, which is CHAR or VARCHAR even where settings say
        that those mean STRING: nothing comes of it then.
        """
        self.in_column = True
        try:
            return self.data_type()
        finally:
            self.in_column = False

    def data_type(self) -> DataType:
        """Take one type; raises UNSUPPORTED_DATATYPE, DATATYPE_MISSING_SIZE,
        INCOMPLETE_TYPE_DEFINITION, DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION.
        """
        word, first = self.word, self.position
        if first == 0 and self.at_end():
            raise self.error_at(0, "PARSE_EMPTY_STATEMENT")
        if not self.at_identifier():
            raise self.syntax_error()
        following = self.peek()
        if following == "<>" and word in {"ARRAY", "MAP"}:
            self.advance()
            raise self.syntax_error()
        if following == "<" or (word == "STRUCT" and following == "<>"):
            try:
                nested = self._nested_type(word)
            except ParseError as error:
                if error.condition != "PARSE_SYNTAX_ERROR":
                    raise
                self.move(first + 1)  # Spark complains where the parts begin
                raise self.syntax_error(hint=": missing ')'") from None
            if nested is not None:
                return nested
        self.advance()
        if word == "INTERVAL":
            return self._interval_type()
        if word in _INCOMPLETE and self.kinds[first] is Kind.WORD:
            condition = f"INCOMPLETE_TYPE_DEFINITION.{word}"
            return self._faulty(self.error_since(first, condition, **_INCOMPLETE[word]))
        if word == "STRING" and self.word != "(":
            return self._text(types.STRING)
        if self.word == "(":
            return self._sized_type(word, first)
        if word == "TIMESTAMP":
            return self._timestamp_type()
        if word in _NAMED and self.kinds[first] is Kind.WORD:
            return _NAMED[word]
        return self._sized(word, [], first)

    def _text(self, plain: types.StringType | types.CharType | types.VarcharType) -> DataType:
        """`plain` under the collation behind it, or that of the statement."""
        if not self.accept("COLLATE"):
            return replace(plain, collation=self.settings.default_collation)
        try:
            return replace(plain, collation=self.collation(), stated=True)
        except SparkError as error:
            return self._faulty(error)

    def collation(self) -> str:
        """Take the name of a collation; COLLATION_INVALID_NAME where it is none."""
        name = ".".join(self.multipart())
        found = canonical(name)
        if found is None:
            bare = name.rpartition(".")[2]
            raise SparkError("COLLATION_INVALID_NAME", collationName=bare, proposals=nearest(bare))
        return found

    def collation_of_object(self) -> str:
        """Take the collation behind DEFAULT COLLATION of a table or view, which may be refused."""
        first = self.position
        found = self.collation()
        if not self.settings.object_collations:
            self.defer(self.error_since(first, "UNSUPPORTED_FEATURE.OBJECT_LEVEL_COLLATIONS"))
        return found

    def collation_of_schema(self, first: int) -> str:
        """Take the collation behind DEFAULT COLLATION of a database, which may be refused."""
        if self.settings.schema_collations is None:
            self.defer(self.error_since(first, "UNSUPPORTED_FEATURE.SCHEMA_LEVEL_COLLATIONS"))
            self.identifier()  # not even its name is looked at
            return ""
        return self.collation()

    def default_collation_ahead(self, end: str) -> str:
        """The collation that DEFAULT COLLATION says before `end`, empty if nothing does: a column's
        own one, UTF8_BINARY too, is stronger.
        """
        start = self.position
        place = start
        while 0 <= place < self.last and self.words[place] not in {end, ";"}:
            if self.words[place] == "(":
                place = self.matching(place)
            elif self.words[place : place + 2] == ["DEFAULT", "COLLATION"]:
                self.move(place + 2)
                found = canonical(".".join(self.multipart()))
                self.move(start)
                return found or ""
            if place < 0:
                break
            place += 1
        return ""

    def default_of_schema(self, name: tuple[str, ...]) -> str:
        """What the texts of a new table, view or function `name` are under by its database, empty
        where nothing is said.
        """
        known = dict(self.settings.schema_collations or ())
        return known.get(name[-2].lower() if len(name) > 1 else "", "")

    def under_collation(self, collation: str, take: Callable[[], _Taken]) -> _Taken:
        """What `take` takes, its plain texts under `collation`, if that is said."""
        outer = self.settings
        if collation:
            self.settings = replace(outer, default_collation=collation)
        try:
            return take()
        finally:
            self.settings = outer

    def _time_type(self, precision: int = types.TIME.precision) -> DataType:
        if self.accept("WITHOUT"):
            self.expect("TIME", "ZONE")
        if precision > types.TIME.precision:
            return self._faulty(SparkError("UNSUPPORTED_TIME_PRECISION", precision=precision))
        return types.TimeType(precision)

    def _timestamp_type(self) -> DataType:
        if self.accept("WITHOUT", "TIME", "ZONE"):
            return types.TIMESTAMP_NTZ
        if self.accept("WITH", "LOCAL", "TIME", "ZONE"):
            return types.TIMESTAMP
        ntz = self.settings.timestamp_type == "TIMESTAMP_NTZ"
        return types.TIMESTAMP_NTZ if ntz else types.TIMESTAMP

    def _nested_type(self, word: str) -> DataType | None:
        if word == "ARRAY":
            self.advance(2)
            element = self.data_type()
            self._close_angle()
            return types.ArrayType(element)
        if word == "MAP":
            self.advance(2)
            key = self.data_type()
            self.expect(",")
            value = self.data_type()
            self._close_angle()
            return types.MapType(key, value)
        if word == "STRUCT":
            self.advance()
            if self.accept("<>"):
                return StructType()
            self.advance()
            fields: list[StructField] = []
            while self.word != ">":
                fields.append(self._field(colon=True))
                if not self.accept(","):
                    break
            self._close_angle()
            return StructType(tuple(fields))
        return None

    def _close_angle(self) -> None:
        self.expect(">")

    def _sized_type(self, word: str, first: int) -> DataType:
        self.undecided += 1
        self.expect("(")
        sizes = [self._size()]
        while self.accept(","):
            sizes.append(self._size())
        self.expect(")")
        self.undecided -= 1
        return self._sized(word, sizes, first)

    def _size(self) -> int:
        if self.word == "ANY":  # GEOMETRY(ANY)
            self.advance()
            return -1
        return self.integer()

    def _sized(self, word: str, sizes: list[int], first: int) -> DataType:
        if word in {"GEOMETRY", "GEOGRAPHY"} and not self.settings.shapes:
            self.defer(AnalysisError("UNSUPPORTED_FEATURE.GEOSPATIAL_DISABLED"))
        match word, sizes:
            case (("DECIMAL" | "DEC" | "NUMERIC"), []):
                return types.DecimalType(10, 0)
            case (("DECIMAL" | "DEC" | "NUMERIC"), [precision]):
                return self._decimal(precision, 0, first)
            case (("DECIMAL" | "DEC" | "NUMERIC"), [precision, scale]):
                return self._decimal(precision, scale, first)
            case (("CHAR" | "CHARACTER" | "VARCHAR"), [length]):
                sized = types.VarcharType if word == "VARCHAR" else types.CharType
                plain = self.settings.character_as_string and not self.in_column
                return self._text(types.STRING if plain else sized(length))
            case (("CHAR" | "CHARACTER" | "VARCHAR"), []):
                if self.accept("COLLATE"):
                    self.collation()
                error = self.error_since(first, "DATATYPE_MISSING_SIZE", type=f'"{word}"')
                return self._faulty(error)
            case "TIME", ([] | [_]):
                return self._time_type(*sizes)
            case "GEOMETRY", [system] if system in (*types.GeometryType.SYSTEMS, -1):
                return types.GeometryType(system)
            case "GEOGRAPHY", [system] if system in (*types.GeographyType.SYSTEMS, -1):
                return types.GeographyType(system)
            case (("GEOMETRY" | "GEOGRAPHY"), [system]):
                return self._faulty(SparkError("ST_INVALID_SRID_VALUE", srid=system))
            case _:
                shown = f"({','.join(map(str, sizes))})" if sizes else ""
                name = f'"{word.upper()}{shown}"'
                return self._faulty(self.error_since(first, "UNSUPPORTED_DATATYPE", typeName=name))

    def _faulty(self, error: SparkError) -> DataType:
        """Any type, where `error` will be raised in the end."""
        self.defer(error)
        return types.NULL

    def _decimal(self, precision: int, scale: int, first: int) -> DataType:
        limit = types.DecimalType.MAX_PRECISION
        if precision > limit:
            condition = "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"
            error = SparkArithmeticError(condition, precision=precision, maxPrecision=limit)
            return self._faulty(error)
        if scale > precision:
            condition = "_LEGACY_ERROR_TEMP_1228"
            error = self.error_since(first, condition, scale=scale, precision=precision)
            return self._faulty(error)
        return types.DecimalType(precision, scale)

    def _interval_type(self) -> DataType:
        for units, kind in (
            (types.YEAR_MONTH_UNITS, types.YearMonthIntervalType),
            (types.DAY_TIME_UNITS, types.DayTimeIntervalType),
        ):
            start = self.word.lower()
            if start not in units:
                continue
            self.advance()
            first = last = units.index(start)
            to = self.peek().lower()
            if self.word == "TO" and to in units and units.index(to) > first:
                self.advance(2)
                last = units.index(to)
            return kind(first, last)
        return types.CALENDAR_INTERVAL

    # ---- fields -----------------------------------------------------------------------------

    def _field(self, *, colon: bool) -> StructField:
        name = self.whole_identifier()
        if colon:
            self.accept(":")
        type_ = self.data_type()
        nullable = not self.accept_not_null()
        metadata = {"comment": self.string()} if self.accept("COMMENT") else {}
        return StructField(name, type_, nullable, types.metadata_pairs(metadata))

    def accept_not_null(self) -> bool:
        """Take NOT NULL if it comes next."""
        if self.word in {"NOT", "!"} and self.peek() == "NULL":
            self.accept_negation()
            self.advance()
            return True
        return False

    def column_types(self, *, several: bool = True) -> StructType:
        """Take ``a INT NOT NULL COMMENT 'x', b STRING``; Spark reads ``a: INT`` as well."""
        fields = [self._field(colon=True)]
        while several and self.accept(","):
            fields.append(self._field(colon=True))
        return StructType(tuple(fields))
