"""Unbound commands: what the client wants done, from Connect's Command and Catalog messages and
from SQL statements that are not queries. Names are split into parts and not looked up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boathouse.spec.expressions import Expression, Origin
    from boathouse.spec.relations import Options, QueryText, Relation
    from boathouse.types.datatypes import StructField, StructType

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """The root of commands."""

    origin: Origin | None = field(default=None, kw_only=True, compare=False)


# ---- writing ------------------------------------------------------------------------------------


class SaveMode(Enum):
    """What happens to what is already there; DEFAULT is the API's own default."""

    DEFAULT = "default"
    APPEND = "append"
    OVERWRITE = "overwrite"
    ERROR_IF_EXISTS = "error"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Write(Command):
    """WriteOperation (DataFrameWriter): to `path` or `table` (`insert`: by position)."""

    input: Relation
    format: str = ""
    path: str | None = None
    table: Parts = ()
    insert: bool = False
    mode: SaveMode = SaveMode.DEFAULT
    partition_by: tuple[str, ...] = ()
    sort_by: tuple[str, ...] = ()
    bucket_by: tuple[str, ...] = ()
    buckets: int = 0
    cluster_by: tuple[str, ...] = ()
    options: Options = ()
    schema_evolution: bool = False


class WriteV2Mode(Enum):
    """DataFrameWriterV2's verbs."""

    CREATE = "create"
    REPLACE = "replace"
    CREATE_OR_REPLACE = "create or replace"
    APPEND = "append"
    OVERWRITE = "overwrite"
    OVERWRITE_PARTITIONS = "overwrite partitions"


@dataclass(frozen=True, slots=True)
class WriteV2(Command):
    """WriteOperationV2: columns matched by name."""

    input: Relation
    table: Parts
    mode: WriteV2Mode
    provider: str = ""
    partition_by: tuple[Expression, ...] = ()
    cluster_by: tuple[str, ...] = ()
    options: Options = ()
    properties: Options = ()
    condition: Expression | None = None
    schema_evolution: bool = False


@dataclass(frozen=True, slots=True)
class Insert(Command):
    """INSERT INTO / OVERWRITE [TABLE] name [PARTITION (...)] [(columns) | BY NAME] query.
    `partition` pairs a column with its static value, or None when dynamic. REPLACE WHERE has a
    condition about the table, REPLACE ON one about the table (by its `alias`) and the query,
    REPLACE USING the columns in which they are equal.
    """

    table: Parts
    input: Relation
    overwrite: bool = False
    columns: tuple[str, ...] = ()
    by_name: bool = False
    partition: tuple[tuple[str, Expression | None], ...] = ()
    if_not_exists: bool = False
    replace_where: Expression | None = None
    replace_on: Expression | None = None
    replace_using: tuple[str, ...] = ()
    alias: str | None = None
    schema_evolution: bool = False


@dataclass(frozen=True, slots=True)
class MultiInsert(Command):
    """FROM source INSERT ... SELECT ... INSERT ...: each insert holds its whole query."""

    inserts: tuple[Insert, ...]


@dataclass(frozen=True, slots=True)
class InsertDirectory(Command):
    """INSERT OVERWRITE DIRECTORY path USING format OPTIONS (...) query."""

    input: Relation
    path: str
    format: str
    options: Options = ()


class MergeVerb(Enum):
    """What a MERGE action does."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class MergeAction:
    """WHEN ... [AND condition] THEN verb; no assignments for INSERT/UPDATE means ``*``."""

    verb: MergeVerb
    condition: Expression | None = None
    assignments: tuple[tuple[Expression, Expression], ...] = ()
    star: bool = False


@dataclass(frozen=True, slots=True)
class Merge(Command):
    """MERGE INTO target USING source ON condition, its three kinds of actions in order."""

    table: Parts
    source: Relation
    condition: Expression
    matched: tuple[MergeAction, ...] = ()
    not_matched: tuple[MergeAction, ...] = ()
    not_matched_by_source: tuple[MergeAction, ...] = ()
    alias: str | None = None
    schema_evolution: bool = False
    plan_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete(Command):
    """DELETE FROM table [WHERE condition]."""

    table: Parts
    condition: Expression | None = None
    alias: str | None = None
    plan_ids: tuple[int, ...] = ()
    """The numbers of the relations by which the client knows the table, the inner first."""


@dataclass(frozen=True, slots=True)
class Update(Command):
    """UPDATE table SET column = value, ... [WHERE condition]."""

    table: Parts
    assignments: tuple[tuple[Expression, Expression], ...]
    condition: Expression | None = None
    alias: str | None = None
    plan_ids: tuple[int, ...] = ()


# ---- things with names --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CreateView(Command):
    """CREATE VIEW (temporary, global temporary, or persistent with its `text`), also
    createOrReplaceTempView. `columns` pairs a name with its comment.
    """

    name: Parts
    input: Relation
    temporary: bool = True
    is_global: bool = False
    replace: bool = False
    if_not_exists: bool = False
    columns: tuple[tuple[str, str | None], ...] = ()
    comment: str | None = None
    properties: Options = ()
    schema_mode: str = ""
    """WITH SCHEMA: BINDING, COMPENSATION, TYPE EVOLUTION or EVOLUTION."""
    text: str = ""
    collation: str = ""
    """DEFAULT COLLATION, which `input` is under already."""
    language: str = ""
    """YAML where `text` is that of a metric view, which says what `input` is."""


@dataclass(frozen=True, slots=True)
class CreateTemporaryViewUsing(Command):
    """CREATE TEMPORARY VIEW name USING format OPTIONS (...)."""

    name: str
    format: str
    options: Options = ()
    schema: StructType | None = None
    is_global: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column of CREATE TABLE; default and generation are SQL text kept as written."""

    column: StructField
    default: str | None = None
    generated: str | None = None
    identity: tuple[int, int, bool] | None = None
    """Start, step, and whether values may also be given by the writer."""


@dataclass(frozen=True, slots=True)
class CreateTable(Command):
    """CREATE [OR REPLACE] [EXTERNAL] TABLE, CTAS (`input`), REPLACE TABLE, catalog.createTable."""

    name: Parts
    columns: tuple[ColumnDefinition, ...] = ()
    input: Relation | None = None
    provider: str = ""
    options: Options = ()
    computed_options: tuple[tuple[str, Expression], ...] = ()
    partition_by: tuple[Expression, ...] = ()
    cluster_by: tuple[str, ...] = ()
    bucket_by: tuple[str, ...] = ()
    buckets: int = 0
    sort_by: tuple[str, ...] = ()
    location: str | None = None
    comment: str | None = None
    properties: Options = ()
    external: bool = False
    if_not_exists: bool = False
    create: bool = True
    replace: bool = False
    constraints: tuple[tuple[str, str], ...] = ()
    """Pairs of constraint name and text."""
    collation: str = ""
    """DEFAULT COLLATION, which `columns` and `input` are under already."""


@dataclass(frozen=True, slots=True)
class CreateTableLike(Command):
    """CREATE TABLE name LIKE source."""

    name: Parts
    source: Parts
    provider: str = ""
    location: str | None = None
    properties: Options = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropTable(Command):
    """DROP TABLE."""

    name: Parts
    if_exists: bool = False
    purge: bool = False


@dataclass(frozen=True, slots=True)
class DropView(Command):
    """DROP VIEW; `temporary_only` for catalog.dropTempView (None: either kind)."""

    name: Parts
    if_exists: bool = False
    temporary_only: bool = False
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class AlterTable(Command):
    """ALTER TABLE / VIEW: `action` is one of the Alter... values below."""

    name: Parts
    action: object
    view: bool = False


@dataclass(frozen=True, slots=True)
class AlterRename:
    """RENAME TO."""

    name: Parts


@dataclass(frozen=True, slots=True)
class AlterSetProperties:
    """SET TBLPROPERTIES."""

    properties: Options


@dataclass(frozen=True, slots=True)
class AlterUnsetProperties:
    """UNSET TBLPROPERTIES [IF EXISTS]."""

    keys: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ColumnPosition:
    """FIRST (`after` is None) or AFTER a column."""

    after: str | None = None


@dataclass(frozen=True, slots=True)
class AlterAddColumns:
    """ADD COLUMNS: nested name parts, definition, position."""

    columns: tuple[tuple[Parts, ColumnDefinition, ColumnPosition | None], ...]
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterDropColumns:
    """DROP COLUMNS."""

    columns: tuple[Parts, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterRenameColumn:
    """RENAME COLUMN a TO b."""

    column: Parts
    name: str


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """ALTER COLUMN: what is None stays; `hive` of ``CHANGE COLUMN a a INT``, Hive's form."""

    column: Parts
    type: object = None
    nullable: bool | None = None
    comment: str | None = None
    position: ColumnPosition | None = None
    default: str | None = None
    drop_default: bool = False
    hive: bool = False


@dataclass(frozen=True, slots=True)
class AlterColumns:
    """ALTER COLUMN of several columns at once."""

    columns: tuple[AlterColumn, ...]


@dataclass(frozen=True, slots=True)
class AlterReplaceColumns:
    """REPLACE COLUMNS: the new list of all columns."""

    columns: tuple[ColumnDefinition, ...]


@dataclass(frozen=True, slots=True)
class AlterPartitions:
    """ADD / DROP PARTITION, RECOVER PARTITIONS; `caller` as in Truncate."""

    verb: str
    partitions: tuple[tuple[tuple[str, Expression], ...], ...] = ()
    conditional: bool = False
    caller: str = ""
    places: tuple[str, ...] = ()
    """Of SET LOCATION and ADD: where the files of each partition lie; the empty text: as usual."""


@dataclass(frozen=True, slots=True)
class AlterSerde:
    """SET SERDE name WITH SERDEPROPERTIES (properties), of the table or of a partition."""

    name: str = ""
    properties: Options = ()
    partition: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class AlterConstraint:
    """ADD / DROP CONSTRAINT; `text` is the CHECK expression."""

    name: str
    text: str | None = None
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterOther:
    """SET LOCATION, CLUSTER BY, feature and other clauses, as a verb with its words."""

    verb: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterViewSchema:
    """ALTER VIEW ... WITH SCHEMA mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class AlterViewQuery:
    """ALTER VIEW ... AS query."""

    input: Relation
    text: str


@dataclass(frozen=True, slots=True)
class CreateDatabase(Command):
    """CREATE DATABASE / SCHEMA."""

    name: Parts
    if_not_exists: bool = False
    comment: str | None = None
    location: str | None = None
    properties: Options = ()
    collation: str = ""


@dataclass(frozen=True, slots=True)
class AlterDatabase(Command):
    """ALTER DATABASE SET DBPROPERTIES, SET LOCATION, UNSET DBPROPERTIES (`unset`), or DEFAULT
    COLLATION.
    """

    name: Parts
    properties: Options = ()
    location: str | None = None
    unset: tuple[str, ...] = ()
    collation: str = ""


@dataclass(frozen=True, slots=True)
class DropDatabase(Command):
    """DROP DATABASE [CASCADE]."""

    name: Parts
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class Use(Command):
    """USE [CATALOG | DATABASE] name; `kind` is "", "catalog" or "database"."""

    name: Parts
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Comment(Command):
    """COMMENT ON kind name IS text."""

    kind: str
    name: Parts
    text: str | None


@dataclass(frozen=True, slots=True)
class Truncate(Command):
    """TRUNCATE TABLE [PARTITION (...)]; `caller` is what messages call it, where not that."""

    name: Parts
    partition: tuple[tuple[str, Expression], ...] = ()
    caller: str = ""


@dataclass(frozen=True, slots=True)
class CreateFunction(Command):
    """CREATE [TEMPORARY] FUNCTION with a SQL body (`returns_table`: a table function); parameters
    are fields whose default is SQL text in `defaults`.
    """

    name: Parts
    parameters: tuple[StructField, ...] = ()
    defaults: tuple[str | None, ...] = ()
    returns: object = None
    body: str = ""
    returns_table: bool = False
    temporary: bool = False
    replace: bool = False
    if_not_exists: bool = False
    comment: str | None = None
    deterministic: bool | None = None
    data_access: str = ""
    """CONTAINS SQL or READS SQL DATA, where it was said."""
    collation: str = ""
    """What the texts of its body are under, where it is not the usual one."""
    class_name: str = ""
    """The class of the JVM that the function is, if it has no body."""


@dataclass(frozen=True, slots=True)
class DropFunction(Command):
    """DROP [TEMPORARY] FUNCTION."""

    name: Parts
    if_exists: bool = False
    temporary: bool = False


# ---- showing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Show(Command):
    """SHOW kind [FROM name] [LIKE pattern]: kind is "tables", "databases", "catalogs", "columns",
    "functions", "views", "tblproperties", "partitions", "create table", "table extended",
    "current namespace", "collations", ... `scope` is functions' USER / SYSTEM / ALL, `key` a
    property, `partition` a partition's values.
    """

    kind: str
    name: Parts = ()
    pattern: str | None = None
    scope: str | None = None
    key: str | None = None
    partition: tuple[tuple[str, Expression], ...] = ()
    as_serde: bool = False


@dataclass(frozen=True, slots=True)
class Describe(Command):
    """DESCRIBE kind ("table", "database", "function", "query", "catalog") [EXTENDED] [AS JSON]."""

    kind: str
    name: Parts = ()
    extended: bool = False
    column: Parts = ()
    partition: tuple[tuple[str, Expression], ...] = ()
    input: Relation | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class DescribeHistory(Command):
    """DESCRIBE HISTORY of a Delta table, by `name` or by `path` [LIMIT limit]."""

    name: Parts = ()
    path: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class DescribeDetail(Command):
    """DESCRIBE DETAIL of a Delta table, by `name` or by `path`."""

    name: Parts = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Explain(Command):
    """EXPLAIN mode (simple, extended, codegen, cost, formatted) of a relation or command."""

    input: Relation | Command
    mode: str = "simple"


# ---- the session ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetConf(Command):
    """SET: one key to a value, one key shown (`value` None), or all shown (`key` None);
    `verbose` is SET -v.
    """

    key: str | None = None
    value: str | None = None
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class SetPath(Command):
    """SET PATH = where names of one part are looked up: schemas, or a word that stands for some."""

    places: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ResetConf(Command):
    """RESET one key, or all."""

    key: str | None = None


@dataclass(frozen=True, slots=True)
class SetTimeZone(Command):
    """SET TIME ZONE text | LOCAL | interval."""

    zone: str | Expression


@dataclass(frozen=True, slots=True)
class SetCatalog(Command):
    """SET CATALOG: a name, or an expression that says one."""

    name: str | Expression


@dataclass(frozen=True, slots=True)
class DeclareVariable(Command):
    """DECLARE [OR REPLACE] VARIABLE name [type] [DEFAULT value]."""

    names: tuple[Parts, ...]
    type: object = None
    default: Expression | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class SetVariable(Command):
    """SET VARIABLE (a, b) = (values) or (query)."""

    names: tuple[Parts, ...]
    values: tuple[Expression, ...] = ()
    query: Relation | None = None


@dataclass(frozen=True, slots=True)
class DropVariable(Command):
    """DROP TEMPORARY VARIABLE."""

    name: Parts
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Cache(Command):
    """CACHE [LAZY] TABLE name [OPTIONS] [AS query]; catalog.cacheTable."""

    name: Parts
    input: Relation | None = None
    lazy: bool = False
    options: Options = ()


@dataclass(frozen=True, slots=True)
class Uncache(Command):
    """UNCACHE TABLE."""

    name: Parts
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class ClearCache(Command):
    """CLEAR CACHE."""


@dataclass(frozen=True, slots=True)
class Refresh(Command):
    """REFRESH [TABLE] name, or a `path`, or FUNCTION (`function`). `from_catalog`: asked for by
    `spark.catalog`, whose errors look further.
    """

    name: Parts = ()
    path: str | None = None
    function: bool = False
    from_catalog: bool = False


@dataclass(frozen=True, slots=True)
class Analyze(Command):
    """ANALYZE TABLE(S) ... COMPUTE STATISTICS."""

    name: Parts
    tables: bool = False
    columns: tuple[str, ...] = ()
    all_columns: bool = False
    partition: tuple[tuple[str, Expression | None], ...] = ()
    no_scan: bool = False


@dataclass(frozen=True, slots=True)
class CatalogCall(Command):
    """One of Connect's 36 catalog operations that no SQL command above stands for: `operation` is
    the protobuf field's name (``list_tables``), `arguments` its fields by name.
    """

    operation: str
    arguments: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class ExecuteImmediate(Command):
    """EXECUTE IMMEDIATE text [INTO variables] [USING arguments (name or None, value)]."""

    text: Expression
    into: tuple[Parts, ...] = ()
    arguments: tuple[tuple[str | None, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class NamedLater(Command):
    """A command whose text is to be read again when it runs, when it is known what `identifiers`,
    the texts of each IDENTIFIER(...) in it that are not constant, spell.
    """

    query: QueryText
    identifiers: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class SqlCommand(Command):
    """SqlCommand: `spark.sql(text)`. The answer is its rows when `text` is a command, and the
    query itself, not run, when it is a query.
    """

    query: Relation


@dataclass(frozen=True, slots=True)
class Checkpoint(Command):
    """checkpoint / localCheckpoint; the answer is the id of a cached remote relation."""

    input: Relation
    local: bool = False
    eager: bool = True


@dataclass(frozen=True, slots=True)
class RemoveCachedRelation(Command):
    """Forget a checkpoint."""

    relation_id: str


@dataclass(frozen=True, slots=True)
class GetResources(Command):
    """spark.resources."""


@dataclass(frozen=True, slots=True)
class CreateResourceProfile(Command):
    """A resource profile; without effect on one machine, answered with an id."""


@dataclass(frozen=True, slots=True)
class Unsupported(Command):
    """A command that is known and not yet built; running it raises UNSUPPORTED_FEATURE."""

    feature: str
