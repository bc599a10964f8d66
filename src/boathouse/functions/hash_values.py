"""Spark's two hashes of any values: ``hash`` (Murmur 3, 32 bits) and ``xxhash64``.

Both start from 42 and carry the result of one value as the seed of the next; null changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from boathouse import duck
from boathouse.duck import Expression, native
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import unsupported
from boathouse.functions.arithmetic import unscaled
from boathouse.functions.hash_in_sql import MURMUR, XX
from boathouse.functions.interval_parts import micros_of, months_of
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import ANY, Argument, TypeMismatch, never
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

HASH = Group("hash_funcs")

_Arguments = tuple[Argument, ...]


class Hash(Protocol):
    """How a hash takes the values it knows, after the state `seed`."""

    @property
    def takes_null(self) -> bool:
        """Whether it leaves the seed as it is for null by itself."""
        ...

    @property
    def start(self) -> Expression:
        """The state before the first value."""
        ...

    def of_int(self, value: Expression, seed: Expression) -> Expression:
        """The state after an INTEGER."""
        ...

    def of_long(self, value: Expression, seed: Expression) -> Expression:
        """The state after a BIGINT."""
        ...

    def of_float(self, value: Expression, seed: Expression) -> Expression:
        """The state after a FLOAT."""
        ...

    def of_double(self, value: Expression, seed: Expression) -> Expression:
        """The state after a DOUBLE."""
        ...

    def of_text(self, value: Expression, seed: Expression) -> Expression:
        """The state after a VARCHAR."""
        ...

    def of_bytes(self, value: Expression, seed: Expression) -> Expression:
        """The state after a BLOB."""
        ...

    def result(self, state: Expression) -> Expression:
        """The hash that the last state is."""
        ...


@dataclass(frozen=True, slots=True)
class Native:
    """A hash in native code: its states are results, of DuckDB's type `kind`."""

    name: str
    kind: str
    takes_null: bool = True

    @property
    def start(self) -> Expression:
        """The seed of the first value."""
        return duck.literal(42, self.kind)

    def of_int(self, value: Expression, seed: Expression) -> Expression:
        """Of an INTEGER."""
        return native.call(f"{self.name}_integer", value, seed)

    def of_long(self, value: Expression, seed: Expression) -> Expression:
        """Of a BIGINT."""
        return native.call(f"{self.name}_bigint", value, seed)

    def of_float(self, value: Expression, seed: Expression) -> Expression:
        """Of a FLOAT."""
        return native.call(f"{self.name}_float", value, seed)

    def of_double(self, value: Expression, seed: Expression) -> Expression:
        """Of a DOUBLE."""
        return native.call(f"{self.name}_double", value, seed)

    def of_text(self, value: Expression, seed: Expression) -> Expression:
        """Of a VARCHAR."""
        return native.call(f"{self.name}_text", value, seed)

    def of_bytes(self, value: Expression, seed: Expression) -> Expression:
        """Of a BLOB."""
        return native.call(f"{self.name}_bytes", value, seed)

    def result(self, state: Expression) -> Expression:
        """The state itself."""
        return state


# ---- values -------------------------------------------------------------------------------------


def _value(hash: Hash, value: Expression, kind: t.DataType, seed: Expression) -> Expression:
    """`seed` changed by `value`, which is not null."""
    match kind:
        case t.BooleanType() | t.IntegralType() | t.YearMonthIntervalType() if _short(kind):
            return hash.of_int(value.cast("INTEGER"), seed)
        case t.DateType():
            days = value - duck.literal("1970-01-01", "DATE")
            return hash.of_int(days.cast("INTEGER"), seed)
        case t.LongType() | t.DayTimeIntervalType():
            return hash.of_long(value, seed)
        case t.TimestampType() | t.TimestampNTZType():
            return hash.of_long(duck.f.epoch_us(value), seed)
        case t.TimeType():
            micros = duck.f.epoch_us(duck.literal("1970-01-01", "DATE") + value)
            return hash.of_long(micros * 1000, seed)
        case t.FloatType():
            return hash.of_float(value, seed)
        case t.DoubleType():
            return hash.of_double(value, seed)
        case t.DecimalType() if kind.precision <= 18:
            return hash.of_long(unscaled(value, kind).cast("BIGINT"), seed)
        case t.DecimalType():
            return hash.of_bytes(_shortest(unscaled(value, kind)), seed)
        case t.CalendarIntervalType():
            state = hash.of_long(micros_of(value).cast("BIGINT"), seed)
            days = duck.f.datepart("day", value).cast("INTEGER")
            return hash.of_int(months_of(value).cast("INTEGER"), hash.of_int(days, state))
        case t.BinaryType():
            return hash.of_bytes(value, seed)
        case t.ArrayType():
            return _array(hash, value, kind, seed)
        case t.StructType():
            return _struct(hash, value, kind, seed)
        case t.MapType():
            return _array(hash, duck.f.map_entries(value), kind.entries, seed)
        case _ if is_string(kind):
            return hash.of_text(value, seed)
        case _:
            raise unsupported(f"a hash of {kind.sql}")


def _short(kind: t.DataType) -> bool:
    return not isinstance(kind, t.LongType)


def _shortest(value: Expression) -> Expression:
    """A whole number as the fewest bytes that keep its sign, highest first."""

    def build(number: Expression) -> Expression:
        def fits(count: Expression) -> Expression:
            edge = duck.operator("<<", duck.literal(1, "HUGEINT"), (count * 8 - 1).cast("HUGEINT"))
            return duck.all_of(number.less(edge), number.at_least(-edge))

        counts = duck.f.list_filter(duck.f.range(1, 16), duck.lambda_("_n", fits))
        count = duck.f.coalesce(duck.f.list_extract(counts, 1), 16)

        def byte(place: Expression) -> Expression:
            moved = duck.operator(">>", number, (place * 8).cast("HUGEINT"))
            low = duck.operator("&", moved, duck.literal(255, "HUGEINT"))
            return duck.f.lpad(duck.f.to_hex(low.cast("BIGINT")), 2, "0")

        places = duck.f.range(count - 1, -1, -1)
        digits = duck.f.list_transform(places, duck.lambda_("_n", byte))
        return duck.f.unhex(duck.f.array_to_string(digits, ""))

    return let(value, build, "number")


def _into(hash: Hash, value: Expression, kind: t.DataType, seed: Expression) -> Expression:
    """`seed` changed by `value`; null leaves it as it is."""
    if isinstance(kind, t.NullType):
        return seed
    if hash.takes_null and not isinstance(kind, (t.ArrayType, t.StructType, t.MapType)):
        return _value(hash, value, kind, seed)

    def build(start: Expression) -> Expression:
        return let(
            value,
            lambda v: duck.case((v.is_null(), start), otherwise=_value(hash, v, kind, start)),
            "value",
        )

    return let(seed, build, "seed")


def _array(hash: Hash, value: Expression, kind: t.ArrayType, seed: Expression) -> Expression:
    start = hash.start
    states = duck.f.list_transform(
        value, duck.lambda_("_e", lambda e: duck.struct_of(h=start, v=e))
    )

    def step(state: Expression, item: Expression) -> Expression:
        element = duck.field_of(item, "v")
        after = _into(hash, element, kind.element, duck.field_of(state, "h"))
        return duck.struct_of(h=after, v=element)

    first = duck.struct_of(h=seed, v=duck.NULL.cast(duck_type(kind.element)))
    done = duck.f.list_reduce(states, duck.lambda_("_s _i", step), first)
    return duck.field_of(done, "h")


def _struct(hash: Hash, value: Expression, kind: t.StructType, seed: Expression) -> Expression:
    for name, field in zip(field_names(kind), kind.fields, strict=True):
        seed = _into(hash, duck.field_of(value, name), field.type, seed)
    return seed


def no_variants(name: str) -> Callable[[_Arguments], None]:
    """The check that the function `name` is given none."""

    def check(given: _Arguments) -> None:
        if any(t.contains_type(argument.type, t.VariantType) for argument in given):
            raise TypeMismatch("HASH_VARIANT_TYPE", functionName=f"`{name}`")

    return check


def _no_maps(name: str) -> Callable[[_Arguments], None]:
    """As `no_variants`, and no maps."""

    def check(given: _Arguments) -> None:
        if any(t.contains_type(argument.type, t.MapType) for argument in given):
            raise TypeMismatch("HASH_MAP_TYPE", functionName=f"`{name}`")
        no_variants(name)(given)

    return check


def _entry(name: str, in_sql: Hash, native_name: str, gives: t.DataType, doc: str) -> None:
    def lowering(*values: Expression, arguments: _Arguments) -> Expression:
        kind = duck_type(gives)
        hash = Native(native_name, kind) if native.available() else in_sql
        state = hash.start
        for value, argument in zip(values, arguments, strict=True):
            state = _into(hash, value, argument.type, state)
        return hash.result(state).cast(kind)

    HASH.scalar(
        name,
        takes=[ANY],
        variadic=ANY,
        gives=gives,
        nullable=never,
        check=_no_maps(name),
        needs=("arguments",),
        doc=doc,
    )(lowering)


_entry(
    "hash",
    MURMUR,
    "murmur",
    t.INTEGER,
    """A hash of values, of 32 bits.

    >>> SELECT hash('Spark', 1)
    205329825
    """,
)
_entry(
    "xxhash64",
    XX,
    "xx",
    t.LONG,
    """A hash of values, of 64 bits.

    >>> SELECT xxhash64('Spark', 1)
    -4449867541325528513
    """,
)
