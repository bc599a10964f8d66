"""Not written yet."""
from typing import Any
from boathouse.errors.exceptions import unsupported


def parse(*arguments: Any) -> Any:
    raise unsupported('parse')


def show_string(*arguments: Any) -> Any:
    raise unsupported('show_string')


def html_string(*arguments: Any) -> Any:
    raise unsupported('html_string')
