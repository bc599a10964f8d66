"""Runs the examples in the documentation of one module of the installed PySpark client.

They run as the module's own `_test()` would: with the module's names and `spark`, under the same
options of doctest. Only the server differs, and that each example is counted.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from boathouse.app import Boathouse, client_importable, serve
from tests.conformance import later

if TYPE_CHECKING:
    from collections.abc import Callable

LENIENT: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
STRICT: Final = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

MODULES: Final = {
    # What the module's `_test()` runs, and its options.
    "functions": ("pyspark.sql.connect.functions.builtin", LENIENT),
    "dataframe": ("pyspark.sql.dataframe", LENIENT),
    "column": ("pyspark.sql.column", LENIENT),
    "group": ("pyspark.sql.connect.group", STRICT),
    "window": ("pyspark.sql.window", LENIENT),
    "catalog": ("pyspark.sql.connect.catalog", LENIENT),
    "readwriter": ("pyspark.sql.connect.readwriter", LENIENT),
    "session": ("pyspark.sql.connect.session", LENIENT),
    "conf": ("pyspark.sql.connect.conf", LENIENT),
    "types": ("pyspark.sql.types", STRICT),
    "tvf": ("pyspark.sql.connect.tvf", LENIENT),
    "observation": ("pyspark.sql.connect.observation", LENIENT),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not answer as it says, and what was told instead."""

    test: str
    source: str
    want: str
    got: str


@dataclass(slots=True)
class Tally:
    """What the examples of one module did."""

    module: str
    passed: int = 0
    later: dict[str, int] = field(default_factory=dict[str, int])
    failures: list[Failure] = field(default_factory=list[Failure])
    seconds: float = 0.0


class _Runner(doctest.DocTestRunner):
    """Counts each example, apart from those that are later."""

    def __init__(self, tally: Tally, options: int) -> None:
        super().__init__(verbose=False, optionflags=options)
        self._tally = tally
        self._reasons: dict[int, str] = {}

    def run_test(self, test: doctest.DocTest) -> None:
        """Run the examples of `test`; later ones run too, for what comes after them."""
        found = zip(test.examples, later.reasons(test), strict=True)
        self._reasons = {id(example): reason for example, reason in found if reason is not None}
        self.run(test, out=lambda _: None)

    def report_success(
        self,
        out: Callable[[str], object],
        test: doctest.DocTest,
        example: doctest.Example,
        got: str,
    ) -> None:
        if not self._is_later(example):
            self._tally.passed += 1

    def report_failure(
        self,
        out: Callable[[str], object],
        test: doctest.DocTest,
        example: doctest.Example,
        got: str,
    ) -> None:
        self._failed(test, example, got)

    def report_unexpected_exception(
        self,
        out: Callable[[str], object],
        test: doctest.DocTest,
        example: doctest.Example,
        exc_info: Any,
    ) -> None:
        kind, error, _ = exc_info
        self._failed(test, example, f"{kind.__name__}: {error}")

    def _failed(self, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        if not self._is_later(example):
            self._tally.failures.append(Failure(test.name, example.source, example.want, got))

    def _is_later(self, example: doctest.Example) -> bool:
        reason = self._reasons.get(id(example))
        if reason is not None:
            self._tally.later[reason] = self._tally.later.get(reason, 0) + 1
        return reason is not None


def run(module: ModuleType, names: dict[str, Any], options: int, tally: Tally) -> None:
    """Count what the examples in `module` do where they see `names`."""
    runner = _Runner(tally, options)
    for test in doctest.DocTestFinder().find(module, globs=names):
        runner.run_test(test)


def examine(name: str, remote: str) -> Tally:
    """Run the examples of the module that `MODULES` calls `name` against the server at `remote`."""
    os.environ["SPARK_REMOTE"] = remote
    with client_importable():
        from pyspark.sql import SparkSession

        path, options = MODULES[name]
        module = importlib.import_module(path)
    builder: Any = SparkSession.builder
    names = {**vars(module), "spark": builder.remote(remote).getOrCreate()}
    if name == "session":
        # As `_test()` does: examples see the public class, and two cannot be where a server is.
        names["SparkSession"] = SparkSession
        connect: Any = module
        connect.SparkSession.__doc__ = None
        del connect.SparkSession.Builder.master.__doc__
    tally = Tally(name)
    start = time.monotonic()
    run(module, names, options, tally)
    tally.seconds = time.monotonic() - start
    return tally


def main(name: str, remote: str | None) -> None:
    """Print, as JSON, what the examples of module `name` do, and leave the process."""
    os.environ["TZ"] = "America/Los_Angeles"  # where the examples were written
    time.tzset()
    with contextlib.ExitStack() as stack:
        if remote is None:
            settings = {"spark.default.parallelism": 4}  # `_test()` starts local[4]
            boathouse = stack.enter_context(Boathouse(settings=settings))
            remote = f"sc://localhost:{serve(boathouse).port}"
        print(json.dumps(asdict(examine(name, remote))), flush=True)
    # Sessions that examples opened have exit hooks that would wait for a server no longer there.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
