"""Functions of Spark's group for digests and hashes."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression, native
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import InList
from boathouse.functions.let import let
from boathouse.functions.registry import Group
from boathouse.functions.signature import BINARY, INT, Argument, always
from boathouse.types import datatypes as t

HASH = Group("hash_funcs")

_Arguments = tuple[Argument, ...]

HASH.calls(
    "md5",
    "md5",
    takes=[BINARY],
    gives=t.STRING,
    doc="""The MD5 digest of bytes, as hexadecimal digits.

    >>> SELECT md5('Spark')
    8cde774d6f7333752ed72cacddb05126
    """,
)
for _name in ("sha", "sha1"):
    HASH.calls(
        _name,
        "sha1",
        takes=[BINARY],
        gives=t.STRING,
        doc=f"""The SHA-1 digest of bytes, as hexadecimal digits.

    >>> SELECT {_name}('Spark')
    85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c
    """,
    )


@HASH.scalar("sha2", takes=[BINARY, INT], gives=t.STRING, nullable=always, needs=("arguments",))
def _sha2(data: Expression, bits: Expression, *, arguments: _Arguments) -> Expression:
    """A digest of bytes of the SHA-2 family, as hexadecimal digits; null for an unknown length.

    >>> SELECT sha2('Spark', 256)
    529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b
    """
    if not arguments[1].constant or arguments[1].value in {224, 384, 512}:
        return kernel("digests", "sha2", t.STRING)(data, bits)
    return duck.if_(InList(bits, (duck.literal(0), duck.literal(256))), duck.f.sha256(data))


_POLYNOMIAL = 0xEDB88320


def _crc_table() -> list[int]:
    """CRC-32 of the sixteen values of half a byte."""
    table: list[int] = []
    for value in range(16):
        code = value
        for _ in range(4):
            code = (code >> 1) ^ (_POLYNOMIAL if code & 1 else 0)
        table.append(code)
    return table


@HASH.scalar("crc32", takes=[BINARY], gives=t.LONG)
def _crc32(data: Expression) -> Expression:
    """The CRC-32 checksum of bytes.

    >>> SELECT crc32('Spark')
    1557323817
    """
    if native.available():
        return native.call("crc32", data)
    table = duck.list_of(*_crc_table())

    def half(code: Expression) -> Expression:
        place = duck.operator("&", code, 15) + 1
        return duck.f.xor(duck.operator(">>", code, 4), duck.f.list_extract(table, place))

    def step(code: Expression, byte: Expression) -> Expression:
        mixed = duck.f.xor(code, byte)
        return let(mixed, lambda c: let(half(c), half, "second"), "first")

    def build(value: Expression) -> Expression:
        start = duck.literal(2**32 - 1, "BIGINT")
        code = duck.f.list_reduce(byte_list(value), duck.lambda_("_c _b", step), start)
        return duck.if_(value.is_not_null(), duck.f.xor(code, start))

    return let(data, build, "data")


def byte_list(data: Expression) -> Expression:
    """The bytes of a BLOB as a list of BIGINT."""

    def build(digits: Expression) -> Expression:
        def byte(place: Expression) -> Expression:
            pair = duck.f.substr(digits, place * 2 + 1, 2)
            return duck.literal("0x").joined(pair).cast("BIGINT")

        places = duck.f.range(duck.f.length(digits) // 2)
        return duck.f.list_transform(places, duck.lambda_("_i", byte))

    return let(duck.f.hex(data), build, "hex")
