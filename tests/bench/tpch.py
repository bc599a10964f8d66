"""TPC-H, query by query, all engines in turn; what each needs, as a ratio to raw DuckDB."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import data
from tests.bench.engines import REFERENCE, Engine
from tests.bench.process import Worker, WorkerError

TIMEOUT = 300.0  # seconds a query may take
TOLERANCE = 1e-6


@dataclass(slots=True)
class Record:
    """What one engine did: seconds of each counted round by query, its failures, what it used."""

    engine: Engine
    opening: float = 0.0
    seconds: dict[int, list[float]] = field(default_factory=dict[int, list[float]])
    failures: dict[int, str] = field(default_factory=dict[int, str])
    answers: dict[int, tuple[int, float]] = field(default_factory=dict[int, tuple[int, float]])
    cpu: float = 0.0
    peak: float = 0.0

    def time(self, number: int) -> float | None:
        """The median of query `number`; None where it failed."""
        if number in self.failures or not self.seconds.get(number):
            return None
        return statistics.median(self.seconds[number])


def measure(
    engines: Sequence[Engine], scale: float, numbers: Sequence[int], rounds: int, logs: Path
) -> list[Record]:
    """Run the queries `rounds` times after one that warms up and is not counted."""
    folder, texts = data.tpch(scale), data.texts("tpch")
    records = [Record(engine) for engine in engines]
    workers = [_opened(record, folder, logs) for record in records]
    for turn in range(rounds + 1):
        print(f"round {turn} of {rounds}" if turn else "warming up", flush=True)
        for number in numbers:
            pairs = list(zip(records, workers, strict=True))
            shift = (turn + number) % len(pairs)
            for record, worker in pairs[shift:] + pairs[:shift]:
                if worker is not None:
                    _run(record, worker, number, texts[number], counted=turn > 0)
    for record, worker in zip(records, workers, strict=True):
        if worker is not None:
            record.peak = worker.usage().peak
            worker.close()
    _compare(records)
    return records


def _opened(record: Record, folder: Path, logs: Path) -> Worker | None:
    worker = record.engine.start(logs)
    try:
        record.opening = worker.ask(TIMEOUT, do="open", folder=str(folder))["seconds"]
    except WorkerError as error:
        print(f"{record.engine.title} does not start: {error}", flush=True)
        record.failures[0] = str(error)
        worker.close()
        return None
    return worker


def _run(record: Record, worker: Worker, number: int, text: str, *, counted: bool) -> None:
    if number in record.failures or not worker.alive:
        record.failures.setdefault(number, "the process is gone")
        return
    before = worker.usage().seconds
    try:
        answer = worker.ask(TIMEOUT, do="query", number=number, text=text)
    except WorkerError as error:
        record.failures[number] = str(error)
        return
    record.answers[number] = answer["rows"], answer["sum"]
    if counted:
        record.cpu += worker.usage().seconds - before
        record.seconds.setdefault(number, []).append(answer["seconds"])


def _compare(records: Iterable[Record]) -> None:
    """An answer that is not the reference's is a failure, however fast it came."""
    by_name = {record.engine.name: record for record in records}
    reference = by_name.get(REFERENCE.name)
    for record in by_name.values():
        for number, (rows, total) in record.answers.items():
            right = reference.answers.get(number) if reference else None
            if right is None:
                continue
            near = abs(total - right[1]) <= TOLERANCE * max(abs(total), abs(right[1]), 1)
            if rows != right[0] or not near:
                record.failures.setdefault(
                    number, f"another answer: {rows} rows, sum {total}, not {right[0]}, {right[1]}"
                )


# ---- printing -----------------------------------------------------------------------------------


def report(records: Sequence[Record], numbers: Sequence[int], rounds: int, title: str) -> str:
    """The table of one run as Markdown."""
    common = [n for n in numbers if all(r.time(n) is not None for r in records if r.answers)]
    started = [record for record in records if record.answers]
    lines = [f"## {title}", "", _row(["", *[r.engine.title for r in started]])]
    lines.append(_row(["---", *["---:"] * len(started)]))
    base = started[0] if started else None
    for label, values in _measures(started, common, numbers, rounds):
        shown = [_with_ratio(value, values[0] if base else None, label) for value in values]
        lines.append(_row([label, *shown]))
    lines += ["", _row(["query", *[f"{r.engine.title} (s)" for r in started]])]
    lines.append(_row(["---", *["---:"] * len(started)]))
    for number in numbers:
        cells = [_cell(record.time(number)) for record in started]
        lines.append(_row([str(number), *cells]))
    lines += _failures(records)
    return "\n".join(lines) + "\n"


def _measures(
    records: Sequence[Record], common: Sequence[int], numbers: Sequence[int], rounds: int
) -> list[tuple[str, list[float | None]]]:
    times = [[record.time(n) or 0.0 for n in common] for record in records]
    counted = f"({len(common)} queries that all answered)"
    return [
        ("answered", [float(sum(r.time(n) is not None for n in numbers)) for r in records]),
        (f"geometric mean, s {counted}", [_mean(values) for values in times]),
        ("sum, s", [sum(values) if common else None for values in times]),
        ("CPU a round, s (all queries)", [record.cpu / rounds for record in records]),
        ("peak memory, MB", [record.peak for record in records]),
        ("start to tables, s", [record.opening for record in records]),
    ]


def _mean(values: Sequence[float]) -> float | None:
    return statistics.geometric_mean(values) if values else None


def _with_ratio(value: float | None, base: float | None, label: str) -> str:
    if value is None:
        return "-"
    if label == "answered":
        return f"{value:.0f}"
    shown = f"{value:,.0f}" if label.endswith("MB") else f"{value:.3f}"
    return f"{shown} ({value / base:.2f}x)" if base else shown


def _cell(value: float | None) -> str:
    return "FAILED" if value is None else f"{value:.3f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _failures(records: Sequence[Record]) -> list[str]:
    lines = [
        f"- {record.engine.title}, {f'query {number}' if number else 'start'}: {reason}"
        for record in records
        for number, reason in sorted(record.failures.items())
    ]
    return ["", "Failures:", "", *lines] if lines else []
