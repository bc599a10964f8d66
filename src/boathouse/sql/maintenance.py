"""Delta's own statements: OPTIMIZE, REORG, VACUUM, RESTORE, CONVERT TO DELTA, and CLONE."""

from __future__ import annotations

from boathouse.spec.commands import Command, Parts
from boathouse.spec.maintenance import (
    Clone,
    ConvertToDelta,
    Generate,
    Optimize,
    Reorganize,
    Restore,
    Vacuum,
)
from boathouse.spec.relations import NamedTable
from boathouse.sql.dml import ChangeParser
from boathouse.sql.lexer import Kind
from boathouse.types import datatypes as t


class MaintenanceParser(ChangeParser):
    """Reads the statements that look after Delta tables."""

    def optimize(self) -> Command:
        """Take OPTIMIZE table [FULL] [WHERE condition] [ZORDER BY (columns)]."""
        first = self.position
        self.expect("OPTIMIZE")
        table = self._table_or_path()
        full = self.accept("FULL")
        condition = self.expression() if self.accept("WHERE") else None
        columns: tuple[Parts, ...] = ()
        if self.accept("ZORDER", "BY"):
            parenthesized = self.accept("(")
            columns = tuple(self.multipart_list())
            if parenthesized:
                self.expect(")")
        return Optimize(table, condition, columns, full, origin=self.origin(first))

    def reorganize(self) -> Command:
        """Take REORG TABLE table [WHERE condition] APPLY (PURGE)."""
        first = self.position
        self.expect("REORG", "TABLE")
        table = self._table_or_path()
        condition = self.expression() if self.accept("WHERE") else None
        self.expect("APPLY", "(", "PURGE", ")")
        return Reorganize(table, condition, origin=self.origin(first))

    def vacuum(self) -> Command:
        """Take VACUUM table [LITE | FULL] [RETAIN number HOURS] [DRY RUN], in any order."""
        first = self.position
        self.expect("VACUUM")
        table = self._table_or_path()
        hours: float | None = None
        dry_run = False
        while not self.at_end() and self.word != ";":
            if self.accept("RETAIN"):
                if self.kinds[self.position] is not Kind.NUMBER:
                    raise self.syntax_error()
                hours = float(self.text_at(self.position))
                self.advance()
                self.expect("HOURS")
            elif self.accept("DRY", "RUN"):
                dry_run = True
            elif not self.accept_any("LITE", "FULL"):
                raise self.syntax_error()
        return Vacuum(table, hours, dry_run, origin=self.origin(first))

    def generate(self) -> Command:
        """Take GENERATE mode FOR TABLE table."""
        first = self.position
        self.expect("GENERATE")
        mode = self.identifier()
        self.expect("FOR", "TABLE")
        return Generate(mode, self._table_or_path(), origin=self.origin(first))

    def restore(self) -> Command:
        """Take RESTORE [TABLE] table [TO] VERSION | TIMESTAMP AS OF state."""
        first = self.position
        self.expect("RESTORE")
        self.accept("TABLE")
        table = NamedTable(self._table_or_path(), origin=self.origin(first))
        self.accept("TO")
        state = self.time_travel(table)
        if state is table:
            raise self.syntax_error()
        return Restore(state, origin=self.origin(first))

    def convert(self) -> Command:
        """Take CONVERT TO DELTA table [NO STATISTICS] [PARTITIONED BY (columns)]."""
        first = self.position
        self.expect("CONVERT", "TO", "DELTA")
        table = self.multipart()
        statistics = not self.accept("NO", "STATISTICS")
        columns: list[t.StructField] = []
        if self.accept("PARTITIONED", "BY"):
            self.expect("(")
            while not self.accept(")"):
                name = self.identifier()
                columns.append(t.StructField(name, self.data_type()))
                self.accept(",")
        schema = t.StructType(tuple(columns))
        return ConvertToDelta(table, schema, statistics, origin=self.origin(first))

    def clone(
        self, name: Parts, first: int, *, creates: bool, replaces: bool, conditional: bool
    ) -> Command:
        """Take [SHALLOW | DEEP] CLONE source [AS OF state] [TBLPROPERTIES ...] [LOCATION path]."""
        deep = self.accept_any("SHALLOW", "DEEP") != "SHALLOW"
        self.expect("CLONE")
        source = self.time_travel(NamedTable(self._table_or_path(), origin=self.origin(first)))
        properties = self.property_list() if self.accept("TBLPROPERTIES") else ()
        location = self.string() if self.accept("LOCATION") else None
        return Clone(
            name,
            source,
            deep,
            create=creates,
            replace=replaces,
            if_not_exists=conditional,
            properties=properties,
            location=location,
            origin=self.origin(first),
        )

    def _table_or_path(self) -> Parts:
        return ("delta", self.string()) if self.at_string() else self.multipart()
