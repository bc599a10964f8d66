"""Cases in text files: a title, a query, and below it what became of the query.

    === title
    SELECT 1
    --- answer
    ...

`--bless` writes the answers anew. Numbers of columns are normalised: they count from 1 in the order
in which they appear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TITLE = "=== "
ANSWER = "--- answer"
_COLUMN = re.compile(r"#(\d+)|\b(t?c|g|v|common)(\d+)\b")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One case of the file at `path`."""

    path: Path
    title: str
    query: str
    answer: str


def normalised(text: str, *, data: Path | None = None) -> str:
    """`text` with the numbers of columns counted from 1, and `data` called ``{data}``."""
    numbers: dict[str, int] = {}

    def renumbered(match: re.Match[str]) -> str:
        number = match[1] or match[3]
        return f"{match[2] or '#'}{numbers.setdefault(number, len(numbers) + 1)}"

    without_path = text if data is None else text.replace(str(data), "{data}")
    lines = _COLUMN.sub(renumbered, without_path).splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def snapshots(path: Path) -> list[Snapshot]:
    """The cases of a file."""
    _, *blocks = ("\n" + path.read_text("utf-8")).split("\n" + TITLE)
    return [_snapshot(path, block) for block in blocks]


def _snapshot(path: Path, block: str) -> Snapshot:
    title, _, rest = block.partition("\n")
    query, _, answer = rest.partition(ANSWER)
    return Snapshot(path, title.strip(), query.strip(), answer.strip())


def cases(folder: Path, pattern: str) -> Iterator[object]:
    """The cases of all files in `folder`, as parameters of a test."""
    for path in sorted(folder.glob(pattern)):
        for each in snapshots(path):
            yield pytest.param(each, id=f"{path.stem}: {each.title}")


def check(case: Snapshot, actual: str, *, bless: bool) -> None:
    """Fail where `actual` is not the answer of `case`; with `bless`, make it the answer."""
    if bless:
        _write(case, actual)
    else:
        assert actual == case.answer, f"{case.query}\n\nIf this is meant: make bless"


def _write(case: Snapshot, actual: str) -> None:
    blocks: list[str] = []
    for each in snapshots(case.path):
        answer = actual if each.title == case.title else each.answer
        blocks.append(f"{TITLE}{each.title}\n{each.query}\n{ANSWER}\n{answer}\n")
    case.path.write_text("\n".join(blocks), "utf-8")
