"""Functions that look for text in text."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.tree import Literal
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    BINARY,
    INT,
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    always,
    any_nullable,
    as_it_is,
    changed,
    known,
    one_of,
    optional,
    unexpected,
)
from boathouse.functions.string import is_binary, turned_round
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

TEXT = Group("string_funcs")

_TEXT_OR_BYTES = one_of(STRING, BINARY)


# ---- yes or no ----------------------------------------------------------------------------------


def _same_kind(arguments: tuple[Argument, ...], ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    both = all(is_binary(argument) for argument in arguments)
    for position, argument in enumerate(arguments):
        if STRING.coerce(argument, ansi) is None:
            raise unexpected(position, '"STRING"')
    return (t.BINARY if both else t.STRING,) * len(arguments)


def _hexadecimal(data: Expression) -> Expression:
    """Two digits and a blank for each byte, so that a match always starts at a byte."""
    return duck.f.regexp_replace(duck.f.hex(data), "(..)", "\\1 ", "g")


def _finds(name: str, duck_name: str, doc: str) -> None:
    def lowering(text: Expression, part: Expression, arguments: tuple[Argument, ...]) -> Expression:
        if is_binary(arguments[0]):
            return duck.call(duck_name, _hexadecimal(text), _hexadecimal(part))
        return duck.call(duck_name, text, part)

    TEXT.scalar(
        name,
        takes=[_TEXT_OR_BYTES, _TEXT_OR_BYTES],
        gives=t.BOOLEAN,
        coerce=_same_kind,
        nullable=lambda arguments: any_nullable(arguments) or is_binary(arguments[0]),
        needs=("arguments",),
        doc=doc,
    )(lowering)


_finds(
    "contains",
    "contains",
    """Whether a text holds another.

    >>> SELECT contains('Boathouse', 'tho')
    true
    """,
)
_finds(
    "startswith",
    "starts_with",
    """Whether a text begins with another.

    >>> SELECT startswith('Boathouse', 'boat')
    false
    """,
)
_finds(
    "endswith",
    "ends_with",
    """Whether a text ends with another.

    >>> SELECT endswith('Boathouse', 'house')
    true
    """,
)


# ---- where --------------------------------------------------------------------------------------


@TEXT.scalar("instr", takes=[STRING, STRING], gives=t.INTEGER)
def instr(text: Expression, part: Expression) -> Expression:
    """Where a text first holds another: 1 is its first character, 0 means nowhere.

    >>> SELECT instr('Boathouse', 'house'), instr('Boathouse', 'ship')
    5 | 0
    """
    return duck.f.instr(text, part).cast("INTEGER")


@TEXT.scalar(
    "locate",
    "position",
    takes=[STRING, STRING, optional(INT, 1)],
    gives=t.INTEGER,
    nullable=lambda arguments: any_nullable(arguments[:2]),
)
def locate(part: Expression, text: Expression, start: Expression) -> Expression:
    """Where a text holds another, at or after a place; 0 means nowhere.

    >>> SELECT locate('o', 'Boathouse'), locate('o', 'Boathouse', 3)
    2 | 6
    """
    if isinstance(start, Literal) and start.value == 1:
        return duck.f.instr(text, part).cast("INTEGER")

    def found(place: Expression) -> Expression:
        offset = let(
            duck.f.instr(duck.f.substring(text, place), part), lambda at: _after(at, place)
        )
        empty = part.equals("")
        nothing = duck.any_of(text.is_null(), part.is_null())
        return duck.case(
            (place.is_null(), 0), (nothing, None), (place.less(1), 0), (empty, 1), otherwise=offset
        )

    return let(start, found, "place")


def _after(found: Expression, place: Expression) -> Expression:
    return duck.case((found.equals(0), 0), otherwise=(found + place - 1).cast("INTEGER"))


@TEXT.scalar("find_in_set", takes=[STRING, STRING], gives=t.INTEGER)
def find_in_set(text: Expression, texts: Expression) -> Expression:
    """Which of the texts between commas a text is: 1 is the first, 0 means none.

    >>> SELECT find_in_set('aft', 'fore,aft,port'), find_in_set('deck', 'fore,aft')
    2 | 0
    """

    def place(sought: Expression) -> Expression:
        index = duck.f.coalesce(duck.f.list_position(duck.f.string_split(texts, ","), sought), 0)
        missing = duck.any_of(sought.is_null(), texts.is_null())
        return duck.case((missing, None), (duck.f.contains(sought, ","), 0), otherwise=index)

    return let(text, place, "sought").cast("INTEGER")


# ---- parts --------------------------------------------------------------------------------------


@TEXT.scalar("split_part", takes=[STRING, STRING, INT], gives=t.STRING, nullable=always)
def split_part(text: Expression, delimiter: Expression, number: Expression) -> Expression:
    """One of the parts between delimiters: 1 is the first, -1 the last; none is an empty text.

    >>> SELECT split_part('a/b/c', '/', 2), split_part('a/b/c', '/', -1)
    b | c
    """

    def part(at: Expression, between: Expression) -> Expression:
        whole = duck.case(
            (at.equals(1), text), (at.equals(-1), text), otherwise=duck.f.left(text, 0)
        )
        missing = duck.any_of(text.is_null(), between.is_null(), at.is_null())
        return duck.case(
            (missing, None),
            (at.equals(0), duck.fail("INVALID_INDEX_OF_ZERO")),
            (between.equals(""), whole),
            otherwise=duck.f.split_part(text, between, at),
        )

    return let(
        number, lambda at: let(delimiter, lambda between: part(at, between), "between"), "at"
    )


@TEXT.scalar("substring_index", takes=[STRING, known(STRING), INT], gives=t.STRING)
def substring_index(text: Expression, delimiter: Expression, count: Expression) -> Expression:
    """The text before the count-th delimiter; after it, counted from the end, when negative.

    >>> SELECT substring_index('a.b.c', '.', 2), substring_index('a.b.c', '.', -1)
    a.b | c
    """

    def part(number: Expression, between: Expression) -> Expression:
        parts = duck.f.string_split(text, between)
        ahead = duck.f.list_slice(parts, 1, number)
        nothing = duck.any_of(number.equals(0), between.equals(""))
        missing = duck.any_of(text.is_null(), between.is_null(), number.is_null())
        return duck.case(
            (missing, None),
            (nothing, duck.f.left(text, 0)),
            (number.greater(0), duck.f.array_to_string(ahead, between)),
            otherwise=_last_parts(text, between, number),
        )

    return let(
        count, lambda n: let(delimiter, lambda between: part(n, between), "between"), "count"
    )


def _last_parts(text: Expression, between: Expression, number: Expression) -> Expression:
    if isinstance(between, Literal) and len(str(between.value)) == 1:
        parts = duck.f.list_slice(duck.f.string_split(text, between), number, -1)
        return duck.f.array_to_string(parts, between)
    # Delimiters are sought from the end: it matters where they overlap.
    turned = turned_round(between)
    parts = duck.f.string_split(turned_round(text), turned)
    kept = duck.f.list_slice(parts, 1, -number)
    return turned_round(duck.f.array_to_string(kept, turned))


# ---- likeness -----------------------------------------------------------------------------------


@TEXT.scalar("levenshtein", takes=[STRING, STRING, optional(INT)], gives=t.INTEGER)
def levenshtein(left: Expression, right: Expression, threshold: Expression | None) -> Expression:
    """How many characters must be put in, left out or changed to turn one text into the other; -1
    past the threshold.

    >>> SELECT levenshtein('kitten', 'sitting'), levenshtein('kitten', 'sitting', 2)
    3 | -1
    """

    def distance(a: Expression, b: Expression) -> Expression:
        both = a.joined(b)
        plain = duck.f.strlen(both).equals(duck.f.length(both))
        return duck.case((plain, duck.f.levenshtein(a, b)), otherwise=_numbered_distance(a, b))

    result = let(left, lambda a: let(right, lambda b: distance(a, b), "right"), "left")
    result = result.cast("INTEGER")
    if threshold is None:
        return result
    return let(
        result,
        lambda d: duck.case((d.greater(threshold), -1), otherwise=d + threshold * 0),
        "distance",
    )


def _numbered_distance(a: Expression, b: Expression) -> Expression:
    """The distance of texts whose distinct characters are renamed to single bytes, because DuckDB
    compares bytes. Past 127 distinct characters of one pair of texts the answer is that of bytes.
    """

    def renamed(text: Expression, known: Expression) -> Expression:
        coded = duck.lambda_(
            "_character",
            lambda character: duck.f.chr(
                duck.f.least(duck.f.list_position(known, character), 127).cast("INTEGER")
            ),
        )
        return duck.f.array_to_string(
            duck.f.list_transform(duck.f.string_split(text, ""), coded), ""
        )

    distinct = duck.f.list_distinct(duck.f.string_split(a.joined(b), ""))
    return let(
        distinct, lambda known: duck.f.levenshtein(renamed(a, known), renamed(b, known)), "known"
    )


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CODES = "01230127022455012623017202"


@TEXT.scalar("soundex", takes=[as_it_is(t.STRING)], gives=t.STRING)
def soundex(text: Expression) -> Expression:
    """A letter and three digits that texts of like English sound share.

    >>> SELECT soundex('Harbour'), soundex('harber')
    H616 | H616
    """

    def code(given: Expression) -> Expression:
        raised = duck.f.upper(given)
        letters = duck.f.regexp_replace(raised, "[^A-Z]", "0", "g")
        codes = duck.f.translate(letters, _LETTERS, _CODES)
        first, rest = duck.f.left(codes, 1), duck.f.substring(codes, 2)
        kept = first.joined(duck.f.replace(rest, "7", ""))
        for digit in "123456":
            kept = duck.f.regexp_replace(kept, digit + "+", digit, "g")
        digits = duck.f.replace(duck.f.substring(kept, 2), "0", "")
        padded = duck.f.rpad(duck.f.left(digits, 3), duck.literal(3, "INTEGER"), "0")
        letter = duck.f.left(raised, 1)
        return duck.case(
            (duck.f.regexp_matches(given, "^[A-Za-z]"), letter.joined(padded)), otherwise=given
        )

    return let(text, code, "text")


@TEXT.scalar("luhn_check", takes=[STRING], gives=t.BOOLEAN, nullable=always)
def luhn_check(text: Expression) -> Expression:
    """Whether the last of a row of digits is right for the others, as on payment cards.

    >>> SELECT luhn_check('79927398713'), luhn_check('79927398714')
    true | false
    """

    def adds_up(given: Expression) -> Expression:
        digits = duck.f.list_reverse(duck.f.string_split(given, ""))
        added = duck.lambda_("_digit _place", _luhn_term)
        total = duck.f.list_sum(duck.f.list_transform(digits, added))
        digits_only = duck.f.regexp_full_match(given, "[0-9]+")
        return duck.case(
            (given.is_null(), None), (digits_only, (total % 10).equals(0)), otherwise=False
        )

    return let(text, adds_up, "text")


def _luhn_term(digit: Expression, place: Expression) -> Expression:
    number = digit.cast("INTEGER")
    doubled = number * 2
    return duck.case(
        ((place % 2).equals(1), number),
        (doubled.greater(9), doubled - 9),
        otherwise=doubled,
    )


def _text_only(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return t.STRING if is_string(given.type) or isinstance(given.type, t.NullType) else None


_TEXT_ONLY = Takes(_text_only, '"STRING"')
_COVERS = ("upperChar", "lowerChar", "digitChar", "otherChar")


def _one_character_each(arguments: tuple[Argument, ...]) -> None:
    for name, cover in zip(_COVERS, arguments[1:], strict=False):
        if not cover.constant:
            raise TypeMismatch(
                "NON_FOLDABLE_INPUT",
                inputName=f"`{name}`",
                inputType='"STRING"',
                inputExpr=f'"{cover.name}"',
            )
    for name, cover in zip(_COVERS, arguments[1:], strict=False):
        if cover.constant and cover.value is not None and len(cover.value) != 1:
            raise TypeMismatch("INPUT_SIZE_NOT_ONE", exprName=name)


@TEXT.scalar(
    "mask",
    takes=[
        changed(_TEXT_ONLY, name="str"),
        *(
            changed(optional(_TEXT_ONLY, kind), name=name)
            for name, kind in zip(_COVERS, ("X", "x", "n", None), strict=True)
        ),
    ],
    gives=t.STRING,
    named=("str", *_COVERS),
    nullable=always,
    check=_one_character_each,
    shows=lambda *names: f"mask({', '.join([*names, *('X', 'x', 'n', 'NULL')[len(names) - 1 :]])})",
)
def mask(
    text: Expression,
    upper: Expression,
    lower: Expression,
    digit: Expression,
    other: Expression | None,
) -> Expression:
    """The text with capitals, small letters, digits and, if asked, all else behind one character
    each; null leaves a kind as it is.

    >>> SELECT mask('Pier 9-B'), mask('Pier 9', 'A', NULL, '#', '_')
    Xxxx n-X | Aier_#
    """
    kinds = [("\\p{Lu}", upper), ("\\p{Ll}", lower), ("\\p{Nd}", digit)]
    if other is not None:
        kinds.append(("", other))

    def covered(character: Expression) -> Expression:
        branches = [
            (duck.f.regexp_matches(character, kind), duck.f.coalesce(cover, character))
            for kind, cover in kinds
        ]
        return duck.case(*branches, otherwise=character)

    hidden = duck.f.list_transform(
        duck.f.string_split(text, ""), duck.lambda_("_character", covered)
    )
    # DuckDB splits an empty text into an empty one.
    return duck.case((text.equals(""), text), otherwise=duck.f.array_to_string(hidden, ""))
