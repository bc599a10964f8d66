"""What the client's own conversions send comes back, through DuckDB, as what they sent."""

import datetime
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import types as client
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion
from pyspark.sql.pandas.types import from_arrow_schema

from boathouse.duck.engine import Engine
from boathouse.errors.exceptions import AnalysisError, SparkError, UnsupportedError
from boathouse.session.local import duck_arrow, local_relation
from boathouse.session.results import converter
from boathouse.types import datatypes as t


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Iterator[Engine]:
    """An engine without files."""
    made = Engine(directories=[], temporary=tmp_path_factory.mktemp("spill"))
    yield made
    made.close()


def ours(of: client.DataType) -> t.DataType:
    """The client's type as ours."""
    match of:
        case client.ArrayType():
            return t.ArrayType(ours(of.elementType), of.containsNull)
        case client.MapType():
            return t.MapType(ours(of.keyType), ours(of.valueType), of.valueContainsNull)
        case client.StructType():
            return t.StructType(
                tuple(t.StructField(f.name, ours(f.dataType), f.nullable) for f in of.fields)
            )
        case client.DecimalType():
            return t.DecimalType(of.precision, of.scale)
        case client.TimeType():
            return t.TimeType(of.precision)
        case _:
            return _SIMPLE[type(of)]


_SIMPLE = {
    client.NullType: t.NULL,
    client.BooleanType: t.BOOLEAN,
    client.ByteType: t.BYTE,
    client.ShortType: t.SHORT,
    client.IntegerType: t.INTEGER,
    client.LongType: t.LONG,
    client.FloatType: t.FLOAT,
    client.DoubleType: t.DOUBLE,
    client.StringType: t.STRING,
    client.BinaryType: t.BINARY,
    client.DateType: t.DATE,
    client.TimestampType: t.TIMESTAMP,
    client.TimestampNTZType: t.TIMESTAMP_NTZ,
    client.DayTimeIntervalType: t.DAY_TIME,
    client.VariantType: t.VARIANT,
}

FLOATS = st.floats(allow_nan=False, width=32)
DATES = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31))
MOMENTS = st.datetimes(datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30))
DURATIONS = st.timedeltas(
    datetime.timedelta(days=-100_000_000), datetime.timedelta(days=100_000_000)
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

SCALARS: list[tuple[client.DataType, st.SearchStrategy[Any]]] = [
    (client.NullType(), st.none()),
    (client.BooleanType(), st.booleans()),
    (client.ByteType(), st.integers(-(2**7), 2**7 - 1)),
    (client.ShortType(), st.integers(-(2**15), 2**15 - 1)),
    (client.IntegerType(), st.integers(-(2**31), 2**31 - 1)),
    (client.LongType(), st.integers(-(2**63), 2**63 - 1)),
    (client.FloatType(), FLOATS),
    (client.DoubleType(), st.floats(allow_nan=False)),
    (client.DecimalType(38, 9), st.decimals(-(10**28), 10**28, places=9)),
    (client.DecimalType(9, 2), st.decimals(-9_999_999, 9_999_999, places=2)),
    (client.StringType(), TEXT),
    (client.BinaryType(), st.binary(max_size=20)),
    (client.DateType(), DATES),
    (client.TimestampNTZType(), MOMENTS),
    (client.DayTimeIntervalType(), DURATIONS),
    (client.TimeType(6), st.times()),
]
KEYS = [pair for pair in SCALARS if not isinstance(pair[0], (client.NullType, client.FloatType))]


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


@st.composite
def typed(draw, depth: int = 2) -> tuple[client.DataType, st.SearchStrategy[Any]]:
    """A type of the client's and values of it."""
    kind = draw(st.sampled_from(["scalar"] * 3 + (["array", "map", "struct"] if depth else [])))
    if kind == "scalar":
        return draw(st.sampled_from(SCALARS))
    inner, values = draw(typed(depth - 1))
    if kind == "array":
        return client.ArrayType(inner), st.lists(nullable(values), max_size=4)
    if kind == "map":
        key, keys = draw(st.sampled_from(KEYS))
        return client.MapType(key, inner), st.dictionaries(keys, nullable(values), max_size=4)
    names = draw(st.lists(st.sampled_from("abcAB é"), min_size=1, max_size=3, unique=True))
    struct = client.StructType([client.StructField(name, inner) for name in names])
    return struct, st.tuples(*[nullable(values) for _ in names])


@st.composite
def frames(draw) -> tuple[client.StructType, list[tuple[Any, ...]]]:
    """A schema and rows of it."""
    columns = draw(st.lists(typed(), min_size=1, max_size=4))
    schema = client.StructType(
        [client.StructField(f"x{i}", of) for i, (of, _) in enumerate(columns)]
    )
    row = st.tuples(*[nullable(values) for _, values in columns])
    return schema, draw(st.lists(row, min_size=1, max_size=5))


def sent(schema: client.StructType, rows: list[tuple[Any, ...]]) -> bytes:
    """The Arrow stream in which the client sends rows."""
    return streamed(LocalDataToArrowConversion.convert(rows, schema, use_large_var_types=False))


def streamed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def through(
    engine: Engine, schema: t.StructType, table: pa.Table, zone: str = "UTC", *, large: bool = False
) -> pa.Table:
    """`table` read by DuckDB and answered as `schema`."""
    with engine.execute("FROM l", tables={"l": table}, zone=zone) as stream:
        convert = converter(stream.schema, schema, zone, large=large)
        batches = [convert(batch) for batch in stream]
        answer = pa.Table.from_batches(batches, _target(convert, stream.schema, batches))
    answer.validate(full=True)
    return pa.ipc.open_stream(streamed(answer)).read_all()


def _target(convert, actual: pa.Schema, batches: list[pa.RecordBatch]) -> pa.Schema:
    if batches:
        return batches[0].schema
    empty = pa.RecordBatch.from_arrays([pa.array([], f.type) for f in actual], schema=actual)
    return convert(empty).schema


def plain(value: Any) -> Any:
    """What rows and literals have in common."""
    match value:
        case bytearray():
            return bytes(value)
        case tuple() | list():
            return [plain(item) for item in value]
        case dict():
            return [(plain(key), plain(item)) for key, item in value.items()]
        case float():
            return (value, math.copysign(1, value))
        case _:
            return value


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(frame=frames())
def test_every_value_comes_back(engine, frame):
    schema, rows = frame
    declared = ours(schema)
    assert isinstance(declared, t.StructType)
    found, table = local_relation([sent(schema, rows)])
    assert found == declared
    answer = through(engine, found, table)
    assert from_arrow_schema(answer.schema) == schema
    collected = ArrowTableToRowsConversion.convert(answer, schema)
    assert plain([tuple(row) for row in collected]) == plain(rows)


def answer_of(engine: Engine, sql: str, of: t.DataType, zone: str = "UTC") -> pa.Table:
    schema = t.StructType((t.StructField("a", of),))
    with engine.execute(f"SELECT {sql}", zone=zone) as stream:
        convert = converter(stream.schema, schema, zone)
        return pa.Table.from_batches([convert(batch) for batch in stream])


def test_timestamps_wear_the_sessions_zone(engine):
    answer = answer_of(engine, "TIMESTAMPTZ '2020-06-01 12:00:00+00'", t.TIMESTAMP, "+02:00")
    assert answer.schema.field("a").type == pa.timestamp("us", tz="+02:00")
    assert answer["a"].cast(pa.int64()).to_pylist() == [1_591_012_800_000_000]


def test_what_needs_no_change_is_not_copied(engine):
    with engine.execute("SELECT range AS a FROM range(1000)") as stream:
        batch = stream.next_batch()
        assert batch is not None
        schema = t.StructType((t.StructField("a", t.LONG),))
        assert converter(stream.schema, schema, "UTC")(batch) is batch
        renamed = t.StructType((t.StructField("b", t.DAY_TIME, nullable=False),))
        relabelled = converter(stream.schema, renamed, "UTC")(batch)
    assert relabelled.schema.field("b").type == pa.duration("us")
    assert relabelled.column(0).buffers()[1].address == batch.column(0).buffers()[1].address


def test_names_may_repeat_and_structs_number_theirs(engine):
    inner = t.StructType((t.StructField("x", t.INTEGER), t.StructField("x", t.STRING)))
    schema = t.StructType((t.StructField("a", t.INTEGER), t.StructField("a", inner)))
    text = "SELECT 1::INTEGER AS c1, {'x': 2::INTEGER, 'x#1': 'y'} AS c2"
    with engine.execute(text) as stream:
        batch = converter(stream.schema, schema, "UTC")(stream.next_batch())
    assert batch.schema.names == ["a", "a"]
    assert batch.column(1).to_pylist() == [{"x_0": 2, "x_1": "y"}]


def test_field_metadata_and_nullability_travel(engine):
    fields = (t.StructField("a", t.INTEGER, nullable=False, metadata=(("comment", "é"),)),)
    with engine.execute("SELECT 1::INTEGER AS c1") as stream:
        batch = converter(stream.schema, t.StructType(fields), "UTC")(stream.next_batch())
    assert not batch.schema.field("a").nullable
    (seen,) = from_arrow_schema(batch.schema).fields
    assert seen.metadata == {"comment": "é"}
    found, _ = local_relation([streamed(pa.Table.from_batches([batch]))])
    assert found == t.StructType(fields)


def test_year_month_intervals_are_months(engine):
    assert answer_of(engine, "14::INTEGER", t.YEAR_MONTH)["a"].to_pylist() == [14]


def test_void_is_null_at_any_depth(engine):
    answer = answer_of(engine, "[NULL::INTEGER]", t.ArrayType(t.NULL))
    assert answer.schema.field("a").type == pa.list_(pa.field("element", pa.null()))
    assert answer["a"].to_pylist() == [[None]]


def test_variants_are_binary(engine):
    rows = """(SELECT j FROM (VALUES ('{"a": [1, 2.50, null]}'::JSON), (NULL)) t(j))"""
    schema = t.StructType((t.StructField("v", t.VARIANT),))
    with engine.execute(f"FROM {rows}") as stream:
        convert = converter(stream.schema, schema, "UTC")
        answer = pa.Table.from_batches([convert(batch) for batch in stream])
    (first, second) = ArrowTableToRowsConversion.convert(answer, from_arrow_schema(answer.schema))
    assert first["v"].toPython() == {"a": [1, Decimal("2.50"), None]}
    assert second["v"] is None
    found, table = local_relation([streamed(answer)])
    assert found == schema
    assert table["c0"].to_pylist() == ['{"a":[1,"\ufdd0n2.50",null]}', None]


def test_large_text_when_asked(engine):
    schema = t.StructType((t.StructField("a", t.ArrayType(t.STRING)),))
    with engine.execute("SELECT ['x', NULL] AS a") as stream:
        batch = converter(stream.schema, schema, "UTC", large=True)(stream.next_batch())
    assert batch.schema.field("a").type.value_type == pa.large_string()
    assert batch.column(0).to_pylist() == [["x", None]]


@pytest.mark.parametrize(
    ("sql", "of"),
    [
        ("1::BIGINT", t.INTEGER),
        ("1::HUGEINT", t.LONG),
        ("'x'", t.BINARY),
        ("[1]", t.MapType(t.STRING, t.STRING)),
        ("{'a': 1}", t.StructType()),
        ("1.5::DECIMAL(10,2)", t.DecimalType(10, 3)),
        ("TIMESTAMP '2020-01-01 00:00:00'", t.TIMESTAMP),
    ],
)
def test_a_type_that_analysis_did_not_promise_is_our_fault(engine, sql, of):
    with pytest.raises(SparkError, match="INTERNAL_ERROR"):
        answer_of(engine, sql, of)


def test_the_number_of_columns_must_agree(engine):
    schema = t.StructType((t.StructField("a", t.INTEGER),))
    with engine.execute("SELECT 1, 2") as stream, pytest.raises(SparkError, match="INTERNAL"):
        converter(stream.schema, schema, "UTC")


def test_no_columns_leave_the_number_of_rows(engine):
    with engine.execute("SELECT 1 FROM range(3)") as stream:
        batch = converter(stream.schema, t.StructType(), "UTC")(stream.next_batch())
    assert (batch.num_columns, batch.num_rows) == (0, 3)
    assert pa.ipc.open_stream(_of(batch)).read_next_batch().num_rows == 3


def _of(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


# ---- local relations ------------------------------------------------------------------------------


def test_chunks_are_one_relation(engine):
    chunk = streamed(pa.table({"a": pa.array([1, 2], pa.int64())}))
    _, table = local_relation([chunk, chunk, chunk])
    assert table["c0"].to_pylist() == [1, 2] * 3


def test_no_data_is_no_rows(engine):
    schema = t.StructType(
        (t.StructField("a", t.MapType(t.STRING, t.TIMESTAMP)), t.StructField("b", t.NULL))
    )
    chosen, table = local_relation([], schema)
    assert chosen is schema
    assert table.num_rows == 0
    assert engine.run("FROM l", tables={"l": table}).num_rows == 0


def test_rows_without_columns_are_counted(engine):
    batch = pa.RecordBatch.from_struct_array(pa.array([{}, {}, {}], pa.struct([])))
    chosen, table = local_relation([_of(batch)])
    assert chosen == t.StructType()
    assert table.num_rows == 3


def test_a_schema_renames_and_widens():
    chunk = streamed(pa.table({"x": pa.array([1], pa.int32())}))
    schema = t.StructType((t.StructField("y", t.LONG),))
    chosen, table = local_relation([chunk], schema)
    assert chosen == schema
    assert table["c0"].type == pa.int64()


def test_user_defined_types_are_their_storage(engine):
    point = t.UserDefinedType(t.ArrayType(t.DOUBLE, contains_null=False), "", "points.Point")
    schema = t.StructType((t.StructField("p", point),))
    chunk = streamed(pa.table({"p": pa.array([[1.0, 2.0]])}))
    chosen, table = local_relation([chunk], schema)
    assert chosen == schema
    assert through(engine, chosen, table)["p"].to_pylist() == [[1.0, 2.0]]


def test_zones_keep_the_moment(engine):
    moment = datetime.datetime(2020, 6, 1, 12, tzinfo=datetime.UTC)
    sent_in = pa.table({"a": pa.array([moment], pa.timestamp("us", tz="Asia/Tokyo"))})
    found, table = local_relation([streamed(sent_in)])
    assert found.fields[0].type == t.TIMESTAMP
    answer = through(engine, found, table, "America/New_York")
    assert answer["a"].to_pylist() == [moment]


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array(["a", "b", "a"], pa.large_string()),
        pa.array(["a", "b", "a"], pa.string_view()),
    ],
    ids=["dictionary", "large", "view"],
)
def test_every_kind_of_text_is_text(array):
    found, table = local_relation([streamed(pa.table({"a": array}))])
    assert found.fields[0].type == t.STRING
    assert table["c0"].to_pylist() == ["a", "b", "a"]


def test_nanoseconds_become_microseconds():
    array = pa.array([1_001], pa.timestamp("ns"))
    found, table = local_relation([streamed(pa.table({"a": array}))])
    assert found.fields[0].type == t.TIMESTAMP_NTZ
    assert table["c0"].cast(pa.int64()).to_pylist() == [1]


def test_nulls_where_the_schema_has_none_are_refused():
    chunk = streamed(pa.table({"x": pa.array([1, None], pa.int32())}))
    schema = t.StructType((t.StructField("x", t.INTEGER, nullable=False),))
    with pytest.raises(AnalysisError) as caught:
        local_relation([chunk], schema)
    assert caught.value.condition == "NULLABLE_COLUMN_OR_FIELD"


def test_a_schema_of_another_type_is_refused():
    chunk = streamed(pa.table({"x": pa.array([[1]])}))
    schema = t.StructType((t.StructField("x", t.INTEGER),))
    with pytest.raises(AnalysisError) as caught:
        local_relation([chunk], schema)
    assert caught.value.condition == "INVALID_COLUMN_OR_FIELD_DATA_TYPE"


def test_arrow_types_that_spark_lacks_are_refused():
    with pytest.raises(UnsupportedError) as caught:
        local_relation([streamed(pa.table({"x": pa.array([1], pa.uint64())}))])
    assert caught.value.condition == "UNSUPPORTED_ARROWTYPE"


def test_damaged_bytes_are_told():
    with pytest.raises(SparkError):
        local_relation([b"not Arrow"])


def test_duckdbs_form_is_what_duckdb_reads(engine, tmp_path: Path):
    struct = t.StructType((t.StructField("x", t.DAY_TIME), t.StructField("X", t.VARIANT)))
    of = t.MapType(t.STRING, t.ArrayType(struct))
    table = pa.table({"a": pa.array([], duck_arrow(of))})
    described = engine.run("SELECT column_type AS a FROM (DESCRIBE l)", tables={"l": table})
    assert described["a"].to_pylist() == ['MAP(VARCHAR, STRUCT(x BIGINT, "X#1" VARCHAR)[])']
