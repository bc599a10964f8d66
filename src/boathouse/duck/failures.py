"""DuckDB's errors told as Spark's: a condition with parameters, in the class Spark raises it as.

Everything goes by the text (``"Out of Range Error: Overflow in addition of INT32 (1 + 2)!"``)
because an error that arrives through Arrow has lost its class. Most errors of rows are raised by
our own lowerings (`tree.fail`) and carry their condition; the rest here is for DuckDB's own.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from boathouse.duck.tree import FAILURE
from boathouse.errors import exceptions as x

_CONTEXT = re.compile(r"\n\nLINE \d+:.*", re.DOTALL)
_ADVICE = re.compile(r"\n\nPossible solutions:.*", re.DOTALL)
_KIND = re.compile(r"^(?:\w+Exception: )?([A-Z][\w ]*?) Error: ", re.IGNORECASE)

ANSI = '"spark.sql.ansi.enabled"'
"""How messages show the setting that switches an error off."""

_SPARK_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "BOOL": "BOOLEAN",
        "INT8": "TINYINT",
        "INT16": "SMALLINT",
        "INT32": "INT",
        "INT64": "BIGINT",
        "INT128": "DECIMAL(38,0)",
        "FLOAT": "FLOAT",
        "DOUBLE": "DOUBLE",
        "VARCHAR": "STRING",
        "BLOB": "BINARY",
        "DATE": "DATE",
        "TIME": "TIME(6)",
        "TIMESTAMP": "TIMESTAMP",
        "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
    }
)
_SUFFIX: Mapping[str, str] = MappingProxyType(
    {"INT8": "Y", "INT16": "S", "INT64": "L", "DOUBLE": "D"}
)
_TRY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "addition": ("try_add", "+"),
        "subtraction": ("try_subtract", "-"),
        "multiplication": ("try_multiply", "*"),
    }
)

_EXACT = {
    "addition": operator.add,
    "add": operator.add,
    "subtraction": operator.sub,
    "subtract": operator.sub,
    "multiplication": operator.mul,
    "multiply": operator.mul,
}

Build = type[x.SparkError]

# The class that Spark raises a condition as; a condition with a dot looks for its parent too.
_CLASSES: Mapping[str, Build] = MappingProxyType(
    dict.fromkeys(
        (
            "ARITHMETIC_OVERFLOW",
            "BINARY_ARITHMETIC_OVERFLOW",
            "CAST_OVERFLOW",
            "CAST_OVERFLOW_IN_TABLE_INSERT",
            "DATETIME_OVERFLOW",
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            "DIVIDE_BY_ZERO",
            "INTERVAL_ARITHMETIC_OVERFLOW",
            "INTERVAL_DIVIDED_BY_ZERO",
            "NUMERIC_OUT_OF_SUPPORTED_RANGE",
            "NUMERIC_VALUE_OUT_OF_RANGE",
            "REMAINDER_BY_ZERO",
        ),
        x.SparkArithmeticError,
    )
    | dict.fromkeys(
        (
            "INVALID_ARRAY_INDEX",
            "INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
            "INVALID_BITMAP_POSITION",
        ),
        x.ArrayIndexError,
    )
    | dict.fromkeys(
        (
            "CANNOT_PARSE_TIME",
            "CANNOT_PARSE_TIMESTAMP",
            "DATETIME_FIELD_OUT_OF_BOUNDS",
            "INVALID_FRACTION_OF_SECOND",
            "INVALID_TIMEZONE",
        ),
        x.DateTimeError,
    )
    | dict.fromkeys(
        (
            "CANNOT_DECODE_URL",
            "CANNOT_PARSE_INTERVAL",
            "CONVERSION_INVALID_INPUT",
            "INVALID_FORMAT",
            "INVALID_INTERVAL_FORMAT",
            "INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION",
            "INVALID_NUMERIC_LITERAL_RANGE",
            "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
            "INVALID_PARAMETER_VALUE.TIME_UNIT",
            "ST_INVALID_ENDIANNESS_VALUE",
            "ST_INVALID_SRID_VALUE",
            "WKB_PARSE_ERROR",
            "ILLEGAL_DAY_OF_WEEK",
            "INVALID_URL",
            "INVALID_UTF8_STRING",
            "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION",
            "NO_CONDITION",
            "_LEGACY_ERROR_TEMP_3238",
            "_LEGACY_ERROR_TEMP_3242",
        ),
        x.IllegalArgumentError,
    )
    | dict.fromkeys(
        (
            "COMPARATOR_RETURNS_NULL",
            "FAILED_READ_FILE",
            "INTERNAL_ERROR",
            "MALFORMED_RECORD_IN_PARSING",
            "RECURSION_LEVEL_LIMIT_EXCEEDED",
            "RECURSION_ROW_LIMIT_EXCEEDED",
            "TASK_WRITE_FAILED",
            "UNABLE_TO_ACQUIRE_MEMORY",
        ),
        x.SparkError,
    )
    | dict.fromkeys(
        (
            "FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY",
            "INVALID_FORMAT.ESC_AT_THE_END",
            "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
            "PATH_NOT_FOUND",
        ),
        x.AnalysisError,
    )
    | {
        "OPERATION_CANCELED": x.CancelledError,
        "MALFORMED_RECORD_IN_PARSING.CANNOT_PARSE_JSON_ARRAYS_AS_STRUCTS": x.SparkRuntimeError,
    }
    | {"INCONSISTENT_BEHAVIOR_CROSS_VERSION": x.UpgradeError}
)
_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")
_TIMES = ("DATE", "TIME")


def condition_error(condition: str, parameters: Mapping[str, object]) -> x.SparkError:
    """`condition` as the class that Spark raises it as at run time."""
    kind = _CLASSES.get(condition) or _CLASSES.get(condition.partition(".")[0])
    if condition == "CAST_INVALID_INPUT":
        kind = _cast_class(str(parameters.get("targetType", "")).strip('"'))
    if condition == "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION":
        parameters = {**parameters, "value": _without_exponent(str(parameters["value"]))}
    return (kind or x.SparkRuntimeError)(condition, **parameters)


def _without_exponent(number: str) -> str:
    """How Spark tells a number that does not fit: 1000, not 1E3."""
    return (
        f"{Decimal(number):f}" if re.fullmatch(r"[+-]?[\d.]+[eE][+-]?\d{1,3}", number) else number
    )


def _cast_class(target: str) -> Build:
    if target.startswith(_NUMBERS):
        return x.NumberFormatError
    return x.DateTimeError if target.startswith(_TIMES) else x.SparkRuntimeError


def is_fatal(error: Exception) -> bool:
    """Whether `error` may have poisoned the whole instance."""
    text = str(error)
    return text.startswith(("INTERNAL Error", "FATAL Error")) or "has been invalidated" in text


def spark_error(error: Exception) -> x.SparkError:
    """What `error`, raised by DuckDB or by Arrow for it, is in Spark."""
    if isinstance(error, x.SparkError):
        return error
    text = _CONTEXT.sub("", str(error))
    start = text.find(FAILURE)
    # This one shows the whole expression, with failures that could have been.
    if start >= 0 and "Division by zero in expression" not in text[:start]:
        return _raised(text[start + len(FAILURE) :])
    kind = _KIND.match(text)
    message = text[kind.end() :] if kind else text
    told = _FAMILIES.get(kind[1].lower(), _invalid)(message) if kind else None
    return told or x.internal(_ADVICE.sub("", text))


def _raised(text: str) -> x.SparkError:
    """A message made by `tree.fail`: condition, then names and values, all between separators."""
    condition, *rest = text.split("\x1f")
    return condition_error(condition, dict(zip(rest[::2], rest[1::2], strict=False)))


# ---- DuckDB's own, by the first words of the text -----------------------------------------------

Told = x.SparkError | None


def _first(message: str, rules: tuple[tuple[str, Callable[[re.Match[str]], Told]], ...]) -> Told:
    for pattern, tell in rules:
        if found := re.search(pattern, message, re.DOTALL):
            return tell(found)
    return None


def _overflow(alternative: str = "") -> x.SparkError:
    tolerated = f" Use '{alternative}' to tolerate overflow and return NULL instead."
    return condition_error(
        "ARITHMETIC_OVERFLOW",
        {
            "message": "overflow",
            "alternative": tolerated if alternative else "",
            "config": ANSI,
        },
    )


def _exact(found: re.Match[str]) -> str:
    """The number that did not fit: what the operation makes of both whole operands."""
    left, right, exact = found["left"], found["right"], _EXACT.get(found["operation"])
    whole = exact is not None and re.fullmatch(r"-?\d+,-?\d+", f"{left},{right}")
    return str(exact(int(left), int(right))) if exact and whole else left


def _operation_overflow(found: re.Match[str]) -> x.SparkError:
    operation, kind, left, right = found["operation"], found["type"], found["left"], found["right"]
    function, symbol = _TRY.get(operation, ("", ""))
    if kind in {"INT8", "INT16"} and function:
        # Spark shows both widths as SMALLINT literals.
        return condition_error(
            "BINARY_ARITHMETIC_OVERFLOW",
            {
                "value1": f"{left}S",
                "symbol": symbol,
                "value2": f"{right}S",
                "functionName": f"`{function}`",
            },
        )
    if kind == "INT128":  # so are decimals computed, and nothing else that can overflow
        return _decimal_overflow(_exact(found), "38", "0")
    return _overflow(function)


def _decimal_overflow(value: str, precision: str, scale: str) -> x.SparkError:
    return condition_error(
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        {"value": value, "precision": precision, "scale": scale, "config": ANSI},
    )


def _plain_decimal(value: str) -> str:
    return re.sub(r"\.0+$", "", value)


def _division_overflow() -> x.SparkError:
    return condition_error(
        "ARITHMETIC_OVERFLOW",
        {
            "message": "Overflow in integral divide",
            "alternative": " Use 'try_divide' to tolerate overflow and return NULL instead.",
            "config": ANSI,
        },
    )


_OPERATION = (
    r"^Overflow in (?P<operation>\w+) of (?P<type>INT\d+)"
    r" \((?P<left>-?\d+) \S+ (?P<right>-?\d+)\)"
)

_DECIMAL_OPERATION = (
    r"^Overflow in (?P<operation>\w+) of DECIMAL\((?P<width>\d+)\)"
    r" \((?P<left>\S+) \S+ (?P<right>[^\s)]+)"
)


_LONG_SUM = r"^Overflow in HUGEINT addition: (?P<left>-?\d+) \+ (?P<right>-?\d+)"


def _out_of_range(message: str) -> Told:
    return _first(
        message,
        (
            (
                # Only sums of decimals become so large.
                _LONG_SUM,
                lambda m: _decimal_overflow(str(int(m["left"]) + int(m["right"])), "38", "0"),
            ),
            (r"^Overflow in division of ", lambda _: _division_overflow()),
            (
                _OPERATION,
                _operation_overflow,
            ),
            (
                _DECIMAL_OPERATION,
                lambda m: _decimal_overflow(_exact(m), m["width"], "0"),
            ),
            (r"[Oo]verflow|out of range|Cannot negate|Cannot take", lambda _: _overflow()),
        ),
    )


def _invalid_cast(expression: str, target: str) -> x.SparkError:
    return condition_error(
        "CAST_INVALID_INPUT",
        {
            "expression": f"'{expression}'",
            "sourceType": '"STRING"',
            "targetType": f'"{_SPARK_TYPES.get(target, target)}"',
            "ansiConfig": ANSI,
        },
    )


def _cast_overflow(found: re.Match[str]) -> x.SparkError:
    source, value, target = found["source"], found["value"], found["target"]
    if source in {"INT128", "UINT128"}:
        # Sums of BIGINT are computed as HUGEINT and cast back.
        return _overflow("try_add")
    return condition_error(
        "CAST_OVERFLOW",
        {
            "value": f"{value}{_SUFFIX.get(source, '')}",
            "sourceType": f'"{_SPARK_TYPES.get(source, source)}"',
            "targetType": f'"{_SPARK_TYPES.get(target, target)}"',
            "ansiConfig": ANSI,
        },
    )


_DECIMAL = r"DECIMAL\((?P<precision>\d+),(?P<scale>\d+)\)"
_CAST = (
    r"^Type (?P<source>\w+) with value (?P<value>\S+) can't be cast"
    r" .*destination type (?P<target>\w+)"
)
_DECIMAL_CAST = rf'^(?:Could not cast|Casting) value "?(?P<value>[^"\s]+)"? to (?:type )?{_DECIMAL}'
_MOMENT = (
    r"^(?P<kind>date|timestamp|time) field (?:format|value out of range):"
    r' "(?P<value>.*?)"|'
    r'^invalid (?P<other>date|timestamp|time) field format: "(?P<text>.*?)"'
)
_CSV = r"^CSV Error on Line.*?\n +file = (?P<path>[^\n]+)"
_FOOTER = (
    r"^No magic bytes found at end of file '(?P<path>.*?)'|"
    r"^File '(?P<other>.*?)' too small to be a Parquet file"
)


def _conversion(message: str) -> Told:
    return _first(
        message,
        (
            (_CSV, lambda m: _file("NO_HINT", m["path"])),
            (
                rf'^Could not convert string "(?P<value>.*)" to (?P<type>{_DECIMAL})',
                lambda m: _invalid_cast(m["value"], m["type"]),
            ),
            (
                r"^Could not convert string '(?P<value>.*)' to (?P<type>[\w ]+)",
                lambda m: _invalid_cast(m["value"], m["type"]),
            ),
            (
                _CAST,
                _cast_overflow,
            ),
            (
                _DECIMAL_CAST,
                lambda m: _decimal_overflow(_plain_decimal(m["value"]), m["precision"], m["scale"]),
            ),
            (
                _MOMENT,
                lambda m: _invalid_cast(
                    m["value"] if m["kind"] else m["text"], (m["kind"] or m["other"]).upper()
                ),
            ),
            (
                r"out of (?:timestamp )?range|not in timestamp range",
                lambda _: condition_error(
                    "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION",
                    {"rangeMessage": message, "ansiConfig": ANSI},
                ),
            ),
            (
                r"^Malformed JSON.* Input: (?P<record>.*)",
                lambda m: _malformed(m["record"]),
            ),
        ),
    )


def _malformed(record: str) -> x.SparkError:
    return condition_error(
        "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
        {"badRecord": record, "failFastMode": "FAILFAST"},
    )


def _zero(found: re.Match[str]) -> x.SparkError:
    remainder = found["symbol"] == "%"
    condition = "REMAINDER_BY_ZERO" if remainder else "DIVIDE_BY_ZERO"
    return condition_error(condition, {"config": ANSI})


def _file(reason: str, path: str) -> x.SparkError:
    return condition_error(f"FAILED_READ_FILE.{reason}", {"path": _uri(path)})


def _uri(path: str) -> str:
    return path if "://" in path or path.startswith("file:") else f"file://{path}"


def _pattern(found: re.Match[str]) -> x.SparkError:
    return condition_error(
        "INVALID_PARAMETER_VALUE.PATTERN",
        {"parameter": "`regexp`", "functionName": "`rlike`", "value": f"'{found['pattern']}'"},
    )


_REGEX = (
    r"^(?:missing \)|unexpected \)|missing \]|invalid escape sequence|no argument for repetition"
    r" operator|bad repetition operator|invalid perl operator|invalid character class(?: range)?|"
    r"invalid named capture group|invalid repetition size|trailing \\).*?: (?P<pattern>.*)"
)


def _invalid(message: str) -> Told:
    return _first(
        message,
        (
            (r"^Division by zero in expression \(.* (?P<symbol>//|%|/) .*\)", _zero),
            (
                r"^More than one row returned by a subquery",
                lambda _: x.SparkError("SCALAR_SUBQUERY_TOO_MANY_ROWS"),
            ),
            (
                r"^Map keys must be unique",
                lambda _: condition_error(
                    "DUPLICATED_MAP_KEY",
                    {"key": "?", "mapKeyDedupPolicy": '"spark.sql.mapKeyDedupPolicy"'},
                ),
            ),
            (r"^Map keys can not be NULL", lambda _: condition_error("NULL_MAP_KEY", {})),
            (
                _FOOTER,
                lambda m: _file("CANNOT_READ_FILE_FOOTER", m["path"] or m["other"]),
            ),
            (
                r"^(?:Malformed JSON|JSON transform error) in file \"(?P<path>.*?)\"",
                lambda m: _file("NO_HINT", m["path"]),
            ),
            (_CSV, lambda m: _file("NO_HINT", m["path"])),
            (_REGEX, _pattern),
        ),
    )


def _not_implemented(message: str) -> Told:
    return _first(
        message,
        (
            (
                r"^Unknown TimeZone '(?P<zone>.*?)'",
                lambda m: condition_error("INVALID_TIMEZONE", {"timeZone": m["zone"]}),
            ),
        ),
    )


def _input_output(message: str) -> Told:
    return _first(
        message,
        (
            (
                r"^No files found that match the pattern \"(?P<path>.*?)\"",
                lambda m: condition_error("PATH_NOT_FOUND", {"path": f"file:{m['path']}"}),
            ),
            (
                r"^Cannot open file \"(?P<path>.*?)\": No such file",
                lambda m: _file("FILE_NOT_EXIST", m["path"]),
            ),
            (r"^Input is not a GZIP stream: (?P<path>.*)", lambda m: _file("NO_HINT", m["path"])),
            (
                _UNWRITTEN,
                lambda m: condition_error("TASK_WRITE_FAILED", {"path": _uri(m["path"])}),
            ),
            (
                r"^[^\"']*[Ff]ile:? [\"'](?P<path>.*?)[\"']",
                lambda m: _file("NO_HINT", m["path"]),
            ),
        ),
    )


_UNWRITTEN = (
    r"^(?:Async write failed .*)?"
    r"(?:Could not write(?: all bytes to)? file|Could not truncate file|Failed to create directory)"
    r' \\?"(?P<path>.*?)\\?"'
)


def _memory(message: str) -> x.SparkError:
    wanted = re.search(r"size (?P<size>[\d.]+ \w+)", message)
    used = re.search(r"\((?P<used>[\d.]+ \w+)/(?P<limit>[\d.]+ \w+) used\)", message)
    return condition_error(
        "UNABLE_TO_ACQUIRE_MEMORY",
        {
            "requestedBytes": wanted["size"] if wanted else "more",
            "receivedBytes": f"{used['used']} of {used['limit']}" if used else "all",
        },
    )


def _interrupt(_: str) -> x.SparkError:
    return x.CancelledError("OPERATION_CANCELED")


_FAMILIES: Mapping[str, Callable[[str], Told]] = MappingProxyType(
    {
        "out of range": _out_of_range,
        "conversion": _conversion,
        "invalid input": _invalid,
        "io": _input_output,
        "not implemented": _not_implemented,
        "out of memory": _memory,
        "interrupt": _interrupt,
    }
)
