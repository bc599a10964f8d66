"""ALTER TABLE, ALTER VIEW, ALTER DATABASE."""

from __future__ import annotations

from dataclasses import replace

from boathouse.spec.commands import (
    AlterAddColumns,
    AlterColumn,
    AlterColumns,
    AlterConstraint,
    AlterDatabase,
    AlterDropColumns,
    AlterOther,
    AlterPartitions,
    AlterRename,
    AlterRenameColumn,
    AlterReplaceColumns,
    AlterSerde,
    AlterSetProperties,
    AlterTable,
    AlterUnsetProperties,
    AlterViewQuery,
    AlterViewSchema,
    ColumnDefinition,
    ColumnPosition,
    Command,
    Parts,
)
from boathouse.spec.expressions import Expression
from boathouse.sql.ddl import NAMESPACE, DefinitionParser
from boathouse.types import datatypes as types
from boathouse.types.datatypes import StructField


class AlterParser(DefinitionParser):
    """Reads statements that begin with ALTER."""

    def alter(self) -> Command:
        """Take an ALTER statement."""
        first = self.position
        self.expect("ALTER")
        if self.word in NAMESPACE:
            self.advance()
            return self._alter_database(first)
        word = self.accept_any("TABLE", "VIEW")
        if not word:
            if self.word == "INDEX":
                return self.skip_rest("ALTER INDEX")
            raise self.syntax_error()
        name = self.reference()
        action = self._view_action() if word == "VIEW" else self._table_action()
        return AlterTable(name, action, view=word == "VIEW", origin=self.origin(first))

    def _alter_database(self, first: int) -> Command:
        name = self.reference()
        verb = self.accept_any("SET", "UNSET")
        if verb == "SET" and self.accept("LOCATION"):
            return AlterDatabase(name, location=self.string(), origin=self.origin(first))
        if verb and self.accept_any("DBPROPERTIES", "PROPERTIES"):
            if verb == "UNSET":
                keys = self.property_keys()
                return AlterDatabase(name, unset=keys, origin=self.origin(first))
            properties = self.property_list()
            self.refuse_reserved(properties, "NAMESPACE")
            return AlterDatabase(name, properties, origin=self.origin(first))
        if self.accept("DEFAULT", "COLLATION"):
            collation = self.collation_of_schema(first)
            return AlterDatabase(name, collation=collation, origin=self.origin(first))
        raise self.syntax_error()

    # ---- views and what they share with tables --------------------------------------------------

    def _view_action(self) -> object:
        shared = self._shared_action()
        if shared is not None:
            return shared
        if self.accept("WITH", "SCHEMA"):
            return AlterViewSchema(self.schema_mode())
        if self.accept("RENAME"):
            raise self.missing("TO", here=self.at_identifier())
        verb = self.accept_any("ADD", "DROP", "SET", "UNSET")
        if verb in {"ADD", "DROP"} and self.word in {"PARTITION", "IF"}:
            raise self.refused(f"ALTER VIEW ... {verb} PARTITION")
        if verb:
            raise self.syntax_error()
        self.accept("AS")
        start = self.position
        query = self.query()
        return AlterViewQuery(query, self.text_since(start))

    def _shared_action(self) -> object | None:
        if self.accept("RENAME", "TO"):
            return AlterRename(self.multipart())
        if self.accept("SET", "TBLPROPERTIES"):
            properties = self.property_list()
            self.refuse_reserved(properties)
            return AlterSetProperties(properties)
        if self.accept("UNSET", "TBLPROPERTIES"):
            conditional = self.if_exists()
            keys = self.property_keys()
            return AlterUnsetProperties(keys, conditional)
        return None

    # ---- tables -----------------------------------------------------------------------------

    def _table_action(self) -> object:
        shared = self._shared_action()
        if shared is not None:
            return shared
        match self.word:
            case "ADD":
                return self._add()
            case "DROP":
                return self._drop()
            case "RENAME":
                self.advance()
                self.expect("COLUMN")
                column = self.multipart()
                self.expect_before_name("TO")
                return AlterRenameColumn(column, self.whole_identifier())
            case "ALTER" | "CHANGE":
                return self._alter_column()
            case "REPLACE":
                return self._replace_columns()
            case "PARTITION":
                return self._partition_action()
            case "RECOVER":
                self.expect("RECOVER", "PARTITIONS")
                return AlterPartitions("recover")
            case "SET":
                return self._set_action()
            case "UNSET":
                self.advance()
                raise self.syntax_error()
            case "CLUSTER":
                return self._cluster_by()
            case "DEFAULT":
                self.expect("DEFAULT", "COLLATION")
                return AlterOther("DEFAULT COLLATION", (self.collation_of_object(),))
            case "SKEWED":
                raise self.refused("ALTER TABLE SKEWED BY")
            case "NOT":
                self.expect("NOT")
                word = self.accept_any("CLUSTERED", "SORTED", "SKEWED")
                if not word:
                    self.expect("STORED", "AS", "DIRECTORIES")
                raise self.refused(f"ALTER TABLE NOT {word or 'STORED AS DIRECTORIES'}")
            case "CLUSTERED":
                raise self.refused("ALTER TABLE CLUSTERED BY")
            case "TOUCH" | "COMPACT" | "CONCATENATE":
                raise self.refused(f"ALTER TABLE {self.word}")
            case "EXCHANGE":
                raise self.refused("ALTER TABLE EXCHANGE PARTITION")
            case "ARCHIVE" | "UNARCHIVE":
                raise self.refused(f"ALTER TABLE {self.word} PARTITION")
            case _:
                raise self.syntax_error()

    def _add(self) -> object:
        self.expect("ADD")
        if self.accept_any("COLUMN", "COLUMNS"):
            parenthesized = self.accept("(")
            columns = [self._column_with_position()]
            while self.accept(","):
                columns.append(self._column_with_position())
            if parenthesized:
                self.expect(")")
            return AlterAddColumns(tuple(columns))
        if self.word in {"CONSTRAINT", "CHECK", "PRIMARY", "UNIQUE", "FOREIGN"}:
            name, text = self.constraint()
            return AlterConstraint(name, text)
        conditional = self.if_not_exists()
        partitions: list[tuple[tuple[str, Expression], ...]] = []
        places: list[str] = []
        while not partitions or self.word == "PARTITION":
            partitions.append(self.static_partition())
            places.append(self.string() if self.accept("LOCATION") else "")
        return AlterPartitions("add", tuple(partitions), conditional, places=tuple(places))

    def _column_with_position(self) -> tuple[Parts, ColumnDefinition, ColumnPosition | None]:
        parts = self.multipart()
        definition = self.column_definition(parts[-1], generates=False)
        position = self._column_position()
        if position is not None and self.accept("COMMENT"):
            column = definition.column
            metadata = types.metadata_pairs({**dict(column.metadata), "comment": self.string()})
            column = StructField(column.name, column.type, column.nullable, metadata)
            definition = ColumnDefinition(column, definition.default)
        return parts, definition, position

    def _column_position(self) -> ColumnPosition | None:
        if self.accept("FIRST"):
            return ColumnPosition()
        if self.accept("AFTER"):
            return ColumnPosition(self.whole_identifier())
        return None

    def _drop(self) -> object:
        self.expect("DROP")
        if self.accept_any("COLUMN", "COLUMNS"):
            conditional = self.if_exists()
            parenthesized = self.accept("(")
            columns = tuple(self.multipart_list())
            if parenthesized:
                self.expect(")")
            return AlterDropColumns(columns, conditional)
        if self.accept("CONSTRAINT"):
            conditional = self.if_exists()
            name = self.whole_identifier()
            self.accept_any("RESTRICT", "CASCADE")
            return AlterConstraint(name, if_exists=conditional)
        if self.accept("FEATURE"):
            name = self.property_key()
            truncates = self.accept("TRUNCATE", "HISTORY")
            return AlterOther("DROP FEATURE", (name, "TRUNCATE HISTORY") if truncates else (name,))
        conditional = self.if_exists()
        partitions = [self.static_partition()]
        while self.accept(","):
            partitions.append(self.static_partition())
        self.accept("PURGE")
        return AlterPartitions("drop", tuple(partitions), conditional)

    def _alter_column(self) -> object:
        hive = self.word == "CHANGE"
        self.advance()
        self.accept_any("COLUMN", "COLUMNS")
        start, column = self.position, self.multipart()
        if self.accept("SYNC", "IDENTITY"):
            return AlterOther("SYNC IDENTITY", column)
        self.move(start)
        actions = [self._column_action(hive=hive)]
        while self.accept(","):
            actions.append(self._column_action(hive=False))
        return actions[0] if len(actions) == 1 else AlterColumns(tuple(actions))

    def _column_action(self, *, hive: bool) -> AlterColumn:
        first = self.position
        column = self.multipart()
        if self.word == "TYPE":
            self.advance()
            return AlterColumn(column, type=self.data_type(), position=self._column_position())
        if self.accept("COMMENT"):
            return AlterColumn(column, comment=self.string())
        if self.accept("SET", "DEFAULT"):
            return AlterColumn(column, default=self.default_text())
        if self.accept("DROP", "DEFAULT"):
            return AlterColumn(column, drop_default=True)
        verb = self.accept_any("SET", "DROP")
        if verb:
            if not self.accept_not_null():
                raise self.syntax_error()
            return AlterColumn(column, nullable=verb == "DROP")
        position = self._column_position()
        if position is not None:
            return AlterColumn(column, position=position)
        if hive and self.at_identifier():
            return self._hive_change(column)
        if self.word not in {"", ";", ","}:
            raise self.syntax_error()
        self.refuse(
            first,
            "ALTER TABLE table ALTER COLUMN requires a TYPE, a SET/DROP, a COMMENT, "
            "or a FIRST/AFTER",
        )
        return AlterColumn(column)

    def _hive_change(self, column: Parts) -> AlterColumn:
        """``CHANGE a a INT COMMENT 'x' FIRST``: Hive's form; it may not rename."""
        first = self.position
        definition = self.column_definition()
        if definition.column.name != column[-1]:
            error = self.error_since(
                first,
                "_LEGACY_ERROR_TEMP_0034",
                operation="Renaming column",
                command="ALTER COLUMN",
                msg=", please run RENAME COLUMN instead",
            )
            self.defer(error)
        return AlterColumn(
            column,
            type=definition.column.type,
            comment=dict(definition.column.metadata).get("comment"),
            position=self._column_position(),
            hive=True,
        )

    def _replace_columns(self) -> object:
        self.expect("REPLACE", "COLUMNS", "(")
        columns = [self._column_with_position()[1]]
        while self.accept(","):
            columns.append(self._column_with_position()[1])
        self.expect(")")
        if any(column.default is not None for column in columns):
            condition = "UNSUPPORTED_DEFAULT_VALUE.WITHOUT_SUGGESTION"
            self.defer(self.error_since(self.position, condition))
        return AlterReplaceColumns(tuple(columns))

    def _partition_action(self) -> object:
        partition = self.static_partition()
        if self.accept("RENAME", "TO"):
            return AlterPartitions("rename", (partition, self.static_partition()))
        if self.word in {"COMPACT", "CONCATENATE"}:
            raise self.refused(f"ALTER TABLE {self.word}")
        if self.accept("CHANGE"):
            raise self.refused("ALTER TABLE ... PARTITION ... CHANGE COLUMN")
        self.expect("SET")
        if self.accept("LOCATION"):
            return AlterPartitions("set location", (partition,), places=(self.string(),))
        if self.word == "FILEFORMAT":
            raise self.refused("ALTER TABLE SET FILEFORMAT")
        return replace(self._serde(), partition=partition)

    def _set_action(self) -> object:
        self.expect("SET")
        if self.accept("LOCATION"):
            return AlterOther("SET LOCATION", (self.string(),))
        if self.word == "FILEFORMAT":
            raise self.refused("ALTER TABLE SET FILEFORMAT")
        if self.word == "SKEWED":
            raise self.refused("ALTER TABLE SET SKEWED LOCATION")
        return self._serde()

    def _serde(self) -> AlterSerde:
        """``SERDE 'class' [WITH SERDEPROPERTIES (...)]`` or ``SERDEPROPERTIES (...)``."""
        name = ""
        if self.accept("SERDE"):
            name = self.string()
            if not self.accept("WITH"):
                return AlterSerde(name)
        self.expect("SERDEPROPERTIES")
        return AlterSerde(name, self.property_list())

    def _cluster_by(self) -> object:
        self.expect("CLUSTER", "BY")
        if self.accept("NONE"):
            return AlterOther("CLUSTER BY")
        self.expect("(")
        names = tuple(".".join(parts) for parts in self.multipart_list())
        self.expect(")")
        return AlterOther("CLUSTER BY", names)
