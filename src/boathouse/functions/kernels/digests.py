"""Digests that DuckDB has no function for."""

from __future__ import annotations

import hashlib

from boathouse.functions.kernels.rows import by_row


@by_row
def sha2(data: bytes, bits: int) -> str | None:
    """The SHA-2 digest of so many `bits` (0 is 256) in hexadecimal digits; null for others."""
    if bits not in {0, 224, 256, 384, 512}:
        return None
    return hashlib.new(f"sha{bits or 256}", data).hexdigest()
