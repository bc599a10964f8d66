"""SELECT TRANSFORM, MAP and REDUCE: rows that go through a program; the formats of Hive."""

from __future__ import annotations

from abc import ABC

from boathouse.spec.expressions import Expression
from boathouse.spec.relations import DELIMITED, Relation, RowFormat, Transform
from boathouse.sql.keywords import ENDS
from boathouse.sql.tables import TableParser
from boathouse.types import datatypes as types
from boathouse.types.datatypes import StructField, StructType

_DELIMITERS = (
    ("FIELDS", "TERMINATED", "BY"),
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"),
    ("MAP", "KEYS", "TERMINATED", "BY"),
    ("LINES", "TERMINATED", "BY"),
    ("NULL", "DEFINED", "AS"),
)


_BEHIND_OUTPUT = frozenset(
    {
        *("FROM", "ROW", "RECORDREADER", "LATERAL", "WHERE", "GROUP", "HAVING", "WINDOW"),
        *("ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET"),
        *("UNION", "EXCEPT", "MINUS", "INTERSECT"),
    }
)
_JOINS = frozenset({"JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "NATURAL", "ANTI", "SEMI"})


class TransformParser(TableParser, ABC):
    """Reads what sends rows through a program."""

    # ---- formats --------------------------------------------------------------------------------

    def row_format(self) -> RowFormat | None:
        """Take ROW FORMAT DELIMITED or SERDE, if it comes next."""
        first = self.position
        if not self.accept("ROW", "FORMAT"):
            return None
        if self.accept("SERDE"):
            name = self.string()
            if self.accept("WITH", "SERDEPROPERTIES"):
                self.property_list()
            return RowFormat(serde=name)
        self.expect("DELIMITED")
        said: dict[str, str] = {}
        for words in _DELIMITERS:
            if self.accept(*words):
                said[words[0]] = self.string()
                if words[0] == "FIELDS" and self.accept("ESCAPED", "BY"):
                    self.string()
        lines = said.get("LINES", "\n")
        if lines != "\n":
            message = f"LINES TERMINATED BY only supports newline '\\n' right now: {lines}"
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0064", msg=message))
        return RowFormat(said.get("FIELDS", DELIMITED.fields), said.get("NULL", DELIMITED.null))

    def hive_formats(self) -> tuple[str, str]:
        """Take ROW FORMAT and STORED AS: the format's name, and both as Spark's errors say them."""
        first, rows = self.position, self.row_format()
        said = ""
        if rows is not None and rows != DELIMITED:
            said = f"ROW FORMAT SERDE {rows.serde}" if rows.serde else "ROW FORMAT DELIMITED"
        if not self.accept("STORED", "AS"):
            return "", said
        if self.accept("INPUTFORMAT"):
            reads = self.string()
            self.expect("OUTPUTFORMAT")
            return "", f"STORED AS INPUTFORMAT {reads} OUTPUTFORMAT {self.string()} {said}"
        name = self.identifier()
        self._refuse_rows(first, rows, name)
        return name, f"STORED AS {name} {said}"

    def _refuse_rows(self, first: int, rows: RowFormat | None, stored: str) -> None:
        """Defer the refusal of ROW FORMAT for files that have their own way to be rows."""
        if rows is None:
            return
        message = ""
        if rows.serde and stored.lower() not in {"textfile", "sequencefile", "rcfile"}:
            message = f"ROW FORMAT SERDE is incompatible with format '{stored.lower()}', "
            message += "which also specifies a serde"
        if not rows.serde and stored.lower() != "textfile":
            message = "ROW FORMAT DELIMITED is only compatible with 'textfile', "
            message += f"not '{stored.lower()}'"
        if message:
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0035", message=message))

    # ---- programs -------------------------------------------------------------------------------

    def transform_ahead(self) -> bool:
        """Whether rows for a program come next, behind SELECT or instead of it."""
        if self.word in {"MAP", "REDUCE"}:
            return (
                self.peek() not in ENDS | _BEHIND_OUTPUT | _JOINS | {"("}
                and "USING" in self.words[self.position :]
            )
        if self.word != "TRANSFORM" or self.peek() != "(" or self.peek(2) == ")":
            return False
        closing = self.matching(self.position + 1)
        return closing >= 0 and self.words[closing + 1] in {"USING", "ROW", "RECORDWRITER"}

    def table_alias_ahead(self) -> bool:
        """Whether a table's alias comes next, and not MAP or REDUCE."""
        return super().table_alias_ahead() and not self.transform_ahead()

    def transform(self, first: int) -> tuple[tuple[Expression, ...], Transform]:
        """Take TRANSFORM (...) USING ..., or its forms with MAP and REDUCE: what the program gets,
        and the rest, whose input is still to be found.
        """
        parenthesized = self.word == "TRANSFORM"
        self.advance(2 if parenthesized else 1)
        if self.word in {"DISTINCT", "ALL"} and self.peek() not in ENDS | {"."}:
            condition = "UNSUPPORTED_FEATURE.TRANSFORM_DISTINCT_ALL"
            self.defer(self.error_since(first, condition))
            self.advance()
        given = self.expressions()
        if parenthesized:
            self._closed()
        reads = self.row_format()
        if self.accept("RECORDWRITER"):
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0048"))
            self.string()
        self.expect("USING")
        program = self.string()
        columns = self._output() if self.accept("AS") else None
        writes = self.row_format()
        if self.accept("RECORDREADER"):
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0048"))
            self.string()
        if any(given_format is not None and given_format.serde for given_format in (reads, writes)):
            self.defer(self.error_since(first, "UNSUPPORTED_FEATURE.TRANSFORM_NON_HIVE"))
        return given, Transform(
            Relation(), program, columns, reads or DELIMITED, writes or DELIMITED
        )

    def _output(self) -> StructType:
        parenthesized = self.accept("(")
        typed = self.peek() not in ENDS | _BEHIND_OUTPUT
        if typed:
            columns = self.column_types()
        else:
            names = [self.whole_identifier()]
            while self.accept(","):
                names.append(self.whole_identifier())
            columns = StructType(tuple(StructField(name, types.STRING) for name in names))
        if parenthesized:
            self._closed()
        return columns

    def _closed(self) -> None:
        if not self.accept(")"):
            raise self.syntax_error()
