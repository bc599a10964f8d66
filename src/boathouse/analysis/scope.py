"""What a name can mean: the columns, tables, lambda variables and parameters in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from boathouse.analysis.faults import Postponed
from boathouse.conf.settings import kept_setting
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.sql.settings import ParserSettings, settings_from
from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from collections.abc import Generator

    import pyarrow as pa

    from boathouse.spec import commands as sc
    from boathouse.spec import expressions as se
    from boathouse.spec import relations as sr


@dataclass(frozen=True, slots=True)
class View:
    """A name that stands for a query, bound anew at each use; `tables` is what names meant when the
    view was made (None: what they mean now).
    """

    qualifier: tuple[str, ...]
    query: sr.Relation
    tables: Tables | None = None
    promise: Promise | None = None
    seen: Callable[[tuple[e.Attribute, ...]], None] | None = field(default=None, compare=False)
    """Told, where the view follows its tables, which columns it has now."""
    settings: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Those that it was made under, which are its own."""
    metrics: Metrics | None = None
    """Of a metric view, whose columns they make."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """What a metric view makes of the rows of its query: columns to group by, and aggregates that
    ``measure(name)`` stands for, by their names.
    """

    dimensions: tuple[tuple[str, se.Expression], ...]
    measures: tuple[tuple[str, se.Expression], ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """The columns that a view had when it was made, and how it keeps them: `schema` says what they
    are called outside, `output` what its query called them, `statement` how to make it anew.
    """

    schema: t.StructType
    output: tuple[str, ...]
    keeping: Keeping
    statement: str


OF_TIME = "__time"
"""Qualifies the column of a window of time, so that it is taken for none of the input."""

REFUSED_ALIAS = "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_"
"""How the condition begins that a part of a select list must not name its aliases."""


BUILTIN = ("system", "builtin")
TEMPORARY = ("system", "session")
"""Where a search path looks for what Spark has, and for what a session has."""


class Keeping(Enum):
    """What becomes of a column whose type has changed: it must go into the old one without loss, is
    cast to it, or has the new one.
    """

    SAFELY = "BINDING"
    BY_CAST = "COMPENSATION"
    NOT = "TYPE EVOLUTION"


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A name that stands for stored rows."""

    qualifier: tuple[str, ...]
    source: r.Source


class Tables(Protocol):
    """Where relations come from that the spec only names. A session fulfils it."""

    def table(self, node: sr.NamedTable) -> View | StoredTable | None:
        """What the name means, None when there is no such table or view."""
        ...

    def changes(self, node: sr.RelationChanges) -> StoredTable | None:
        """The change data feed of the table that the node names, None when there is none."""
        ...

    def data_source(self, node: sr.DataSource) -> r.Source | sr.Relation:
        """The files (or other source) that the node describes."""
        ...

    def texts(self, node: sr.Parse, texts: list[str | None]) -> r.Source:
        """Rows read out of `texts`, the column that `node` parses."""
        ...

    def local(
        self, node: sr.LocalRelation | sr.CachedLocalRelation
    ) -> tuple[t.StructType, pa.Table]:
        """Schema and rows, in DuckDB's form, that the client sent."""
        ...

    def remote(self, relation_id: str) -> r.Relation:
        """The rows kept by a checkpoint, under new column ids."""
        ...

    def transform(self, input: r.Relation, node: sr.Transform) -> r.Source:
        """The lines, cut into texts, that a program makes of the rows of `input`, all texts."""
        ...

    def command(self, command: sc.Command) -> tuple[t.StructType, pa.Table]:
        """Schema and rows of a command that is run now, because it stands as a relation."""
        ...

    def kept(self, node: sr.Relation, output: tuple[e.Attribute, ...]) -> r.Relation | None:
        """The persisted rows of `node` as a scan of the columns `output`; None if it has none."""
        ...

    @property
    def keeps_any(self) -> bool:
        """Whether anything is persisted at all."""
        ...

    def function(self, parts: tuple[str, ...]) -> Any:
        """A function the session defined, None when there is none."""
        ...

    def variable(self, parts: tuple[str, ...]) -> tuple[e.Literal, tuple[str, ...]] | None:
        """The value of the variable that `parts` begin with, and what of them is left."""
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """The session's settings that change what a query means. `clock` tells the moment of the query:
    microseconds since the epoch, always the same; `session` holds user, catalog and database.
    """

    ansi: bool = True
    zone: str = "UTC"
    case_sensitive: bool = False
    clock: Callable[[], int] = lambda: 0
    session: Mapping[str, str] = field(default_factory=dict)
    path: tuple[tuple[str, ...], ...] = ()
    """Where names of one part are looked up, if SET PATH says so."""
    setting: Callable[[str], str] = lambda key: ""

    @property
    def now(self) -> int:
        """The moment of the query."""
        return self.clock()

    @property
    def parser_settings(self) -> ParserSettings:
        """How text in the query is read, such as that of a schema."""
        return settings_from(self.setting, self.zone)

    def under(self, settings: Mapping[str, str]) -> Facts:
        """The facts where `settings` are those of the session."""

        def setting(key: str) -> str:
            return kept_setting(settings, key, self.setting)

        if not settings:
            return replace(self, path=()) if self.path else self
        return replace(
            self,
            path=(),
            ansi=setting("spark.sql.ansi.enabled") == "true",
            zone=settings.get("spark.sql.session.timeZone", self.zone),
            case_sensitive=setting("spark.sql.caseSensitive") == "true",
            setting=setting,
        )


@dataclass(frozen=True, slots=True)
class CommonTableEntry:
    """A WITH query in sight. Inside its own recursive step it has columns of `counters`."""

    columns: tuple[e.Attribute, ...]
    id: int
    name: str
    counters: tuple[e.Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What binding any relation of a query needs."""

    tables: Tables
    facts: Facts
    bind: Callable[[sr.Relation, Context], Bound]
    fold: Callable[[e.Expression], Any]
    """Computes a constant expression; its value in literal form."""
    rows: Callable[[r.Relation], list[tuple[Any, ...]]]
    """Runs a bound relation while another is bound (pivot and transpose need to know values)."""
    common_tables: Mapping[str, CommonTableEntry] = field(default_factory=dict)
    sealed: frozenset[str] = frozenset()
    """Names of WITH queries in sight that one further in may not take, by an older rule of Spark's
    (``spark.sql.legacy.ctePrecedencePolicy``)."""
    named_parameters: Mapping[str, se.Expression] = field(default_factory=dict)
    positional_parameters: tuple[se.Expression, ...] = ()
    references: Mapping[int, sr.Relation] = field(default_factory=dict)
    """The relations of an enclosing WithRelations, by plan id."""
    windows: Mapping[str, sr.NamedWindow] = field(default_factory=dict)
    outer: Scope | None = None
    postponed: Postponed | None = None
    """Faults of operators that do not keep Spark from looking at those above them; where there is
    no place for them they are raised at once."""
    measures: dict[int, e.Expression] = field(default_factory=dict)
    """What measure(column) stands for, by the column's id, for the metric views bound so far."""

    def within(self, outer: Scope | None) -> Context:
        """The context of a relation that may look at the columns of `outer`."""
        return replace(self, outer=outer)

    def postpone(self, fault: AnalysisError, *, late: bool = False) -> None:
        """Tell `fault` when the whole query has been bound, if it has no other that comes first; a
        `late` one comes after those of the expressions of the same operator.
        """
        if self.postponed is None:
            raise fault
        self.postponed.add(fault, late=late)

    @property
    def waiting(self) -> Postponed:
        """The faults that wait."""
        return self.postponed or Postponed()

    @contextmanager
    def attempt(self) -> Generator[None]:
        """What is bound in here may be bound anew where it fails: then nothing stays postponed."""
        waiting = self.waiting
        start = len(waiting.waiting)
        try:
            yield
        except AnalysisError:
            waiting.forget(start)
            raise

    def further_in(self) -> Context:
        """The context of a WITH query's own query, or of one inside an expression."""
        if self.facts.setting("spark.sql.legacy.ctePrecedencePolicy") in {"LEGACY", "EXCEPTION"}:
            return replace(self, sealed=frozenset(self.common_tables))
        return self

    @property
    def key(self) -> Callable[[str], str]:
        """Gives a name in the form in which equal names are equal."""
        return str if self.facts.case_sensitive else str.lower


@dataclass(frozen=True, slots=True)
class Grouped:
    """How a bound SELECT with groups was made, so that HAVING and ORDER BY can ask for more: the
    scope below the groups, and the grouping keys as bound there.
    """

    scope: Scope
    keys: tuple[e.Alias, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound relation and what only binding needs to know of it."""

    plan: r.Relation
    inputs: tuple[Bound, ...] = ()
    plan_id: int | None = None
    hidden: tuple[e.Attribute, ...] = ()
    """Columns that can be asked for by name but are not part of ``*``."""
    grouped: Grouped | None = None
    select: Scope | None = None
    """The scope of the select list that `plan` is, for ORDER BY to look through."""

    @property
    def output(self) -> tuple[e.Attribute, ...]:
        """The plan's columns."""
        return self.plan.output

    def numbered(self, plan_id: int) -> Bound:
        """The same, which the client also calls `plan_id`."""
        if self.plan_id is None:
            return replace(self, plan_id=plan_id)
        # One bound relation, two client numbers: the outer number sees through to the inner one.
        return replace(self, plan_id=plan_id, inputs=(self,))


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values of a SQL function's parameters, which are also called ``function.parameter``."""

    function: str
    values: Mapping[str, e.Expression]


@dataclass(frozen=True, slots=True)
class Scope:
    """The columns an expression may use, and what else its names can mean."""

    context: Context
    attributes: tuple[e.Attribute, ...] = ()
    hidden: tuple[e.Attribute, ...] = ()
    inputs: tuple[Bound, ...] = ()
    aliases: Mapping[str, e.Expression] = field(default_factory=dict)
    """Select list entries to the left (lateral column aliases)."""
    aliases_refused: str = ""
    """What of a select list is bound that cannot name its aliases: WINDOW or AGGREGATE_FUNC."""
    lateral: bool = False
    """Whether `aliases` are those of the select list that is bound."""
    naming: bool = False
    """Whether what is bound only gives a name: aliases then stand for themselves."""
    generators_shown: bool = False
    """Whether a generator inside of another expression is only to be shown."""
    alias_counts: Mapping[str, int] = field(default_factory=dict)
    """How many entries have the name, where one must be meant."""
    variables: Mapping[str, e.Expression] = field(default_factory=dict)
    """What a name means before any column is looked at: parameters of lambdas."""
    clause: str = "SELECT"
    parameters: Parameters | None = None
    """Of the function whose body it is."""
    asked: list[e.Alias] | None = None
    """What queries inside asked for, where they may ask for aggregates of the groups (HAVING)."""
    _index: dict[str, tuple[e.Attribute, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def over(cls, *inputs: Bound, context: Context, clause: str = "SELECT") -> Scope:
        """The scope of an expression over `inputs`."""
        attributes: tuple[e.Attribute, ...] = ()
        hidden: tuple[e.Attribute, ...] = ()
        for bound in inputs:
            attributes += bound.output
            hidden += bound.hidden
        return cls(context, attributes, hidden, inputs, clause=clause)

    def named(self, name: str) -> tuple[e.Attribute, ...]:
        """The distinct columns called `name`, whatever their qualifier."""
        if not self._index and self.attributes:
            self._index.update(self._indexed(self.attributes))
        return self._index.get(self.context.key(name), ())

    def _indexed(self, attributes: tuple[e.Attribute, ...]) -> dict[str, tuple[e.Attribute, ...]]:
        key = self.context.key
        index: dict[str, tuple[e.Attribute, ...]] = {}
        for attribute in attributes:
            name = key(attribute.name)
            found = index.get(name)
            if found is None:
                index[name] = (attribute,)
            elif (attribute.id, attribute.qualifier) not in [(a.id, a.qualifier) for a in found]:
                index[name] = (*found, attribute)
        return index

    def hidden_named(self, name: str) -> tuple[e.Attribute, ...]:
        """The hidden columns called `name`."""
        return self._indexed(self.hidden).get(self.context.key(name), ())

    def with_variables(self, variables: Mapping[str, e.Expression]) -> Scope:
        """This scope inside a lambda."""
        return replace(self, variables={**self.variables, **variables}, _index=self._index)

    def with_aliases(
        self, aliases: Mapping[str, e.Expression], counts: Mapping[str, int] | None = None
    ) -> Scope:
        """This scope with select list entries in sight, and how many there are of each name."""
        return replace(self, aliases=aliases, alias_counts=counts or {}, _index=self._index)

    def without_aliases(self, part: str) -> Scope:
        """This scope for a `part` of a select list that cannot name its aliases."""
        if not self.lateral or self.aliases_refused or self.naming:
            return self
        return replace(self, aliases_refused=part, _index=self._index)

    def for_clause(self, clause: str) -> Scope:
        """This scope, for another clause of the same query."""
        return replace(self, clause=clause, _index=self._index)


def search_path(context: Context) -> str:
    """Where names are looked for, as messages show it."""
    facts = context.facts
    here = facts.session.get("catalog", ""), facts.session.get("database", "")
    places = facts.path or (BUILTIN, TEMPORARY, here)
    return f"[{', '.join('.'.join(map(t.quoted, place)) for place in places)}]"
