"""The examples that Spark itself documents, run by a real Spark and by Boathouse, side by side.

    python -m tests.differential.examples            asks both and prints the share that is equal
    python -m tests.differential.examples --all      prints every difference, not the first of each
    python -m tests.differential.examples --only hll prints the differences of names that match

Each statement comes from `DESCRIBE FUNCTION EXTENDED` of a Spark that is running; none is kept here.
An answer counts as equal where rows, column names, types and nullability are, or the error is. A
statement that Spark itself answers differently twice is compared without its rows.

Spark runs in its own environment (requirements/spark.in) and needs a JVM; what it answered is kept in
`data/differential`, outside the repository. `--fresh` asks again.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "data" / "differential" / "examples.json"
BAR = 0.96
SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.timeType.enabled": "true"}
"""The examples assume that TIME is switched on; by default it is not."""


@dataclass(frozen=True, slots=True)
class Example:
    """A statement of the function `name`, and what Spark answered, twice."""

    name: str
    statement: str
    answers: tuple[tuple[str, ...], ...]


def main(arguments: list[str]) -> int:
    """Ask, compare, print; 1 where the share is under the bar."""
    parser = argparse.ArgumentParser(prog="examples", description="Spark's examples on both sides.")
    parser.add_argument("--fresh", action="store_true", help="ask Spark again")
    parser.add_argument("--all", action="store_true", help="print every difference")
    parser.add_argument("--only", default="", help="a regular expression for names of functions")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    os.environ["TZ"] = "UTC"
    time.tzset()
    if options.ask is not None:
        options.ask.write_text(json.dumps(list(asked())))
        return 0
    if options.fresh or not KEPT.exists():
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        command = [str(ROOT / ".venv-spark/bin/python"), "-m", __spec__.name, "--ask", str(KEPT)]
        subprocess.run(command, check=True, cwd=ROOT)
    examples = [
        Example(name, statement, tuple(map(tuple, answers)))
        for name, statement, answers in json.loads(KEPT.read_text())
        if re.search(options.only, name)
    ]
    return report(examples, compared(examples), every=options.all)


# ---- Spark's side -------------------------------------------------------------------------------


def asked() -> Iterator[tuple[str, str, list[tuple[str, ...]]]]:
    """Every example of a new Spark once: function, statement, two answers."""
    from tests.spark.capture import connector

    session = connector()()
    for key, value in SETTINGS.items():
        session.conf.set(key, value)
    seen: set[str] = set()
    for row in session.sql("SHOW ALL FUNCTIONS").collect():
        text = "\n".join(
            line[0] for line in session.sql(f"DESCRIBE FUNCTION EXTENDED `{row[0]}`").collect()
        )
        for statement in statements(text):
            if statement not in seen:
                seen.add(statement)
                yield row[0], statement, [answered(session, statement) for _ in range(2)]


def statements(description: str) -> Iterator[str]:
    """The statements behind ``>`` in the examples of a function's `description`."""
    _, _, examples = description.partition("Examples:")
    for match in re.finditer(r"^\s*> (.*?);[ \t]*$", examples, re.MULTILINE | re.DOTALL):
        yield match[1]


def answered(session: Any, statement: str) -> tuple[str, ...]:
    """The answer lines of `statement`. Spark's client reads no months: they are told as text."""
    from pyspark.sql import types

    from tests.spark.answer import evaluate, schema_lines
    from tests.spark.format import Statement

    months = types.YearMonthIntervalType
    names: dict[str, Any] = {"spark": session}
    try:
        lines = tuple(evaluate(session, Statement(statement, is_python=False), names))
        unread = lines[0].startswith("error UNSUPPORTED_DATA_TYPE_FOR_ARROW_CONVERSION")
        table = session.sql(statement) if unread or lines[0] == "schema" else None
        if table is None or not any(isinstance(f.dataType, months) for f in table.schema):
            return lines
        columns = [f"CAST(`{place}` AS STRING)" for place in range(len(table.schema))]
        names["table"] = table.toDF(*map(str, range(len(columns)))).selectExpr(*columns)
        texts = evaluate(session, Statement("table", is_python=True), names)
        return (*schema_lines(table.schema), *texts)
    except Exception as error:  # noqa: BLE001 - the client itself may stumble over a value
        return (f"client {type(error).__name__}: {str(error)[:200]}",)


# ---- ours ---------------------------------------------------------------------------------------


def compared(examples: list[Example]) -> list[tuple[Example, tuple[str, ...]]]:
    """The examples that Boathouse answers differently, with its answer."""
    import boathouse

    with boathouse.session(settings=SETTINGS) as session:
        return [
            (example, ours)
            for example in examples
            if not is_equal(example, ours := answered(session, example.statement))
        ]


def is_equal(example: Example, ours: tuple[str, ...]) -> bool:
    """Whether `ours` is Spark's answer; rows in any order, none where Spark has two answers."""
    from tests.spark.format import Statement, is_ordered

    first, second = example.answers
    if first != second:
        return schema(first) == schema(ours)
    if is_ordered(Statement(example.statement, is_python=False)):
        return first == ours
    return schema(first) == schema(ours) and sorted(first) == sorted(ours)


def schema(answer: tuple[str, ...]) -> tuple[str, ...]:
    """The lines above the rows; of an error, the line that names it."""
    return answer[: answer.index("rows")] if "rows" in answer else answer[:1]


def kind_of(example: Example, ours: tuple[str, ...]) -> str:
    """What differs, in a word."""
    theirs = example.answers[0]
    if ours[0].startswith("error UNSUPPORTED_FEATURE.NOT_BUILT"):
        return "not built"
    if ours[0].startswith("error") or theirs[0].startswith("error"):
        return "error"
    if ours[0].startswith("client"):
        return "client"
    if schema(theirs) == schema(ours):
        return "rows"
    return "schema" if theirs[theirs.index("rows") :] == ours[ours.index("rows") :] else "both"


def report(
    examples: list[Example], different: list[tuple[Example, tuple[str, ...]]], *, every: bool
) -> int:
    """Print what differs and the share that does not."""
    show: Callable[[tuple[str, ...]], str] = "\n    ".join
    shown: set[str] = set()
    kinds: collections.Counter[str] = collections.Counter()
    for example, ours in different:
        kind = kind_of(example, ours)
        kinds[kind] += 1
        if every or example.name not in shown:
            shown.add(example.name)
            print(f"--- {example.name}: {kind}\n{example.statement}")
            print(f"  spark\n    {show(example.answers[0])}\n  ours\n    {show(ours)}")
    equal = len(examples) - len(different)
    share = equal / max(len(examples), 1)
    print(f"\n{equal} of {len(examples)} examples are equal: {share:.1%} (bar {BAR:.0%})")
    print("  ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    return int(share < BAR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
