"""Functions of Spark's group for URLs."""

from __future__ import annotations

from boathouse import duck
from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.duck.tree import Literal
from boathouse.functions.let import let, let_all
from boathouse.functions.registry import Group
from boathouse.functions.signature import (
    STRING,
    TEXT,
    always,
    known,
    optional,
)
from boathouse.types import datatypes as t

URL = Group("url_funcs")


@URL.scalar("url_encode", takes=[STRING], gives=t.STRING, nullable=always)
def url_encode(text: Expression) -> Expression:
    """A text as it may stand in a form's data: blanks as plus signs, others as percent and digits.

    >>> SELECT url_encode('port & starboard')
    port+%26+starboard
    """
    encoded = duck.f.url_encode(text)
    for ours, java in (("%20", "+"), ("~", "%7E"), ("%2A", "*")):
        encoded = duck.f.replace(encoded, ours, java)
    return encoded


def _decoded(text: Expression, *, safe: bool) -> Expression:
    return kernel("urls", "decoded", t.STRING, safe=safe)(text)


@URL.scalar("url_decode", takes=[STRING], gives=t.STRING, nullable=always)
def url_decode(text: Expression) -> Expression:
    """The text that was encoded as a form's data.

    >>> SELECT url_decode('port+%26+starboard')
    port & starboard
    """
    return _decoded(text, safe=False)


@URL.scalar(
    "try_url_decode", takes=[STRING], gives=t.STRING, nullable=always, stands_for="url_decode"
)
def try_url_decode(text: Expression) -> Expression:
    """The text that was encoded as a form's data, null where it was not.

    >>> SELECT try_url_decode('100%')
    NULL
    """
    return _decoded(text, safe=True)


_PARTS = ("all", "protocol", "slashes", "authority", "path", "asked", "query", "marked", "ref")
_URI = r"^((?:([A-Za-z][A-Za-z0-9+.-]*):)?(//([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?)$"
# Java refuses these anywhere in a URI, and a percent sign without two digits.
_ILLEGAL = r"""[\x00-\x20"<>\\^`{|}\x7f]|%(?:$|[^0-9A-Fa-f]|.$|.[^0-9A-Fa-f])"""
_HOST = r"^(?:([^@]*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*)(?::[0-9]*)?$"


def _present(mark: Expression, value: Expression) -> Expression:
    """`value` where its mark stood in the text; it may be empty then."""
    return duck.case((mark.differs(""), value))


def _part(given: Expression, part: Expression, key: Expression | None) -> Expression:
    found = duck.f.regexp_extract(given, _URI, duck.list_of(*_PARTS))

    def chosen(uri: Expression) -> Expression:
        piece = {name: duck.field_of(uri, name) for name in _PARTS}
        authority = piece["authority"]
        query = _present(piece["asked"], piece["query"])
        if key is not None:
            return duck.case((part.equals("QUERY"), _value_of(query, key)))
        opaque = duck.all_of(
            piece["protocol"].differs(""),
            piece["slashes"].equals(""),
            duck.f.starts_with(piece["path"], "/").negated(),
        )
        path = duck.case((opaque, None), otherwise=piece["path"])
        host = duck.f.regexp_extract(authority, _HOST, 2)
        user = duck.f.regexp_extract(authority, _HOST, 1)
        asked = duck.case((opaque, None), otherwise=query)
        return duck.case(
            (part.equals("HOST"), duck.f.nullif(host, "")),
            (part.equals("PATH"), path),
            (part.equals("QUERY"), asked),
            (part.equals("REF"), _present(piece["marked"], piece["ref"])),
            (part.equals("PROTOCOL"), duck.f.nullif(piece["protocol"], "")),
            (part.equals("FILE"), path.joined(duck.f.coalesce(piece["asked"], ""))),
            (part.equals("AUTHORITY"), duck.f.nullif(authority, "")),
            (part.equals("USERINFO"), duck.f.nullif(user, "")),
        )

    return let(found, chosen, "uri")


def _value_of(query: Expression, key: Expression) -> Expression:
    pattern = duck.operator("||", "(&|^)(", key, "=)([^&]*)")
    names = duck.list_of("all", "start", "name", "value")
    found = duck.f.regexp_extract(query, duck.operator("||", "(", pattern, ")"), names)
    return let(
        found,
        lambda match: _present(duck.field_of(match, "name"), duck.field_of(match, "value")),
        "pair",
    )


def _parsed(url: Expression, part: Expression, key: Expression | None, *, safe: bool) -> Expression:
    def checked(given: Expression, wanted: Expression) -> Expression:
        failure = None if safe else duck.fail("INVALID_URL", url=given)
        illegal = duck.f.regexp_matches(given, _ILLEGAL)
        missing = duck.any_of(given.is_null(), wanted.is_null())
        found = _part(given, wanted, key)
        return duck.case((missing, None), (illegal, failure), otherwise=found)

    if isinstance(key, Literal) and key.value is None:
        return duck.literal(None, "VARCHAR")
    return let_all((url, part), checked, "part")


@URL.scalar(
    "parse_url",
    takes=[TEXT, known(TEXT), known(optional(TEXT))],
    gives=t.STRING,
    nullable=always,
    needs=("ansi",),
)
def parse_url(
    url: Expression, part: Expression, key: Expression | None, *, ansi: bool
) -> Expression:
    """A part of a URL (HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY, USERINFO), or the value
    of a key of its query.

    >>> SELECT parse_url('https://docks.example/a/b?pier=7', 'HOST')
    docks.example
    """
    return _parsed(url, part, key, safe=not ansi)


@URL.scalar(
    "try_parse_url",
    takes=[TEXT, known(TEXT), known(optional(TEXT))],
    gives=t.STRING,
    nullable=always,
    stands_for="parse_url",
    by_count=lambda count: None if count in {2, 3} else "parse_url",
)
def try_parse_url(url: Expression, part: Expression, key: Expression | None) -> Expression:
    """A part of a URL as `parse_url` gives it, null where the text is no URL.

    >>> SELECT try_parse_url('https://docks.example/a/b?pier=7', 'QUERY', 'pier')
    7
    """
    return _parsed(url, part, key, safe=True)
