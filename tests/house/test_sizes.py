"""A table may be long, a function may not."""

import ast
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 60
FILE_LINES = 800

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def sources(root: Path) -> list[Path]:
    return sorted(
        path for folder in ("src", "tests", "tools") for path in (root / folder).rglob("*.py")
    )


def functions(path: Path) -> Iterator[FunctionNode]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, FunctionNode))


def length(function: FunctionNode) -> int:
    """Lines from `def` to the end, without decorators and docstring: prose is no burden."""
    first = function.lineno
    last = function.end_lineno or first
    head = function.body[0]
    documented = (
        isinstance(head, ast.Expr)
        and isinstance(head.value, ast.Constant)
        and isinstance(head.value.value, str)
    )
    prose = (head.end_lineno or head.lineno) - head.lineno + 1 if documented else 0
    return last - first + 1 - prose


def test_no_function_is_longer_than_a_screen(root: Path):
    long = [
        f"{path.relative_to(root)}:{function.lineno} {function.name}: {length(function)} lines"
        for path in sources(root)
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_no_file_is_longer_than_a_sitting(root: Path):
    counts = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(root)}
    long = [
        f"{path.relative_to(root)}: {count} lines"
        for path, count in counts.items()
        if count > FILE_LINES
    ]
    assert not long, "\n".join(long)


def test_length_counts_neither_decorators_nor_docstring():
    [function] = ast.parse(
        '@decorated\ndef f():\n    """One\n\n    two.\n    """\n    return 1\n'
    ).body
    assert isinstance(function, ast.FunctionDef)
    assert length(function) == 2
