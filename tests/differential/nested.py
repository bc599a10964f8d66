"""Types inside of types: values of them, and what can be asked of such values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.differential.values import VALUES

if TYPE_CHECKING:
    import random

_LEAVES: Final = (
    *(
        "INT",
        "BIGINT",
        "STRING",
        "DOUBLE",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP",
        "DECIMAL(3,1)",
        "BINARY",
    ),
    *("TINYINT", "FLOAT", "TIMESTAMP_NTZ", "INTERVAL DAY TO SECOND", "INTERVAL MONTH", "VOID"),
)
_SHORT: Final = (
    "'a'",
    "'b'",
    "''",
    "'12'",
    "'2020-02-29'",
    "'true'",
    "'\u00e9\"'",
    "' x, y '",
    "NULL",
)


def kind(dice: random.Random, depth: int) -> str:
    """The name of a type, `depth` levels deep at most."""
    if depth <= 0 or dice.random() < 0.15:
        return dice.choice(_LEAVES)
    match dice.choice(("ARRAY", "ARRAY", "STRUCT", "STRUCT", "MAP")):
        case "ARRAY":
            return f"ARRAY<{kind(dice, depth - 1)}>"
        case "STRUCT":
            fields = [
                f"{name}: {kind(dice, depth - 1)}" for name in ("p", "q", "r")[: dice.randint(1, 3)]
            ]
            return f"STRUCT<{', '.join(fields)}>"
        case _:
            key = dice.choice(("STRING", "INT", "DATE", "STRUCT<p: INT>", "ARRAY<STRING>"))
            return f"MAP<{key}, {kind(dice, depth - 1)}>"


def parts(inside: str) -> list[str]:
    """The types or fields between the angle brackets of a type."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(inside):
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and not depth:
            found.append(inside[start:at].strip())
            start = at + 1
    return [*found, inside[start:].strip()]


def value(dice: random.Random, of: str) -> str:
    """An expression of the type `of`, with nulls in all places."""
    if of == "VOID" or dice.random() < 0.1:
        return "NULL" if of == "VOID" else f"CAST(NULL AS {of})"
    word, _, inside = of.partition("<")
    members = parts(inside[:-1]) if inside else []
    match word:
        case "ARRAY":
            items = [value(dice, members[0]) for _ in range(dice.choice((0, 1, 2, 2, 3)))]
            return f"array({', '.join(items)})" if items else f"CAST(array() AS {of})"
        case "STRUCT":
            fields = [one.split(": ", 1) for one in members]
            listed = [f"'{name}', {value(dice, inner)}" for name, inner in fields]
            return f"named_struct({', '.join(listed)})"
        case "MAP":
            return _map(dice, of, *members)
        case "STRING":
            return dice.choice(_SHORT)
        case _:
            return dice.choice(VALUES[of])


def _map(dice: random.Random, of: str, key: str, item: str) -> str:
    keys = {
        "STRING": ("'a'", "'b'"),
        "INT": ("1", "2"),
        "DATE": ("DATE'2020-02-29'", "DATE'1970-01-01'"),
        "STRUCT<p: INT>": ("named_struct('p', 1)", "named_struct('p', CAST(NULL AS INT))"),
        "ARRAY<STRING>": ("array('a')", "array('b', NULL)"),
    }[key][: dice.randint(0, 2)]
    pairs = ", ".join(f"{one}, {value(dice, item)}" for one in keys)
    return f"map({pairs})" if pairs else f"CAST(map() AS {of})"


_ANY: Final = (
    *(
        "SELECT v FROM {t}",
        "SELECT CAST(v AS STRING), to_json(struct(v)) FROM {t}",
        "SELECT typeof(v), hash(v), xxhash64(v) FROM {t}",
    ),
    *(
        "SELECT v, count(*) FROM {t} GROUP BY v",
        "SELECT DISTINCT v FROM {t}",
        "SELECT v FROM {t} ORDER BY v DESC NULLS LAST LIMIT 3",
        "SELECT max(v), min(v), count(v) FROM {t}",
    ),
    *(
        "SELECT v = {v}, v < {v}, v <=> {v} FROM {t}",
        "SELECT v IN ({v}, {v}) FROM {t}",
        "SELECT coalesce(v, {v}), nullif(v, {v}) FROM {t}",
        "SELECT greatest(v, {v}) FROM {t}",
    ),
    *(
        "SELECT CAST(v AS {other}) FROM {t}",
        "SELECT TRY_CAST(v AS {other}) FROM {t}",
        "SELECT array(v, {w}) FROM {t}",
        "SELECT CASE WHEN n > 0 THEN v ELSE {w} END FROM {t}",
    ),
    *(
        "SELECT v FROM {t} UNION ALL SELECT {w}",
        "SELECT v FROM {t} EXCEPT SELECT {w}",
        "SELECT v = {w} FROM {t}",
        "SELECT if(n = 0, {w}, v) FROM {t}",
        "SELECT map(n, v, -1, {w}) FROM {t}",
    ),
    *(
        "SELECT to_variant_object(v) FROM {t}",
        "SELECT CAST(v AS VARIANT) FROM {t}",
        "SELECT schema_of_variant(CAST(v AS VARIANT)) FROM {t}",
        "SELECT to_csv(struct(v)) FROM {t}",
        "SELECT to_xml(struct(v)) FROM {t}",
    ),
    *(
        "SELECT from_json(to_json(struct(v)), 'v {kind}') FROM {t}",
        "SELECT from_json('{{\"v\": [1, null, \"x\"]}}', 'v {kind}')",
        'SELECT from_json(\'[{{"p": 1, "q": "x"}}]\', \'{kind}\')',
    ),
    *(
        "SELECT collect_list(v), first(v), last(v, true) FROM {t}",
        "SELECT sort_array(collect_list(v)) FROM {t}",
        "SELECT any_value(v), max_by(n, v) FROM {t}",
        "SELECT lag(v) OVER (ORDER BY n), count(v) OVER (ORDER BY n) FROM {t}",
    ),
    *(
        "SELECT v.* FROM {t}",
        "SELECT v.p, v.p.q FROM {t}",
        "SELECT v[0], v['a'], v[1] FROM {t}",
        "SELECT struct(v, n AS m).col1 FROM {t}",
        "SELECT named_struct('v', v, 'w', {w}) = named_struct('v', {v}, 'w', {w}) FROM {t}",
    ),
    *(
        "SELECT rank() OVER (ORDER BY v) FROM {t}",
        "SELECT sum(n) OVER (PARTITION BY v) FROM {t}",
        "SELECT * FROM {t} JOIN (SELECT {v} AS v) USING (v)",
        "SELECT v IN (SELECT {v}) FROM {t}",
        "SELECT (SELECT {v}) FROM {t}",
    ),
    *(
        "SELECT array_contains(array({v}), v) FROM {t}",
        "SELECT array_position(array({v}, {v}), v), array_remove(array({v}), v) FROM {t}",
        "SELECT array_union(array(v), array({w})) FROM {t}",
        "SELECT isnull(v), v IS NOT NULL FROM {t}",
    ),
    *(
        "SELECT transform(array(v, {v}), (x, i) -> struct(x, i)) FROM {t}",
        "SELECT aggregate(array(v), {v}, (x, y) -> y) FROM {t}",
        "SELECT * FROM {t} LATERAL VIEW OUTER explode(array(v)) x AS y",
        "SELECT stack(2, v, {v}) FROM {t}",
    ),
)
_ARRAY: Final = (
    *(
        "SELECT sort_array(v), array_max(v) FROM {t}",
        "SELECT array_distinct(v), size(v) FROM {t}",
        "SELECT array_union(v, {v}), array_except(v, {v}) FROM {t}",
        "SELECT arrays_overlap(v, {v}) FROM {t}",
    ),
    *(
        "SELECT array_contains(v, {v}[0]) FROM {t}",
        "SELECT explode(v) FROM {t}",
        "SELECT posexplode_outer(v) FROM {t}",
        "SELECT inline(v) FROM {t}",
        "SELECT flatten(v) FROM {t}",
        "SELECT concat(v, {w}) FROM {t}",
    ),
    *(
        "SELECT arrays_zip(v, {v}) FROM {t}",
        "SELECT filter(v, x -> x IS NOT NULL), transform(v, x -> array(x)) FROM {t}",
        "SELECT v.p, v.q FROM {t}",
        "SELECT slice(v, 1, 2), reverse(v), array_compact(v) FROM {t}",
    ),
    *(
        "SELECT array_insert(v, 2, {v}[0]), array_append(v, NULL) FROM {t}",
        "SELECT array_sort(v) FROM {t}",
        "SELECT map_from_entries(v) FROM {t}",
        "SELECT element_at(v, 1), element_at(v, -1), try_element_at(v, 9), get(v, 0) FROM {t}",
    ),
    *(
        "SELECT array_join(v, '|', '?') FROM {t}",
        "SELECT zip_with(v, {v}, (x, y) -> struct(x, y)) FROM {t}",
        "SELECT map_from_arrays(v, {v}) FROM {t}",
        "SELECT exists(v, x -> x = {v}[0]), forall(v, x -> x IS NULL) FROM {t}",
        "SELECT array_repeat(v, 2), array_prepend(v, {w}[0]) FROM {t}",
    ),
)
_MAP: Final = (
    *(
        "SELECT map_keys(v), map_values(v), map_entries(v) FROM {t}",
        "SELECT explode(v) FROM {t}",
        "SELECT map_concat(v, {v}) FROM {t}",
        "SELECT transform_values(v, (k, x) -> struct(k, x)) FROM {t}",
        "SELECT map_filter(v, (k, x) -> x IS NOT NULL), size(v) FROM {t}",
    ),
    *(
        "SELECT v[map_keys(v)[0]], element_at(v, map_keys({v})[0]) FROM {t}",
        "SELECT map_zip_with(v, {v}, (k, x, y) -> struct(x, y)) FROM {t}",
        "SELECT transform_keys(v, (k, x) -> CAST(k AS STRING)) FROM {t}",
        "SELECT map_contains_key(v, map_keys(v)[0]) FROM {t}",
        "SELECT map_from_entries(map_entries(v)) FROM {t}",
    ),
)
_STRUCT: Final = (
    *(
        "SELECT v.p, v.* FROM {t}",
        "SELECT inline(array(v, {v})) FROM {t}",
        "SELECT to_csv(v), to_json(v) FROM {t}",
        "SELECT struct(v.*, n) FROM {t}",
        "SELECT v.p AS p, count(*) FROM {t} GROUP BY v.p",
        "SELECT v.r FROM {t}",
    ),
    *(
        "SELECT struct(v.p, v) AS w, w.v.p FROM {t}",
        "SELECT * FROM {t} WHERE v.p IS NULL ORDER BY v.p",
        "SELECT from_csv(to_csv(v), 'p INT, q STRING, r DATE') FROM {t}",
        "SELECT array(v, {v}).p FROM {t}",
        "SELECT json_tuple(to_json(v), 'p', 'q') FROM {t}",
    ),
)


def nested(dice: random.Random) -> tuple[str, str]:
    """A question to values of a nested type, and the type."""
    of = kind(dice, 3)
    word = of.partition("<")[0]
    own = {"ARRAY": _ARRAY, "MAP": _MAP, "STRUCT": _STRUCT}.get(word, ())
    template = dice.choice(own if own and dice.random() < 0.5 else _ANY)
    other = _like(dice, of) if dice.random() < 0.8 else kind(dice, 2)
    rows = ", ".join(f"({number}, {value(dice, of)})" for number in range(dice.randint(1, 3)))
    text = template.replace("{t}", f"VALUES {rows} AS t(n, v)")
    while "{v}" in text:
        text = text.replace("{v}", value(dice, of), 1)
    while "{w}" in text:
        text = text.replace("{w}", value(dice, other), 1)
    text = text.replace("{other}", other).replace("{kind}", of)
    return text.replace("{{", "{").replace("}}", "}"), f"{template} {of}, {other}"


def _like(dice: random.Random, of: str) -> str:
    """A type of the shape of `of`, some of the types in it others."""
    word, _, inside = of.partition("<")
    if not inside:
        return dice.choice(_LEAVES) if dice.random() < 0.4 else of
    members = parts(inside[:-1])
    if word == "STRUCT":
        fields = [one.split(": ", 1) for one in members]
        listed = [
            f"{dice.choice((name, name, name.upper(), 'z'))}: {_like(dice, inner)}"
            for name, inner in fields
        ]
        return f"STRUCT<{', '.join(listed)}>"
    if word == "MAP":
        return f"MAP<{members[0]}, {_like(dice, members[1])}>"
    return f"ARRAY<{_like(dice, members[0])}>"
