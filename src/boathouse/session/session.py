"""A session: settings, temporary views, cached relations; queries and commands run through it."""

from __future__ import annotations

import getpass
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from boathouse.analysis.bind import bind, bind_query
from boathouse.analysis.routines import told_first
from boathouse.analysis.scope import BUILTIN, TEMPORARY, Context, Facts
from boathouse.conf.settings import setting_of
from boathouse.duck.render import render
from boathouse.duck.tree import rows_of
from boathouse.errors.exceptions import AnalysisError
from boathouse.files import Environment
from boathouse.plan import relations as r
from boathouse.plan.explain import explain, tree_text
from boathouse.plan.semantics import canonical
from boathouse.plan.tree import walk_relations
from boathouse.session import execute
from boathouse.session.answers import NOTHING, Answer, Rows
from boathouse.session.artifacts import Artifacts
from boathouse.session.cache import Cache, Kept, Watch
from boathouse.session.operations import Operation
from boathouse.session.recent import RecentPlans
from boathouse.session.relations import SessionTables
from boathouse.session.storage import MEMORY_AND_DISK, StorageLevel
from boathouse.session.views import Views
from boathouse.spec import commands as sc
from boathouse.spec import relations as sr
from boathouse.spec.parameters import with_parameters
from boathouse.spec.scripts import Script
from boathouse.sql import ParserSettings, settings_from
from boathouse.sql.substitution import substituted

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    import pyarrow as pa

    from boathouse.conf import Settings
    from boathouse.duck import tree
    from boathouse.duck.engine import Engine
    from boathouse.plan import expressions as e
    from boathouse.session.recent import Lookups
    from boathouse.session.scopes import Variable
    from boathouse.session.warehouse import Warehouse
    from boathouse.types.datatypes import StructType


Handler = Callable[[Any, Any, Operation], Answer]
"""Runs a command: (session, command, operation) -> what it yields."""

NO_TABLES: Mapping[str, Any] = MappingProxyType({})

HandlerOf = Callable[[sc.Command], Handler]


@cache
def _process_user() -> str:
    """Who runs the process: what Spark tells where a client names nobody."""
    return getpass.getuser()


class Session:
    """One client's session. `warehouse` (databases, tables, global views) is shared with others."""

    def __init__(
        self,
        id: str,
        user: str,
        engine: Engine,
        warehouse: Warehouse,
        settings: Settings,
        handler_of: HandlerOf,
    ) -> None:
        """Start with nothing but `settings`; `handler_of` finds what runs a command."""
        self._handler_of = handler_of
        self.id = id
        self.user = user
        self.engine = engine
        self.warehouse = warehouse
        self.settings = settings
        self.artifacts = Artifacts()
        self.views = Views()
        self.cache = Cache(engine)
        self.current_schema = "default"
        """The current database, in the letters of whoever chose it."""
        self.catalog = "spark_catalog"
        self.path: tuple[tuple[str, ...], ...] = ()
        """Where names of one part are looked up, the current database as no parts; if said."""
        self.checkpoints: dict[str, tuple[e.Attribute, ...]] = {}
        self.functions: dict[str, Any] = {}
        self.variables: dict[str, Variable] = {}
        self.resource_profiles = 0
        self.resources: dict[str, list[str]] = {}
        """The places of what ADD JAR, FILE and ARCHIVE named, by kind."""
        self._read: dict[Hashable, tuple[frozenset[str], int]] = {}
        """What each kept relation was read from, and the last change to that when it was read."""
        self._names: dict[Hashable, frozenset[tuple[str, ...]]] = {}
        """The names that each kept relation was read by."""
        self._places: dict[str, frozenset[str]] = {}
        self._recent = RecentPlans()

    # ---- what binding needs ----

    @property
    def zone(self) -> str:
        """The session's time zone."""
        return self.settings.text("spark.sql.session.timeZone")

    @property
    def database(self) -> str:
        """The current database, as the catalog knows it."""
        return self.current_schema.lower()

    @property
    def has_path(self) -> bool:
        """Whether SET PATH says where names are looked up."""
        return bool(self.path) and self.settings.flag("spark.sql.path.enabled")

    def search_path(self) -> tuple[tuple[str, ...], ...]:
        """Where names of one part are looked up now."""
        here = self.catalog, self.current_schema
        path = self.path if self.has_path else (BUILTIN, TEMPORARY, ())
        return tuple(place or here for place in path)

    def parser_settings(self) -> ParserSettings:
        """How SQL text is read."""
        settings = settings_from(self.setting_text, self.zone)
        if settings.schema_collations is None:
            return settings
        collations = {
            d.name: d.collation for d in self.warehouse.catalog.databases() if d.collation
        }
        if self.database in collations:
            collations[""] = collations[self.database]
        return replace(settings, schema_collations=tuple(collations.items()))

    def sql_text(self, text: str) -> str:
        """SQL `text` with the settings that ``${name}`` refers to put in."""
        if "${" not in text or not self.settings.flag("spark.sql.variable.substitute"):
            return text
        known = dict(self.settings.items())
        return substituted(text, lambda key: known[key] if key in known else self.setting_text(key))

    def with_parameters(self, statement: sc.Command, query: sr.QueryText) -> sc.Command:
        """`statement` whose queries see the arguments of `query`."""
        if not query.named and not query.positional:
            return statement
        return with_parameters(statement, query)

    def context(self, operation: Operation | None = None) -> Context:
        """The context for binding one query: its settings and its moment."""
        return self._context(self.tables(operation))

    def _context(self, tables: SessionTables) -> Context:
        zone, moment = self.zone, time.time_ns() // 1000

        def clock() -> int:
            tables.lookups.lasting = False
            return moment

        def rows(plan: r.Relation) -> list[tuple[Any, ...]]:
            tables.lookups.lasting = False
            return execute.rows(plan, self.engine, zone)

        facts = Facts(
            ansi=self.settings.flag("spark.sql.ansi.enabled"),
            zone=zone,
            case_sensitive=self.settings.flag("spark.sql.caseSensitive"),
            clock=clock,
            session={
                "user": self.user or _process_user(),
                "catalog": self.catalog,
                "database": self.current_schema,
                "zone": zone,
                "path": ",".join(".".join(place) for place in self.search_path()),
            },
            path=self.search_path() if self.has_path else (),
            setting=self.setting_text,
        )
        return Context(
            tables=tables,
            facts=facts,
            bind=bind,
            fold=lambda expression: self._fold(expression, zone),
            rows=rows,
        )

    def tables(self, operation: Operation | None = None) -> SessionTables:
        """What names mean now."""
        return SessionTables(self, self.views.snapshot(), operation)

    def setting_text(self, key: str) -> str:
        """The text of a setting, empty for one that nobody knows."""
        return "" if setting_of(key) is None else str(self.settings.get(key))

    def _fold(self, expression: e.Expression, zone: str) -> Any:
        return execute.constants([expression], self.engine, zone)[0]

    def plan(self, relation: sr.Relation, operation: Operation | None = None) -> r.Relation:
        """The bound plan of `relation`."""
        tables = self.tables(operation)
        return self._bound(relation, self._context(tables), tables.lookups)

    def _bound(
        self, relation: sr.Relation, context: Context, lookups: Lookups, *, last: bool = False
    ) -> r.Relation:
        """The plan of `relation`, bound in `context` (which has `lookups`) unless the client has
        just asked about it; with the `last` of its questions it wants the rows. Of a text with
        arguments it never asks twice.
        """
        if (
            not isinstance(relation, sr.QueryText)
            or relation.named
            or relation.positional
            or len(self.cache)
            or not self.settings.flag("spark.connect.session.planCache.enabled")
        ):
            return bind_query(relation, context)
        here = self.catalog, self.current_schema, self.path
        state = (*self.settings.items(), *here, self.views.version)
        plan = self._recent.get(relation.text, state, last=last)
        if plan is None:
            plan = bind_query(relation, context)
            if not last:
                self._recent.put(relation.text, state, lookups, plan)
        return plan

    def rows(self, plan: r.Relation) -> list[tuple[Any, ...]]:
        """All rows of a small plan, in literal form."""
        return execute.rows(plan, self.engine, self.zone)

    def files(self, operation: Operation | None) -> Environment:
        """What reading and writing files needs to know."""
        return self._files if operation is None else self._environment(operation)

    @cached_property
    def _files(self) -> Environment:
        return self._environment(None)

    def _environment(self, operation: Operation | None) -> Environment:
        def run(relation: tree.Relation, tables: Mapping[str, Any] = NO_TABLES) -> pa.Table:
            given = {**rows_of(relation), **tables}
            with self.engine.execute(render(relation), tables=given, zone=self.zone) as stream:
                if operation is not None:
                    operation.on_cancel(stream.interrupt)
                return stream.read_all()

        return Environment(self.settings, run, self.artifacts.folder / "staging")

    # ---- queries and commands ----

    def query(self, relation: sr.Relation, operation: Operation) -> execute.Result:
        """Start `relation`; its rows stream, and a cancelled operation stops them."""
        if isinstance(relation, sr.CommandResult) and isinstance(relation.command, sc.Command):
            answer = self.command(relation.command, operation)
            if isinstance(relation.command, sc.CreateTable):
                return self.query(sr.NamedTable(relation.command.name), operation)
            return self._rows(answer)
        tables = self.tables(operation)
        context = self._context(tables)
        plan = self._bound(relation, context, tables.lookups, last=True)
        result, stream = execute.run(plan, context, self.engine)
        operation.on_cancel(stream.interrupt)
        return result

    def _rows(self, answer: Answer) -> execute.Result:
        return answer.rows or NOTHING.result("UTC")

    def command(self, command: sc.Command, operation: Operation) -> Answer:
        """Run `command`."""
        try:
            return self._handler_of(command)(self, command, operation)
        except AnalysisError as error:
            if isinstance(command, (sc.SqlCommand, Script)):  # Statements inside have told theirs.
                raise
            raise told_first(error, command, self.context(operation)) from None

    def collected(self, command: sc.Command, operation: Operation | None) -> Rows:
        """The rows of `command` in DuckDB's form, for a query that stands on them."""
        operation = operation or Operation("")
        if isinstance(command, sc.CreateTable):
            # catalog.createTable as a relation: its schema is asked for after it has been made.
            if self.warehouse.find(self.warehouse.name_of(command.name, self)) is None:
                self.command(command, operation)
            return Rows.of(self.query(sr.NamedTable(command.name), operation))
        answer = self.command(command, operation)
        if answer.rows is None:
            return NOTHING
        return Rows.of(answer.rows)

    # ---- questions about a relation ----

    def schema(self, relation: sr.Relation) -> StructType:
        """The schema of `relation`."""
        return execute.schema_of(self.plan(relation))

    def explain(self, relation: sr.Relation, mode: str) -> str:
        """EXPLAIN's text."""
        plan = self.plan(relation)
        rewritten = execute.rewritten(plan, self.engine, self.zone)
        return explain(relation, plan, rewritten, execute.lowered(rewritten).sql, mode)

    def tree_string(self, relation: sr.Relation, level: int | None = None) -> str:
        """PrintSchema's text."""
        return tree_text(self.schema(relation), level)

    def is_local(self, relation: sr.Relation) -> bool:
        """Whether the rows are in the plan itself."""
        plan = self.plan(relation)
        while isinstance(plan, r.Project) and all(hasattr(x, "of") for x in plan.expressions):
            plan = plan.child
        return isinstance(plan, (r.LocalData, r.Values, r.OneRow))

    def is_streaming(self, relation: sr.Relation) -> bool:
        """Whether a source never ends."""
        return False

    def input_files(self, relation: sr.Relation) -> list[str]:
        """The files that `relation` reads."""
        found: dict[str, None] = {}
        for node in walk_relations(self.plan(relation)):
            if isinstance(node, r.Scan):
                found.update(dict.fromkeys(node.source.input_files()))
        return list(found)

    def same_semantics(self, one: sr.Relation, other: sr.Relation) -> bool:
        """Whether both are the same query, however their columns are numbered."""
        return canonical(self.plan(one)) == canonical(self.plan(other))

    def semantic_hash(self, relation: sr.Relation) -> int:
        """A 32-bit hash, equal for the same query."""
        unsigned = zlib.crc32(canonical(self.plan(relation)).encode())
        return unsigned - 2**32 if unsigned >= 2**31 else unsigned

    # ---- keeping rows ----

    def persist(self, relation: sr.Relation, level: StorageLevel | None) -> None:
        """Keep the rows of `relation` at `level` from the first time they are asked for."""
        key = self._key(relation)
        if key in self.cache:
            return
        places: set[str] = set()
        tables = self.tables().noting()
        plan = bind_query(relation, self._context(tables))
        for node in walk_relations(plan):
            if isinstance(node, r.Scan):
                places.update(self._read_from(node.source))
        zone = self.zone
        statement = execute.compiled(plan, self.engine, zone)
        self._read[key] = frozenset(places), self.warehouse.last_change(places)
        self._names[key] = frozenset(self._full_name(name) for _, name in tables.found or ())
        self.cache.add(
            key, execute.schema_of(plan), lambda: statement.query(zone), level or MEMORY_AND_DISK
        )

    def unpersist(self, relation: sr.Relation) -> None:
        """Keep them no longer."""
        key = self._key(relation)
        self._read.pop(key, None)
        self._names.pop(key, None)
        self.cache.remove(key)

    def storage_level(self, relation: sr.Relation) -> StorageLevel | None:
        """How `relation` is kept, or None."""
        return self.cache.level(self._key(relation))

    def persisted(self, relation: sr.Relation, watch: Watch) -> Kept | None:
        """The rows kept for `relation`, computed now if this is the first time, and anew if what
        they were read from has changed since.
        """
        key = self._key(relation)
        level = self.cache.level(key)
        if level is None:
            return None
        places, number = self._read.get(key, (frozenset[str](), 0))
        if places and self.warehouse.last_change(places) > number:
            self.unpersist(relation)
            self.persist(relation, level)
        kept = self.cache.source(key, watch)
        if kept is not None:
            self._places[kept.name] = self._read.get(key, (places, 0))[0]
        return kept

    def _read_from(self, source: r.Source) -> Iterable[str]:
        """The places whose files a source gives, or gave when they were kept."""
        if isinstance(source, Kept):
            return self._places.get(source.name, ())
        return getattr(source, "roots", ())

    def forget(self, parts: tuple[str, ...]) -> None:
        """Keep nothing any longer that was read by the name `parts`, by way of views too: now it
        means another thing, or none.
        """
        gone = self._full_name(parts)
        for key in self.cache.kept():
            if isinstance(key, sr.Relation) and gone in self._names[key]:
                self.unpersist(key)

    def _key(self, relation: sr.Relation) -> sr.Relation:
        """What tells one persisted relation from another: what was said, without the client's
        number, and with names in full.
        """
        if isinstance(relation, sr.NamedTable) and relation.identifier is None:
            relation = replace(relation, parts=self._full_name(relation.parts))
        return relation if relation.plan_id is None else replace(relation, plan_id=None)

    def _full_name(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        parts = tuple(part.lower() for part in parts)
        if len(parts) == 1 and self.views.get(parts[0]) is None:
            return (self.database, *parts)
        return parts[1:] if len(parts) > 2 and parts[0] == self.catalog else parts

    # ---- its life ----

    def clone(self, new_id: str) -> Session:
        """An independent session that starts with the same state."""
        copy = Session(
            new_id, self.user, self.engine, self.warehouse, self.settings.copy(), self._handler_of
        )
        copy.artifacts = self.artifacts.copy()
        copy.views = self.views.copy()
        copy.current_schema, copy.catalog, copy.path = self.current_schema, self.catalog, self.path
        copy.functions = dict(self.functions)
        copy.variables = {name: replace(each) for name, each in self.variables.items()}
        return copy

    def close(self) -> None:
        """Give everything back."""
        self.cache.clear()
        self.artifacts.close()
