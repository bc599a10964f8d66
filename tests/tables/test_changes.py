"""DELETE, UPDATE and MERGE: long runs of random statements against a dictionary of rows."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from boathouse.tables.delta import row_changes
from boathouse.tables.delta.actions import AddFile
from boathouse.tables.storage import LocalStorage

PLAIN = {"boathouse.profile": "plain"}
VECTORS = {**PLAIN, "delta.enableDeletionVectors": "true"}
FEED = {"delta.enableChangeDataFeed": "true"}
VARIANTS = {
    "copies": (PLAIN, ""),
    "copies with a feed, in partitions": ({**PLAIN, **FEED}, "p"),
    "vectors": (VECTORS, ""),
    "vectors in partitions": (VECTORS, "p"),
    "rich": ({"boathouse.profile": "rich"}, ""),
    "rich with a feed": ({"boathouse.profile": "rich", **FEED}, ""),
    "rich with a feed, in partitions": ({"boathouse.profile": "rich", **FEED}, "p"),
}
STEPS = 18

Row = tuple[int, str | None, Any, int]


class Model:
    """A table, and what should be in it."""

    def __init__(self, spark: Any, root: Path, seed: int) -> None:
        self.spark, self.root = spark, root
        self.random = random.Random(seed)
        self.rows: dict[int, Row] = {}
        self.next = 0
        self.before: dict[int, Row] = {}
        self.statements: list[str] = []

    @property
    def table(self) -> str:
        return f"t_{self.root.parent.name.replace('-', '_')}"

    @property
    def name(self) -> str:
        """The table by its name, or by its path."""
        return self.random.choice([self.table, f"delta.`{self.root}`"])

    def run(self, statement: str) -> tuple[int, ...]:
        self.statements.append(statement)
        return tuple(self.spark.sql(statement).collect()[0])

    def fresh(self, count: int) -> list[Row]:
        rows = [
            (
                self.next + i,
                self.random.choice([None, "a", "b", "it's"]),
                self.random.choice([None, *range(20)]),
                self.random.randrange(4),
            )
            for i in range(count)
        ]
        self.next += count
        return rows

    # ---- statements ----

    def insert(self) -> None:
        rows = self.fresh(self.random.randrange(1, 40))
        self.spark.sql(f"INSERT INTO {self.table} {values(rows)}")
        self.rows.update({row[0]: row for row in rows})

    def condition(self) -> tuple[str, Any]:
        number = self.random.randrange(20)
        return self.random.choice(
            [
                (f"n < {number}", lambda r: r[2] is not None and r[2] < number),
                (f"p = {number % 4}", lambda r: r[3] == number % 4),
                (f"id % 7 = {number % 7}", lambda r: r[0] % 7 == number % 7),
                ("v IS NULL", lambda r: r[1] is None),
                (
                    f"v = 'a' AND p <> {number % 4}",
                    lambda r: r[1] == "a" and r[3] != number % 4,
                ),
                (f"id > {self.next - number}", lambda r: r[0] > self.next - number),
            ]
        )

    def delete(self) -> None:
        text, holds = self.condition()
        gone = [id_ for id_, row in self.rows.items() if holds(row)]
        assert self.run(f"DELETE FROM {self.name} WHERE {text}") == (len(gone),)
        for id_ in gone:
            del self.rows[id_]

    def update(self) -> None:
        text, holds = self.condition()
        met = [row for row in self.rows.values() if holds(row)]
        assignments = self.random.choice(
            [
                ("n = coalesce(n, 0) + 1", lambda r: (r[0], r[1], (r[2] or 0) + 1, r[3])),
                ("v = concat(v, '!'), p = (p + 1) % 4", _moved),
                ("v = NULL", lambda r: (r[0], None, r[2], r[3])),
            ]
        )
        statement = f"UPDATE {self.name} SET {assignments[0]} WHERE {text}"
        assert self.run(statement) == (len(met),)
        for row in met:
            self.rows[row[0]] = assignments[1](row)

    def merge(self) -> None:
        known = self.random.sample(sorted(self.rows), min(len(self.rows), 12))
        source = [(id_, "m", self.random.randrange(20), 1) for id_ in known]
        source += [(row[0], "m", row[2], row[3]) for row in self.fresh(5)]
        by_source = self.random.random() < 0.3
        counts = Counter[str]()
        for id_, v, n, p in source:
            old = self.rows.get(id_)
            if old is None:
                if p != 3:
                    self.rows[id_] = (id_, v, n, p)
                    counts["inserted"] += 1
            elif old[2] is not None and old[2] > 15:
                del self.rows[id_]
                counts["deleted"] += 1
            elif n % 2 == 0:
                self.rows[id_] = (id_, v, n, p)
                counts["updated"] += 1
            elif n > 5:
                self.rows[id_] = (id_, old[1], n + (old[2] or 0), old[3])
                counts["updated"] += 1
        text = ""
        if by_source:
            text = "WHEN NOT MATCHED BY SOURCE AND t.id % 5 = 0 THEN DELETE"
            text += " WHEN NOT MATCHED BY SOURCE AND t.id % 5 = 1 THEN UPDATE SET n = 7"
            sources = {row[0] for row in source}
            for id_, row in list(self.rows.items()):
                if id_ not in sources and id_ % 5 == 0:
                    del self.rows[id_]
                    counts["deleted"] += 1
                elif id_ not in sources and id_ % 5 == 1:
                    self.rows[id_] = (row[0], row[1], 7, row[3])
                    counts["updated"] += 1
        answer = self.run(
            f"MERGE INTO {self.name} t USING ({values(source)}) s(id, v, n, p) ON t.id = s.id "
            "WHEN MATCHED AND t.n > 15 THEN DELETE "
            "WHEN MATCHED AND s.n % 2 = 0 THEN UPDATE SET * "
            "WHEN MATCHED AND s.n > 5 THEN UPDATE SET n = s.n + coalesce(t.n, 0) "
            f"WHEN NOT MATCHED AND s.p <> 3 THEN INSERT * {text}"
        )
        expected = counts["updated"], counts["deleted"], counts["inserted"]
        assert answer == (sum(expected), *expected)

    # ---- what is there ----

    def check(self) -> None:
        found = [
            tuple(row) for row in self.spark.sql(f"SELECT id, v, n, p FROM {self.name}").collect()
        ]
        assert Counter(found) == Counter(self.rows.values()), self.statements

    def check_feed(self) -> None:
        """The feed of the last version is the difference to the version before."""
        told = changes_of(self.root)
        old, new = Counter(self.before.values()), Counter(self.rows.values())
        gone = Counter(row for kind, row in told if kind in {"delete", "update_preimage"})
        come = Counter(row for kind, row in told if kind in {"insert", "update_postimage"})
        assert old - gone + come == new, (self.statements[-1], told)
        assert not gone - old


def _moved(row: Row) -> Row:
    text = None if row[1] is None else f"{row[1]}!"
    return row[0], text, row[2], (row[3] + 1) % 4


def values(rows: list[Row]) -> str:
    def text(value: Any) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, int) else "'" + value.replace("'", "\\'") + "'"

    lines = ", ".join(f"({', '.join(map(text, row))})" for row in rows)
    return (
        "SELECT CAST(col1 AS BIGINT), CAST(col2 AS STRING), CAST(col3 AS INT), CAST(col4 AS INT) "
        f"FROM VALUES {lines}"
    )


def commit(root: Path) -> list[dict[str, Any]]:
    """The actions of the last version."""
    last = max((root / "_delta_log").glob("*.json"))
    return [json.loads(line) for line in last.read_text("utf-8").splitlines()]


def changes_of(root: Path) -> list[tuple[str, Row]]:
    """What the last version says happened to each row."""
    actions = commit(root)
    files = [(None, a["cdc"]) for a in actions if "cdc" in a]
    if not files:
        files = [("insert", a["add"]) for a in actions if "add" in a]
        files += [("delete", a["remove"]) for a in actions if "remove" in a]
    told: list[tuple[str, Row]] = []
    for kind, file in files:
        assert kind is None or "deletionVector" not in file or kind == "delete"
        table = pq.read_table(root / file["path"], partitioning=None)
        partition = file.get("partitionValues") or {}
        for number, row in enumerate(table.to_pylist()):
            if kind == "delete" and number in dead(root, file):
                continue
            p = int(partition["p"]) if partition else row["p"]
            told.append((kind or row["_change_type"], (row["id"], row["v"], row["n"], p)))
    return told


def dead(root: Path, file: dict[str, Any]) -> Any:
    """The rows that were gone before a file was removed."""
    return row_changes.deleted(AddFile.from_json(file), LocalStorage(root))


@pytest.fixture
def make(spark, tmp_path, monkeypatch):
    """Makes a model over an empty table with properties; `small`: files stay small files."""

    def build(properties: dict[str, str], partition: str, seed: int) -> Model:
        monkeypatch.setattr(row_changes, "SMALL_FILE", 0)
        model = Model(spark, tmp_path / "t", seed)
        listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        parts = f"PARTITIONED BY ({partition})" if partition else ""
        spark.sql(
            f"CREATE TABLE {model.table} (id BIGINT, v STRING, n INT, p INT) USING delta {parts} "
            f"LOCATION '{model.root}' TBLPROPERTIES ({listed})"
        )
        return model

    return build


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_run_of_statements(make, variant, seed):
    properties, partition = VARIANTS[variant]
    model = make(properties, partition, seed)
    model.insert()
    feed = "delta.enableChangeDataFeed" in properties
    steps = [model.insert, model.delete, model.update, model.update, model.merge, model.merge]
    for _ in range(STEPS):
        model.before = dict(model.rows)
        version = max((model.root / "_delta_log").glob("*.json"))
        model.random.choice(steps)()
        model.check()
        if feed and max((model.root / "_delta_log").glob("*.json")) != version:
            model.check_feed()
