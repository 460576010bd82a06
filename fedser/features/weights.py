"""Files of pretrained weights, hashed once per process however often they are asked for."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from fedser.artifacts.files import file_hash


class File(NamedTuple):
    """A file as it is now: another size or time means other content."""

    path: Path
    size: int
    modified: int

    @classmethod
    def at(cls, path: Path) -> "File":
        """The file at ``path``, which exists."""
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)

    def sha256(self) -> str:
        """The hash of the content, in hex; computed once per process."""
        return _sha256(self)


@cache
def _sha256(file: File) -> str:
    return file_hash(file.path)
