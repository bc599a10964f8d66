"""CREATE VIEW and CREATE FUNCTION."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse.errors.exceptions import AnalysisError
from boathouse.spec.commands import (
    ColumnDefinition,
    Command,
    CreateFunction,
    CreateTemporaryViewUsing,
    CreateView,
    Parts,
)
from boathouse.spec.relations import OneRow, Options
from boathouse.sql.lexer import Kind
from boathouse.sql.resources import ResourceParser
from boathouse.types import datatypes as types
from boathouse.types.datatypes import DataType, StructField, StructType


@dataclass(slots=True)
class _ViewClauses:
    """The clauses of a view, as they were taken; without `language` for one that says none."""

    comment: str | None = None
    properties: Options = ()
    schema_mode: str = ""
    collation: str = ""
    metrics: bool = False
    language: str | None = None


class RoutineParser(ResourceParser):
    """Reads what has a body: views and functions."""

    # ---- views ------------------------------------------------------------------------------

    def create_view(
        self, first: int, *, temporary: bool, is_global: bool, replaces: bool
    ) -> Command:
        """Take what follows CREATE [OR REPLACE] [GLOBAL] [TEMPORARY]; `first` is where it began."""
        self.expect("VIEW")
        conditional = self.if_not_exists()
        name = self.reference()
        if temporary and not conditional and self._is_using_ahead():
            return self.create_view_using(name, first, is_global=is_global, replaces=replaces)
        columns: list[tuple[str, str | None]] = []
        if self.accept("("):
            while True:
                column = self.whole_identifier()
                columns.append((column, self.string() if self.accept("COMMENT") else None))
                if not self.accept(","):
                    break
            if not self.accept(")"):
                raise self.syntax_error()
        said = self._view_clauses(first, temporary=temporary)
        self._check_view(
            name,
            first,
            temporary=temporary,
            replaces=replaces,
            once=conditional,
            kept=bool(said.properties),
        )
        collation = said.collation
        if not temporary:
            collation = collation or self.default_of_schema(name)
        self.expect("AS")
        start = self.position
        if said.metrics:
            query, text = OneRow(), self._metrics(said, first)
        else:
            query = self.under_collation(collation, self.query)
            text = self.text_since(start)
        return CreateView(
            name,
            query,
            temporary=temporary,
            is_global=is_global,
            replace=replaces,
            if_not_exists=conditional,
            columns=tuple(columns),
            comment=said.comment,
            properties=said.properties,
            schema_mode=said.schema_mode,
            text=text,
            collation=collation,
            language="YAML" if said.metrics else "",
            origin=self.origin(first),
        )

    def _check_view(
        self,
        name: Parts,
        first: int,
        *,
        temporary: bool,
        replaces: bool,
        once: bool,
        kept: bool,
    ) -> None:
        """Defer what is wrong with words that do not go together."""
        if once and replaces:
            condition = "CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE"
            self.defer(self.error_since(first, condition, viewName=".".join(name)))
        if once and temporary:
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0053"))
        if temporary:
            self.refuse_qualifier(name, "VIEW", first)
        if kept and temporary:
            self.refuse(first, "TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW")

    def refuse_qualifier(self, name: Parts, kind: str, first: int) -> None:
        """Defer INVALID_TEMP_OBJ_QUALIFIER for a temporary object that is said to be in a place."""
        if len(name) > 1:
            names = {
                "objectName": types.quoted(name[-1]),
                "objectType": kind,
                "qualifier": ".".join(map(types.quoted, name[:-1])),
            }
            self.defer(self.error_since(first, "INVALID_TEMP_OBJ_QUALIFIER", **names))

    def _metrics(self, said: _ViewClauses, first: int) -> str:
        """Take the text of a metric view, between dollars."""
        if self.kinds[self.position] is not Kind.DOLLARS:
            raise self.syntax_error()
        text = self.text_at(self.position)
        self.advance()
        if said.language is None:
            # Spark does not know the condition it wants to raise here.
            message = "Cannot find main error class 'MISSING_CLAUSES_FOR_OPERATION'"
            self.defer(self.error_since(first, "INTERNAL_ERROR", message=message))
        elif said.language.upper() != "YAML":
            self.refuse(first, f"Unsupported language for metric view: {said.language}")
        edge = text.index("$", 1) + 1
        return text[edge:-edge]

    def schema_mode(self) -> str:
        """Take how a view follows its tables, behind WITH SCHEMA."""
        if self.accept("TYPE"):
            self.expect("EVOLUTION")
            return "TYPE EVOLUTION"
        mode = self.accept_any("BINDING", "COMPENSATION", "EVOLUTION")
        if not mode:
            raise self.syntax_error()
        return mode

    def _is_using_ahead(self) -> bool:
        if self.word == "USING":
            return True
        spelled = self.peek() == "IDENTIFIER" and self.peek(2) == "("
        return self.word == "(" and not spelled and self.peek(2) not in {",", ")", "COMMENT"}

    def _view_clauses(self, first: int, *, temporary: bool) -> _ViewClauses:
        """Take what stands between the columns of a view and its query."""
        said = _ViewClauses()
        seen: set[str] = set()
        while True:
            word = self.word
            if word in seen and word in {"COMMENT", "TBLPROPERTIES"}:
                self.defer(self.error_since(first, "DUPLICATE_CLAUSES", clauseName=word))
            seen.add(word)
            if self.accept("COMMENT"):
                said.comment = self.string()
            elif self.accept("TBLPROPERTIES"):
                said.properties = self.property_list()
            elif self.accept("PARTITIONED", "ON"):
                self.identifier_list()
                operation = "CREATE VIEW ... PARTITIONED ON"
                self.defer(
                    self.error_since(first, "INVALID_STATEMENT_OR_CLAUSE", operation=operation)
                )
            elif self.accept("WITH", "SCHEMA"):
                said.schema_mode = self.schema_mode()
                if temporary:
                    condition = "UNSUPPORTED_FEATURE.TEMPORARY_VIEW_WITH_SCHEMA_BINDING_MODE"
                    self.defer(self.error_since(first, condition))
            elif self.accept("DEFAULT", "COLLATION"):
                said.collation = self.collation_of_object()
            elif not self._metrics_clause(said, temporary=temporary):
                return said

    def _metrics_clause(self, said: _ViewClauses, *, temporary: bool) -> bool:
        """Take ``WITH METRICS`` or ``LANGUAGE name``, if it comes next."""
        if self.ahead("WITH", "METRICS"):
            self.advance()
            if temporary:
                raise self.syntax_error()
            self.advance()
            said.metrics = True
        elif said.metrics and self.accept("LANGUAGE"):
            said.language = self.identifier()
        else:
            return False
        return True

    def create_view_using(
        self, name: Parts, first: int, *, is_global: bool, replaces: bool
    ) -> Command:
        """Take ``[(columns)] USING format [OPTIONS (...)]`` behind the name of a temporary view."""
        schema: StructType | None = None
        if self.accept("("):
            schema = self.column_types()
            self.expect(")")
        if self.word == "AS":
            return self._refuse_temporary_table(first)
        if not self.accept("USING"):
            # Only what was called a table comes here without.
            raise self.error_at(first, "_LEGACY_ERROR_TEMP_0046")
        format_ = ".".join(self.multipart())
        options = self.property_list() if self.accept("OPTIONS") else ()
        if self.word == "AS":
            return self._refuse_temporary_table(first)
        return CreateTemporaryViewUsing(
            name[-1],
            format_,
            options,
            schema,
            is_global=is_global,
            replace=replaces,
            origin=self.origin(first),
        )

    def _refuse_temporary_table(self, first: int) -> Command:
        message = "CREATE TEMPORARY TABLE ... AS ..., use CREATE TEMPORARY VIEW instead"
        error = self.error_since(first, "_LEGACY_ERROR_TEMP_0035", message=message)
        raise self.deferred or error

    # ---- functions --------------------------------------------------------------------------

    def create_function(self, first: int, *, temporary: bool, replaces: bool) -> Command:
        """Take what follows CREATE [OR REPLACE] [TEMPORARY]; `first` is where it began."""
        self.expect("FUNCTION")
        conditional = self.if_not_exists()
        name = self.reference()
        self._check_routine(name, first, temporary=temporary, replaces=replaces, once=conditional)
        if self.accept("AS"):
            return CreateFunction(
                name,
                class_name=self._class_of_function(first),
                temporary=temporary,
                replace=replaces,
                if_not_exists=conditional,
                origin=self.origin(first),
            )
        collation = self.default_collation_ahead("RETURN")
        if not collation and not temporary:
            collation = self.default_of_schema(name)
        parameters, defaults = self.under_collation(collation, self._parameters)
        returns, returns_table = self.under_collation(collation, self._returns)
        comment, deterministic, access = self._characteristics()
        self.expect("RETURN")
        start = self.position
        is_query = self.word in {"SELECT", "WITH", "FROM", "VALUES", "TABLE"}
        if is_query:
            self.query()
        else:
            self.expression()
        body = self.text_since(start)
        if returns_table and not is_query:
            condition = "USER_DEFINED_FUNCTIONS.SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY"
            self.defer(AnalysisError(condition, name=".".join(name)))
        return CreateFunction(
            name,
            parameters,
            defaults,
            returns,
            f"({body})" if is_query and not returns_table else body,
            returns_table=returns_table,
            temporary=temporary,
            replace=replaces,
            if_not_exists=conditional,
            comment=comment,
            deterministic=deterministic,
            data_access=access,
            collation=collation,
            origin=self.origin(first),
        )

    def _returns(self) -> tuple[DataType | None, bool]:
        """Take ``RETURNS type``, or ``RETURNS TABLE [(columns)]``: what is said, and whether it is
        a table.
        """
        if not self.accept("RETURNS"):
            return None, False
        if not self.accept("TABLE"):
            return self.data_type(), False
        if not self.accept("("):
            return None, True
        columns = self._returned_columns()
        self.expect(")")
        return columns, True

    def _class_of_function(self, first: int) -> str:
        """``'class' [USING JAR 'path', FILE 'path', ...]``."""
        name = self.string()
        if self.accept("USING"):
            while True:
                kind = self.identifier()
                self.string()
                if kind.upper() not in {"JAR", "FILE", "ARCHIVE"}:
                    message = f"CREATE FUNCTION with resource type '{kind.lower()}'"
                    self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0035", message=message))
                if not self.accept(","):
                    break
        return name

    def _returned_columns(self) -> StructType:
        fields: list[StructField] = []
        while True:
            start = self.position
            (field,) = self.column_types(several=False).fields
            fields.append(field)
            self._refuse_not_null(field, start)
            if not self.accept(","):
                return StructType(tuple(fields))

    def _refuse_not_null(self, field: StructField, start: int) -> None:
        if not field.nullable:
            condition = "USER_DEFINED_FUNCTIONS.NOT_NULL_ON_FUNCTION_PARAMETERS"
            self.defer(AnalysisError(condition, input=self.text_since(start)))

    def _check_routine(
        self, name: Parts, first: int, *, temporary: bool, replaces: bool, once: bool
    ) -> None:
        place = "INVALID_SQL_SYNTAX"
        if once and replaces:
            condition = f"{place}.CREATE_ROUTINE_WITH_IF_NOT_EXISTS_AND_REPLACE"
            self.defer(self.error_since(first, condition))
        if once and temporary:
            condition = f"{place}.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS"
            self.defer(self.error_since(first, condition))
        if temporary:
            self.refuse_qualifier(name, "FUNCTION", first)

    def _parameters(self) -> tuple[tuple[StructField, ...], tuple[str | None, ...]]:
        self.expect("(")
        columns: list[ColumnDefinition] = []
        while self.word != ")":
            start = self.position
            columns.append(self.column_definition())
            self._refuse_not_null(columns[-1].column, start)
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(c.column for c in columns), tuple(c.default for c in columns)

    def _characteristics(self) -> tuple[str | None, bool | None, str]:
        """The comment, whether it is deterministic, and what SQL it says to contain."""
        comment: str | None = None
        deterministic: bool | None = None
        access = ""
        seen: set[str] = set()
        while self.word != "RETURN":
            first = self.position
            if self.accept("COMMENT"):
                comment = self.string()
            elif self.accept("DETERMINISTIC"):
                deterministic = True
            elif self.accept("NOT", "DETERMINISTIC"):
                deterministic = False
            elif self.accept("DEFAULT", "COLLATION"):
                self.collation()
            elif self.accept("LANGUAGE"):
                if not self.accept("SQL"):
                    message = f"Unsupported language for user defined functions: {self.word}"
                    self.refuse(self.position, message)
                    self.advance()
            elif self.accept("SPECIFIC"):
                self.whole_identifier()
                self.refuse(first, "SQL function with SPECIFIC name is not supported")
            else:
                words = next((w for w in _CHARACTERISTICS if self.accept(*w)), None)
                if words is None:
                    constant = self.kinds[self.position] in {Kind.NUMBER, Kind.STRING}
                    raise self.missing("RETURN", here=constant)
                access = " ".join(words) if words[-1] in {"SQL", "DATA"} else access
                if words in _REFUSED_CHARACTERISTICS:
                    self.refuse(first, f"SQL function with {' '.join(words)} is not supported")
            self._clause_once(first, seen)
        return comment, deterministic, access

    def _clause_once(self, first: int, seen: set[str]) -> None:
        """DUPLICATE_CLAUSES for a clause, begun at `first`, of a kind that was there."""
        text = [word for word in self.words[first : self.position] if word != "NOT"]
        kind = "SQL DATA ACCESS" if text[-1] in {"SQL", "DATA"} else text[0]
        if text[0] == "LANGUAGE":
            kind = "LANGUAGE"
        if kind in seen:
            self.defer(self.error_at(first, "DUPLICATE_CLAUSES", clauseName=kind))
        seen.add(kind)


_CHARACTERISTICS = (
    ("NO", "SQL"),
    ("CONTAINS", "SQL"),
    ("READS", "SQL", "DATA"),
    ("MODIFIES", "SQL", "DATA"),
    ("RETURNS", "NULL", "ON", "NULL", "INPUT"),
    ("CALLED", "ON", "NULL", "INPUT"),
    ("SQL", "SECURITY", "DEFINER"),
    ("SQL", "SECURITY", "INVOKER"),
)
_REFUSED_CHARACTERISTICS = frozenset(
    [
        ("MODIFIES", "SQL", "DATA"),
        ("RETURNS", "NULL", "ON", "NULL", "INPUT"),
        ("SQL", "SECURITY", "INVOKER"),
    ]
)
