"""What the generated pages are written with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by `make docs`. Change the tables of the code, not this page. -->"

_SPECIAL = re.compile(r"([|<>*])")


def page(title: str, *parts: str) -> str:
    """A page of `parts`, each separated by an empty line."""
    return "\n\n".join([NOTE, f"# {title}", *(part for part in parts if part)]) + "\n"


def escaped(text: str) -> str:
    """`text` for a table, shown as it is; what stands in backquotes stays code."""
    parts = text.split("`")
    balanced = len(parts) % 2 == 1
    return "`".join(
        part.replace("|", r"\|") if balanced and at % 2 else _SPECIAL.sub(r"\\\1", part)
        for at, part in enumerate(parts)
    )


def code(text: str) -> str:
    """`text` as code, in a table too."""
    fence = "``" if "`" in text else "`"
    padding = " " if fence == "``" else ""
    return f"{fence}{padding}{text}{padding}{fence}".replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; numbers stand on the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    numeric = [all(row[at].isdigit() for row in cells) for at in range(len(head))]
    rule = ["---:" if cells and right else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(head), rule, *cells])


def words(names: Iterable[str]) -> str:
    """`names` as code, separated by commas."""
    return ", ".join(code(name) for name in names)
