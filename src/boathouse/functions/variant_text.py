"""The text that a variant is held as (see `types.variant`): made of JSON, read and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.functions.let import let
from boathouse.types import datatypes as t
from boathouse.types.variant import MARK

if TYPE_CHECKING:
    from collections.abc import Callable

_ODD = "|".join(
    (
        # Doubles, and words that are no JSON.
        r"[0-9][eE]|[NI][aAnN][Nf]",
        # Numbers that DuckDB would not write as they stand there.
        r"\.[0-9]*0(?:[^0-9]|$)|\.0000|[0-9]{7}\.|\.[0-9]{9}|[0-9]{20}|-0",
        # Texts that begin with the mark, perhaps.
        MARK + r"|\\u[fF][dD][dD]0",
    )
)
"""What a JSON text has, or may have, that cannot stay as it is."""


def held(text: Expression) -> Expression:
    """What is held for a valid JSON `text`; null if it has numbers that no JSON has."""
    odd = duck.f.regexp_matches(text, _ODD)
    return duck.case(
        (odd, kernel("variants", "held", t.STRING)(text)), otherwise=duck.f.json_normalize(text)
    ).cast("JSON")


def is_marked(text: Expression) -> Expression:
    """Whether there may be anything in a held `text` that is no JSON."""
    return duck.f.contains(text, MARK)


def json_form(value: Expression) -> Expression:
    """A variant as JSON text."""
    return _through("shown", value, lambda text: text)


def text_form(value: Expression) -> Expression:
    """A variant as CAST to STRING gives it."""
    return _through(
        "as_text", value, lambda text: duck.f.json_extract_string(text.cast("JSON"), "$")
    )


def _through(
    name: str, value: Expression, plainly: Callable[[Expression], Expression]
) -> Expression:
    """What the kernel `name` says of a variant that is marked, and `plainly` of any other."""
    show = kernel("variants", name, t.STRING)
    return let(
        value.cast("VARCHAR"),
        lambda text: duck.case(
            (is_marked(text), show(text, duck.f.current_setting("TimeZone"))),
            otherwise=plainly(text),
        ),
        "held",
    )
