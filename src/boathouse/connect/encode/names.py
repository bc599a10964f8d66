"""Names to the text that decodes to the same parts."""

from __future__ import annotations

from collections.abc import Sequence

from boathouse.types.datatypes import quoted, quoted_if_needed


def attribute_text(parts: Sequence[str]) -> str:
    """A column name: parts with a dot or a backtick in them are quoted, as are empty ones."""
    special = {".", "`"}
    return ".".join(quoted(p) if not p or special & set(p) else p for p in parts)


def identifier_text(parts: Sequence[str]) -> str:
    """Any other name, by SQL's rules."""
    return ".".join(quoted_if_needed(part) for part in parts)
