"""The page of all SQL functions, made from the function table."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from textwrap import dedent

from tools.markdown import code, page, words

from boathouse.functions.registry import functions
from boathouse.functions.signature import REQUIRED, Function, Kind, Takes
from boathouse.types import datatypes as t

_TITLES = {
    "agg_funcs": "Aggregate functions",
    "bitwise_funcs": "Bits",
    "conditional_funcs": "Conditions",
    "conversion_funcs": "Conversion",
    "csv_funcs": "CSV",
    "datetime_funcs": "Dates and times",
    "generator_funcs": "Generators",
    "hash_funcs": "Hashes",
    "json_funcs": "JSON",
    "lambda_funcs": "Higher-order functions",
    "math_funcs": "Mathematics",
    "misc_funcs": "Miscellaneous",
    "predicate_funcs": "Predicates",
    "st_funcs": "Geospatial",
    "string_funcs": "Text",
    "struct_funcs": "Structs",
    "table_funcs": "Table functions",
    "url_funcs": "URLs",
    "xml_funcs": "XML",
}

_INTRODUCTION = """\
Every function by Spark's groups. An argument in brackets may be left away, `...` says that more of
the same kind may follow. Each example is a test; its answer stands below it, columns separated by
` | `. What is not built yet is listed at the end of its group; using it raises
`UNSUPPORTED_FEATURE`."""


def title_of(group: str) -> str:
    """The heading of `group` (``array_funcs``)."""
    return _TITLES.get(group) or group.removesuffix("_funcs").capitalize() + "s"


def listed() -> dict[str, list[Function]]:
    """Every function that users may call, by group, in the order of names."""
    groups: dict[str, dict[str, Function]] = {}
    for function in functions().values():
        if not function.hidden:
            groups.setdefault(function.group, {})[function.name] = function
    return {
        group: [found[name] for name in sorted(found)] for group, found in sorted(groups.items())
    }


def functions_page() -> str:
    """The whole page."""
    groups = sorted(listed().items(), key=lambda item: title_of(item[0]))
    contents = " · ".join(f"[{title_of(name)}](#{_anchor(title_of(name))})" for name, _ in groups)
    sections = [_section(name, entries) for name, entries in groups]
    return page("Functions", _INTRODUCTION, contents, *sections)


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _section(group: str, entries: list[Function]) -> str:
    built = [_entry(each) for each in entries if not each.missing]
    missing = [each.name for each in entries if each.missing]
    tail = [f"Not built yet: {words(missing)}."] if missing else []
    return "\n\n".join([f"## {title_of(group)}", *built, *tail])


def _entry(function: Function) -> str:
    names = words([function.name, *function.aliases])
    sentence, examples = _told(function.doc)
    return f"### {names}\n\n{code(signature(function))}\n\n{sentence}\n\n{examples}"


def _told(doc: str) -> tuple[str, str]:
    """The sentence and the examples of an entry's text."""
    prose, _, rest = doc.partition(">>> ")
    lines = dedent("    >>> " + rest).splitlines() if rest else []
    shown = [
        line.removeprefix(">>> ").removeprefix("... ") if _said(line) else f"-- {line}"
        for line in lines
        if line.strip()
    ]
    block = "\n".join(["```sql", *shown, "```"]) if shown else ""
    return " ".join(prose.split()), block


def _said(line: str) -> bool:
    return line.startswith((">>> ", "... "))


# ---- signatures ----------------------------------------------------------------------------------


def signature(function: Function) -> str:
    """How `function` is called: ``left(text STRING or BINARY, length INT)``, and what it gives
    where that is always the same.
    """
    names = _names(function)
    if function.extra.get("written"):
        # SQL has a form of its own for it, which the example shows.
        return function.name
    parts = [
        _parameter(rule, names[at] if at < len(names) else "")
        for at, rule in enumerate(function.parameters)
    ]
    if function.variadic is not None:
        parts.append(f"{_parameter(function.variadic, '')} ...")
    return _placed(function, parts) + _given(function)


def _given(function: Function) -> str:
    gives = function.gives
    yields_rows = function.kind in {Kind.GENERATOR, Kind.TABLE}
    if not isinstance(gives, t.DataType) or isinstance(gives, t.NullType) or yields_rows:
        return ""
    return f" → {gives.sql}"


def _placed(function: Function, parts: list[str]) -> str:
    """Operators stand between their operands."""
    if re.fullmatch(r"\w+", function.name):
        return f"{function.name}({', '.join(parts)})"
    return f" {function.name} ".join(parts) if len(parts) > 1 else f"{function.name} {parts[0]}"


def _names(function: Function) -> list[str]:
    """What the entry calls its arguments; none where it takes them as they come."""
    if function.lowering is None:
        return []
    given = list(_positional(function))
    enough = len(given) >= len(function.parameters)
    return given if enough else [rule.name for rule in function.parameters]


def _positional(function: Function) -> Iterator[str]:
    for parameter in inspect.signature(function.lowering or (lambda: None)).parameters.values():
        plain = parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
        if plain and parameter.name not in function.needs:
            yield parameter.name.strip("_")


def _parameter(rule: Takes, name: str) -> str:
    taken = rule.wanted.replace('"', "")
    if taken.startswith("(") and taken.endswith(")"):
        taken = taken[1:-1]
    shown = name if name and taken == "ANY" else f"{name} {taken}".strip()
    return shown if rule.default is REQUIRED else f"[{shown}]"
