"""Files that cannot matter are not read, and every file that may is."""

import itertools
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from boathouse.session.delta import log_at
from tests.tables.builder import TableBuilder, metadata, protocol


@pytest.fixture
def files_read(spark, monkeypatch):
    """The names of the files that a query reads, and its rows."""
    from boathouse.tables.delta.scan import DeltaScan

    read: list[str] = []
    relation = DeltaScan.relation

    def noted(self, columns):
        read.extend(file.path for file in self.chosen)
        return relation(self, columns)

    monkeypatch.setattr(DeltaScan, "relation", noted)

    def run(query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        read.clear()
        found = spark.sql(query).collect()
        return sorted(read), sorted(map(tuple, found), key=repr)

    return run


@pytest.fixture
def measured(table: TableBuilder) -> TableBuilder:
    """Four files: ids 0-9, 10-19, 20-29, and nulls alone."""
    schema = "id INT, name STRING, at TIMESTAMP, day DATE, price DECIMAL(10,2), ratio DOUBLE, s STRUCT<x: BIGINT>"
    table.created(schema)
    data: dict[str, Any] = {}
    for n in range(3):
        ids = list(range(n * 10, n * 10 + 10))
        data = {
            "id": pa.array(ids, pa.int32()),
            "name": pa.array([f"n{i:02}" for i in ids]),
            "at": pa.array(
                [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in ids],
                pa.timestamp("us", "UTC"),
            ),
            "day": pa.array([date(2020, 1, 1) + timedelta(days=i) for i in ids]),
            "price": pa.array([Decimal(i) + Decimal("0.50") for i in ids], pa.decimal128(10, 2)),
            "ratio": pa.array([i / 2 for i in ids]),
            "s": pa.array([{"x": i} for i in ids]),
        }
        stated = {}
        made = table.file(pa.table(data), name=f"f{n}", stated=stated)
        table.commit(with_nested(made, n * 10))
    empty = pa.table(
        {name: pa.nulls(3, column.type) for name, column in data.items() if name != "s"}
    )
    table.commit(table.file(empty, name="nulls"))
    return table


def with_nested(add, least):
    """The statistics of a field inside a struct, which the builder does not make."""
    import json

    stats = json.loads(add["add"]["stats"])
    stats["minValues"]["s"], stats["maxValues"]["s"] = {"x": least}, {"x": least + 9}
    stats["nullCount"]["s"] = {"x": 0}
    add["add"]["stats"] = json.dumps(stats)
    return add


CASES = {
    "id = 5": "f0",
    "5 = id": "f0",
    "id = 5L": "f0",
    "id > 19": "f2",
    "id >= 19": "f1 f2",
    "id < 10": "f0",
    "NOT (id < 10 OR id >= 20)": "f1",
    "id <> 5": "f0 f1 f2",
    "id IN (3, 25)": "f0 f2",
    "id BETWEEN 12 AND 13": "f1",
    "id IS NULL": "nulls",
    "id IS NOT NULL": "f0 f1 f2",
    "id <=> NULL": "nulls",
    "id <=> 11": "f1",
    "id = NULL": "",
    "id > 18.5": "f1 f2",
    "id = 5.5": "f0",
    "id > 1e300": "",
    "name = 'n11'": "f1",
    "name LIKE 'n2%'": "f2",
    "name LIKE '%1'": "f0 f1 f2 nulls",
    "startswith(name, 'n0')": "f0",
    "at = TIMESTAMP '2020-01-15 00:00:00'": "f1",
    "at < TIMESTAMP '2020-01-02 00:00:00'": "f0",
    "day >= DATE '2020-01-25'": "f2",
    "day < '2020-01-03'": "f0",
    "price = 15.50": "f1",
    "price > 29.4": "f2",
    "ratio <= 0.5": "f0",
    "s.x = 21": "f2 nulls",
    "id = 5 AND name = 'n25'": "",
    "id = 5 OR name = 'n25'": "f0 f2",
    "year(day) = 1999": "f0 f1 f2 nulls",
    "id + 1 = 6": "f0 f1 f2 nulls",
}


@pytest.mark.parametrize("condition", CASES)
def test_files_by_their_statistics(measured, files_read, condition):
    read, rows = files_read(f"SELECT id FROM delta.`{measured.root}` WHERE {condition}")
    everything = files_read(
        f"SELECT id FROM (SELECT *, rand() AS r FROM delta.`{measured.root}`) WHERE ({condition}) AND r < 2"
    )
    assert rows == everything[1]
    assert set(CASES[condition].split()) >= set(read), "too much is read"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT count(*) FROM {t} a JOIN {t} b ON a.id = b.id WHERE a.id = 5", {"f0", "f1", "f2", "nulls"}),
        ("SELECT count(*) FROM {t} a LEFT JOIN {t} b ON a.id = b.id AND b.id = 25 WHERE a.id = 5", {"f0", "f2"}),
        ("SELECT count(*) FROM {t} a WHERE id = 5 AND EXISTS (SELECT 1 FROM {t} b WHERE b.id = 15)", {"f0", "f1"}),
        ("WITH c AS (SELECT id + 0 AS i, id FROM {t}) SELECT * FROM c WHERE id = 25", {"f2"}),
        ("WITH c AS (SELECT id FROM {t}) SELECT * FROM c a JOIN c b ON a.id = b.id WHERE a.id = 25", {"f0", "f1", "f2", "nulls"}),
        ("WITH c AS (SELECT id FROM {t}), d AS (SELECT id FROM c WHERE id > 5) SELECT * FROM d WHERE id = 25", {"f2"}),
        ("SELECT * FROM (SELECT id FROM {t} UNION ALL SELECT id FROM {t}) WHERE id = 25", {"f2"}),
        ("SELECT * FROM (SELECT id, sum(id) OVER () FROM {t}) WHERE id = 25", {"f0", "f1", "f2", "nulls"}),
        ("SELECT id, count(*) FROM {t} GROUP BY id HAVING id = 25", {"f2"}),
        ("SELECT * FROM (SELECT id FROM {t} LIMIT 100) WHERE id = 25", {"f0", "f1", "f2", "nulls"}),
    ],
)  # fmt: skip
def test_filters_above_other_relations(measured, files_read, query, expected):
    read, _ = files_read(query.format(t=f"delta.`{measured.root}`"))
    assert set(read) == expected


def test_partition_values(table, files_read):
    table.commit(protocol(), metadata("id INT, p DATE, q STRING", partition_by=("p", "q")))
    for p, q in itertools.product(("2020-01-01", "2020-01-02", None), ("a", None)):
        data = pa.table({"id": pa.array([1], pa.int32())})
        table.commit(table.file(data, name=f"{p}-{q}", partition={"p": p, "q": q}, stats=False))
    place = f"delta.`{table.root}`"
    assert files_read(f"SELECT * FROM {place} WHERE p = '2020-01-01' AND q = 'a'")[0] == [
        "2020-01-01-a"
    ]
    assert files_read(f"SELECT * FROM {place} WHERE p IS NULL AND q IS NULL")[0] == ["None-None"]
    assert files_read(f"SELECT * FROM {place} WHERE q <> 'a'")[0] == []
    assert len(files_read(f"SELECT * FROM {place} WHERE p <> '2020-01-01'")[0]) == 2


def test_random_conditions_never_lose_a_row(table, spark):
    draw = random.Random(7)
    table.created("a INT, b STRING, c DOUBLE")
    for _ in range(12):
        size = draw.randint(1, 4)
        data = pa.table({
            "a": pa.array([draw.choice([None, *range(8)]) for _ in range(size)], pa.int32()),
            "b": pa.array([draw.choice([None, "", "x", "xy", "Ü", "z" * 40]) for _ in range(size)]),
            "c": pa.array([draw.choice([None, 0.0, 1.5, -2.25, 1e300]) for _ in range(size)]),
        })  # fmt: skip
        table.commit(table.file(data, stats=draw.random() < 0.9))
    simple = [
        "a = 3",
        "a < 5",
        "a >= 2",
        "a IS NULL",
        "b = 'x'",
        "b > 'x'",
        "b LIKE 'x%'",
        "c <= 1.5",
        "c <> 0",
        "b IS NOT NULL",
        "a IN (1, 7, NULL)",
    ]
    spark.read.format("delta").load(str(table.root)).cache().createOrReplaceTempView("kept")
    for _ in range(60):
        one, two = draw.choice(simple), draw.choice(simple)
        text = f"{draw.choice(['', 'NOT '])}({one} {draw.choice(['AND', 'OR'])} {draw.choice(['', 'NOT '])}{two})"
        found = spark.sql(f"SELECT count(*) FROM delta.`{table.root}` WHERE {text}").first()
        assert found == spark.sql(f"SELECT count(*) FROM kept WHERE {text}").first(), text


def test_counts_of_the_log(measured):
    index = log_at(str(measured.root)).snapshot().files
    assert (index.count, index.records) == (4, 33)
