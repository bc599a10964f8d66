"""Text as bytes and back: base64, character sets, UTF-8 checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError, SparkError
from boathouse.functions.kernels.charsets import is_known
from boathouse.functions.let import let
from boathouse.functions.operators import require_order
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    ANY,
    BINARY,
    STRING,
    Argument,
    Takes,
    TypeMismatch,
    always,
    argument_at,
    as_it_is,
    changed,
    constant,
    known,
    never,
    one_of,
    optional,
)
from boathouse.functions.string import is_binary
from boathouse.types import datatypes as t
from boathouse.types.coercion import comparison_type, widest
from boathouse.types.collations import canonical, nearest

TEXT = Group("string_funcs")

_Arguments = tuple[Argument, ...]
Setting = Callable[[str], str]
_CHARSETS = (
    "ISO-8859-1",
    "US-ASCII",
    "UTF-16",
    "UTF-16BE",
    "UTF-16LE",
    "UTF-32",
    "UTF-8",
)

_LINE = 76
"""Characters of a line of base 64."""


@TEXT.scalar("base64", takes=[BINARY], gives=t.STRING, needs=("setting",))
def base64(data: Expression, setting: Setting) -> Expression:
    """Bytes as text of base 64, in lines of 76 characters unless a setting says otherwise.

    >>> SELECT base64('Boathouse')
    Qm9hdGhvdXNl
    """
    if setting("spark.sql.chunkBase64String.enabled").lower() == "false":
        return duck.f.to_base64(data)

    def lines(digits: Expression) -> Expression:
        ended = duck.f.regexp_replace(digits, f"(.{{{_LINE}}})", "\\1\r\n", "g")
        return duck.case(
            (duck.f.length(digits).greater(_LINE), duck.f.rtrim(ended, "\r\n")), otherwise=digits
        )

    return let(duck.f.to_base64(data), lines, "digits")


@TEXT.scalar("unbase64", takes=[STRING], gives=t.BINARY)
def unbase64(text: Expression) -> Expression:
    """The bytes that a text of base 64 shows; other characters are passed over.

    >>> SELECT CAST(unbase64('Qm9hdGhvdXNl') AS STRING)
    Boathouse
    """
    digits = duck.f.regexp_replace(
        duck.f.regexp_replace(text, "=.*$", ""), "[^A-Za-z0-9+/]", "", "g"
    )
    # Spark lets Java's own exception through.
    failure = duck.fail("NO_CONDITION", message="The last of the base 64 digits has too few bits.")
    return let(digits, lambda given: _unbase64(given, failure), "digits")


def _unbase64(digits: Expression, failure: Expression | None) -> Expression:
    rest = duck.f.length(digits) % 4
    filled = duck.operator("||", digits, duck.f.repeat("=", (duck.literal(4) - rest) % 4))
    return duck.case((rest.equals(1), failure), otherwise=duck.f.from_base64(filled))


def _not_binary(text: Expression, format: str) -> Expression:
    return duck.fail(
        "CONVERSION_INVALID_INPUT",
        str=duck.operator("||", "'", text, "'"),
        fmt=f"'{format}'",
        targetType='"BINARY"',
        suggestion="`try_to_binary`",
    )


# ---- character sets -----------------------------------------------------------------------------


def _charset(argument: Argument, function: str, setting: Setting) -> str | None:
    """The name of a character set in capitals, None for NULL."""
    if argument.value is None:
        return None
    name = str(argument.value).upper()
    others = setting("spark.sql.legacy.javaCharsets").lower() == "true" and is_known(name)
    if name not in _CHARSETS and not others:
        raise IllegalArgumentError(
            "INVALID_PARAMETER_VALUE.CHARSET",
            functionName=f"`{function}`",
            parameter="`charset`",
            charset=argument.value,
            charsets=", ".join(known.lower() for known in _CHARSETS),
        )
    return name


def _by_table(name: str, setting: Setting) -> dict[str, Any] | None:
    """How the kernel reads and writes the character set, where it does."""
    lenient = setting("spark.sql.legacy.codingErrorAction").lower() == "true"
    if name in _CHARSETS and not lenient:
        return None
    return {"charset": name, "lenient": lenient}


def _malformed(function: str, charset: str) -> Expression:
    return duck.fail("MALFORMED_CHARACTER_CODING", function=f"`{function}`", charset=charset)


def _each(
    text: Expression, digits: Callable[[Expression], Expression], mark: str = ""
) -> Expression:
    """`digits` (code point -> hexadecimal text) of each character, joined into bytes behind the
    byte order `mark`, if there are any.
    """
    coded = duck.lambda_("_character", lambda character: digits(duck.f.unicode(character)))
    # DuckDB cuts a text without characters into one part, which is empty too.
    joined = duck.f.array_to_string(duck.f.list_transform(duck.f.string_split(text, ""), coded), "")
    marked = duck.operator("||", mark, joined) if mark else joined
    return duck.f.unhex(duck.case((text.equals(""), ""), otherwise=marked))


def _utf_16(code: Expression) -> Expression:
    above = code - 0x10000
    pair = duck.f.format("{:04X}{:04X}", above // 1024 + 0xD800, above % 1024 + 0xDC00)
    return duck.case((code.less(0x10000), duck.f.format("{:04X}", code)), otherwise=pair)


def _utf_16_swapped(code: Expression) -> Expression:
    return duck.f.regexp_replace(_utf_16(code), "(..)(..)", "\\2\\1", "g")


def _limited(text: Expression, most: int, charset: str) -> Expression:
    def digits(code: Expression) -> Expression:
        fits = duck.f.format("{:02X}", code)
        return duck.case((code.greater(most), _malformed("encode", charset)), otherwise=fits)

    return _each(text, digits)


@TEXT.scalar(
    "encode",
    takes=[STRING, known(STRING)],
    gives=t.BINARY,
    nullable=always,
    needs=("arguments", "setting"),
)
def encode(
    text: Expression, charset: Expression, arguments: _Arguments, setting: Setting
) -> Expression:
    """A text as bytes of a character set: UTF-8, UTF-16, UTF-32, ISO-8859-1 or US-ASCII.

    >>> SELECT hex(encode('Kai', 'UTF-16BE'))
    004B00610069
    """
    name = _charset(arguments[1], "encode", setting)
    table = None if name is None else _by_table(name, setting)
    if table is not None:
        return kernel("charsets", "encode", t.BINARY, **table)(text)
    return encoded(text, name)


def encoded(text: Expression, charset: str | None) -> Expression:
    """`text` as bytes of `charset`, one of _CHARSETS."""
    match charset:
        case None:
            return duck.literal(None, "BLOB")
        case "UTF-8":
            return duck.f.encode(text)
        case "ISO-8859-1":
            return _limited(text, 0xFF, charset)
        case "US-ASCII":
            return _limited(text, 0x7F, charset)
        case "UTF-16BE":
            return _each(text, _utf_16)
        case "UTF-16LE":
            return _each(text, _utf_16_swapped)
        case "UTF-16":
            return _each(text, _utf_16, "FEFF")
        case _:
            return _each(text, lambda code: duck.f.format("{:08X}", code))


def _from_digits(
    digits: Expression, units: str, code: Callable[[Expression], Expression]
) -> Expression:
    """The text of hexadecimal `digits` cut into `units` (a pattern), each turned by `code`."""
    found = duck.f.regexp_extract_all(digits, units)
    decoded = duck.lambda_("_unit", lambda unit: duck.f.chr(code(unit)))
    return duck.f.array_to_string(duck.f.list_transform(found, decoded), "")


def _number(digits: Expression) -> Expression:
    return duck.operator("||", "0x", digits).cast("INTEGER")


def _decoded(data: Expression, charset: str, name: str) -> Expression:
    digits = duck.f.hex(data)
    match charset:
        case "UTF-8":
            return let(
                data, lambda given: _checked_utf_8(given, _malformed("decode", name)), "data"
            )
        case "ISO-8859-1":
            return _from_digits(digits, "..", _number)
        case "US-ASCII":
            text = _from_digits(digits, "..", _number)
            foreign = duck.f.regexp_matches(digits, "^(?:..)*[89A-F]")
            return duck.case((foreign, _malformed("decode", name)), otherwise=text)
        case _:
            return kernel("charsets", "decode", t.STRING, charset=name, lenient=False)(data)


def encoded_text(data: Expression) -> Expression:
    """The text that bytes of UTF-8 hold; other bytes raise."""
    failure = _malformed("decode", "UTF-8")
    return let(data, lambda given: _checked_utf_8(given, failure), "data")


def _checked_utf_8(data: Expression, failure: Expression | None) -> Expression:
    text = duck.f.TRY(duck.f.decode(data))
    missing = duck.all_of(text.is_null(), data.is_not_null())
    return duck.case((missing, failure), otherwise=text)


def _choosing(arguments: _Arguments) -> str | None:
    return None if len(arguments) == 2 else "decode_by_value"


@TEXT.scalar(
    "decode",
    takes=[BINARY, known(STRING)],
    variadic=ANY,
    gives=t.STRING,
    nullable=always,
    resolve=_choosing,
    needs=("arguments", "setting"),
    extra={"expects": {"decode": "2"}},
)
def decode(
    data: Expression, charset: Expression, arguments: _Arguments, setting: Setting
) -> Expression:
    """Bytes of a character set as text; or, of more arguments, the value behind the equal one.

    >>> SELECT decode(X'004B00610069', 'UTF-16BE'), decode(2, 1, 'fore', 2, 'aft', 'none')
    Kai | aft
    """
    name = _charset(arguments[1], "decode", setting)
    if name is None:
        return duck.literal(None, "VARCHAR")
    table = _by_table(name, setting)
    if table is not None:
        return kernel("charsets", "decode", t.STRING, **table)(data)
    return _decoded(data, name, str(arguments[1].value))


def _told_apart(a: t.DataType, b: t.DataType, *, ansi: bool) -> t.DataType | None:
    return widest((a, b), ansi=ansi) or comparison_type(a, b, ansi=ansi)


def _choice_types(arguments: _Arguments, ansi: bool) -> tuple[t.DataType, ...]:  # noqa: FBT001
    keys = [arguments[0], *arguments[1:-1:2]]
    results = _results(arguments)
    key: t.DataType | None = keys[0].type
    for other in keys[1:]:
        key = key and _told_apart(key, other.type, ansi=ansi)
    # Where nothing equal is found and nothing else is said, Spark says a null of text.
    missing = () if len(arguments) % 2 == 0 else (t.STRING,)
    result = widest((*(argument.type for argument in results), *missing), ansi=ansi)
    first = keys[0].type
    for place, other in enumerate(keys[1:]):
        form = f"({{0}} <=> {{{2 * place + 1}}})"
        both = _told_apart(first, other.type, ansi=ansi)
        if both is not None:
            require_order(both, "<=>", form)
        else:
            sides = {"left": f'"{first.sql}"', "right": f'"{other.type.sql}"'}
            raise TypeMismatch("BINARY_OP_DIFF_TYPES", stands_for=form, **sides)
    if key is None or result is None:
        shown = " or ".join(f'"{argument.type.sql}"' for argument in arguments)
        raise TypeMismatch("DATA_DIFF_TYPES", functionName="`decode`", dataType=f"[{shown}]")
    pairs = (len(arguments) - 1) // 2
    types = [key, *([key, result] * pairs)]
    return tuple(types if len(types) == len(arguments) else [*types, result])


def _results(arguments: _Arguments) -> list[Argument]:
    found = list(arguments[2::2])
    return [*found, arguments[-1]] if len(arguments) % 2 == 0 else found


@TEXT.scalar(
    "decode_by_value",
    takes=[ANY, ANY, ANY],
    variadic=ANY,
    gives=lambda arguments: arguments[2].type,
    coerce=_choice_types,
    nullable=lambda arguments: (
        len(arguments) % 2 == 1 or any(argument.nullable for argument in _results(arguments))
    ),
    hidden=True,
    shows=lambda *names: f"decode({', '.join(names)})",
)
def decode_by_value(value: Expression, *rest: Expression) -> Expression:
    """The value behind the first key that is equal, else the last argument; null equals null.

    >>> SELECT decode(NULL, 1, 'one', NULL, 'nothing')
    nothing
    """
    pairs = [(value.same(rest[at]), rest[at + 1]) for at in range(0, len(rest) - 1, 2)]
    return duck.case(*pairs, otherwise=rest[-1] if len(rest) % 2 else None)


# ---- text to bytes by format --------------------------------------------------------------------

_FORMATS = {"HEX": "HEX", "UTF-8": "UTF-8", "UTF8": "UTF-8", "BASE64": "BASE64"}


def _check_format(arguments: _Arguments) -> None:
    given = argument_at(arguments, 1)
    if given is None or given.value is None:
        return
    if str(given.value).upper() not in _FORMATS:
        raise TypeMismatch(
            "INVALID_ARG_VALUE",
            inputName="fmt",
            requireType='case-insensitive "STRING"',
            validValues="'hex', 'utf-8', 'utf8', or 'base64'",
            inputValue=f"'{given.value}'",
        )


def _binary(text: Expression, arguments: _Arguments, *, safe: bool) -> Expression:
    said = argument_at(arguments, 1)
    format_ = "hex" if said is None else said.value
    known = _FORMATS.get(str(format_).upper())
    if format_ is None or known is None:
        return duck.literal(None, "BLOB")
    if known == "UTF-8":
        return duck.f.encode(text)

    def parsed(given: Expression) -> Expression:
        failure = None if safe else _not_binary(given, known)
        if known == "BASE64":
            digits = duck.f.regexp_replace(given, "[\\s=]+", "", "g")
            valid = duck.f.regexp_full_match(given, "[A-Za-z0-9+/\\s]*=?=?\\s*")
            value = _unbase64(digits, failure)
        else:
            even = duck.case(
                ((duck.f.length(given) % 2).equals(1), duck.operator("||", "0", given)),
                otherwise=given,
            )
            valid = duck.f.regexp_full_match(given, "[0-9A-Fa-f]*")
            value = duck.f.unhex(even)
        return duck.case((valid, value), (given.is_null(), None), otherwise=failure)

    return let(text, parsed, "text")


_BINARY_FORMAT = changed(constant(optional(STRING)), name="fmt")


def _to_binary_nullable(arguments: _Arguments) -> bool:
    base64 = str(arguments[1].value).upper() == "BASE64"
    return not base64 or any(argument.nullable for argument in arguments)


@TEXT.scalar(
    "to_binary",
    takes=[STRING, _BINARY_FORMAT],
    gives=t.BINARY,
    nullable=_to_binary_nullable,
    check=_check_format,
    needs=("arguments",),
)
def to_binary(text: Expression, format: Expression | None, arguments: _Arguments) -> Expression:
    """The bytes that a text shows in hexadecimal digits, base 64 or as UTF-8.

    >>> SELECT to_binary('6B6169'), to_binary('kai', 'utf-8')
    kai | kai
    """
    return _binary(text, arguments, safe=False)


@TEXT.scalar(
    "try_to_binary",
    takes=[STRING, _BINARY_FORMAT],
    gives=t.BINARY,
    nullable=always,
    needs=("arguments",),
    stands_for="to_binary",
)
def try_to_binary(text: Expression, format: Expression | None, arguments: _Arguments) -> Expression:
    """The bytes that a text shows in hexadecimal digits, base 64 or as UTF-8; null where it cannot.

    >>> SELECT try_to_binary('ship', 'hex')
    NULL
    """
    return _binary(text, arguments, safe=True)


# ---- UTF-8 --------------------------------------------------------------------------------------

_TEXT_OR_BYTES = one_of(STRING, BINARY)


@TEXT.scalar(
    "is_valid_utf8",
    takes=[_TEXT_OR_BYTES],
    gives=t.BOOLEAN,
    nullable=always,
    needs=("arguments",),
)
def is_valid_utf8(text: Expression, arguments: _Arguments) -> Expression:
    """Whether bytes are UTF-8; a text always is.

    >>> SELECT is_valid_utf8(X'6B6169'), is_valid_utf8(X'80')
    true | false
    """
    if not is_binary(arguments[0]):
        return duck.case((text.is_not_null(), duck.TRUE))
    return let(
        text,
        lambda data: duck.case((data.is_not_null(), duck.f.TRY(duck.f.decode(data)).is_not_null())),
        "data",
    )


def _utf_8(name: str, doc: str, *, safe: bool) -> None:
    def lowering(text: Expression, arguments: _Arguments) -> Expression:
        if not is_binary(arguments[0]):
            return text

        def checked(data: Expression) -> Expression:
            digits = duck.f.regexp_replace(duck.f.hex(data), "(..)", r"\\x\1", "g")
            failure = None if safe else duck.fail("INVALID_UTF8_STRING", str=digits)
            return _checked_utf_8(data, failure)

        return let(text, checked, "data")

    TEXT.scalar(
        name,
        takes=[_TEXT_OR_BYTES],
        gives=t.STRING,
        nullable=always,
        needs=("arguments",),
        doc=doc,
    )(lowering)


_utf_8(
    "validate_utf8",
    """The text, once its bytes are known to be UTF-8.

    >>> SELECT validate_utf8(X'6B6169')
    kai
    """,
    safe=False,
)
_utf_8(
    "try_validate_utf8",
    """The text, null where its bytes are not UTF-8.

    >>> SELECT try_validate_utf8(X'6B6169'), try_validate_utf8(X'80')
    kai | NULL
    """,
    safe=True,
)


# Bytes in hexadecimal digits: whole sequences of UTF-8, and those that break off.
_SEQUENCE = (
    "[0-7].|(?:C[2-9A-F]|D.)[89AB].|(?:E0[AB].|E[1-9A-CEF][89AB].|ED[89].)[89AB]."
    "|(?:F0[9AB].|F[1-3][89AB].|F48.)[89AB].[89AB]."
)
_BROKEN = "E0[AB].|E[1-9A-CEF][89AB].|ED[89].|(?:F0[9AB].|F[1-3][89AB].|F48.)(?:[89AB].)?|.."


@TEXT.scalar(
    "make_valid_utf8",
    takes=[_TEXT_OR_BYTES],
    gives=t.STRING,
    nullable=always,
    needs=("arguments",),
)
def make_valid_utf8(text: Expression, arguments: _Arguments) -> Expression:
    """The text, with a replacement character for bytes that are not UTF-8.

    >>> SELECT make_valid_utf8(X'6B806169')
    k�ai
    """
    if not is_binary(arguments[0]):
        return text

    def mended(unit: Expression) -> Expression:
        whole = duck.f.regexp_full_match(unit, _SEQUENCE)
        return duck.case((whole, unit), otherwise="EFBFBD")

    units = duck.f.regexp_extract_all(duck.f.hex(text), f"{_SEQUENCE}|{_BROKEN}")
    digits = duck.f.list_transform(units, duck.lambda_("_unit", mended))
    return duck.f.decode(duck.f.unhex(duck.f.array_to_string(digits, "")))


_SENTENCES = t.ArrayType(t.ArrayType(t.STRING, False), False)


@TEXT.scalar(
    "sentences",
    takes=[STRING, optional(STRING, ""), optional(STRING, "")],
    gives=_SENTENCES,
    nullable=always,
)
def sentences(text: Expression, language: Expression, country: Expression) -> Expression:
    """The sentences of a text, each as its words. Spaces and marks part words in any language.

    >>> SELECT sentences('All aboard! Cast off.')
    [[All, aboard], [Cast, off]]
    """
    return kernel("sentences", "split", _SENTENCES)(text)


# ---- collations ---------------------------------------------------------------------------------


@TEXT.scalar(
    "collation", takes=[as_it_is(t.STRING)], gives=t.STRING, nullable=never, needs=("arguments",)
)
def collation(text: Expression, arguments: _Arguments) -> Expression:
    """The full name of a text's collation.

    >>> SELECT collation('kai')
    SYSTEM.BUILTIN.UTF8_BINARY
    """
    given = arguments[0].type
    name = given.collation if isinstance(given, t.StringType) else "UTF8_BINARY"
    if given == t.INDETERMINATE:
        return duck.literal(name)
    return duck.literal(f"SYSTEM.BUILTIN.{name}")


def _under(arguments: _Arguments) -> t.DataType:
    if arguments[1].value is None:
        raise AnalysisError(
            "DATATYPE_MISMATCH.UNEXPECTED_NULL",
            exprName="`collation`",
            sqlExpr=arguments[1].shown(),
        )
    name = str(arguments[1].value)
    found = canonical(name)
    assert found is not None  # noqa: S101 - the rule takes no other
    return t.StringType(found, stated=True)


def _text_alone(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    """Nothing but NULL becomes text to get a collation."""
    if isinstance(given.type, t.NullType):
        return t.STRING
    return given.type if isinstance(given.type, t.StringType) else None


def _no_collation(given: Argument, text: str) -> SparkError:
    if isinstance(given.value, str):
        name = given.value.rpartition(".")[2]
        return SparkError("COLLATION_INVALID_NAME", collationName=name, proposals=nearest(name))
    if isinstance(given.type, t.StringType):
        named = {"paramName": "`collationName`", "paramType": '"STRING"'}
        return AnalysisError("NON_FOLDABLE_ARGUMENT", funcName="`collate`", **named)
    return AnalysisError(
        "UNEXPECTED_INPUT_TYPE",
        functionName="`collate`",
        paramIndex="first",
        requiredType='"STRING"',
        inputSql=text,
        inputType=f'"{given.type.sql}"',
    )


def _name_alone(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    unheard = isinstance(given.value, str) and canonical(given.value) is None
    return given.type if isinstance(given.type, t.StringType) and not unheard else None


_COLLATION = constant(Takes(_name_alone, '"STRING"', refused=_no_collation))


@TEXT.scalar(
    "collate",
    takes=[Takes(_text_alone, '"STRING"'), _COLLATION],
    gives=_under,
    shows=lambda text, name: f"collate({text}, {name.rpartition('.')[2]})",
)
def collate(text: Expression, name: Expression) -> Expression:
    """The text under a collation, by which it is compared from then on.

    >>> SELECT collate('Kai', 'UTF8_LCASE') = 'KAI'
    true
    """
    return text
