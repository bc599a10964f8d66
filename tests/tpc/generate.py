"""Makes the data and the query texts of TPC-H and TPC-DS, in the environment of requirements/tpc.in.

    python tests/tpc/generate.py [FOLDER]        FOLDER is data/tpc unless given

TPC-H comes from `tpchgen-cli`, TPC-DS from DuckDB's `tpcds` extension; the texts come from the two
extensions, whose wheels bring the binary along. What exists already is left alone.

    FOLDER/tpch/lineitem.parquet ...   FOLDER/tpch/queries.json   {"1": "SELECT ...", ...}
    FOLDER/tpcds/store_sales.parquet ...   FOLDER/tpcds/queries.json

The texts are changed in two ways, the same for everyone who runs them. Names in double quotes are written in
backquotes, as Spark wants them. And both benchmarks leave ties open: rows that sort alike may come in any order, and under LIMIT any of them may
come at all. So every final ORDER BY gets the remaining columns appended (`ORDER BY revenue DESC, 1, 2, 3`):
then there is one right answer, row by row.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import duckdb

SCALE = {"tpch": 0.1, "tpcds": 1}
NESTED = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
SORTED = re.compile(rf"\bORDER\s+BY\b(?:[^()]|{NESTED})*$", re.IGNORECASE)


def main(folder: Path) -> None:
    """Fill `folder`."""
    for benchmark, make in {"tpch": make_tpch, "tpcds": make_tpcds}.items():
        target = folder / benchmark
        queries = target / "queries.json"
        if queries.exists():
            continue
        target.mkdir(parents=True, exist_ok=True)
        connection = extension(benchmark)
        if not any(target.glob("*.parquet")):
            make(connection, target)
        for file in target.glob("*.parquet"):
            connection.execute(f"CREATE OR REPLACE VIEW {file.stem} AS FROM '{file}'")
        texts = connection.execute(f"FROM {benchmark}_queries() ORDER BY query_nr").fetchall()
        closed = {str(number): portable(connection, text) for number, text in texts}
        queries.write_text(json.dumps(closed, indent=1))
        print(f"{target}: {len(list(target.glob('*.parquet')))} tables, {len(texts)} queries")


def extension(name: str) -> duckdb.DuckDBPyConnection:
    """A connection with the extension `name` loaded from its wheel."""
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    if package is None or package.origin is None:
        raise SystemExit(f"duckdb-extension-{name} is not installed; see requirements/tpc.in")
    (binary,) = Path(package.origin).parent.rglob(f"{name}.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{binary}'")
    return connection


def make_tpch(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """The eight tables of TPC-H, as the generator types them: BIGINT keys, DECIMAL(15,2), DATE, STRING."""
    generator = Path(sys.executable).with_name("tpchgen-cli")
    scale = str(SCALE["tpch"])
    command = [str(generator), "parquet", "--scale-factor", scale, "--output-dir", str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def make_tpcds(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """The 24 tables of TPC-DS, as DuckDB types them: INTEGER, DECIMAL(7,2), DATE, VARCHAR."""
    connection.execute("SET threads = 2")
    connection.execute(f"CALL dsdgen(sf = {SCALE['tpcds']})")
    tables = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
    for table in tables:
        file = target / f"{table}.parquet"
        connection.execute(f"COPY {table} TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        connection.execute(f"DROP TABLE {table}")


def portable(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """`text` with names in backquotes, and a final ORDER BY that leaves no two different rows tied."""
    text = text.strip().removesuffix(";").rstrip()
    columns = len(connection.execute(f"DESCRIBE {text}").fetchall())
    text = re.sub(r'"([^"]*)"', r"`\1`", text)
    limit = re.search(r"\s*\bLIMIT\s+\d+$", text, re.IGNORECASE)
    body, end = (text[: limit.start()], limit[0]) if limit else (text, "")
    if not SORTED.search(body):
        return text
    ordinals = ", ".join(str(number) for number in range(1, columns + 1))
    return f"{body}, {ordinals}{end}"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "data" / "tpc")
