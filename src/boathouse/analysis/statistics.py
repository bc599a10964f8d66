"""Not written yet."""
from typing import Any
from boathouse.errors.exceptions import unsupported


def summary(*arguments: Any) -> Any:
    raise unsupported('summary')


def describe(*arguments: Any) -> Any:
    raise unsupported('describe')


def crosstab(*arguments: Any) -> Any:
    raise unsupported('crosstab')


def covariance(*arguments: Any) -> Any:
    raise unsupported('covariance')


def correlation(*arguments: Any) -> Any:
    raise unsupported('correlation')


def approximate_quantile(*arguments: Any) -> Any:
    raise unsupported('approximate_quantile')


def frequent_items(*arguments: Any) -> Any:
    raise unsupported('frequent_items')


def sample_by(*arguments: Any) -> Any:
    raise unsupported('sample_by')
