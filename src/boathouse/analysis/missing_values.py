"""Not written yet."""
from typing import Any
from boathouse.errors.exceptions import unsupported


def fill(*arguments: Any) -> Any:
    raise unsupported('fill')


def drop(*arguments: Any) -> Any:
    raise unsupported('drop')


def replace_values(*arguments: Any) -> Any:
    raise unsupported('replace_values')
