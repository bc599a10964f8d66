"""Not written yet."""
from typing import Any
from boathouse.errors.exceptions import unsupported


def pivot(*arguments: Any) -> Any:
    raise unsupported('pivot')


def unpivot(*arguments: Any) -> Any:
    raise unsupported('unpivot')


def pivot_clause(*arguments: Any) -> Any:
    raise unsupported('pivot_clause')


def transpose(*arguments: Any) -> Any:
    raise unsupported('transpose')
