"""What a process of our own does before it starts an engine."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder

import pyarrow as pa


def spare_pandas() -> None:
    """Keep this process from importing pandas, 0.3 s and 48 MB that no command needs.

    pyarrow looks for it when it makes its first array, and again when somebody asks for a frame.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NoPandas())
    try:
        pa.array([])
    finally:
        del sys.meta_path[0]


class _NoPandas(MetaPathFinder):
    """A finder to which there is no pandas."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Nothing, so that others look; ModuleNotFoundError for pandas."""
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)
