"""Runs statements again and again in a process into which failing.c is loaded, each time with
another of their writes failing, and prints what came of it: `python failing.py ROOT ERRNO`.
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException

import boathouse

LIBRARY = ctypes.CDLL(None)
LIBRARY.fault_last.restype = LIBRARY.fault_path.restype = ctypes.c_char_p
MAKE = """CREATE TABLE delta.`{}` USING delta TBLPROPERTIES ('delta.enableDeletionVectors' = 'true',
 'delta.enableChangeDataFeed' = 'true', 'delta.checkpointInterval' = '2') PARTITIONED BY (p)
 AS SELECT id, repeat('x', 300) AS name, id % 2 AS p FROM range(20000)"""
STATEMENTS = {
    "insert": "INSERT INTO {} (id, name, p) SELECT id, 'new', id % 3 FROM range(-5, 0)",
    "overwrite": "INSERT OVERWRITE {} SELECT id, 'new', id % 3 FROM range({at})",
    "delete": "DELETE FROM {} WHERE id % 200 = {at}",
    "update": "UPDATE {} SET name = 'y{at}' WHERE id = 77",
    "merge": "MERGE INTO {} t USING (SELECT explode(array(5L, -{at}L)) AS id) s ON t.id = s.id"
    " WHEN MATCHED THEN UPDATE SET name = 'm{at}'"
    " WHEN NOT MATCHED THEN INSERT (id, p) VALUES (s.id, 0)",
    "optimize": "OPTIMIZE {} ZORDER BY (id)",
    "replace": "INSERT INTO {} REPLACE WHERE id = 9 SELECT 9L, 'z{at}', 1L",
    "alter": "ALTER TABLE {} ADD COLUMN more{at} INT",
    "clone": "CREATE OR REPLACE TABLE delta.`{root}/copy` DEEP CLONE {}",
    "restore": "RESTORE {} TO VERSION AS OF 1",
}


def state(spark: Any, path: Path) -> list[Any] | None:
    """The version, the columns, and how many rows of which kinds there are; None for no table."""
    if not (path / "_delta_log" / f"{0:020}.json").exists():
        return None
    frame = spark.read.format("delta").load(str(path))
    kinds = frame.groupBy("name", "p").agg({"*": "count", "id": "sum"})
    (newest,) = spark.sql(f"DESCRIBE HISTORY delta.`{path}` LIMIT 1").select("version").collect()
    return [*newest, frame.columns, *sorted(map(list, kinds.collect()), key=repr)]


def outcomes(spark: Any, root: Path, name: str, code: int) -> list[tuple[str, str, Any, bool]]:
    """For each write of a statement: the call that failed, the name of the place where it did, the
    condition that the statement ended with (None: it succeeded), and whether the table that it
    writes was another one afterwards.
    """
    place = root / name
    spark.sql(MAKE.format(place))
    spark.sql(STATEMENTS["insert"].format(f"delta.`{place}`"))
    if name == "restore":
        spark.sql(f"DELETE FROM delta.`{place}`")
    target = root / "copy" if name == "clone" else place
    found: list[tuple[str, str, Any, bool]] = []
    for at in range(1, 10_000):
        statement = STATEMENTS[name].format(f"delta.`{place}`", root=root, at=at)
        before, condition = state(spark, target), None
        LIBRARY.fault_arm(at - 1, code)
        try:
            spark.sql(statement)
        except PySparkException as error:
            condition = error.getCondition() or str(error)
        last, seen = LIBRARY.fault_last().decode(), LIBRARY.fault_seen()
        where = Path(LIBRARY.fault_path().decode()).name
        LIBRARY.fault_arm(-1, 0)
        found.append((last, where, condition, state(spark, target) != before))
        if seen < at:
            break
    return found


if __name__ == "__main__":
    _, place_, code_ = sys.argv
    root_ = Path(place_)
    with boathouse.session(root_ / "data") as session_:
        session_.conf.set("boathouse.delta.upkeep.enabled", "false")
        told = {name: outcomes(session_, root_, name, int(code_)) for name in STATEMENTS}
    print(json.dumps(told))
