"""Results and answers to ExecutePlanResponses, in the order in which Spark sends them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pyarrow

from boathouse.connect.contract import Result
from boathouse.connect.encode import batches
from boathouse.connect.encode.literals import fill_literal
from boathouse.connect.encode.types import data_type
from boathouse.connect.messages import base_pb2
from boathouse.types.arrow import arrow_schema

CHUNK = 16 * 1024 * 1024
"""The most bytes of one message of a chunked batch; the client may prefer less."""

SMALLEST_CHUNK = 1024


@dataclass(frozen=True, slots=True)
class ResultOptions:
    """How the client wants batches: `chunk` bytes at most per message, None for whole ones;
    `timezone` is the session's.
    """

    chunk: int | None = None
    timezone: str = "UTC"


Response = base_pb2.ExecutePlanResponse
Emit = Callable[[], Response]


def options_of(request: Any, timezone: str) -> ResultOptions:
    """The options in an ExecutePlanRequest."""
    chunk = None
    for option in request.request_options:
        if option.WhichOneof("request_option") == "result_chunking_options":
            chunking = option.result_chunking_options
            if chunking.allow_arrow_batch_chunking:
                preferred = chunking.preferred_arrow_chunk_size or CHUNK
                chunk = min(max(preferred, SMALLEST_CHUNK), CHUNK)
    return ResultOptions(chunk, timezone)


def result_responses(
    result: Result, new: Emit, options: ResultOptions
) -> Generator[Response, None, Response]:
    """The batches (one without rows if there are none), the schema with the first of them; returns
    the metrics, which close the stream.

    Each response costs the client a call to release it: a small result takes two of them.
    """
    first = new()
    first.schema.CopyFrom(data_type(result.schema))
    rows = 0
    for batch in result.batches:
        for part in batches.split(batch, batches.BATCH):
            yield from _batch_responses(part, rows, first if not rows else None, new, options)
            rows += part.num_rows
    if not rows:
        yield from _batch_responses(_without_rows(result, options), 0, first, new, options)
    closing = new()
    _fill_metrics(closing, rows)
    _fill_observed(closing, result)
    return closing


def _without_rows(result: Result, options: ResultOptions) -> pyarrow.RecordBatch:
    schema = arrow_schema(result.schema, options.timezone)
    return pyarrow.record_batch([pyarrow.array([], field.type) for field in schema], schema=schema)


def _batch_responses(
    rows: pyarrow.RecordBatch,
    offset: int,
    first: Response | None,
    new: Emit,
    options: ResultOptions,
) -> Generator[Response]:
    data = batches.ipc_stream(rows.schema, [rows])
    pieces = batches.chunks(data, options.chunk or max(data.size, 1))
    for index, piece in enumerate(pieces):
        response = new() if first is None or index else first
        batch = response.arrow_batch
        batch.row_count = rows.num_rows
        batch.start_offset = offset
        batch.data = piece
        if options.chunk is not None:
            batch.chunk_index, batch.num_chunks_in_batch = index, len(pieces)
        yield response


def _fill_metrics(response: Response, rows: int) -> None:
    metric = response.metrics.metrics.add(name="Result")
    value = metric.execution_metrics["numOutputRows"]
    value.name, value.value, value.metric_type = "number of output rows", rows, "sum"


def _fill_observed(response: Response, result: Result) -> None:
    for name, columns in result.metrics.items():
        observed = response.observed_metrics.add(name=name)
        for column, (value, type) in columns.items():
            observed.keys.append(column)
            fill_literal(observed.values.add(), value, type)
