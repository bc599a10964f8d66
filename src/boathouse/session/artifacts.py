"""Artifacts: what a client uploaded to its session (cached local relations, files, modules)."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path, PurePosixPath

from boathouse.errors.exceptions import IllegalArgumentError


class Artifacts:
    """Named byte strings on disk, in a private folder that `close` removes.

    A name is a relative path such as ``cache/<hash>`` or ``pyfiles/module.py``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder in which the artifacts lie under their names."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="boathouse-artifacts-"))
            return self._folder

    def path(self, name: str) -> Path:
        """Where `name` lies, or would; a name that leaves the folder is refused."""
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or "\0" in name or "\\" in name:
            raise IllegalArgumentError("INVALID_ARTIFACT_PATH", name=name)
        return self.folder.joinpath(*parts)

    def put(self, name: str, data: bytes) -> None:
        """Keep `data` under `name`, in place of what was there. Readers see all or nothing."""
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
            file.write(data)
        Path(file.name).replace(target)

    def get(self, name: str) -> bytes:
        """What lies under `name`; KeyError if nothing does."""
        try:
            return self.path(name).read_bytes()
        except (FileNotFoundError, IsADirectoryError) as error:
            raise KeyError(name) from error

    def has(self, name: str) -> bool:
        """Whether something lies under `name`."""
        return self._folder is not None and self.path(name).is_file()

    def names(self) -> list[str]:
        """The names of all artifacts, in order."""
        if self._folder is None:
            return []
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self._folder).as_posix() for path in files)

    def copy(self) -> Artifacts:
        """The same artifacts in a folder of their own."""
        copy = Artifacts()
        if self._folder is not None:
            shutil.copytree(self._folder, copy.folder, dirs_exist_ok=True)
        return copy

    def close(self) -> None:
        """Remove the folder."""
        with self._lock:
            folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
