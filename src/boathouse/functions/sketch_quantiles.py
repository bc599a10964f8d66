"""KLL sketches, which know the quantiles of a stream, in the bytes of DataSketches."""

from __future__ import annotations

from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import Kernel, kernel
from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.aggregate import AGGREGATE
from boathouse.functions.let import let
from boathouse.functions.misc import MISC
from boathouse.functions.signature import (
    BINARY,
    DOUBLE,
    Argument,
    Takes,
    TypeMismatch,
    argument_at,
    array_of,
    as_it_is,
    changed,
    constant,
    exactly,
    never,
    one_of,
    optional,
)
from boathouse.functions.sketch_sets import SKETCH, gathered, quoted
from boathouse.types import datatypes as t

Arguments = tuple[Argument, ...]

DEFAULT_K = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the three families of functions: `name` is how their names end."""

    name: str
    type: t.DataType
    values: Takes
    example: str

    def kernel(self, function: str, gives: t.DataType, name: str = "") -> Kernel:
        """A kernel of this kind, for the function `name` where its errors need one."""
        constants = {"kind": self.name} | ({"name": quoted(name)} if name else {})
        return kernel("sketches", function, gives, **constants)


_WHOLE = as_it_is(t.BYTE, t.INTEGER, t.LONG, t.SHORT)
KINDS = (
    Kind("bigint", t.LONG, _WHOLE, "(3), (5), (9)"),
    Kind("float", t.FLOAT, as_it_is(t.FLOAT), "(3F), (5F), (9F)"),
    Kind("double", t.DOUBLE, as_it_is(t.FLOAT, t.DOUBLE), "(3D), (5D), (9D)"),
)


def _check_k(arguments: Arguments, name: str) -> None:
    given = argument_at(arguments, 1)
    if given is None:
        return
    if not given.constant:
        raise TypeMismatch(
            "NON_FOLDABLE_INPUT",
            inputName="k",
            inputType=given.type.simple,
            qualified=1,
        )
    if given.value is None or not 8 <= given.value <= 65_535:
        failure = SparkRuntimeError(
            "KLL_SKETCH_K_OUT_OF_RANGE", functionName=quoted(name), k=given.value
        )
        raise TypeMismatch("TYPE_CHECK_FAILURE_WITH_HINT", msg=failure, hint="")


def _add_aggregates(kind: Kind) -> None:
    name = f"kll_sketch_agg_{kind.name}"

    def sketched(value: Expression, k: Expression | None = None) -> Expression:
        size = duck.literal(DEFAULT_K) if k is None else k
        return kind.kernel("kll_gathered", t.BINARY)(gathered(value), size)

    AGGREGATE.aggregate(
        name,
        takes=[kind.values, optional(as_it_is(t.INTEGER))],
        gives=t.BINARY,
        nullable=never,
        check=lambda arguments: _check_k(arguments, name),
        doc=f"""A KLL sketch of all values that are not null, which answers for their quantiles. The
    second argument, 8 to 65535, says how exactly; 200 is usual.

    >>> SELECT kll_sketch_get_n_{kind.name}({name}(tons)) FROM VALUES {kind.example} AS t(tons)
    3
    """,  # noqa: S608 - an example
    )(sketched)
    merging = f"kll_merge_agg_{kind.name}"

    def merged(sketch: Expression, k: Expression | None = None) -> Expression:
        size = duck.literal(0) if k is None else k
        return kind.kernel("kll_merged_groups", t.BINARY, merging)(gathered(sketch), size)

    AGGREGATE.aggregate(
        merging,
        takes=[SKETCH, optional(as_it_is(t.INTEGER))],
        gives=t.BINARY,
        nullable=never,
        check=lambda arguments: _check_k(arguments, merging),
        doc=f"""Several KLL sketches in one, as exact as the first or as the second argument says.

    >>> SELECT kll_sketch_get_n_{kind.name}({merging}(sketch))
    ... FROM (SELECT {name}(tons) AS sketch FROM VALUES {kind.example} AS t(tons) GROUP BY tons)
    3
    """,  # noqa: S608 - an example
    )(merged)


def _add_facts(kind: Kind) -> None:
    def add(word: str, function: str, gives: t.DataType, sentence: str, answer: str) -> None:
        name = f"kll_sketch_{word}_{kind.name}"

        def lowering(sketch: Expression) -> Expression:
            return kind.kernel(function, gives, name)(sketch)

        call = f"{name}(kll_sketch_agg_{kind.name}(tons))"
        shown = f"{call} LIKE '%Max Item%: 9%'" if gives == t.STRING else call
        doc = f"""{sentence}

    >>> SELECT {shown} FROM VALUES {kind.example} AS t(tons)
    {answer}
    """  # noqa: S608 - an example
        MISC.scalar(name, takes=[BINARY], gives=gives, doc=doc)(lowering)

    add("get_n", "kll_count", t.LONG, "How many values a KLL sketch saw.", "3")
    add("to_string", "kll_summary", t.STRING, "What a KLL sketch holds, in lines.", "true")
    name = f"kll_sketch_merge_{kind.name}"

    def merged(first: Expression, second: Expression) -> Expression:
        return kind.kernel("kll_merged", t.BINARY, name)(first, second)

    MISC.scalar(
        name,
        takes=[BINARY, BINARY],
        gives=t.BINARY,
        doc=f"""Two KLL sketches in one.

    >>> SELECT kll_sketch_get_n_{kind.name}({name}(sketch, sketch))
    ... FROM (
    ... SELECT kll_sketch_agg_{kind.name}(tons) AS sketch FROM VALUES {kind.example} AS t(tons))
    6
    """,  # noqa: S608 - an example
    )(merged)


def _asked(rule: Takes, name: str) -> Takes:
    """A constant under `rule`; Spark looks whether it is one before it looks at any type."""

    def refused(given: Argument, text: str) -> TypeMismatch | None:
        target = rule.coerce(given, True)
        if given.constant or target is None:
            return None
        return TypeMismatch(
            "NON_FOLDABLE_INPUT",
            inputName=f"`{name}`",
            inputType=f'"{target.sql}"',
            inputExpr=text,
        )

    return changed(constant(rule), name=name, refused=refused)


def _add_questions(kind: Kind) -> None:
    def add(word: str, function: str, takes: Takes, gives: t.DataType, doc: str) -> None:
        name = f"kll_sketch_get_{word}_{kind.name}"

        def result(arguments: Arguments) -> t.DataType:
            several = isinstance(arguments[1].type, t.ArrayType)
            return t.ArrayType(gives, contains_null=False) if several else gives

        def lowering(sketch: Expression, asked: Expression, arguments: Arguments) -> Expression:
            compute = kind.kernel(function, t.ArrayType(gives), name)
            if isinstance(arguments[1].type, t.ArrayType):
                return compute(sketch, asked)

            def of_one(given: Expression) -> Expression:
                missing = duck.any_of(sketch.is_null(), given.is_null())
                return duck.case(
                    (missing, None),
                    otherwise=duck.f.list_extract(compute(sketch, duck.list_of(given)), 1),
                )

            return let(asked, of_one, "asked")

        MISC.scalar(name, takes=[BINARY, takes], gives=result, needs=("arguments",), doc=doc)(
            lowering
        )

    several = one_of(DOUBLE, array_of(DOUBLE))
    add(
        "quantile",
        "kll_quantiles",
        _asked(several, "rank"),
        kind.type,
        f"""The value that a part of all values, 0 to 1, is at or below; for an array, of each part.

    >>> SELECT kll_sketch_get_quantile_{kind.name}(kll_sketch_agg_{kind.name}(tons), 0.5)
    ... FROM VALUES {kind.example} AS t(tons)
    {"5" if kind.type == t.LONG else "5.0"}
    """,  # noqa: S608 - an example
    )
    one = exactly(kind.type)
    add(
        "rank",
        "kll_ranks",
        _asked(one_of(one, array_of(one)), "quantile"),
        t.DOUBLE,
        f"""Which part of all values, 0 to 1, is at or below a value; for an array, for each.

    >>> SELECT kll_sketch_get_rank_{kind.name}(kll_sketch_agg_{kind.name}(tons), {kind.example[1:3].rstrip(")")})
    ... FROM VALUES {kind.example} AS t(tons)
    0.3333333333333333
    """,  # noqa: E501, S608 - an example
    )


for _kind in KINDS:
    _add_aggregates(_kind)
    _add_facts(_kind)
    _add_questions(_kind)
