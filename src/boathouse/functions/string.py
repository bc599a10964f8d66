"""Functions of Spark's group for text: cutting, padding, joining, casing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Column, Literal
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    BINARY,
    INT,
    LONG,
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    always,
    common_type,
    one_of,
    optional,
    same_as,
    unexpected,
)
from boathouse.functions.size_limits import within_text
from boathouse.types import datatypes as t
from boathouse.types.coercion import implicit_cast, is_string, widest

TEXT = Group("string_funcs")
COLLECTION = Group("collection_funcs")

_MAX_INT = 2**31 - 1
_TEXT_OR_BYTES = one_of(STRING, BINARY)


def is_binary(argument: Argument) -> bool:
    """Whether `argument` holds bytes rather than text."""
    return isinstance(argument.type, t.BinaryType)


@TEXT.scalar("upper", "ucase", takes=[STRING], gives=t.STRING)
def upper(text: Expression) -> Expression:
    """The text with every letter in upper case.

    >>> SELECT upper('Boathouse'), upper('Straße')
    BOATHOUSE | STRASSE
    """
    return _cased(text, "upper", duck.f.upper)


@TEXT.scalar("lower", "lcase", takes=[STRING], gives=t.STRING)
def lower(text: Expression) -> Expression:
    """The text with every letter in lower case.

    >>> SELECT lower('Boathouse')
    boathouse
    """
    return _cased(text, "lower", duck.f.lower)


def _cased(text: Expression, case: str, plain: Callable[[Expression], Expression]) -> Expression:
    """`text` in that case: DuckDB's `plain` function, which maps letter by letter, but for those of
    which Java makes several, or another at the end of a word.
    """

    def build(given: Expression) -> Expression:
        narrow = duck.f.strlen(given).equals(duck.f.length(given))
        odd = duck.f.regexp_matches(given, f"[{_odd_letters()[case]}]")
        exactly = kernel("letter_cases", case, t.STRING)(given)
        return duck.case((narrow, plain(given)), (odd, exactly), otherwise=plain(given))

    return let(text, build, "given")


@cache
def _odd_letters() -> dict[str, str]:
    """The letters that are not mapped to one other letter, by the case wanted."""
    letters = [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xE000]
    upper = {letter for letter in letters if len(letter.upper()) > 1}
    lower = {letter for letter in letters if len(letter.lower()) > 1} | {"Σ"}
    titled = {letter for letter in letters if letter.title() != letter.upper()}
    odd = {"upper": upper, "lower": lower, "initcap": upper | lower | titled}
    return {case: "".join(sorted(found)) for case, found in odd.items()}


@TEXT.scalar("initcap", takes=[STRING], gives=t.STRING)
def initcap(text: Expression) -> Expression:
    """The text in lower case, with the first letter of each word in upper case. Blanks part words.

    >>> SELECT initcap('the BOAT-house at sea')
    The Boat-house At Sea
    """

    def raised(word: Expression) -> Expression:
        return duck.f.upper(duck.f.left(word, 1)).joined(duck.f.substring(word, 2))

    def plain(given: Expression) -> Expression:
        words = duck.f.string_split(duck.f.lower(given), " ")
        return duck.f.array_to_string(
            duck.f.list_transform(words, duck.lambda_("_word", raised)), " "
        )

    return _cased(text, "initcap", plain)


@TEXT.scalar(
    "substring",
    "substr",
    takes=[_TEXT_OR_BYTES, INT, optional(INT, _MAX_INT)],
    gives=same_as(0),
    needs=("arguments",),
)
def substring(
    text: Expression, position: Expression, length: Expression, arguments: tuple[Argument, ...]
) -> Expression:
    """Part of a text from a position (1 is the first character, negative counts from the end).

    >>> SELECT substring('Spark SQL', 5), substring('Spark SQL', -3, 2)
    k SQL | SQ
    """
    return cut(text, position, length, arguments[0])


def cut(text: Expression, position: Expression, length: Expression, of: Argument) -> Expression:
    """`substring` of text or of bytes; `of` says which."""
    if is_binary(of):
        return let(length, lambda n: _cut_bytes(text, position, n), "n")
    start = position if _at_least(position, 1) else let(position, _first, "p")
    if _at_least(length, 0):
        return duck.f.substring(text, start, length)
    return duck.f.substring(text, start, duck.f.greatest(length, 0) + length * 0)


def _cut_bytes(data: Expression, position: Expression, length: Expression) -> Expression:
    digits = duck.f.hex(data)
    start = let(
        position,
        lambda p: duck.case(
            (p.greater(0), p.cast("BIGINT") * 2 - 1),
            (p.equals(0), 1),
            otherwise=p.cast("BIGINT") * 2,
        ),
        "p",
    )
    wide = length.cast("BIGINT") * 2
    return duck.f.unhex(
        duck.f.substring(digits, start, duck.case((length.less(0), 0), otherwise=wide))
    )


def _at_least(number: Expression, least: int) -> bool:
    return isinstance(number, Literal) and isinstance(number.value, int) and number.value >= least


def _first(position: Expression) -> Expression:
    return duck.case((position.equals(0), 1), otherwise=position)


@TEXT.scalar("left", takes=[_TEXT_OR_BYTES, INT], gives=same_as(0), needs=("arguments",))
def left(text: Expression, length: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """The first characters of a text, or bytes.

    >>> SELECT left('Boathouse', 4)
    Boat
    """
    return cut(text, duck.literal(1), length, arguments[0])


@TEXT.scalar("right", takes=[STRING, INT], gives=t.STRING, nullable=always)
def right(text: Expression, length: Expression) -> Expression:
    """The last characters of a text.

    >>> SELECT right('Boathouse', 5)
    house
    """
    if _at_least(length, 0):
        return duck.f.right(text, length)
    return let(length, lambda n: duck.f.right(text, duck.case((n.less(0), 0), otherwise=n)), "n")


@TEXT.scalar(
    "length",
    "len",
    "char_length",
    "character_length",
    takes=[_TEXT_OR_BYTES],
    gives=t.INTEGER,
    needs=("arguments",),
)
def length(text: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """How many characters a text has, or how many bytes.

    >>> SELECT length('hawser '), length(X'CAFE')
    7 | 2
    """
    name = "octet_length" if is_binary(arguments[0]) else "length"
    return duck.call(name, text).cast("INTEGER")


@TEXT.scalar("octet_length", takes=[_TEXT_OR_BYTES], gives=t.INTEGER, needs=("arguments",))
def octet_length(text: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """How many bytes a text has in UTF-8.

    >>> SELECT octet_length('quai'), octet_length('Küste')
    4 | 6
    """
    name = "octet_length" if is_binary(arguments[0]) else "strlen"
    return duck.call(name, text).cast("INTEGER")


@TEXT.scalar("bit_length", takes=[_TEXT_OR_BYTES], gives=t.INTEGER, needs=("arguments",))
def bit_length(text: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """How many bits a text has in UTF-8.

    >>> SELECT bit_length('quai')
    32
    """
    name = "octet_length" if is_binary(arguments[0]) else "strlen"
    return (duck.call(name, text) * 8).cast("INTEGER")


# ---- trimming and padding -----------------------------------------------------------------------


def _without_blanks(name: str, text: Expression) -> Expression:
    """`text` trimmed on the sides that `name` says. To look for blanks takes a third of the time
    that it takes to trim, and most texts have none.
    """
    trimmed = duck.call(name, text, duck.literal(" "))
    if not isinstance(text, Column):
        return trimmed
    sides = {"ltrim": (duck.f.prefix,), "rtrim": (duck.f.suffix,)}
    found = [side(text, " ") for side in sides.get(name, (duck.f.prefix, duck.f.suffix))]
    return duck.if_(duck.any_of(*found), trimmed, text)


def _trimming(name: str, words: str, doc: str) -> None:
    def lowering(first: Expression, second: Expression | None) -> Expression:
        if second is None:
            return _without_blanks(name, first)
        return duck.call(name, second, first)

    def shows(first: str, second: str | None = None) -> str:
        return f"{name}({first})" if second is None else f"TRIM({words} {first} FROM {second})"

    TEXT.scalar(
        name,
        takes=[STRING, optional(STRING)],
        gives=t.STRING,
        shows=shows,
        extra={"swapped": True},
        doc=doc,
    )(lowering)


_trimming(
    "trim",
    "BOTH",
    """The text without blanks at both ends; of two arguments the first names other characters.

    >>> SELECT trim('  buoy '), trim('xy', 'xybuoyx')
    buoy | buo
    """,
)
_trimming(
    "ltrim",
    "LEADING",
    """The text without blanks at its start; of two arguments the first names other characters.

    >>> SELECT ltrim('  buoy'), ltrim('x', 'xxbuoyx')
    buoy | buoyx
    """,
)
_trimming(
    "rtrim",
    "TRAILING",
    """The text without blanks at its end; of two arguments the first names other characters.

    >>> SELECT rtrim('buoy  '), rtrim('x', 'xbuoyxx')
    buoy | xbuoy
    """,
)


def _trim(text: str, characters: str = "") -> str:
    return f"TRIM(BOTH {characters} FROM {text})" if characters else f"trim({text})"


@TEXT.scalar("btrim", takes=[STRING, optional(STRING)], gives=t.STRING, stands_for=_trim)
def btrim(text: Expression, characters: Expression | None) -> Expression:
    """The text without blanks, or other characters, at both ends.

    >>> SELECT btrim('  buoy '), btrim('xbuoyx', 'x')
    buoy | buoy
    """
    return _without_blanks("trim", text) if characters is None else duck.f.trim(text, characters)


def _padding(name: str, doc: str) -> None:
    def lowering(
        text: Expression,
        size: Expression,
        padding: Expression | None,
        arguments: tuple[Argument, ...],
    ) -> Expression:
        of_bytes = is_binary(arguments[0])
        if padding is not None and is_binary(arguments[2]) and not of_bytes:
            padding = duck.f.decode(padding)
        if padding is not None and of_bytes and not is_binary(arguments[2]):
            text, of_bytes = duck.f.decode(text, "replace"), False
        if of_bytes:
            digits = duck.literal("00") if padding is None else duck.f.hex(padding)
            length = duck.f.greatest(size.cast("BIGINT"), 0) * 2  # no size is the least one to it
            length = duck.case((size.is_not_null(), length))
            return duck.f.unhex(_pad(name, duck.f.hex(text), length, digits))
        return _pad(name, text, size, duck.literal(" ") if padding is None else padding)

    def only_bytes(arguments: tuple[Argument, ...]) -> str | None:
        return f"{name}_bytes" if arguments and all(map(is_binary, arguments[::2])) else None

    for called, filler in ((name, " "), (f"{name}_bytes", "X'00'")):
        TEXT.scalar(
            called,
            takes=[_TEXT_OR_BYTES, INT, optional(_TEXT_OR_BYTES, " " if called == name else None)],
            gives=lambda arguments: next(
                (x.type for x in arguments[::2] if is_string(x.type)), arguments[0].type
            ),
            resolve=only_bytes if called == name else None,
            shows=_padded_shown(name, filler),
            needs=("arguments",),
            hidden=called != name,
            doc=doc,
        )(lowering)


def _padded_shown(name: str, filler: str) -> Callable[..., str]:
    return lambda text, size, given=filler: f"{name}({text}, {size}, {given})"


def _pad(name: str, text: Expression, size: Expression, padding: Expression) -> Expression:
    size = size if isinstance(size, Literal) else size.cast("INTEGER")
    if isinstance(padding, Literal) and padding.value:
        return duck.call(name, text, within_text(name, size, size), padding)

    def padded(given: Expression) -> Expression:
        # DuckDB refuses to pad with nothing; Spark then only cuts.
        cut_only = duck.call(
            name, text, duck.f.least(size, duck.f.length(text)).cast("INTEGER"), " "
        )
        filled = duck.call(name, text, within_text(name, size, size), given)
        return duck.case((given.equals(""), cut_only), otherwise=filled)

    return let(padding, padded, "padding")


_padding(
    "lpad",
    """The text filled up at its start to a length, or cut to it.

    >>> SELECT lpad('7', 3, '0'), lpad('cargo', 3, ' ')
    007 | car
    """,
)
_padding(
    "rpad",
    """The text filled up at its end to a length, or cut to it.

    >>> SELECT rpad('rope', 7, '-='), rpad('cargo', 3)
    rope-=- | car
    """,
)


@TEXT.scalar("repeat", takes=[STRING, INT], gives=t.STRING)
def repeat(text: Expression, times: Expression) -> Expression:
    """The text a number of times.

    >>> SELECT repeat('ho', 3)
    hohoho
    """

    def repeated(given: Expression) -> Expression:
        characters = duck.f.length(given).cast("BIGINT") * times.cast("BIGINT")
        return duck.f.repeat(given, within_text("repeat", characters, times))

    return let(text, repeated, "repeated")


@TEXT.scalar("space", takes=[INT], gives=t.STRING)
def space(times: Expression) -> Expression:
    """A text of blanks.

    >>> SELECT concat('[', space(2), ']')
    [  ]
    """
    return duck.f.repeat(" ", within_text("space", times, times))


# ---- joining ------------------------------------------------------------------------------------


def _array_only(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    return given.type if isinstance(given.type, t.ArrayType) else None


_JOINED = '("STRING" or "BINARY" or "ARRAY")'


def _concat_types(arguments: tuple[Argument, ...], ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    types = [argument.type for argument in arguments]
    if types and all(isinstance(given, t.BinaryType) for given in types):
        return tuple(types)
    if any(isinstance(given, t.ArrayType) for given in types):
        return _concat_arrays(types, ansi=ansi)
    return tuple(_as_text(given, position, ansi=ansi) for position, given in enumerate(types))


def _concat_arrays(given: list[t.DataType], *, ansi: bool) -> tuple[t.DataType, ...]:
    types = [
        one if isinstance(one, t.ArrayType) else _as_text(one, position, ansi=ansi)
        for position, one in enumerate(given)
    ]
    common = widest(types, ansi=ansi)
    if not isinstance(common, t.ArrayType):
        shown = " or ".join(f'"{one.sql}"' for one in types)
        raise TypeMismatch("DATA_DIFF_TYPES", functionName="`concat`", dataType=f"({shown})")
    return (common,) * len(types)


def _as_text(given: t.DataType, position: int, *, ansi: bool) -> t.DataType:
    if implicit_cast(given, t.STRING, ansi=ansi) is None:
        raise unexpected(position, _JOINED)
    return t.STRING


def _concat_gives(arguments: tuple[Argument, ...]) -> t.DataType:
    return common_type(arguments) if arguments else t.STRING


@COLLECTION.scalar(
    "concat",
    takes=[],
    variadic=STRING,
    gives=_concat_gives,
    coerce=_concat_types,
)
def concat(*parts: Expression) -> Expression:
    """Texts, bytes or arrays one after the other; null when one of them is.

    >>> SELECT concat('boat', 'house'), concat(array(1), array(2, 3))
    boathouse | [1, 2, 3]
    """
    if len(parts) < 2:
        return parts[0] if parts else duck.literal("")
    return duck.operator("||", *parts)


def _text_or_texts(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    if not isinstance(given.type, t.ArrayType):
        return implicit_cast(given.type, t.STRING, ansi=ansi)
    if implicit_cast(given.type.element, t.STRING, ansi=ansi) is None:
        return None
    return t.ArrayType(t.STRING, given.type.contains_null)


@TEXT.scalar(
    "concat_ws",
    takes=[STRING],
    variadic=Takes(_text_or_texts, '("ARRAY<STRING>" or "STRING")'),
    gives=t.STRING,
    nullable=lambda arguments: arguments[0].nullable,
    needs=("arguments",),
)
def concat_ws(
    separator: Expression, *parts: Expression, arguments: tuple[Argument, ...]
) -> Expression:
    """Texts, and the texts of arrays, with a separator between them. Nulls are left out.

    >>> SELECT concat_ws('/', 'pier', NULL, array('berth', '9'))
    pier/berth/9
    """
    if not parts:
        return duck.f.repeat(separator, 0)
    kinds = [isinstance(argument.type, t.ArrayType) for argument in arguments[1:]]
    if not any(kinds):
        return duck.f.concat_ws(separator, *parts)
    lists = [
        part if nested else duck.list_of(part) for part, nested in zip(parts, kinds, strict=True)
    ]
    joined = joined_texts(duck.f.list_concat(*lists), separator)
    # Of no texts it is an empty one, as of texts that are all null.
    return duck.case((separator.is_null(), None), otherwise=duck.f.coalesce(joined, ""))


def joined_texts(array: Expression, delimiter: Expression) -> Expression:
    """The texts of `array` that are not null, with `delimiter` between them."""
    if isinstance(delimiter, Literal):
        return duck.f.array_to_string(array, delimiter)
    words = duck.f.list_filter(array, duck.lambda_("word", lambda word: word.is_not_null()))
    join = duck.lambda_("front back", lambda a, b: a.joined(delimiter).joined(b))
    return duck.if_(duck.f.len(words).greater(0), duck.f.list_reduce(words, join), "")


# ---- changing -----------------------------------------------------------------------------------


@TEXT.scalar("replace", takes=[STRING, STRING, optional(STRING, "")], gives=t.STRING)
def replace(text: Expression, search: Expression, replacement: Expression) -> Expression:
    """The text with every occurrence of another text replaced.

    >>> SELECT replace('tic tac', 't', 'T'), replace('tic tac', 'ic')
    Tic Tac | t tac
    """
    return duck.f.replace(text, search, replacement)


TEXT.calls(
    "translate",
    "translate",
    takes=[STRING, STRING, STRING],
    gives=t.STRING,
    doc="""The text with each character of the second argument turned into the one at the same place
    of the third, or left out where there is none.

    >>> SELECT translate('harbour', 'aru', 'A')
    hAbo
    """,
)


@COLLECTION.scalar(
    "reverse",
    takes=[one_of(STRING, BINARY, Takes(_array_only, '"ARRAY"'))],
    gives=same_as(0),
    needs=("arguments",),
)
def reverse(given: Expression, arguments: tuple[Argument, ...]) -> Expression:
    """A text, bytes or an array from the end to the start.

    >>> SELECT reverse('stern'), reverse(array(1, 2, 3))
    nrets | [3, 2, 1]
    """
    if isinstance(arguments[0].type, t.ArrayType):
        return duck.f.list_reverse(given)
    if is_binary(arguments[0]):
        pairs = duck.f.regexp_extract_all(duck.f.hex(given), "..")
        return duck.f.unhex(duck.f.array_to_string(duck.f.list_reverse(pairs), ""))
    return turned_round(given)


def turned_round(text: Expression) -> Expression:
    """A text from its end to its start, by code points: DuckDB's reverse keeps grapheme clusters
    together.
    """
    return duck.f.array_to_string(duck.f.list_reverse(duck.f.string_split(text, "")), "")


def _one_kind(arguments: tuple[Argument, ...]) -> None:
    if is_binary(arguments[0]) != is_binary(arguments[1]):
        raise TypeMismatch(
            "DATA_DIFF_TYPES",
            functionName="`overlay`",
            dataType=f'("{arguments[0].type.sql}" or "{arguments[1].type.sql}")',
        )


@TEXT.scalar(
    "overlay",
    check=_one_kind,
    takes=[_TEXT_OR_BYTES, _TEXT_OR_BYTES, INT, optional(INT, -1)],
    gives=same_as(0),
    needs=("arguments",),
    shows=lambda text, new, start, size="-1": f"overlay({text}, {new}, {start}, {size})",
)
def overlay(
    text: Expression,
    new: Expression,
    position: Expression,
    size: Expression,
    arguments: tuple[Argument, ...],
) -> Expression:
    """The text with the characters from a position on replaced by another text.

    >>> SELECT overlay('Spark SQL', '_', 6), overlay('Spark SQL', 'ANSI ', 7, 0)
    Spark_SQL | Spark ANSI SQL
    """
    of = arguments[0]
    count = duck.f.octet_length if is_binary(of) else duck.f.length

    def joined(start: Expression, covered: Expression) -> Expression:
        before = cut(text, duck.literal(1), start - 1, of)
        after = cut(text, start + covered, duck.literal(_MAX_INT), of)
        return duck.operator("||", before, new, after)

    def covering(start: Expression) -> Expression:
        replaced = duck.case((size.less(0), count(new)), otherwise=size.cast("BIGINT"))
        return let(replaced, lambda covered: joined(start, covered), "covered")

    return let(position.cast("BIGINT"), covering, "start")


def _elt_types(arguments: tuple[Argument, ...], ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    number = INT.coerce(arguments[0], ansi)
    if number is None:
        raise unexpected(0, '"INT"')
    if any(isinstance(x.type, (t.ArrayType, t.MapType, t.StructType)) for x in arguments[1:]):
        wanted = '"STRING" or "BINARY"'
        raise TypeMismatch("UNEXPECTED_INPUT_TYPE", onward=1, requiredType=wanted)
    kind = t.BINARY if all(is_binary(argument) for argument in arguments[1:]) else t.STRING
    return (number, *(kind for _ in arguments[1:]))


@TEXT.scalar(
    "elt",
    takes=[INT, _TEXT_OR_BYTES],
    variadic=_TEXT_OR_BYTES,
    gives=same_as(1),
    coerce=_elt_types,
    nullable=always,
    needs=("ansi",),
)
def elt(number: Expression, *texts: Expression, ansi: bool) -> Expression:
    """The text at a place (1 is the first) among the arguments that follow.

    >>> SELECT elt(2, 'fore', 'aft')
    aft
    """
    branches = [(number.equals(place), text) for place, text in enumerate(texts, 1)]
    if not ansi:
        return duck.case(*branches)
    wrong = duck.fail(
        "INVALID_ARRAY_INDEX",
        indexValue=number,
        arraySize=str(len(texts)),
    )
    return duck.case(*branches, (number.is_null(), None), otherwise=wrong)


@TEXT.scalar("ascii", takes=[STRING], gives=t.INTEGER)
def ascii_(text: Expression) -> Expression:
    """The code point of the first character, 0 of an empty text.

    >>> SELECT ascii('Anchor'), ascii('')
    65 | 0
    """
    return duck.f.ascii(text)


@TEXT.scalar("chr", "char", takes=[LONG], gives=t.STRING)
def chr_(number: Expression) -> Expression:
    """The character of a code point below 256; greater numbers start again at 0.

    >>> SELECT chr(65), chr(321)
    A | A
    """

    def character(code: Expression) -> Expression:
        low = duck.operator("&", code, 255).cast("INTEGER")
        return duck.case((code.less(0), ""), otherwise=duck.f.chr(low))

    return let(number, character, "code")


@TEXT.scalar("quote", takes=[STRING], gives=t.STRING, nullable=always)
def quote(text: Expression) -> Expression:
    r"""The text as a literal of SQL: in quotes, with a backslash before each quote inside.

    >>> SELECT quote("ship's log")
    'ship\'s log'
    """
    return duck.operator("||", "'", duck.f.replace(text, "'", "\\'"), "'")
