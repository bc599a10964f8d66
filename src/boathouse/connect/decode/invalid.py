"""Plans that no client of Spark's would send."""

from __future__ import annotations

from typing import Any

from boathouse.errors.exceptions import InvalidPlanError


def unset(message: Any, oneof: str) -> InvalidPlanError:
    """The error for a `message` none of whose `oneof` is set."""
    return InvalidPlanError(
        "CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET",
        fullName=message.DESCRIPTOR.full_name,
        name=oneof,
    )


def bad_enum(message: Any, field: str) -> InvalidPlanError:
    """The error for a number in `field` that its enumeration does not have, or that means unset."""
    number = getattr(message, field)
    enumeration = message.DESCRIPTOR.fields_by_name[field].enum_type
    value = enumeration.values_by_number.get(number)
    return InvalidPlanError(
        "CONNECT_INVALID_PLAN.INVALID_ENUM",
        fullName=enumeration.full_name,
        name="UNRECOGNIZED" if value is None else value.name,
        number=number,
    )


def invalid(message: str) -> InvalidPlanError:
    """The error for a plan that breaks the rule told by `message`."""
    return InvalidPlanError("CONNECT_INVALID_PLAN.ASSERTION_FAILURE", message=message)
