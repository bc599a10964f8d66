"""Relations that are text (show, HTML), or are read out of text (parse)."""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

from boathouse.analysis.scope import Bound, Context
from boathouse.analysis.sources import scan
from boathouse.errors.exceptions import AnalysisError
from boathouse.plan import expressions as e
from boathouse.plan import relations as r
from boathouse.types import datatypes as t
from boathouse.types.text import pretty_text

if TYPE_CHECKING:
    from boathouse.spec import relations as sr

_LEAST_WIDTH = 3
_ELLIPSIS = 4
"""A cell of at least this many characters ends in three dots when it is cut."""


def show_string(node: sr.ShowString, bound: Bound, context: Context) -> Bound:
    """The text of show(): a frame of lines, or a block for each row."""
    header, cells, more = _cells(bound, node.rows, node.truncate, context)
    text = _vertical(header, cells) if node.vertical else _framed(header, cells, node.truncate)
    if more and (cells or not node.vertical):
        rows = "row" if node.rows == 1 else "rows"
        text += f"only showing top {max(node.rows, 0)} {rows}"
    return _one_text("show_string", text)


def html_string(node: sr.HtmlString, bound: Bound, context: Context) -> Bound:
    """The table of a notebook."""
    header, cells, more = _cells(bound, node.rows, node.truncate, context)
    lines = ["<table border='1'>"]
    lines.append("<tr>" + "".join(f"<th>{html.escape(x)}</th>" for x in header) + "</tr>")
    lines += [
        "<tr>" + "".join(f"<td>{html.escape(x)}</td>" for x in row) + "</tr>" for row in cells
    ]
    lines.append("</table>\n")
    text = "\n".join(lines)
    if more:
        text += f"only showing top {node.rows} {'row' if node.rows == 1 else 'rows'}\n"
    return _one_text("html_string", text)


def _one_text(name: str, text: str) -> Bound:
    attribute = e.Attribute(e.fresh_id(), name, t.STRING, may_be_null=False)
    return Bound(r.Values(((e.Literal(text, t.STRING),),), (attribute,)))


def _cells(
    bound: Bound, rows: int, truncate: int, context: Context
) -> tuple[list[str], list[list[str]], bool]:
    """Header, cells cut to `truncate` characters, and whether there are more rows."""
    wanted = min(max(rows, 0), 2**31 - 2)
    plan = r.Limit(bound.plan, wanted + 1)
    found = context.rows(plan)
    types = [a.of for a in bound.output]
    zone = context.facts.zone
    texts = [
        [
            _cut(_escaped(pretty_text(v, of, zone)), truncate)
            for v, of in zip(row, types, strict=True)
        ]
        for row in found[:wanted]
    ]
    header = [_escaped(a.name) for a in bound.output]
    return header, texts, len(found) > wanted


def _escaped(text: str) -> str:
    for character, written in (
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\t", "\\t"),
        ("\f", "\\f"),
        ("\b", "\\b"),
        ("\v", "\\v"),
        ("\a", "\\a"),
    ):
        text = text.replace(character, written)
    return text


def _cut(text: str, truncate: int) -> str:
    if truncate <= 0 or len(text) <= truncate:
        return text
    return text[:truncate] if truncate < _ELLIPSIS else text[: truncate - 3] + "..."


def width(text: str) -> int:
    """How many cells of a terminal `text` takes: East Asian wide characters take two."""
    return len(text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text)


def _framed(header: list[str], cells: list[list[str]], truncate: int) -> str:
    columns = list(zip(header, *cells, strict=True))
    widths = [max(_LEAST_WIDTH, *[width(x) for x in column]) for column in columns]
    rule = "+" + "+".join("-" * w for w in widths) + "+\n"

    def line(row: list[str]) -> str:
        padded = [
            " " * (w - width(x)) + x if truncate > 0 else x + " " * (w - width(x))
            for x, w in zip(row, widths, strict=True)
        ]
        return "|" + "|".join(padded) + "|\n"

    return rule + line(header) + rule + "".join(line(row) for row in cells) + rule


def _vertical(header: list[str], cells: list[list[str]]) -> str:
    names = max([_LEAST_WIDTH, *[width(x) for x in header]])
    values = max([_LEAST_WIDTH, *[width(x) for row in cells for x in row]])
    lines: list[str] = []
    for number, row in enumerate(cells):
        title = f"-RECORD {number}"
        lines.append(title + "-" * max(0, names + values + 5 - len(title)))
        lines += [
            f" {name}{' ' * (names - width(name))} | {value}{' ' * (values - width(value))} "
            for name, value in zip(header, row, strict=True)
        ]
    return "".join(line + "\n" for line in lines) or "(0 rows)"


def parse(node: sr.Parse, bound: Bound, context: Context) -> Bound:
    """A column of text read as rows of a format. The texts are computed now: without a schema they
    must be looked at in any case.
    """
    if len(bound.output) != 1:
        raise AnalysisError("DATAFRAME_INPUT_NOT_SINGLE_COLUMN", numColumns=len(bound.output))
    if not isinstance(bound.output[0].of, t.StringType):
        raise AnalysisError("DATAFRAME_INPUT_NOT_STRING_TYPE", dataType=bound.output[0].of.sql)
    texts = [row[0] for row in context.rows(bound.plan)]
    return scan(context.tables.texts(node, texts))
