"""Bound expressions. Each has a `type` and says whether it is `nullable`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boathouse.types import datatypes as t

if TYPE_CHECKING:
    from boathouse.functions.signature import Function
    from boathouse.plan.relations import Relation
    from boathouse.spec.expressions import CastMode, Origin

_ids = itertools.count(1)


def fresh_id() -> int:
    """A number no other attribute of this process has; its DuckDB name is ``c<number>``."""
    return next(_ids)


@dataclass(frozen=True, slots=True)
class Expression:
    """The root of bound expressions."""

    @property
    def type(self) -> t.DataType:
        """The Spark type of the values."""
        raise NotImplementedError

    @property
    def nullable(self) -> bool:
        """Whether a value may be null."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A constant in literal form (see `types.datatypes`)."""

    value: Any
    of: t.DataType
    shown: str | None = field(default=None, compare=False)
    """How names and messages show it, where not as a constant: it is a variable's value."""

    @property
    def type(self) -> t.DataType:
        """The literal's own type."""
        return self.of

    @property
    def nullable(self) -> bool:
        """Only NULL is."""
        return self.value is None


@dataclass(frozen=True, slots=True)
class Attribute(Expression):
    """A column of a relation. Two attributes are the same column when their ids are equal; name,
    qualifier and metadata are how it may be called and shown.
    """

    id: int
    name: str = field(compare=False)
    of: t.DataType = field(compare=False)
    may_be_null: bool = field(default=True, compare=False)
    qualifier: tuple[str, ...] = field(default=(), compare=False)
    metadata: tuple[tuple[str, Any], ...] = field(default=(), compare=False)

    @property
    def type(self) -> t.DataType:
        """The column's type."""
        return self.of

    @property
    def nullable(self) -> bool:
        """Whether the column may hold nulls."""
        return self.may_be_null

    @property
    def field(self) -> t.StructField:
        """The schema entry that a client sees."""
        return t.StructField(self.name, self.of, self.may_be_null, self.metadata)

    def named(self, name: str) -> Attribute:
        """The same column under another name."""
        return Attribute(self.id, name, self.of, self.may_be_null, (), self.metadata)

    def written(self, name: str) -> Attribute:
        """The same column as a query wrote its name: Spark keeps the case that was asked for."""
        if self.name == name:
            return self
        return Attribute(self.id, name, self.of, self.may_be_null, self.qualifier, self.metadata)

    def qualified(self, *qualifier: str) -> Attribute:
        """The same column under another qualifier."""
        return Attribute(self.id, self.name, self.of, self.may_be_null, qualifier, self.metadata)

    def made_nullable(self, *, nullable: bool = True) -> Attribute:
        """The same column, nullable."""
        if self.may_be_null == nullable:
            return self
        return Attribute(self.id, self.name, self.of, nullable, self.qualifier, self.metadata)

    def renewed(self) -> Attribute:
        """A new column that looks the same."""
        return Attribute(
            fresh_id(), self.name, self.of, self.may_be_null, self.qualifier, self.metadata
        )


@dataclass(frozen=True, slots=True)
class Alias(Expression):
    """`child` as the new column `id` called `name`."""

    child: Expression
    name: str
    id: int = field(default_factory=fresh_id)
    metadata: tuple[tuple[str, Any], ...] = ()
    qualifier: tuple[str, ...] = ()
    generated: bool = False
    """Whether the name was made up rather than said."""

    @property
    def type(self) -> t.DataType:
        """The child's."""
        return self.child.type

    @property
    def nullable(self) -> bool:
        """The child's."""
        return self.child.nullable

    @property
    def attribute(self) -> Attribute:
        """The column that this alias makes."""
        return Attribute(
            self.id, self.name, self.type, self.nullable, self.qualifier, self.metadata
        )


Named = Alias | Attribute


def attribute_of(named: Named) -> Attribute:
    """The column that an entry of a select list gives."""
    return named if isinstance(named, Attribute) else named.attribute


@dataclass(frozen=True, slots=True)
class OuterReference(Expression):
    """A column of an enclosing query, seen from inside a subquery."""

    attribute: Attribute

    @property
    def type(self) -> t.DataType:
        """The column's."""
        return self.attribute.of

    @property
    def nullable(self) -> bool:
        """The column's."""
        return self.attribute.may_be_null


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A scalar function on arguments that already have the types it takes. `facts` are the values
    its entry asked for in `needs`; `name` is how it was called.
    """

    function: Function
    arguments: tuple[Expression | None, ...]
    of: t.DataType
    may_be_null: bool
    facts: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    name: str = field(default="", compare=False)
    origin: Origin | None = field(default=None, compare=False)

    @property
    def type(self) -> t.DataType:
        """What the entry gives for these arguments."""
        return self.of

    @property
    def nullable(self) -> bool:
        """What the entry says for these arguments."""
        return self.may_be_null


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`child` as `to`; `explicit` ones are shown in names, implicit ones are not."""

    child: Expression
    to: t.DataType
    mode: CastMode
    may_be_null: bool
    zone: str = "UTC"
    explicit: bool = field(default=False, compare=False)
    origin: Origin | None = field(default=None, compare=False)

    @property
    def type(self) -> t.DataType:
        """The target."""
        return self.to

    @property
    def nullable(self) -> bool:
        """As the pair of types and the mode decide."""
        return self.may_be_null


@dataclass(frozen=True, slots=True)
class Field(Expression):
    """Field number `index` of a struct; of each element when `child` is an array of structs."""

    child: Expression
    index: int
    said: str = field(default="", compare=False)
    """The field's name as the query writes it, in other letters perhaps; empty if it does not."""

    @property
    def name(self) -> str:
        """What the query calls it."""
        return self.said or self.struct_field.name

    @property
    def type(self) -> t.DataType:
        """The field's type, in an array when the child is one."""
        given = self.child.type
        if isinstance(given, t.ArrayType):
            element = given.element
            assert isinstance(element, t.StructType)  # noqa: S101 - bound so
            inner = element.fields[self.index]
            return t.ArrayType(inner.type, given.contains_null or inner.nullable)
        return self.struct_field.type

    @property
    def struct_field(self) -> t.StructField:
        """The field itself."""
        given = self.child.type
        struct = given.element if isinstance(given, t.ArrayType) else given
        assert isinstance(struct, t.StructType)  # noqa: S101 - bound so
        return struct.fields[self.index]

    @property
    def nullable(self) -> bool:
        """When the struct or the field may be null."""
        if isinstance(self.child.type, t.ArrayType):
            return self.child.nullable
        return self.child.nullable or self.struct_field.nullable


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """CASE WHEN with values of one type. Without branches it is what `otherwise` is."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    of: t.DataType

    @property
    def type(self) -> t.DataType:
        """The common type of the values."""
        return self.of

    @property
    def nullable(self) -> bool:
        """Null when a value may be, or nothing matched; what follows a plain TRUE never counts."""
        for when, then in self.branches[:1]:
            if isinstance(when, Literal) and when.value is True:
                return then.nullable
        if self.otherwise is None or self.otherwise.nullable:
            return True
        return any(value.nullable for _, value in self.branches)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order, with everything said."""

    child: Expression
    ascending: bool = True
    nulls_first: bool = True


@dataclass(frozen=True, slots=True)
class AggregateCall(Expression):
    """An aggregate (or, under a WindowCall, a window) function."""

    function: Function
    arguments: tuple[Expression | None, ...]
    of: t.DataType
    may_be_null: bool
    distinct: bool = False
    condition: Expression | None = None
    order: tuple[SortKey, ...] = ()
    ignore_nulls: bool = False
    facts: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    name: str = field(default="", compare=False)
    origin: Origin | None = field(default=None, compare=False)

    @property
    def type(self) -> t.DataType:
        """What the entry gives."""
        return self.of

    @property
    def nullable(self) -> bool:
        """What the entry says."""
        return self.may_be_null


@dataclass(frozen=True, slots=True)
class Frame:
    """A window frame. A bound is None (unbounded), 0 (current row), or an expression of a distance
    that is never negative, with `lower_following` / `upper_preceding` for its direction. `shown`
    are the bounds as messages and names have them.
    """

    rows: bool
    lower: Expression | int | None
    upper: Expression | int | None
    lower_following: bool = False
    upper_preceding: bool = False
    shown: tuple[str, str] = field(default=("", ""), compare=False)


@dataclass(frozen=True, slots=True)
class WindowCall(Expression):
    """`function` over the rows of its partition, ordered, within `frame` (None: the default)."""

    function: AggregateCall
    partition: tuple[Expression, ...] = ()
    order: tuple[SortKey, ...] = ()
    frame: Frame | None = None

    @property
    def type(self) -> t.DataType:
        """The function's."""
        return self.function.of

    @property
    def nullable(self) -> bool:
        """The function's."""
        return self.function.may_be_null


@dataclass(frozen=True, slots=True)
class GroupingIndicator(Expression):
    """grouping(column) and grouping_id(columns): which of `columns` are aggregated away."""

    columns: tuple[Expression, ...]
    of: t.DataType

    @property
    def type(self) -> t.DataType:
        """TINYINT for grouping, BIGINT for grouping_id."""
        return self.of

    @property
    def nullable(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class LambdaVariable(Expression):
    """A parameter of a lambda."""

    id: int
    name: str = field(compare=False)
    of: t.DataType = field(compare=False)
    may_be_null: bool = field(default=True, compare=False)

    @property
    def type(self) -> t.DataType:
        """What the function passes."""
        return self.of

    @property
    def nullable(self) -> bool:
        """Whether the function may pass null."""
        return self.may_be_null


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """A function of `parameters`; its type and nullability are its body's."""

    parameters: tuple[LambdaVariable, ...]
    body: Expression

    @property
    def type(self) -> t.DataType:
        """The body's."""
        return self.body.type

    @property
    def nullable(self) -> bool:
        """The body's."""
        return self.body.nullable


@dataclass(frozen=True, slots=True)
class GeneratorCall(Expression):
    """A function that yields rows of `schema`; a Generate takes it out of the select list."""

    function: Function
    arguments: tuple[Expression | None, ...]
    schema: t.StructType
    outer: bool = False
    facts: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    name: str = field(default="", compare=False)
    numbers: tuple[int, ...] = field(default=(), compare=False)
    """The ids of its columns, where these are told before a Generate makes them."""

    @property
    def type(self) -> t.DataType:
        """The row it yields."""
        return self.schema

    @property
    def nullable(self) -> bool:
        """A generator has no value of its own."""
        return False


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Expression):
    """The one value of a query; null when it has no rows."""

    query: Relation

    @property
    def type(self) -> t.DataType:
        """The query's only column's."""
        return self.query.output[0].of

    @property
    def nullable(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Exists(Expression):
    """Whether a query has rows."""

    query: Relation

    @property
    def type(self) -> t.DataType:
        """BOOLEAN."""
        return t.BOOLEAN

    @property
    def nullable(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class InSubquery(Expression):
    """Whether `values` are a row of a query. One that stands for a list has the list's three values
    of logic; one that was a subquery is never null where it is not a condition.
    """

    values: tuple[Expression, ...]
    query: Relation
    listed: bool = False
    by_values: bool = False
    """Whether null columns of the query do not count for what it says of nulls."""

    @property
    def type(self) -> t.DataType:
        """BOOLEAN."""
        return t.BOOLEAN

    @property
    def nullable(self) -> bool:
        """When a value or a column may be null."""
        columns = () if self.by_values else self.query.output
        return any(v.nullable for v in self.values) or any(a.may_be_null for a in columns)
