"""Tuple sketches: theta sketches with a number for each key, in the bytes of DataSketches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import Kernel, kernel
from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    BINARY,
    DOUBLE,
    INT,
    LONG,
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    any_nullable,
    array_of,
    as_it_is,
    changed,
    exactly,
    never,
    one_of,
    optional,
)
from boathouse.functions.sketch_sets import LOG, SKETCH, gathered, quoted
from boathouse.types import datatypes as t

Arguments = tuple[Argument, ...]

_MODES = ("sum", "min", "max", "alwaysone")
_KEYS = one_of(array_of(INT), array_of(LONG), BINARY, DOUBLE, exactly(t.FLOAT), INT, LONG, STRING)
_LOG = changed(LOG, name="lgNomEntries")
_MODE = changed(optional(STRING, "sum"), name="mode")


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two families of functions: `name` is how their names end."""

    name: str
    summary: Takes
    total: t.DataType

    @property
    def double(self) -> bool:
        """Whether summaries are doubles."""
        return self.name == "double"

    def number(self, value: int) -> str:
        """`value` as an example writes it, and as it is shown."""
        return f"{value}.0" if self.double else str(value)

    def kernel(self, function: str, gives: t.DataType, **constants: object) -> Kernel:
        """A kernel of this kind."""
        return kernel("sketches", function, gives, double=self.double, **constants)


KINDS = (Kind("double", DOUBLE, t.DOUBLE), Kind("integer", INT, t.LONG))


def _checked(name: str, rules: Sequence[Takes]) -> Callable[[Arguments], None]:
    """The check of the arguments that say how large and in which mode."""

    def check(arguments: Arguments) -> None:
        for position, (rule, given) in enumerate(zip(rules, arguments, strict=True)):
            if not rule.name:
                continue
            if not given.constant:
                raise TypeMismatch(
                    "NON_FOLDABLE_INPUT",
                    inputName=rule.name,
                    inputType=given.type.simple,
                    qualified=position,
                )
            _check_value(name, rule.name, given)

    return check


def _check_value(name: str, parameter: str, given: Argument) -> None:
    if given.value is None:
        raise TypeMismatch("UNEXPECTED_NULL", exprName=parameter)
    if parameter == "mode":
        if str(given.value).lower() in _MODES:
            return
        failure = SparkRuntimeError(
            "TUPLE_INVALID_SKETCH_MODE",
            function=quoted(name),
            mode=given.value,
            validModes=", ".join(_MODES),
        )
    else:
        if 4 <= given.value <= 26:
            return
        failure = SparkRuntimeError(
            "SKETCH_INVALID_LG_NOM_ENTRIES",
            function=quoted(name),
            min=4,
            max=26,
            value=given.value,
        )
    raise TypeMismatch("TYPE_CHECK_FAILURE_WITH_HINT", msg=failure, hint="")


def _lower(mode: Expression) -> Expression:
    return duck.f.lower(mode)


def _sketch_of(kind: Kind) -> str:
    return f"tuple_sketch_agg_{kind.name}(pier, tons)"


def _rows(kind: Kind) -> str:
    return f"VALUES (7, {kind.number(30)}), (8, {kind.number(40)}) AS t(pier, tons)"


def _aggregate(
    name: str,
    takes: list[Takes],
    lowering: Callable[..., Expression],
    doc: str,
    named: tuple[str, ...] = (),
) -> None:
    AGGREGATE.aggregate(
        name,
        named=named,
        takes=takes,
        gives=t.BINARY,
        nullable=never,
        check=_checked(name, takes),
        doc=doc,
    )(lowering)


def _parts(kind: Kind) -> str:
    return f"""(SELECT {_sketch_of(kind)} AS sketch
    ... FROM {_rows(kind)} GROUP BY pier)"""  # noqa: S608 - an example


def _add_sketch(kind: Kind) -> None:
    def sketched(
        key: Expression, summary: Expression, log: Expression, mode: Expression
    ) -> Expression:
        pair = duck.struct_of(key=key, summary=summary)
        return kind.kernel("tuple_gathered", t.BINARY)(gathered(pair), log, _lower(mode))

    _aggregate(
        f"tuple_sketch_agg_{kind.name}",
        [_KEYS, kind.summary, _LOG, _MODE],
        sketched,
        f"""A tuple sketch of keys, each with its numbers in one: their sum, min, max, or 1.

    >>> SELECT tuple_sketch_estimate_{kind.name}({_sketch_of(kind)})
    ... FROM {_rows(kind)}
    2.0
    """,  # noqa: S608 - an example
        named=("key", "summary", "lgNomEntries", "mode"),
    )


def _add_aggregates(kind: Kind) -> None:
    estimate, parts = f"tuple_sketch_estimate_{kind.name}", _parts(kind)
    union = f"tuple_union_agg_{kind.name}"

    def united(sketch: Expression, log: Expression, mode: Expression) -> Expression:
        compute = kind.kernel("tuple_united_groups", t.BINARY, name=quoted(union))
        return compute(gathered(sketch), log, _lower(mode))

    _aggregate(
        union,
        [BINARY, _LOG, _MODE],
        united,
        f"""What any of several tuple sketches saw, as a tuple sketch.

    >>> SELECT {estimate}({union}(sketch)) FROM {parts}
    2.0
    """,  # noqa: S608 - an example
        named=("child", "lgNomEntries", "mode"),
    )
    intersection = f"tuple_intersection_agg_{kind.name}"

    def intersected(sketch: Expression, mode: Expression) -> Expression:
        compute = kind.kernel("tuple_intersected_groups", t.BINARY, name=quoted(intersection))
        return compute(gathered(sketch), _lower(mode))

    _aggregate(
        intersection,
        [BINARY, _MODE],
        intersected,
        f"""What all of several tuple sketches saw, as a tuple sketch.

    >>> SELECT {estimate}({intersection}(sketch)) FROM {parts}
    0.0
    """,  # noqa: S608 - an example
    )


def _add_facts(kind: Kind) -> None:
    def add(
        word: str, takes: list[Takes], function: str, gives: t.DataType, doc: tuple[str, str]
    ) -> None:
        name = f"tuple_sketch_{word}_{kind.name}"

        def lowering(sketch: Expression, *mode: Expression) -> Expression:
            compute = kind.kernel(function, gives, name=quoted(name))
            return compute(sketch, *map(_lower, mode))

        sentence, answer = doc
        MISC.scalar(
            name,
            takes=takes,
            gives=gives,
            nullable=any_nullable,
            check=_checked(name, takes),
            doc=f"""{sentence}

    >>> SELECT {name}({_sketch_of(kind)})
    ... FROM {_rows(kind)}
    {answer}
    """,  # noqa: S608 - an example
        )(lowering)

    about = "About how many keys a tuple sketch saw."
    add("estimate", [SKETCH], "tuple_estimate", t.DOUBLE, (about, "2.0"))
    share = "Which share of all keys a tuple sketch keeps, 0 to 1."
    add("theta", [SKETCH], "tuple_theta", t.DOUBLE, (share, "1.0"))
    total = "The numbers of all keys of a tuple sketch in one: their sum, min, max, or count."
    add("summary", [SKETCH, _MODE], "tuple_summary", kind.total, (total, kind.number(70)))


def _add_joins(kind: Kind, *, plain: bool) -> None:
    """The functions of two sketches; `plain` says that the second is a theta sketch."""
    other = "theta_sketch_agg(pier)" if plain else _sketch_of(kind)
    between = f"_theta_{kind.name}" if plain else f"_{kind.name}"

    def add(word: str, takes: list[Takes], function: str, doc: tuple[str, str]) -> None:
        name = f"tuple_{word}{between}"

        def lowering(first: Expression, second: Expression, *rest: Expression) -> Expression:
            compute = kind.kernel(function, t.BINARY, name=quoted(name), plain=plain)
            said = [_lower(x) if rule is _MODE else x for rule, x in zip(takes, rest, strict=True)]
            return compute(first, second, *said)

        sentence, answer = doc
        MISC.scalar(
            name,
            takes=[SKETCH, SKETCH, *takes],
            gives=t.BINARY,
            named=("first", "second", "lgNomEntries", "mode") if word == "union" else (),
            check=_checked(name, [SKETCH, SKETCH, *takes]),
            doc=f"""{sentence}, as a tuple sketch.

    >>> SELECT tuple_sketch_estimate_{kind.name}({name}({_sketch_of(kind)}, {other}))
    ... FROM {_rows(kind)}
    {answer}
    """,  # noqa: S608 - an example
        )(lowering)

    second = (
        "a theta sketch, each key with the number that changes nothing," if plain else "another"
    )
    union = f"What a tuple sketch or {second} saw"
    log = changed(as_it_is(t.INTEGER), default=_LOG.default, name=_LOG.name)
    add("union", [log, _MODE], "tuple_united", (union, "2.0"))
    both = f"What both a tuple sketch and {second} saw"
    add("intersection", [_MODE], "tuple_intersected", (both, "2.0"))
    rest = f"What a tuple sketch saw and {'a theta sketch' if plain else 'another'} did not"
    add("difference", [], "tuple_without", (rest, "0.0"))


for _kind in KINDS:
    _add_sketch(_kind)
    _add_aggregates(_kind)
    _add_facts(_kind)
    _add_joins(_kind, plain=False)
    _add_joins(_kind, plain=True)
