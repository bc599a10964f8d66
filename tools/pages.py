"""`python -m tools.pages`: writes the generated pages of docs/reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.spark.format import Case, parse
from tools import coverage
from tools.functions_page import functions_page, listed, title_of
from tools.markdown import code, escaped, page, table, words

from boathouse.conf import table as settings
from boathouse.conf.kinds import Setting
from boathouse.errors.conditions import conditions
from boathouse.functions.registry import functions

ROOT = Path(__file__).parents[1]
FOLDER = Path("docs/reference")


# ---- settings ------------------------------------------------------------------------------------

_SETTINGS = {
    "The language": settings.LANGUAGE,
    "Older behaviour": settings.LEGACY,
    "Files": settings.FILES,
    "The catalog": settings.CATALOG,
    "The client": settings.CLIENT,
    "Execution": settings.EXECUTION,
}


def settings_page() -> str:
    """The settings that change something."""
    introduction = (
        "The settings that have an effect here. Every other setting of Spark's is accepted and "
        "remembered, and changes nothing. A static one is fixed when the server starts."
    )
    sections = [
        f"## {title}\n\n" + table(("key", "default", "what it does"), map(_setting, entries))
        for title, entries in _SETTINGS.items()
    ]
    return page("Settings", introduction, *sections)


def _setting(setting: Setting) -> tuple[str, str, str]:
    default = "" if setting.default is None else code(setting.default)
    static = " Static." if setting.static else ""
    choices = f" One of {words(setting.choices)}." if setting.choices else ""
    return code(setting.key), default, escaped(setting.doc) + choices + static


# ---- errors --------------------------------------------------------------------------------------


def errors_page() -> str:
    """Every condition."""
    introduction = (
        "Every error is a condition with parameters. Names, SQLSTATEs and parameters are those of "
        "Spark 4.2; the messages are written here. A condition below another one "
        "(`PARENT.CHILD`) is told as the parent's message followed by its own."
    )
    rows = ((code(name), sqlstate, escaped(message)) for name, (sqlstate, message) in _conditions())
    return page("Errors", introduction, table(("condition", "SQLSTATE", "message"), rows))


def _conditions() -> list[tuple[str, tuple[str, str]]]:
    return sorted(conditions().items())


# ---- coverage ------------------------------------------------------------------------------------


def coverage_page() -> str:
    """What is built and what is not, counted."""
    introduction = (
        "What is answered, counted from the code: the protocol's own descriptors against the "
        "decoders and binders, Spark's list of functions against the function table, and the "
        "captured answers of a real Spark. What is not answered raises `UNSUPPORTED_FEATURE`."
    )
    protocol = coverage.protocol()
    return page(
        "Coverage",
        introduction,
        _protocol_counts(protocol),
        *[f"### {name}\n\n{_kinds(kinds)}" for name, kinds in protocol],
        _statements(),
        _functions(),
        _cases(),
    )


def _protocol_counts(protocol: list[coverage.Part]) -> str:
    rows = [
        (f"[{name}](#{name.lower().replace(' ', '-')})", len(kinds) - missing, missing)
        for name, kinds in protocol
        for missing in [sum(1 for kind in kinds if kind.missing)]
    ]
    return "## The protocol, Spark Connect 4.2\n\n" + table(("", "answered", "not yet"), rows)


def _kinds(kinds: Sequence[coverage.Kind]) -> str:
    answered = words(sorted(kind.name for kind in kinds if not kind.missing))
    missing = sorted((code(kind.name), escaped(kind.missing)) for kind in kinds if kind.missing)
    lacking = table(("not yet", "because it needs"), missing)
    return f"Answered: {answered}." + (f"\n\n{lacking}" if missing else "")


def _statements() -> str:
    kinds = coverage.statements()
    built = sum(1 for kind in kinds if not kind.missing)
    counts = f"Besides queries, {built} of {len(kinds)} kinds run."
    return f"## SQL statements\n\n{counts}\n\n{_kinds(kinds)}"


def _functions() -> str:
    names = _function_names()
    rows: list[tuple[object, ...]] = []
    for group in listed():
        built, missing = names.get((group, True), 0), names.get((group, False), 0)
        rows.append((f"[{title_of(group)}](functions.md#{_anchor(group)})", built, missing))
    rows.sort(key=str)
    built, missing = sum(int(str(row[1])) for row in rows), sum(int(str(row[2])) for row in rows)
    return (
        f"## Functions\n\n{built} of the {built + missing} names of Spark's functions, aliases "
        "and operators included, are built.\n\n" + table(("group", "built", "not yet"), rows)
    )


def _anchor(group: str) -> str:
    return title_of(group).lower().replace(" ", "-")


def _function_names() -> Mapping[tuple[str, bool], int]:
    counts: dict[tuple[str, bool], int] = {}
    for function in functions().values():
        if not function.hidden:
            key = (function.group, not function.missing)
            counts[key] = counts.get(key, 0) + 1
    return counts


def _cases() -> str:
    files = [(path, parse(path.read_text("utf-8"), path.name).cases) for path in _test_files()]
    folders = sorted({path.parent.name for path, _ in files})
    rows: list[tuple[object, ...]] = []
    for folder in folders:
        found = [case for path, cases in files if path.parent.name == folder for case in cases]
        rows.append((folder, len(found), sum(1 for case in found if case.notimpl is not None)))
    total, gaps = sum(int(str(row[1])) for row in rows), sum(int(str(row[2])) for row in rows)
    heading = (
        f"## Answers of a real Spark\n\n{total} statements stand in `tests/spark` with the answer "
        f"that Spark 4.2 gave; `make test` compares. {gaps} are marked as gaps."
    )
    known = [
        f"- {escaped(case.title)}: {escaped(case.notimpl or 'not built')}" for case in _gaps(files)
    ]
    return "\n\n".join(
        [
            heading,
            table(("folder", "cases", "not yet"), rows),
            *(["\n".join(known)] if known else []),
        ]
    )


def _gaps(files: list[tuple[Path, tuple[Case, ...]]]) -> Iterator[Case]:
    return (case for _, cases in files for case in cases if case.notimpl is not None)


def _test_files() -> list[Path]:
    return sorted((ROOT / "tests" / "spark").rglob("*.test"))


# ---- all of them ---------------------------------------------------------------------------------

PAGES: Mapping[str, Callable[[], str]] = {
    "functions.md": functions_page,
    "settings.md": settings_page,
    "coverage.md": coverage_page,
    "errors.md": errors_page,
}


def main() -> None:
    """Write every page, and say which ones changed."""
    for name, make in PAGES.items():
        path, text = ROOT / FOLDER / name, make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {FOLDER / name}")


if __name__ == "__main__":
    main()
