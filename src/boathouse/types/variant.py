"""A variant as DuckDB holds it, a JSON text, and the binary form that clients and files have.

JSON has no dates, moments, bytes or floating point numbers. Where a variant has one, a text stands
that begins with `MARK`, a code point that no character will ever have, and the letter of a kind:
``n`` an exact number that DuckDB would write in another way, ``d`` a double, ``f`` a float, ``D``
a date as days after 1970, ``T`` a moment and ``L`` a local one as microseconds, ``B`` bytes in
base64, ``s`` a text that begins with the mark itself. All else is what it is in JSON.

Source: the Variant encoding of the Parquet format, version 1. A value starts with a byte of which
the low two bits say primitive, short text, object or array.
"""

from __future__ import annotations

import base64
import datetime
import itertools
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boathouse.types.text import double_text

MARK = "\ufdd0"
EPOCH = datetime.datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Marked:
    """A value that neither JSON nor Python's numbers have, as the text after the mark has it."""

    kind: str
    text: str


# ---- the text that DuckDB holds -----------------------------------------------------------------


def parsed(text: str) -> Any:
    """The value of a JSON `text`, the client's or one that DuckDB holds: numbers with a point are
    Decimals, those with an exponent or of more than 38 digits are doubles. ValueError for none.
    """
    value = json.loads(text, parse_int=_whole_number, parse_float=_fraction, parse_constant=_no)
    return _unmarked(value) if MARK in text or "\\u" in text else value


def _no(text: str) -> Any:
    raise ValueError(text)


def _whole_number(text: str) -> Any:
    return int(text) if len(text.lstrip("-")) <= _MOST_DIGITS else double(float(text))


def _fraction(text: str) -> Decimal | Marked:
    if "e" not in text.lower():
        exact = Decimal(text)
        _, digits, exponent = exact.as_tuple()
        if max(len(digits), -int(exponent)) <= _MOST_DIGITS:
            return exact or exact.copy_abs()  # exact zeros have no sign
    return double(float(text))


def double(given: float) -> Marked:
    """A double inside a variant."""
    return Marked("d", double_text(given))


def _unmarked(given: Any) -> Any:
    match given:
        case str() if given.startswith(MARK):
            kind, text = given[1:2], given[2:]
            if kind == "n":
                return Decimal(text)
            return text if kind == "s" else Marked(kind, text)
        case list():
            return [_unmarked(item) for item in given]
        case dict():
            return {name: _unmarked(item) for name, item in given.items()}
        case _:
            return given


def held(given: Any) -> str:
    """The text that DuckDB holds for the value of a variant."""
    return json_text(given, _held_atom)


def _held_atom(given: Any) -> str:
    match given:
        case Marked(kind, text):
            return quoted(MARK + kind + text)
        case Decimal():
            text = f"{given:f}"
            return text if _is_plain(given, text) else quoted(f"{MARK}n{text}")
        case str() if given.startswith(MARK):
            return quoted(f"{MARK}s{given}")
        case _:
            return quoted(given)


def _is_plain(given: Decimal, text: str) -> bool:
    """Whether DuckDB writes the number as it stands there, and it is read as it was: a double keeps
    fifteen digits, and a whole number is a BIGINT where that has room.
    """
    if "." not in text:
        return not -(1 << 63) <= given < 1 << 63
    return text[-1] != "0" and len(text) <= 16 and abs(given) >= 1e-4


def json_text(given: Any, atom: Callable[[Any], str]) -> str:
    """JSON text in which `atom` writes what is neither an array nor an object."""
    match given:
        case list():
            return f"[{','.join([json_text(item, atom) for item in given])}]"
        case dict():
            fields = sorted(given.items(), key=_java_order)
            return f"{{{','.join([f'{quoted(k)}:{json_text(v, atom)}' for k, v in fields])}}}"
        case _:
            return atom(given)


def _java_order(field: tuple[str, Any]) -> bytes:
    """The fields of a variant stand in the order that Java gives their names."""
    return field[0].encode("utf-16-be", "surrogatepass")


def quoted(given: Any) -> str:
    """A text, whole number, truth value or null as JSON writes it."""
    return json.dumps(given, ensure_ascii=False)


def stripped(given: Decimal) -> str:
    """An exact number without zeros at the end."""
    text = f"{given:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# ---- the binary form ----------------------------------------------------------------------------

_PRIMITIVE, _SHORT, _OBJECT, _ARRAY = range(4)
_NULL, _TRUE, _FALSE, _INT8, _INT16, _INT32, _INT64, _DOUBLE = range(8)
_DECIMAL4, _DECIMAL8, _DECIMAL16 = 8, 9, 10
_DATE, _TIMESTAMP, _TIMESTAMP_NTZ, _FLOAT, _BINARY, _STRING = 11, 12, 13, 14, 15, 16
_INTEGERS = ((_INT8, 1), (_INT16, 2), (_INT32, 4), (_INT64, 8))
_DECIMALS = ((_DECIMAL4, 4, 9), (_DECIMAL8, 8, 18), (_DECIMAL16, 16, 38))
_SHORT_LIMIT = 63
_MOST_DIGITS = 38
_SMALL_COUNT = 255


def encode(text: str) -> tuple[bytes, bytes]:
    """The `text` that DuckDB holds as a variant's (value, metadata)."""
    keys: dict[str, int] = {}
    value = _value(parsed(text), keys)
    return value, _metadata(list(keys))


def _value(given: Any, keys: dict[str, int]) -> bytes:
    match given:
        case None:
            return _primitive(_NULL)
        case bool():
            return _primitive(_TRUE if given else _FALSE)
        case int():
            return _whole(given)
        case Decimal():
            return _decimal(given)
        case Marked():
            return _marked(given)
        case str():
            return _text(given.encode())
        case list():
            parts = [_value(item, keys) for item in given]
            return _container(_ARRAY, None, parts)
        case _:
            return _object(given, keys)


def _object(given: dict[str, Any], keys: dict[str, int]) -> bytes:
    parts: dict[str, tuple[int, bytes]] = {}
    for name, item in given.items():
        place = keys.setdefault(name, len(keys))
        parts[name] = place, _value(item, keys)
    inside = [parts[name] for name in sorted(given, key=str.encode)]
    return _container(_OBJECT, [place for place, _ in inside], [part for _, part in inside])


def _primitive(kind: int) -> bytes:
    return bytes([kind << 2 | _PRIMITIVE])


def _whole(given: int) -> bytes:
    for kind, width in _INTEGERS:
        if -(1 << (8 * width - 1)) <= given < 1 << (8 * width - 1):
            return _primitive(kind) + given.to_bytes(width, "little", signed=True)
    return _decimal(Decimal(given))


def _decimal(given: Decimal) -> bytes:
    sign, digits, exponent = given.as_tuple()
    scale = -int(exponent)
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    for kind, width, precision in _DECIMALS:
        if len(digits) <= precision and scale <= precision:
            body = unscaled.to_bytes(width, "little", signed=True)
            return _primitive(kind) + bytes([scale]) + body
    return _marked(double(float(given)))


def _marked(given: Marked) -> bytes:
    text = given.text
    match given.kind:
        case "d":
            return _primitive(_DOUBLE) + struct.pack("<d", float(text))
        case "f":
            return _primitive(_FLOAT) + struct.pack("<f", float(text))
        case "D":
            return _primitive(_DATE) + struct.pack("<i", int(text))
        case "T" | "L":
            kind = _TIMESTAMP if given.kind == "T" else _TIMESTAMP_NTZ
            return _primitive(kind) + struct.pack("<q", int(text))
        case _:
            content = base64.b64decode(text)
            return _primitive(_BINARY) + len(content).to_bytes(4, "little") + content


def _text(given: bytes) -> bytes:
    if len(given) <= _SHORT_LIMIT:
        return bytes([len(given) << 2 | _SHORT]) + given
    return _primitive(_STRING) + len(given).to_bytes(4, "little") + given


def _width(largest: int) -> int:
    return max(1, (largest.bit_length() + 7) // 8)


def _offsets(parts: list[bytes], width: int) -> bytes:
    total, result = 0, bytearray()
    for part in [*parts, b""]:
        result += total.to_bytes(width, "little")
        total += len(part)
    return bytes(result)


def _container(kind: int, ids: list[int] | None, parts: list[bytes]) -> bytes:
    large = len(parts) > _SMALL_COUNT
    width = _width(sum(map(len, parts)))
    id_width = _width(max(ids, default=0)) if ids is not None else 1
    header = width - 1
    header |= large << 2 if ids is None else large << 4 | (id_width - 1) << 2
    count = len(parts).to_bytes(4 if large else 1, "little")
    numbers = b"".join(id.to_bytes(id_width, "little") for id in ids or ())
    return bytes([header << 2 | kind]) + count + numbers + _offsets(parts, width) + b"".join(parts)


def _metadata(names: list[str]) -> bytes:
    parts = [name.encode() for name in names]
    width = _width(max(sum(map(len, parts)), len(parts)))
    header = 1 | (width - 1) << 6
    count = len(parts).to_bytes(width, "little")
    return bytes([header]) + count + _offsets(parts, width) + b"".join(parts)


# ---- and back -----------------------------------------------------------------------------------


def decode(value: bytes, metadata: bytes) -> str:
    """The text that DuckDB holds for a variant. ValueError when malformed."""
    return held(read(value, metadata))


def read(value: bytes, metadata: bytes) -> Any:
    """The value of a variant, as `parsed` gives it. ValueError when malformed."""
    try:
        return _read(value, 0, _names(metadata))
    except (IndexError, struct.error) as error:
        message = "malformed variant"
        raise ValueError(message) from error


def _number(data: bytes, position: int, width: int) -> int:
    if position + width > len(data):
        raise IndexError(position)
    return int.from_bytes(data[position : position + width], "little")


def _names(metadata: bytes) -> list[str]:
    width = (metadata[0] >> 6) + 1
    count = _number(metadata, 1, width)
    start = 1 + width * (count + 2)
    bounds = [_number(metadata, 1 + width * (i + 1), width) for i in range(count + 1)]
    return [metadata[start + a : start + b].decode() for a, b in itertools.pairwise(bounds)]


def _read(data: bytes, position: int, names: list[str]) -> Any:
    header, kind = data[position] >> 2, data[position] & 3
    start = position + 1
    if kind == _SHORT:
        return data[start : start + header].decode()
    if kind == _PRIMITIVE:
        return _read_primitive(data, start, header)
    width = (header & 3) + 1
    if kind == _ARRAY:
        return _read_parts(data, start, (4 if header & 4 else 1, 0, width), names)[1]
    widths = (4 if header & 16 else 1, (header >> 2 & 3) + 1, width)
    ids, values = _read_parts(data, start, widths, names)
    return {names[id]: item for id, item in zip(ids, values, strict=True)}


def _read_parts(
    data: bytes, start: int, widths: tuple[int, int, int], names: list[str]
) -> tuple[list[int], list[Any]]:
    count_width, id_width, width = widths
    count = _number(data, start, count_width)
    start += count_width
    ids = [_number(data, start + id_width * i, id_width) for i in range(count)]
    start += id_width * count
    body = start + width * (count + 1)
    values = [
        _read(data, body + _number(data, start + width * i, width), names) for i in range(count)
    ]
    return (ids if id_width else []), values


def _read_primitive(data: bytes, start: int, kind: int) -> Any:
    match kind:
        case 0:
            return None
        case 1 | 2:
            return kind == _TRUE
        case 3 | 4 | 5 | 6:
            width = dict(_INTEGERS)[kind]
            return int.from_bytes(data[start : start + width], "little", signed=True)
        case 7:
            return double(struct.unpack_from("<d", data, start)[0])
        case 14:
            return Marked("f", double_text(struct.unpack_from("<f", data, start)[0], single=True))
        case 8 | 9 | 10:
            width = {_DECIMAL4: 4, _DECIMAL8: 8, _DECIMAL16: 16}[kind]
            unscaled = int.from_bytes(data[start + 1 : start + 1 + width], "little", signed=True)
            # Not `scaleb`, which rounds to 28 digits.
            return Decimal((unscaled < 0, _digits(unscaled), -data[start]))
        case 15 | 16:
            size = _number(data, start, 4)
            content = data[start + 4 : start + 4 + size]
            return content.decode() if kind == _STRING else of_bytes(content)
        case 11:
            number = int.from_bytes(data[start : start + 4], "little", signed=True)
            return Marked("D", str(number))
        case 12 | 13:
            number = int.from_bytes(data[start : start + 8], "little", signed=True)
            return Marked("T" if kind == _TIMESTAMP else "L", str(number))
        case _:
            message = f"variant type {kind}"
            raise ValueError(message)


def _digits(unscaled: int) -> tuple[int, ...]:
    return tuple(map(int, str(abs(unscaled))))


def of_bytes(content: bytes) -> Marked:
    """Bytes inside a variant."""
    return Marked("B", base64.b64encode(content).decode())


def of_column(given: Any) -> Any:
    """What a column of its own holds of a variant, as `parsed` gives it."""
    match given:
        case float():
            return double(given)
        case bytes():
            return of_bytes(given)
        case datetime.datetime():
            since = given.replace(tzinfo=None) - EPOCH
            kind = "L" if given.tzinfo is None else "T"
            return Marked(kind, str(since // datetime.timedelta(microseconds=1)))
        case datetime.date():
            return Marked("D", str((given - EPOCH.date()).days))
        case _:
            return given
