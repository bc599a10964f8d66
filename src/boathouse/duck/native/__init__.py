"""Functions in C for what SQL says slowly or not to the last digit: hashes, long decimals, numbers
that go round, numbers from and as text, JSON, moments.

They are optional. `available` says whether this process has them; whoever lowers a function asks,
and says it in SQL where they are not there. Both ways give the same answers, and tests run both.
The environment's ``BOATHOUSE_NATIVE`` is ``off`` to do without, or the path of another build.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from functools import cache
from pathlib import Path
from platform import machine

from boathouse.duck.tree import Call, Expression, Value, literal

API_VERSION = "v1.2.0"
"""The version of DuckDB's stable C API that the sources are written for."""

OFF = "off"
VARIABLE = "BOATHOUSE_NATIVE"
BUILT = Path(__file__).with_name("boathouse_native.duckdb_extension")
"""The library that `build` makes; DuckDB takes the name of its entry point from the file's."""

LEAVE = "SELECT native_leave()"
"""Said before an instance closes: it lets go of what makes functions."""

_MADE: dict[str, str] = {}
"""What the functions read that are made for one type, by their names."""
_READER = "native_json_"
_NAMED = re.compile(rf"\b{_READER}[0-9a-f]{{24}}")
_FOOTER = 512
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}


def library() -> Path:
    """The library that this process uses, if it is there."""
    wanted = os.environ.get(VARIABLE, "")
    return BUILT if wanted in {"", OFF} else Path(wanted)


@cache
def version() -> str:
    """A digest of the sources: what a library that was built from them carries."""
    digest = hashlib.blake2b(digest_size=12)
    for source in sorted(Path(__file__).parent.glob("*.[ch]")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


@cache
def available() -> bool:
    """Whether the native functions are wanted, and built from the sources that are here."""
    built = library()
    if os.environ.get(VARIABLE) == OFF or not built.exists():
        return False
    with built.open("rb") as file:
        file.seek(-_FOOTER, os.SEEK_END)
        return version().encode() in file.read()


def platform() -> str:
    """DuckDB's name for this machine, such as ``linux_amd64``."""
    system = {"darwin": "osx", "win32": "windows"}.get(sys.platform, sys.platform)
    return f"{system}_{_MACHINES.get(machine(), machine())}"


def call(name: str, *arguments: Value) -> Expression:
    """A call of the native function `name`."""
    return Call(f"native_{name}", tuple(literal(argument) for argument in arguments))


def calls_made(said: str, argument: Expression) -> tuple[Expression, Expression]:
    """A call of the function that reads JSON as `said` (see ``json_shape.c``), and one that says
    whether it surely does.
    """
    name = f"{_READER}{hashlib.blake2b(said.encode(), digest_size=12).hexdigest()}"
    _MADE[name] = said
    return Call(name, (argument,)), Call(f"{name}_sure", (argument,))


def made_in(sql: str) -> list[tuple[str, str]]:
    """The functions that must be made before `sql` runs, and what each reads."""
    if _READER not in sql:
        return []
    return [(name, _MADE[name]) for name in set(_NAMED.findall(sql)) if name in _MADE]
