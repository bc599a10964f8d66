"""How a cast ends that cannot convert a value."""

from enum import Enum


class CastMode(Enum):
    """ANSI raises, TRY gives null, LEGACY gives what Spark gave before ANSI: null, or a number that
    is wrapped or cut. DEFAULT stands for what the session says; binding replaces it.
    """

    DEFAULT = "default"
    LEGACY = "legacy"
    ANSI = "ansi"
    TRY = "try"
