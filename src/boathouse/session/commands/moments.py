"""Moments as DESCRIBE writes them."""

from __future__ import annotations

import datetime

from boathouse.types.zones import named


def moment(zone: str, milliseconds: int) -> str:
    """`milliseconds` since the epoch as ``Mon Nov 23 18:59:24 UTC 2026``."""
    when = datetime.datetime.fromtimestamp(milliseconds / 1000, named(zone).clock)
    return when.strftime("%a %b %d %H:%M:%S %Z %Y")
