"""Options of readers and writers: keys in any case, values as text, checked when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from boathouse.errors.exceptions import (
    AnalysisError,
    IllegalArgumentError,
    SparkRuntimeError,
)

_ESCAPES = {"t": "\t", "r": "\r", "b": "\b", "f": "\f", "n": "\n", '"': '"', "'": "'", "\\": "\\"}


class Options(Mapping[str, str]):
    """Options under keys whose case does not matter; of equal keys the last one counts."""

    def __init__(self, pairs: Mapping[str, str] | None = None) -> None:
        self._values = {key.lower(): value for key, value in (pairs or {}).items()}

    def __getitem__(self, key: str) -> str:
        return self._values[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Options({self._values})"

    def first(self, *keys: str) -> str | None:
        """The value of the first of `keys` (names of one option) that is set."""
        return next((self[key] for key in keys if key in self), None)

    def flag(self, key: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002 - as Mapping.get
        """A yes-or-no option; INVALID_PARAMETER_VALUE.BOOLEAN for other words."""
        text = self.get(key)
        if text is None:
            return default
        if text.lower() not in {"true", "false"}:
            raise IllegalArgumentError(
                "INVALID_PARAMETER_VALUE.BOOLEAN",
                parameter=key,
                functionName="`option`",
                invalidValue=text,
            )
        return text.lower() == "true"

    def whole(self, key: str, default: int) -> int:
        """A whole number."""
        text = self.get(key)
        try:
            return default if text is None else int(text)
        except ValueError:
            raise IllegalArgumentError(
                "INVALID_PARAMETER_VALUE.INTEGER",
                parameter=key,
                functionName="`option`",
                invalidValue=text,
            ) from None

    def character(self, key: str, default: str) -> str:
        """One character, or none at all (also for the character NUL)."""
        text = self.get(key, default)
        if len(text) > 1 and text not in {"\\u0000", "\x00"}:
            raise SparkRuntimeError(
                "OPTION_VALUE_EXCEEDS_ONE_CHARACTER", paramName=key, actualValue=text
            )
        return "" if text in {"\\u0000", "\x00"} else text

    def delimiter(self, default: str) -> str:
        """The separator of columns: one character or more; a backslash and a letter mean a
        control character.
        """
        text = self.first("sep", "delimiter")
        if text is None:
            return default
        if not text:
            raise IllegalArgumentError("INVALID_DELIMITER_VALUE.EMPTY_STRING")
        return _unescaped(text)

    def canonical(self) -> str:
        """One text for equal options, to key what was derived from them."""
        return json.dumps(self._values, sort_keys=True)


def _unescaped(text: str) -> str:
    out: list[str] = []
    at = 0
    while at < len(text):
        if text[at] != "\\":
            out.append(text[at])
            at += 1
            continue
        follower = text[at + 1 : at + 2]
        if not follower:
            if len(text) == 1:
                raise IllegalArgumentError("INVALID_DELIMITER_VALUE.SINGLE_BACKSLASH")
            out.append("\\")
        elif follower == "u" and text[at + 1 :] == "u0000":
            return "".join([*out, "\x00"])
        elif follower in _ESCAPES:
            out.append(_ESCAPES[follower])
        else:
            raise IllegalArgumentError(
                "INVALID_DELIMITER_VALUE.UNSUPPORTED_SPECIAL_CHARACTER", str=f"\\{follower}"
            )
        at += 2
    return "".join(out)


def mode_of(options: Options) -> str:
    """PERMISSIVE, DROPMALFORMED or FAILFAST; an unknown word means PERMISSIVE, as in Spark."""
    mode = options.get("mode", "PERMISSIVE").upper()
    return mode if mode in {"PERMISSIVE", "DROPMALFORMED", "FAILFAST"} else "PERMISSIVE"


def codec_of(options: Options, default: str, allowed: Mapping[str, str], *keys: str) -> str:
    """The compression asked for under "compression" (or `keys`), by its name in `allowed`; raises
    CODEC_NOT_AVAILABLE for any other.
    """
    asked = options.first("compression", "codec", *keys) or default
    found = allowed.get(asked.lower())
    if found is None:
        raise IllegalArgumentError(
            "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
            codecName=asked,
            availableCodecs=", ".join(allowed),
        )
    return found


def require_known_mode(mode: str) -> None:
    """INVALID_SAVE_MODE for a save mode nobody knows."""
    if mode.lower() not in {"append", "overwrite", "ignore", "error", "errorifexists", "default"}:
        raise AnalysisError("INVALID_SAVE_MODE", mode=f'"{mode}"')
