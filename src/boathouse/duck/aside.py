"""Small computations of DuckDB beside the query that runs: what a kernel asks of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pyarrow as pa

from boathouse.duck import tree
from boathouse.duck.engine import Engine, Limits
from boathouse.duck.render import render

_ROWS = "rows"


@cache
def _engine() -> Engine:
    # An instance of its own: a query inside a query of the same one could wait for itself.
    return Engine(directories=(), temporary=Path(tempfile.gettempdir()), limits=Limits(threads=1))


def computed(
    expression: tree.Expression, columns: Mapping[str, pa.Array], zone: str
) -> pa.ChunkedArray:
    """`expression` for each row of `columns`, which it knows by their names; `zone` is the time
    zone. Raises as a query does.
    """
    query = tree.Select(((expression, "result"),), tree.Table(_ROWS))
    rows = pa.table(dict(columns))
    return _engine().run(render(query), tables={_ROWS: rows}, zone=zone).column(0)
