"""How functions treat the collations of their texts: for each, which of its arguments are brought
under one collation, which collations it refuses, whose collation its result has, and what it
compares. What is not named here leaves collations alone: it looks at no two texts together, and
its result is as its entry says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

from boathouse.types.collations import Collation


class Compares(Enum):
    """What a function compares, and so what stands for collated texts in its place."""

    NOTHING = "nothing"
    WHOLE = "its arguments"
    PARTS = "parts of texts: another entry stands for it"
    PATTERN = "a text with a pattern of LIKE"
    EXPRESSION = "a regular expression with a text"
    CHOICE = "a value with others: CASE stands for it"


class Undecided(Enum):
    """What becomes of texts whose collations contradict each other."""

    RESULT = "the result is under no collation that is known"
    EXPRESSION = "an error of the expression"
    ROW = "an error of its rows"


class Refuses(Enum):
    """Which collations are not taken."""

    NOTHING = "none"
    ACCENTS = "what ignores accents and minds case"
    ACCENTS_AND_BLANKS = "that, and what ignores blanks at the end"
    ICU = "all but UTF8_BINARY and UTF8_LCASE"
    ALL = "all but UTF8_BINARY"

    def holds(self, collation: Collation) -> bool:
        """Whether `collation` is refused."""
        match self:
            case Refuses.NOTHING:
                return False
            case Refuses.ACCENTS:
                return collation.is_accents_alone
            case Refuses.ACCENTS_AND_BLANKS:
                return collation.is_accents_alone or collation.ignores_trailing_blanks
            case Refuses.ICU:
                blanks = collation.ignores_trailing_blanks
                return blanks or collation.base not in {"UTF8_BINARY", "UTF8_LCASE"}
            case Refuses.ALL:
                return True


@dataclass(frozen=True, slots=True)
class Rule:
    """How one function treats collations. `visibly`: names of columns show the collation that its
    constants are brought under. `keeps`: a plain text in its result is under the collation of
    its first text. `unchanged`: its result is its first argument before it was brought under a
    collation.
    """

    agrees: bool = False
    visibly: bool = True
    undecided: Undecided = Undecided.RESULT
    refuses: Refuses = Refuses.NOTHING
    keeps: bool = False
    unchanged: bool = False
    compares: Compares = Compares.NOTHING


def groups(name: str, count: int) -> tuple[tuple[int, ...], ...]:
    """Which of the `count` arguments of the function `name` are brought under one collation
    together.
    """
    match name:
        case "map":
            return tuple(range(0, count, 2)), tuple(range(1, count, 2))
        case "decode_by_value":
            return (
                (0, *range(1, count - 1, 2)),
                (*range(2, count, 2), *([count - 1] if count % 2 == 0 else [])),
            )
        case "if" | "nvl2":
            return ((1, 2),)
        case _:
            return (tuple(range(count)),)


_OPERATORS = ("=", "<=>", "!=", "in", "equal_null", "<", "<=", ">", ">=", "between")
_CHOICES = ("nullif", "decode_by_value")
_NOT_VISIBLE = frozenset(
    ("between", "equal_null", "btrim", "nullif", "nvl", "nvl2", "decode_by_value")
)
_PARTS = (
    *("contains", "startswith", "endswith", "instr", "locate", "substring_index", "replace"),
    *("translate", "trim", "ltrim", "rtrim", "btrim", "split_part"),
)
_ELEMENTS = ("array_union", "array_intersect", "array_except", "array_remove")
_EXTREMES = ("greatest", "least")
_WITHIN = ("array_distinct", "array_max", "array_min", "sort_array", "array_sort")
_LOOKS = ("array_contains", "array_position", "arrays_overlap")
_JOINS = (
    *("concat", "concat_ws", "coalesce", "nvl", "nvl2", "if", "elt", "overlay"),
    *("lpad", "rpad", "lpad_bytes", "rpad_bytes", "array", "array_join", "array_append"),
    *("lag", "lead", "levenshtein", "mask", "to_number", "try_to_number"),
)
_PATTERNS = (*("like", "ilike", "likeall", "likeany", "notlikeall", "notlikeany"),)
_EXPRESSIONS = (
    *("rlike", "regexp", "regexp_like", "regexp_extract", "regexp_extract_all", "regexp_count"),
    *("regexp_instr", "regexp_substr", "split"),
)
_DISTINCT_COUNTS = (
    *("approx_count_distinct", "hll_sketch_agg", "theta_sketch_agg", "approx_top_k"),
    *("approx_top_k_accumulate",),
)
_KEEP = frozenset(
    (
        *("hex", "conv", "upper", "lower", "initcap", "left", "right", "repeat", "reverse"),
        *("substring", "trim", "ltrim", "rtrim", "btrim", "concat_ws", "replace", "translate"),
        *("validate_utf8", "try_validate_utf8", "make_valid_utf8", "format_string"),
        *("regexp_extract", "regexp_substr", "regexp_replace", "regexp_extract_all", "split"),
        *("split_part", "substring_index", "mask", "sentences", "str_to_map", "json_tuple"),
        *("array_join", "listagg", "overlay", "lpad", "rpad", "elt", "concat"),
    )
)


@cache
def rules() -> dict[str, Rule]:
    """The rule of each function that has one, by its name."""
    table: dict[str, Rule] = {}

    def add(names: tuple[str, ...], **fields: object) -> None:
        for name in names:
            given = {"visibly": name not in _NOT_VISIBLE, "keeps": name in _KEEP, **fields}
            table[name] = Rule(**given)  # pyright: ignore[reportArgumentType]

    error, row = Undecided.EXPRESSION, Undecided.ROW
    add(tuple(_KEEP))
    add(("upper", "lower", "initcap"), undecided=error, compares=Compares.PARTS)
    add(_OPERATORS, agrees=True, undecided=error, compares=Compares.WHOLE)
    add(_CHOICES, agrees=True, undecided=error, compares=Compares.CHOICE)
    add(("nullif",), agrees=True, undecided=error, unchanged=True, compares=Compares.CHOICE)
    add(
        _PARTS,
        agrees=True,
        undecided=error,
        refuses=Refuses.ACCENTS,
        compares=Compares.PARTS,
    )
    add(
        ("split_part",),
        agrees=True,
        undecided=row,
        refuses=Refuses.ACCENTS,
        compares=Compares.PARTS,
    )
    add(("find_in_set",), agrees=True, undecided=error, compares=Compares.PARTS)
    add((*_ELEMENTS, *_EXTREMES), agrees=True, undecided=row, compares=Compares.PARTS)
    add(_WITHIN, undecided=row, compares=Compares.PARTS)
    add(_LOOKS, agrees=True, undecided=row, compares=Compares.WHOLE)
    add(_JOINS, agrees=True)
    add(("map",), agrees=True)
    add(_PATTERNS, refuses=Refuses.ICU, compares=Compares.PATTERN)
    add(_EXPRESSIONS, refuses=Refuses.ICU, compares=Compares.EXPRESSION)
    add(
        ("regexp_replace",),
        agrees=True,
        refuses=Refuses.ICU,
        compares=Compares.EXPRESSION,
    )
    add(
        ("str_to_map",),
        agrees=True,
        undecided=row,
        refuses=Refuses.ACCENTS_AND_BLANKS,
        compares=Compares.EXPRESSION,
    )
    add(_DISTINCT_COUNTS, compares=Compares.WHOLE)
    add(("count_min_sketch", "bit_and", "bit_or", "bit_xor"), refuses=Refuses.ALL)
    return table


_PLAIN = Rule()


def rule_of(name: str) -> Rule:
    """The rule of the function `name`."""
    return rules().get(name, _PLAIN)
