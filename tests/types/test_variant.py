"""The binary form of variants, held against the client's own reader."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import VariantVal

from boathouse.types.variant import decode, encode

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
    assert same(json.loads(decode(*encode(json.dumps(value)))), value)


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
        assert decode(*encode(text)) == text


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
