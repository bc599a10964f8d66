"""The binary form of a variant, as clients get it, and its JSON text, as DuckDB holds it.

Source: the Variant encoding of the Parquet format, version 1. A value starts with a byte of which
the low two bits say primitive, short text, object or array.
"""

from __future__ import annotations

import base64
import datetime
import itertools
import json
import struct
from decimal import Decimal
from typing import Any

from boathouse.types.text import double_text

_PRIMITIVE, _SHORT, _OBJECT, _ARRAY = range(4)
_NULL, _TRUE, _FALSE, _INT8, _INT16, _INT32, _INT64, _DOUBLE = range(8)
_DECIMAL4, _DECIMAL8, _DECIMAL16 = 8, 9, 10
_DATE, _TIMESTAMP, _TIMESTAMP_NTZ, _FLOAT, _BINARY, _STRING = 11, 12, 13, 14, 15, 16
_INTEGERS = ((_INT8, 1), (_INT16, 2), (_INT32, 4), (_INT64, 8))
_DECIMALS = ((_DECIMAL4, 4, 9), (_DECIMAL8, 8, 18), (_DECIMAL16, 16, 38))
_SHORT_LIMIT = 63
_SMALL_COUNT = 255


def encode(text: str) -> tuple[bytes, bytes]:
    """JSON `text` as a variant's (value, metadata). Numbers without exponent stay exact."""
    keys: dict[str, int] = {}
    value = _value(json.loads(text, parse_float=_fraction), keys)
    return value, _metadata(list(keys))


def _fraction(text: str) -> Decimal | float:
    exact = Decimal(text)
    plain = "e" not in text.lower() and len(exact.as_tuple().digits) <= _DECIMALS[-1][2]
    return exact if plain else float(text)


def _value(given: Any, keys: dict[str, int]) -> bytes:
    match given:
        case None:
            return _primitive(_NULL)
        case bool():
            return _primitive(_TRUE if given else _FALSE)
        case int():
            return _whole(given)
        case float():
            return _primitive(_DOUBLE) + struct.pack("<d", given)
        case Decimal():
            return _decimal(given)
        case str():
            return _text(given.encode())
        case list():
            parts = [_value(item, keys) for item in given]
            return _container(_ARRAY, None, parts)
        case _:
            return _object(given, keys)


def _object(given: dict[str, Any], keys: dict[str, int]) -> bytes:
    ids = {name: keys.setdefault(name, len(keys)) for name in given}
    names = sorted(given, key=str.encode)
    parts = [_value(given[name], keys) for name in names]
    return _container(_OBJECT, [ids[name] for name in names], parts)


def _primitive(kind: int) -> bytes:
    return bytes([kind << 2 | _PRIMITIVE])


def _whole(given: int) -> bytes:
    for kind, width in _INTEGERS:
        if -(1 << (8 * width - 1)) <= given < 1 << (8 * width - 1):
            return _primitive(kind) + given.to_bytes(width, "little", signed=True)
    digits = len(str(abs(given)))
    return _decimal(Decimal(given)) if digits <= _DECIMALS[-1][2] else _value(float(given), {})


def _decimal(given: Decimal) -> bytes:
    sign, digits, exponent = given.as_tuple()
    scale = -int(exponent)
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    for kind, width, precision in _DECIMALS:
        if len(digits) <= precision and scale <= precision:
            body = unscaled.to_bytes(width, "little", signed=True)
            return _primitive(kind) + bytes([scale]) + body
    return _value(float(given), {})


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
    """The JSON text of a variant; types that JSON lacks become text. ValueError when malformed."""
    return text_of(read(value, metadata))


def read(value: bytes, metadata: bytes) -> Any:
    """The Python value of a variant. ValueError when malformed."""
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
            return struct.unpack_from("<d", data, start)[0]
        case 14:
            single = struct.unpack_from("<f", data, start)[0]
            return float(double_text(single, single=True))
        case 8 | 9 | 10:
            width = {_DECIMAL4: 4, _DECIMAL8: 8, _DECIMAL16: 16}[kind]
            unscaled = int.from_bytes(data[start + 1 : start + 1 + width], "little", signed=True)
            # Not `scaleb`, which rounds to 28 digits.
            return Decimal((unscaled < 0, _digits(unscaled), -data[start]))
        case 15 | 16:
            size = _number(data, start, 4)
            content = data[start + 4 : start + 4 + size]
            return content.decode() if kind == _STRING else bytes(content)
        case 11:
            number = int.from_bytes(data[start : start + 4], "little", signed=True)
            return datetime.date(1970, 1, 1) + datetime.timedelta(days=number)
        case 12 | 13:
            number = int.from_bytes(data[start : start + 8], "little", signed=True)
            zone = datetime.UTC if kind == _TIMESTAMP else None
            return datetime.datetime(1970, 1, 1, tzinfo=zone) + datetime.timedelta(0, 0, number)
        case _:
            message = f"variant type {kind}"
            raise ValueError(message)


def _digits(unscaled: int) -> tuple[int, ...]:
    return tuple(map(int, str(abs(unscaled))))


def text_of(given: Any) -> str:
    """The JSON text of the Python value of a variant; moments are shown in UTC."""
    match given:
        case Decimal():
            text = f"{given:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        case float():
            return double_text(given)
        case bytes():
            return json.dumps(base64.b64encode(given).decode())
        case datetime.datetime():
            return json.dumps(_moment_text(given))
        case datetime.date():
            return json.dumps(given.isoformat())
        case list():
            return f"[{','.join([text_of(item) for item in given])}]"
        case dict():
            pairs = [f"{_quoted(name)}:{text_of(item)}" for name, item in given.items()]
            return f"{{{','.join(pairs)}}}"
        case _:
            return _quoted(given)


def _quoted(given: Any) -> str:
    return json.dumps(given, ensure_ascii=False)


def _moment_text(given: datetime.datetime) -> str:
    text = given.replace(tzinfo=None).isoformat(" ")
    shown = text.rstrip("0") if given.microsecond else text
    return shown if given.tzinfo is None else f"{shown}+00:00"
