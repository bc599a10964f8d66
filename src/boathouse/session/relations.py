"""Where a session finds the relations that a query names: fulfils `analysis.scope.Tables`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from boathouse import sql
from boathouse.analysis.scope import (
    BUILTIN,
    TEMPORARY,
    Keeping,
    Metrics,
    Promise,
    StoredTable,
    View,
)
from boathouse.conf.settings import kept_setting
from boathouse.errors.exceptions import AnalysisError
from boathouse.files import open_texts
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.session.catalog import CATALOG, UNAWARE, Table
from boathouse.session.local import local_relation
from boathouse.session.metric_views import metric_view
from boathouse.session.programs import ProgramRows
from boathouse.session.recent import Lookups
from boathouse.session.views import GLOBAL_DATABASE
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr
from boathouse.sql import settings_from
from boathouse.types import datatypes as t
from boathouse.types.collations import is_collated
from boathouse.types.text import literal_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from boathouse.session.home import Home
    from boathouse.session.operations import Operation
    from boathouse.session.scopes import Frames
    from boathouse.session.views import Reference, TemporaryView
    from boathouse.spec import commands as sc

_SCHEMA_PARTS = 2
_SESSIONS = ((), ("session",), TEMPORARY)
"""What may stand before the name of a temporary view."""
Found = tuple[tuple[str, ...] | None, tuple[str, ...]]
"""A view or table, after the view inside of which it was found."""
PROGRAMS = "boathouse.programs.enabled"
"""The setting under which SELECT TRANSFORM may run a program on this machine."""


@dataclass(frozen=True)
class SessionTables:
    """What names mean to `session`, while its temporary views are `views`."""

    session: Home
    views: Mapping[str, TemporaryView]
    operation: Operation | None = None
    database: str | None = None
    """The current database where it is not the session's: inside a view."""
    refers: frozenset[Reference] | None = None
    """The temporary things that can be named, where not all can: inside a view."""
    passing: list[tuple[str, tuple[str, ...]]] | None = field(default=None, compare=False)
    """Where it is noted what kind of thing and which was found that does not last."""
    found: list[Found] | None = field(default=None, compare=False)
    """Where it is noted what was found, and inside of which views."""
    within: tuple[tuple[str, ...], ...] = ()
    """The views that what is bound stands inside of, the outermost first."""
    lookups: Lookups = field(default_factory=Lookups, compare=False)
    """What has been looked up."""

    def _note(self, kind: str, parts: tuple[str, ...]) -> None:
        if self.passing is not None:
            self.passing.append((kind, parts))

    def _note_found(self, name: tuple[str, ...]) -> None:
        if self.found is not None:
            self.found.append((self.within[-1] if self.within else None, name))

    def _can_name(self, kind: str, name: str) -> bool:
        return self.refers is None or (kind, name.lower()) in self.refers

    @property
    def noted(self) -> frozenset[Reference]:
        """What was noted, as a view remembers it."""
        return frozenset((kind, parts[-1].lower()) for kind, parts in self.passing or ())

    def _open(
        self, name: tuple[str, ...], database: str, refers: frozenset[Reference] | None
    ) -> SessionTables:
        """What names mean inside of the view `name`; VIEW_EXCEED_MAX_NESTED_DEPTH where there are
        too many around it.
        """
        self._note_found(name)
        most = self.session.settings.integer("spark.sql.view.maxNestedViewDepth")
        if len(self.within) >= most:
            shown = ".".join(t.quoted(part) for part in name)
            raise AnalysisError("VIEW_EXCEED_MAX_NESTED_DEPTH", viewName=shown, maxNestedDepth=most)
        within = (*self.within, name)
        return replace(self, database=database.lower(), refers=refers, passing=None, within=within)

    def table(self, node: sr.NamedTable) -> View | StoredTable | None:
        """A temporary view, a global one, or what the warehouse has."""
        if len(node.parts) == 1 and self._by_path:
            return self._on_path(node)
        return self._table(node)

    @property
    def _by_path(self) -> bool:
        """Whether SET PATH says where names are looked up: inside of views it does not."""
        return self.session.has_path and not self.within

    def _on_path(self, node: sr.NamedTable) -> View | StoredTable | None:
        for place in self.session.search_path():
            if _lower(place) == TEMPORARY:
                found = self._temporary(node)
            elif len(place) == _SCHEMA_PARTS and _lower(place)[0] == CATALOG:
                found = self._table(replace(node, parts=(*place, *node.parts)))
            else:
                continue
            if found is not None:
                return found
        return None

    def _temporary(self, node: sr.NamedTable) -> View | None:
        name = node.parts[-1]
        view = self.views.get(name.lower()) if self._can_name("VIEW", name) else None
        if view is not None and (node.version is not None or node.timestamp is not None):
            shown = t.quoted(view.name)
            raise AnalysisError("UNSUPPORTED_FEATURE.TIME_TRAVEL", relationId=shown)
        if view is None:
            return None
        self._note("VIEW", node.parts[-1:])
        return self._temporary_view(view)

    def _table(self, node: sr.NamedTable) -> View | StoredTable | None:
        parts = node.parts
        if _lower(parts[:-1]) in _SESSIONS:
            view = self._temporary(node)
            if view is not None:
                return view
        if len(parts) == 2 and parts[0].lower() == GLOBAL_DATABASE:
            known = self.session.warehouse.global_views
            view = self.lookups.find((GLOBAL_DATABASE, parts[1]), lambda: known.get(parts[1]))
            if view is None:
                return None
            self._note("VIEW", parts)
            return self._temporary_view(view, GLOBAL_DATABASE)
        found = self.lookups.find(
            (self.database, node),
            lambda: self.session.warehouse.relation(node, self.session, self.database),
        )
        if isinstance(found, Table):
            return self._persistent_view(found)
        if found is not None:
            self._note_found(found.qualifier)
        return found

    def _temporary_view(self, view: TemporaryView, *qualifier: str) -> View:
        """A view that does not last: what its names meant, or its text in the database and under
        the settings of its making.
        """
        qualifier = (*qualifier, view.name)
        kept = self._kept(view.settings)
        if view.views is not None:
            inside = self._open(qualifier, view.namespace, None)
            inside = replace(inside, views=view.views, found=None)
            return View(qualifier, view.query, inside, settings=kept)
        inside = self._open(qualifier, view.namespace, view.refers)
        statement = "CREATE OR REPLACE TEMPORARY VIEW"
        promise = Promise(view.schema, view.output, Keeping.SAFELY, statement)
        return View(qualifier, view.query, inside, promise, settings=kept)

    def _persistent_view(self, view: Table) -> View:
        """A view of the catalog: its text, in the database and under the settings of its making."""
        kept = self._kept(view.settings)
        inside = self._open(view.name.qualifier, view.namespace, frozenset())
        if view.language:
            metrics = metric_view(view.view or "").named(view.schema.names)
            return View(
                view.name.qualifier,
                metrics.rows,
                inside,
                settings=kept,
                metrics=Metrics(metrics.dimensions, metrics.measures),
            )
        query = stored_query(self.session, view, kept)
        return View(
            view.name.qualifier,
            query,
            inside,
            _promise(view),
            (lambda output: self._follow(view, output)) if view.follows else None,
            kept,
        )

    def _kept(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        """What a view is read under of the `settings` of its making."""
        current = self.session.settings.flag("spark.sql.legacy.useCurrentConfigsForView")
        return {} if current else settings

    def _follow(self, view: Table, output: tuple[e.Attribute, ...]) -> None:
        """The catalog says of a view that follows its tables what it was last seen to be."""
        schema = t.StructType(tuple(a.field for a in output))
        if schema == view.schema:
            return
        names = schema.names if view.schema_mode == "EVOLUTION" else view.output
        self.session.warehouse.put(replace(view, schema=schema, output=names))

    def changes(self, node: sr.RelationChanges) -> StoredTable | None:
        """The change data feed of a table."""
        self.lookups.lasting = False
        return self.session.warehouse.change_feed(node, self.session, self.database)

    def data_source(self, node: sr.DataSource) -> r.Source | sr.Relation:
        """Files, as their format reads them."""
        return self.lookups.find(
            node, lambda: self.session.warehouse.data_source(node, self.session)
        )

    def texts(self, node: sr.Parse, texts: list[str | None]) -> r.Source:
        """Rows read out of texts."""
        self.lookups.lasting = False
        options = dict(node.options)
        return open_texts(node.format, texts, options, self.session.files(None), node.schema)

    def local(
        self, node: sr.LocalRelation | sr.CachedLocalRelation
    ) -> tuple[t.StructType, pa.Table]:
        """The rows the client sent, inline or as artifacts before."""
        self.lookups.lasting = False
        if isinstance(node, sr.LocalRelation):
            chunks = [] if node.data is None else [node.data]
            return local_relation(chunks, schema_of_text(node.schema))
        artifacts = self.session.artifacts
        chunks = [artifacts.get(f"cache/{name}") for name in node.data_hashes]
        text = artifacts.get(f"cache/{node.schema_hash}").decode() if node.schema_hash else ""
        return local_relation(chunks, schema_of_text(text))

    def remote(self, relation_id: str) -> r.Relation:
        """The rows that a checkpoint kept."""
        self.lookups.lasting = False
        kept = self.session.checkpoints.get(relation_id)
        if kept is None:
            raise AnalysisError("INTERNAL_ERROR", message=f"No DataFrame with id {relation_id}")
        source = self.session.cache.source(relation_id, self._watch)
        assert source is not None  # noqa: S101 - kept together
        attributes = tuple(a.renewed() for a in kept)
        return r.Scan(source, source.schema.names, attributes)

    def _watch(self, stream: Any) -> None:
        if self.operation is not None:
            self.operation.on_cancel(stream.interrupt)

    def transform(self, input: r.Relation, node: sr.Transform) -> r.Source:
        """The lines that a program makes of `input`; FEATURE_NOT_ENABLED where programs may not
        run.
        """
        self.lookups.lasting = False
        session = self.session
        if not session.settings.flag(PROGRAMS):
            raise AnalysisError(
                "FEATURE_NOT_ENABLED",
                featureName="SELECT TRANSFORM",
                configKey=PROGRAMS,
                configValue="true",
            )
        return ProgramRows(input, node, session.engine, session.zone, self.operation)

    def command(self, command: sc.Command) -> tuple[t.StructType, pa.Table]:
        """The rows of `command`, run now."""
        self.lookups.lasting = False
        rows = self.session.collected(command, self.operation)
        return rows.schema, rows.table

    def kept(self, node: sr.Relation, output: tuple[e.Attribute, ...]) -> r.Relation | None:
        """The persisted rows of `node` as a scan of the same columns; None when it has none."""
        if isinstance(node, sr.NamedTable) and len(node.parts) == 1:
            name = node.parts[0].lower()
            if self.views.get(name) is not self.session.views.get(name):
                return None
        source = self.session.persisted(node, self._watch)
        return None if source is None else r.Scan(source, source.schema.names, output)

    @property
    def keeps_any(self) -> bool:
        """Whether anything is persisted at all."""
        return len(self.session.cache) > 0

    def function(self, parts: tuple[str, ...]) -> Any:
        """A function that the session defined."""
        key = ("FUNCTION", self.database, self.refers, parts)
        return self.lookups.find(key, lambda: self._function(parts))

    def _function(self, parts: tuple[str, ...]) -> Any:
        if len(parts) == 1 and self._by_path:
            places = (p for p in self.session.search_path() if _lower(p) != BUILTIN)
            return next((f for p in places if (f := self._function((*p, *parts)))), None)
        name = parts[-1].lower()
        qualifier = tuple(part.lower() for part in parts[:-1])
        if qualifier in ((), ("session",), ("system", "session")):
            known = self.session.functions if self._can_name("FUNCTION", name) else {}
            found = known.get(name)
            if found is not None:
                self._note("FUNCTION", (name,))
            if found is not None or qualifier:
                return found
        if len(qualifier) > 2 or (len(qualifier) == 2 and qualifier[0] != CATALOG):
            return None
        database = qualifier[-1] if qualifier else self.database or self.session.database
        return self.session.warehouse.function(database, name)

    def noting(self) -> SessionTables:
        """The same, which notes in `found` what it finds, and in `passing` what does not last."""
        return replace(self, passing=[], found=[])

    def refuse_passing(self, kind: str, name: str) -> None:
        """INVALID_TEMP_OBJ_REFERENCE for what was noted: nothing that lasts stands on it."""
        for temporary, parts in self.passing or ():
            shown = ".".join(t.quoted(part) for part in parts)
            raise AnalysisError(
                "INVALID_TEMP_OBJ_REFERENCE",
                obj=kind,
                objName=name,
                tempObj=temporary,
                tempObjName=shown,
            )

    def variable(self, parts: tuple[str, ...]) -> tuple[e.Literal, tuple[str, ...]] | None:
        """The variable that the longest beginning of `parts` means, and the rest: fields of it. A
        script's own variables go before the session's, which may be called ``session.x`` or
        ``system.session.x``.
        """
        frames = None if self.operation is None else self.operation.frames
        if frames is not None:
            self.lookups.lasting = False
            return self._variable(parts, frames)
        key = ("VARIABLE", self.refers, parts)
        return self.lookups.find(key, lambda: self._variable(parts, None))

    def _variable(
        self, parts: tuple[str, ...], frames: Frames | None
    ) -> tuple[e.Literal, tuple[str, ...]] | None:
        for length in range(min(len(parts), 3), 0, -1):
            name = parts[:length]
            found = None if frames is None else frames.variable(name)
            is_session = found is None
            is_known = is_session_place(name[:-1]) and self._can_name("VARIABLE", name[-1])
            if length == 1 and self._by_path:
                is_known &= TEMPORARY in map(_lower, self.session.search_path())
            if found is None and is_known:
                found = self.session.variables.get(name[-1].lower())
            if found is not None:
                self._note("VARIABLE", name)
                shown = ("system", "session", name[-1].lower()) if is_session else name
                return _named_value(found.value, shown), parts[length:]
        return None


def _named_value(value: e.Literal, name: tuple[str, ...]) -> e.Literal:
    """The value of a variable, which Spark shows with the variable's name."""
    text = literal_text(value.value, value.of, quoted=True)
    if value.value is None and not isinstance(value.of, t.NullType):
        text = f"CAST(NULL AS {value.of.sql})"
    if is_collated(value.of) and isinstance(value.of, t.StringType) and value.value is not None:
        text += f" collate {value.of.collation}"
    return e.Literal(value.value, value.of, f"variablereference({'.'.join(name)}={text})")


def _promise(view: Table) -> Promise | None:
    """The columns that a view of the catalog keeps; None for one that has what its query gives."""
    if view.schema_mode == "EVOLUTION":
        return None
    kept = Keeping.SAFELY if view.schema_mode == UNAWARE else Keeping(view.shown_mode)
    names = view.schema.names
    columns = "" if names == view.output else f" ({', '.join(names)})"
    statement = f"CREATE OR REPLACE VIEW {view.name.plain}{columns} AS {view.view}"
    return Promise(view.schema, view.output, kept, statement)


def _lower(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.lower() for part in parts)


def is_session_place(qualifier: tuple[str, ...]) -> bool:
    """Whether `qualifier` is none, or one of those that session variables have."""
    return tuple(part.lower() for part in qualifier) in ((), ("session",), ("system", "session"))


def stored_query(session: Home, view: Table, kept: Mapping[str, str]) -> sr.Relation:
    """What a view of the catalog reads, its text read under the settings `kept` with it."""
    settings = settings_from(
        lambda key: kept_setting(kept, key, session.setting_text),
        kept.get("spark.sql.session.timeZone", session.zone),
    )
    settings = replace(settings, default_collation=view.collation or "UTF8_BINARY")
    return sql.parse_query(view.view or "", settings)


def view_query(query: sr.Relation, schema: t.StructType) -> sr.Relation:
    """`query` with the columns called, and commented, as `schema` says."""
    query = sr.SubqueryAlias(query, "", columns=schema.names)
    if not any(f.metadata for f in schema.fields):
        return query
    columns = tuple(
        se.Alias(
            se.Name((f.name,)), (f.name,), json.dumps(dict(f.metadata)) if f.metadata else None
        )
        for f in schema.fields
    )
    return sr.Project(query, columns)


def schema_of_text(text: str) -> t.StructType | None:
    """A schema written as DDL or JSON; None for no text."""
    return sql.parse_schema(text) if text else None
