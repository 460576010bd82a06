"""The folder of one grid: which cells it holds, where each lies, and that only one run at a time works in it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import Field, ValidationError

from fedser.artifacts.files import write_json
from fedser.config import Frozen
from fedser.errors import ConfigError, InputError
from simulations.grid.choice import Labels
from simulations.grid.grid import Grid, title_of
from simulations.run_folder import RunFolder
from simulations.scoring import Scores
from simulations.stages.sharing import Shared

GRID = "grid.json"
_LOCK = ".lock"


class Stored(Frozen):
    """What a folder remembers of its grid: its name, axes with their labels, the labels of each of its cells, and which
    label of an axis changes nothing; older folders do not know that.
    """

    name: str
    axes: dict[str, tuple[str, ...]]
    cells: tuple[tuple[str, ...], ...]
    baselines: dict[str, str] = Field({})

    def labels(self) -> list[dict[str, str]]:
        """Each cell's label on each axis."""
        return [dict(zip(self.axes, cell, strict=True)) for cell in self.cells]


class GridFolder:
    """Paths below one grid's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def cell(self, title: str) -> Path:
        """The folder of one cell's run."""
        return self.path / "cells" / title

    @property
    def shared(self) -> Shared:
        """What its cells share."""
        return Shared(self.path / "shared")

    @property
    def is_grid(self) -> bool:
        """Whether a grid has been run here."""
        return (self.path / GRID).is_file()

    def refuse_other(self, grid: Grid) -> None:
        """Raise ConfigError where the folder holds something else than a grid of these axes."""
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(f"{self.path}: not a folder; choose another with --out")
        if self.is_grid:
            axes = list(self.stored().axes)
            if axes != list(grid.axes):
                raise ConfigError(
                    f"{self.path}: holds a grid of other axes ({', '.join(axes)}); choose another folder with --out"
                )
        elif self.path.is_dir() and any(entry.name != _LOCK for entry in self.path.iterdir()):
            raise ConfigError(f"{self.path}: not empty and not a grid's folder; choose another with --out")

    @contextmanager
    def claimed(self, grid: Grid) -> Iterator[None]:
        """The folder is this grid's, and this process alone works in it; raises ConfigError where another does."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / _LOCK).open("w") as lock:
            try:
                # The system lets go of it when the process ends, however it ends.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConfigError(
                    f"{self.path}: another run is at work in it; wait for its end, or choose another folder with --out"
                ) from error
            cells = [list(cell.labels.values()) for cell in grid.cells]
            known = {"name": grid.name, "axes": dict(grid.axes), "cells": cells, "baselines": dict(grid.baselines)}
            write_json(self.path / GRID, known)
            yield

    def stored(self) -> Stored:
        """What the folder remembers; raises InputError where it is damaged or none."""
        file = self.path / GRID
        try:
            return Stored.model_validate_json(file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InputError(f"{self.path}: not a grid's folder ({GRID} is missing)") from error
        except ValidationError as error:
            raise InputError(f"{file}: not readable ({error.error_count()} mistakes): run the grid again") from error

    def scored(self, labels: Labels) -> tuple[Scores, int]:
        """How a cell was scored, and its seed."""
        experiment = RunFolder(self.cell(title_of(labels))).experiment()
        return experiment.scores, experiment.seed
