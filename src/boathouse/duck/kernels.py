"""Functions that no words of DuckDB say, computed in Python on Arrow columns.

A kernel is called with one Arrow array for each argument, of at most 2,048 rows, by one thread at a
time: right for what is rare or dear anyway (XML, encryption, sketches), wrong for arithmetic. It is
found by name in a module that is imported at its first call, so that what nobody calls costs
nothing. The engine makes a kernel known to DuckDB when the first statement names it.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from boathouse.duck.render import NO_FIELD
from boathouse.duck.tree import FAILURE, Call, Expression, Value, literal
from boathouse.duck.types import duck_type, field_names
from boathouse.errors.exceptions import SparkError
from boathouse.types import datatypes as t

_PREFIX = "kernel_"
_NAMED = re.compile(r"\bkernel_\w+")
_KERNELS: dict[str, Kernel] = {}
"""Every kernel that was ever made, by its name in DuckDB."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """``function`` of ``boathouse.functions.kernels.<module>``, called with Arrow arrays and then
    `constants` by keyword; it returns an array or a list of Python values of the type `gives`.
    """

    module: str
    function: str
    gives: t.DataType
    constants: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """What DuckDB calls it: different for other constants and another result."""
        told = repr((self.gives, self.constants)).encode()
        digest = hashlib.blake2b(told, digest_size=8).hexdigest()
        return f"{_PREFIX}{self.module}_{self.function}_{digest}"

    def __call__(self, *arguments: Value) -> Expression:
        """A call of it in a duck tree."""
        return Call(self.name, tuple(literal(argument) for argument in arguments))

    @property
    def duck_type(self) -> str:
        """The DuckDB type of its result."""
        return duck_type(self.gives)

    def compute(self, *columns: pa.ChunkedArray) -> pa.Array:
        """What DuckDB calls. An error of ours travels as `tree.fail` tells it."""
        try:
            found: Callable[..., Any] = getattr(_loaded(self.module), self.function)
            arrays = [pa.concat_arrays(column.chunks) for column in columns]
            values = found(*arrays, **dict(self.constants))
        except SparkError as error:
            raise ValueError(_told(error)) from None
        if isinstance(values, pa.Array):
            return values
        return pa.array(values, arrow_type(self.gives))


def _loaded(module: str) -> Any:
    return importlib.import_module(f"boathouse.functions.kernels.{module}")


def _told(error: SparkError) -> str:
    parts = [error.condition]
    for name, value in error.parameters.items():
        parts += [name, str(value)]
    return FAILURE + "\x1f".join(parts)


def kernel(module: str, function: str, gives: t.DataType, **constants: Any) -> Kernel:
    """The kernel `function` of `module`; `constants` are known while the query is prepared and
    have a `repr` that says all about them.
    """
    made = Kernel(module, function, gives, tuple(constants.items()))
    return _KERNELS.setdefault(made.name, made)


def named_in(sql: str) -> list[Kernel]:
    """The kernels that `sql` calls."""
    if _PREFIX not in sql:
        return []
    return [_KERNELS[name] for name in set(_NAMED.findall(sql)) if name in _KERNELS]


def arrow_type(of: t.DataType) -> pa.DataType:
    """The Arrow type that DuckDB takes for a column of `of`."""
    match of:
        case t.ArrayType():
            return pa.list_(arrow_type(of.element))
        case t.MapType():
            return pa.map_(arrow_type(of.key), arrow_type(of.value))
        case t.StructType():
            pairs = zip(field_names(of), of.fields, strict=True)
            fields = [pa.field(name, arrow_type(f.type)) for name, f in pairs]
            return pa.struct(fields or [pa.field(NO_FIELD, pa.bool_())])
        case t.DecimalType():
            return pa.decimal128(of.precision, of.scale)
        case _:
            return _ARROW[type(of)]


_ARROW: dict[type[t.DataType], pa.DataType] = {
    t.NullType: pa.int32(),
    t.BooleanType: pa.bool_(),
    t.ByteType: pa.int8(),
    t.ShortType: pa.int16(),
    t.IntegerType: pa.int32(),
    t.LongType: pa.int64(),
    t.FloatType: pa.float32(),
    t.DoubleType: pa.float64(),
    t.StringType: pa.string(),
    t.CharType: pa.string(),
    t.VarcharType: pa.string(),
    t.BinaryType: pa.binary(),
    t.VariantType: pa.string(),
    t.DateType: pa.date32(),
    t.TimestampType: pa.timestamp("us", tz="UTC"),
    t.TimestampNTZType: pa.timestamp("us"),
    t.TimeType: pa.time64("us"),
    t.YearMonthIntervalType: pa.int32(),
    t.DayTimeIntervalType: pa.int64(),
}
