"""Where this machine keeps things: corpora, the cache, and how many processes may work."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fedser.corpora.reader import Progress, ReadContext
from fedser.errors import ConfigError
from fedser.pool import cores

if TYPE_CHECKING:
    from simulations.experiment import Experiment


@dataclass(frozen=True)
class Machine:
    """What may differ between two machines without changing a result."""

    data_root: Path
    cache: Path
    workers: int

    @classmethod
    def of(cls, experiment: "Experiment", workers: int | None = None) -> "Machine":
        """This machine as ``experiment`` sees it: its ``data_root`` comes first."""
        return cls.here(experiment.data_root, workers)

    @classmethod
    def here(cls, data_root: str | None = None, workers: int | None = None) -> "Machine":
        """``data_root``, else FEDSER_DATA, else the working folder; the cache from FEDSER_CACHE, else the user's."""
        root = data_root or os.environ.get("FEDSER_DATA") or "."
        cache = (
            os.environ.get("FEDSER_CACHE") or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "fedser"
        )
        place = Path(cache).expanduser().resolve()
        if place.exists() and not place.is_dir():
            raise ConfigError(f"{place}: not a folder; set FEDSER_CACHE to one, or leave it out")
        return cls(Path(root).expanduser().resolve(), place, workers or cores())

    def context(self, progress: Progress = lambda done, total: None) -> ReadContext:
        """Where corpora are read from on this machine."""
        return ReadContext(self.data_root, self.cache, progress, self.workers)
