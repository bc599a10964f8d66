"""How lines of CSV are cut into values: what stands between them, around them, before signs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import SparkRuntimeError, refused, unsupported
from boathouse.functions.let import let
from boathouse.types import datatypes as t


def _separator(options: dict[str, str]) -> str:
    return options.get("sep", options.get("delimiter", ","))


@dataclass(frozen=True, slots=True)
class Dialect:
    """What stands between values, around them, and before signs that mean nothing."""

    separator: str
    quote: str
    escape: str


_NONE = "\ufdd1"
"""Stands for a quote or an escape where there is none: no text has this code point."""


def sign_written(sign: str) -> Expression | str:
    """A quote or an escape as it is written: Java has the character 0 where there is none."""
    return duck.f.chr(0) if sign == _NONE else sign


def dialect_of(options: dict[str, str]) -> Dialect:
    """What `options` (lower-case names) say; OPTION_VALUE_EXCEEDS_ONE_CHARACTER."""
    separator = _separator(options)
    separator = {"\\t": "\t"}.get(separator, separator)
    quote, escape = (_sign(options, *each) for each in (("quote", '"'), ("escape", "\\")))
    if not separator:
        raise refused("A CSV separator is at least one character.")
    if separator == escape:
        raise unsupported("a CSV separator that is the escape character")
    return Dialect(separator, quote, escape)


def _sign(options: dict[str, str], name: str, otherwise: str) -> str:
    said = options.get(name, otherwise)
    if len(said) > 1:
        raise SparkRuntimeError(
            "OPTION_VALUE_EXCEEDS_ONE_CHARACTER", paramName=name, actualValue=said
        )
    return said or _NONE


def _most(options: dict[str, str], name: str) -> int | None:
    """How many there may be of what the option `name` counts; None for as many as there are."""
    said = options.get(name.lower())
    if said is None:
        return None
    try:
        number = int(said)
    except ValueError:
        raise SparkRuntimeError("_LEGACY_ERROR_TEMP_2146", paramName=name, value=said) from None
    return number if number >= 0 else None


def is_on(options: dict[str, str], name: str, *, otherwise: bool = False) -> bool:
    """Whether the option `name` says so; `otherwise` where nobody said."""
    return options.get(name, str(otherwise)).lower() == "true"


_AT_QUOTES = {
    "STOP_AT_DELIMITER": "stop_at_delimiter",
    "STOP_AT_CLOSING_QUOTE": "stop_at_closing_quote",
    "SKIP_VALUE": "skip_value",
}


_NOT_BUILT = {"BACK_TO_DELIMITER", "RAISE_ERROR"}


def _values(line: Expression, how: Dialect, options: dict[str, str]) -> Expression:
    """The texts between separators of a line, quoted ones without quotes and escapes; null where
    there is nothing, not even quotes.
    """
    empty = options.get("emptyvalue", "")
    mark, quote, escape = (re.escape(x) for x in (how.separator, how.quote, how.escape))
    inside = f"{quote}(?:[^{quote}{escape}]|{escape}.)*{quote}"
    # With a separator behind the last value too every match ends in one.
    found = duck.f.regexp_extract_all(
        duck.operator("||", line, how.separator), f"(?s)({inside}|.*?){mark}", 1
    )

    def unquoted(text: Expression) -> Expression:
        if is_on(options, "ignoreleadingwhitespace"):
            text = duck.f.ltrim(text)
        if is_on(options, "ignoretrailingwhitespace"):
            text = duck.f.rtrim(text)
        return let(text, without_quotes, "text")

    def without_quotes(text: Expression) -> Expression:
        inner = duck.f.substring(text, 2, duck.f.length(text) - 2)
        plain = duck.f.regexp_replace(inner, f"{escape}([{quote}{escape}])", "\\1", "g")
        return duck.case(
            (text.equals(""), None),
            (text.equals(how.quote * 2), empty),
            (duck.f.starts_with(text, how.quote), plain),
            otherwise=text,
        )

    if how.quote == _NONE:
        return duck.f.list_transform(
            duck.f.string_split(line, how.separator), duck.lambda_("_value", unquoted)
        )
    simple = duck.f.list_transform(found, duck.lambda_("_value", unquoted))
    wanted = options.get("unescapedquotehandling", "STOP_AT_DELIMITER").upper()
    if wanted not in _AT_QUOTES and wanted not in _NOT_BUILT:
        raise refused(f"There is no unescapedQuoteHandling {wanted}.")
    if wanted not in _AT_QUOTES:
        raise unsupported(f"CSV with unescapedQuoteHandling {wanted}")
    look = kernel(
        "csv_lines",
        "values",
        t.ArrayType(t.STRING),
        separator=how.separator,
        quote=how.quote,
        escape=how.escape,
        empty=empty,
        at_quotes=_AT_QUOTES[wanted],
        trimmed=(
            is_on(options, "ignoreleadingwhitespace"),
            is_on(options, "ignoretrailingwhitespace"),
        ),
    )
    # Values in quotes that end where a separator follows, and others without any quote.
    value = f"(?:{inside}|[^{quote}]*?)"
    proper = duck.any_of(
        duck.f.contains(line, how.quote).negated(),
        duck.f.regexp_full_match(line, f"(?s){value}(?:{mark}{value})*"),
    )
    return duck.case((proper, simple), otherwise=look(duck.case((proper.negated(), line))))


def values_of(line: Expression, options: dict[str, str]) -> Expression:
    """The values of a line, null where there is nothing, not even quotes; an error where they are
    more, or longer, than the options allow.
    """
    limits: list[tuple[Callable[[Expression], Expression], int | None]] = [
        (duck.f.len, _most(options, "maxColumns")),
        (_longest, _most(options, "maxCharsPerColumn")),
    ]

    def checked(values: Expression) -> Expression:
        too_much = [count(values).greater(most) for count, most in limits if most is not None]
        failure = duck.fail("MALFORMED_CSV_RECORD", badRecord=line).cast("VARCHAR[]")
        return duck.case((duck.any_of(*too_much), failure), otherwise=values)

    values = _values(line, dialect_of(options), options)
    if all(most is None for _, most in limits):
        return values
    return let(values, checked, "cut")


def _longest(values: Expression) -> Expression:
    return duck.f.list_max(duck.f.list_transform(values, duck.lambda_("_each", duck.f.length)))
