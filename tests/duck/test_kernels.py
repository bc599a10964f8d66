"""Functions computed in Python: known to DuckDB when first named, in every new instance."""

from __future__ import annotations

import importlib
import re
import sys
import types as modules
from pathlib import Path

import pyarrow as pa
import pytest

from boathouse.duck import kernels
from boathouse.duck.engine import Engine
from boathouse.duck.kernels import arrow_type, kernel
from boathouse.duck.render import render_expression
from boathouse.duck.types import duck_type
from boathouse.errors.exceptions import SparkArithmeticError, SparkRuntimeError
from boathouse.types import datatypes as t

SOURCE = Path(kernels.__file__).parents[1] / "functions"


def doubled(numbers: pa.Array) -> list[int | None]:
    return [None if number is None else 2 * number for number in numbers.to_pylist()]


def refused(numbers: pa.Array, *, config: str) -> list[int]:
    raise SparkArithmeticError("DIVIDE_BY_ZERO", config=config)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    made = modules.ModuleType("boathouse.functions.kernels.made_here")
    vars(made).update(doubled=doubled, refused=refused)
    monkeypatch.setitem(sys.modules, made.__name__, made)
    with_kernels = Engine(directories=[], temporary=tmp_path)
    yield with_kernels
    with_kernels.close()


def sql_of(call) -> str:
    return render_expression(call)


def test_a_kernel_sees_columns(engine):
    call = sql_of(
        kernel("made_here", "doubled", t.LONG)(kernels.Call("coalesce", (kernels.literal(4),)))
    )
    assert engine.run(f"SELECT {call} AS x").to_pylist() == [{"x": 8}]
    rows = engine.run(
        f"SELECT sum({call.replace('coalesce(4)', 'n')}) AS x FROM range(5000) AS t(n)"
    )
    assert rows.to_pylist() == [{"x": 4999 * 5000}]


def test_an_error_of_a_kernel_is_sparks(engine):
    call = sql_of(kernel("made_here", "refused", t.LONG, config="this one")(1))
    with pytest.raises(SparkArithmeticError) as raised:
        engine.run(f"SELECT {call}")
    assert raised.value.parameters == {"config": "this one"}
    assert engine.run(f"SELECT TRY({call}) AS x").to_pylist() == [{"x": None}]


def test_a_new_instance_knows_them_again(engine):
    call = sql_of(kernel("made_here", "doubled", t.LONG)(7))
    engine.run(f"SELECT {call}")
    engine._poisoned = True
    assert engine.run(f"SELECT {call} AS x").to_pylist() == [{"x": 14}]


def test_other_constants_are_another_kernel():
    one, other = (kernel("made_here", "refused", t.LONG, config=text) for text in "ab")
    assert one.name != other.name
    assert one is kernel("made_here", "refused", t.LONG, config="a")


def test_text_that_looks_like_a_kernel_is_only_text(engine):
    assert engine.run("SELECT 'kernel_of_truth' AS x").to_pylist() == [{"x": "kernel_of_truth"}]


def named() -> set[tuple[str, str]]:
    calls = re.compile(r'kernel\(\s*"(\w+)",\s*"(\w+)"')
    return {found for path in SOURCE.rglob("*.py") for found in calls.findall(path.read_text())}


def test_every_kernel_that_is_named_is_there():
    assert named()
    missing = [
        f"{module}.{function}"
        for module, function in sorted(named())
        if not hasattr(importlib.import_module(f"boathouse.functions.kernels.{module}"), function)
    ]
    assert missing == []


@pytest.mark.parametrize(
    "of",
    [
        t.DATE,
        t.TIMESTAMP,
        t.TIMESTAMP_NTZ,
        t.TIME,
        t.DecimalType(9, 2),
        t.ArrayType(t.STRING),
        t.MapType(t.STRING, t.LONG),
        t.YEAR_MONTH,
        t.StructType((t.StructField("a", t.BYTE),)),
    ],
    ids=str,
)
def test_a_result_of_any_type(engine, of, monkeypatch):
    made = sys.modules["boathouse.functions.kernels.made_here"]
    vars(made)["nothing"] = lambda numbers: pa.nulls(len(numbers), arrow_type(of))
    call = sql_of(kernel("made_here", "nothing", of)(1))
    wanted = engine.run(f"SELECT typeof(CAST(NULL AS {duck_type(of)})) AS x").to_pylist()
    assert engine.run(f"SELECT typeof({call}) AS x").to_pylist() == wanted


def test_an_error_without_a_condition_is_told_too(engine):
    call = sql_of(kernel("made_here", "absent", t.LONG)(1))
    with pytest.raises(Exception, match="absent") as raised:
        engine.run(f"SELECT {call}")
    assert not isinstance(raised.value, SparkRuntimeError)
