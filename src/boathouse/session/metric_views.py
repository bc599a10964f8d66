"""Metric views: YAML that says which columns rows are grouped by, and what is computed of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import yaml

from boathouse import sql
from boathouse.errors.exceptions import AnalysisError, ParseError
from boathouse.spec import expressions as se
from boathouse.spec import relations as sr

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION = "0.1"
_KEYS = frozenset({"version", "source", "filter", "dimensions", "measures"})

Columns = tuple[tuple[str, se.Expression], ...]


@dataclass(frozen=True, slots=True)
class MetricView:
    """What the YAML says: `source` is a table or a query, which `source_text` writes, `condition`
    the text of the filter.
    """

    source: sr.Relation
    source_text: str
    is_query: bool
    condition: str | None
    dimensions: Columns
    measures: Columns

    @property
    def rows(self) -> sr.Relation:
        """The rows that the columns are computed from."""
        if self.condition is None:
            return self.source
        return sr.Filter(self.source, sql.parse_expression(self.condition))

    @property
    def properties(self) -> dict[str, str]:
        """What Spark keeps of it among the properties of the view."""
        kind, key = ("SQL", "sql") if self.is_query else ("ASSET", "name")
        found = {"metric_view.from.type": kind, f"metric_view.from.{key}": self.source_text}
        return found if self.condition is None else {**found, "metric_view.where": self.condition}

    @property
    def query(self) -> sr.Relation:
        """A query that has the same columns, each group's measures as values."""
        listed = [se.Alias(value, (name,)) for name, value in (*self.dimensions, *self.measures)]
        if not listed:
            return sr.Project(self.rows, ())
        keys = tuple(se.Name((name,)) for name, _ in self.dimensions)
        return sr.Aggregate(self.rows, sr.GroupKind.GROUP_BY, keys, tuple(listed), select_list=True)

    def named(self, names: Sequence[str]) -> MetricView:
        """The same with other names for the columns, in order."""
        count = len(self.dimensions)
        renamed = [
            (name, value)
            for name, (_, value) in zip(names, (*self.dimensions, *self.measures), strict=True)
        ]
        return replace(self, dimensions=tuple(renamed[:count]), measures=tuple(renamed[count:]))


def metric_view(text: str) -> MetricView:
    """What `text` says; INVALID_METRIC_VIEW_YAML where it is no metric view."""
    try:
        found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts, lists and mappings
    except yaml.YAMLError as error:
        raise _invalid(f"Failed to parse YAML: {error}") from None
    if not isinstance(found, dict):
        raise _invalid("Failed to parse YAML: it is no mapping")
    if found.get("version") != _VERSION:
        raise _invalid(f"Invalid YAML version: {found.get('version', 'null')}")
    unknown = [key for key in found if key not in _KEYS]
    if unknown:
        raise _invalid(f'Failed to parse YAML: Unrecognized field "{unknown[0]}"')
    source = found.get("source")
    if not isinstance(source, str):
        raise _invalid("Failed to parse YAML: Missing required creator property 'source'")
    condition = found.get("filter")
    if not isinstance(condition, (str, type(None))):
        raise _invalid("Failed to parse YAML: the filter is no text")
    relation, is_query = _source(source)
    return MetricView(
        relation,
        source,
        is_query,
        condition,
        _columns(found.get("dimensions")),
        _columns(found.get("measures")),
    )


def _source(text: str) -> tuple[sr.Relation, bool]:
    """The table, or the query, that `text` is."""
    try:
        return sr.NamedTable(sql.parse_identifier(text)), False
    except ParseError:
        pass
    try:
        return sql.parse_query(text), True
    except ParseError:
        raise _invalid(f"Invalid source: {text}") from None


def _columns(found: Any) -> Columns:
    columns: list[tuple[str, se.Expression]] = []
    for column in found or ():
        if not isinstance(column, dict) or set(column) != {"name", "expr"}:
            raise _invalid("Failed to parse YAML: a column has a name and an expr, no more")
        if not all(isinstance(text, str) for text in column.values()):
            raise _invalid("Failed to parse YAML: the name and the expr of a column are texts")
        columns.append((column["name"], sql.parse_expression(column["expr"])))
    return tuple(columns)


def _invalid(message: str) -> AnalysisError:
    return AnalysisError("INVALID_METRIC_VIEW_YAML", message=message)
