"""Moments as DESCRIBE writes them."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo


def moment(zone: str, milliseconds: int) -> str:
    """`milliseconds` since the epoch as ``Mon Nov 23 18:59:24 UTC 2026``."""
    try:
        known: datetime.tzinfo = ZoneInfo(zone)
    except (ValueError, KeyError):
        known = datetime.UTC
    when = datetime.datetime.fromtimestamp(milliseconds / 1000, known)
    return when.strftime("%a %b %d %H:%M:%S %Z %Y")
