"""INSERT, DELETE, UPDATE, MERGE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.spec.commands import (
    Command,
    Delete,
    Insert,
    InsertDirectory,
    Merge,
    MergeAction,
    MergeVerb,
    MultiInsert,
    Parts,
    Update,
)
from boathouse.spec.expressions import Default, Expression, Literal, Name, Parameter
from boathouse.spec.nodes import rebuilt
from boathouse.spec.relations import (
    CommonTable,
    NamedTable,
    OneRow,
    Project,
    Relation,
    SubqueryAlias,
    Values,
    With,
)
from boathouse.sql.keywords import CONTINUES_QUERY, ENDS
from boathouse.sql.lexer import Kind
from boathouse.sql.pipes import PipeParser
from boathouse.types.datatypes import STRING, StringType, quoted


class ChangeParser(PipeParser):
    """Reads statements that change the rows of tables."""

    def reference(self) -> Parts:
        """Take a name, or ``IDENTIFIER(text)``; what a text that is not constant spells is told by
        the settings, or not known yet.
        """
        if self.word != "IDENTIFIER" or self.peek() != "(":
            return self.multipart()
        text = self.identifier_text()
        parts = self.constant_name(text)
        if parts is not None:
            return (*parts, *self.multipart()) if self.accept(".") else parts
        self.identifiers.append(text)
        number = len(self.identifiers)
        return self.settings.names[number - 1] if number <= len(self.settings.names) else ("",)

    # ---- INSERT -----------------------------------------------------------------------------

    def insert(self, source: Relation | None = None) -> Insert | InsertDirectory:
        """Take an INSERT; `source` is a FROM clause that stood before it."""
        first = self.position
        self.expect("INSERT")
        evolution = self._evolution()
        overwrite = bool(self.accept_any("OVERWRITE"))
        if not overwrite:
            self.expect("INTO")
        if overwrite and (self.word == "DIRECTORY" or self.ahead("LOCAL", "DIRECTORY")):
            return self._insert_directory(source, first)
        if self.word == "TABLE" and self.peek() not in ENDS | {"."}:
            self.advance()
        table = self.reference()
        if self.word == "WITH" and self.peek() == "(":
            self.advance()
            self.property_list()
        start = self.position
        command = Insert(table, NamedTable(table), overwrite=overwrite, schema_evolution=evolution)
        if self._replaces(overwrite=overwrite):
            command = self._replacing(command)
        else:
            command = self._insert_target(command)
        if command.replace_on is not None and source is None:
            rows = self._replace_rows()
        else:
            rows = self._insert_rows(source)
        dynamic = [name for name, value in command.partition if value is None]
        if command.if_not_exists and not overwrite:
            operation = "INSERT INTO ... IF NOT EXISTS"
            self.defer(self.error_since(first, "INVALID_STATEMENT_OR_CLAUSE", operation=operation))
        if command.if_not_exists and dynamic:
            message = f"IF NOT EXISTS with dynamic partitions: {', '.join(dynamic)}"
            self.refuse(start, message)
        return replace(command, input=rows, origin=self.origin(first))

    def _replaces(self, *, overwrite: bool) -> bool:
        """Whether ``[alias] [BY NAME] REPLACE`` comes next."""
        if overwrite:
            return False
        words = [self.word, *(self.peek(at) for at in range(1, 6))]
        for start in (0, 2 if words[0] == "AS" else 1):  # without an alias, and behind one
            rest = words[start:]
            if rest[:2] == ["BY", "NAME"]:
                rest = rest[2:]
            if rest[0] == "REPLACE" and rest[1] in {"WHERE", "ON", "USING"}:
                return True
        return False

    def _replacing(self, command: Insert) -> Insert:
        """``[[AS] alias] [BY NAME] REPLACE {WHERE condition | ON condition | USING (columns)}``."""
        first, alias = self.position, None
        if self.word != "REPLACE" and not self.ahead("BY", "NAME"):
            self.accept("AS")
            alias = self.whole_identifier()
        by_name = self.accept("BY", "NAME")
        self.expect("REPLACE")
        command = replace(command, alias=alias, by_name=by_name)
        if self.accept("WHERE"):
            if alias is not None:
                self.defer(self.error_since(first, "INSERT_REPLACE_WHERE_TABLE_ALIAS_NOT_ALLOWED"))
            return replace(command, replace_where=self._replace_condition())
        if alias is None and self.word == "USING" and self.peek(2) != ")":
            self.advance()
            return replace(command, replace_using=self.identifier_list())
        self.expect("ON")
        return replace(command, replace_on=self._replace_condition())

    def _replace_condition(self) -> Expression:
        self.before_query = True
        condition = self.expression()
        self.before_query = False
        return condition

    def _replace_rows(self) -> Relation:
        """``query``, or ``(query) [AS] alias``, by which the condition calls its columns."""
        if self.word != "(":
            return _with_defaults(self.query())
        after = self.matching(self.position) + 1
        if after == 0 or self.words[after] in ENDS | CONTINUES_QUERY:
            return _with_defaults(self.query())
        rows = self.parenthesized_query()
        return self.table_alias(rows)

    def _insert_target(self, command: Insert) -> Insert:
        """``[PARTITION (...)] [IF NOT EXISTS] [BY NAME | (columns)]``."""
        if self.accept("AS") or (self.at_identifier() and self.word not in _BEHIND_TARGET):
            self.whole_identifier()  # an alias, behind which only REPLACE may stand
            raise self.syntax_error()
        if self.word == "PARTITION":
            command = replace(command, partition=self.partition())
            command = replace(command, if_not_exists=self.accept("IF", "NOT", "EXISTS"))
        if self.accept("BY", "NAME"):
            return replace(command, by_name=True)
        if self.word == "(" and not self.query_ahead(self.position + 1):
            closing = self.matching(self.position)
            dot = next((n for n in range(self.position, closing) if self.words[n] == "."), None)
            if dot is not None:
                self.move(dot)
                raise self.syntax_error()
            return replace(command, columns=self.identifier_list())
        return command

    def _insert_rows(self, source: Relation | None) -> Relation:
        if source is None:
            return _with_defaults(self.query())
        if self.word != "SELECT":
            raise self.syntax_error()
        return self.organized(self.select(source))

    def _evolution(self) -> bool:
        return self.accept("WITH", "SCHEMA", "EVOLUTION")

    def _insert_directory(self, source: Relation | None, first: int) -> InsertDirectory:
        self.accept("LOCAL")
        self.expect("DIRECTORY")
        path = self.string() if self.at_string() else ""
        if path and self.word != "USING":
            return self._insert_hive_directory(path, source, first)
        self.expect("USING")
        format_ = ".".join(self.multipart())
        options = self.property_list() if self.accept("OPTIONS") else ()
        optional = next((value for key, value in options if key.lower() == "path"), "")
        if bool(path) == bool(optional):
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0049"))
        path = path or optional
        rows = self._insert_rows(source)
        return InsertDirectory(rows, path, format_, options, origin=self.origin(first))

    def _insert_hive_directory(
        self, path: str, source: Relation | None, first: int
    ) -> InsertDirectory:
        """``[ROW FORMAT ...] [STORED AS ...] query``, which only Hive writes."""
        self.hive_formats()
        rows = self._insert_rows(source)
        self.defer(
            AnalysisError(
                "NOT_SUPPORTED_COMMAND_WITHOUT_HIVE_SUPPORT",
                cmd="INSERT OVERWRITE DIRECTORY with the Hive format",
            )
        )
        return InsertDirectory(rows, path, "hive", origin=self.origin(first))

    def partition(self) -> tuple[tuple[str, Expression | None], ...]:
        """Take ``PARTITION (a = 1, b)``."""
        first = self.position
        self.expect("PARTITION", "(")
        pairs = [self._partition_value()]
        while self.accept(","):
            pairs.append(self._partition_value())
        self.close(1)
        self.refuse_repeated([name for name, _ in pairs], first)
        return tuple(pairs)

    def static_partition(self) -> tuple[tuple[str, Expression], ...]:
        """Take ``PARTITION (a = 1, b = 2)``; every column must have a value."""
        first = self.position
        pairs = self.partition()
        for name, value in pairs:
            if value is None:
                condition = "INVALID_SQL_SYNTAX.EMPTY_PARTITION_VALUE"
                self.defer(self.error_since(first, condition, partKey=quoted(name)))
        return tuple((name, value) for name, value in pairs if value is not None)

    def _partition_value(self) -> tuple[str, Expression | None]:
        name = self.identifier()
        if not self.accept("="):
            return name, None
        if self.word == "DEFAULT" and self.peek() in ENDS:
            condition = "REF_DEFAULT_VALUE_IS_NOT_ALLOWED_IN_PARTITION"
            self.defer(self.error_at(self.position, condition))
            self.advance()
            return name, Default()
        first = self.position
        value = self._constant()
        if isinstance(value, Literal) and value.value is None:
            if self.settings.null_of_partitions_is_text:
                value = Literal("null", STRING)
        elif self.settings.texts_of_partitions and _is_no_text(value):
            value = Literal(self.text_since(first), STRING)
        return name, value

    def _constant(self) -> Expression:
        """Take a literal or a parameter; a number may have a sign."""
        first = self.position
        if self.accept("-"):
            if self.kinds[self.position] is not Kind.NUMBER:
                raise self.syntax_error()
            return self.number(first)
        value = self.primary()
        if isinstance(value, (Literal, Parameter)):
            return value
        self.move(first + 1 if self.is_identifier(first) else first)
        raise self.syntax_error()

    def value_or_default(self) -> Expression:
        """Take an expression, or the word DEFAULT."""
        if self.word == "DEFAULT" and self.peek() in ENDS | {"WHERE", "WHEN"}:
            self.advance()
            return Default()
        return self.expression()

    def from_insert(self) -> Command | Relation:
        """Take ``FROM source INSERT ... SELECT ...``, or a query that begins with FROM."""
        start = self.position
        source = self.from_clause()
        if self.word != "INSERT":
            self.move(start)
            return self.query()
        inserts: list[Insert] = []
        while self.word == "INSERT":
            command = self.insert(source)
            if isinstance(command, InsertDirectory):
                raise unsupported("a directory as one of several targets of INSERT")
            inserts.append(command)
        return inserts[0] if len(inserts) == 1 else MultiInsert(tuple(inserts))

    def with_statement(self) -> Command | Relation:
        """Take a statement that begins with WITH: a query, or a change that reads its tables."""
        start = self.position
        tables, recursive = self.common_tables()
        if self.word == "INSERT":
            command = self.insert()
            return replace(command, input=With(command.input, tables, recursive))
        change = _CHANGES.get(self.word)
        if change is not None and self.peek() not in ENDS:
            return _seeing(change(self), tables, recursive=recursive)
        if self.word == "FROM":
            command = self.from_insert()
            if isinstance(command, Insert):
                return replace(command, input=With(command.input, tables, recursive))
            if isinstance(command, MultiInsert):
                each = [replace(x, input=With(x.input, tables, recursive)) for x in command.inserts]
                return MultiInsert(tuple(each))
        self.move(start)
        return self.query()

    # ---- DELETE, UPDATE, MERGE ------------------------------------------------------------------

    def _target_alias(self, operation: str) -> str | None:
        if self.word == "SET" or not self.table_alias_ahead():
            return None
        first = self.position
        self.accept("AS")
        name = self.whole_identifier()
        if self.word == "(":
            self.identifier_list()
            self.defer(self.error_since(first, "COLUMN_ALIASES_NOT_ALLOWED", op=operation))
        return name

    def delete(self) -> Delete:
        """Take ``DELETE FROM table [WHERE condition]``."""
        first = self.position
        self.expect("DELETE")
        if self.at_end():
            raise self.syntax_error()
        self.expect("FROM")
        table, alias = self.reference(), self._target_alias("DELETE")
        condition = self.expression() if self.accept("WHERE") else None
        return Delete(table, condition, alias, origin=self.origin(first))

    def update(self) -> Update:
        """Take ``UPDATE table SET column = value, ... [WHERE condition]``."""
        first = self.position
        self.expect("UPDATE")
        table, alias = self.reference(), self._target_alias("UPDATE")
        self.expect("SET")
        assignments = self.assignments()
        condition = self.expression() if self.accept("WHERE") else None
        return Update(table, assignments, condition, alias, origin=self.origin(first))

    def assignments(self) -> tuple[tuple[Expression, Expression], ...]:
        """Take ``column = value, ...``."""
        pairs = [self._assignment()]
        while self.accept(","):
            pairs.append(self._assignment())
        return tuple(pairs)

    def _assignment(self) -> tuple[Expression, Expression]:
        first = self.position
        name = Name(self.multipart(), origin=self.origin(first))
        self.expect_before_name("=", "EQ")
        return name, self.value_or_default()

    def merge(self) -> Merge:
        """Take ``MERGE INTO target USING source ON condition WHEN ...``."""
        first = self.position
        self.expect("MERGE")
        evolution = self._evolution()
        self.expect("INTO")
        table, alias = self.reference(), self._target_alias("MERGE")
        self.expect_before_name("USING")
        source = self._merge_source()
        self.expect_before_name("ON")
        condition = self.expression()
        matched: list[MergeAction] = []
        not_matched: list[MergeAction] = []
        by_source: list[MergeAction] = []
        while self.accept("WHEN"):
            actions = matched
            if self.accept_negation():
                actions = not_matched
            self.expect("MATCHED")
            if actions is not_matched and self.accept("BY", "SOURCE"):
                actions = by_source
            elif actions is not_matched:
                self.accept("BY", "TARGET")
            actions.append(self._merge_action(inserts=actions is not_matched))
        if not (matched or not_matched or by_source):
            self.defer(self.error_since(first, "MERGE_WITHOUT_WHEN"))
        for kind, actions in (
            ("MATCHED", matched),
            ("NOT_MATCHED_BY_TARGET", not_matched),
            ("NOT_MATCHED_BY_SOURCE", by_source),
        ):
            if any(action.condition is None for action in actions[:-1]):
                self.defer(self.error_since(first, f"NON_LAST_{kind}_CLAUSE_OMIT_CONDITION"))
        return Merge(
            table,
            source,
            condition,
            tuple(matched),
            tuple(not_matched),
            tuple(by_source),
            alias=alias,
            schema_evolution=evolution,
            origin=self.origin(first),
        )

    def _merge_source(self) -> Relation:
        if self.word == "(":
            relation: Relation = self.parenthesized_query()
        else:
            first = self.position
            relation = NamedTable(self.reference(), origin=self.origin(first))
        aliased = self.table_alias(relation)
        return aliased if isinstance(aliased, SubqueryAlias | NamedTable) else relation

    def _merge_action(self, *, inserts: bool) -> MergeAction:
        condition = self.expression() if self.accept("AND") else None
        if self.word != "THEN":
            raise self.syntax_error()
        self.advance()
        if inserts:
            self.expect("INSERT")
            if self.accept("*"):
                return MergeAction(MergeVerb.INSERT, condition, star=True)
            return MergeAction(MergeVerb.INSERT, condition, self._merge_insert())
        if self.accept("DELETE"):
            return MergeAction(MergeVerb.DELETE, condition)
        self.expect("UPDATE", "SET")
        if self.accept("*"):
            return MergeAction(MergeVerb.UPDATE, condition, star=True)
        return MergeAction(MergeVerb.UPDATE, condition, self.assignments())

    def _merge_insert(self) -> tuple[tuple[Expression, Expression], ...]:
        first = self.position
        self.expect("(")
        columns = self.multipart_list()
        self.expect(")", "VALUES", "(")
        values = [self.value_or_default()]
        while self.accept(","):
            values.append(self.value_or_default())
        self.expect(")")
        if len(columns) != len(values):
            condition = "MERGE_INSERT_VALUE_COUNT_MISMATCH"
            told = {"actualCount": len(values), "expectedCount": len(columns)}
            self.defer(self.error_since(first, condition, **told))
        names = (Name(parts) for parts in columns)
        return tuple(zip(names, values, strict=False))


_BEHIND_TARGET = frozenset(
    {"PARTITION", "IF", "BY", "SELECT", "WITH", "FROM", "VALUES", "TABLE", "MAP", "REDUCE"}
)

_CHANGES = {
    "MERGE": ChangeParser.merge,
    "UPDATE": ChangeParser.update,
    "DELETE": ChangeParser.delete,
}


def _seeing(
    command: Delete | Merge | Update, tables: tuple[CommonTable, ...], *, recursive: bool
) -> Delete | Merge | Update:
    """`command` whose queries see `tables`."""

    def change(node: Any) -> Any:
        return With(node, tables, recursive) if isinstance(node, Relation) else node

    return rebuilt(command, change)


def _with_defaults(rows: Relation) -> Relation:
    """`rows` with the word DEFAULT, where it is a whole value, as such and not as a name."""
    match rows:
        case Values():
            return replace(rows, rows=tuple(tuple(map(_default, row)) for row in rows.rows))
        case Project(input=OneRow()):
            return replace(rows, expressions=tuple(map(_default, rows.expressions)))
        case _:
            return rows


def _default(value: Expression) -> Expression:
    named = (
        isinstance(value, Name) and len(value.parts) == 1 and value.parts[0].upper() == "DEFAULT"
    )
    return Default() if named else value


def _is_no_text(value: Expression) -> bool:
    return isinstance(value, Literal) and not isinstance(value.type, StringType)
