"""Native code and SQL give the same answers, and for decimals those of exact arithmetic."""

import itertools
import math
import random
import re
import struct
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

import pytest

from boathouse import sql
from boathouse.app import Boathouse
from boathouse.duck import native
from boathouse.session.operations import Operation
from boathouse.types.text import double_text

pytestmark = pytest.mark.skipif(not native.available(), reason="there is no C compiler here")

EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
CHANCE = random.Random(7)
INTEGERS = [
    0,
    1,
    -1,
    127,
    128,
    -(2**31),
    2**31 - 1,
    *(CHANCE.randrange(-(2**31), 2**31) for _ in range(40)),
]
LONGS = [
    *INTEGERS,
    -(2**63),
    2**63 - 1,
    2**32,
    *(CHANCE.randrange(-(2**63), 2**63) for _ in range(40)),
]
TEXTS = [
    "",
    "a",
    "abc",
    "abcd",
    "é",
    "日本語",
    "\U0001f600",
    *("x y"[i % 3] * i for i in range(1, 70)),
]


@pytest.fixture(scope="module")
def sides():
    """The rows of a statement with native code, and those by SQL."""
    with Boathouse() as made, pytest.MonkeyPatch.context() as patch:

        def rows(text: str, **settings: str) -> list[tuple[object, ...]]:
            session = made.open_session("tester", text)
            for key, value in settings.items():
                session.settings.set(key.replace("_", "."), value)
            query = sql.parse_query(text, session.parser_settings())
            batches = list(session.query(query, Operation(text)).batches)
            return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]

        def both(text: str, **settings: str) -> list[tuple[tuple[object, ...], ...]]:
            answers = []
            for built in (True, False):
                patch.setattr(native, "available", lambda built=built: built)
                answers.append(rows(text, **settings))
            return list(zip(*answers, strict=True))

        yield both


@pytest.fixture(scope="module")
def answer(sides):
    """The rows of a statement with native code, after a check that SQL gives the same; with
    `gaps` SQL may have no answer where more than 38 digits are needed on the way.
    """

    def rows(text: str, *, gaps: bool = False, **settings: str) -> list[tuple[object, ...]]:
        found = sides(text, **settings)
        for row, said in found:
            # NaN is not equal to itself.
            assert repr(row) == repr(said) or (gaps and said == (None,))
        return [row for row, _ in found]

    return rows


def values(given) -> str:
    return f"VALUES {', '.join(f'({value})' for value in given)} AS t(v)"


@pytest.mark.parametrize("hash", ["hash", "xxhash64"])
@pytest.mark.parametrize(
    ("of", "given"),
    [
        ("INT", [str(value) for value in INTEGERS]),
        ("SMALLINT", [str(value) for value in range(-300, 300, 37)]),
        ("BIGINT", [f"'{value}'" for value in LONGS]),
        ("STRING", [f"'{text}'" for text in TEXTS]),
        ("BINARY", [f"X'{text.encode().hex()}'" for text in TEXTS]),
        ("DOUBLE", ["'NaN'", "'-0.0'", "'0'", "'Infinity'", "'1.5'", "'-1e300'", "'4.9e-324'"]),
        ("FLOAT", ["'NaN'", "'-0.0'", "'0'", "'-Infinity'", "'1.5'", "'1e-40'"]),
        ("DATE", ["'1969-12-31'", "'0001-01-01'", "'2024-02-29'"]),
        ("TIMESTAMP", ["'1969-12-31 23:59:59.999999'", "'2024-02-29 12:00:00'"]),
        ("DECIMAL(10,2)", ["'1.25'", "'-0.01'", "'99999999.99'"]),
        ("DECIMAL(38,2)", ["'1.25'", "'-1.28'", "'-99999999999999999999999999999.99'"]),
        ("BOOLEAN", ["true", "false"]),
        ("ARRAY<INT>", ["array(1, NULL, 3)", "array()"]),
        (
            "STRUCT<a: INT, b: STRING>",
            ["named_struct('a', 1, 'b', 'x')", "named_struct('a', 2, 'b', '')"],
        ),
    ],
)
def test_hashes(answer, hash, of, given):
    found = answer(f"SELECT {hash}(CAST(v AS {of}), 7, v) FROM {values([*given, 'NULL'])}")
    assert len(found) > 2


def test_checksums(answer):
    assert answer("SELECT crc32('Spark')") == [(1557323817,)]
    quoted = [f"'{text}'" for text in TEXTS]
    assert answer(f"SELECT crc32(v) FROM {values([*quoted, 'NULL'])}")[-1] == (None,)


@pytest.mark.parametrize("symbol", "+-*")
def test_numbers_that_go_round(answer, symbol):
    pairs = [*zip(LONGS, reversed(LONGS), strict=True), (2**63 - 1, 1), (-(2**63), -1)]
    rows = ", ".join(f"(bigint('{a}'), bigint('{b}'))" for a, b in pairs)
    text = f"SELECT a {symbol} b FROM VALUES {rows}, (NULL, 1), (1, NULL) AS t(a, b)"
    exact = [eval(f"a {symbol} b", {"a": a, "b": b}) for a, b in pairs]
    expected = [((value + 2**63) % 2**64 - 2**63,) for value in exact]
    assert answer(text, spark_sql_ansi_enabled="false") == [*expected, (None,), (None,)]


SINGLE_MOST = 3.4028235677973366e38  # less than halfway to the next
FRACTIONS = [
    *(sign + text for text in ("0", "1", "Infinity", "5e-324") for sign in ("", "-")),
    "NaN",
    *(f"{digits}e{at}" for digits in ("1", "9.5", "-1.234567") for at in range(-8, 20)),
    *(
        "9999999.999999998",
        "0.0009999999999999998",
        "3.4028235e38",
        "1e-45",
        "1.7976931348623157e308",
    ),
    *(repr(struct.unpack("d", CHANCE.randbytes(8))[0]) for _ in range(200)),
    *(str(CHANCE.uniform(-1, 1) * 10 ** CHANCE.randint(-6, 18)) for _ in range(200)),
    *(repr(math.ldexp(odd, at)) for odd in (1, 3) for at in range(-1070, 1020, 53)),
    *(repr(CHANCE.uniform(2, 9) * 1e25) for _ in range(50)),
]


@pytest.mark.parametrize("of", ["FLOAT", "DOUBLE"])
def test_numbers_as_text(answer, of):
    rows = values([*(f"'{text}'" for text in FRACTIONS), "NULL"])
    read = float if of == "DOUBLE" else single
    *found, last = answer(f"SELECT string({of.lower()}(v)) FROM {rows}")
    assert last == (None,)
    for number, (text,) in zip(map(read, FRACTIONS), found, strict=True):
        assert text == double_text(number, single=of == "FLOAT")
        if math.isfinite(number):
            digits, _, exponent = text.partition("E")
            assert re.fullmatch(r"-?\d+\.\d+", digits)
            assert bool(exponent) == (number != 0 and not 1e-3 <= abs(number) < 1e7)
            assert number == read(text)
        else:
            assert text == {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}[str(number)]


def single(text: str) -> float:
    number = float(text)
    if math.isfinite(number) and abs(number) > SINGLE_MOST:
        return math.copysign(math.inf, number)
    return struct.unpack("f", struct.pack("f", number))[0]


def decimals(precision: int, scale: int) -> list[Decimal]:
    most = 10**precision
    digits = [0, 1, -1, most - 1, 1 - most, 5 * 10 ** (scale - 1) if scale else 5]
    digits += [CHANCE.randrange(-(10 ** CHANCE.randint(1, precision)), most) for _ in range(6)]
    return [Decimal(number).scaleb(-scale, EXACT) for number in digits]


SHAPES = [
    *(((38, 18), (38, 18)), ((38, 2), (20, 10)), ((30, 15), (30, 20)), ((38, 6), (18, 6))),
    *(((38, 38), (38, 38)), ((38, 38), (3, 0)), ((38, 18), (38, 38)), ((38, 0), (38, 38))),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize(("symbol", "call"), [("*", "try_multiply"), ("/", "try_divide")])
def test_long_decimals(answer, left, right, symbol, call):
    pairs = list(itertools.product(decimals(*left), decimals(*right)))
    types = ["DECIMAL({},{})".format(*shape) for shape in (left, right)]
    rows = ", ".join(f"('{a:f}', '{b:f}')" for a, b in pairs)
    cast = f"CAST(a AS {types[0]}), CAST(b AS {types[1]})"
    table = f"VALUES {rows}, (NULL, '0'), ('0', NULL) AS t(a, b)"
    found = [value for (value,) in answer(f"SELECT {call}({cast}) FROM {table}", gaps=True)]
    assert found[-2:] == [None, None]
    for (a, b), value in zip(pairs, found, strict=False):
        if value is None:
            continue
        exact = EXACT.multiply(a, b) if symbol == "*" else EXACT.divide(a, b)
        assert value == exact.quantize(value, context=EXACT), (a, symbol, b)
    fits = [(a, b) for a, b in pairs if b != 0 or symbol == "*"]
    assert sum(value is not None for value in found) >= len(fits) // 4


@pytest.mark.parametrize("shape", [(12, 2), (20, 4), (38, 38), (38, 18), (34, 0)])
@pytest.mark.parametrize("over", ["", " OVER ()"])
def test_means_of_decimals(answer, shape, over):
    # There is room for the sum and for four more digits behind the point.
    given = [
        value for value in decimals(*shape) if abs(value) < Decimal(10) ** (shape[0] - shape[1] - 5)
    ]
    rows = values([*(f"'{value:f}'" for value in given), "NULL"])
    text = "SELECT DISTINCT avg(CAST(v AS DECIMAL({},{}))){} FROM {}"
    [(mean,)] = answer(text.format(*shape, over, rows))
    exact = EXACT.divide(sum(given, Decimal(0)), len(given))
    assert mean == exact.quantize(mean, context=EXACT)
    assert answer(text.format(*shape, over, f"{rows} WHERE v IS NULL")) in ([(None,)], [])


BLANK = ["", " ", "\t", "\\u0001", "\\u007f"]


def between_blanks(given):
    return [f"{CHANCE.choice(BLANK)}{text}{CHANCE.choice(BLANK)}" for text in given]


def texts(given) -> str:
    return values([*(f"'{text}'" for text in given), "NULL"])


WHOLE = [
    *("0", "-0", "+7", "007", "000000000000000000000012", "-", "", "1.", "1e3", "--1", "1 2", "x"),
    *("2147483647", "2147483648", "-2147483648", "-2147483649", "127", "128", "-129", "32768"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "9" * 30),
    *(str(value) for value in LONGS),
]


@pytest.mark.parametrize("of", ["TINYINT", "SMALLINT", "INT", "BIGINT"])
def test_texts_as_whole_numbers(answer, of):
    most = 2 ** ({"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}[of] - 1)
    given = between_blanks(WHOLE)
    found = answer(f"SELECT try_cast(v AS {of}) FROM {texts(given)}")
    for text, (number,) in zip([*WHOLE, ""], found, strict=True):
        exact = int(text) if re.fullmatch(r"[+-]?\d+", text) else None
        assert number == (exact if exact is not None and -most <= exact < most else None), text


FLOATING = [
    *(text for text in FRACTIONS if text != "NaN"),  # which is not equal to itself
    *(
        "1.",
        ".5",
        "-.5e1",
        "1e",
        "e1",
        ".",
        "+",
        "1e+5",
        "1E-5",
        "1e400",
        "1e-400",
        "1_0",
        "0x1",
        "1 2",
    ),
    *("9007199254740992", "9007199254740993", "123456789012345678", "1234567890123456789", "1e22"),
    *(
        "1e23",
        "8.5e-23",
        "1.5f",
        "2D",
        "0.0000000000000000000000000001",
        "-0.0",
        "1e00000000000000000001",
    ),
]


@pytest.mark.parametrize("of", ["FLOAT", "DOUBLE"])
def test_texts_as_floating_numbers(answer, of):
    given = between_blanks(FLOATING)
    found = answer(f"SELECT try_cast(v AS {of}) FROM {texts(given)}")
    read = float if of == "DOUBLE" else single
    for text, (number,) in zip([*FLOATING, ""], found, strict=True):
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
            assert struct.pack("d", number) == struct.pack("d", read(text)), text


@pytest.mark.parametrize("shape", [(12, 2), (5, 5), (18, 0), (38, 18), (38, 38), (10, 3)])
def test_texts_as_decimals(answer, shape):
    given = [
        *(text for text in FLOATING if len(text) < 30),
        *(
            "0.005",
            "-0.005",
            "0.0049999",
            "1.5",
            "2.5",
            "-2.5",
            "0.5",
            "999999.99999",
            "1234567.5e-3",
        ),
        *(f"{CHANCE.randrange(-(10**9), 10**9)}e{CHANCE.randint(-12, 12)}" for _ in range(200)),
    ]
    of = "DECIMAL({},{})".format(*shape)
    # DuckDB does not read all texts with an exponent.
    asked = f"SELECT try_cast(v AS {of}) FROM {texts(between_blanks(given))}"
    found = answer(asked, gaps=True)
    room = Decimal(10) ** (shape[0] - shape[1])
    for text, (number,) in zip([*given, ""], found, strict=True):
        if number is not None:
            exact = EXACT.create_decimal(text).quantize(number, context=EXACT)
            assert number == exact, text
        elif re.fullmatch(r"-?\d+(\.\d+)?(e-?\d\d?)?", text) and shape[1] < 30:
            assert abs(Decimal(text)) >= room - 1, text


MOMENTS = [
    *("2024-02-29 12:30:45", "2024-02-29T1:2:3", "2023-02-29 00:00:00", "2024-13-01 00:00:00"),
    *(
        "1969-12-31 23:59:59.999999",
        "0001-01-01 00:00:00.1",
        "9999-12-31 23:59:59.99",
        "1900-02-29 1:1:1",
    ),
    *(
        "2000-02-29 24:00:00",
        "2024-4-31 1:1:1",
        "2024-4-30 1:60:1",
        "2024-4-30 1:1:60",
        "0000-01-01 00:00:00",
    ),
    *(
        "2024-01-01 00:00:00.",
        "2024-01-01 00:00:00.1234567",
        "2024-01-01  00:00:00",
        "12024-01-01 00:00:00",
    ),
    *(
        "2024-01-01",
        "2024-01-01 00:00",
        "2024-01-01 00:00:00Z",
        "2024-01-01 00:00:00+02:00",
        "2024",
        "x",
    ),
    *(
        f"{CHANCE.randint(1, 9999):04}-{CHANCE.randint(1, 12)}-{CHANCE.randint(1, 31)} "
        f"{CHANCE.randint(0, 23)}:{CHANCE.randint(0, 59)}:{CHANCE.randint(0, 59)}"
        for _ in range(300)
    ),
]


@pytest.mark.parametrize("of", ["TIMESTAMP", "TIMESTAMP_NTZ"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_texts_as_moments(answer, of, zone):
    rows = texts(between_blanks(MOMENTS))
    found = answer(
        f"SELECT string(try_cast(v AS {of})) FROM {rows}", spark_sql_session_timeZone=zone
    )
    assert sum(moment is not None for (moment,) in found) > 250


@pytest.mark.parametrize(
    "pattern",
    [
        *("yyyy-MM-dd", "yyyy-M-d", "dd/MM/yyyy", "yyyyMMdd", "yyyy-MM", "yyyy", "d.M.yyyy H:m:s"),
        *("yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd\\'T\\'HH:mm:ss.SSS", "yyyy-MM-dd HH:mm:ss.SSSSSS"),
        *("d MMM yyyy HH:mm:ss", "MMMM d, yyyy", "dd-MMM-yyyy"),
        *("yyyy-MM-dd HH:mm:ssXXX", "yyyy-MM-ddXXX"),
        *("yyyy年MM月dd日", "\\'Y\\'yyyy", "HH:mm yyyy"),
    ],
)
def test_texts_by_patterns(answer, pattern):
    made = f"SELECT date_format(timestamp_micros(m), '{pattern}') v FROM " + values(
        CHANCE.randrange(-(10**15), 10**16) for _ in range(60)
    ).replace("t(v)", "t(m)")
    odd = [
        *("2024-02-30", "2024-2-3", "0000-01-01", "30/02/2024", "20240230", "2024-00", "9", ""),
        *("3 Mar 2024 00:00:00", "3 mar 2024 00:00:00", "3 March 2024 00:00:00", "May 3, 2024"),
        *("Mai 3, 2024", "03-Feb-2024", "30-Feb-2024", "03-Sept-2024", "Febr 3, 2024"),
        *("2024-02-03 ", " 2024-02-03", "2024-02-03 24:00:00", "2024-02-03 23:59:60", "Y2024"),
        *(
            "2024-02-03+05:30",
            "2024-02-03-17:59",
            "2024-02-03Z",
            "2024-02-03+0530",
            "2024-02-03+18:00",
        ),
    ]
    asked = f"SELECT string(try_to_timestamp(v, '{pattern}')) FROM ({made} UNION ALL {{}}) AS t(v)"
    found = answer(asked.format("SELECT * FROM " + values(f"'{text}'" for text in odd)))
    assert sum(moment is not None for (moment,) in found) >= 60


AGGREGATES = (
    *("var_pop(x)", "var_samp(x)", "stddev_pop(x)", "stddev_samp(x)", "skewness(x)", "kurtosis(x)"),
    *("corr(y, x)", "covar_pop(y, x)", "covar_samp(y, x)", "regr_slope(y, x)", "regr_r2(y, x)"),
    *("regr_intercept(y, x)", "regr_sxx(y, x)", "regr_syy(y, x)", "regr_sxy(y, x)"),
)


@pytest.mark.parametrize("of", AGGREGATES)
@pytest.mark.parametrize(
    "given",
    [
        "SELECT id % 7 AS g, sqrt(id) AS x, IF(id % 5 = 0, NULL, sin(id)) AS y FROM range(300000)",
        "SELECT id AS g, id + 1.5D AS x, id * 2D AS y FROM range(3)",
        "SELECT 1 AS g, 2D AS x, 3D AS y FROM range(4)",
        "SELECT 1 AS g, 2D AS x, 3D AS y FROM range(0)",
    ],
)
@pytest.mark.parametrize("over", ["GROUP BY ALL ORDER BY g", ""])
def test_moments(sides, of, given, over):
    """From many threads too, where partial answers are put together."""
    text = f"SELECT {'g, ' if over else ''}{of} FROM ({given}) {over}"
    for row, said in sides(text, spark_sql_ansi_enabled="false"):
        for value, other in zip(row, said, strict=True):
            assert value == other or value == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True)


def _string() -> str:
    parts = [
        "a",
        "é",
        "\U0001f600",
        "\\\\n",
        "\\\\u0041",
        "\\\\ud83d",
        "\\\\ude00",
        "2024-01-02",
        " ",
        "NaN",
        "x",
    ]
    return '"' + "".join(CHANCE.choices(parts, k=CHANCE.randrange(4))) + '"'


def _number() -> str:
    forms = [
        "0",
        "-0",
        "1",
        "127",
        "200",
        "-129",
        "99999",
        "2147483648",
        "1.50",
        "-0.0",
        "1e3",
        "2.5e-7",
    ]
    return CHANCE.choice(
        [*forms, "9223372036854775808", "12345678901234567890.125", "1e400", "0.045"]
    )


def _moment() -> str:
    day = f"20{CHANCE.randrange(10, 40)}-{CHANCE.randrange(1, 13)}-{CHANCE.randrange(1, 32)}"
    time = CHANCE.choice(
        ["", " 01:30:00", "T02:30:15.25", " 03:00:00+02:00", " 4:5", "Z", " 25:00:00"]
    )
    return f'"{day}{time}"'


def _document(depth: int = 0) -> str:
    leaves = [
        _string,
        _number,
        _moment,
        lambda: CHANCE.choice(["null", "true", "false", "NaN", "'q'", "tru"]),
    ]
    if depth > 3 or CHANCE.random() < 0.3:
        return CHANCE.choice(leaves)()
    inner = [_document(depth + 1) for _ in range(CHANCE.randrange(4))]
    if CHANCE.random() < 0.3:
        return "[" + ", ".join(inner) + "]"
    names = [CHANCE.choice(["a", "b", "c", "d", "s"]) for _ in inner]
    return (
        "{" + " ,".join(f'"{name}" : {held}' for name, held in zip(names, inner, strict=True)) + "}"
    )


def _objects() -> str:
    fields = [
        f'"{name}": {_document(1)}' for name in CHANCE.choices("abcds", k=CHANCE.randrange(6))
    ]
    text = "{" + ", ".join(fields) + "}"
    broken = [text[:-1], text + " x", text + ",", f" {text}"]
    return CHANCE.choice(broken) if CHANCE.random() < 0.1 else text


def _texts(make: Callable[[], str], count: int) -> str:
    quoted = [make().replace("'", "\\'") for _ in range(count)]
    return values([*(f"'{text}'" for text in quoted), "NULL", "''"])


@pytest.mark.parametrize(
    "path",
    ["$", "$.a", "$.a.b", "$.a[0]", "$[*]", "$.a[*]", "$.a[*].b", "$.a[*].b[*]", "$.a[0][*].b"],
)
def test_paths_of_json(answer, path):
    assert any(answer(f"SELECT get_json_object(v, '{path}') FROM {_texts(_objects, 300)}"))


def test_variants(answer):
    odd = ["-0", "-0.00", "1.10", "0.00001", "1e3", "123456789.12345678", "9" * 39, "0." + "1" * 39]
    text = f"""SELECT try_parse_json(v), to_json(try_parse_json(v)), from_json(v, 'a VARIANT, b VARIANT')
        FROM {_texts(_document, 300)}"""
    assert any(row[0] for row in answer(text))
    rows = values(
        [
            *(f"'[{number}]'" for number in odd),
            "'\\uFDD0'",
            """'{"b":1,"\U0001f600":2,"\uffee":3}'""",
        ]
    )
    found = answer(f"SELECT to_json(try_parse_json(v)), try_parse_json(v) FROM {rows}")
    assert [row[0] for row in found[2:4]] == ["[1.1]", "[0.00001]"]
    assert found[-1][0] == '{"b":1,"\U0001f600":2,"\uffee":3}'


def test_fields_of_json(answer):
    rows = _texts(_document, 300)
    assert any(answer(f"SELECT json_array_length(v), json_object_keys(v) FROM {rows}"))
    assert any(answer(f"SELECT json_tuple(v, 'a', 'b') FROM {_texts(_objects, 300)}"))


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles"])
@pytest.mark.parametrize(
    "schema",
    [
        "a INT, b BIGINT, c TINYINT, d SMALLINT, _corrupt_record STRING",
        "a STRING, b BOOLEAN, c DOUBLE, d FLOAT",
        "a DECIMAL(5,2), b DECIMAL(18,3), c DECIMAL(38,20), d DECIMAL(4,0)",
        "a DATE, b TIMESTAMP, c TIMESTAMP_NTZ, s ARRAY<TIMESTAMP>",
        "a ARRAY<INT>, b MAP<STRING, STRING>, s STRUCT<a: INT, b: STRUCT<a: STRING, c: DATE>>",
        "a ARRAY<ARRAY<STRING>>, b MAP<STRING, ARRAY<DOUBLE>>, c ARRAY<STRUCT<a: INT, b: BIGINT>>",
        "ARRAY<STRUCT<a: INT, b: STRING>>",
        "MAP<STRING, MAP<STRING, DOUBLE>>",
    ],
)
def test_values_of_json(answer, schema, zone):
    given = {"spark_sql_session_timeZone": zone}
    text = f"SELECT from_json(v, '{schema}') FROM {_texts(_objects, 400)}"
    assert any(row != (None,) for row in answer(text, **given))
    pattern = (
        "map('timestampFormat', 'yyyy-MM-dd HH:mm:ss', 'dateFormat', 'yyyy-M-d', 'mode', 'other')"
    )
    patterned = f"SELECT from_json(v, '{schema}', {pattern}) FROM {_texts(_objects, 200)}"
    assert any(row != (None,) for row in answer(patterned, **given))


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Australia/Lord_Howe", "Europe/Dublin"])
def test_clocks_of_json(answer, zone):
    text = """SELECT count(*), count_if(from_json(concat('{"t": "', shown, '"}'), 't TIMESTAMP').t
        <> CAST(shown AS TIMESTAMP)) FROM (
            SELECT CAST(TIMESTAMP_NTZ'1969-12-30' + make_interval(0, 0, 0, 0, 0, id * 9007) AS STRING)
            AS shown FROM range(4000))"""
    assert answer(text, spark_sql_session_timeZone=zone) == [(4000, 0)]


def test_many_rows_of_json(answer):
    text = """SELECT sum(size(found.l)), count(try_element_at(found.l, 2).t), max(found.m['k']), count(found) FROM (
        SELECT from_json(
            concat('{"l": [', repeat(concat('{"t": "text of row ', id, '"},'), id % 7), '{"t": null}], "m": {"k": ', id, '}}'),
            'l ARRAY<STRUCT<t: STRING>>, m MAP<STRING, INT>') AS found FROM range(10000))"""
    assert answer(text) == [(39994, 7142, 9999, 10000)]


def test_maps_of_many_keys(answer):
    keys = [f'"{"a long key, number " * (i % 2)}{i % 600}": {i}' for i in range(900)]
    whole, broken = f"{{{', '.join(keys)}}}", f'{{{", ".join(keys)}, "last": "text"}}'
    text = f"""SELECT size(found), found['8'], found['a long key, number 599'] FROM (
        SELECT from_json(v, 'MAP<STRING, INT>') AS found FROM VALUES ('{whole}'), ('{broken}') AS t(v))"""
    assert answer(text) == [(600, 608, 599), (None, None, None)]
