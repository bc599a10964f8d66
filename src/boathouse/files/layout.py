"""Where written files go: nothing half-written is ever seen, and what is replaced is removed only
after its replacement is complete.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

SUCCESS = "_SUCCESS"
_TEMPORARY = "_temporary"


@dataclass(slots=True)
class Layout:
    """One write to the directory `target`. Files are made below `place`, a hidden directory, and
    `commit` puts them where they belong; `abort` leaves everything as it was.

    `replace` drops what was there: all of it, what lies in the directory `below` the target, or
    with `dynamic` only the partitions that are written.
    """

    target: Path
    replace: bool = False
    dynamic: bool = False
    below: str = ""
    identity: str = field(default_factory=lambda: str(uuid.uuid4()))
    _chosen: Path = field(init=False, default=Path())
    _whole: bool = field(init=False, default=False)

    @property
    def place(self) -> Path:
        """The directory to write below."""
        if self._swaps:
            return self.target.parent / f"._{self.target.name}.{self.identity}"
        return self.target / _TEMPORARY / self.identity

    @property
    def _swaps(self) -> bool:
        """Whether the whole directory is new: then one rename puts it in place."""
        whole = not self.target.exists() or (self.replace and not self.dynamic and not self.below)
        return whole and not self.target.is_symlink() and not self.target.is_mount()

    def begin(self) -> Path:
        """Make and give `place`."""
        self._chosen = self.place
        self._whole = self._swaps
        self._chosen.mkdir(parents=True)
        return self._chosen

    def commit(self) -> None:
        """Show what was written."""
        (self._chosen / SUCCESS).touch()
        if self._whole:
            self._swap(self._chosen, self.target)
            return
        old = self._replaced()
        if self.below and self.replace and not self.dynamic:
            self._replace_below()
        elif self.dynamic and self.replace:
            for directory in self._leaves():
                self._swap(self._chosen / directory, self.target / directory)
        else:
            for file in self._files():
                final = self.target / file
                final.parent.mkdir(parents=True, exist_ok=True)
                (self._chosen / file).replace(final)
        _remove(old)
        self._clean()
        (self.target / SUCCESS).touch()

    def abort(self) -> None:
        """Drop what was written."""
        shutil.rmtree(self._chosen, ignore_errors=True)
        if not self._whole:
            self._clean()

    def _swap(self, new: Path, final: Path) -> None:
        final.parent.mkdir(parents=True, exist_ok=True)
        if not final.exists():
            new.rename(final)
            return
        old = final.parent / f"._{final.name}.{self.identity}.old"
        final.rename(old)
        new.rename(final)
        _remove([old])

    def _replace_below(self) -> None:
        """The partition `below` gives way to what was written there."""
        strays = [d for d in self._leaves() if not d.is_relative_to(self.below)]
        if strays:
            raise ValueError(strays)
        if (self._chosen / self.below).exists():
            self._swap(self._chosen / self.below, self.target / self.below)
        else:
            _remove([self.target / self.below])

    def _replaced(self) -> list[Path]:
        """The files to remove when the new ones are in place, in a directory that must stay."""
        if not self.replace or self.dynamic or self.below:
            return []
        found = (path for path in self.target.rglob("*") if not path.is_dir())
        return [path for path in found if _TEMPORARY not in path.relative_to(self.target).parts]

    def _files(self) -> Iterable[Path]:
        for path in sorted(self._chosen.rglob("*")):
            if path.is_file() and path.name != SUCCESS:
                yield path.relative_to(self._chosen)

    def _leaves(self) -> Iterable[Path]:
        return sorted({file.parent for file in self._files()})

    def _clean(self) -> None:
        shutil.rmtree(self._chosen, ignore_errors=True)
        temporary = self.target / _TEMPORARY
        if temporary.exists() and not any(temporary.iterdir()):
            temporary.rmdir()


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
