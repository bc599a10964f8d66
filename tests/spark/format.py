"""The `.test` format: statements written by hand, answers captured from a real Spark (see README.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE: Final = "=== "
ANSWER: Final = "---"
SETUP: Final = "setup"
PROMPT: Final = ">>> "
CONTINUED: Final = "... "
DIRECTIVES: Final = frozenset({"conf", "notimpl", "approx", "ordered", "unordered"})


class FormatError(Exception):
    """A `.test` file that does not follow the format; says file and line."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a case: SQL text, or Python lines with the prompts taken off."""

    text: str
    is_python: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One case: what to run, under which settings, and Spark's answer.

    `answer` holds the lines below `---` as written; it is empty until the case is captured.
    """

    title: str
    line: int
    comments: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    notimpl: str | None
    approx: float | None
    ordered: bool | None
    body: tuple[str, ...]
    answer: tuple[str, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The statements of the body, in order; all but the last prepare, the last answers."""
        return tuple(split_statements(self.body))

    @property
    def keeps_order(self) -> bool:
        """Whether the order of the rows is part of the answer."""
        if self.ordered is not None:
            return self.ordered
        return is_ordered(self.statements[-1])


@dataclass(frozen=True, slots=True)
class Suite:
    """One `.test` file: a free text preamble, the statements of `=== setup`, and the cases."""

    preamble: tuple[str, ...]
    setup: tuple[str, ...]
    cases: tuple[Case, ...]


def parse(text: str, name: str = "<text>") -> Suite:
    """`text` of a `.test` file as a suite; `name` is the file's name in errors."""
    preamble, blocks = _blocks(text)
    setup: tuple[str, ...] = ()
    cases: list[Case] = []
    titles: set[str] = set()
    for line, title, lines in blocks:
        if title == SETUP:
            setup = tuple(_stripped(lines))
            continue
        if title in titles:
            raise FormatError(f"{name}:{line}: two cases are called {title!r}")
        titles.add(title)
        try:
            cases.append(_case(line, title, lines))
        except ValueError as error:
            raise FormatError(f"{name}:{line}: {error}") from error
    return Suite(tuple(_stripped(preamble)), setup, tuple(cases))


def print_suite(suite: Suite) -> str:
    """`suite` as the text of a `.test` file; `parse(print_suite(suite))` gives the suite back."""
    blocks: list[str] = []
    if suite.preamble:
        blocks.append("\n".join(suite.preamble))
    if suite.setup:
        blocks.append("\n".join([TITLE + SETUP, *suite.setup]))
    blocks.extend("\n".join(_case_lines(case)) for case in suite.cases)
    return "\n\n".join(blocks) + "\n"


def with_answer(case: Case, answer: tuple[str, ...]) -> Case:
    """`case` with its answer replaced."""
    return replace(case, answer=answer)


_SCRIPT: Final = re.compile(r"(?:[\w.`]+: )?BEGIN\b")


def split_statements(lines: tuple[str, ...]) -> Iterator[Statement]:
    """The statements in `lines`: SQL ends at `;` at the end of a line, a script (`BEGIN`, alone or
    behind a label) at an `END` at the start of one; Python starts at `>>> `.
    """
    pending: list[str] = []
    is_python = False
    for line in lines:
        if is_python and line.startswith(CONTINUED.rstrip()):
            pending.append(line[len(CONTINUED) :])
            continue
        if is_python or line.startswith(PROMPT):
            yield from _statement(pending, is_python=is_python)
            pending, is_python = [], line.startswith(PROMPT)
        pending.append(line[len(PROMPT) :] if is_python else line)
        within = re.match(_SCRIPT, pending[0]) is not None and not line.startswith("END")
        if not is_python and not within and line.rstrip().endswith(";"):
            yield from _statement(pending, is_python=False)
            pending = []
    yield from _statement(pending, is_python=is_python)


def is_ordered(statement: Statement) -> bool:
    """Whether `statement` sorts its result: ORDER BY outside parentheses, or `.sort` / `.orderBy`."""
    if statement.is_python:
        return re.search(r"\.(orderBy|sort)\(|ORDER BY", statement.text) is not None
    outside = re.sub(r"'(?:[^'\\]|\\.)*'|--[^\n]*", "", statement.text)
    previous = ""
    while previous != outside:
        previous, outside = outside, re.sub(r"\([^()]*\)", "", outside)
    return re.search(r"\b(ORDER|SORT)\s+BY\b", outside, re.IGNORECASE) is not None


def compare(case: Case, actual: tuple[str, ...]) -> str | None:
    """What differs between the case's answer and `actual`, or None where they agree."""
    expected = case.answer
    if not case.keeps_order:
        expected, actual = _rows_sorted(expected), _rows_sorted(actual)
    if expected == actual:
        return None
    if case.approx is not None and len(expected) == len(actual):
        pairs = zip(expected, actual, strict=True)
        if all(_lines_close(left, right, case.approx) for left, right in pairs):
            return None
    return "\n".join(["expected", *expected, "", "actual", *actual])


def _blocks(text: str) -> tuple[list[str], list[tuple[int, str, list[str]]]]:
    preamble: list[str] = []
    blocks: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(TITLE):
            blocks.append((number, line[len(TITLE) :].strip(), []))
        elif blocks:
            blocks[-1][2].append(line)
        else:
            preamble.append(line)
    return preamble, blocks


def _case(line: int, title: str, lines: list[str]) -> Case:
    head, answer = _split_answer(lines)
    comments: list[str] = []
    settings: list[tuple[str, str]] = []
    options: dict[str, str] = {}
    while head and (head[0].startswith(("@", "#")) or not head[0].strip()):
        first = head.pop(0)
        if first.startswith("#"):
            comments.append(first)
        elif first.startswith("@"):
            _directive(first, settings, options)
    body = tuple(_stripped(head))
    if not body:
        raise ValueError("a case without a statement")
    ordered = True if "ordered" in options else False if "unordered" in options else None
    approx = float(options["approx"]) if "approx" in options else None
    notimpl = options.get("notimpl")
    return Case(
        title, line, tuple(comments), tuple(settings), notimpl, approx, ordered, body, answer
    )


def _directive(line: str, settings: list[tuple[str, str]], options: dict[str, str]) -> None:
    word, _, rest = line[1:].partition(" ")
    if word not in DIRECTIVES:
        raise ValueError(f"unknown directive @{word}")
    if word == "conf":
        key, equals, value = rest.partition("=")
        if not equals:
            raise ValueError("@conf needs key = value")
        settings.append((key.strip(), value.strip()))
    else:
        options[word] = rest.strip()


def _split_answer(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    if ANSWER not in lines:
        return list(lines), ()
    at = lines.index(ANSWER)
    return lines[:at], tuple(_stripped(lines[at + 1 :]))


def _case_lines(case: Case) -> list[str]:
    lines = [TITLE + case.title, *case.comments]
    lines.extend(f"@conf {key} = {value}" for key, value in case.settings)
    if case.notimpl is not None:
        lines.append(f"@notimpl {case.notimpl}".rstrip())
    if case.approx is not None:
        lines.append(f"@approx {case.approx:g}")
    if case.ordered is not None:
        lines.append("@ordered" if case.ordered else "@unordered")
    lines.extend(case.body)
    if case.answer:
        lines.extend([ANSWER, *case.answer])
    return lines


def _stripped(lines: list[str]) -> list[str]:
    start, stop = 0, len(lines)
    while start < stop and not lines[start].strip():
        start += 1
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    return lines[start:stop]


def _statement(lines: list[str], *, is_python: bool) -> Iterator[Statement]:
    text = "\n".join(lines).strip()
    if not is_python:
        text = text.removesuffix(";").rstrip()
    if text:
        yield Statement(text, is_python)


def _rows_sorted(lines: tuple[str, ...]) -> tuple[str, ...]:
    if "rows" not in lines:
        return lines
    at = lines.index("rows") + 1
    return (*lines[:at], *sorted(lines[at:]))


_FLOAT: Final = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+e[+-]?\d+")


def _lines_close(left: str, right: str, tolerance: float) -> bool:
    if _FLOAT.sub("#", left) != _FLOAT.sub("#", right):
        return False
    numbers = zip(_FLOAT.findall(left), _FLOAT.findall(right), strict=True)
    return all(_close(float(one), float(other), tolerance) for one, other in numbers)


def _close(one: float, other: float, tolerance: float) -> bool:
    return one == other or abs(one - other) <= tolerance * max(abs(one), abs(other))
