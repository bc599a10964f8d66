"""Well-known binary: geometries read, checked, and written in either byte order.

Source: OGC Simple Feature Access, part 1, with the ISO codes for Z and M.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from boathouse.errors.exceptions import IllegalArgumentError
from boathouse.functions.kernels.rows import by_row

_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_NAMES = {1: "Point", 2: "LineString", 3: "Polygon"}
_PARTS = {4: 1, 5: 2, 6: 3}
_PART_NAMES = {4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometry of the ISO `code`: numbers of a point, points of a line, rings, or parts."""

    code: int
    parts: tuple[Any, ...]


class _Reader:
    def __init__(self, data: bytes, *, geography: bool) -> None:
        self._data = data
        self._geography = geography
        self.at = 0

    def fail(self, message: str, at: int | None = None) -> IllegalArgumentError:
        place = self.at if at is None else at
        return IllegalArgumentError("WKB_PARSE_ERROR", parseError=message, pos=place)

    def _take(self, form: str) -> Any:
        size = struct.calcsize(form)
        if self.at + size > len(self._data):
            raise self.fail("Unexpected end of WKB buffer")
        (value,) = struct.unpack_from(form, self._data, self.at)
        self.at += size
        return value

    def geometry(self, depth: int = 0) -> Geometry:
        start = self.at
        if len(self._data) - start < 5:
            raise self.fail("Unexpected end of WKB buffer")
        order = self._take("B")
        if order not in {0, 1}:
            raise self.fail(f"Invalid byte order {order}", start)
        mark = "<" if order else ">"
        code = self._take(f"{mark}i")
        kind, dimensions = code % 1000, code // 1000
        if not (0 <= code < 4000 and 1 <= kind <= _COLLECTION) or depth > _DEEPEST:
            raise self.fail(f"Invalid or unsupported type {code}", start + 1)
        width = {0: 2, 1: 3, 2: 3, 3: 4}[dimensions]
        if kind == _POINT:
            return Geometry(code, self._point(mark, width, empty=True))
        if kind == _LINE:
            return Geometry(code, self._line(mark, width, "linestring", 2))
        count = self._count(mark)
        if kind == _POLYGON:
            return Geometry(code, tuple(self._ring(mark, width) for _ in range(count)))
        return Geometry(code, tuple(self._part(kind, depth) for _ in range(count)))

    def _part(self, kind: int, depth: int) -> Geometry:
        part = self.geometry(depth + 1)
        wanted = _PARTS.get(kind)
        if wanted is not None and part.code % 1000 != wanted:
            raise self.fail(f"Expected {_NAMES[wanted]} in {_PART_NAMES[kind]}")
        return part

    def _count(self, mark: str) -> int:
        return self._take(f"{mark}I")

    def _point(self, mark: str, width: int, *, empty: bool = False) -> tuple[float, ...]:
        start = self.at
        numbers = tuple(self._take(f"{mark}d") for _ in range(width))
        if empty and all(map(math.isnan, numbers)):
            return numbers
        outside = self._geography and (abs(numbers[0]) > 180 or abs(numbers[1]) > 90)
        if outside or not all(map(math.isfinite, numbers)):
            raise self.fail("Invalid coordinate value found", start)
        return numbers

    def _line(self, mark: str, width: int, name: str, least: int) -> tuple[tuple[float, ...], ...]:
        start = self.at
        count = self._count(mark)
        if 0 < count < least:
            raise self.fail(f"Too few points in {name}", start)
        return tuple(self._point(mark, width) for _ in range(count))

    def _ring(self, mark: str, width: int) -> tuple[tuple[float, ...], ...]:
        start = self.at
        points = self._line(mark, width, "ring", 4)
        if points and points[0] != points[-1]:
            raise self.fail("Ring is not closed", start)
        return points


def _written(geometry: Geometry, mark: str) -> bytes:
    head = struct.pack(f"{mark}BI", mark == "<", geometry.code)
    kind = geometry.code % 1000
    if kind == _POINT:
        return head + _numbers(geometry.parts, mark)
    head += struct.pack(f"{mark}I", len(geometry.parts))
    if kind == _LINE:
        return head + b"".join(_numbers(point, mark) for point in geometry.parts)
    if kind == _POLYGON:
        return head + b"".join(
            struct.pack(f"{mark}I", len(ring)) + b"".join(_numbers(point, mark) for point in ring)
            for ring in geometry.parts
        )
    return head + b"".join(_written(part, mark) for part in geometry.parts)


def _numbers(point: tuple[float, ...], mark: str) -> bytes:
    return struct.pack(f"{mark}{len(point)}d", *point)


@by_row
def checked(data: bytes, *, geography: bool) -> bytes:
    """`data` in little-endian order; an error where it is no geometry."""
    reader = _Reader(data, geography=geography)
    if not data:
        raise reader.fail("WKB data is empty or null")
    return _written(reader.geometry(), "<")


@by_row
def ordered(data: bytes, order: str) -> bytes:
    """A checked geometry in the byte order NDR (little-endian) or XDR."""
    marks = {"NDR": "<", "XDR": ">"}
    if order.upper() not in marks:
        raise IllegalArgumentError("ST_INVALID_ENDIANNESS_VALUE", endianness=order)
    return _written(_Reader(data, geography=False).geometry(), marks[order.upper()])
