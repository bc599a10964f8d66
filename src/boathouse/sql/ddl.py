"""CREATE and DROP: databases, tables, views, functions; column definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from boathouse.errors.exceptions import AnalysisError, unsupported
from boathouse.spec.commands import (
    ColumnDefinition,
    Command,
    CreateDatabase,
    CreateFunction,
    CreateTable,
    CreateTableLike,
    CreateTemporaryViewUsing,
    CreateView,
    DropDatabase,
    DropFunction,
    DropTable,
    DropVariable,
    DropView,
    Parts,
)
from boathouse.spec.commands import Unsupported as UnsupportedCommand
from boathouse.spec.expressions import Expression, Literal, Name
from boathouse.spec.relations import Options, QueryText, Relation
from boathouse.sql.keywords import ENDS
from boathouse.sql.maintenance import MaintenanceParser
from boathouse.sql.reader import constant_text
from boathouse.sql.settings import DEFAULT, ParserSettings
from boathouse.types import datatypes as types
from boathouse.types.datatypes import StructField, StructType

NAMESPACE = frozenset({"DATABASE", "SCHEMA", "NAMESPACE"})

_COLUMN_OPTIONS = {
    "NOT": "NOT NULL",
    "DEFAULT": "DEFAULT",
    "COMMENT": "COMMENT",
    "GENERATED": "GENERATED ALWAYS AS",
}

_CONSTRAINTS = frozenset({"CONSTRAINT", "CHECK", "PRIMARY", "UNIQUE", "FOREIGN"})


@dataclass(slots=True)
class _TableClauses:
    """The clauses behind the columns of CREATE TABLE, in any order, each at most once."""

    options: Options = ()
    partition_by: tuple[Expression, ...] = ()
    partition_columns: list[ColumnDefinition] = field(default_factory=list)
    cluster_by: tuple[str, ...] = ()
    bucket_by: tuple[str, ...] = ()
    buckets: int = 0
    location: str | None = None
    comment: str | None = None
    properties: Options = ()
    provider: str = ""
    seen: set[str] = field(default_factory=set)


class DefinitionParser(MaintenanceParser):
    """Reads CREATE, REPLACE and DROP."""

    def __init__(
        self, text: str, settings: ParserSettings = DEFAULT, arguments: QueryText | None = None
    ) -> None:
        """Tokenize `text`; raises UNCLOSED_BRACKETED_COMMENT."""
        super().__init__(text, settings, arguments)
        self.column_constraints: list[tuple[str, str]] = []

    # ---- routing ----------------------------------------------------------------------------

    def create(self) -> Command:
        """Take a statement that begins with CREATE or REPLACE."""
        first = self.position
        created = self.accept("CREATE")
        replaces = self.accept("OR", "REPLACE") or (not created and self.accept("REPLACE"))
        if self.word in NAMESPACE and not replaces:
            return self._create_database(first)
        is_global = self.accept("GLOBAL")
        temporary = bool(self.accept_any("TEMPORARY", "TEMP"))
        if self.word == "VIEW":
            return self._create_view(
                first, temporary=temporary, is_global=is_global, replaces=replaces
            )
        if self.word == "FUNCTION":
            return self._create_function(first, temporary=temporary, replaces=replaces)
        if temporary and self.word == "TABLE":
            raise self.error_at(first, "_LEGACY_ERROR_TEMP_0046")
        external = self.accept("EXTERNAL")
        if self.word == "TABLE":
            return self._create_table(first, external=external, replaces=replaces, creates=created)
        for words in _UNSUPPORTED_CREATIONS:
            if self.ahead(*words):
                return self.skip_rest(f"CREATE {' '.join(words)}")
        raise self.syntax_error()

    def drop(self) -> Command:
        """Take a statement that begins with DROP."""
        first = self.position
        self.expect("DROP")
        if self.word in NAMESPACE:
            self.advance()
            conditional = self.if_exists()
            name = self.reference()
            cascade = self.accept_any("RESTRICT", "CASCADE") == "CASCADE"
            return DropDatabase(name, conditional, cascade, origin=self.origin(first))
        if self.accept("TABLE"):
            conditional = self.if_exists()
            name = self.reference()
            return DropTable(name, conditional, self.accept("PURGE"), origin=self.origin(first))
        if self.accept("VIEW"):
            conditional = self.if_exists()
            return DropView(self.reference(), conditional, origin=self.origin(first))
        temporary = bool(self.accept_any("TEMPORARY", "TEMP"))
        if self.accept("FUNCTION"):
            conditional = self.if_exists()
            return DropFunction(self.reference(), conditional, temporary, origin=self.origin(first))
        if temporary and self.accept_any("VARIABLE", "VAR"):
            conditional = self.if_exists()
            return DropVariable(self.reference(), conditional, origin=self.origin(first))
        if self.word in {"INDEX", "ROLE", "MACRO"}:
            return self.skip_rest(f"DROP {self.word}")
        raise self.syntax_error()

    def skip_rest(self, feature: str) -> Command:
        """Step over the rest of a statement that is known and not built."""
        first = self.position
        self.move(self.last)
        return UnsupportedCommand(feature, origin=self.origin(first))

    def if_exists(self) -> bool:
        """Take IF EXISTS if it comes next."""
        return self.accept("IF", "EXISTS")

    def if_not_exists(self) -> bool:
        """Take IF NOT EXISTS if it comes next."""
        return self.accept("IF", "NOT", "EXISTS") or self.accept("IF", "!", "EXISTS")

    # ---- databases --------------------------------------------------------------------------

    def _create_database(self, first: int) -> Command:
        self.advance()
        conditional = self.if_not_exists()
        name = self.reference()
        comment = location = None
        properties: Options = ()
        seen: set[str] = set()
        while True:
            clause = self.word
            if clause in {"COMMENT", "LOCATION"}:
                self._once(clause, seen)
                self.advance()
                text = self.string()
                comment, location = (text, location) if clause == "COMMENT" else (comment, text)
            elif clause == "WITH" and self.peek() in {"DBPROPERTIES", "PROPERTIES"}:
                self._once(f"WITH {self.peek()}", seen)
                self.advance(2)
                properties = self.property_list()
            elif self.accept("DEFAULT", "COLLATION"):
                raise self.error_since(first, "UNSUPPORTED_FEATURE.SCHEMA_LEVEL_COLLATIONS")
            else:
                break
        return CreateDatabase(
            name, conditional, comment, location, properties, origin=self.origin(first)
        )

    def _once(self, clause: str, seen: set[str]) -> None:
        if clause in seen:
            raise self.error_at(self.position, "DUPLICATE_CLAUSES", clauseName=clause)
        seen.add(clause)

    # ---- tables -----------------------------------------------------------------------------

    def _create_table(
        self, first: int, *, external: bool, replaces: bool, creates: bool
    ) -> Command:
        self.expect("TABLE")
        conditional = self.if_not_exists()
        name = self.reference()
        if self.accept("LIKE"):
            return self._create_like(name, conditional=conditional, first=first)
        if self.word == "CLONE" or (self.word in {"SHALLOW", "DEEP"} and self.peek() == "CLONE"):
            return self.clone(
                name, first, creates=creates, replaces=replaces, conditional=conditional
            )
        columns: tuple[ColumnDefinition, ...] = ()
        constraints: tuple[tuple[str, str], ...] = ()
        if self.word == "(" and not self.query_ahead(self.position + 1):
            columns, constraints = self._table_elements()
        clauses = self._table_clauses()
        query = self._as_query()
        if query is not None and columns:
            message = "Schema may not be specified in a Create Table As Select (CTAS) statement"
            self.refuse(first, message)
        elif query is not None and clauses.partition_columns:
            message = "Partition column types may not be specified in Create Table As Select (CTAS)"
            self.refuse(first, message)
        partition_by = clauses.partition_by
        if clauses.cluster_by and (partition_by or clauses.partition_columns):
            condition = "SPECIFY_CLUSTER_BY_WITH_PARTITIONED_BY_IS_NOT_ALLOWED"
            self.defer(self.error_since(first, condition))
        return CreateTable(
            name,
            (*columns, *clauses.partition_columns),
            query,
            provider=clauses.provider,
            options=clauses.options,
            partition_by=partition_by,
            cluster_by=clauses.cluster_by,
            bucket_by=clauses.bucket_by,
            buckets=clauses.buckets,
            location=clauses.location,
            comment=clauses.comment,
            properties=clauses.properties,
            external=external,
            if_not_exists=conditional,
            create=creates,
            replace=replaces,
            constraints=(*constraints, *self.column_constraints),
            origin=self.origin(first),
        )

    def _as_query(self) -> Relation | None:
        if self.accept("AS"):
            return self.query()
        if self.at_end() or self.word == ";":
            return None
        if self.word in {"SELECT", "WITH", "FROM", "VALUES", "TABLE", "("}:
            return self.query()
        return None

    def _create_like(self, name: Parts, *, conditional: bool, first: int) -> Command:
        source = self.reference()
        clauses = self._table_clauses()
        return CreateTableLike(
            name,
            source,
            clauses.provider,
            clauses.location,
            clauses.properties,
            conditional,
            origin=self.origin(first),
        )

    def _table_clauses(self) -> _TableClauses:
        clauses = _TableClauses()
        while True:
            word = self.word
            if word in _REPEATABLE_NEVER:
                self._once(_CLAUSE_NAMES.get(word, word), clauses.seen)
            if self.accept("USING"):
                clauses.provider = ".".join(self.multipart())
            elif self.accept("OPTIONS"):
                clauses.options = self.expression_properties()
            elif self.accept("PARTITIONED", "BY"):
                self._partitioning(clauses)
            elif self.accept("CLUSTER", "BY"):
                self.expect("(")
                clauses.cluster_by = tuple(".".join(p) for p in self.multipart_list())
                self.expect(")")
            elif self.accept("CLUSTERED", "BY"):
                self._bucketing(clauses)
            elif self.accept("LOCATION"):
                clauses.location = self.string()
            elif self.accept("COMMENT"):
                clauses.comment = self.string()
            elif self.accept("TBLPROPERTIES"):
                clauses.properties = self.property_list()
                self._refuse_reserved(clauses.properties)
            elif clauses.provider and word in {"ROW", "STORED"}:
                operation = "CREATE TABLE ... USING ..."
                error = self.error_at(
                    self.position, "INVALID_STATEMENT_OR_CLAUSE", operation=operation
                )
                self.defer(error)
                self.move(self.last)
            elif self.accept("STORED", "AS"):
                clauses.provider = self.identifier().lower()
            elif self.accept("DEFAULT", "COLLATION"):
                self.identifier()
            elif word in {"ROW", "STORED", "SKEWED"}:
                raise unsupported(f"the Hive clause {word} ...")
            else:
                return clauses

    def _refuse_reserved(self, properties: Options) -> None:
        """Properties that clauses set."""
        for key, _ in properties:
            advice = _RESERVED_PROPERTIES.get(key)
            if advice is not None:
                condition = "UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY"
                self.defer(self.error_at(self.position, condition, property=key, msg=advice))

    def _partitioning(self, clauses: _TableClauses) -> None:
        self.expect("(")
        transforms: list[Expression] = []
        while True:
            first = self.position
            name = self.multipart()
            if self.word == "(":
                transforms.append(self.call(name, first))
            else:
                transforms.append(Name(name, origin=self.origin(first)))
                if self.word not in {",", ")"}:
                    self.move(first)
                    clauses.partition_columns.append(self.column_definition())
            if not self.accept(","):
                break
        self.expect(")")
        clauses.partition_by = tuple(transforms)

    def _bucketing(self, clauses: _TableClauses) -> None:
        clauses.bucket_by = self.identifier_list()
        if self.accept("SORTED", "BY"):
            self.expect("(")
            start = self.position
            for order in self.sort_orders():
                if order.ascending is False:
                    message = "Column ordering must be ASC, was 'DESC'"
                    self.defer(self.error_since(start, "_LEGACY_ERROR_TEMP_0035", message=message))
            self.expect(")")
        self.expect("INTO")
        start = self.position
        clauses.buckets = self.integer()
        if not 0 < clauses.buckets <= _MOST_BUCKETS:
            self.defer(
                self.error_at(
                    start,
                    "INVALID_BUCKET_COUNT",
                    bucketingMaxBuckets=_MOST_BUCKETS,
                    numBuckets=clauses.buckets,
                )
            )
        self.expect("BUCKETS")

    def expression_properties(self) -> Options:
        """Take ``(key = value, ...)`` whose values may be constant expressions."""
        self.expect("(")
        pairs: list[tuple[str, str]] = []
        while True:
            key = self.property_key()
            self.accept("=")
            if self.word in {",", ")"}:
                self.refuse(self.position, f"A value must be specified for the key: {key}.")
                pairs.append((key, ""))
            else:
                pairs.append((key, self._constant_property(self.expression())))
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(pairs)

    def _constant_property(self, value: Expression) -> str:
        text = constant_text(value)
        if text is not None:
            return text
        if isinstance(value, Literal):
            return str(value.value).lower() if value.type == types.BOOLEAN else str(value.value)
        if isinstance(value, Name):
            return ".".join(value.parts)
        raise unsupported("an option whose value is not a constant")

    # ---- columns and constraints --------------------------------------------------------------

    def _table_elements(
        self,
    ) -> tuple[tuple[ColumnDefinition, ...], tuple[tuple[str, str], ...]]:
        self.expect("(")
        columns: list[ColumnDefinition] = []
        constraints: list[tuple[str, str]] = []
        while True:
            if self.word in _CONSTRAINTS and (
                self.peek() == "(" or self.peek() == "KEY" or self.word == "CONSTRAINT"
            ):
                constraints.append(self.constraint())
            else:
                columns.append(self.column_definition())
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(columns), tuple(constraints)

    def column_definition(
        self, name: str | None = None, *, generates: bool = True
    ) -> ColumnDefinition:
        """Take ``name TYPE [NOT NULL] [DEFAULT ...] [GENERATED ...] [COMMENT ...]``;
        not `generates` for a table that is there, which takes no generated column.
        """
        name = name or self.whole_identifier()
        type_ = self.data_type()
        nullable, comment = True, None
        default = generated = None
        identity: tuple[int, int, bool] | None = None
        seen: set[str] = set()
        while True:
            self._option_once(name, seen)
            if self.accept_not_null():
                nullable = False
            elif self.accept("DEFAULT"):
                default = self.expression_text()
            elif self.accept("COMMENT"):
                comment = self.string()
            elif self.word == "GENERATED" and generates:
                generated, identity = self._generation()
            elif self.word in _CONSTRAINTS or self.word == "REFERENCES":
                self.column_constraints.append(self._column_constraint(name))
            else:
                break
        metadata = types.metadata_pairs({"comment": comment} if comment is not None else {})
        column = StructField(name, type_, nullable, metadata)
        return ColumnDefinition(column, default, generated, identity)

    def _option_once(self, column: str, seen: set[str]) -> None:
        option = _COLUMN_OPTIONS.get(self.word)
        if option in seen:
            condition = "CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE"
            error = self.error_at(self.position, condition, columnName=column, optionName=option)
            self.defer(error)
        if option is not None:
            seen.add(option)

    def _column_constraint(self, column: str) -> tuple[str, str]:
        """Take a constraint behind a column, given as the constraint of a table."""
        name = self.whole_identifier() if self.accept("CONSTRAINT") else ""
        first, word = self.position, self.word
        if word == "CHECK":
            self.advance()
            self._skip_parentheses()
            text = self.text_since(first)
        elif self.accept("PRIMARY", "KEY") or self.accept("UNIQUE"):
            text = f"{self.text_since(first)} ({types.quoted_if_needed(column)})"
        elif self.accept("FOREIGN", "KEY") or word == "REFERENCES":
            reference = self.position
            self.expect("REFERENCES")
            self.multipart()
            if self.word == "(":
                self._skip_parentheses()
            own = types.quoted_if_needed(column)
            text = f"FOREIGN KEY ({own}) {self.text_since(reference)}"
        else:
            raise self.syntax_error()
        return name, text + self._characteristics_of_constraint()

    def _characteristics_of_constraint(self) -> str:
        first = self.position
        while self.word in {"NOT", "ENFORCED", "RELY", "NORELY"} and self.peek() != "NULL":
            self.advance()
        return f" {self.text_since(first)}" if self.position > first else ""

    def expression_text(self) -> str:
        """Take an expression and give it as written."""
        first = self.position
        self.expression()
        return self.text_since(first)

    def _generation(self) -> tuple[str | None, tuple[int, int, bool] | None]:
        first = self.position
        self.expect("GENERATED")
        by_default = self.accept("BY", "DEFAULT")
        if not by_default:
            self.expect("ALWAYS")
        self.expect("AS")
        if not self.accept("IDENTITY"):
            self.expect("(")
            text = self.expression_text()
            self.expect(")")
            return text, None
        start, step = 1, 1
        if self.accept("("):
            seen: set[str] = set()
            while self.word != ")":
                at, word = self.position, self.word
                if self.accept("START", "WITH"):
                    start = self._signed_integer()
                elif self.accept("INCREMENT", "BY"):
                    step = self._signed_integer()
                else:
                    raise self.syntax_error()
                self._identity_option_once(word, seen, at)
            self.expect(")")
            if not step:
                self.defer(self.error_since(first, "IDENTITY_COLUMNS_ILLEGAL_STEP"))
        return None, (start, step, by_default)

    def _identity_option_once(self, option: str, seen: set[str], at: int) -> None:
        """An option of an identity column may not stand there twice."""
        if option in seen:
            condition = "IDENTITY_COLUMNS_DUPLICATED_SEQUENCE_GENERATOR_OPTION"
            name = "START" if option == "START" else "STEP"
            self.defer(self.error_since(at, condition, sequenceGeneratorOption=name))
        seen.add(option)

    def _signed_integer(self) -> int:
        sign = -1 if self.accept("-") else 1
        return sign * self.integer()

    def constraint(self) -> tuple[str, str]:
        """Take ``[CONSTRAINT name] CHECK (...) | PRIMARY KEY (...) | ...``: name and text."""
        name = ""
        if self.accept("CONSTRAINT"):
            name = (
                ""
                if self.word in _CONSTRAINTS and self.peek() in {"(", "KEY"}
                else (self.whole_identifier())
            )
        first = self.position
        if not self.accept_any("CHECK", "PRIMARY", "UNIQUE", "FOREIGN"):
            raise self.syntax_error()
        self.accept("KEY")
        self._skip_parentheses()
        if self.accept("REFERENCES"):
            self.multipart()
            if self.word == "(":
                self._skip_parentheses()
        while self.word not in ENDS:
            self.advance()
        return name, self.text_since(first)

    def _skip_parentheses(self) -> None:
        closing = self.matching(self.position) if self.word == "(" else -1
        if closing < 0:
            raise self.syntax_error()
        self.move(closing + 1)

    # ---- views ------------------------------------------------------------------------------

    def _create_view(
        self, first: int, *, temporary: bool, is_global: bool, replaces: bool
    ) -> Command:
        self.expect("VIEW")
        conditional = self.if_not_exists()
        name = self.reference()
        if temporary and not conditional and self._is_using_ahead():
            return self._create_view_using(name, first, is_global=is_global, replaces=replaces)
        columns: list[tuple[str, str | None]] = []
        if self.accept("("):
            while True:
                column = self.identifier()
                columns.append((column, self.string() if self.accept("COMMENT") else None))
                if not self.accept(","):
                    break
            self.expect(")")
        comment, properties, schema_mode = self._view_clauses(first, temporary=temporary)
        if conditional and replaces:
            condition = "CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE"
            self.defer(self.error_since(first, condition, viewName=".".join(name)))
        if conditional and temporary:
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0053"))
        if temporary and len(name) > 1:
            names = {
                "objectName": types.quoted(name[-1]),
                "objectType": "VIEW",
                "qualifier": ".".join(map(types.quoted, name[:-1])),
            }
            self.defer(self.error_since(first, "INVALID_TEMP_OBJ_QUALIFIER", **names))
        if properties and temporary:
            self.refuse(first, "TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW")
        self.expect("AS")
        start = self.position
        query = self.query()
        return CreateView(
            name,
            query,
            temporary=temporary,
            is_global=is_global,
            replace=replaces,
            if_not_exists=conditional,
            columns=tuple(columns),
            comment=comment,
            properties=properties,
            schema_mode=schema_mode,
            text=self.text_since(start),
            origin=self.origin(first),
        )

    def _is_using_ahead(self) -> bool:
        if self.word == "USING":
            return True
        return self.word == "(" and self.peek(2) not in {",", ")", "COMMENT"}

    def _view_clauses(self, first: int, *, temporary: bool) -> tuple[str | None, Options, str]:
        """Take the clauses of a view: comment, properties, and how it follows its tables."""
        comment: str | None = None
        properties: Options = ()
        schema_mode = ""
        seen: set[str] = set()
        while True:
            word = self.word
            if word in seen and word in {"COMMENT", "TBLPROPERTIES"}:
                self.defer(self.error_since(first, "DUPLICATE_CLAUSES", clauseName=word))
            seen.add(word)
            if self.accept("COMMENT"):
                comment = self.string()
            elif self.accept("TBLPROPERTIES"):
                properties = self.property_list()
            elif self.accept("PARTITIONED", "ON"):
                self.identifier_list()
                operation = "CREATE VIEW ... PARTITIONED ON"
                self.defer(
                    self.error_since(first, "INVALID_STATEMENT_OR_CLAUSE", operation=operation)
                )
            elif self.accept("WITH", "SCHEMA"):
                typed = self.accept("TYPE")
                mode = self.accept_any("BINDING", "COMPENSATION", "EVOLUTION")
                if not mode:
                    raise self.syntax_error()
                schema_mode = f"TYPE {mode}" if typed else mode
                if temporary:
                    condition = "UNSUPPORTED_FEATURE.TEMPORARY_VIEW_WITH_SCHEMA_BINDING_MODE"
                    self.defer(self.error_since(first, condition))
            elif self.word == "WITH" and self.peek() == "METRICS":
                raise unsupported("metric views")
            elif self.accept("DEFAULT", "COLLATION"):
                self.identifier()
            else:
                return comment, properties, schema_mode

    def _create_view_using(
        self, name: Parts, first: int, *, is_global: bool, replaces: bool
    ) -> Command:
        schema: StructType | None = None
        if self.accept("("):
            schema = self.column_types()
            self.expect(")")
        self.expect("USING")
        format_ = ".".join(self.multipart())
        options = self.property_list() if self.accept("OPTIONS") else ()
        return CreateTemporaryViewUsing(
            name[-1],
            format_,
            options,
            schema,
            is_global=is_global,
            replace=replaces,
            origin=self.origin(first),
        )

    # ---- functions --------------------------------------------------------------------------

    def _create_function(self, first: int, *, temporary: bool, replaces: bool) -> Command:
        self.expect("FUNCTION")
        conditional = self.if_not_exists()
        name = self.reference()
        self._check_routine(name, first, temporary=temporary, replaces=replaces, once=conditional)
        if self.word == "AS":
            return self.skip_rest("CREATE FUNCTION with a class of the JVM")
        parameters, defaults = self._parameters()
        returns: object = None
        returns_table = False
        if self.accept("RETURNS"):
            returns_table = self.word == "TABLE"
            if returns_table:
                self.advance()
            if returns_table and self.accept("("):
                returns = self.column_types()
                self.expect(")")
            elif not returns_table:
                returns = self.data_type()
        comment, deterministic = self._characteristics()
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
            origin=self.origin(first),
        )

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
        if temporary and len(name) > 1:
            self.defer(
                self.error_since(
                    first,
                    "INVALID_TEMP_OBJ_QUALIFIER",
                    objectType="FUNCTION",
                    objectName=f"`{name[-1]}`",
                    qualifier=".".join(f"`{part}`" for part in name[:-1]),
                )
            )

    def _parameters(self) -> tuple[tuple[StructField, ...], tuple[str | None, ...]]:
        self.expect("(")
        columns: list[ColumnDefinition] = []
        while self.word != ")":
            start = self.position
            columns.append(self.column_definition())
            if not columns[-1].column.nullable:
                condition = "USER_DEFINED_FUNCTIONS.NOT_NULL_ON_FUNCTION_PARAMETERS"
                self.defer(AnalysisError(condition, input=self.text_since(start)))
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(c.column for c in columns), tuple(c.default for c in columns)

    def _characteristics(self) -> tuple[str | None, bool | None]:
        comment: str | None = None
        deterministic: bool | None = None
        seen: set[str] = set()
        while self.word != "RETURN":
            word = self.word
            if word in seen and word in {"COMMENT", "LANGUAGE", "DETERMINISTIC", "SPECIFIC"}:
                self.defer(self.error_at(self.position, "DUPLICATE_CLAUSES", clauseName=word))
            seen.add(word)
            if self.accept("COMMENT"):
                comment = self.string()
            elif self.accept("DETERMINISTIC"):
                deterministic = True
            elif self.accept("NOT", "DETERMINISTIC"):
                deterministic = False
            elif self.accept("LANGUAGE"):
                if not self.accept("SQL"):
                    message = f"Unsupported language for user defined functions: {self.word}"
                    self.defer(
                        self.error_at(self.position, "_LEGACY_ERROR_TEMP_0035", message=message)
                    )
                    self.advance()
            elif self.ahead("SQL", "SECURITY", "INVOKER"):
                message = "SQL function with SQL SECURITY INVOKER is not supported"
                self.defer(self.error_at(self.position, "_LEGACY_ERROR_TEMP_0035", message=message))
                self.advance(3)
            elif self.accept("SPECIFIC"):
                self.whole_identifier()
            elif not any(self.accept(*words) for words in _CHARACTERISTICS):
                raise self.syntax_error()
        return comment, deterministic


_CHARACTERISTICS = (
    ("NO", "SQL"),
    ("CONTAINS", "SQL"),
    ("READS", "SQL", "DATA"),
    ("MODIFIES", "SQL", "DATA"),
    ("RETURNS", "NULL", "ON", "NULL", "INPUT"),
    ("CALLED", "ON", "NULL", "INPUT"),
    ("SQL", "SECURITY", "DEFINER"),
)

_RESERVED_PROPERTIES = {
    "provider": "please use the USING clause to specify it",
    "location": "please use the LOCATION clause to specify it",
    "owner": "it will be set to the current user",
    "external": "please use CREATE EXTERNAL TABLE",
    "is_managed_location": "it will be set internally",
}
_MOST_BUCKETS = 100_000

_REPEATABLE_NEVER = frozenset(
    {"OPTIONS", "PARTITIONED", "CLUSTERED", "LOCATION", "COMMENT", "TBLPROPERTIES"}
)
_CLAUSE_NAMES = {"PARTITIONED": "PARTITIONED BY", "CLUSTERED": "CLUSTERED BY"}

_UNSUPPORTED_CREATIONS = (
    ("ROLE",),
    ("INDEX",),
    ("MACRO",),
    ("MATERIALIZED", "VIEW"),
    ("STREAMING", "TABLE"),
    ("FLOW",),
)
