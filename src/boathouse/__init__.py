"""Boathouse: unmodified PySpark at DuckDB speed, in one Python process, without Java."""

__version__ = "0.1.0"
