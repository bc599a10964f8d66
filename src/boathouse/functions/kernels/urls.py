"""Texts in the form of URLs."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from boathouse.errors.exceptions import IllegalArgumentError
from boathouse.functions.kernels.rows import by_row

_BROKEN = re.compile("%(?![0-9A-Fa-f]{2})")


@by_row
def decoded(text: str, *, safe: bool) -> str | None:
    """The text that was encoded as a form's data; bytes that are no UTF-8 become U+FFFD. Where it
    was not encoded so, null if `safe`, else an error.
    """
    if _BROKEN.search(text) is None:
        return unquote_plus(text)
    if safe:
        return None
    raise IllegalArgumentError("CANNOT_DECODE_URL", url=text)
