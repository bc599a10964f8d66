"""Spark Connect's messages, as the client's package ships them; all rooms take them from here.

The package imports the whole client and pandas before it hands them out, 0.4 s and 60 MB that a
server has no use for. So unless the client is there already, they are loaded from below its
packages, and those are left as if they had never been asked for. A client that comes later loads
the messages again and gets the same classes: protobuf keeps one for each description.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

_PACKAGES: Final = ("pyspark", "pyspark.sql", "pyspark.sql.connect")


@contextmanager
def _without_client() -> Generator[None]:
    """The client's packages are bare inside, and what is imported from them is forgotten after."""
    spec = find_spec(_PACKAGES[0])
    if _PACKAGES[-1] in sys.modules or spec is None or spec.origin is None:
        yield
        return
    before = set(sys.modules)
    above = Path(spec.origin).parents[1]
    for name in _PACKAGES:
        module = ModuleType(name)
        module.__path__ = [str(above.joinpath(*name.split(".")))]
        sys.modules.setdefault(name, module)
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            if name.startswith(_PACKAGES[0]):
                del sys.modules[name]


with _without_client():
    from pyspark.sql.connect.proto import (
        base_pb2,
        base_pb2_grpc,
        commands_pb2,
        expressions_pb2,
        relations_pb2,
        types_pb2,
    )

__all__ = [
    "base_pb2",
    "base_pb2_grpc",
    "commands_pb2",
    "expressions_pb2",
    "relations_pb2",
    "types_pb2",
]
