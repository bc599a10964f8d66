"""The binary form of variants, held against the client's own reader."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import VariantVal

from boathouse.types.variant import Marked, decode, encode, held, parsed

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**27), 10**27)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_the_client_reads_what_we_write(value):
    assert same(VariantVal(*encode(json.dumps(value))).toPython(), value)


def same(read, written) -> bool:
    if isinstance(written, dict):
        return read.keys() == written.keys() and all(same(read[k], written[k]) for k in written)
    if isinstance(written, list):
        return len(read) == len(written) and all(map(same, read, written))
    return float(read) == pytest.approx(written) if isinstance(written, float) else read == written


@given(JSON)
def test_we_read_what_we_write(value):
    text = json.dumps(value)
    assert parsed(decode(*encode(text))) == parsed(text)


@pytest.mark.parametrize(
    "value",
    [
        Marked("d", "1.0E300"),
        Marked("f", "0.1"),
        Decimal("1.10"),
        Marked("D", "-719162"),
        Marked("T", "-1"),
        Marked("L", "253402300799999999"),
        Marked("B", "AP8="),
        "\ufdd0D1",
    ],
)
def test_what_json_lacks_stays_what_it_is(value):
    inside = {"a": [value]}
    assert parsed(decode(*encode(held(inside)))) == inside


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "-129",
        "70000",
        "5000000000",
        "12345678901234567890",
        "1.5",
        "-0.125",
        "true",
        "null",
        '"é"',
        "[]",
        "{}",
    ],
)
def test_text_comes_back(text):
    assert decode(*encode(text)) == text


def test_no_digit_is_lost():
    for text in ("9" * 38, "-0." + "1" * 37, "123456789012345678901234567890.12345678"):
        assert parsed(decode(*encode(text))) == Decimal(text)


@pytest.mark.parametrize("count", [0, 1, 255, 256, 1000])
def test_wide_objects_and_arrays(count):
    wide = {f"key{i}": i for i in range(count)}
    assert VariantVal(*encode(json.dumps(wide))).toPython() == wide
    assert VariantVal(*encode(json.dumps(list(range(count))))).toPython() == list(range(count))
    assert json.loads(decode(*encode(json.dumps(wide)))) == wide


@pytest.mark.parametrize("value", [b"", b"\x03", b"\xff\xff"])
def test_malformed_bytes_are_refused(value):
    with pytest.raises(ValueError, match=r"variant|decode"):
        decode(value, b"\x01\x00\x00")
