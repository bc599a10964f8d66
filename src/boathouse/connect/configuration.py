"""The Config RPC: seven operations on a session's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from boathouse.conf import Settings
from boathouse.connect.decode.invalid import unset
from boathouse.errors.exceptions import SparkError, refused

Pairs = Iterable[tuple[str, str | None]]


def _set(settings: Settings, operation: Any) -> Pairs:
    for pair in operation.pairs:
        if not pair.HasField("value"):
            raise refused(f"requirement failed: the value of {pair.key} cannot be null")
        try:
            settings.set(pair.key, pair.value)
        except SparkError:
            # The client's builder sets all its options so, those of the server among them.
            if not operation.silent:
                raise
    return [(pair.key, pair.value) for pair in operation.pairs]


def _get(settings: Settings, operation: Any) -> Pairs:
    return [(key, settings.get(key)) for key in operation.keys]


def _get_with_default(settings: Settings, operation: Any) -> Pairs:
    return [
        (pair.key, settings.get(pair.key, pair.value if pair.HasField("value") else None))
        for pair in operation.pairs
    ]


def _get_option(settings: Settings, operation: Any) -> Pairs:
    return [(key, _option(settings, key)) for key in operation.keys]


def _option(settings: Settings, key: str) -> str | None:
    try:
        return settings.get(key)
    except SparkError as error:
        if error.condition != "SQL_CONF_NOT_FOUND":
            raise
        return None


def _get_all(settings: Settings, operation: Any) -> Pairs:
    prefix = operation.prefix
    return [(key.removeprefix(prefix), value) for key, value in settings.items(prefix)]


def _unset(settings: Settings, operation: Any) -> Pairs:
    for key in operation.keys:
        settings.unset(key)
    return [(key, None) for key in operation.keys]


def _is_modifiable(settings: Settings, operation: Any) -> Pairs:
    return [(key, str(settings.is_modifiable(key)).lower()) for key in operation.keys]


KINDS: dict[str, Callable[[Settings, Any], Pairs]] = {
    "set": _set,
    "get": _get,
    "get_with_default": _get_with_default,
    "get_option": _get_option,
    "get_all": _get_all,
    "unset": _unset,
    "is_modifiable": _is_modifiable,
}


def configure(settings: Settings, operation: Any, response: Any) -> None:
    """Do `operation` on `settings` and write the pairs into `response`."""
    which = operation.WhichOneof("op_type")
    if which is None:
        raise unset(operation, "op_type")
    for key, value in KINDS[which](settings, getattr(operation, which)):
        pair = response.pairs.add(key=key)
        if value is not None:
            pair.value = value
