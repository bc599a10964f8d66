"""Files that DuckDB alone would read wrongly."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import boathouse

NAN = float("nan")
NAMES = ("a1", "a[1]", "a*", "a?", "[ab]")


@pytest.fixture(scope="module")
def spark():
    with boathouse.session() as session:
        yield session


@pytest.mark.parametrize("form", ["parquet", "csv", "json", "text"])
def test_names_that_look_like_patterns(spark, tmp_path, form):
    for number, name in enumerate(NAMES):
        path = tmp_path / name
        match form:
            case "parquet":
                pq.write_table(pa.table({"value": [str(number)]}), path)
            case "json":
                path.write_text(f'{{"value": "{number}"}}\n')
            case _:
                path.write_text(f"{number}\n")
    frame = spark.read.format(form).schema("value STRING").load(str(tmp_path))
    found = frame.selectExpr("value", "_metadata.file_name").collect()
    assert sorted(map(tuple, found)) == [(str(number), name) for number, name in enumerate(NAMES)]


def test_statistics_that_leave_nan_out(spark, tmp_path):
    inside = pa.array([{"f": NAN}, {"f": 2.0}], pa.struct([("f", pa.float32())]))
    pq.write_table(pa.table({"d": [NAN, 2.0], "s": inside}), tmp_path / "a.parquet")
    frame = spark.read.parquet(str(tmp_path))
    conditions = ("d = 2", "d > 5", "isnan(d)", "d <> 2", "s.f = 2", "s.f > 5", "isnan(s.f)")
    assert {one: frame.where(one).count() for one in conditions} == dict.fromkeys(conditions, 1)
