"""Functions of which some arguments must be constants, called with columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from boathouse.duck import column, literal
from boathouse.duck.aside import computed
from boathouse.duck.kernels import arrow_type
from boathouse.duck.types import duck_type
from boathouse.functions.registry import look_up
from boathouse.functions.signature import ABSENT, Argument
from boathouse.types import datatypes as t


def by_value(
    *columns: pa.Array,
    name: str,
    types: Sequence[t.DataType],
    present: Sequence[int],
    constants: Sequence[tuple[int, Any]],
    varying: Sequence[int],
    zone: str,
    facts: Sequence[tuple[str, Any]],
    result: t.DataType,
) -> pa.Array:
    """The function `name` of `columns`, the `present` arguments; it is lowered anew for each value
    of the `varying` ones.
    """
    entry = look_up(name)
    assert entry is not None  # noqa: S101 - it made the kernel
    assert entry.lowering is not None  # noqa: S101 - it made the kernel
    by_place = dict(zip(present, columns, strict=True))
    keys = list(zip(*(by_place[place].to_pylist() for place in varying), strict=True))
    rows: dict[tuple[Any, ...], list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    found = pa.chunked_array([], arrow_type(result))
    for key, places in rows.items():
        values = dict(constants) | dict(zip(varying, key, strict=True))
        known = {
            "arguments": _described(types, values, present),
            "result": result,
            "zone": zone,
            **dict(facts),
        }
        arguments = [
            literal(values[place], duck_type(given))
            if place in varying
            else column(f"a{place}")
            if place in by_place
            else None
            for place, given in enumerate(types)
        ]
        # The wrapped lowering takes from these what it needs.
        expression = entry.lowering(*arguments, **known)
        part = {f"a{place}": each.take(pa.array(places)) for place, each in by_place.items()}
        answer = computed(expression, part, zone).cast(arrow_type(result))
        found = pa.chunked_array([*found.chunks, *answer.chunks], arrow_type(result))
    order = [row for places in rows.values() for row in places]
    back = pa.array(np.argsort(order))
    return pa.concat_arrays(found.take(back).chunks)


def _described(
    types: Sequence[t.DataType], values: dict[int, Any], present: Sequence[int]
) -> tuple[Argument, ...]:
    return tuple(
        Argument(given, value=values[place])
        if place in values
        else Argument(given)
        if place in present
        else ABSENT
        for place, given in enumerate(types)
    )
