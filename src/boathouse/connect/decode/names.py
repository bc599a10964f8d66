"""Names in messages: column names by Spark's attribute rule, all others by SQL's."""

from __future__ import annotations

from functools import lru_cache

from boathouse.errors.exceptions import AnalysisError


def _bad(text: str) -> AnalysisError:
    return AnalysisError("INVALID_ATTRIBUTE_NAME_SYNTAX", name=text)


@lru_cache(maxsize=4096)
def attribute_parts(text: str) -> tuple[str, ...]:
    """The parts of a column name: split at dots, but for those inside backticks, which must
    enclose a whole part. Unlike SQL's identifiers, parts may hold any characters unquoted.
    """
    if "`" not in text:
        parts = text.split(".")
        if "" in parts and len(parts) > 1:
            raise _bad(text)
        return tuple(parts)
    return tuple(_quoted_parts(text))


def _quoted_parts(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    while True:
        part, at = _quoted(text, at) if text.startswith("`", at) else _bare(text, at)
        parts.append(part)
        if at == len(text):
            return parts
        at += 1


def _bare(text: str, at: int) -> tuple[str, int]:
    end = text.find(".", at)
    end = len(text) if end < 0 else end
    part = text[at:end]
    if not part or "`" in part:
        raise _bad(text)
    return part, end


def _quoted(text: str, at: int) -> tuple[str, int]:
    end = at + 1
    while True:
        end = text.find("`", end)
        if end < 0:
            raise _bad(text)
        if not text.startswith("``", end):
            break
        end += 2
    if end + 1 < len(text) and (text[end + 1] != "." or end + 2 == len(text)):
        raise _bad(text)
    return text[at + 1 : end].replace("``", "`"), end + 1


def star_target(text: str) -> tuple[str, ...]:
    """The qualifier's parts in ``a.b.*``."""
    if not text.endswith(".*"):
        raise AnalysisError("INVALID_ATTRIBUTE_NAME_SYNTAX", name=text)
    return attribute_parts(text[:-2])
