"""Every condition that the code raises exists, and is raised with the parameters of its message."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from boathouse.errors import exceptions
from boathouse.errors.conditions import conditions, message_of, parameters_of
from boathouse.errors.exceptions import AnalysisError, SparkArithmeticError, SparkError, unsupported

SOURCE = Path(exceptions.__file__).parents[1]
CLASSES = {
    name
    for name, value in vars(exceptions).items()
    if isinstance(value, type) and issubclass(value, SparkError)
}


def raises() -> Iterator[tuple[str, str, set[str], bool]]:
    """(place, condition, names of the parameters given, whether ``**`` may give more)."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if name in CLASSES and isinstance(first, ast.Constant) and isinstance(first.value, str):
                place = f"{path.relative_to(SOURCE)}:{node.lineno}"
                given = {keyword.arg for keyword in node.keywords if keyword.arg}
                open_ended = any(keyword.arg is None for keyword in node.keywords)
                yield place, first.value, given, open_ended


def test_every_condition_raised_is_in_the_table():
    assert [(place, name) for place, name, _, _ in raises() if name not in conditions()] == []


def test_every_condition_is_raised_with_all_its_parameters():
    lacking = [
        (place, name, sorted(set(parameters_of(name)) - given))
        for place, name, given, open_ended in raises()
        if name in conditions() and not open_ended and set(parameters_of(name)) - given
    ]
    assert lacking == []


def test_every_condition_has_a_well_formed_entry():
    for name, (sqlstate, message) in conditions().items():
        assert re.fullmatch(r"_?[A-Z][A-Z0-9_]*(\.[A-Z][A-Z0-9_]*)?", name), name
        # Conditions that Spark has not named yet have no SQLSTATE.
        assert re.fullmatch(r"[A-Z0-9]{5}", sqlstate) or name.startswith(("_LEGACY", "NO_")), name
        assert message or "." in name, name
        assert name.partition(".")[0] in conditions(), name


def test_an_error_reads_like_sparks():
    error = AnalysisError("TABLE_OR_VIEW_NOT_FOUND", relationName="`t`", searchPath="[`default`]")
    assert str(error).startswith("[TABLE_OR_VIEW_NOT_FOUND] ")
    assert str(error).endswith(" SQLSTATE: 42P01")
    assert "`t`" in error.message
    assert error.sqlstate == "42P01"


def test_a_sub_condition_is_told_after_its_parent():
    text = message_of("UNRESOLVED_COLUMN.WITH_SUGGESTION", {"objectName": "`a`", "proposal": "`b`"})
    assert text.index("`a`") < text.index("`b`")
    alone = message_of("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", {"objectName": "`a`"})
    assert not alone.endswith(" ")
    assert text.startswith(alone)


def test_a_missing_parameter_stays_visible():
    assert "<config>" in SparkArithmeticError("DIVIDE_BY_ZERO").message


def test_an_unknown_condition_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        AnalysisError("NO_SUCH_CONDITION")


def test_what_is_not_built_says_so():
    assert unsupported("TRANSFORM").condition == "UNSUPPORTED_FEATURE.NOT_BUILT"
