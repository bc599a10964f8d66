"""The AddArtifacts stream: artifacts whole in batches, or one at a time in chunks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from boathouse.connect.decode.invalid import invalid, unset
from boathouse.errors.exceptions import unsupported
from boathouse.session.artifacts import Artifacts

_TO_FILE_SYSTEM = "forward_to_fs/"


@dataclass(slots=True)
class _Upload:
    """An artifact that is arriving."""

    name: str
    chunks: int
    total: int
    parts: list[bytes] = field(default_factory=list)
    intact: bool = True

    def add(self, chunk: Any) -> None:
        self.parts.append(chunk.data)
        self.intact = self.intact and zlib.crc32(chunk.data) == chunk.crc

    @property
    def is_complete(self) -> bool:
        return len(self.parts) == self.chunks


def receive(artifacts: Artifacts, requests: Iterable[Any]) -> Iterator[tuple[str, bool]]:
    """Store what arrives in `requests`; yields each artifact's name and whether its checksums were
    right. One that arrived damaged is not stored.
    """
    pending: _Upload | None = None
    for request in requests:
        kind = request.WhichOneof("payload")
        if (pending is None) == (kind == "chunk"):
            raise invalid("chunks of artifacts come out of order")
        if kind == "batch":
            for artifact in request.batch.artifacts:
                upload = _Upload(artifact.name, 1, len(artifact.data.data))
                upload.add(artifact.data)
                yield _stored(artifacts, upload)
        elif kind == "begin_chunk":
            begin = request.begin_chunk
            pending = _Upload(begin.name, begin.num_chunks, begin.total_bytes)
            pending.add(begin.initial_chunk)
        elif kind == "chunk" and pending is not None:
            pending.add(request.chunk)
        else:
            raise unset(request, "payload")
        if pending is not None and pending.is_complete:
            yield _stored(artifacts, pending)
            pending = None
    if pending is not None:
        raise invalid(f"artifact {pending.name} ends early")


def _stored(artifacts: Artifacts, upload: _Upload) -> tuple[str, bool]:
    if upload.name.startswith(_TO_FILE_SYSTEM):
        raise unsupported("copying to the file system of the server")
    data = b"".join(upload.parts)
    if len(data) != upload.total:
        raise invalid(f"artifact {upload.name} has {len(data)} bytes, not {upload.total}")
    if upload.intact:
        artifacts.put(upload.name, data)
    return upload.name, upload.intact
