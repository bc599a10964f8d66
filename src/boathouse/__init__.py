"""Boathouse: unmodified PySpark at DuckDB speed, in one Python process, without Java.

>>> import boathouse
>>> with boathouse.session() as spark:
...     spark.range(3).show()

This module stays light: the engine is imported when a session starts.
"""

from typing import TYPE_CHECKING, Any

# The room `boathouse.session` and the function below share a name. Python makes a room an attribute
# of its package when it first loads it. So the room, which is empty, is loaded here, before the
# function takes the name; from then on the name is the function's.
import boathouse.session  # noqa: F401  # pyright: ignore[reportUnusedImport]

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["__version__", "session"]

__version__ = "0.1.0"


def session(data: Any = None, **options: Any) -> "SparkSession":
    """Start an engine inside this process and return a PySpark session that talks to it.

    `data` is the directory of databases and tables that are to last; `options` are those of
    `boathouse.app.session`. The session is a context manager: leaving it stops its engine. Two
    sessions share nothing.
    """
    from boathouse.app import session as start

    return start(data, **options)
