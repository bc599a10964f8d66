"""Statements about what lies around tables: ADD, LIST, LOAD DATA, CALL, CREATE and DROP INDEX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import ParseError
from boathouse.spec.commands import Command
from boathouse.spec.resources import (
    AddResources,
    CallProcedure,
    CreateIndex,
    DropIndex,
    ListResources,
    LoadData,
)
from boathouse.sql.columns import ColumnParser

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = {"JAR": "jar", "FILE": "file", "ARCHIVE": "archive"}
_PATH = re.compile(r"""".*?[^\\]"|'.*?[^\\]'|[^ \n\r\t"']+""")


class ResourceParser(ColumnParser):
    """Reads statements about files of a session, data to load, indexes and procedures."""

    def rest(self) -> str:
        """Take everything up to the end or a semicolon, as written."""
        first = self.position
        while not self.at_end() and self.word != ";":
            self.advance()
        return "" if self.position == first else self.text_since(first)

    def manage_resources(self) -> Command:
        """Take ADD or LIST, a kind of resources, and the rest as paths."""
        first, word = self.position, self.word
        self.advance()
        kind = self.identifier()
        rest = self.rest()
        known = _KINDS.get(kind.upper().removesuffix("S"))
        if known is None:
            message = f"{word} with resource type '{kind.lower()}'"
            raise self.error_since(first, "_LEGACY_ERROR_TEMP_0035", message=message)
        paths = tuple(p[1:-1] if p[0] in "'\"" else p for p in _PATH.findall(rest))
        command = AddResources if word == "ADD" else ListResources
        return command(known, paths, origin=self.origin(first))

    def load_data(self) -> Command:
        """Take LOAD DATA."""
        first = self.position
        self.expect("LOAD", "DATA")
        is_local = self.accept("LOCAL")
        self.expect("INPATH")
        path = self.string()
        overwrite = self.accept("OVERWRITE")
        self.expect("INTO", "TABLE")
        table = self.reference()
        partition = self.static_partition() if self.word == "PARTITION" else ()
        return LoadData(path, table, is_local, overwrite, partition, origin=self.origin(first))

    def call_procedure(self) -> Command:
        """Take CALL name (arguments)."""
        first = self.position
        self.expect("CALL")
        name = self.reference()
        return CallProcedure(name, self.argument_list(), origin=self.origin(first))

    # ---- indexes ------------------------------------------------------------------------------

    def create_index(self) -> Command:
        """Take what follows CREATE; what is no index as Spark makes them is one of Hive's."""
        return self.or_refused(self._created_index, "CREATE INDEX")

    def drop_index(self) -> Command:
        """Take what follows DROP."""
        return self.or_refused(self._dropped_index, "DROP INDEX")

    def or_refused(self, rule: Callable[[], Command], operation: str) -> Command:
        """What `rule` reads to the statement's end; else Spark takes it as a statement of Hive."""
        try:
            command = rule()
            if self.word in {"", ";"}:
                return command
        except ParseError as error:
            if error.condition != "PARSE_SYNTAX_ERROR":
                raise
        raise self.refused(operation)

    def _created_index(self) -> Command:
        first = self.position
        self.expect("INDEX")
        self.if_not_exists()
        name = self.identifier()
        self.expect("ON")
        self.accept("TABLE")
        table = self.reference()
        if self.accept("USING"):
            self.identifier()
        self.expect("(")
        columns = [self._indexed_column()]
        while self.accept(","):
            columns.append(self._indexed_column())
        self.expect(")")
        if self.accept("OPTIONS"):
            self.property_list()
        return CreateIndex(name, table, tuple(columns), origin=self.origin(first))

    def _indexed_column(self) -> tuple[str, ...]:
        column = self.multipart()
        if self.accept("OPTIONS"):
            self.property_list()
        return column

    def _dropped_index(self) -> Command:
        first = self.position
        self.expect("INDEX")
        self.if_exists()
        name = self.identifier()
        self.expect("ON")
        self.accept("TABLE")
        return DropIndex(name, self.reference(), origin=self.origin(first))
