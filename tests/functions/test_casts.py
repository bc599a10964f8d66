"""Every cast that is legal is built, and gives exactly the DuckDB type of its target."""

from __future__ import annotations

import duckdb
import pytest

from boathouse.duck import column, native
from boathouse.duck.kernels import named_in
from boathouse.duck.render import render_expression
from boathouse.duck.types import duck_type
from boathouse.functions.casts import can_cast, cast, cast_nullable, is_up_cast
from boathouse.functions.text_form import text_of
from boathouse.types import datatypes as t
from boathouse.types.cast_mode import CastMode

PLAIN = (
    t.BOOLEAN,
    t.BYTE,
    t.SHORT,
    t.INTEGER,
    t.LONG,
    t.FLOAT,
    t.DOUBLE,
    t.DecimalType(5, 2),
    t.DecimalType(38, 18),
    t.STRING,
    t.VarcharType(3),
    t.BINARY,
    t.DATE,
    t.TIMESTAMP,
    t.TIMESTAMP_NTZ,
    t.TIME,
    t.YEAR_MONTH,
    t.YearMonthIntervalType(1, 1),
    t.DAY_TIME,
    t.DayTimeIntervalType(0, 0),
    t.CALENDAR_INTERVAL,
)
NESTED = (
    t.ArrayType(t.INTEGER),
    t.ArrayType(t.STRING),
    t.MapType(t.INTEGER, t.STRING),
    t.MapType(t.LONG, t.DOUBLE),
    t.StructType((t.StructField("a", t.INTEGER), t.StructField("b", t.STRING))),
    t.StructType((t.StructField("x", t.STRING), t.StructField("y", t.DATE))),
)
TYPES = (t.NULL, *PLAIN, *NESTED)
MODES = (CastMode.ANSI, CastMode.TRY, CastMode.LEGACY)


def pairs():
    for given in TYPES:
        for to in (*PLAIN, *NESTED):
            for mode in MODES:
                if can_cast(given, to, mode):
                    yield pytest.param(given, to, mode, id=f"{mode.value} {given} to {to}")


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect(config={"allow_unsigned_extensions": "true"}) as connection:
        if native.available():
            connection.execute(f"LOAD '{native.library()}'")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def first_row(duck):
    known = set()

    def run(sql):
        for kernel in named_in(sql):
            if kernel.name not in known:
                known.add(kernel.name)
                duck.create_function(
                    kernel.name, kernel.compute, None, kernel.duck_type, type="arrow"
                )
        return duck.execute(sql).fetchall()[0]

    return run


@pytest.mark.parametrize(("given", "to", "mode"), list(pairs()))
def test_a_cast_has_the_type_of_its_target(first_row, given, to, mode):
    sql = render_expression(cast(column("x"), given, to, mode))
    source = f"(SELECT CAST(NULL AS {duck_type(given)}) AS x)"
    wanted = first_row(f"SELECT typeof(CAST(NULL AS {duck_type(to)}))")
    assert first_row(f"SELECT typeof({sql}), {sql} FROM {source}") == (*wanted, None)


@pytest.mark.parametrize("given", [*PLAIN, *NESTED], ids=str)
def test_everything_has_a_text(first_row, given):
    sql = render_expression(text_of(column("x"), given))
    source = f"(SELECT CAST(NULL AS {duck_type(given)}) AS x)"
    assert first_row(f"SELECT {sql} FROM {source}") == (None,)


@pytest.mark.parametrize("given", TYPES, ids=str)
@pytest.mark.parametrize("to", TYPES, ids=str)
def test_an_up_cast_never_makes_a_null(given, to):
    if is_up_cast(given, to) and given != t.NULL:
        assert all(can_cast(given, to, mode) for mode in MODES)
        assert not cast_nullable(given, to, CastMode.TRY, False)


def test_casts_that_do_not_exist():
    assert not can_cast(t.INTEGER, t.DATE, CastMode.ANSI)
    assert not can_cast(t.BOOLEAN, t.TIMESTAMP, CastMode.ANSI)
    assert can_cast(t.BOOLEAN, t.TIMESTAMP, CastMode.LEGACY)
    assert not can_cast(t.MapType(t.STRING, t.LONG), t.MapType(t.LONG, t.LONG), CastMode.TRY)
    assert can_cast(t.MapType(t.STRING, t.LONG), t.MapType(t.LONG, t.LONG), CastMode.ANSI)
