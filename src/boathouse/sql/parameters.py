"""Arguments put in the place of their parameters before anything is read.

Spark allows a parameter wherever a literal may stand, also where no expression does: the size of a
type, the number of an interval, the text of IDENTIFIER, a part of adjacent strings. Strings and
whole numbers go in as tokens here; arguments of other types stay parameters and are bound later.
"""

from __future__ import annotations

from boathouse.spec.expressions import Expression, Literal
from boathouse.spec.relations import QueryText
from boathouse.sql.lexer import Kind, Tokens, tokenize
from boathouse.types import datatypes as types


def with_arguments(tokens: Tokens, arguments: QueryText) -> Tokens:
    """`tokens` with ``:name`` and ``?`` replaced by the arguments that a token can spell. A token
    put in keeps the place of its parameter.
    """
    if not (arguments.named or arguments.positional):
        return tokens
    named = dict(arguments.named)
    result = Tokens(tokens.text, [], [], [], [], tokens.lines)
    marks, index, count = 0, 0, len(tokens.words)
    while index < count:
        word, last = tokens.words[index], index
        given: Expression | None = None
        name = _name_at(tokens, index)
        if word == "?":
            given = arguments.positional[marks] if marks < len(arguments.positional) else None
            marks += 1
        elif name is not None:
            last, given = index + 1, named.get(name)
        token = None if given is None else _token(given)
        if token is None:
            token, last = (tokens.kinds[index], word), index
        else:
            result.given.add(len(result.words))
        result.kinds.append(token[0])
        result.words.append(token[1])
        result.starts.append(tokens.starts[index])
        result.stops.append(tokens.stops[last])
        index = last + 1
    return result


def parameters_in(text: str) -> list[str | None]:
    """The names of the parameters in `text`, in their order; None for ``?``."""
    tokens = tokenize(text)
    names = [(word, _name_at(tokens, index)) for index, word in enumerate(tokens.words)]
    return [name for word, name in names if word == "?" or name is not None]


def _name_at(tokens: Tokens, index: int) -> str | None:
    """The name of the parameter ``:name`` that begins at `index`."""
    if tokens.words[index] != ":" or tokens.kinds[index + 1] is not Kind.WORD:
        return None
    if not _begins(tokens, index):
        return None
    return tokens.text[tokens.starts[index + 1] : tokens.stops[index + 1]]


def _begins(tokens: Tokens, index: int) -> bool:
    """Whether the colon at `index` begins a parameter. One that stands at the operand before it
    leads into a variant: ``v:key``.
    """
    if tokens.stops[index] != tokens.starts[index + 1]:
        return False
    if index == 0 or tokens.stops[index - 1] != tokens.starts[index]:
        return True
    before = tokens.words[index - 1]
    return tokens.kinds[index - 1] is Kind.OPERATOR and before not in {")", "]"}


def _token(value: Expression) -> tuple[Kind, str] | None:
    """The kind and word of a literal that one token can spell."""
    if not isinstance(value, Literal) or value.value is None:
        return None
    if value.type == types.STRING:
        return Kind.STRING, _quoted(str(value.value))
    if value.type in {types.INTEGER, types.LONG} and value.value >= 0:
        wide = value.type == types.LONG and value.value < 2**31
        return Kind.NUMBER, f"{value.value}L" if wide else str(value.value)
    return None


def _quoted(text: str) -> str:
    """`text` as a string token; raw if it has backslashes, where it can be: no setting reads that
    differently.
    """
    raw = "R" if "\\" in text else ""
    for quote in ("'", '"'):
        if quote not in text:
            return f"{raw}{quote}{text}{quote}"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
