"""TPC-H on managed Delta tables beside the same Parquet files read without their logs.

Both sides run in one session, in turn, query by query; what is compared is CPU time, which a busy
machine disturbs least. `python -m tests.bench.delta_tpch SCALE [ROUNDS] [QUERIES]` runs this part.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boathouse
from tests.bench import data

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
ROUNDS = 3


def report(scale: float, rounds: int = ROUNDS, queries: Sequence[int] = range(1, 23)) -> str:
    """A table: the best CPU and wall clock of each query on either side, and the ratios."""
    source, texts = data.tpch(scale), data.texts("tpch")
    place = data.FOLDER / f"delta-tpch-sf{scale:g}"
    with boathouse.session(place) as spark:
        _make(spark, source, place)
        best: dict[tuple[int, str], tuple[float, float]] = {}
        for turn in range(rounds + 1):
            for number in queries:
                sides = ("bare", "managed") if (turn + number) % 2 else ("managed", "bare")
                for side in sides:
                    found = _timed(spark, side, texts[number])
                    if turn:
                        known = best.get((number, side), found)
                        best[number, side] = (min(known[0], found[0]), min(known[1], found[1]))
    return _shown(scale, rounds, queries, best)


def _make(spark: Any, source: Path, place: Path) -> None:
    """The tables, once, and for each a view of its files."""
    spark.sql("CREATE DATABASE IF NOT EXISTS managed")
    spark.sql("CREATE DATABASE IF NOT EXISTS bare")
    for name in TABLES:
        if not spark.catalog.tableExists(f"managed.{name}"):
            print(f"Writing {name}", flush=True)
            file = source / f"{name}.parquet"
            spark.sql(f"CREATE TABLE managed.{name} USING delta AS SELECT * FROM parquet.`{file}`")
        (detail,) = spark.sql(f"DESCRIBE DETAIL managed.{name}").collect()
        root = detail["location"].removeprefix("file:")
        spark.sql(f"CREATE OR REPLACE VIEW bare.{name} AS SELECT * FROM parquet.`{root}`")


def _timed(spark: Any, side: str, text: str) -> tuple[float, float]:
    """CPU and wall-clock seconds of one run."""
    spark.sql(f"USE {side}")
    processor, wall = time.process_time(), time.perf_counter()
    spark.sql(text).collect()
    return time.process_time() - processor, time.perf_counter() - wall


def _shown(
    scale: float,
    rounds: int,
    queries: Sequence[int],
    best: dict[tuple[int, str], tuple[float, float]],
) -> str:
    lines = [
        f"## TPC-H, scale {scale:g}: managed Delta tables beside their own Parquet files",
        "",
        f"Best of {rounds} rounds.",
        "",
        "| query | Parquet CPU s | Delta CPU s | x | Parquet s | Delta s | x |",
        "|---|---|---|---|---|---|---|",
    ]
    totals = [[0.0, 0.0], [0.0, 0.0]]
    for number in queries:
        bare, ours = best[number, "bare"], best[number, "managed"]
        lines.append(_line(str(number), bare, ours))
        for total, one in zip(totals, (bare, ours), strict=True):
            total[0] += one[0]
            total[1] += one[1]
    lines.append(_line("all", *totals))
    return "\n".join([*lines, ""])


def _line(name: str, bare: Sequence[float], ours: Sequence[float]) -> str:
    cells = [
        f"{bare[at]:.3f} | {ours[at]:.3f} | {ours[at] / bare[at]:.2f}" for at in range(len(bare))
    ]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    _, scale_, *rest = sys.argv
    turns = int(rest[0]) if rest else ROUNDS
    chosen = [int(one) for one in rest[1].split(",")] if len(rest) > 1 else range(1, 23)
    print(report(float(scale_), turns, chosen))
