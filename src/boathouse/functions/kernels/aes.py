"""AES as Spark uses it: the initial vector stands before the encrypted bytes."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from boathouse.errors.exceptions import SparkRuntimeError
from boathouse.functions.kernels.rows import by_row

_BOTH = "`aes_encrypt`/`aes_decrypt`"
_BLOCK = 16
_TAG = 16
_VECTORS = {"CBC": _BLOCK, "GCM": 12}
_PADDINGS = {"ECB": {"PKCS", "DEFAULT"}, "CBC": {"PKCS", "DEFAULT"}, "GCM": {"NONE", "DEFAULT"}}


def _checked(key: bytes, mode: str, padding_name: str) -> str:
    wanted = mode.upper()
    if len(key) not in {16, 24, 32}:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.AES_KEY_LENGTH",
            parameter="`key`",
            functionName=_BOTH,
            actualLength=len(key),
        )
    if padding_name.upper() not in _PADDINGS.get(wanted, set()):
        raise SparkRuntimeError(
            "UNSUPPORTED_FEATURE.AES_MODE", mode=mode, padding=padding_name, functionName=_BOTH
        )
    return wanted


def _crypto_error(detail: str) -> SparkRuntimeError:
    return SparkRuntimeError(
        "INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR",
        parameter="`expr`, `key`",
        functionName=_BOTH,
        detailMessage=detail,
    )


def _block_cipher(key: bytes, mode: str, vector: bytes) -> Cipher[modes.ECB | modes.CBC]:
    # ECB hides little; Spark offers it, and the choice is the query's.
    how = modes.CBC(vector) if mode == "CBC" else modes.ECB()  # noqa: S305
    return Cipher(algorithms.AES(key), how)


@by_row
def encrypt(
    data: bytes, key: bytes, mode: str, padding_name: str, vector: bytes, more: bytes
) -> bytes:
    """`data` encrypted; an empty `vector` stands for a random one."""
    wanted = _checked(key, mode, padding_name)
    size = _VECTORS.get(wanted, 0)
    if vector and not size:
        raise SparkRuntimeError(
            "UNSUPPORTED_FEATURE.AES_MODE_IV", mode=wanted, functionName="`aes_encrypt`"
        )
    if vector and len(vector) != size:
        raise SparkRuntimeError(
            "INVALID_PARAMETER_VALUE.AES_IV_LENGTH",
            mode=wanted,
            parameter="`iv`",
            functionName=_BOTH,
            actualLength=len(vector),
        )
    _check_more(wanted, more, "`aes_encrypt`")
    vector = vector or os.urandom(size)
    if wanted == "GCM":
        return vector + AESGCM(key).encrypt(vector, data, more or None)
    padder = padding.PKCS7(_BLOCK * 8).padder()
    encryptor = _block_cipher(key, wanted, vector).encryptor()
    return vector + encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


def _check_more(mode: str, more: bytes, name: str) -> None:
    if more and mode != "GCM":
        raise SparkRuntimeError("UNSUPPORTED_FEATURE.AES_MODE_AAD", mode=mode, functionName=name)


@by_row
def decrypt(data: bytes, key: bytes, mode: str, padding_name: str, more: bytes) -> bytes:
    """What `encrypt` made `data` of."""
    wanted = _checked(key, mode, padding_name)
    _check_more(wanted, more, "`aes_decrypt`")
    size = _VECTORS.get(wanted, 0)
    vector, body = data[:size], data[size:]
    if wanted == "GCM":
        return _opened(key, vector, body, more)
    if len(vector) < size:
        raise _crypto_error("IV buffer too short for given offset/length combination")
    if len(body) % _BLOCK:
        raise _crypto_error(
            "Input length must be multiple of 16 when decrypting with padded cipher"
        )
    decryptor = _block_cipher(key, wanted, vector).decryptor()
    remover = padding.PKCS7(_BLOCK * 8).unpadder()
    try:
        plain = remover.update(decryptor.update(body) + decryptor.finalize())
        return plain + remover.finalize()
    except ValueError:
        # Java's words, which programs look for.
        bad = "Given final block not properly padded. Such issues can arise if a bad key is used"
        raise _crypto_error(f"{bad} during decryption.") from None


def _opened(key: bytes, vector: bytes, body: bytes, more: bytes) -> bytes:
    if len(vector) < _VECTORS["GCM"]:
        raise _crypto_error("Invalid buffer arguments")
    if len(body) < _TAG:
        raise _crypto_error("Input data too short to contain an expected tag length of 16bytes")
    try:
        return AESGCM(key).decrypt(vector, body, more or None)
    except InvalidTag:
        raise _crypto_error("Tag mismatch!") from None
