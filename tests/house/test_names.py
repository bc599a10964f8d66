"""Names say what a thing is, in whole words."""

import re
from pathlib import Path

FORBIDDEN = {
    "base",
    "common",
    "helper",
    "helpers",
    "impl",
    "manager",
    "misc_utils",
    "util",
    "utils",
}
ABBREVIATIONS = {
    "agg",
    "aggs",
    "attr",
    "attrs",
    "cfg",
    "col",
    "cols",
    "ctx",
    "expr",
    "exprs",
    "fn",
    "func",
    "funcs",
    "mgr",
    "req",
    "resp",
    "stmt",
    "tbl",
}


def modules(root: Path) -> list[Path]:
    return sorted((root / "src" / "boathouse").rglob("*.py"))


def words(path: Path, root: Path) -> set[str]:
    parts = path.relative_to(root / "src").with_suffix("").parts
    return {word for part in parts for word in re.split(r"_+", part) if word} | set(parts)


def test_modules_have_names_that_say_something(root: Path):
    bad = [
        f"{path.relative_to(root)}: {found}"
        for path in modules(root)
        if (found := words(path, root) & FORBIDDEN)
    ]
    assert not bad, "\n".join(bad)


def test_modules_have_whole_words(root: Path):
    bad = [
        f"{path.relative_to(root)}: {found}"
        for path in modules(root)
        if (found := words(path, root) & ABBREVIATIONS)
    ]
    assert not bad, "\n".join(bad)


def test_every_room_is_a_package(root: Path):
    rooms = {path.parent for path in modules(root)}
    bare = [
        str(room.relative_to(root)) for room in sorted(rooms) if not (room / "__init__.py").exists()
    ]
    assert not bare, "\n".join(bare)
