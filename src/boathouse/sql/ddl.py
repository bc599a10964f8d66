"""CREATE and DROP: databases, tables, views, functions; column definitions."""

from __future__ import annotations

from dataclasses import dataclass, field

from boathouse.errors.exceptions import AnalysisError, UnsupportedError
from boathouse.spec.commands import (
    ColumnDefinition,
    Command,
    CreateDatabase,
    CreateTable,
    CreateTableLike,
    DropDatabase,
    DropFunction,
    DropTable,
    DropVariable,
    DropView,
    Parts,
)
from boathouse.spec.expressions import Call, Expression, Literal, Name
from boathouse.spec.relations import Options, Relation
from boathouse.sql.reader import constant_text
from boathouse.sql.routines import RoutineParser
from boathouse.types import datatypes as types

NAMESPACE = frozenset({"DATABASE", "SCHEMA", "NAMESPACE"})


@dataclass(slots=True)
class _TableClauses:
    """The clauses behind the columns of CREATE TABLE, in any order, each at most once."""

    options: Options = ()
    computed_options: tuple[tuple[str, Expression], ...] = ()
    partition_by: tuple[Expression, ...] = ()
    partition_columns: list[ColumnDefinition] = field(default_factory=list)
    cluster_by: tuple[str, ...] = ()
    bucket_by: tuple[str, ...] = ()
    buckets: int = 0
    sort_by: tuple[str, ...] = ()
    collation: str = ""
    location: str | None = None
    comment: str | None = None
    properties: Options = ()
    provider: str = ""
    seen: set[str] = field(default_factory=set)


class DefinitionParser(RoutineParser):
    """Reads CREATE, REPLACE and DROP."""

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
        if is_global and not temporary:
            raise self.syntax_error()
        if self.word == "VIEW":
            return self.create_view(
                first, temporary=temporary, is_global=is_global, replaces=replaces
            )
        if self.word == "FUNCTION":
            return self.create_function(first, temporary=temporary, replaces=replaces)
        if temporary and self.word == "TABLE":
            return self._create_temporary_table(first)
        external = self.accept("EXTERNAL")
        if self.word == "TABLE":
            return self._create_table(first, external=external, replaces=replaces, creates=created)
        if self.word in {"MATERIALIZED", "STREAMING"}:
            kind = f"{self.word} {self.peek()}"
            condition = "UNSUPPORTED_FEATURE.CREATE_PIPELINE_DATASET_QUERY_EXECUTION"
            self.move(self.last)
            raise UnsupportedError(condition, pipelineDatasetType=kind)
        if created and self.word == "INDEX":
            return self.create_index()
        if created and self.word == "FLOW":
            self.move(self.last)
            raise UnsupportedError("UNSUPPORTED_FEATURE.CREATE_FLOW_QUERY_EXECUTION")
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
            name = self.reference()
            if temporary:
                self.refuse_qualifier(name, "FUNCTION", first)
            return DropFunction(name, conditional, temporary, origin=self.origin(first))
        if temporary and self.accept_any("VARIABLE", "VAR"):
            conditional = self.if_exists()
            return DropVariable(self.reference(), conditional, origin=self.origin(first))
        if self.word == "INDEX":
            return self.drop_index()
        raise self.syntax_error()

    # ---- databases --------------------------------------------------------------------------

    def _create_database(self, first: int) -> Command:
        self.advance()
        conditional = self.if_not_exists()
        name = self.reference()
        comment = location = None
        collation = ""
        properties: Options = ()
        seen: set[str] = set()
        while True:
            clause = self.word
            if clause in {"COMMENT", "LOCATION"}:
                self.once(clause, seen)
                self.advance()
                text = self.string()
                comment, location = (text, location) if clause == "COMMENT" else (comment, text)
            elif clause == "WITH" and self.peek() in {"DBPROPERTIES", "PROPERTIES"}:
                self.once(f"WITH {self.peek()}", seen)
                self.advance(2)
                properties = self.property_list()
                self.refuse_reserved(properties, "NAMESPACE")
            elif self.ahead("DEFAULT", "COLLATION"):
                self.once("DEFAULT COLLATION", seen)
                self.advance(2)
                collation = self.collation_of_schema(first)
            else:
                break
        return CreateDatabase(
            name, conditional, comment, location, properties, collation, origin=self.origin(first)
        )

    # ---- tables -----------------------------------------------------------------------------

    def _create_temporary_table(self, first: int) -> Command:
        """``CREATE TEMPORARY TABLE name [(columns)] USING format``: an old way to say view."""
        self.expect("TABLE")
        if self.if_not_exists():
            operation = "CREATE TEMPORARY TABLE ... IF NOT EXISTS"
            self.defer(self.error_since(first, "INVALID_STATEMENT_OR_CLAUSE", operation=operation))
        name = self.reference()
        return self.create_view_using(name, first, is_global=False, replaces=False)

    def _create_table(
        self, first: int, *, external: bool, replaces: bool, creates: bool
    ) -> Command:
        self.expect("TABLE")
        conditional = not replaces and self.if_not_exists()
        name = self.reference()
        if self.accept("LIKE") and not replaces:
            return self._create_like(name, conditional=conditional, first=first)
        if self.word == "CLONE" or (self.word in {"SHALLOW", "DEEP"} and self.peek() == "CLONE"):
            return self.clone(
                name, first, creates=creates, replaces=replaces, conditional=conditional
            )
        columns: tuple[ColumnDefinition, ...] = ()
        constraints: tuple[tuple[str, str], ...] = ()
        collation = self.default_collation_ahead("AS") or self.default_of_schema(name)
        if self.word == "(" and not self.query_ahead(self.position + 1):
            columns, constraints = self.under_collation(collation, self._table_elements)
        self._refuse_two_keys((*self.column_constraints, *constraints), first)
        clauses = self.under_collation(collation, lambda: self._table_clauses(first))
        collation = clauses.collation or self.default_of_schema(name)
        query = self.under_collation(collation, self._as_query)
        if query is not None and (constraints or self.column_constraints):
            words = "Constraints may not be specified in a Create Table As Select (CTAS) statement"
            self.refuse(first, words)
        elif query is not None and columns:
            message = "Schema may not be specified in a Create Table As Select (CTAS) statement"
            self.refuse(first, message)
        elif query is not None and clauses.partition_columns:
            message = "Partition column types may not be specified in Create Table As Select (CTAS)"
            self.refuse(first, message)
        partition_by = clauses.partition_by
        return CreateTable(
            name,
            (*columns, *clauses.partition_columns),
            query,
            provider=clauses.provider,
            options=clauses.options,
            computed_options=clauses.computed_options,
            partition_by=partition_by,
            cluster_by=clauses.cluster_by,
            bucket_by=clauses.bucket_by,
            buckets=clauses.buckets,
            sort_by=clauses.sort_by,
            location=clauses.location,
            comment=clauses.comment,
            properties=clauses.properties,
            external=external,
            if_not_exists=conditional,
            create=creates,
            replace=replaces,
            constraints=(*constraints, *self.column_constraints),
            collation=collation,
            origin=self.origin(first),
        )

    def _refuse_two_keys(self, constraints: tuple[tuple[str, str], ...], first: int) -> None:
        keys = [text for _, text in constraints if text.upper().startswith("PRIMARY")]
        if len(keys) > 1:
            shown = ", ".join(text[text.index("(") :] for text in keys)
            self.defer(self.error_since(first, "MULTIPLE_PRIMARY_KEYS", columns=shown))

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
        clauses = _TableClauses()
        while self.word in _BEHIND_LIKE and self._table_clause(clauses, anywhere=True):
            pass
        return CreateTableLike(
            name,
            source,
            clauses.provider,
            clauses.location,
            clauses.properties,
            conditional,
            origin=self.origin(first),
        )

    def _table_clauses(self, first: int) -> _TableClauses:
        """Take the clauses behind the columns; USING comes first."""
        clauses = _TableClauses()
        if self.accept("USING"):
            clauses.provider = ".".join(self.multipart())
        while self._table_clause(clauses, anywhere=False):
            pass
        self._refuse_together(clauses, first)
        return clauses

    def _table_clause(self, clauses: _TableClauses, *, anywhere: bool) -> bool:
        """Take one clause, USING too if it may stand `anywhere`; False when none comes next."""
        word = self.word
        if word in _REPEATABLE_NEVER:
            self.once(_CLAUSE_NAMES.get(word, word), clauses.seen)
        if anywhere and self.word == "USING":
            self.once("PROVIDER", clauses.seen)
            self.advance()
            clauses.provider = ".".join(self.multipart())
        elif self.accept("OPTIONS"):
            clauses.options, clauses.computed_options = self.expression_properties()
        elif self.accept("PARTITIONED"):
            if self.word == "(":
                raise self.missing("BY", here=True)
            self.expect("BY")
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
            self.refuse_reserved(clauses.properties)
        elif self.accept("DEFAULT", "COLLATION"):
            clauses.collation = self.collation_of_object()
        elif word in {"ROW", "STORED"}:
            self._hive_clause(clauses, anywhere=anywhere)
        elif word == "SKEWED":
            raise self.refused("CREATE TABLE ... SKEWED BY")
        else:
            return False
        return True

    def _refuse_together(self, clauses: _TableClauses, first: int) -> None:
        """Clauses that say the same thing."""
        path = next((value for key, value in clauses.options if key.lower() == "path"), None)
        if path is not None and clauses.location is not None:
            places = {"pathOne": clauses.location, "pathTwo": path}
            self.defer(self.error_since(first, "_LEGACY_ERROR_TEMP_0032", **places))
        for other, given in (
            ("PARTITIONED_BY", clauses.partition_by or clauses.partition_columns),
            ("BUCKETING", clauses.buckets),
        ):
            if clauses.cluster_by and given:
                condition = f"SPECIFY_CLUSTER_BY_WITH_{other}_IS_NOT_ALLOWED"
                self.defer(self.error_since(first, condition))

    def _hive_clause(self, clauses: _TableClauses, *, anywhere: bool) -> None:
        """ROW FORMAT or STORED: what only a table of Hive has."""
        start, given = self.position, clauses.provider
        if self.ahead("STORED", "BY"):
            raise self.refused("STORED BY")
        name, said = self.hive_formats()
        if self.position == start:
            self.expect("STORED", "AS")
        if given and given != _HIVE:
            operation = f"CREATE TABLE{' LIKE' if anywhere else ''} ... USING ... {said}".upper()
            self.defer(self.error_since(start, "INVALID_STATEMENT_OR_CLAUSE", operation=operation))
        elif name and name.lower() not in _HIVE_FORMATS:
            self.defer(AnalysisError("_LEGACY_ERROR_TEMP_1059", serdeInfo=name))
        clauses.provider = _HIVE

    def refuse_reserved(self, properties: Options, kind: str = "TABLE") -> None:
        """Defer the refusal of properties that clauses set."""
        reserved = _RESERVED_PROPERTIES if kind == "TABLE" else _RESERVED_OF_DATABASES
        for key, _ in properties:
            advice = reserved.get(key)
            if advice is not None:
                condition = f"UNSUPPORTED_FEATURE.SET_{kind}_PROPERTY"
                self.defer(self.error_at(self.position, condition, property=key, msg=advice))

    def _partitioning(self, clauses: _TableClauses) -> None:
        start = self.position
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
        written = [column.column for column in clauses.partition_columns]
        clauses.partition_by = tuple(transforms)
        if written and len(written) < len(transforms):
            named = {column.name for column in written}
            others = [x for x in transforms if not (isinstance(x, Name) and x.parts[-1] in named)]
            self.refuse(
                start,
                "PARTITION BY: Cannot mix partition expressions and partition columns:\n"
                f"Expressions: {', '.join(map(transform_text, others))}\n"
                f"Columns: {', '.join(f'{c.name} {c.type.simple}' for c in written)}",
            )

    def _bucketing(self, clauses: _TableClauses) -> None:
        clauses.bucket_by = self.identifier_list()
        if self.accept("SORTED", "BY"):
            self.expect("(")
            start = self.position
            orders = self.sort_orders()
            clauses.sort_by = tuple(o.child.parts[-1] for o in orders if isinstance(o.child, Name))
            for order in orders:
                if order.ascending is False:
                    message = "Column ordering must be ASC, was 'DESC'"
                    self.defer(self.error_since(start, "_LEGACY_ERROR_TEMP_0035", message=message))
            self.expect(")")
        self.expect("INTO")
        start = self.position
        clauses.buckets = self.integer()
        if not 0 < clauses.buckets <= self.settings.most_buckets:
            self.defer(
                self.error_at(
                    start,
                    "INVALID_BUCKET_COUNT",
                    bucketingMaxBuckets=self.settings.most_buckets,
                    numBuckets=clauses.buckets,
                )
            )
        self.expect("BUCKETS")

    def expression_properties(self) -> tuple[Options, tuple[tuple[str, Expression], ...]]:
        """Take ``(key = value, ...)``: the values that are plain, and the expressions."""
        self.expect("(")
        pairs: list[tuple[str, str]] = []
        computed: list[tuple[str, Expression]] = []
        while True:
            key = self.property_key()
            self.accept("=")
            if self.word in {",", ")"}:
                self.refuse(self.position, f"A value must be specified for the key: {key}.")
                pairs.append((key, ""))
            else:
                value = self.expression()
                text = self._plain_property(value)
                if text is None:
                    computed.append((key, value))
                else:
                    pairs.append((key, text))
            if not self.accept(","):
                break
        self.expect(")")
        return tuple(pairs), tuple(computed)

    def _plain_property(self, value: Expression) -> str | None:
        text = constant_text(value)
        if text is not None:
            return text
        if isinstance(value, Literal) and isinstance(value.type, _PLAINLY_WRITTEN):
            return str(value.value).lower() if value.type == types.BOOLEAN else str(value.value)
        return None

    # ---- columns and constraints --------------------------------------------------------------

    def _table_elements(
        self,
    ) -> tuple[tuple[ColumnDefinition, ...], tuple[tuple[str, str], ...]]:
        self.expect("(")
        columns: list[ColumnDefinition] = []
        constraints: list[tuple[str, str]] = []
        while True:
            if self.at_constraint():
                constraints.append(self.constraint())
                unclosed = self.word != ")" and self.peek() == ")"
                hint = f": extra input '{self.text_at(self.position)}'" if unclosed else ""
            else:
                columns.append(self.column_definition())
                hint = ""
            if not self.accept(","):
                break
        if not self.accept(")"):
            raise self.syntax_error(hint=hint)
        return tuple(columns), tuple(constraints)


_PLAINLY_WRITTEN = (types.BooleanType, types.NumericType, types.StringType)
_RESERVED_PROPERTIES = {
    "provider": "please use the USING clause to specify it",
    "location": "please use the LOCATION clause to specify it",
    "owner": "it will be set to the current user",
    "external": "please use CREATE EXTERNAL TABLE",
    "is_managed_location": "it will be set internally",
}
_RESERVED_OF_DATABASES = {key: _RESERVED_PROPERTIES[key] for key in ("location", "owner")}

_BEHIND_LIKE = frozenset({"USING", "ROW", "STORED", "LOCATION", "TBLPROPERTIES"})
_REPEATABLE_NEVER = frozenset(
    {"OPTIONS", "PARTITIONED", "CLUSTERED", "LOCATION", "COMMENT", "TBLPROPERTIES"}
)
_CLAUSE_NAMES = {"PARTITIONED": "PARTITIONED BY", "CLUSTERED": "CLUSTERED BY"}

_HIVE = "hive"
_HIVE_FORMATS = frozenset({"sequencefile", "rcfile", "orc", "parquet", "textfile", "avro"})


def transform_text(transform: Expression) -> str:
    """A partitioning as it is written: ``a`` or ``bucket(4, a)``."""
    match transform:
        case Name():
            return ".".join(transform.parts)
        case Literal():
            return str(transform.value)
        case Call():
            arguments = ", ".join(map(transform_text, transform.arguments))
            return f"{transform.name[-1].lower()}({arguments})"
        case _:
            return str(transform)
