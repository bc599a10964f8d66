"""AES encryption."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.functions.let import let_all
from boathouse.functions.misc import MISC
from boathouse.functions.signature import BINARY, STRING, always, optional
from boathouse.types import datatypes as t

_HOW = (optional(STRING, "GCM"), optional(STRING, "DEFAULT"))
_NONE = optional(BINARY, "")


def _bytes(value: Expression) -> Expression:
    """`value` as bytes: a default is written as text."""
    return value.cast("BLOB")


@MISC.scalar(
    "aes_encrypt",
    takes=[BINARY, BINARY, *_HOW, _NONE, _NONE],
    gives=t.BINARY,
    nullable=always,
    deterministic=False,
)
def aes_encrypt(
    data: Expression,
    key: Expression,
    mode: Expression,
    padding: Expression,
    vector: Expression,
    more: Expression,
) -> Expression:
    """Bytes encrypted with a key of 16, 24 or 32 bytes. The mode is GCM, CBC or ECB, the padding
    NONE for GCM and PKCS for the others; then an initial vector (random when left away) and, for
    GCM, additional data that is authenticated but not encrypted.

    >>> SELECT hex(aes_encrypt('Spark', '0000111122223333', 'ECB', 'PKCS'))
    348FF37EBDE05B7880BA339068FBDA5E
    """
    compute = kernel("aes", "encrypt", t.BINARY)
    return compute(data, key, mode, padding, _bytes(vector), _bytes(more))


def _decrypted(
    data: Expression, key: Expression, mode: Expression, padding: Expression, more: Expression
) -> Expression:
    return kernel("aes", "decrypt", t.BINARY)(data, key, mode, padding, _bytes(more))


MISC.scalar(
    "aes_decrypt",
    takes=[BINARY, BINARY, *_HOW, _NONE],
    gives=t.BINARY,
    nullable=always,
    doc="""What aes_encrypt encrypted with the same key, mode, padding and additional data.

    >>> SELECT CAST(aes_decrypt(aes_encrypt('sloop', '0000111122223333'), '0000111122223333')
    ... AS STRING)
    sloop
    """,
)(_decrypted)


@MISC.scalar(
    "try_aes_decrypt",
    takes=[BINARY, BINARY, *_HOW, _NONE],
    gives=t.BINARY,
    nullable=always,
    stands_for="aes_decrypt",
)
def try_aes_decrypt(*arguments: Expression) -> Expression:
    """What aes_encrypt encrypted; null where the bytes, the key or the mode do not fit.

    >>> SELECT try_aes_decrypt(X'00', '0000111122223333')
    NULL
    """
    # TRY takes no argument that may fail by itself.
    return let_all(arguments, lambda *known: duck.f.TRY(_decrypted(*known)), "part")
