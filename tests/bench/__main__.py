"""`python -m tests.bench`: see --help."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench import (
    data,
    delta,
    delta_layout,
    delta_merge,
    delta_reading,
    delta_tpch,
    micro,
    tpch,
)
from tests.bench.engines import ENGINES, Engine


def arguments() -> argparse.Namespace:
    """What the user asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names = [engine.name for engine in ENGINES]
    parser.add_argument("--scale", type=float, default=1, help="TPC-H scale factor (1)")
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds (3)")
    parser.add_argument("--queries", default="1-22", help="such as 1,3,5-7 (1-22)")
    parser.add_argument("--engines", default=",".join(names), help="those that take part (all)")
    parser.add_argument("--part", choices=["all", "tpch", "micro", "delta"], default="all")
    parser.add_argument("--probes", default=",".join(micro.PROBES), help="of part micro (all)")
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    return parser.parse_args()


def chosen(text: str) -> list[int]:
    """``1,3-5`` as [1, 3, 4, 5]."""
    numbers: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def present(names: str) -> list[Engine]:
    """The engines of `names` that can take part; those that cannot are named."""
    found: list[Engine] = []
    for engine in ENGINES:
        if engine.name not in names.split(","):
            continue
        reason = engine.missing()
        if reason is None:
            found.append(engine)
        else:
            print(f"{engine.title} is left out: {reason}")
    return found


def heading() -> str:
    """The machine and the day."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = time.strftime("%Y-%m-%d")
    return f"# Benchmark of {day}: {os.cpu_count()} cores, {memory:.0f} GB, {platform.machine()}\n"


def main(options: argparse.Namespace) -> Sequence[str]:
    """Measure and print; the parts of the report."""
    engines = present(options.engines)
    logs = data.FOLDER / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    parts = [heading()]
    if options.part in {"all", "tpch"}:
        numbers = chosen(options.queries)
        records = tpch.measure(engines, options.scale, numbers, options.rounds, logs)
        title = f"TPC-H, scale {options.scale:g}, Parquet, median of {options.rounds} rounds"
        parts.append(tpch.report(records, numbers, options.rounds, title))
    if options.part in {"all", "micro"}:
        parts.append(micro.report(micro.measure(engines, logs, options.probes.split(","))))
        parts.append(micro.compile_times())
    if options.part in {"all", "delta"}:
        parts.append(delta.report())
        parts.append(delta_layout.report())
        parts.append(delta_merge.report(int(delta_merge.ROWS * options.scale)))
        lines = delta_reading.measure(data.FOLDER / "delta", data.tpch(options.scale))
        parts.append("\n".join(lines))
        parts.append(delta_tpch.report(options.scale, options.rounds, chosen(options.queries)))
    return parts


if __name__ == "__main__":
    given = arguments()
    report = "\n".join(main(given))
    print(report)
    if given.out is not None:
        given.out.write_text(report, encoding="utf-8")
