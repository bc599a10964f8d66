"""What the name in a command stands for: a temporary view, or a table or view of the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boathouse import sql
from boathouse.analysis.scope import BUILTIN, TEMPORARY
from boathouse.errors.exceptions import AnalysisError, SparkError
from boathouse.session.catalog import CATALOG, Table
from boathouse.session.delta import log_at
from boathouse.session.delta_writing import table_at
from boathouse.session.views import GLOBAL_DATABASE
from boathouse.spec import relations as sr
from boathouse.types import datatypes as t
from boathouse.types.char_types import DECLARED

if TYPE_CHECKING:
    from boathouse.session.session import Session
    from boathouse.session.views import TemporaryView

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Temporary:
    """A temporary view of the session or, `is_global`, of all sessions."""

    view: TemporaryView
    is_global: bool = False

    @property
    def namespace(self) -> str:
        """The database it is listed under."""
        return GLOBAL_DATABASE if self.is_global else ""

    @property
    def parts(self) -> Parts:
        """The name by which it can be read."""
        return (GLOBAL_DATABASE, self.view.name) if self.is_global else (self.view.name,)

    @property
    def shown(self) -> str:
        """As messages show it."""
        return shown(self.parts)


Target = Temporary | Table


def shown(parts: Parts) -> str:
    """A name as messages show it."""
    return ".".join(t.quoted(part) for part in parts)


def shown_target(target: Target) -> str:
    """The full name of what was found, as messages show it."""
    return target.shown if isinstance(target, Temporary) else target.name.shown


def find(session: Session, parts: Parts) -> Target | None:
    """What `parts` name, None for nothing."""
    if len(parts) == 1:
        view = session.views.get(parts[0])
        if view is not None:
            return Temporary(view)
    if len(parts) == 2 and parts[0].lower() == GLOBAL_DATABASE:
        view = session.warehouse.global_views.get(parts[1])
        return None if view is None else Temporary(view, is_global=True)
    if len(parts) == 2 and session.warehouse.is_delta_path(parts) and log_at(parts[1]).exists():
        return table_at(parts[1])
    return session.warehouse.find(session.warehouse.name_of(parts, session))


def require(session: Session, parts: Parts, *, routines: bool = False) -> Target:
    """What `parts` name; TABLE_OR_VIEW_NOT_FOUND for nothing. `routines`: the message's search path
    names the built-in functions too, as it does where a query could stand.
    """
    by_path = routines and len(parts) == 1 and session.has_path
    found = _on_path(session, parts[0]) if by_path else find(session, parts)
    if found is None:
        raise not_found(session, parts, routines=routines)
    return found


def _on_path(session: Session, name: str) -> Target | None:
    """What `name` means where SET PATH says where to look."""
    for *catalog, database in session.search_path():
        place = ".".join((*catalog, database)).lower()
        view = session.views.get(name) if place == ".".join(TEMPORARY) else None
        if view is not None:
            return Temporary(view)
        if catalog == [CATALOG]:
            found = find(session, (database, name))
            if found is not None:
                return found
    return None


def not_found(session: Session, parts: Parts, *, routines: bool = False) -> AnalysisError:
    """The error for a name that stands for nothing."""
    places = session.search_path()
    if not routines:
        places = tuple(place for place in places if place != BUILTIN)
    return AnalysisError(
        "TABLE_OR_VIEW_NOT_FOUND",
        relationName=shown(parts),
        searchPath=f"[{', '.join(map(shown, places))}]",
    )


def require_table(
    session: Session, parts: Parts, operation: str, *, alternative: str = "NO_ALTERNATIVE"
) -> Table:
    """The table that `parts` name; EXPECT_TABLE_NOT_VIEW for a view of any kind."""
    found = require(session, parts)
    if isinstance(found, Temporary) or found.is_view:
        raise AnalysisError(
            f"EXPECT_TABLE_NOT_VIEW.{alternative}",
            viewName=shown_target(found),
            operation=operation,
        )
    return found


def schema_of(session: Session, target: Target) -> t.StructType:
    """The columns of what was found, as they were declared."""
    if isinstance(target, Table):
        return with_declared(target.schema)
    if target.view.views is None:
        return with_declared(target.view.schema)
    return with_declared(session.schema(sr.NamedTable(target.parts)))


def with_declared(schema: t.StructType) -> t.StructType:
    """`schema` with CHAR and VARCHAR for the texts that come from columns of such a type."""

    def declared(field: t.StructField) -> t.StructField:
        metadata = dict(field.metadata)
        text = metadata.pop(DECLARED, None)
        if text is None:
            return field
        return replace(field, type=sql.parse_type(text), metadata=t.metadata_pairs(metadata))

    return t.StructType(tuple(map(declared, schema.fields)))


def database_of(session: Session, parts: Parts) -> str:
    """The name of the database that `parts` say, the current one where they say nothing. It need
    not be there. REQUIRES_SINGLE_PART_NAMESPACE for a name with more parts.
    """
    if len(parts) > 1 and parts[0].lower() == CATALOG:
        parts = parts[1:]
    if not parts:
        return session.database
    if len(parts) > 1:
        raise AnalysisError(
            "REQUIRES_SINGLE_PART_NAMESPACE", sessionCatalog=CATALOG, identifier=shown(parts)
        )
    return parts[0].lower()


def refuse_nested(parts: Parts) -> None:
    """Spark's error for a database inside of a database."""
    inside = parts[1:] if parts and parts[0].lower() == CATALOG else parts
    if len(inside) > 1:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1126", catalog=".".join(inside))


def require_database(session: Session, parts: Parts) -> str:
    """As `database_of`; SCHEMA_NOT_FOUND for one that is not there."""
    if len(parts) > 1 and parts[0].lower() == CATALOG:
        parts = parts[1:]
    parts = parts or (session.database,)
    if len(parts) > 1 or session.warehouse.catalog.database(parts[0]) is None:
        raise schema_not_found(parts)
    return parts[0].lower()


def refuse_odd_name(name: str) -> None:
    """INVALID_SCHEMA_OR_RELATION_NAME unless `name` is made of letters, digits and underscores."""
    if "`" in name:
        # Spark reads the name again to show it, without marks around it.
        raise AnalysisError("INVALID_ATTRIBUTE_NAME_SYNTAX", name=name)
    if re.fullmatch(r"[A-Za-z0-9_]+", name) is None:
        raise AnalysisError(
            "INVALID_SCHEMA_OR_RELATION_NAME", name=".".join(map(t.quoted, name.split(".")))
        )


def schema_not_found(parts: Parts) -> AnalysisError:
    """The error for a database that is not there."""
    return AnalysisError("SCHEMA_NOT_FOUND", schemaName=shown((CATALOG, *parts)))


def catalog_not_found(name: str) -> SparkError:
    """The error for a catalog that is not there."""
    return SparkError(
        "CATALOG_NOT_FOUND", catalogName=t.quoted(name), config=f'"spark.sql.catalog.{name}"'
    )


def table_operation(table: Table, operation: str) -> AnalysisError:
    """The error for what tables over files cannot do."""
    return AnalysisError(
        "UNSUPPORTED_FEATURE.TABLE_OPERATION", tableName=table.name.shown, operation=operation
    )
