"""Names of time zones."""

from __future__ import annotations

from boathouse.functions.kernels.rows import by_row
from boathouse.types.zones import zone_of


@by_row
def is_known(name: str) -> bool:
    """Whether there is a zone of that name."""
    return zone_of(name) is not None
