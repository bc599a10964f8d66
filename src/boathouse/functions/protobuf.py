"""Values in Protobuf's binary form. Its library, 13 MB, is loaded when one is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from boathouse.duck import Expression
from boathouse.duck.kernels import kernel
from boathouse.errors.exceptions import AnalysisError, IllegalArgumentError
from boathouse.functions.misc import MISC
from boathouse.functions.options import nullable_everywhere, options_of
from boathouse.functions.signature import (
    ANY,
    BINARY,
    Argument,
    TypeMismatch,
    always,
    argument_at,
    optional,
)
from boathouse.types import datatypes as t
from boathouse.types.coercion import is_string

if TYPE_CHECKING:
    from boathouse.types.protobuf import Message, Shape

Arguments = tuple[Argument, ...]

_TAKES = [ANY, optional(ANY), optional(ANY)]
"""The name of a message, the place of a descriptor set or the set itself, options."""


def _checked(name: str, verb: str, arguments: Arguments) -> None:
    """Raises unless all but the first argument are constants of the right types."""
    _, message, files = (argument_at(arguments, at) for at in range(3))
    options = argument_at(arguments, 3)

    def require(fits: bool, which: str, wanted: str) -> None:  # noqa: FBT001
        if not fits:
            failure = f"The {which} argument of the {name} SQL function must be a constant {wanted}"
            raise TypeMismatch("TYPE_CHECK_FAILURE_WITH_HINT", msg=failure, hint="")

    said = "representing the Protobuf message name"
    require(_is(message, is_string), "second", f"string {said}")
    said = "representing the Protobuf descriptor file path"
    require(files is None or _is(files, _is_set), "third", f"string or binary data {said}")
    said = f"the options to use for converting the value {verb} Protobuf format"
    require(
        options is None or _is(options, _is_options),
        "fourth",
        f"map of strings to strings containing {said}",
    )


def _is(given: Argument | None, fits: Any) -> bool:
    return given is not None and given.constant and bool(fits(given.type))


def _is_set(of: t.DataType) -> bool:
    return is_string(of) or isinstance(of, (t.BinaryType, t.NullType))


def _is_options(of: t.DataType) -> bool:
    match of:
        case t.MapType(key=key, value=value):
            texts = is_string(key) and is_string(value)
            return texts or (isinstance(key, t.NullType) and isinstance(value, t.NullType))
        case _:
            return isinstance(of, t.NullType)


def _message(arguments: Arguments, *, extensions: bool) -> Message:
    from boathouse.types.protobuf import Message, of_class

    name, files = arguments[1].value, argument_at(arguments, 2)
    if name is None:
        raise IllegalArgumentError("NO_CONDITION", message="The message's name is null.")
    said = None if files is None else files.value
    if said is None:
        return of_class(str(name))
    return Message(str(name), _content(said) if isinstance(said, str) else said, extensions)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        raise AnalysisError("PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND", filePath=path) from None


def _flag(options: dict[str, str], name: str) -> bool:
    text = options.get(name, "false")
    if text.lower() not in {"true", "false"}:
        raise IllegalArgumentError("NO_CONDITION", message=f'For input string: "{text}"')
    return text.lower() == "true"


def _shape(options: dict[str, str]) -> Shape:
    from boathouse.types.protobuf import Shape

    depth = options.get("recursive.fields.max.depth", "-1")
    if not depth.lstrip("+-").isdecimal():
        raise IllegalArgumentError("NO_CONDITION", message=f'For input string: "{depth}"')
    return Shape(
        int(depth),
        _flag(options, "convert.any.fields.to.json"),
        _flag(options, "enums.as.ints"),
        _flag(options, "upcast.unsigned.ints"),
        _flag(options, "unwrap.primitive.wrapper.types"),
        _flag(options, "retain.empty.message.types"),
    )


def _is_safe(options: dict[str, str]) -> bool:
    mode = options.get("mode", "FAILFAST").upper()
    if mode == "DROPMALFORMED":
        raise AnalysisError("PARSE_MODE_UNSUPPORTED", funcName="`from_protobuf`", mode=mode)
    return mode != "FAILFAST"


# ---- reading ------------------------------------------------------------------------------------


def reads(arguments: Arguments, *, extensions: bool = False) -> t.DataType:
    """The type that from_protobuf gives; with the fields that others add if `extensions`."""
    from boathouse.types.protobuf import schema_of

    options = options_of(arguments, 3)
    of = schema_of(_message(arguments, extensions=extensions), _shape(options))
    return nullable_everywhere(of) if _is_safe(options) else of


def _shows(name: str) -> Any:
    def shown(data: str, message: str, *rest: str) -> str:
        return f"{name}({', '.join([data, message, *rest, *['NULL'] * (2 - len(rest))])})"

    return shown


@MISC.scalar(
    "from_protobuf",
    takes=[BINARY, *_TAKES],
    gives=reads,
    nullable=always,
    check=lambda arguments: _checked("FROM_PROTOBUF", "from", arguments),
    shows=_shows("from_protobuf"),
    needs=("arguments", "result"),
)
def from_protobuf(
    data: Expression,
    *_: Any,
    arguments: Arguments,
    result: t.DataType,
    extensions: bool = False,
) -> Expression:
    """The value that bytes hold in Protobuf's binary form: a struct of the fields of a message,
    which a file of descriptors describes (what ``protoc --descriptor_set_out`` makes), or its
    bytes. Options say how: ``mode``, ``recursive.fields.max.depth``, ``enums.as.ints``,
    ``emit.default.values``, ``upcast.unsigned.ints``, ``unwrap.primitive.wrapper.types``,
    ``convert.any.fields.to.json``, ``retain.empty.message.types``.

    >>> SELECT from_protobuf(X'08071205736C6F6F70', 'Ship',
    ...   X'0A270A017322220A0453686970120C0A0470696572180120012805120C0A046B696E64180220012809')
    {7, sloop}
    """
    options = options_of(arguments, 3)
    read = kernel(
        "protobuf",
        "read",
        result,
        message=_message(arguments, extensions=extensions),
        of=result,
        safe=_is_safe(options),
        defaults=_flag(options, "emit.default.values"),
        enums_as_ints=_flag(options, "enums.as.ints"),
    )
    return read(data)


# ---- writing ------------------------------------------------------------------------------------


def _check_struct(arguments: Arguments) -> None:
    _checked("TO_PROTOBUF", "to", arguments)
    given = arguments[0].type
    if not isinstance(given, t.StructType):
        raise TypeMismatch("NON_STRUCT_TYPE", inputName="data", inputType=f'"{given.sql}"')


@MISC.scalar(
    "to_protobuf",
    takes=[ANY, *_TAKES],
    gives=t.BINARY,
    nullable=lambda arguments: arguments[0].nullable,
    check=_check_struct,
    shows=_shows("to_protobuf"),
    needs=("arguments",),
)
def to_protobuf(
    value: Expression, *_: Any, arguments: Arguments, extensions: bool = False
) -> Expression:
    """A struct in Protobuf's binary form, as a message that descriptors describe.

    >>> SELECT hex(to_protobuf(named_struct('pier', 7, 'kind', 'sloop'), 'Ship',
    ...   X'0A270A017322220A0453686970120C0A0470696572180120012805120C0A046B696E64180220012809'))
    08071205736C6F6F70
    """
    message = _message(arguments, extensions=extensions)
    return kernel("protobuf", "write", t.BINARY, message=message, of=arguments[0].type)(value)
