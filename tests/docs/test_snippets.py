"""Every Python block of the pages runs, and prints what the text block below it shows."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(path.read_text("utf-8"))


WITH_PYTHON = [path for path in PAGES if any(language == "python" for language, _ in blocks(path))]


@pytest.mark.parametrize("path", WITH_PYTHON, ids=lambda path: path.stem)
def test_snippets_run(path: Path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    said = ""
    try:
        for language, text in blocks(path):
            if language == "python":
                output = io.StringIO()
                with contextlib.redirect_stdout(output):
                    exec(compile(text, path.name, "exec"), names)
                said = output.getvalue()
            elif language == "text" and said:
                assert plain(said) == plain(text)
    finally:
        stop = getattr(names.get("spark"), "stop", None)
        if stop is not None:
            stop()


def plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def links() -> list[tuple[Path, str]]:
    found = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
    return [(path, target) for path in PAGES for target in found.findall(path.read_text("utf-8"))]


def test_links_lead_somewhere():
    assert [(path.name, to) for path, to in links() if not (path.parent / to).exists()] == []
