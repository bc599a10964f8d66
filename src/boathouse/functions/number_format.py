"""Numbers written and read under a format such as ``S999,999.99``: to_char and to_number."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from boathouse import duck
from boathouse.duck import Expression
from boathouse.errors.exceptions import (
    AnalysisError,
    SparkArithmeticError,
    SparkRuntimeError,
    unsupported,
)
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    STRING,
    Argument,
    Takes,
    always,
    constant,
)
from boathouse.functions.text_codec import encoded_text
from boathouse.types import datatypes as t
from boathouse.types.coercion import decimal_of_integral, is_datetime, is_string

TEXT = Group("string_funcs")

_Arguments = tuple[Argument, ...]
_TOKEN = re.compile(r"[09]+|MI|PR|[S$.D,G]|(?s:.)")
_NAMES = {".": ". or D", "D": ". or D", ",": ", or G", "G": ", or G"}
_ONCE = (".", "S", "MI", "$", "PR")
_ORDER = (("MI", "S"), ("$",), ("9",), (".",), ("9",), ("$",), ("PR", "MI", "S"))
"""What may follow what: ``9`` is digits and separators. Everything may be left away."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format taken apart: the digits and commas before the point, the digits behind it, and where
    sign and dollar stand.
    """

    text: str
    whole: str
    fraction: str
    before: str
    behind: str
    dollar: bool
    pointed: bool

    @property
    def digits(self) -> int:
        """How many digits may stand before the point."""
        return len(self.whole.replace(",", ""))

    @property
    def type(self) -> t.DecimalType:
        """The type of numbers of this format."""
        scale = len(self.fraction)
        most = t.DecimalType.MAX_PRECISION
        if self.digits + scale > most:
            raise SparkArithmeticError(
                "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                precision=self.digits + scale,
                maxPrecision=most,
            )
        return t.DecimalType(self.digits + scale, scale)


@cache
def parse_format(text: str) -> Format:
    """The format `text`. Raises ``INVALID_FORMAT`` and its kin."""
    raised = text.upper()
    tokens = [_plain_token(token) for token in _TOKEN.findall(raised)]
    _check_currency(raised, tokens)
    point = tokens.index(".") if "." in tokens else len(tokens)
    _check_separators(raised, tokens, point)
    for token in _ONCE:
        if tokens.count(token) > 1:
            raise _wrong(raised, "WRONG_NUM_TOKEN", token=_NAMES.get(token, token))
    kinds = _grouped(tokens)
    _check_order(raised, kinds)
    digits = [token for token in tokens[:point] if token[0] in "09,"]
    fraction = [token for token in tokens[point:] if token[0] in "09"]
    before = kinds[0] if kinds[0] in {"MI", "S"} else ""
    behind = kinds[-1] if kinds[-1] in {"MI", "S", "PR"} and len(kinds) > 1 else ""
    return Format(
        raised, "".join(digits), "".join(fraction), before, behind, "$" in tokens, "." in tokens
    )


def _plain_token(token: str) -> str:
    return {"D": ".", "G": ","}.get(token, token)


def _wrong(text: str, kind: str, **parameters: str) -> AnalysisError:
    return AnalysisError(f"INVALID_FORMAT.{kind}", format=f"'{text}'", **parameters)


def _check_currency(text: str, tokens: list[str]) -> None:
    """There is a digit, and a dollar stands before all digits and the point."""
    if not tokens:
        raise _wrong(text, "EMPTY")
    # A separator alone counts as a group of digits, which is wrong for another reason.
    digits = [place for place, token in enumerate(tokens) if token[0] in "09,"]
    if not digits:
        raise _wrong(text, "WRONG_NUM_DIGIT")
    if "$" not in tokens:
        return
    if tokens.index("$") > digits[0]:
        raise _wrong(text, "CUR_MUST_BEFORE_DIGIT")
    if "." in tokens and tokens.index("$") > tokens.index("."):
        raise _wrong(text, "CUR_MUST_BEFORE_DEC")


def _check_separators(text: str, tokens: list[str], point: int) -> None:
    """Separators have digits on both sides, before the point."""
    others = ["" if token[0] in "09" else token for token in [".", *tokens, "."]]
    for place, token in enumerate(tokens[:point]):
        if token[0] == "," and (others[place] or others[place + 2]):
            raise _wrong(text, "CONT_THOUSANDS_SEPS")
    if "," in tokens[point:]:
        raise _wrong(text, "THOUSANDS_SEPS_MUST_BEFORE_DEC")


def _grouped(tokens: list[str]) -> list[str]:
    """`tokens`, digits and separators in a row as one ``9``."""
    kinds: list[str] = []
    for token in tokens:
        if token[0] not in "09,":
            kinds.append(token)
        elif not kinds or kinds[-1] != "9":
            kinds.append("9")
    return kinds


def _check_order(text: str, kinds: list[str]) -> None:
    place = 0
    for allowed in _ORDER:
        if place < len(kinds) and kinds[place] in allowed:
            place += 1
    if place == len(kinds):
        return
    found = kinds[place]
    known = {"9": "digit sequence", **{token: _NAMES.get(token, token) for token in _ONCE}}
    raise _wrong(text, "UNEXPECTED_TOKEN", token=known.get(found, f"character '{found}''"))


def _known(argument: Argument) -> Format | None:
    """The constant format, None for NULL."""
    if not argument.constant:
        raise unsupported("a number format that is not a constant")
    return None if argument.value is None else parse_format(str(argument.value))


def _check(arguments: _Arguments) -> None:
    _known(arguments[1])


# ---- reading ------------------------------------------------------------------------------------


def _number_type(arguments: _Arguments) -> t.DataType:
    known = _known(arguments[1])
    return t.DecimalType(10, 0) if known is None else known.type


def _whole_pattern(whole: str) -> str:
    """Digits in groups. A group that begins with 0 is there in full, others may be short; in front
    they may be left away.
    """
    groups = whole.split(",")
    if not whole:
        return ""
    counts = [
        f"[0-9]{{{len(group)}}}" if group[0] == "0" else f"[0-9]{{1,{len(group)}}}"
        for group in groups
    ]
    if whole[0] == "0":
        return ",".join(counts)
    return f"(?:{'|'.join(','.join(counts[at:]) for at in range(len(counts)))})?"


def _pattern(known: Format) -> str:
    whole = _whole_pattern(known.whole)
    point = f"(?:\\.[0-9]{{0,{len(known.fraction)}}})?" if known.pointed else ""
    inside = ("\\$" if known.dollar else "") + whole + point
    before = {"S": "[+-]?", "MI": "-?"}.get(known.before, "")
    behind = {"S": "[+-]?", "MI": "-?"}.get(known.behind, "")
    text = f"{before}{inside}{behind}"
    return f" *(?:<{text}>|{text}) *" if known.behind == "PR" else f" *{text} *"


def _read(text: Expression, known: Format | None, *, safe: bool) -> Expression:
    if known is None:
        return duck.literal(None, "DECIMAL(10,0)")
    kind = f"DECIMAL({known.type.precision},{known.type.scale})"

    def number(given: Expression) -> Expression:
        digits = duck.f.regexp_replace(given, "[^0-9.]", "", "g")
        size = digits.cast(kind)
        negative = duck.f.regexp_matches(given, "[-<]")
        fits = duck.all_of(
            duck.f.regexp_full_match(given, _pattern(known)),
            duck.f.regexp_matches(given, "[0-9]"),
        )
        failure = None
        if not safe:
            failure = duck.fail(
                "INVALID_FORMAT.MISMATCH_INPUT",
                inputType='"STRING"',
                input=given,
                format=known.text,
            )
        return duck.case(
            (given.is_null(), None),
            (fits, duck.case((negative, -size), otherwise=size)),
            otherwise=failure,
        ).cast(kind)

    return let(text, number, "text")


def _reader(name: str, doc: str, *, safe: bool) -> None:
    def lowering(text: Expression, format: Expression, arguments: _Arguments) -> Expression:
        return _read(text, _known(arguments[1]), safe=safe)

    options = {"nullable": always} if safe else {}
    TEXT.scalar(
        name,
        takes=[STRING, constant(STRING)],
        gives=_number_type,
        check=_check,
        needs=("arguments",),
        doc=doc,
        **options,
    )(lowering)


_reader(
    "to_number",
    """The decimal that a text shows under a format.

    >>> SELECT to_number('$1,234.50', '$9,999.99')
    1234.50
    """,
    safe=False,
)
_reader(
    "try_to_number",
    """The decimal that a text shows under a format, null where it shows none.

    >>> SELECT try_to_number('1,234.50', '9,999.99'), try_to_number('many', '999')
    1234.50 | NULL
    """,
    safe=True,
)


# ---- writing ------------------------------------------------------------------------------------


def _decimal(given: Argument, ansi: bool) -> t.DataType | None:  # noqa: FBT001
    match given.type:
        case t.DecimalType():
            return given.type
        case t.IntegralType():
            return decimal_of_integral(given.type)
        case t.FloatType():
            return t.DecimalType(14, 7)
        case t.DoubleType():
            return t.DecimalType(30, 15)
        case t.NullType():
            return t.DecimalType(38, 18)
        case _:
            return t.DecimalType(38, 18) if is_string(given.type) else None


def _written(number: Expression, given: t.DecimalType, known: Format) -> Expression:
    text = duck.f.abs(number).cast("VARCHAR")
    whole = duck.f.ltrim(duck.f.split_part(text, ".", 1), "0")
    fraction = duck.f.rtrim(duck.f.split_part(text, ".", 2), "0")
    leads = bool(known.before) and not known.dollar
    if known.pointed and known.digits and not leads:
        whole = let(whole, lambda w: duck.case((w.equals(""), "0"), otherwise=w), "whole")
    return let(
        whole,
        lambda w: let(fraction, lambda f: _shown(number, w, f, known), "fraction"),
        "digits",
    )


def _shown(
    number: Expression, whole: Expression, fraction: Expression, known: Format
) -> Expression:
    too_long = duck.any_of(
        duck.f.length(whole).greater(known.digits),
        duck.f.length(fraction).greater(len(known.fraction)),
    )
    mask = re.sub("[09]", "#", known.whole).replace(",", " ")
    body = let(_filled(whole, known), lambda filled: _with_commas(filled, known), "filled")
    if known.fraction:
        size = duck.literal(len(known.fraction), "INTEGER")
        body = duck.operator("||", body, ".", duck.f.rpad(fraction, size, "0"))
        mask += "." + "#" * len(known.fraction)
    elif known.pointed:
        body, mask = body.joined(" "), mask + " "
    if known.dollar:
        body, mask = duck.operator("||", "$", body), "$" + mask
    shown = duck.case((too_long, mask), otherwise=body)
    marked = let(shown, lambda text: _marked(number, text, known), "shown")
    return duck.case((number.is_null(), None), otherwise=marked)


def _marked(number: Expression, text: Expression, known: Format) -> Expression:
    """`text` with its signs; what stands in front of digits stands right in front of them."""
    negative = number.less(0)
    marks = {"S": ("-", "+"), "MI": ("-", " "), "": ("", "")}
    marks["PR"] = (">", "  ")
    first, last = marks[known.before], marks[known.behind]
    if known.behind == "PR" and not known.before:
        first = ("<", "")
    before = duck.case((negative, first[0]), otherwise=first[1])
    behind = duck.case((negative, last[0]), otherwise=last[1])
    if first == ("", ""):
        # A sign behind blanks alone goes before them.
        none = duck.f.ltrim(text, " ").equals("")
        return duck.case((none, behind.joined(text)), otherwise=text.joined(behind))
    bare = duck.f.ltrim(text, " ")
    blanks = duck.f.left(text, duck.f.length(text) - duck.f.length(bare))
    return duck.operator("||", blanks, before, bare, behind)


def _filled(whole: Expression, known: Format) -> Expression:
    """The digits before the point at full width: a group that begins with 0 is filled with zeros,
    another with blanks.
    """
    fill = "".join(
        ("0" if group[:1] == "0" else " ") * len(group) for group in known.whole.split(",")
    )
    return duck.f.left(fill, -duck.f.length(whole) + len(fill)).joined(whole)


def _with_commas(filled: Expression, known: Format) -> Expression:
    """Commas between the groups; a blank where nothing stands before it."""
    pieces: list[Expression] = []
    at = 1
    for group in known.whole.split(","):
        if pieces:
            blank = duck.f.trim(duck.f.left(filled, at - 1), " ").equals("")
            pieces.append(duck.case((blank, " "), otherwise=","))
        pieces.append(duck.f.substring(filled, at, len(group)))
        at += len(group)
    return pieces[0] if len(pieces) == 1 else duck.operator("||", *pieces)


def _taken_over(arguments: _Arguments) -> str | None:
    if is_datetime(arguments[0].type):
        return "date_format"
    return "bytes_to_char" if isinstance(arguments[0].type, t.BinaryType) else None


def _varchar_taken_over(arguments: _Arguments) -> str | None:
    other = _taken_over(arguments)
    return "bytes_to_varchar" if other == "bytes_to_char" else other


def _add_to_char(name: str, resolve: Callable[[_Arguments], str | None]) -> None:
    TEXT.scalar(
        name,
        takes=[Takes(_decimal, '"DECIMAL"'), constant(STRING)],
        gives=t.STRING,
        check=_check,
        resolve=resolve,
        shows=lambda number, form: f"to_char({number}, {form})",
        needs=("arguments",),
        doc=f"""A number, a date or bytes as text under a format.

    >>> SELECT {name}(1234.5, 'S9,999.99'), {name}(DATE'2024-08-17', 'd.M.yy')
    +1,234.50 | 17.8.24
    """,
    )(_to_char)


def _to_char(number: Expression, format: Expression, arguments: _Arguments) -> Expression:
    known, given = _known(arguments[1]), arguments[0].type
    if known is None or not isinstance(given, t.DecimalType):
        return duck.literal(None, "VARCHAR")
    return let(number, lambda value: _written(value, given, known), "number")


_add_to_char("to_char", _taken_over)
_add_to_char("to_varchar", _varchar_taken_over)


def _bytes_shown(data: str, form: str) -> str:
    name = form.lower()
    return f"{name}({data})" if name in {"base64", "hex"} else f"decode({data}, utf-8)"


def _varchar_shown(data: str, form: str) -> str:
    return f"to_varchar({data}{'' if form.lower() in {'base64', 'hex'} else ', utf-8'})"


def _add_bytes_to(name: str, shows: Callable[..., str]) -> None:
    TEXT.scalar(
        f"bytes_{name}",
        takes=[Takes(lambda given, ansi: given.type, '"BINARY"'), constant(STRING)],
        gives=t.STRING,
        nullable=lambda arguments: (
            str(arguments[1].value).lower() in {"utf-8", "utf8"} or arguments[0].nullable
        ),
        needs=("arguments",),
        shows=shows,
        hidden=True,
        doc=f"""Bytes as text of base 64, hexadecimal digits, or UTF-8.

    >>> SELECT {name}(X'6B6169', 'hex')
    6B6169
    """,
    )(_bytes_to_char)


def _bytes_to_char(data: Expression, format: Expression, arguments: _Arguments) -> Expression:
    match str(arguments[1].value).lower():
        case "base64":
            return duck.f.base64(data)
        case "hex":
            return duck.f.hex(data)
        case "utf-8" | "utf8":
            return encoded_text(data)
        case other:
            raise SparkRuntimeError(
                "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
                functionName="`to_char`",
                parameter="`format`",
                invalidFormat=f"'{other}'",
            )


_add_bytes_to("to_char", _bytes_shown)
_add_bytes_to("to_varchar", _varchar_shown)
