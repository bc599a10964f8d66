"""The function table: groups that entries are added to, and look-up by name.

STRING = Group("string_funcs")

STRING.calls("upper", "upper", "ucase", takes=[...], gives=..., doc="...")

@STRING.scalar("substring", "substr", takes=[...], gives=same_as(0))
def substring(text, position, length): ...
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any

from boathouse.duck import tree
from boathouse.errors.exceptions import unsupported
from boathouse.functions.by_value import lowered_by_value
from boathouse.functions.signature import Function, Gives, Kind, Takes
from boathouse.types.datatypes import NULL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TABLE: dict[str, Function] = {}

Lowering = "Callable[..., tree.Expression]"

MODULES = (
    "operators",
    "logic",
    "datetime_operators",
    "interval_scaling",
    "calendar_scaling",
    "aggregate",
    "array",
    "array_order",
    "bitwise",
    "collection",
    "conditional",
    "conversion",
    "datetime",
    "datetime_extract",
    "datetime_make",
    "datetime_text",
    "datetime_windows",
    "time_of_day",
    "intervals",
    "generator",
    "guards",
    "old_intervals",
    "nested_order",
    "hash",
    "hash_values",
    "json",
    "lambda_",
    "map",
    "math",
    "math_rounding",
    "math_random",
    "math_try",
    "misc",
    "encryption",
    "number_format",
    "predicate",
    "string",
    "collation_key",
    "collated_text",
    "collated_array",
    "text_codec",
    "text_format",
    "text_patterns",
    "text_search",
    "sequence",
    "sketches",
    "top_k",
    "sketch_sets",
    "summaries",
    "sketch_tuples",
    "sketch_quantiles",
    "table",
    "table_names",
    "geospatial",
    "statistics",
    "vector",
    "zeros",
    "pandas",
    "percentiles",
    "struct",
    "url",
    "variant",
    "window",
    "csv",
    "xml",
    "avro",
    "protobuf",
    "by_setting",
    "written",
    "missing",
)
"""The files of the table, one per group."""


class Group:
    """A group of functions, named as DESCRIBE FUNCTION EXTENDED names it (``string_funcs``)."""

    def __init__(self, name: str) -> None:
        """Open the group `name`."""
        self.name = name

    def calls(
        self,
        name: str,
        duck_name: str,
        *aliases: str,
        takes: Sequence[Takes] = (),
        gives: Gives,
        doc: str,
        **options: Any,
    ) -> None:
        """Add a scalar function that is DuckDB's `duck_name` with the same arguments."""

        def lowering(*arguments: tree.Expression) -> tree.Expression:
            return tree.call(duck_name, *arguments)

        self._add(Kind.SCALAR, (name, *aliases), takes, gives, lowering, doc, options)

    def aggregates(
        self,
        name: str,
        duck_name: str,
        *aliases: str,
        takes: Sequence[Takes] = (),
        gives: Gives,
        doc: str,
        **options: Any,
    ) -> None:
        """Add an aggregate function that is DuckDB's `duck_name` with the same arguments."""

        def lowering(*arguments: tree.Expression) -> tree.Expression:
            return tree.aggregate(duck_name, *arguments)

        self._add(Kind.AGGREGATE, (name, *aliases), takes, gives, lowering, doc, options)

    def scalar(self, *names: str, **entry: Any) -> Callable[[Any], Any]:
        """Add the decorated lowering as a scalar function."""
        return self._adding(Kind.SCALAR, names, entry)

    def aggregate(self, *names: str, **entry: Any) -> Callable[[Any], Any]:
        """Add the decorated lowering as an aggregate function."""
        return self._adding(Kind.AGGREGATE, names, entry)

    def window(self, *names: str, **entry: Any) -> Callable[[Any], Any]:
        """Add the decorated lowering as a function that needs OVER."""
        return self._adding(Kind.WINDOW, names, entry)

    def generator(self, *names: str, **entry: Any) -> Callable[[Any], Any]:
        """Add the decorated lowering as a function that yields rows."""
        return self._adding(Kind.GENERATOR, names, entry)

    def table(self, *names: str, **entry: Any) -> Callable[[Any], Any]:
        """Add the decorated lowering as a function that stands in FROM."""
        return self._adding(Kind.TABLE, names, entry)

    def add(self, function: Function) -> None:
        """Add an entry that was made from another one."""
        _TABLE[function.name] = function

    def missing(self, *names: str, kind: Kind = Kind.SCALAR, because: str = "") -> None:
        """Note functions that Spark has and that are not built, yet or `because` of something."""
        for name in names:
            if name not in _TABLE:
                _TABLE[name] = Function(name, self.name, kind, extra={"because": because})

    def written(
        self, name: str, doc: str, kind: Kind = Kind.SCALAR, *, called: bool = True
    ) -> None:
        """Note what Spark lists as a function and SQL writes in a form of its own. A call of what
        is not `called` finds no function.
        """

        def lowering(*_: tree.Expression) -> tree.Expression:
            raise unsupported(f"{name} called by its name")

        extra = {"written": True, "called": called}
        self._add(kind, (name,), (), NULL, lowering, doc, {"extra": extra})

    def _adding(
        self, kind: Kind, names: tuple[str, ...], entry: dict[str, Any]
    ) -> Callable[[Any], Any]:
        def add(lowering: Any) -> Any:
            takes, gives = entry.pop("takes", ()), entry.pop("gives")
            doc = entry.pop("doc", None) or lowering.__doc__ or ""
            self._add(kind, names, takes, gives, lowering, doc, entry)
            return lowering

        return add

    def _add(
        self,
        kind: Kind,
        names: tuple[str, ...],
        takes: Sequence[Takes],
        gives: Gives,
        lowering: Any,
        doc: str,
        options: dict[str, Any],
    ) -> None:
        lowering, needs = lowered_by_value(names[0], takes, options.pop("needs", ()), lowering)
        function = Function(
            names[0],
            self.name,
            kind,
            tuple(takes),
            gives,
            lowering,
            aliases=names[1:],
            doc=doc,
            needs=needs,
            **options,
        )
        for name in names:
            if name in _TABLE and not _TABLE[name].missing:
                message = f"two functions are called {name}"
                raise ValueError(message)
            _TABLE[name] = function


def added(*names: str) -> Function:
    """The entry of the first of `names` that has one, in the modules that are imported already: for
    entries made from others.
    """
    return _TABLE[next((name for name in names if name in _TABLE), names[0])]


@cache
def functions() -> dict[str, Function]:
    """The whole table by lower-case name and alias."""
    for module in MODULES:
        importlib.import_module(f"boathouse.functions.{module}")
    return _TABLE


_PUT_IN = {"guards", "collated"}
"""The groups of functions that nobody calls: binding puts them in."""


def called(name: str) -> Function | None:
    """The function that a call of `name` means, None when Spark has none such."""
    function = look_up(name)
    if function is None or function.group in _PUT_IN:
        return None
    return function if function.extra.get("called", True) else None


def look_up(name: str) -> Function | None:
    """The function called `name` in any case, None when Spark has none such."""
    return functions().get(name.lower())
