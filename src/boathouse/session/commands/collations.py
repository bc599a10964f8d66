"""What tables and views may say of the collations of their columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boathouse.errors.exceptions import AnalysisError
from boathouse.types import datatypes as t
from boathouse.types.collations import is_collated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boathouse.session.session import Session


def require_known(fields: Iterable[t.StructField]) -> None:
    """INDETERMINATE_COLLATION_IN_SCHEMA where it is not known what a text is compared under."""
    paths = [
        path
        for field in fields
        for path, part in _parts(field.name, field.type)
        if part == t.INDETERMINATE
    ]
    if paths:
        raise AnalysisError("INDETERMINATE_COLLATION_IN_SCHEMA", columnPaths=", ".join(paths))


def require_plain_keys(session: Session, fields: Iterable[t.StructField]) -> None:
    """UNSUPPORTED_FEATURE.COLLATIONS_IN_MAP_KEYS where a key of a map is collated."""
    if session.settings.flag("spark.sql.collation.allowInMapKeys"):
        return
    for field in fields:
        for _, part in _parts(field.name, field.type):
            if isinstance(part, t.MapType) and is_collated(part.key):
                raise AnalysisError("UNSUPPORTED_FEATURE.COLLATIONS_IN_MAP_KEYS")


def require_plain(kind: str, columns: Iterable[str], fields: Iterable[t.StructField]) -> None:
    """INVALID_<kind>_COLUMN_DATA_TYPE where one of the `columns` is collated."""
    wanted = {name.lower() for name in columns}
    for field in fields:
        if field.name.lower() in wanted and is_collated(field.type):
            raise AnalysisError(f"INVALID_{kind}_COLUMN_DATA_TYPE", type=f'"{field.type.sql}"')


def under(field: t.StructField, collation: str) -> t.StructField:
    """`field`, its plain texts under a table's default `collation`, if there is one."""
    return (
        replace(field, type=t.with_texts(field.type, t.StringType(collation)))
        if collation
        else field
    )


def _parts(path: str, given: t.DataType) -> list[tuple[str, t.DataType]]:
    """`given` and all within it, each with its path."""
    found = [(path, given)]
    match given:
        case t.ArrayType():
            found += _parts(f"{path}.element", given.element)
        case t.MapType():
            found += [*_parts(f"{path}.key", given.key), *_parts(f"{path}.value", given.value)]
        case t.StructType():
            for field in given.fields:
                found += _parts(f"{path}.{field.name}", field.type)
        case _:
            pass
    return found
