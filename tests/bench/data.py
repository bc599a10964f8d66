"""The data and the query texts, made once, in the benchmark environment.

Run there as a script, it writes the texts: `data.py TARGET`, from the DuckDB extensions' wheels.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data" / "bench"
BIN = ROOT / ".venv-bench" / "bin"


def tpch(scale: float) -> Path:
    """The folder of TPC-H's eight Parquet files at `scale`."""
    target = FOLDER / f"tpch-sf{scale:g}"
    if not (target / "complete").exists():
        print(f"Generating TPC-H at scale {scale:g} in {target}", flush=True)
        target.mkdir(parents=True, exist_ok=True)
        generator = [str(BIN / "tpchgen-cli"), "parquet", "--scale-factor", f"{scale:g}"]
        subprocess.run(
            [*generator, "--output-dir", str(target)], check=True, stdout=subprocess.DEVNULL
        )
        (target / "complete").touch()
    return target


def texts(benchmark: str) -> dict[int, str]:
    """The queries of ``tpch`` or ``tpcds`` by number, as DuckDB's extension has them."""
    target = FOLDER / f"{benchmark}.json"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        command = [str(BIN / "python"), str(Path(__file__)), benchmark, str(target)]
        subprocess.run(command, check=True)
    found = json.loads(target.read_text(encoding="utf-8"))
    return {int(number): text for number, text in found.items()}


def write_texts(benchmark: str, target: Path) -> None:
    """Ask the extension in this environment for its queries."""
    duckdb = importlib.import_module("duckdb")
    package = importlib.util.find_spec(f"duckdb_extension_{benchmark}")
    if package is None or package.origin is None:
        raise SystemExit(f"duckdb-extension-{benchmark} is not installed")
    (binary,) = Path(package.origin).parent.rglob(f"{benchmark}.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"LOAD '{binary}'")
    rows = connection.execute(f"FROM {benchmark}_queries() ORDER BY query_nr").fetchall()
    cleaned = {number: text.strip().rstrip(";") for number, text in rows}
    target.write_text(json.dumps(cleaned, indent=1), encoding="utf-8")


if __name__ == "__main__":
    write_texts(sys.argv[1], Path(sys.argv[2]))
