"""What a bench found, as one value and as files: tidy tables as csv, the machine and the setting as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.artifacts.files import write_json, write_text
from fedser.config import Frozen
from simulations.bench.agreement import CHECKED, Agreement
from simulations.bench.ratios import Ratio
from simulations.bench.sample import Sample

Row = Sample | Ratio | Agreement


@dataclass(frozen=True)
class Results:
    """One run of the bench ``name``: ``about`` says in words what was run, ``checked`` how the sides were compared."""

    name: str
    about: str
    setting: Frozen
    machine: dict[str, Any]
    samples: tuple[Sample, ...]
    ratios: tuple[Ratio, ...]
    agreements: tuple[Agreement, ...] = ()
    checked: str = CHECKED

    @property
    def agree(self) -> bool:
        """Whether all sides computed the same, without which no ratio means anything."""
        return all(agreement.holds for agreement in self.agreements)

    def write(self, folder: Path) -> None:
        """``values.csv`` (every repetition), ``ratios.csv``, ``agreement.csv`` and ``machine.json``."""
        _write_csv(folder / "values.csv", Sample, self.samples)
        _write_csv(folder / "ratios.csv", Ratio, self.ratios)
        _write_csv(folder / "agreement.csv", Agreement, self.agreements)
        write_json(folder / "machine.json", {"machine": self.machine, "setting": self.setting.model_dump(mode="json")})


def read_values(folder: Path) -> list[Sample]:
    """What ``Results.write`` has left in ``values.csv``."""
    return [Sample(**row) for row in _read_csv(folder / "values.csv")]


def read_ratios(folder: Path) -> list[Ratio]:
    """What ``Results.write`` has left in ``ratios.csv``."""
    return [Ratio(**row) for row in _read_csv(folder / "ratios.csv")]


def _read_csv(path: Path) -> list[dict[str, Any]]:
    table = pd.read_csv(path, dtype={"case": str})
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _write_csv(path: Path, kind: type[Row], rows: Sequence[Row]) -> None:
    columns = [field.name for field in fields(kind)]
    write_text(path, pd.DataFrame([asdict(row) for row in rows], columns=columns).to_csv(index=False))
